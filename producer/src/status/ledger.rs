//! What the ledger in ClickHouse says of a job. It lags behind by what the writers still hold, and
//! `status` works without it.

use std::time::Duration;

use anyhow::Context;
use clickhouse::{Client, Row};
use common::item::Token;
use common::settings;
use common::tables::Table;
use serde::{Deserialize, Serialize};

/// `status` is asked by a person, who would rather see `unknown` than wait.
const PATIENCE: Duration = Duration::from_secs(5);
/// What counts as now, seconds.
pub(super) const LATELY: u64 = 60;

/// Sums over the settled items of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Row, Deserialize)]
pub(super) struct Totals {
    /// Lines: an item that was enqueued again has several.
    pub(super) lines: u64,
    pub(super) requests: u64,
    pub(super) rows: u64,
    pub(super) bytes: u64,
    /// Ids that were stored.
    pub(super) ids: u64,
    pub(super) api_ms: u64,
    pub(super) wait_ms: u64,
    pub(super) write_ms: u64,
    /// When the newest line was written, milliseconds since 1970.
    pub(super) last_ms: i64,
    /// Of the last minute: lines, their rows and requests, and who wrote them.
    pub(super) late_lines: u64,
    pub(super) late_rows: u64,
    pub(super) late_requests: u64,
    pub(super) workers: u64,
}

/// What failed at one step and was not tried again.
#[derive(Debug, Clone, PartialEq, Eq, Row, Serialize, Deserialize)]
pub(super) struct Step {
    pub(super) step: String,
    pub(super) items: u64,
    pub(super) ids: u64,
}

/// Asks the ledger for the sums.
pub(super) async fn totals(settings: &settings::ClickHouse, job: &Token) -> anyhow::Result<Totals> {
    let query = format!(
        "WITH l.at > now64(3) - {LATELY} AS late \
         SELECT count() AS lines, sum(l.requests) AS requests, sum(l.rows) AS rows, \
         sum(l.bytes) AS bytes, sum(length(l.ids)) AS ids, sum(l.api_ms) AS api_ms, \
         sum(l.wait_ms) AS wait_ms, sum(l.write_ms) AS write_ms, \
         toUnixTimestamp64Milli(max(l.at)) AS last_ms, countIf(late) AS late_lines, \
         sumIf(l.rows, late) AS late_rows, sumIf(l.requests, late) AS late_requests, \
         uniqExactIf(l.worker, late) AS workers FROM {} AS l FINAL WHERE l.job = ?",
        table(settings)
    );
    patiently(
        client(settings)
            .query(&query)
            .bind(job.as_str())
            .fetch_one(),
    )
    .await
}

/// Asks the ledger what failed.
pub(super) async fn steps(
    settings: &settings::ClickHouse,
    job: &Token,
) -> anyhow::Result<Vec<Step>> {
    let query = format!(
        "WITH f AS ({}) SELECT each.1 AS step, uniqExact(item) AS items, toUInt64(sum(each.3)) AS ids \
         FROM f GROUP BY step ORDER BY step",
        failed(settings)
    );
    let steps = client(settings)
        .query(&query)
        .bind(job.as_str())
        .bind(job.as_str())
        .fetch_all();
    patiently(steps).await
}

/// The query for what failed of a job (bound twice) and was not tried again: an id or a whole item
/// a row, with `item`, `outcome`, `at`, and `each`: step, reason, and 1 for an id.
pub(crate) fn failed(settings: &settings::ClickHouse) -> String {
    let table = table(settings);
    format!(
        "SELECT item, outcome, at, arrayJoin(if(empty(refused_ids), [(step, reason, 0)], \
         arrayMap((s, r) -> (s, r, 1), refused_steps, refused_reasons))) AS each \
         FROM {table} FINAL WHERE job = ? AND outcome IN ('dead', 'partial') AND (item, run) NOT IN \
         (SELECT item, run - 1 FROM {table} WHERE job = ? AND run > 0)"
    )
}

/// The ledger's name in a query.
pub(crate) fn table(settings: &settings::ClickHouse) -> String {
    format!("`{}`.{}", settings.database, Table::WorkLog.name())
}

/// Where the ledger is.
pub(crate) fn client(settings: &settings::ClickHouse) -> Client {
    Client::default()
        .with_url(&settings.url)
        .with_user(&settings.user)
        .with_password(settings.password.expose())
}

/// Waits for an answer, but not long.
pub(crate) async fn patiently<T>(
    answer: impl Future<Output = clickhouse::error::Result<T>>,
) -> anyhow::Result<T> {
    tokio::time::timeout(PATIENCE, answer)
        .await
        .context("ClickHouse does not answer")?
        .context("ClickHouse does not tell")
}
