//! A parent that is killed leaves no process behind.

use std::path::Path;
use std::process::{Command, Stdio};

use embedded::clickhouse::{ClickHouse, ClickHouseOptions};
use embedded::nats::{NatsOptions, NatsServer};

use crate::setup::{folder, installed, runs, until};

/// Set in the process that is the parent: the folder of its servers.
const PARENT: &str = "EMBEDDED_TEST_PARENT";

/// The test starts itself again, as the parent.
#[tokio::test]
async fn kill_9_of_the_parent_leaves_no_child() {
    installed().await;
    if let Ok(dir) = std::env::var(PARENT) {
        return parent(Path::new(&dir)).await;
    }
    let dir = folder();
    let mut parent = Command::new(std::env::current_exe().unwrap())
        .args(["orphans::kill_9_of_the_parent_leaves_no_child", "--exact"])
        .env(PARENT, dir.path())
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

/// Starts both servers, tells their process ids and waits to be killed.
async fn parent(dir: &Path) {
    let (installed, n, c) = (installed().await, dir.join("n"), dir.join("c"));
    let nats = NatsServer::start(installed, &n, NatsOptions::default())
        .await
        .unwrap();
    let clickhouse = ClickHouse::start(installed, &c, ClickHouseOptions::default())
        .await
        .unwrap();
    let pids = format!("{} {}", nats.pid().unwrap(), clickhouse.pid().unwrap());
    std::fs::write(dir.join("pids.tmp"), pids).unwrap();
    std::fs::rename(dir.join("pids.tmp"), dir.join("pids")).unwrap();
    std::future::pending::<()>().await;
}
