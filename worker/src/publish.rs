//! Rows to `RECORDS`: encoded, named, confirmed.
//!
//! All messages of one flush go as one atomic batch, which costs one write to disk instead of one
//! a message. A message id is made of the item, the place in it and a hash of the replies the rows
//! come from: a repeated publish is dropped by the broker, a refetch that brought other data is
//! not.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::{HeaderMap, header};
use bytes::Bytes;
use common::backoff::Backoff;
use common::item::Token;
use common::nats::{BATCH_LIMIT, Nats, Outgoing, PublishError};
use common::records::{ITEM_HEADER, ROWS_HEADER, encode};
use common::streams;
use common::tables::Batch;

use crate::metrics::Metrics;

/// Room for subject, headers and protocol beside the body of a message.
const OVERHEAD: usize = 4096;
/// First and longest wait before a refused publish is tried again: a full stream empties in
/// seconds, a server that restarts is back in seconds.
const WAITS: Backoff = Backoff {
    first: Duration::from_millis(50),
    cap: Duration::from_secs(2),
};

/// Publishes to `RECORDS`.
pub(crate) struct Publisher {
    pub(crate) nats: Nats,
    metrics: Arc<Metrics>,
}

/// Where rows come from.
pub(crate) struct Origin<'a> {
    pub(crate) job: &'a Token,
    pub(crate) item: &'a str,
    /// How often the item had been enqueued again.
    pub(crate) run: u64,
    /// Hash of the replies so far.
    pub(crate) content: u64,
    /// Which flush of the item.
    pub(crate) flush: u64,
}

/// Rows as the broker takes them.
#[derive(Default)]
pub(crate) struct Encoded {
    pub(crate) messages: Vec<Outgoing>,
    /// Rows that fit in no message, each with the reason.
    pub(crate) too_large: Vec<String>,
}

impl Publisher {
    pub(crate) fn new(nats: Nats, metrics: Arc<Metrics>) -> Self {
        Self { nats, metrics }
    }

    /// Makes messages of rows; a row that is larger than the broker takes is left out and told.
    pub(crate) fn encode(&self, batches: &[Batch], origin: &Origin<'_>) -> Encoded {
        let max_payload = match self.nats.client.server_info().max_payload {
            // No server has told yet: its default.
            0 => 1 << 20,
            told => told,
        };
        let mut encoded = Encoded::default();
        for batch in batches {
            let mut parts = Vec::new();
            split(
                batch,
                max_payload - OVERHEAD,
                &mut parts,
                &mut encoded.too_large,
            );
            for (part, (body, rows)) in parts.into_iter().enumerate() {
                let Origin {
                    item,
                    run,
                    flush,
                    content,
                    ..
                } = origin;
                let table = batch.table.name();
                let id = format!("{item}.{run}.{table}.{flush}.{part}.{content:016x}");
                encoded
                    .messages
                    .push(outgoing(batch, origin, &id, rows, body));
                self.metrics
                    .rows
                    .with_label_values(&[table])
                    .inc_by(rows as u64);
            }
        }
        encoded
    }

    /// Publishes messages and waits until the broker has them all, for as long as it takes.
    pub(crate) async fn publish(&self, mut messages: Vec<Outgoing>) {
        let started = Instant::now();
        while !messages.is_empty() {
            let rest = messages.split_off(messages.len().min(BATCH_LIMIT));
            self.until_stored(messages).await;
            messages = rest;
        }
        let seconds = started.elapsed().as_secs_f64();
        self.metrics
            .publish_seconds
            .with_label_values(&[] as &[&str])
            .observe(seconds);
    }

    /// Publishes any message until the broker has it.
    pub(crate) async fn until_stored(&self, messages: Vec<Outgoing>) {
        for attempt in 0.. {
            let wait = WAITS.wait(attempt, rand::random());
            match self.nats.publish_all(messages.clone()).await {
                Ok(()) => return,
                // One of several is there already: which, only publishing them singly tells.
                Err(PublishError::Duplicate) if messages.len() > 1 => {
                    for message in messages {
                        Box::pin(self.until_stored(vec![message])).await;
                    }
                    return;
                }
                Err(PublishError::Duplicate) => return,
                Err(error) => {
                    tracing::warn!(%error, wait_ms = wait.as_millis() as u64, "publish waits")
                }
            }
            tokio::time::sleep(wait).await;
        }
    }
}

fn outgoing(batch: &Batch, origin: &Origin<'_>, id: &str, rows: usize, payload: Bytes) -> Outgoing {
    let mut headers = HeaderMap::new();
    headers.insert(
        header::NATS_MESSAGE_ID,
        format!("{}.{id}", origin.job).as_str(),
    );
    headers.insert(ROWS_HEADER, rows.to_string().as_str());
    headers.insert(
        ITEM_HEADER,
        format!("{}.{}", origin.job, origin.item).as_str(),
    );
    Outgoing {
        subject: streams::records(batch.table, origin.job),
        headers,
        payload,
    }
}

/// Encodes a batch into messages that the broker takes, halving it as often as needed.
fn split(
    batch: &Batch,
    limit: usize,
    parts: &mut Vec<(Bytes, usize)>,
    too_large: &mut Vec<String>,
) {
    let rows = batch.columns.num_rows();
    let body = encode(batch).expect("what our builders made can be encoded");
    if body.len() <= limit {
        parts.push((body, rows));
        return;
    }
    if rows == 1 {
        let (table, size) = (batch.table.name(), body.len());
        too_large.push(format!(
            "a row of {table} takes {size} bytes, the broker takes {limit}: raise max_payload of nats-server"
        ));
        return;
    }
    for (offset, length) in [(0, rows / 2), (rows / 2, rows - rows / 2)] {
        let half = Batch {
            table: batch.table,
            columns: batch.columns.slice(offset, length),
        };
        split(&half, limit, parts, too_large);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::tables::{Document, Rows};

    fn documents(bodies: &[String]) -> Batch {
        let mut rows = Rows::default();
        for (index, body) in bodies.iter().enumerate() {
            rows.push(&Document {
                source: "s",
                dataset: "d",
                id: &index.to_string(),
                body,
            });
        }
        rows.take(1).remove(0)
    }

    /// Text that LZ4 cannot shorten much.
    fn noise(length: usize, seed: u64) -> String {
        (0..length as u64)
            .map(|i| {
                char::from(
                    33 + (xxhash_rust::xxh3::xxh3_64(&(i ^ seed << 32).to_le_bytes()) % 90) as u8,
                )
            })
            .collect()
    }

    #[test]
    fn a_large_batch_becomes_several_messages_with_all_rows() {
        let bodies: Vec<_> = (0..10).map(|seed| noise(2_000, seed)).collect();
        let (mut parts, mut too_large) = (Vec::new(), Vec::new());
        split(&documents(&bodies), 8_000, &mut parts, &mut too_large);
        assert!(too_large.is_empty(), "{too_large:?}");
        assert!(parts.len() > 1 && parts.iter().all(|(body, _)| body.len() <= 8_000));
        assert_eq!(parts.iter().map(|(_, rows)| rows).sum::<usize>(), 10);
    }

    #[test]
    fn a_row_that_fits_nowhere_is_told_and_takes_no_other_with_it() {
        let bodies: Vec<_> = [100, 20_000, 100, 100]
            .iter()
            .map(|&n| noise(n, n as u64))
            .collect();
        let (mut parts, mut too_large) = (Vec::new(), Vec::new());
        split(&documents(&bodies), 8_000, &mut parts, &mut too_large);
        assert_eq!(parts.iter().map(|(_, rows)| rows).sum::<usize>(), 3);
        assert!(
            too_large.len() == 1 && too_large[0].contains("max_payload"),
            "{too_large:?}"
        );
    }
}
