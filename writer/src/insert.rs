//! Inserts one body and does not come back without an answer: stored, refused, or stopped.
//!
//! Every attempt of a body carries the same bytes, settings and token, so that ClickHouse drops
//! what it has already stored when an answer was lost. Nothing here knows NATS.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use clickhouse::{Client, Compression};
use common::backoff::Backoff;
use common::service::Shutdown;
use common::settings;
use common::tables::Table;
use tokio::time::Instant;

use crate::batch::Portion;
use crate::gate::{Gate, Slot};
use crate::insert_error::{Failure, Kind, classify};
use crate::join;
use crate::layout::Layout;
use crate::metrics::Metrics;
use crate::record::Content;
use crate::trouble::Troubles;

/// A server that does not take a piece for so long is taken for dead; its own limit is 30 s too.
const SEND_TIMEOUT: Duration = Duration::from_secs(30);
/// Waits are so much longer when ClickHouse asks to be spared or a person has to act.
const SPARED: u32 = 10;

/// How an insert ended.
#[derive(Debug)]
pub(crate) enum Answer {
    /// ClickHouse answered OK.
    Stored,
    /// The data is at fault.
    Refused(Failure),
    /// The process stops while ClickHouse cannot take it; whether it is stored is unknown.
    Stopped,
}

/// Inserts into one table.
#[derive(Debug)]
pub(crate) struct Inserter {
    /// The table.
    pub(crate) table: Table,
    /// Its columns.
    pub(crate) layout: Layout,
    /// Where to.
    pub(crate) client: Client,
    /// How many at once.
    pub(crate) gate: Gate,
    /// Between attempts.
    pub(crate) backoff: Backoff,
    /// How long ClickHouse may take.
    pub(crate) timeout: Duration,
    /// Where trouble is told.
    pub(crate) troubles: Arc<Troubles>,
    /// Where figures are told.
    pub(crate) metrics: Metrics,
    /// When to give up waiting.
    pub(crate) shutdown: Shutdown,
}

/// The connection to ClickHouse, with the settings that every insert needs.
pub(crate) fn client(settings: &settings::ClickHouse) -> Client {
    Client::default()
        .with_url(&settings.url)
        .with_user(&settings.user)
        .with_password(settings.password.expose())
        .with_database(&settings.database)
        // Record batches are LZ4 inside.
        .with_compression(Compression::None)
        // The server's default would gather our batches with others and acknowledge for them all.
        .with_setting("async_insert", "0")
        // A backfill of years touches a partition a month; the default refuses more than 100.
        .with_setting("max_partitions_per_insert_block", "0")
        // Several threads would cut the same bytes into different blocks from one attempt to the
        // next, and the token would not match them.
        .with_setting("max_insert_threads", "1")
        // No status before the end: an insert that fails half-way must not begin with "200 OK".
        .with_setting("wait_end_of_query", "1")
}

impl Inserter {
    /// Inserts `contents`, for as long as it takes.
    pub(crate) async fn insert(&self, contents: &[&Content], slot: &mut Option<Slot>) -> Answer {
        let Some(first) = contents.first() else {
            return Answer::Stored;
        };
        let statement = match self.layout.insert_statement(&first.schema) {
            Ok(statement) => statement,
            Err(words) => return Answer::Refused(unreadable(words)),
        };
        self.measure(contents);
        let token = join::token(self.table, contents);
        let body = join::body(contents);
        for attempt in 0.. {
            let Err(failure) = self.attempt(&statement, &token, &body).await else {
                self.troubles.clear(self.table.name());
                return Answer::Stored;
            };
            if failure.kind == Kind::Refused {
                return Answer::Refused(failure);
            }
            if self.hold_back(&failure, attempt, slot).await.is_err() {
                break;
            }
        }
        Answer::Stopped
    }

    fn measure(&self, contents: &[&Content]) {
        let table = self.table.name();
        let rows: u64 = contents.iter().map(|content| content.rows()).sum();
        let bytes: usize = contents.iter().map(|content| content.bytes()).sum();
        let (of_rows, of_bytes) = (&self.metrics.batch_rows, &self.metrics.batch_bytes);
        of_rows.with_label_values(&[table]).observe(rows as f64);
        of_bytes.with_label_values(&[table]).observe(bytes as f64);
    }

    async fn attempt(&self, statement: &str, token: &str, body: &[Bytes]) -> Result<(), Failure> {
        let begin = Instant::now();
        let result = self.send(statement, token, body).await;
        let result = result.map_err(|error| classify(&error));
        let outcome = match &result {
            Ok(()) => "stored",
            Err(failure) => match failure.kind {
                Kind::Retry => "retry",
                Kind::TooManyParts => "too_many_parts",
                Kind::Hold => "held",
                Kind::Refused => "refused",
            },
        };
        let table = self.table.name();
        let seconds = begin.elapsed().as_secs_f64();
        self.metrics
            .insert_seconds
            .with_label_values(&[table])
            .observe(seconds);
        self.metrics
            .inserts
            .with_label_values(&[table, outcome])
            .inc();
        tracing::debug!(table, outcome, token, seconds, "insert");
        result
    }

    async fn send(
        &self,
        statement: &str,
        token: &str,
        body: &[Bytes],
    ) -> clickhouse::error::Result<()> {
        let mut insert = self
            .client
            .insert_formatted_with(statement)
            .with_setting("insert_deduplication_token", token)
            .with_timeouts(Some(SEND_TIMEOUT), Some(self.timeout));
        for piece in body {
            insert.send(piece.clone()).await?;
        }
        insert.end().await
    }

    /// Waits before the next attempt; an error when the process stops meanwhile.
    async fn hold_back(
        &self,
        failure: &Failure,
        attempt: u32,
        slot: &mut Option<Slot>,
    ) -> Result<(), ()> {
        let table = self.table.name();
        self.troubles.report(table, &failure.label, &failure.words);
        let backoff = match failure.kind {
            Kind::TooManyParts | Kind::Hold => self.backoff.slower(SPARED),
            Kind::Retry | Kind::Refused => self.backoff,
        };
        let begin = Instant::now();
        let wait = async {
            if let (Kind::TooManyParts, Some(held)) = (failure.kind, slot.take()) {
                *slot = Some(self.gate.alone(held).await);
            }
            tokio::time::sleep(backoff.wait(attempt, rand::random())).await;
        };
        let stopped = tokio::select! {
            () = wait => Ok(()),
            () = self.shutdown.stopping() => Err(()),
        };
        let seconds = begin.elapsed().as_secs_f64();
        self.metrics
            .held_seconds
            .with_label_values(&[table])
            .inc_by(seconds);
        stopped
    }
}

/// Cannot happen to messages that were decoded; if it does, it must not block the others.
fn unreadable(words: String) -> Failure {
    Failure {
        kind: Kind::Refused,
        code: None,
        label: "unreadable columns".to_owned(),
        words,
    }
}

#[cfg(test)]
mod tests;
