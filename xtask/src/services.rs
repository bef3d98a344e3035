//! `cargo xtask services up | status | down`: servers that outlive the command.

use std::path::PathBuf;

use anyhow::Context;
use clap::Subcommand;
use embedded::{Cache, services};

/// What to do with the servers.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Start what is not running, and print the settings that point the programs at it
    Up,
    /// Say what is running
    Status,
    /// Stop them; their data stays
    Down {
        /// Delete their data too
        #[arg(long)]
        purge: bool,
    },
}

/// Does it.
pub(crate) fn run(command: Command) -> anyhow::Result<()> {
    crate::block_on(async {
        let cache = Cache::from_env()?;
        let folder: PathBuf = cache.root().join("services");
        match command {
            Command::Up => {
                let installed = embedded::install(&cache).await?;
                print_settings(
                    &services::up(&installed, &folder)
                        .await
                        .context("the servers did not start")?,
                );
            }
            Command::Status => print_status(&services::status(&folder).await?),
            Command::Down { purge } => {
                let before = services::down(&folder, purge).await?;
                let stopped =
                    usize::from(before.nats_running) + usize::from(before.clickhouse_running);
                println!(
                    "stopped {stopped} servers{}",
                    if purge { ", deleted their data" } else { "" }
                );
            }
        }
        Ok(())
    })
}

/// Lines that a shell can evaluate.
fn print_settings(services: &services::Services) {
    println!("export BACKFLEET__NATS__URL={}", services.nats_url);
    println!(
        "export BACKFLEET__NATS__MONITOR_URL={}",
        services.nats_monitor_url
    );
    println!(
        "export BACKFLEET__CLICKHOUSE__URL={}",
        services.clickhouse_url
    );
    println!("export BACKFLEET__CLICKHOUSE__USER={}", services.user);
    println!(
        "export BACKFLEET__CLICKHOUSE__PASSWORD={}",
        services.password
    );
}

fn print_status(status: &services::Status) {
    let state = |running| if running { "running" } else { "stopped" };
    match &status.services {
        None => println!("never started; `cargo xtask services up` starts them"),
        Some(services) => {
            println!(
                "nats-server  {}  {}  pid {}",
                state(status.nats_running),
                services.nats_url,
                services.nats.pid
            );
            println!(
                "clickhouse   {}  {}  pid {}",
                state(status.clickhouse_running),
                services.clickhouse_url,
                services.clickhouse.pid
            );
        }
    }
}
