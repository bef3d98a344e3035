//! Dead letters: what was refused, by whom and why.
//!
//! The message is acknowledged only after its letter is stored, and given back if the process
//! stops before. The subject ends with the message's place in the stream, so a letter that is
//! written twice replaces itself.

use std::time::Duration;

use async_nats::Subject;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use common::backoff::Backoff;
use common::delivery::Delivery;
use common::item::Token;
use common::records::ITEM_HEADER;
use common::service::chain;
use common::streams;
use serde::Serialize;

use crate::insert_error::Failure;
use crate::record::Record;
use crate::store::Lane;

/// So much of a message is kept in its letter: enough to see what is wrong, and small enough for
/// any server's message limit.
const HEAD: usize = 64 * 1024;
/// Between two attempts to store a letter.
const BACKOFF: Backoff = Backoff {
    first: Duration::from_millis(200),
    cap: Duration::from_secs(10),
};

/// Why a message is refused.
#[derive(Debug)]
pub(crate) struct Letter {
    step: &'static str,
    reason: String,
    code: Option<u32>,
    rows: Option<u64>,
}

#[derive(Serialize)]
struct Body<'a> {
    step: &'a str,
    reason: &'a str,
    code: Option<u32>,
    table: &'a str,
    rows: Option<u64>,
    sequence: u64,
    attempts: u64,
    item: &'a str,
    payload_bytes: usize,
    payload_base64: String,
    at: chrono::DateTime<chrono::Utc>,
}

impl Letter {
    /// ClickHouse refused the record.
    pub(crate) fn refused(record: &Record, failure: Failure) -> Self {
        Self {
            step: "insert",
            reason: failure.words,
            code: failure.code,
            rows: Some(record.content.rows),
        }
    }

    /// The message cannot be read.
    pub(crate) fn unreadable(reason: String) -> Self {
        Self {
            step: "decode",
            reason,
            code: None,
            rows: None,
        }
    }
}

/// Stores the letter, then acknowledges the message.
pub(crate) async fn bury(lane: &Lane, delivery: Delivery, letter: Letter) {
    let (subject, body) = write(lane, &delivery, &letter);
    for attempt in 0.. {
        match publish(lane, &subject, &body).await {
            Ok(()) => break,
            Err(words) => {
                tracing::warn!(%subject, words, "cannot store a dead letter, trying again")
            }
        }
        tokio::select! {
            () = tokio::time::sleep(BACKOFF.wait(attempt, rand::random())) => {}
            () = lane.shutdown.stopping() => return delivery.give_back().await,
        }
    }
    let (table, sequence) = (lane.inserter.table.name(), delivery.sequence());
    let (step, reason, code) = (letter.step, letter.reason, letter.code);
    tracing::error!(table, sequence, step, code, reason, %subject, "refused a message");
    let dead = &lane.inserter.metrics.dead;
    dead.with_label_values(&[table, step]).inc();
    if let Err(error) = delivery.done().await {
        tracing::warn!(table, sequence, %error, "the refused message comes again and replaces its letter");
    }
}

async fn publish(lane: &Lane, subject: &Subject, body: &Bytes) -> Result<(), String> {
    let sent = lane.nats.jetstream.publish(subject.clone(), body.clone());
    let stored = sent.await.map_err(|error| chain(&error))?;
    stored.await.map(drop).map_err(|error| chain(&error))
}

fn write(lane: &Lane, delivery: &Delivery, letter: &Letter) -> (Subject, Bytes) {
    let header = delivery.header(ITEM_HEADER);
    let (job, item) = origin(header, delivery.subject());
    let payload = delivery.payload();
    let body = Body {
        step: letter.step,
        reason: &letter.reason,
        code: letter.code,
        table: lane.inserter.table.name(),
        rows: letter.rows,
        sequence: delivery.sequence(),
        attempts: delivery.attempt(),
        item: header,
        payload_bytes: payload.len(),
        payload_base64: STANDARD.encode(&payload[..payload.len().min(HEAD)]),
        at: chrono::Utc::now(),
    };
    let body = serde_json::to_vec(&body).expect("a letter is plain data");
    let subject = streams::dead_batch(job.as_str(), item.as_str(), delivery.sequence());
    (subject, body.into())
}

/// The job and the item a message comes from: its header says so, else its subject names the job.
fn origin(header: &str, subject: &str) -> (Token, Token) {
    match header.split_once('.') {
        Some((job, item)) => (token(job), token(item)),
        None => {
            let job = subject.rsplit('.').next().unwrap_or_default();
            (token(job), token("unknown"))
        }
    }
}

fn token(text: &str) -> Token {
    Token::new(text).unwrap_or_else(|_| Token::from_lossy(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_is_always_two_tokens() {
        let of = |header, subject| {
            let (job, item) = origin(header, subject);
            format!("{job} {item}")
        };
        assert_eq!(of("my-job.i-1", "records.trades.my-job"), "my-job i-1");
        assert_eq!(of("", "records.trades.my-job"), "my-job unknown");
        assert_eq!(of("a b.c.d>", "records.trades.x"), "a-b c-d-");
    }
}
