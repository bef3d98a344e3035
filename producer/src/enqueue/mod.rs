//! `enqueue`: turns a request into the items of a job, exactly once.
//!
//! ```text
//! range ─┐                                        ┌─> estimate (dry run: printed, the end)
//! ids ───┴─> Prepared: request, name, items ──────┴─> entry ──> consumer ──> parts ──> entry
//!            (all input is checked by now)            (JOBS)               (WORK)     (JOBS)
//! ```
//!
//! Between any two steps the process may die: the same command again finds what is there and goes
//! on. Two producers with the same request may run at once. Nothing is written before all input
//! has been checked.

mod entry;
pub(crate) mod estimate;
mod id_column;
pub(crate) mod ids;
pub(crate) mod items;
mod parts;
pub(crate) mod range;
mod spool;
mod stored;
mod summary;
mod wanted;

use std::time::Instant;

use anyhow::Context;
use common::control::{self, Control};
use common::failpoint;
use common::item::Token;
use common::jobs::{Jobs, Request, State};
use common::nats::Nats;
use common::service::Service;
use common::streams::{self, WORK};

use crate::output::Output;
use entry::Found;
use estimate::Estimate;
use id_column::Tally;
use items::Items;
use parts::{Parts, Stored};
pub(crate) use summary::Summary;

/// A request that was checked, with all it takes to enqueue it.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) job: Token,
    pub(crate) request: Request,
    pub(crate) items: Items,
    pub(crate) estimate: Estimate,
    /// What was found in a file of ids.
    pub(crate) tally: Option<Tally>,
    /// What a person should know.
    pub(crate) notes: Vec<String>,
    /// Whether it is to be served before other jobs.
    pub(crate) fresh: bool,
}

/// Enqueues the request, or finds that this has been done.
pub(crate) async fn run(
    service: &Service,
    prepared: Prepared,
    output: Output,
) -> anyhow::Result<()> {
    let summary = store(service, prepared, output).await?;
    summary.print(output)?;
    summary.is_whole()
}

/// The same without saying what was done.
pub(crate) async fn store(
    service: &Service,
    mut prepared: Prepared,
    output: Output,
) -> anyhow::Result<Summary> {
    let started = Instant::now();
    let settings = &service.settings;
    let nats = crate::run::connect(settings).await?;
    streams::ensure(&nats, &settings.streams).await?;
    service.health.ready("nats");
    let jobs = Jobs::open(&nats).await?;
    let found = entry::claim(&jobs, &mut prepared).await?;
    let mut summary = Summary::of(&prepared);
    match found {
        Found::Enqueued(items) => {
            // What was asked for without hurry may be wanted sooner now.
            if prepared.fresh {
                let work = nats.jetstream.get_stream(WORK).await?;
                control::change(&work, &prepared.job, |_, control| control.fresh = true).await?;
            }
            summary.was_done(items);
        }
        Found::Enqueueing => {
            failpoint::reached("producer.job-created").await;
            let stored = fill(service, &nats, &prepared, output).await?;
            summary.stored(stored);
            entry::still_wanted(&nats, &jobs, &prepared.job).await?;
            if stored.is_all() {
                failpoint::reached("producer.before-enqueued").await;
                entry::complete(&jobs, &prepared).await?;
                summary.state = State::Enqueued;
            }
        }
    }
    summary.seconds = started.elapsed().as_secs_f64();
    Ok(summary)
}

/// Makes the job's queue and writes its items.
async fn fill(
    service: &Service,
    nats: &Nats,
    prepared: &Prepared,
    output: Output,
) -> anyhow::Result<Stored> {
    let work = nats
        .jetstream
        .get_stream(WORK)
        .await
        .context("cannot open the queue of items")?;
    // Before the first item, so that whoever sees items sees how many are left.
    let control = Control {
        fresh: prepared.fresh,
        ..Control::default()
    };
    work.get_or_create_consumer(
        prepared.job.as_str(),
        streams::job_consumer(&prepared.job, &service.settings.streams, control),
    )
    .await
    .context("cannot make the queue of the job")?;
    let parts = Parts::new(
        nats.clone(),
        work,
        service.shutdown.clone(),
        &prepared.items,
    );
    let bar = output.bar(prepared.items.count(), "items");
    let stored = parts.publish(&prepared.items, &bar).await;
    bar.finish_and_clear();
    stored
}
