//! How long a start takes, and that the front is not what limits a bulk insert:
//! `cargo run --release -p embedded --example speed`.

use std::time::Instant;

use embedded::clickhouse::{ClickHouse, ClickHouseOptions};
use embedded::nats::{NatsOptions, NatsServer};
use embedded::{Cache, Installed, install};
use futures_util::stream;

const PIECE: usize = 1 << 20;
const PIECES: usize = 1_000;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[tokio::main]
async fn main() -> Result<()> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let installed = install(&Cache::from_env()?).await?;
    let dir = tempfile::tempdir()?;
    starts(&installed, dir.path()).await?;
    inserts(&installed, dir.path()).await
}

async fn starts(installed: &Installed, dir: &std::path::Path) -> Result<()> {
    let begin = Instant::now();
    let mut nats = NatsServer::start(installed, &dir.join("n"), NatsOptions::default()).await?;
    println!("nats-server ready after {:?}", begin.elapsed());
    let begin = Instant::now();
    nats.kill9().await?;
    nats.restart().await?;
    println!(
        "nats-server killed and ready again after {:?}",
        begin.elapsed()
    );
    let begin = Instant::now();
    let options = ClickHouseOptions::default();
    let mut clickhouse = ClickHouse::start(installed, &dir.join("c"), options).await?;
    println!("clickhouse ready after {:?}", begin.elapsed());
    let begin = Instant::now();
    clickhouse.kill9().await?;
    clickhouse.restart().await?;
    println!(
        "clickhouse killed and ready again after {:?}",
        begin.elapsed()
    );
    Ok(())
}

async fn inserts(installed: &Installed, dir: &std::path::Path) -> Result<()> {
    let server = ClickHouse::start(installed, &dir.join("i"), ClickHouseOptions::default()).await?;
    let client = reqwest::Client::new();
    for engine in ["Null", "MergeTree ORDER BY tuple()"] {
        let table = format!(
            "CREATE OR REPLACE TABLE t (a UInt64, b UInt64, c UInt64, d UInt64) ENGINE = {engine}"
        );
        client
            .post(server.url())
            .body(table)
            .send()
            .await?
            .error_for_status()?;
        let piece: Vec<u8> = (0..PIECE).map(|n| (n * 31 + n / 251) as u8).collect();
        let body = stream::iter((0..PIECES).map(move |_| Ok::<_, std::io::Error>(piece.clone())));
        let begin = Instant::now();
        let url = format!(
            "{}/?query=INSERT%20INTO%20t%20FORMAT%20RowBinary",
            server.url()
        );
        let body = reqwest::Body::wrap_stream(body);
        client
            .post(url)
            .body(body)
            .send()
            .await?
            .error_for_status()?;
        let megabytes = (PIECE * PIECES) as f64 / 1e6;
        println!(
            "{engine}: {:.0} MB/s",
            megabytes / begin.elapsed().as_secs_f64()
        );
    }
    Ok(())
}
