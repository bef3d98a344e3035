//! Dead letters: what was refused, kept whole with step and reason.

use async_nats::{HeaderMap, Subject};
use chrono::Utc;
use common::delivery::Delivery;
use common::item::{Item, Token};
use common::letter::Letter;
use common::nats::Outgoing;
use common::streams;
use serde::Serialize;
use serde_json::json;

use crate::engine::Engine;
use crate::outcome::{Refused, RefusedId, Spent};

/// Bytes of reply heads in one letter, over all its ids: escaped they still fit a message.
const HEADS: usize = 100_000;

/// Publishes the dead letter of an item and waits until the broker has it.
pub(crate) async fn letter(
    engine: &Engine,
    item: &Item,
    attempt: u64,
    spent: &Spent,
    refused: &Refused,
    ids: &[RefusedId],
) {
    let most = HEADS / ids.len().max(1);
    let letter = Letter {
        item: Some(item.clone()),
        step: refused.step.to_string(),
        reason: refused.reason.clone(),
        status: refused.status,
        head: refused.head.clone(),
        attempts: attempt,
        requests: spent.requests,
        ids: ids.iter().map(|id| id.told(most)).collect(),
        worker: engine.worker.clone(),
        at: Utc::now(),
    };
    tracing::warn!(
        item.job = %item.job, item.id = %item.id, step = %refused.step, reason = refused.reason,
        ids = ids.len(), "dead letter"
    );
    publish(engine, &item.job, &item.id, &letter).await;
}

/// Publishes the dead letter of a message on `WORK` that is no item.
pub(crate) async fn unreadable(engine: &Engine, delivery: &Delivery, reason: &str) {
    let mut tokens = delivery.subject().split('.').skip(1).map(Token::from_lossy);
    let (Some(job), Some(item)) = (tokens.next(), tokens.next()) else {
        return;
    };
    let head = String::from_utf8_lossy(&delivery.payload()[..delivery.payload().len().min(2_000)])
        .into_owned();
    let letter = Letter {
        item: None,
        step: "read".to_owned(),
        reason: format!("not an item: {reason}"),
        status: None,
        head,
        attempts: delivery.attempt(),
        requests: 0,
        ids: Vec::new(),
        worker: engine.worker.clone(),
        at: Utc::now(),
    };
    tracing::warn!(item.job = %job, item.id = %item, reason, "dead letter: not an item");
    publish(engine, &job, &item, &letter).await;
}

/// Says that an item of a cancelled job is let go of, so that it is counted as taken away.
pub(crate) async fn stopped(engine: &Engine, item: &Item) {
    let body = json!({ "worker": engine.worker, "at": Utc::now().to_rfc3339() });
    send(engine, streams::stopped(&item.job, &item.id), &body).await;
}

async fn publish(engine: &Engine, job: &Token, item: &Token, letter: &Letter) {
    send(engine, streams::dead(job, item), letter).await;
    common::failpoint::reached("worker.dead-lettered").await;
}

async fn send(engine: &Engine, subject: Subject, body: &impl Serialize) {
    let body = serde_json::to_vec(body).expect("a letter is plain data");
    let message = Outgoing {
        subject,
        headers: HeaderMap::new(),
        payload: body.into(),
    };
    engine.publisher.until_stored(vec![message]).await;
}

/// Takes back the dead letter of an item that was tried again and succeeded after all.
pub(crate) async fn take_back(engine: &Engine, item: &Item) {
    let subject = streams::dead(&item.job, &item.id).to_string();
    let purged = match engine
        .publisher
        .nats
        .jetstream
        .get_stream_no_info(streams::DEAD)
        .await
    {
        Ok(stream) => stream
            .purge()
            .filter(subject)
            .await
            .map(drop)
            .map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    if let Err(error) = purged {
        tracing::warn!(item.job = %item.job, item.id = %item.id, error, "an older dead letter may remain");
    }
}
