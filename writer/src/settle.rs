//! Acknowledges what is stored, and gives back what is not.
//!
//! An acknowledgement that is not confirmed does no harm: the message comes again, its rows
//! collapse with the copies that are stored.

use common::failpoint;
use futures_util::{StreamExt, stream};
use serde_json::json;

use crate::record::Record;
use crate::store::Lane;

/// Confirmations waited for at once: enough that the round trip does not count, few enough that a
/// server which syncs each of them to disk answers within the request timeout.
const AT_ONCE: usize = 256;

/// The records are stored: the server may forget them.
pub(crate) async fn done(lane: &Lane, records: Vec<Record>) {
    let table = lane.inserter.table.name();
    let (count, rows) = (records.len(), records.iter().map(|r| r.content.rows).sum());
    let bytes: usize = records.iter().map(|r| r.content.batches.len()).sum();
    let lost = stream::iter(records)
        .map(|record| record.delivery.done())
        .buffer_unordered(AT_ONCE)
        .fold(Vec::new(), |mut lost, settled| {
            lost.extend(settled.err());
            async { lost }
        })
        .await;
    if let Some(error) = lost.first() {
        let messages = lost.len();
        tracing::warn!(table, messages, %error, "acknowledgements without an answer: the messages come again and collapse in the table");
    }
    let metrics = &lane.inserter.metrics;
    metrics
        .unconfirmed
        .with_label_values(&[table])
        .inc_by(lost.len() as u64);
    metrics.rows.with_label_values(&[table]).inc_by(rows);
    metrics
        .bytes
        .with_label_values(&[table])
        .inc_by(bytes as u64);
    let facts = json!({
        "rows": metrics.rows.with_label_values(&[table]).get(),
        "last_stored_at": chrono::Utc::now(),
    });
    lane.health.tell(table, facts);
    tracing::debug!(table, messages = count, rows, bytes, "stored");
    failpoint::reached("writer.acked").await;
}

/// The records could not be stored: another writer may have them at once.
pub(crate) async fn give_back(records: Vec<Record>) {
    stream::iter(records)
        .for_each_concurrent(AT_ONCE, |record| record.delivery.give_back())
        .await;
}
