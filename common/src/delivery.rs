//! A received message that must be settled exactly once.
//!
//! Settling takes the delivery by value, so that it cannot be settled twice; while it lives it
//! tells the server so (`+WPI`), and when it is dropped unsettled the server gives the message to
//! somebody else after the ack wait.

use std::time::Duration;

use async_nats::Client;
use async_nats::jetstream::{AckKind, Message};
use bytes::Bytes;
use tokio::task::AbortHandle;

/// A message in our hands.
#[derive(Debug)]
pub struct Delivery {
    message: Message,
    client: Client,
    beats: AbortHandle,
    attempt: u64,
    sequence: u64,
}

/// A message that could not be settled: it will come again.
#[derive(Debug, thiserror::Error)]
#[error("the server did not confirm that the message is settled: {0}")]
pub struct SettleError(String);

impl Delivery {
    /// Takes a message and keeps it ours: a sign of life goes out every third of `ack_wait`.
    #[must_use]
    pub fn new(message: Message, client: &Client, ack_wait: Duration) -> Self {
        let (attempt, sequence) = message
            .info()
            .map(|info| {
                (
                    u64::try_from(info.delivered).unwrap_or(1),
                    info.stream_sequence,
                )
            })
            .unwrap_or((1, 0));
        let (client, reply) = (client.clone(), message.reply.clone());
        let beating = client.clone();
        let beats = tokio::spawn(async move {
            let Some(reply) = reply else { return };
            let mut interval = tokio::time::interval(ack_wait / 3);
            interval.tick().await;
            loop {
                interval.tick().await;
                // A lost beat is made up for by the next one.
                let _ = beating
                    .publish(reply.clone(), Bytes::from_static(b"+WPI"))
                    .await;
            }
        })
        .abort_handle();
        Self {
            message,
            client,
            beats,
            attempt,
            sequence,
        }
    }

    /// The body.
    #[must_use]
    pub fn payload(&self) -> &Bytes {
        &self.message.payload
    }

    /// The subject.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.message.subject
    }

    /// A header, or an empty text.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.message
            .headers
            .as_ref()
            .and_then(|h| h.get(name))
            .map_or("", |value| value.as_str())
    }

    /// How often the message was delivered, this time included.
    #[must_use]
    pub fn attempt(&self) -> u64 {
        self.attempt
    }

    /// Its place in the stream.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Done with: the server forgets the message. Waits for its confirmation.
    ///
    /// # Errors
    /// When the confirmation does not come; the message may come again.
    pub async fn done(self) -> Result<(), SettleError> {
        let Some(reply) = self.message.reply.clone() else {
            return Ok(());
        };
        self.client
            .request(reply, Bytes::from_static(b"+ACK"))
            .await
            .map(drop)
            .map_err(|error| SettleError(error.to_string()))
    }

    /// Given back: somebody else may have it at once.
    pub async fn give_back(self) {
        // If it does not get through, the ack wait has the same effect later.
        let _ = self.message.ack_with(AckKind::Nak(None)).await;
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        self.beats.abort();
    }
}
