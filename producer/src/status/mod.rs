//! `status`: how far jobs are, counted where the truth is: items in `WORK`, record batches in
//! `RECORDS`, refusals in `DEAD`, and the ledger of finished work in ClickHouse.
//!
//! ```text
//! counts (NATS, in an order that never says too much) ──> progress (pure) ──┐
//! letters (the first dead letters) ─────────────────────────────────────────┼──> report
//! ledger (ClickHouse, when it answers) ─────────────────────────────────────┘
//! ```
//!
//! Changes nothing on any server.

mod counts;
pub(crate) mod ledger;
mod letters;
mod pace;
mod progress;
mod report;
mod trend;
mod watch;

use std::process::ExitCode;

use common::item::Token;
use common::settings::Settings;

use crate::cli::{StatusArgs, WatchArgs};
use crate::failure::usage;
use crate::output::Output;
pub(crate) use counts::Queues;
use progress::{Phase, Progress};
pub(crate) use report::Report;

/// Shows one job or all of them.
pub(crate) async fn run(
    args: &StatusArgs,
    output: Output,
    settings: &Settings,
) -> anyhow::Result<ExitCode> {
    let nats = crate::run::connect(settings).await?;
    let queues = Queues::open(&nats).await?;
    match (&args.job, queues) {
        (None, None) => report::print_all(Vec::new(), output)?,
        (None, Some(queues)) => report::print_all(queues.all().await?, output)?,
        (Some(name), None) => return Err(unknown(name, &[])),
        (Some(name), Some(queues)) if args.wait => {
            known(&queues, name).await?;
            let file = args.progress_file.as_deref();
            return watch::until_finished(&queues, name, file, output, settings).await;
        }
        (Some(name), Some(queues)) => {
            known(&queues, name).await?;
            Report::of(&queues, name, settings).await?.print(output)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Shows jobs as they go on.
pub(crate) async fn watch(
    args: &WatchArgs,
    output: Output,
    settings: &Settings,
) -> anyhow::Result<ExitCode> {
    let nats = crate::run::connect(settings).await?;
    let Some(queues) = Queues::open(&nats).await? else {
        return match args.jobs.first() {
            Some(name) => Err(unknown(name, &[])),
            None => Err(usage("there are no jobs yet; see producer enqueue --help")),
        };
    };
    for name in &args.jobs {
        known(&queues, name).await?;
    }
    watch::run(&queues, args, output).await
}

/// Whether a job was finished before anybody cancelled it.
pub(crate) async fn is_finished(queues: &Queues, name: &Token) -> anyhow::Result<bool> {
    let counts = queues.one(name).await?;
    Ok(Progress::of(&counts).state == Phase::Finished)
}

/// How far a job is, for who waits for its end.
pub(crate) struct Standing {
    /// In words.
    pub(crate) state: String,
    /// Whether nothing of it will change any more.
    pub(crate) is_over: bool,
    /// Whether something of it was refused.
    pub(crate) has_letters: bool,
}

/// How far a job is; `None` when there is no such job.
pub(crate) async fn standing(queues: &Queues, name: &Token) -> anyhow::Result<Option<Standing>> {
    let counts = queues.find(name).await?;
    Ok(counts.map(|counts| {
        let progress = Progress::of(&counts);
        Standing {
            state: progress.words(),
            is_over: progress.state.is_over(),
            has_letters: progress.dead_letters() > 0,
        }
    }))
}

/// How many items of a job were enqueued.
pub(crate) async fn items_of(queues: &Queues, name: &Token) -> anyhow::Result<u64> {
    Ok(queues.one(name).await?.items)
}

/// Whether somebody cancelled a job.
pub(crate) async fn is_cancelled(queues: &Queues, name: &Token) -> anyhow::Result<bool> {
    let job = queues.jobs.get(name).await?;
    Ok(job.is_some_and(|(job, _)| job.cancelled.is_some()))
}

/// Checks that there is such a job.
pub(crate) async fn known(queues: &Queues, name: &Token) -> anyhow::Result<()> {
    if queues.jobs.get(name).await?.is_some() {
        return Ok(());
    }
    let jobs = queues.jobs.list().await?;
    let names: Vec<&str> = jobs.iter().map(|job| job.name.as_str()).collect();
    Err(unknown(name, &names))
}

pub(crate) fn unknown(name: &Token, there: &[&str]) -> anyhow::Error {
    usage(match there {
        [] => format!("there is no job {name}, and no other"),
        there => format!("there is no job {name}; there are {}", there.join(", ")),
    })
}
