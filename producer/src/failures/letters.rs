//! The dead letters of a job, one after the other.

use std::time::Duration;

use anyhow::Context;
use async_nats::jetstream::consumer::pull;
use async_nats::jetstream::stream::Stream;
use common::item::Token;
use common::letter::Letter;
use common::streams;
use futures_util::StreamExt;
use serde::Deserialize;

/// Between two letters; the server has them all.
const PATIENCE: Duration = Duration::from_secs(30);

/// A dead letter and its place in the stream.
pub(super) struct Dead {
    pub(super) sequence: u64,
    pub(super) of: Of,
}

/// What it is of.
pub(super) enum Of {
    /// An item.
    Item(Box<Letter>),
    /// A record batch.
    Batch(Batch),
}

/// What is read of the letter of a record batch.
#[derive(Deserialize)]
pub(super) struct Batch {
    /// `<job>.<item>`.
    item: String,
    pub(super) step: String,
    pub(super) reason: String,
}

impl Batch {
    /// The item its rows came from.
    pub(super) fn item(&self) -> &str {
        self.item.split_once('.').map_or("", |(_, item)| item)
    }
}

/// Hands over the dead letters of a job in the order in which they were written. What is no letter
/// of ours is left out.
pub(super) async fn each(
    dead: &Stream,
    job: &Token,
    mut take: impl AsyncFnMut(Dead) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let config = pull::OrderedConfig {
        filter_subject: streams::dead_of(job),
        ..pull::OrderedConfig::default()
    };
    let consumer = dead.create_consumer(config).await?;
    if consumer.cached_info().num_pending == 0 {
        return Ok(());
    }
    let mut letters = consumer.messages().await?;
    loop {
        let next = tokio::time::timeout(PATIENCE, letters.next()).await;
        let message = next.context("the server has stopped giving out dead letters")?;
        let Some(message) = message.transpose()? else {
            return Ok(());
        };
        let info = message.info().map_err(anyhow::Error::from_boxed)?;
        let (sequence, pending) = (info.stream_sequence, info.pending);
        let body = &message.payload;
        let of = match streams::Letter::of(&message.subject) {
            streams::Letter::Item => serde_json::from_slice(body).map(Of::Item).ok(),
            streams::Letter::Batch => serde_json::from_slice(body).map(Of::Batch).ok(),
            streams::Letter::Stopped(_) => None,
        };
        if let Some(of) = of {
            take(Dead { sequence, of }).await?;
        }
        if pending == 0 {
            return Ok(());
        }
    }
}
