//! `cargo xtask demo`: the whole chain on real servers, with the proof that it lost nothing.

mod jobs;
mod progress;
mod report;

use std::path::PathBuf;

use anyhow::Context;
use e2e::{Fleet, FleetOptions};

/// What the demo can be told.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo xtask demo --json demo.json")]
pub(crate) struct Args {
    /// Use this nats-server instead of starting one; no other fleet may be using it
    #[arg(long, value_name = "URL")]
    nats_url: Option<String>,
    /// Use this ClickHouse instead of starting one: http://user:password@host:8123
    #[arg(long, value_name = "URL")]
    clickhouse_url: Option<String>,
    /// Ask the real Binance instead of the simulator (the football parts are left out)
    #[arg(long)]
    live: bool,
    /// Write the result to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Runs the demo; an error when the store does not hold exactly what it must.
pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    crate::block_on(async {
        tokio::select! {
            result = demo(args) => result,
            // What was started dies with the fleet, which is dropped here.
            signal = tokio::signal::ctrl_c() => signal.map_err(Into::into).and(Err(anyhow::anyhow!("interrupted"))),
        }
    })
}

async fn demo(args: Args) -> anyhow::Result<()> {
    step("building the programs, installing the servers (the first time only)");
    let options = options(&args);
    let mut fleet = Fleet::start(options).await?;
    step(&format!(
        "nats-server {}, ClickHouse {}",
        fleet.nats.url, fleet.clickhouse.url
    ));
    let plan = if args.live {
        jobs::live()
    } else {
        jobs::simulated(&mut fleet)?
    };
    let _writer = fleet.writer("").await?;
    let _workers = [fleet.worker("").await?, fleet.worker("").await?];
    step("one writer, two workers");
    for job in &plan.jobs {
        let args: Vec<&str> = job.command.iter().map(String::as_str).collect();
        step(&format!("producer {}", args.join(" ")));
        fleet.producer(&args).await?.success()?;
    }
    progress::watch(&fleet, &plan.jobs).await?;
    let report = report::make(&fleet, &plan).await?;
    report.print();
    if let Some(file) = &args.json {
        std::fs::write(file, serde_json::to_string_pretty(&report)? + "\n")
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    anyhow::ensure!(
        report.equal,
        "the store does not hold exactly what it must: see above"
    );
    Ok(())
}

fn options(args: &Args) -> FleetOptions {
    let defaults = FleetOptions::default();
    let options = FleetOptions {
        simulator: if args.live { None } else { defaults.simulator },
        nats_url: args.nats_url.clone(),
        clickhouse_url: args.clickhouse_url.clone(),
        // A store that is not ours may hold other rows: the demo's own stand apart.
        database: format!("backfleet_demo_{}", std::process::id()),
        env: defaults.env,
    };
    // Long enough that a request that waits for a vendor's window does not look like a dead worker.
    let options = options.set("STREAMS__ACK_WAIT_MS", 30_000);
    if !args.live {
        return options;
    }
    // A real vendor gets the waits of production, not those of a test.
    options
        .set("WORKER__BACKOFF_MS", 500)
        .set("WORKER__BACKOFF_CAP_MS", 30_000)
}

fn step(text: &str) {
    println!("==> {text}");
}
