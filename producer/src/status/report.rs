//! What `status` prints.

use chrono::{DateTime, SecondsFormat, Utc};
use common::durability::Durability;
use common::item::Token;
use common::jobs::{Limit, Part, Request};
use common::settings::Settings;
use serde::Serialize;

use super::counts::{Counts, Queues};
use super::ledger::{self, Step};
use super::letters::{Letter, Letters};
use super::pace::{Coverage, Forecast, Pace};
use super::progress::{Phase, Progress};
use super::trend::Going;
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
    ids: Option<Ids>,
    /// Milliseconds that items spent, all together.
    spent: Option<Spent>,
    pace: Option<Pace>,
    /// What failed and was not tried again, by step.
    failures: Option<Vec<Step>>,
    budget: Option<Budget>,
    forecast: Option<Forecast>,
    coverage: Coverage,
    /// Since when the oldest item waits.
    oldest_waiting: Option<DateTime<Utc>>,
    /// Why what the ledger tells is unknown.
    ledger_error: Option<String>,
    /// What survives a power cut of the broker.
    durability: String,
    dead_letters: Vec<Letter>,
    dead_batch_letters: Vec<Letter>,
}

/// Ids of a job.
#[derive(Debug, Serialize)]
struct Ids {
    stored: u64,
    refused: u64,
}

/// Where the time went.
#[derive(Debug, Serialize)]
struct Spent {
    api_ms: u64,
    wait_ms: u64,
    write_ms: u64,
}

/// The limit of the vendor that decides, and what this job used of it.
#[derive(Debug, Serialize)]
struct Budget {
    #[serde(flatten)]
    limit: Limit,
    units_last_minute: u64,
}

/// A job in one line.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    pub(super) job: Token,
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
    pub(super) progress: Progress,
    /// How it goes, where it is watched.
    #[serde(flatten)]
    pub(super) trend: Option<Going>,
}

#[derive(Serialize)]
struct Lines {
    jobs: Vec<Line>,
}

impl Line {
    pub(super) fn of(counts: &Counts) -> Self {
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
            trend: None,
        }
    }

    /// Whether all that was wanted is stored.
    pub(super) fn is_whole(&self) -> bool {
        self.progress.state == Phase::Finished && self.progress.dead_letters() == 0
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
        let store = &settings.clickhouse;
        let told = tokio::try_join!(ledger::totals(store, name), ledger::steps(store, name));
        let (totals, failures, ledger_error) = match told {
            Ok((totals, steps)) => (Some(totals), Some(steps), None),
            Err(error) => (None, None, Some(format!("{error:#}"))),
        };
        let oldest_waiting = queues.oldest(name).await;
        let line = Line::of(&counts);
        let (job, progress) = (counts.job, &line.progress);
        let refused = |steps: &Vec<Step>| steps.iter().map(|step| step.ids).sum();
        let limit = job.estimate.as_ref().and_then(|known| known.limit.clone());
        Ok(Self {
            requests: totals.map(|totals| totals.requests),
            rows: totals.map(|totals| totals.rows),
            bytes: totals.map(|totals| totals.bytes),
            ids: totals
                .zip(failures.as_ref().map(refused))
                .filter(|_| matches!(job.request.part, Part::Ids { .. }))
                .map(|(totals, refused)| Ids {
                    stored: totals.ids,
                    refused,
                }),
            spent: totals.map(|totals| Spent {
                api_ms: totals.api_ms,
                wait_ms: totals.wait_ms,
                write_ms: totals.write_ms,
            }),
            pace: totals.map(|totals| Pace::of(&job, progress, &totals)),
            failures,
            budget: totals.zip(limit).map(|(totals, limit)| Budget {
                units_last_minute: totals.late_requests * u64::from(limit.units_per_request),
                limit,
            }),
            forecast: Forecast::of(&job, progress, totals.as_ref()),
            coverage: Coverage::of(&job, progress),
            oldest_waiting,
            line,
            request: job.request,
            ledger_error,
            durability: Durability::of(&settings.nats.monitor_url).await.to_string(),
            dead_letters: letters.items,
            dead_batch_letters: letters.batches,
        })
    }

    /// Whether all that was wanted is stored.
    pub(super) fn is_whole(&self) -> bool {
        self.line.is_whole()
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
        let shown = |at: &DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let created = shown(&line.created_at);
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
        lines.insert(8, ("coverage", self.coverage.text()));
        if let Some(pace) = &self.pace {
            lines.push(("rate", pace.text()));
            if progress.left > 0 {
                lines.push(("time left", pace.left()));
                lines.push(("workers", number(pace.workers)));
            }
        }
        lines.extend(
            self.oldest_waiting
                .iter()
                .map(|at| ("oldest waiting", shown(at))),
        );
        lines.extend(self.budget.iter().map(|budget| ("budget", budget.text())));
        lines.extend(
            self.forecast
                .iter()
                .map(|forecast| ("expected", forecast.text())),
        );
        if progress.cancelled > 0 {
            lines.push(("taken away", number(progress.cancelled)));
        }
        if progress.dead_batches > 0 {
            lines.push(("batches refused", number(progress.dead_batches)));
        }
        lines.push(("requests", known(self.requests)));
        lines.push(("rows", known(self.rows)));
        if let Some(ids) = &self.ids {
            let text = format!(
                "{} stored, {} refused",
                number(ids.stored),
                number(ids.refused)
            );
            lines.push(("ids", text));
        }
        if let Some(steps) = self.failures.as_ref().filter(|steps| !steps.is_empty()) {
            let steps: Vec<_> = steps.iter().map(failed).collect();
            lines.push(("failed", steps.join(", ")));
        }
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

/// `fetch 3 (12 ids)`.
fn failed(step: &Step) -> String {
    let items = format!("{} {}", step.step, number(step.items));
    match step.ids {
        0 => items,
        ids => format!("{items} ({} ids)", number(ids)),
    }
}

impl Budget {
    fn text(&self) -> String {
        let Limit {
            budget,
            units_per_minute,
            ..
        } = &self.limit;
        format!(
            "{} of {} used in the last minute ({budget})",
            number(self.units_last_minute),
            number((*units_per_minute).into())
        )
    }
}

fn first(title: &str, letters: &[Letter]) -> String {
    if letters.is_empty() {
        return String::new();
    }
    let lines: String = letters.iter().map(Letter::line).collect();
    format!("first {title}\n{lines}")
}
