//! Failed items by step and reason, from the ledger.

use chrono::{DateTime, SecondsFormat, Utc};
use clickhouse::Row;
use common::item::Token;
use common::settings::Settings;
use common::tables::Table;
use serde::{Deserialize, Serialize};

use crate::output::{self, Output, number};
use crate::status::ledger;

/// As many as a person reads.
const MOST_GROUPS: usize = 100;
/// What fits a line.
const LONGEST_REASON: usize = 90;

/// The failures of a job.
#[derive(Debug, Serialize)]
pub(super) struct Failures {
    job: Token,
    groups: Vec<Group>,
}

/// Items that failed alike: reasons that differ in numbers alone are one.
#[derive(Debug, Serialize, Deserialize, Row)]
struct Group {
    step: String,
    /// The reason of `example`.
    reason: String,
    /// `dead`: nothing of the item was stored; `partial`: some of its ids or rows were not.
    outcome: String,
    items: u64,
    /// When the first and the last of them failed, milliseconds since 1970.
    first_ms: i64,
    last_ms: i64,
    /// The newest of them.
    example: String,
}

/// Asks the ledger.
pub(super) async fn of(job: &Token, settings: &Settings) -> anyhow::Result<Failures> {
    let query = format!(
        "SELECT l.step AS step, argMax(l.reason, l.at) AS reason, l.outcome AS outcome, \
         count() AS items, toUnixTimestamp64Milli(min(l.at)) AS first_ms, \
         toUnixTimestamp64Milli(max(l.at)) AS last_ms, argMax(l.item, l.at) AS example \
         FROM `{}`.{} AS l FINAL WHERE l.job = ? AND l.outcome IN ('dead', 'partial') \
         GROUP BY l.step, l.outcome, replaceRegexpAll(l.reason, '[0-9]+', '0') \
         ORDER BY items DESC, step, reason LIMIT {MOST_GROUPS}",
        settings.clickhouse.database,
        Table::WorkLog.name(),
    );
    let groups = ledger::client(&settings.clickhouse)
        .query(&query)
        .bind(job.as_str())
        .fetch_all();
    Ok(Failures {
        job: job.clone(),
        groups: ledger::patiently(groups).await?,
    })
}

impl Failures {
    pub(super) fn print(&self, output: Output) -> anyhow::Result<()> {
        output.print(self, Self::human)
    }

    fn human(&self) -> String {
        if self.groups.is_empty() {
            return format!("nothing of {} failed\n", self.job);
        }
        let header = [
            "items", "outcome", "step", "first", "last", "example", "reason",
        ];
        let mut rows = vec![header.map(str::to_owned).to_vec()];
        rows.extend(self.groups.iter().map(|group| {
            vec![
                number(group.items),
                group.outcome.clone(),
                group.step.clone(),
                time(group.first_ms),
                time(group.last_ms),
                group.example.clone(),
                group.reason.chars().take(LONGEST_REASON).collect(),
            ]
        }));
        output::table(&rows)
    }
}

fn time(ms: i64) -> String {
    let time = DateTime::<Utc>::from_timestamp_millis(ms).unwrap_or_default();
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
