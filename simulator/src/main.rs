//! The simulator as a program: `simulator --listen 127.0.0.1:8080`.
//!
//! Point a worker's base URLs at `http://ADDRESS/binance`, `/football-data` and `/fotmob`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use simulator::{Limits, Options, Simulator};

/// A server that looks like the vendors. Faults are planned with POST /__faults.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8787")]
    listen: SocketAddr,
    /// Another seed is another world.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Aggregate trades of a symbol a day, on average.
    #[arg(long, default_value_t = 40_000)]
    trades_per_day: u64,
    /// Every reply waits so long.
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// Answer from this folder of recorded replies instead.
    #[arg(long)]
    replay: Option<PathBuf>,
    /// Whether the vendors' limits are enforced.
    #[arg(long, value_enum, default_value_t = Switch::On)]
    limits: Switch,
    /// Binance: request weight per minute and client address.
    #[arg(long, default_value_t = Limits::default().binance_weight)]
    binance_weight: u64,
    /// football-data: requests per minute and token.
    #[arg(long, default_value_t = Limits::default().football_requests)]
    football_requests: u64,
    /// The token that football-data accepts.
    #[arg(long, default_value = "simulator-token")]
    football_token: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

impl Arguments {
    fn options(self) -> Options {
        Options {
            listen: self.listen,
            seed: self.seed,
            trades_per_day: self.trades_per_day,
            latency: Duration::from_millis(self.latency_ms),
            replay: self.replay,
            token: self.football_token,
            limits: Limits {
                on: self.limits == Switch::On,
                binance_weight: self.binance_weight,
                football_requests: self.football_requests,
                ..Limits::default()
            },
            ..Options::default()
        }
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();
    let mut simulator = Simulator::start(Arguments::parse().options()).await?;
    // One line on standard output, so that a parent can wait for it and read the port.
    println!("listening on http://{}", simulator.address());
    tokio::signal::ctrl_c().await?;
    simulator.stop().await;
    Ok(())
}
