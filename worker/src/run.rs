//! Wires the worker: queues → share → engine → settle.
//!
//! Free permits decide how much is pulled, so a worker never holds more than it works on.
//! Stopping is taking all permits: when they are ours, nothing is in work any more.

use std::sync::Arc;
use std::time::Duration;

use common::delivery::Delivery;
use common::nats::{self, Patience};
use common::service::Service;
use common::{failpoint, jobs::Jobs, streams};
use tokio::sync::Semaphore;

use crate::cache::Cache;
use crate::dead;
use crate::engine::Engine;
use crate::metrics::Metrics;
use crate::publish::Publisher;
use crate::queues::{Queue, Queues, Turn};
use crate::vendor::{Slot, Vendors};

/// How often an idle worker looks for new jobs.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Works until told to stop.
pub(crate) async fn run(service: Service, vendors: Vendors) -> anyhow::Result<()> {
    let settings = service.settings.clone();
    let nats = nats::connect(&settings.nats, "worker", Patience::Wait).await?;
    let jobs = tokio::select! {
        () = service.shutdown.stopping() => return Ok(()),
        jobs = set_up(&nats, &service) => jobs,
    };
    let metrics = Arc::new(Metrics::new(&service.metrics)?);
    let vendors = Arc::new(vendors);
    let engine = Arc::new(Engine {
        publisher: Publisher::new(nats.clone(), metrics.clone()),
        cache: Cache::new(&settings.cache)?,
        settings: settings.clone(),
        worker: service.instance.clone(),
        metrics,
    });
    let permits = Arc::new(Semaphore::new(settings.worker.concurrency));
    let mut queues = Queues::new(
        nats.clone(),
        jobs,
        vendors.clone(),
        service.health.clone(),
        settings.streams.ack_wait(),
    );
    while !service.shutdown.is_stopping() {
        // Waits until another item may be taken into work; a pull itself is never interrupted, as
        // what it brings would be lost until the ack wait is over.
        tokio::select! {
            () = service.shutdown.stopping() => break,
            _free = permits.acquire() => {}
            // However much is in work, what an operator says of it is heard.
            () = tokio::time::sleep(LOOK_EVERY) => {
                queues.listen(LOOK_EVERY).await;
                continue;
            }
        }
        if !pull_once(&mut queues, &permits, &engine).await {
            tokio::select! {
                () = service.shutdown.stopping() => break,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }
    let all = u32::try_from(settings.worker.concurrency)?;
    let _everything = permits.acquire_many(all).await?;
    nats.client.flush().await?;
    Ok(())
}

/// Makes the streams, as a worker may be the first program of the fleet that starts, and opens the
/// bucket of jobs; waits for a broker that is away.
async fn set_up(nats: &nats::Nats, service: &Service) -> Jobs {
    loop {
        let opened = async {
            streams::ensure(nats, &service.settings.streams).await?;
            anyhow::Ok(Jobs::open(nats).await?)
        };
        match opened.await {
            Ok(jobs) => {
                service.health.ready("nats");
                return jobs;
            }
            Err(error) => {
                service.health.not_ready("nats", format!("{error:#}"));
                tracing::warn!(
                    error = format!("{error:#}"),
                    "cannot set up the streams yet"
                );
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
    }
}

/// Pulls from the queue whose turn it is, as much as there are free permits; false when there was
/// nothing to do.
async fn pull_once(queues: &mut Queues, permits: &Arc<Semaphore>, engine: &Arc<Engine>) -> bool {
    queues.refresh(LOOK_EVERY).await;
    let Some(Turn { queue, count, wait }) = queues.next(permits.available_permits()) else {
        return false;
    };
    let mut got = 0;
    let mut messages = match queue.pull(count, wait).await {
        Ok(messages) => messages,
        Err(error) => {
            tracing::warn!(job = %queue.job, %error, "pull failed");
            queues.forget(&queue);
            return false;
        }
    };
    while let Some(message) = messages.next().await {
        // Nobody else takes permits or slots, so what was free when the pull began still is.
        let Ok(permit) = permits.clone().acquire_owned().await else {
            return false;
        };
        let Some(slot) = queue.vendor.slot().await else {
            return false;
        };
        got += 1;
        let delivery = Delivery::new(message, &engine.publisher.nats.client, queue.ack_wait());
        let (engine, queue) = (engine.clone(), queue.clone());
        tokio::spawn(async move {
            settle(&engine, &queue, delivery, slot).await;
            drop(permit);
        });
    }
    queues.pulled(&queue, got);
    got > 0 || queues.anything_waits()
}

/// Works on one item and settles it.
async fn settle(engine: &Engine, queue: &Queue, delivery: Delivery, slot: Slot) {
    failpoint::reached("worker.pulled").await;
    engine.metrics.in_work.inc();
    match serde_json::from_slice(delivery.payload()) {
        Ok(item) => {
            let stop = queue.stopper.hear();
            engine.work(&item, &delivery, &queue.vendor, stop).await;
        }
        Err(error) => dead::unreadable(engine, &delivery, &error.to_string()).await,
    }
    failpoint::reached("worker.finished").await;
    if let Err(error) = delivery.done().await {
        tracing::warn!(job = %queue.job, %error, "item will be delivered again");
    }
    failpoint::reached("worker.acked").await;
    engine.metrics.in_work.dec();
    drop(slot);
}
