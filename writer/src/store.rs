//! Brings a batch to its end: stored and acknowledged, or, for the messages that ClickHouse
//! refuses, dead-lettered and acknowledged; nothing else ends it but the stop of the process.

use std::sync::Arc;

use common::failpoint;
use common::nats::Nats;
use common::service::{Health, Shutdown};
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinSet;

use crate::bisect::Bisect;
use crate::dead::{self, Letter};
use crate::gate::Slot;
use crate::insert::{Answer, Inserter};
use crate::record::{Content, Record};
use crate::settle;

/// What the steps of one table share.
#[derive(Debug)]
pub(crate) struct Lane {
    /// Towards ClickHouse.
    pub(crate) inserter: Inserter,
    /// Towards the broker.
    pub(crate) nats: Nats,
    /// For `/status`.
    pub(crate) health: Health,
    /// When to stop.
    pub(crate) shutdown: Shutdown,
}

/// A batch that may be inserted.
#[derive(Debug)]
pub(crate) struct Ripe {
    /// Its messages; never none.
    pub(crate) records: Vec<Record>,
    /// The right to insert them.
    pub(crate) slot: Slot,
}

/// Stores batches, each beside the others, until there are no more.
pub(crate) async fn run(lane: Arc<Lane>, mut batches: Receiver<Ripe>) {
    let mut storing = JoinSet::new();
    loop {
        tokio::select! {
            batch = batches.recv() => match batch {
                Some(batch) => { storing.spawn(store(lane.clone(), batch)); }
                None => break,
            },
            Some(ended) = storing.join_next() => ended.expect("storing a batch does not panic"),
        }
    }
    storing.join_all().await;
}

async fn store(lane: Arc<Lane>, batch: Ripe) {
    let mut slot = Some(batch.slot);
    let mut parts = Bisect::new(batch.records);
    while let Some(part) = parts.next() {
        let contents: Vec<&Content> = part.iter().map(|record| &record.content).collect();
        match lane.inserter.insert(&contents, &mut slot).await {
            Answer::Stored => {
                failpoint::reached("writer.inserted").await;
                settle::done(&lane, part).await;
            }
            Answer::Refused(failure) => {
                if let Some(poison) = parts.refused(part) {
                    let letter = Letter::refused(&poison, failure);
                    dead::bury(&lane, poison.delivery, letter).await;
                }
            }
            Answer::Stopped => {
                settle::give_back(part).await;
                settle::give_back(parts.rest()).await;
            }
        }
    }
}
