//! What of a part stands in `WORK` already. Asked only after a refusal, and of the stream's
//! leader, which knows of every batch it has confirmed.

use async_nats::jetstream::stream::{LastRawMessageErrorKind, Stream};
use bytes::Bytes;
use common::item::Token;
use common::nats::Outgoing;
use common::streams;

use super::items::Mark;

/// The queue could not be looked at, or holds what it must not.
#[derive(Debug, thiserror::Error)]
pub(super) enum StoredError {
    #[error("the queue holds {subject} of another request; choose another name with --job")]
    Foreign { subject: String },
    #[error("cannot look at what the queue holds")]
    Unanswered(#[source] async_nats::Error),
}

/// Whether the mark of a part stands.
///
/// # Errors
/// [`StoredError::Foreign`] when it is that of another request.
pub(super) async fn has_mark(
    work: &Stream,
    job: &Token,
    part: u64,
    request_hash: &str,
) -> Result<bool, StoredError> {
    let subject = streams::mark(job, part);
    let Some(body) = get(work, &subject).await? else {
        return Ok(false);
    };
    match serde_json::from_slice::<Mark>(&body) {
        Ok(mark) if mark.request == request_hash => Ok(true),
        _ => Err(foreign(&subject)),
    }
}

/// The messages of a part that do not stand. A server that was killed while it stored a batch may
/// have kept its beginning, without the mark.
///
/// # Errors
/// [`StoredError::Foreign`] when something else stands in the place of one.
pub(super) async fn missing(
    work: &Stream,
    messages: &[Outgoing],
) -> Result<Vec<Outgoing>, StoredError> {
    let mut missing = Vec::new();
    for message in messages {
        match get(work, &message.subject).await? {
            None => missing.push(message.clone()),
            Some(body) if body == message.payload => {}
            Some(_) => return Err(foreign(&message.subject)),
        }
    }
    Ok(missing)
}

async fn get(work: &Stream, subject: &str) -> Result<Option<Bytes>, StoredError> {
    match work.get_last_raw_message_by_subject(subject).await {
        Ok(message) => Ok(Some(message.payload)),
        Err(error) if matches!(error.kind(), LastRawMessageErrorKind::NoMessageFound) => Ok(None),
        Err(error) => Err(StoredError::Unanswered(error.into())),
    }
}

fn foreign(subject: &str) -> StoredError {
    let subject = subject.to_owned();
    StoredError::Foreign { subject }
}
