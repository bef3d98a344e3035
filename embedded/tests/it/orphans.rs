//! A parent that is killed leaves no process behind.

use std::process::{Command, Stdio};

use crate::setup::{folder, installed, runs, until};

#[tokio::test]
async fn kill_9_of_the_parent_leaves_no_child() {
    installed().await;
    let dir = folder();
    let own = std::env::current_exe().unwrap();
    // Examples are built with the tests, into a folder beside theirs.
    let program = own.ancestors().nth(2).unwrap().join("examples/parent");
    let mut parent = Command::new(program)
        .arg(dir.path())
        .stdout(Stdio::null())
        .spawn()
        .expect("the example is built by `cargo test -p embedded`, not with `--test it`");
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
