//! `jobs prune`: forgets jobs that are over and old, so that ledger and dead letters do not grow for
//! ever. What they stored stays.
//!
//! A job is removed piece by piece, its entry in `JOBS` last: whatever interrupts that, the job is
//! still listed as over, and the same command goes on where it was stopped.

use std::collections::HashMap;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use clap::{Args, Subcommand};
use clickhouse::Row;
use common::failpoint;
use common::item::Token;
use common::jobs::{Job, State};
use common::settings::{self, Settings};
use common::streams;
use serde::{Deserialize, Serialize};

use crate::output::{self, Output, number, span};
use crate::status::{self, Queues, ledger};

#[derive(Debug, Args)]
pub(crate) struct JobsArgs {
    /// Without one: list
    #[command(subcommand)]
    pub(crate) command: Option<Jobs>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Jobs {
    /// Forget jobs that have been over for long: their dead letters, ledger and entries
    Prune(PruneArgs),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Removed are jobs that are finished or cancelled, and of which nothing has happened for that long: \
their dead letters, their lines in the ledger and their entries. Rows and documents stay. A job \
that is not over is never touched. Afterwards its name is free: the same request enqueued again \
is a new job.

Examples:
  producer jobs prune --older-than 7d --dry-run
  producer jobs prune --older-than 7d"
)]
pub(crate) struct PruneArgs {
    /// How long nothing has happened: a number and s, m, h or d
    #[arg(long, value_name = "TIME", value_parser = crate::cli::span)]
    pub(crate) older_than: Duration,
    /// Say what would be removed; nothing is
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Another instant than now, for tests
    #[arg(long, hide = true, value_name = "DATE", value_parser = sources::dates::parse)]
    pub(crate) now: Option<DateTime<Utc>>,
}

/// What was removed, or would be.
#[derive(Debug, Serialize)]
struct Pruned {
    older_than_s: u64,
    dry_run: bool,
    jobs: Vec<Old>,
}

/// A job that is over and old.
#[derive(Debug, Serialize)]
struct Old {
    job: Token,
    /// When something last happened.
    last_at: DateTime<Utc>,
    items: u64,
    dead_letters: u64,
    ledger_lines: u64,
}

/// What the ledger has of a job.
#[derive(Debug, Row, Deserialize)]
struct Lines {
    job: String,
    lines: u64,
    last_ms: i64,
}

/// Finds old jobs and removes them.
pub(crate) async fn run(
    args: &PruneArgs,
    output: Output,
    settings: &Settings,
) -> anyhow::Result<ExitCode> {
    let older_than = TimeDelta::from_std(args.older_than)?;
    let before = args.now.unwrap_or_else(Utc::now) - older_than;
    let nats = crate::run::connect(settings).await?;
    let mut jobs = Vec::new();
    if let Some(queues) = Queues::open(&nats).await? {
        // First, so that nothing is begun without it.
        let lines = lines(&settings.clickhouse).await?;
        for job in queues.jobs.list().await? {
            let Some(old) = old(&queues, &job, lines.get(job.name.as_str()), before).await? else {
                continue;
            };
            if !args.dry_run {
                remove(&queues, &job.name, &settings.clickhouse).await?;
            }
            jobs.push(old);
        }
    }
    let pruned = Pruned {
        older_than_s: args.older_than.as_secs(),
        dry_run: args.dry_run,
        jobs,
    };
    output.print(&pruned, human)?;
    Ok(ExitCode::SUCCESS)
}

async fn lines(settings: &settings::ClickHouse) -> anyhow::Result<HashMap<String, Lines>> {
    let query = format!(
        "SELECT toString(job) AS job, count() AS lines, toUnixTimestamp64Milli(max(at)) AS last_ms \
         FROM {} GROUP BY job",
        ledger::table(settings)
    );
    let lines = ledger::client(settings).query(&query).fetch_all::<Lines>();
    let lines = ledger::patiently(lines)
        .await
        .context("nothing was removed: how old jobs are stands in the ledger")?;
    let by_job = lines.into_iter().map(|lines| (lines.job.clone(), lines));
    Ok(by_job.collect())
}

/// The job, if it is over and old.
async fn old(
    queues: &Queues,
    job: &Job,
    lines: Option<&Lines>,
    before: DateTime<Utc>,
) -> anyhow::Result<Option<Old>> {
    let asked = job.cancelled.as_ref().map(|cancelled| cancelled.at);
    let logged = lines.and_then(|lines| DateTime::from_timestamp_millis(lines.last_ms));
    let last_at = [asked, logged].into_iter().flatten();
    let last_at = last_at.fold(job.created_at, DateTime::max);
    if last_at >= before || !is_over(queues, &job.name).await? {
        return Ok(None);
    }
    let filter = streams::dead_of(&job.name);
    let letters = streams::count(&queues.dead, &filter).await;
    Ok(Some(Old {
        job: job.name.clone(),
        last_at,
        items: job.items,
        dead_letters: letters.map_err(anyhow::Error::from_boxed)?,
        ledger_lines: lines.map_or(0, |lines| lines.lines),
    }))
}

async fn is_over(queues: &Queues, name: &Token) -> anyhow::Result<bool> {
    let standing = status::standing(queues, name).await?;
    Ok(standing.is_some_and(|job| job.is_over))
}

/// Removes a job; each step may be done again, and between any two the job counts as over.
async fn remove(
    queues: &Queues,
    name: &Token,
    settings: &settings::ClickHouse,
) -> anyhow::Result<()> {
    // A job that was cancelled while it was enqueued is counted by its marks.
    let items = status::items_of(queues, name).await?;
    let counted = |job: &mut Job| (job.state, job.items) = (State::Enqueued, items);
    queues.jobs.change(name, counted).await?;
    let query = format!("DELETE FROM {} WHERE job = ?", ledger::table(settings));
    let deleted = ledger::client(settings).query(&query).bind(name.as_str());
    deleted
        .execute()
        .await
        .with_context(|| format!("cannot remove the lines of job {name} from the ledger"))?;
    failpoint::reached("producer.pruned-ledger").await;
    queues.remove(name).await
}

fn human(pruned: &Pruned) -> String {
    let age = span(Duration::from_secs(pruned.older_than_s));
    if pruned.jobs.is_empty() {
        return format!("no job has been over for {age}\n");
    }
    let header = ["job", "last", "items", "dead letters", "ledger lines"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    rows.extend(pruned.jobs.iter().map(|old| {
        let last = old.last_at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let mut row = vec![old.job.to_string(), last];
        row.extend([old.items, old.dead_letters, old.ledger_lines].map(number));
        row
    }));
    let what = if pruned.dry_run {
        "would be removed"
    } else {
        "removed"
    };
    let count = number(pruned.jobs.len() as u64);
    output::table(&rows) + &format!("{count} jobs {what}, over for {age} or longer\n")
}
