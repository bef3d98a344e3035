//! Starts both servers in the folder that is its argument, writes their process ids to `pids` there
//! and waits: the parent that a test kills to see that no child is left behind.

use std::path::PathBuf;

use embedded::clickhouse::{ClickHouse, ClickHouseOptions};
use embedded::nats::{NatsOptions, NatsServer};
use embedded::{Cache, install};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = PathBuf::from(std::env::args_os().nth(1).ok_or("usage: parent FOLDER")?);
    let installed = install(&Cache::from_env()?).await?;
    let nats = NatsServer::start(&installed, &dir.join("n"), NatsOptions::default()).await?;
    let clickhouse =
        ClickHouse::start(&installed, &dir.join("c"), ClickHouseOptions::default()).await?;
    let pids = [nats.pid(), clickhouse.pid()].map(|pid| pid.unwrap_or_default().to_string());
    std::fs::write(dir.join("pids.tmp"), pids.join(" "))?;
    std::fs::rename(dir.join("pids.tmp"), dir.join("pids"))?;
    std::future::pending().await
}
