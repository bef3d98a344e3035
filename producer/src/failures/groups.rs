//! Failed items by step and reason, from the ledger.

use chrono::{DateTime, SecondsFormat, Utc};
use clickhouse::Row;
use common::item::Token;
use common::settings::Settings;
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
    /// Ids of theirs that failed so.
    ids: u64,
    /// When the first and the last of them failed, milliseconds since 1970.
    first_ms: i64,
    last_ms: i64,
    /// The newest of them.
    example: String,
}

/// Asks the ledger.
pub(super) async fn of(job: &Token, settings: &Settings) -> anyhow::Result<Failures> {
    let query = format!(
        "WITH f AS ({}) SELECT each.1 AS step, argMax(each.2, f.at) AS reason, \
         f.outcome AS outcome, uniqExact(f.item) AS items, toUInt64(sum(each.3)) AS ids, \
         toUnixTimestamp64Milli(min(f.at)) AS first_ms, \
         toUnixTimestamp64Milli(max(f.at)) AS last_ms, argMax(f.item, f.at) AS example \
         FROM f GROUP BY step, outcome, replaceRegexpAll(each.2, '[0-9]+', '0') \
         ORDER BY ids + items DESC, step, reason LIMIT {MOST_GROUPS}",
        ledger::failed(&settings.clickhouse),
    );
    let groups = ledger::client(&settings.clickhouse)
        .query(&query)
        .bind(job.as_str())
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
            "items", "ids", "outcome", "step", "first", "last", "example", "reason",
        ];
        let mut rows = vec![header.map(str::to_owned).to_vec()];
        rows.extend(self.groups.iter().map(|group| {
            vec![
                number(group.items),
                number(group.ids),
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
