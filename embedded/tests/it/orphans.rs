//! A parent that is killed leaves no process behind.

use std::path::Path;
use std::process::{Command, Stdio};

use embedded::clickhouse::{ClickHouse, ClickHouseOptions};
use embedded::nats::{NatsOptions, NatsServer};

use crate::setup::{folder, installed, runs, until};

const DIR: &str = "EMBEDDED_TEST_PARENT";

/// Not a test by itself: the program that [`kill_9_of_the_parent_leaves_no_child`] starts and kills.
#[tokio::test]
#[ignore = "started by another test"]
async fn parent() {
    let Ok(dir) = std::env::var(DIR) else { return };
    let dir = Path::new(&dir);
    let nats = NatsServer::start(installed().await, &dir.join("n"), NatsOptions::default())
        .await
        .unwrap();
    let clickhouse = ClickHouse::start(
        installed().await,
        &dir.join("c"),
        ClickHouseOptions::default(),
    )
    .await
    .unwrap();
    let pids = format!("{} {}", nats.pid().unwrap(), clickhouse.pid().unwrap());
    std::fs::write(dir.join("pids.tmp"), pids).unwrap();
    std::fs::rename(dir.join("pids.tmp"), dir.join("pids")).unwrap();
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn kill_9_of_the_parent_leaves_no_child() {
    installed().await;
    let dir = folder();
    let mut parent = Command::new(std::env::current_exe().unwrap())
        .args(["orphans::parent", "--exact", "--ignored"])
        .env(DIR, dir.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let pids = dir.path().join("pids");
    until("both servers", async || pids.is_file()).await;
    let pids: Vec<u32> = std::fs::read_to_string(pids)
        .unwrap()
        .split(' ')
        .map(|pid| pid.parse().unwrap())
        .collect();
    assert!(pids.iter().all(|pid| runs(*pid)));
    parent.kill().unwrap();
    parent.wait().unwrap();
    until("the end of both servers", async || {
        !pids.iter().any(|pid| runs(*pid))
    })
    .await;
}
