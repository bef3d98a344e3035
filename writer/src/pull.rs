//! Takes the messages of one table from `RECORDS`, no more than fit in memory.
//!
//! Each request asks for a bounded number of bytes and ends by itself after [`EXPIRES`], so an
//! outage of the broker never leaves a request that waits for ever; the loop ends only when the
//! process stops. Requests carry no heartbeat: the client's `batch` stalls on one.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::Message;
use async_nats::jetstream::consumer::{Consumer, pull::Config};
use common::backoff::Backoff;
use common::delivery::Delivery;
use common::failpoint;
use common::service::chain;
use common::settings::Settings;
use common::streams;
use futures_util::StreamExt;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::dead::{self, Letter};
use crate::record::{Counted, Record, decode};
use crate::store::Lane;
use crate::trouble::Troubles;

/// How long a request waits at the server; a stop waits for its end.
const EXPIRES: Duration = Duration::from_secs(1);
/// After this the server has not even said that the request expired: it is away.
const SILENCE: Duration = Duration::from_secs(3);
/// Bytes of one request: some tens of full messages, so that the round trip does not count.
const REQUEST_BYTES: usize = 8 << 20;
/// Messages of one request: about what a server that syncs every acknowledgement confirms
/// in half a second.
const REQUEST_MESSAGES: usize = 2_000;
/// What a message costs beside its body: headers, bookkeeping, and the task of its beats.
const OVERHEAD: usize = 2 * 1024;
/// Memory is counted in pieces, because a semaphore counts in 32 bits.
const PIECE: usize = 1024;
/// Between attempts to reach the consumer.
const BACKOFF: Backoff = Backoff {
    first: Duration::from_millis(200),
    cap: Duration::from_secs(5),
};

/// Pulls the messages of one table.
#[derive(Debug)]
pub(crate) struct Puller {
    lane: Arc<Lane>,
    config: Config,
    ack_wait: Duration,
    troubles: Arc<Troubles>,
    /// All that may be in hand: batches being inserted, one being filled, and one request.
    memory: Arc<Semaphore>,
    request_bytes: usize,
}

/// A puller, with the channel its records come out of.
///
/// The channel has room for every message that memory allows, so the puller never waits on it
/// while a reply lies half read in the client, which drops what is not read in time.
pub(crate) fn open(
    lane: Arc<Lane>,
    settings: &Settings,
    troubles: Arc<Troubles>,
) -> (Puller, Sender<Record>, Receiver<Record>) {
    let writer = &settings.writer;
    // The server refuses a request that is smaller than the next message.
    let largest = lane.nats.client.server_info().max_payload.max(1 << 20) + 64 * 1024;
    let request_bytes = REQUEST_BYTES.max(largest);
    let batches = writer
        .max_bytes
        .saturating_mul(writer.inserts_in_flight + 1);
    let memory = pieces(batches) + pieces(request_cost(request_bytes));
    let (to, from) = mpsc::channel(memory / (OVERHEAD / PIECE));
    let puller = Puller {
        config: streams::table_consumer(lane.inserter.table, &settings.streams),
        ack_wait: settings.streams.ack_wait(),
        lane,
        troubles,
        memory: Arc::new(Semaphore::new(memory.min(u32::MAX as usize))),
        request_bytes,
    };
    (puller, to, from)
}

/// What a request may bring into memory at most.
fn request_cost(request_bytes: usize) -> usize {
    request_bytes + REQUEST_MESSAGES * OVERHEAD
}

fn pieces(bytes: usize) -> usize {
    bytes.div_ceil(PIECE)
}

impl Puller {
    /// Pulls until the process stops; ends the channel then.
    pub(crate) async fn run(self, records: Sender<Record>) {
        let shutdown = &self.lane.shutdown;
        let mut burials = JoinSet::new();
        let mut failures = 0;
        while !shutdown.is_stopping() {
            let begin = Instant::now();
            let Err(words) = self.requests(&records, &mut burials).await else {
                break;
            };
            self.troubles.report(self.table(), "cannot pull", &words);
            // What worked for a while and broke is not the same failure again.
            failures = if begin.elapsed() > BACKOFF.cap {
                0
            } else {
                failures + 1
            };
            tokio::select! {
                () = tokio::time::sleep(BACKOFF.wait(failures, rand::random())) => {}
                () = shutdown.stopping() => {}
            }
        }
        drop(records);
        burials.join_all().await;
    }

    /// One request after the other, until the process stops or something fails.
    async fn requests(
        &self,
        records: &Sender<Record>,
        burials: &mut JoinSet<()>,
    ) -> Result<(), String> {
        let jetstream = &self.lane.nats.jetstream;
        let consumer = jetstream
            .create_consumer_on_stream(self.config.clone(), streams::RECORDS)
            .await
            .map_err(|error| chain(&error))?;
        self.troubles.clear(self.table());
        while let Some(memory) = self.reserve().await {
            self.request(&consumer, memory, records, burials).await?;
            self.troubles.clear(self.table());
            while burials.try_join_next().is_some() {}
        }
        Ok(())
    }

    /// Waits for the memory of a request; nothing when the process stops.
    async fn reserve(&self) -> Option<OwnedSemaphorePermit> {
        let begin = Instant::now();
        let want = u32::try_from(pieces(request_cost(self.request_bytes))).unwrap_or(u32::MAX);
        let memory = tokio::select! {
            biased;
            () = self.lane.shutdown.stopping() => None,
            memory = self.memory.clone().acquire_many_owned(want) => memory.ok(),
        };
        let full = &self.lane.inserter.metrics.full_seconds;
        full.with_label_values(&[self.table()])
            .inc_by(begin.elapsed().as_secs_f64());
        memory
    }

    async fn request(
        &self,
        consumer: &Consumer<Config>,
        mut memory: OwnedSemaphorePermit,
        records: &Sender<Record>,
        burials: &mut JoinSet<()>,
    ) -> Result<(), String> {
        let mut reply = consumer
            .batch()
            .max_messages(REQUEST_MESSAGES)
            .max_bytes(self.request_bytes)
            .expires(EXPIRES)
            .messages()
            .await
            .map_err(|error| chain(&error))?;
        loop {
            let message = match timeout(SILENCE, reply.next()).await {
                Err(_) => return Err("no word from the server".to_owned()),
                Ok(None) => return Ok(()),
                Ok(Some(Ok(message))) => message,
                Ok(Some(Err(error))) => {
                    let words = error.to_string();
                    // The request is used up: the next message did not fit in what was left of it.
                    return if words.contains("Exceeds MaxBytes") {
                        Ok(())
                    } else {
                        Err(words)
                    };
                }
            };
            self.take(message, &mut memory, records, burials).await;
        }
    }

    async fn take(
        &self,
        message: Message,
        memory: &mut OwnedSemaphorePermit,
        records: &Sender<Record>,
        burials: &mut JoinSet<()>,
    ) {
        let (table, inserter) = (self.table(), &self.lane.inserter);
        let cost = pieces(message.length + OVERHEAD).min(memory.num_permits());
        let delivery = Delivery::new(message, &self.lane.nats.client, self.ack_wait);
        inserter.metrics.pulled.with_label_values(&[table]).inc();
        failpoint::reached("writer.pulled").await;
        let content = match decode(&inserter.layout, delivery.sequence(), delivery.payload()) {
            Ok(content) => content,
            Err(reason) => {
                let lane = self.lane.clone();
                let letter = Letter::unreadable(reason);
                burials.spawn(async move { dead::bury(&lane, delivery, letter).await });
                return;
            }
        };
        let record = Record {
            content,
            delivery,
            _memory: memory
                .split(cost)
                .expect("the cost was cut to what is there"),
            _counted: Counted::new(inserter.metrics.in_hand.with_label_values(&[table])),
        };
        if let Err(unwanted) = records.send(record).await {
            unwanted.0.delivery.give_back().await;
        }
    }

    fn table(&self) -> &'static str {
        self.lane.inserter.table.name()
    }
}
