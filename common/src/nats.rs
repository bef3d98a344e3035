//! The connection to the broker, and the one wire protocol its client lacks: the atomic batch.
//!
//! Nothing here knows a stream's name; see [`crate::streams`].

use std::time::Duration;

use async_nats::jetstream::{self, Context};
use async_nats::{Client, ConnectOptions, HeaderMap, Subject, header};
use bytes::Bytes;
use serde::Deserialize;

use crate::secret::printable_url;
use crate::settings;

/// A connection, and JetStream on it.
#[derive(Debug, Clone)]
pub struct Nats {
    /// For core requests, such as confirmed acks.
    pub client: Client,
    /// For streams and consumers.
    pub jetstream: Context,
}

/// A connection that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The credentials file cannot be read.
    #[error("cannot read the NATS credentials file {file}")]
    Credentials {
        /// The file.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// No server answers, or it refuses us.
    #[error("cannot connect to NATS at {url}; is nats-server running, and is nats.url right?")]
    Connect {
        /// Where, without any password.
        url: String,
        /// Why.
        source: async_nats::ConnectError,
    },
}

/// Whether to wait for a server that does not answer yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// A daemon: keeps trying.
    Wait,
    /// A command: tells the person at once.
    Fail,
}

/// Connects. A connection that breaks later is made again, for as long as it takes.
///
/// # Errors
/// With [`Patience::Fail`] when no server answers, always when credentials are unusable.
pub async fn connect(
    settings: &settings::Nats,
    name: &str,
    patience: Patience,
) -> Result<Nats, ConnectError> {
    let timeout = Duration::from_millis(settings.request_timeout_ms);
    let mut options = ConnectOptions::new()
        .name(format!("backfleet {name}"))
        .connection_timeout(Duration::from_secs(5))
        .request_timeout(Some(timeout))
        .reconnect_delay_callback(|attempts| {
            Duration::from_millis((attempts as u64 * 50).min(1_000))
        })
        .event_callback(|event| async move { tracing::info!(%event, "nats connection") });
    if !settings.user.is_empty() {
        options =
            options.user_and_password(settings.user.clone(), settings.password.expose().to_owned());
    }
    if !settings.token.is_empty() {
        options = options.token(settings.token.expose().to_owned());
    }
    if !settings.credentials_file.is_empty() {
        options = options
            .credentials_file(&settings.credentials_file)
            .await
            .map_err(|source| ConnectError::Credentials {
                file: settings.credentials_file.clone(),
                source,
            })?;
    }
    if patience == Patience::Wait {
        options = options.retry_on_initial_connect();
    }
    let urls: Vec<&str> = settings.url.split(',').map(str::trim).collect();
    let client = options
        .connect(urls)
        .await
        .map_err(|source| ConnectError::Connect {
            url: printable_url(&settings.url),
            source,
        })?;
    let jetstream = jetstream::ContextBuilder::new()
        .timeout(timeout)
        .ack_timeout(timeout)
        .build(client.clone());
    Ok(Nats { client, jetstream })
}

/// A message of an atomic batch.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Where to.
    pub subject: Subject,
    /// Its headers, those of the batch not among them.
    pub headers: HeaderMap,
    /// Its body.
    pub payload: Bytes,
}

/// What the server said to a batch.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// A message of the batch stands on a subject that is taken: nothing of the batch was stored.
    #[error("a message of the batch is stored already: {0}")]
    AlreadyThere(String),
    /// A message id was seen before: nothing of the batch was stored.
    #[error("a message of the batch is a duplicate")]
    Duplicate,
    /// The stream holds as much as it may: nothing was stored.
    #[error("the stream is full: {0}")]
    Full(String),
    /// The server refused for another reason.
    #[error("the server refused to store: {reason} (code {code})")]
    Refused {
        /// The server's error code.
        code: u64,
        /// The server's words.
        reason: String,
    },
    /// No answer: it may or may not have been stored.
    #[error("no answer of the server to a publish: {0}")]
    NoAnswer(String),
}

#[derive(Deserialize)]
struct Ack {
    error: Option<AckError>,
}

#[derive(Deserialize)]
struct AckError {
    err_code: u64,
    #[serde(default)]
    description: String,
}

/// Most messages the server takes in one atomic batch.
pub const BATCH_LIMIT: usize = 1_000;

impl Nats {
    /// Stores all of `messages` or none, and waits for the server's word (ADR-50). A single
    /// message is published as such. At most [`BATCH_LIMIT`] messages.
    ///
    /// # Errors
    /// See [`PublishError`]; after [`PublishError::NoAnswer`] the batch may stand.
    pub async fn publish_all(&self, mut messages: Vec<Outgoing>) -> Result<(), PublishError> {
        let Some(mut last) = messages.pop() else {
            return Ok(());
        };
        if !messages.is_empty() {
            let batch = self.client.new_inbox();
            let total = messages.len() + 1;
            for (index, mut message) in messages.into_iter().enumerate() {
                mark(&mut message.headers, &batch, index + 1);
                if index == 0 {
                    // The first answer is empty when the batch may start, an error when it may not.
                    self.request(message).await?;
                } else {
                    self.client
                        .publish_with_headers(message.subject, message.headers, message.payload)
                        .await
                        .map_err(|error| PublishError::NoAnswer(error.to_string()))?;
                }
            }
            mark(&mut last.headers, &batch, total);
            last.headers
                .insert(header::NATS_BATCH_COMMIT, header::NATS_BATCH_COMMIT_FINAL);
        }
        self.request(last).await
    }

    async fn request(&self, message: Outgoing) -> Result<(), PublishError> {
        let reply = self
            .client
            .request_with_headers(message.subject, message.headers, message.payload)
            .await
            .map_err(|error| PublishError::NoAnswer(error.to_string()))?;
        if reply.payload.is_empty() {
            return Ok(());
        }
        let ack: Ack = serde_json::from_slice(&reply.payload)
            .map_err(|error| PublishError::NoAnswer(format!("unreadable answer: {error}")))?;
        ack.error.map_or(Ok(()), |error| Err(refusal(error)))
    }
}

fn mark(headers: &mut HeaderMap, batch: &str, sequence: usize) {
    headers.insert(header::NATS_BATCH_ID, batch);
    headers.insert(header::NATS_BATCH_SEQUENCE, sequence.to_string().as_str());
}

fn refusal(error: AckError) -> PublishError {
    // 10077 stands for every limit of a stream; only the words tell which.
    match error.err_code {
        10077 if error.description.contains("per subject") => {
            PublishError::AlreadyThere(error.description)
        }
        10077 | 10047 => PublishError::Full(error.description),
        10201 => PublishError::Duplicate,
        code => PublishError::Refused {
            code,
            reason: error.description,
        },
    }
}
