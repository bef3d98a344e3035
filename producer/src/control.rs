//! `pause`, `resume`, `cancel`, `weight`, `limit`: what an operator says of a job while it runs.
//!
//! All of it is told to the broker, which tells the workers; nothing is told twice, and saying the
//! same again changes nothing. Each answers with the job as it is then.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use chrono::Utc;
use common::control;
use common::item::Token;
use common::jobs::Cancelled;
use common::settings::Settings;
use common::streams;
use tokio::time::Instant;

use crate::cli::Limit;
use crate::failure::usage;
use crate::output::{Output, note};
use crate::status::{self, Queues, Report};

/// Workers look twice a second, and let go of what they wait for.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(100);

/// What is said.
pub(crate) enum Action {
    Pause,
    Resume,
    Cancel,
    Weight(u32),
    Limit(Limit),
}

/// Says it, and shows the job.
pub(crate) async fn run(
    action: Action,
    name: &Token,
    output: Output,
    settings: &Settings,
) -> anyhow::Result<ExitCode> {
    let nats = crate::run::connect(settings).await?;
    let Some(queues) = Queues::open(&nats).await? else {
        return Err(status::unknown(name, &[]));
    };
    status::known(&queues, name).await?;
    let work = &queues.work;
    match action {
        Action::Cancel if status::is_finished(&queues, name).await? => {
            return Err(usage(format!(
                "job {name} is finished: nothing of it is left"
            )));
        }
        Action::Cancel => cancel(&queues, name).await?,
        _ if status::is_cancelled(&queues, name).await? => {
            return Err(usage(format!("job {name} was cancelled")));
        }
        Action::Pause => control::pause(work, name, true).await?,
        Action::Resume => control::pause(work, name, false).await?,
        Action::Weight(weight) => {
            control::change(work, name, |_, control| control.weight = weight).await?;
        }
        Action::Limit(limit) => {
            let most = match limit {
                Limit::Items(items) => i64::from(items),
                Limit::Usual => settings.streams.max_ack_pending,
            };
            control::change(work, name, |config, _| config.max_ack_pending = most).await?;
        }
    }
    Report::of(&queues, name, settings).await?.print(output)?;
    Ok(ExitCode::SUCCESS)
}

/// Takes everything of a job away that is not done. What was cancelled stays so, and cancelling it
/// again goes on where it was interrupted.
async fn cancel(queues: &Queues, name: &Token) -> anyhow::Result<()> {
    let work = &queues.work;
    let now = Utc::now();
    queues
        .jobs
        .change(name, |job| {
            job.cancelled.get_or_insert(Cancelled { at: now, items: 0 });
        })
        .await?;
    // A job whose producer was killed at its very beginning has no queue yet.
    if work.consumer_info(name.as_str()).await.is_ok() {
        control::change(work, name, |_, control| control.cancelled = true).await?;
        control::pause(work, name, true).await?;
        let_go(queues, name).await?;
    }
    queues.forget_stopped(name).await?;
    // Nothing is given out and nobody holds anything, so this is what will be taken away.
    let left = queues.left_of(name).await?;
    if left > 0 {
        queues
            .jobs
            .change(name, |job| {
                if let Some(cancelled) = &mut job.cancelled {
                    cancelled.items = left;
                }
            })
            .await?;
        let purge = work.purge().filter(streams::work_of(name));
        purge.await.context("cannot take the items away")?;
    }
    Ok(())
}

/// Waits until no worker holds an item of the job.
async fn let_go(queues: &Queues, name: &Token) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let info = queues.work.consumer_info(name.as_str()).await;
        let held = info
            .with_context(|| format!("cannot look at the queue of job {name}"))?
            .num_ack_pending;
        if held == 0 {
            return Ok(());
        }
        if Instant::now() > deadline {
            note(&format!(
                "{held} items are held by workers that do not answer; what they still store is counted as taken away"
            ));
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
}
