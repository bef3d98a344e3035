//! How long a start takes, and that the front is not what limits a bulk insert. Measurements, so
//! not part of every run: `cargo test -p embedded --release -- --ignored speed --nocapture`.

use std::time::Instant;

use futures_util::stream;

use embedded::clickhouse::{ClickHouse, ClickHouseOptions};
use embedded::nats::{NatsOptions, NatsServer};

use crate::setup::{Database, folder, installed};

#[tokio::test]
#[ignore = "a measurement"]
async fn speed_of_a_start() {
    let (dir, installed) = (folder(), installed().await);
    let begin = Instant::now();
    let mut nats = NatsServer::start(installed, &dir.path().join("n"), NatsOptions::default())
        .await
        .unwrap();
    println!("nats-server ready after {:?}", begin.elapsed());
    let begin = Instant::now();
    nats.kill9().await.unwrap();
    nats.restart().await.unwrap();
    println!(
        "nats-server killed and ready again after {:?}",
        begin.elapsed()
    );
    let begin = Instant::now();
    let mut clickhouse = ClickHouse::start(
        installed,
        &dir.path().join("c"),
        ClickHouseOptions::default(),
    )
    .await
    .unwrap();
    println!("clickhouse ready after {:?}", begin.elapsed());
    let begin = Instant::now();
    clickhouse.kill9().await.unwrap();
    clickhouse.restart().await.unwrap();
    println!(
        "clickhouse killed and ready again after {:?}",
        begin.elapsed()
    );
    let begin = Instant::now();
    clickhouse.terminate().await.unwrap();
    println!("clickhouse stopped after {:?}", begin.elapsed());
}

#[tokio::test]
#[ignore = "a measurement"]
async fn speed_of_a_bulk_insert() {
    const PIECE: usize = 1 << 20;
    const PIECES: usize = 1_000;
    let db = Database::start().await;
    for engine in ["Null", "MergeTree ORDER BY tuple()"] {
        let table = format!(
            "CREATE OR REPLACE TABLE t (a UInt64, b UInt64, c UInt64, d UInt64) ENGINE = {engine}"
        );
        db.ask(&table).await;
        let piece = bytes(PIECE);
        let body = stream::iter((0..PIECES).map(move |_| Ok::<_, std::io::Error>(piece.clone())));
        let begin = Instant::now();
        let insert = [("query", "INSERT INTO t FORMAT RowBinary")];
        let reply = db.send(&insert, reqwest::Body::wrap_stream(body)).await;
        assert_eq!(reply.status(), 200);
        let megabytes = (PIECE * PIECES) as f64 / 1e6;
        println!(
            "{engine}: {:.0} MB/s",
            megabytes / begin.elapsed().as_secs_f64()
        );
    }
}

fn bytes(size: usize) -> Vec<u8> {
    (0..size).map(|n| (n * 31 + n / 251) as u8).collect()
}
