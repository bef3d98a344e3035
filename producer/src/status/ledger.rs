//! What the ledger in ClickHouse says of a job. It lags behind by what the writers still hold, and
//! `status` works without it.

use std::time::Duration;

use anyhow::Context;
use clickhouse::{Client, Row};
use common::item::Token;
use common::settings;
use common::tables::Table;
use serde::Deserialize;

/// `status` is asked by a person, who would rather see `unknown` than wait.
const PATIENCE: Duration = Duration::from_secs(5);

/// Sums over the settled items of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Row, Deserialize)]
pub(super) struct Totals {
    pub(super) requests: u64,
    pub(super) rows: u64,
    pub(super) bytes: u64,
}

/// Asks the ledger.
pub(super) async fn totals(settings: &settings::ClickHouse, job: &Token) -> anyhow::Result<Totals> {
    let query = format!(
        "SELECT sum(requests) AS requests, sum(rows) AS rows, sum(bytes) AS bytes \
         FROM `{}`.{} FINAL WHERE job = ?",
        settings.database,
        Table::WorkLog.name()
    );
    patiently(
        client(settings)
            .query(&query)
            .bind(job.as_str())
            .fetch_one(),
    )
    .await
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
