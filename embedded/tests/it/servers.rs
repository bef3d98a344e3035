//! The ClickHouse engine as a process: ready when it says so, data and port kept.

use embedded::clickhouse::{ClickHouse, ClickHouseOptions};
use embedded::process::Signal;

use crate::setup::{Database, folder, installed, runs, until};

#[tokio::test]
async fn acknowledged_rows_survive_kill_9_on_the_same_port() {
    let mut db = Database::start().await;
    let (url, pid) = (db.server.url().to_owned(), db.server.pid().unwrap());
    db.ask("CREATE DATABASE bf").await;
    assert_eq!(
        db.ask("SELECT engine FROM system.databases WHERE name = 'bf'")
            .await,
        "Atomic"
    );
    db.ask("CREATE TABLE bf.t (a UInt64) ENGINE = MergeTree ORDER BY a")
        .await;
    db.ask("INSERT INTO bf.t FORMAT CSV\n1\n2\n").await;
    db.server.kill9().await.unwrap();
    assert!(!runs(pid));
    assert_eq!(db.server.pid(), None);
    db.server.restart().await.unwrap();
    assert_eq!(db.server.url(), url);
    assert_eq!(db.ask("SELECT count() FROM bf.t").await, "2");
    db.ask("INSERT INTO bf.t VALUES (3)").await;
    db.server.terminate().await.unwrap();
    db.server.restart().await.unwrap();
    assert_eq!(db.ask("SELECT count() FROM bf.t").await, "3");
}

#[tokio::test]
async fn a_folder_in_use_is_refused_with_the_engine_s_own_words() {
    let dir = folder();
    let _first = ClickHouse::start(installed().await, dir.path(), ClickHouseOptions::default())
        .await
        .unwrap();
    let error = ClickHouse::start(installed().await, dir.path(), ClickHouseOptions::default())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("76"), "{error}");
}

#[tokio::test]
async fn two_slow_queries_overlap() {
    let db = Database::start().await;
    let slow = "SELECT sleep(1), toUnixTimestamp64Milli(now64(3)) FORMAT JSONCompactEachRow";
    let begin = tokio::time::Instant::now();
    tokio::join!(db.ask(slow), db.ask(slow), db.ask(slow));
    assert!(
        begin.elapsed().as_secs_f64() < 2.0,
        "three seconds of sleep took {:?}",
        begin.elapsed()
    );
}

#[tokio::test]
async fn a_stopping_engine_finishes_what_runs() {
    let mut db = Database::start().await;
    let (client, url) = (db.client.clone(), db.server.url().to_owned());
    let slow = tokio::spawn(client.post(url).body("SELECT sleep(2) FORMAT CSV").send());
    let running = "SELECT count() FROM system.processes WHERE query LIKE 'SELECT sleep%'";
    until("the slow query", async || db.ask(running).await == "1").await;
    db.server.process().unwrap().signal(Signal::TERM).unwrap();
    assert_eq!(slow.await.unwrap().unwrap().text().await.unwrap(), "0\n");
    db.server.terminate().await.unwrap();
}
