//! What `status` prints.

use chrono::{DateTime, SecondsFormat, Utc};
use common::durability::Durability;
use common::item::Token;
use common::jobs::Request;
use common::settings::Settings;
use serde::Serialize;

use super::counts::{Counts, Queues};
use super::ledger;
use super::letters::{Letter, Letters};
use super::progress::{Phase, Progress};
use crate::output::{self, Output, known, number};

/// ClickHouse explains itself at length.
const LONGEST_REASON: usize = 160;

/// All about one job.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    #[serde(flatten)]
    line: Line,
    request: Request,
    requests: Option<u64>,
    rows: Option<u64>,
    bytes: Option<u64>,
    /// Why the three before are unknown.
    ledger_error: Option<String>,
    /// What survives a power cut of the broker.
    durability: String,
    dead_letters: Vec<Letter>,
    dead_batch_letters: Vec<Letter>,
}

/// A job in one line.
#[derive(Debug, Serialize)]
struct Line {
    job: Token,
    source: String,
    dataset: String,
    created_at: DateTime<Utc>,
    /// Its part of the workers, compared with other jobs.
    weight: u32,
    /// `fresh` jobs are served before the others.
    priority: &'static str,
    /// Items that may be in work at once.
    limit: i64,
    #[serde(flatten)]
    progress: Progress,
}

#[derive(Serialize)]
struct Lines {
    jobs: Vec<Line>,
}

impl Line {
    fn of(counts: &Counts) -> Self {
        let (job, queue) = (&counts.job, counts.queue);
        Self {
            job: job.name.clone(),
            source: job.request.source.clone(),
            dataset: job.request.dataset.clone(),
            created_at: job.created_at,
            weight: queue.control.weight,
            priority: if queue.control.fresh {
                "fresh"
            } else {
                "usual"
            },
            limit: queue.limit,
            progress: Progress::of(counts),
        }
    }
}

/// Prints one line a job.
pub(super) fn print_all(counts: Vec<Counts>, output: Output) -> anyhow::Result<()> {
    let jobs = counts.iter().map(Line::of).collect();
    output.print(&Lines { jobs }, |lines| list(&lines.jobs))
}

fn list(jobs: &[Line]) -> String {
    if jobs.is_empty() {
        return "no jobs yet; see producer enqueue --help\n".to_owned();
    }
    let header = [
        "job",
        "state",
        "items",
        "done",
        "dead",
        "left",
        "batches to write",
    ];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    rows.extend(jobs.iter().map(|line| {
        let progress = &line.progress;
        let counts = [
            progress.items,
            progress.done,
            progress.dead,
            progress.left,
            progress.records_waiting,
        ];
        let mut row = vec![line.job.to_string(), progress.words()];
        row.extend(counts.map(number));
        row
    }));
    output::table(&rows)
}

impl Report {
    /// Counts and asks.
    pub(crate) async fn of(
        queues: &Queues,
        name: &Token,
        settings: &Settings,
    ) -> anyhow::Result<Self> {
        let counts = queues.one(name).await?;
        let letters = match counts.dead + counts.dead_batches {
            0 => Letters::default(),
            _ => Letters::first(&queues.dead, name).await?,
        };
        let (totals, ledger_error) = match ledger::totals(&settings.clickhouse, name).await {
            Ok(totals) => (Some(totals), None),
            Err(error) => (None, Some(format!("{error:#}"))),
        };
        Ok(Self {
            line: Line::of(&counts),
            request: counts.job.request,
            requests: totals.map(|totals| totals.requests),
            rows: totals.map(|totals| totals.rows),
            bytes: totals.map(|totals| totals.bytes),
            ledger_error,
            durability: Durability::of(&settings.nats.monitor_url).await.to_string(),
            dead_letters: letters.items,
            dead_batch_letters: letters.batches,
        })
    }

    /// Whether all that was wanted is stored.
    pub(super) fn is_whole(&self) -> bool {
        let progress = &self.line.progress;
        progress.state == Phase::Finished && progress.dead_letters() == 0
    }

    pub(crate) fn print(&self, output: Output) -> anyhow::Result<()> {
        output.print(self, Self::human)
    }

    fn human(&self) -> String {
        let (line, progress) = (&self.line, &self.line.progress);
        let left = format!(
            "{} ({} waiting, {} in work)",
            number(progress.left),
            number(progress.waiting),
            number(progress.in_work)
        );
        let created = line.created_at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let mut lines = vec![
            ("job", line.job.to_string()),
            ("source", format!("{} {}", line.source, line.dataset)),
            ("created", created),
            ("state", progress.words()),
            ("items", number(progress.items)),
            ("done", number(progress.done)),
            ("dead", number(progress.dead)),
            ("left", left),
            (
                "weight",
                format!("{}, priority {}", line.weight, line.priority),
            ),
            (
                "limit",
                format!("{} items in work", number(line.limit.unsigned_abs())),
            ),
            ("batches to write", number(progress.records_waiting)),
        ];
        if progress.cancelled > 0 {
            lines.push(("taken away", number(progress.cancelled)));
        }
        if progress.dead_batches > 0 {
            lines.push(("batches refused", number(progress.dead_batches)));
        }
        lines.push(("requests", known(self.requests)));
        lines.push(("rows", known(self.rows)));
        if let Some(error) = &self.ledger_error {
            let why: String = error.chars().take(LONGEST_REASON).collect();
            lines.push(("ledger", why));
        }
        lines.push(("promise", self.durability.clone()));
        output::pairs(&lines)
            + &first("dead letters", &self.dead_letters)
            + &first("refused batches", &self.dead_batch_letters)
    }
}

fn first(title: &str, letters: &[Letter]) -> String {
    if letters.is_empty() {
        return String::new();
    }
    let lines: String = letters.iter().map(Letter::line).collect();
    format!("first {title}\n{lines}")
}
