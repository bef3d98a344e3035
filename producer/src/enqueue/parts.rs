//! Writes the parts of a job to `WORK`, each exactly once.
//!
//! A part and its mark are one atomic batch. The mark's subject can be taken once only, for ever,
//! so a part that stands already is refused whole, also when its items are long done. Whatever was
//! interrupted, and however many producers work at it, asking for all parts again stores exactly
//! those that are missing.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use async_nats::jetstream::stream::Stream;
use common::failpoint;
use common::item::Token;
use common::nats::{Nats, Outgoing, PublishError};
use common::service::Shutdown;
use common::streams;
use futures_util::TryStreamExt;
use indicatif::ProgressBar;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::items::{Items, Part};
use super::stored::{self, StoredError};
use crate::failure::usage;
use crate::output::note;

/// Enough that the server always has a batch to store; each is some megabytes at most.
const IN_FLIGHT: usize = 4;
/// Longer than a server takes to restart with millions of items.
const PATIENCE: Duration = Duration::from_secs(300);
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(2);
const REFUSALS: u32 = 8;
/// Tries before a person is told.
const QUIET_TRIES: u32 = 4;

/// How many items stand in the stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Stored {
    /// Stored by this run.
    pub(super) now: u64,
    /// Found there.
    pub(super) before: u64,
    /// Items of the job.
    total: u64,
}

impl Stored {
    pub(super) fn is_all(self) -> bool {
        self.now + self.before == self.total
    }
}

/// How a part ended.
enum Ended {
    Now(u64),
    Before(u64),
    Stopped,
}

/// Where parts are written.
#[derive(Debug, Clone)]
pub(super) struct Parts {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    nats: Nats,
    work: Stream,
    shutdown: Shutdown,
    job: Token,
    request_hash: String,
}

impl Parts {
    pub(super) fn new(nats: Nats, work: Stream, shutdown: Shutdown, items: &Items) -> Self {
        Self {
            inner: Arc::new(Inner {
                nats,
                work,
                shutdown,
                job: items.job().clone(),
                request_hash: items.request_hash().to_owned(),
            }),
        }
    }

    /// Stores all parts that are missing; stops early, between parts, when the process shall.
    pub(super) async fn publish(&self, items: &Items, bar: &ProgressBar) -> anyhow::Result<Stored> {
        let there = self.inner.marks().await?;
        let mut stored = Stored {
            total: items.count(),
            ..Stored::default()
        };
        let mut running = JoinSet::new();
        for number in 0..items.parts() {
            if there.contains(&number) {
                count(&mut stored, &Ended::Before(items.in_part(number)), bar);
                continue;
            }
            if running.len() == IN_FLIGHT {
                settle(&mut running, &mut stored, bar).await?;
            }
            if self.inner.shutdown.is_stopping() {
                break;
            }
            let (inner, part) = (self.inner.clone(), items.part(number)?);
            running.spawn(async move { inner.store(part).await });
        }
        while !running.is_empty() {
            settle(&mut running, &mut stored, bar).await?;
        }
        Ok(stored)
    }
}

/// Waits for one part.
async fn settle(
    running: &mut JoinSet<anyhow::Result<Ended>>,
    stored: &mut Stored,
    bar: &ProgressBar,
) -> anyhow::Result<()> {
    if let Some(ended) = running.join_next().await {
        count(stored, &ended.context("a part was not finished")??, bar);
        failpoint::reached("producer.part-published").await;
    }
    Ok(())
}

fn count(stored: &mut Stored, ended: &Ended, bar: &ProgressBar) {
    match ended {
        Ended::Now(items) => stored.now += items,
        Ended::Before(items) => stored.before += items,
        Ended::Stopped => {}
    }
    bar.set_position(stored.now + stored.before);
}

impl Inner {
    /// The numbers of the parts that stand.
    async fn marks(&self) -> anyhow::Result<HashSet<u64>> {
        let filter = streams::marks_of(&self.job);
        let mut subjects = self.work.info_with_subjects(&filter).await?;
        let mut numbers = HashSet::new();
        while let Some((subject, _)) = subjects.try_next().await? {
            let number: Option<u64> = subject.rsplit('.').next().and_then(|n| n.parse().ok());
            numbers.extend(number);
        }
        // One speaks for all: all marks of a job were written under its one entry.
        if let Some(number) = numbers.iter().min() {
            stored::has_mark(&self.work, &self.job, *number, &self.request_hash).await?;
        }
        Ok(numbers)
    }

    /// Stores a part, however often the server goes away meanwhile.
    async fn store(&self, part: Part) -> anyhow::Result<Ended> {
        let mut wait = Wait::default();
        let mut messages = part.messages.clone();
        loop {
            match self.nats.publish_all(messages.clone()).await {
                Ok(()) => return Ok(Ended::Now(part.items)),
                Err(PublishError::AlreadyThere(_)) => match self.look(&part).await {
                    Ok(None) if wait.was_unanswered => return Ok(Ended::Now(part.items)),
                    Ok(None) => return Ok(Ended::Before(part.items)),
                    Ok(Some(missing)) => messages = missing,
                    Err(error @ StoredError::Foreign { .. }) => {
                        return Err(usage(error.to_string()));
                    }
                    Err(error) => wait.after(anyhow::Error::new(error))?,
                },
                Err(error) => wait.after_publish(error)?,
            }
            tokio::select! {
                () = wait.pause() => {}
                () = self.shutdown.stopping() => return Ok(Ended::Stopped),
            }
        }
    }

    /// What is missing of a part that was refused because something of it stands; `None` when all
    /// of it does.
    async fn look(&self, part: &Part) -> Result<Option<Vec<Outgoing>>, StoredError> {
        if stored::has_mark(&self.work, &self.job, part.number, &self.request_hash).await? {
            return Ok(None);
        }
        stored::missing(&self.work, &part.messages).await.map(Some)
    }
}

/// The pauses between the tries of one part, and when to give up.
#[derive(Debug, Default)]
struct Wait {
    since: Option<Instant>,
    tries: u32,
    was_unanswered: bool,
    was_told: bool,
}

impl Wait {
    fn after_publish(&mut self, error: PublishError) -> anyhow::Result<()> {
        match &error {
            PublishError::Full(_) => {
                self.tell("the queue is full; waiting until workers have made room");
                self.tries += 1;
                return Ok(());
            }
            PublishError::NoAnswer(_) => self.was_unanswered = true,
            // A server that restarts or changes its leader refuses for a moment.
            PublishError::Refused { .. } if self.tries < REFUSALS => {}
            _ => return Err(error.into()),
        }
        self.after(error.into())
    }

    fn after(&mut self, error: anyhow::Error) -> anyhow::Result<()> {
        self.tries += 1;
        let since = *self.since.get_or_insert_with(Instant::now);
        if since.elapsed() > PATIENCE {
            return Err(error.context(
                "the server has not answered for minutes; run the same command again to go on",
            ));
        }
        tracing::debug!(error = format!("{error:#}"), "a part is tried again");
        if self.tries > QUIET_TRIES {
            self.tell("the server does not answer; trying again");
        }
        Ok(())
    }

    fn tell(&mut self, text: &str) {
        if !std::mem::replace(&mut self.was_told, true) {
            note(text);
        }
    }

    async fn pause(&self) {
        let doubled = FIRST_WAIT.saturating_mul(1 << self.tries.min(10));
        tokio::time::sleep(doubled.min(LONGEST_WAIT)).await;
    }
}
