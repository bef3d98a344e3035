//! What the streams hold of a job.
//!
//! Nothing stops while we count, so the order matters: first what was enqueued, then what is left,
//! then the record batches, then the refusals. An item that moves on meanwhile is then seen twice
//! or as left, never as done before it is.

use anyhow::Context;
use async_nats::jetstream::consumer::Info;
use async_nats::jetstream::context::{GetStreamError, GetStreamErrorKind, KeyValueError};
use async_nats::jetstream::stream::Stream;
use common::control::Control;
use common::item::Token;
use common::jobs::{Job, Jobs, JobsError, State};
use common::nats::Nats;
use common::streams::{self, DEAD, Letter, RECORDS, WORK};
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::enqueue::items::{Mark, PART_ITEMS};

/// Jobs counted at once; each takes some requests, the server answers them one after the other.
const AT_ONCE: usize = 16;

/// Where jobs and their work are.
pub(crate) struct Queues {
    pub(crate) jobs: Jobs,
    pub(crate) work: Stream,
    records: Stream,
    pub(crate) dead: Stream,
}

/// What is known of a job at about one moment.
#[derive(Debug, Clone)]
pub(super) struct Counts {
    pub(super) job: Job,
    /// Items enqueued so far.
    pub(super) items: u64,
    /// Items that nobody holds.
    pub(super) waiting: u64,
    /// Items that workers hold.
    pub(super) in_work: u64,
    /// Record batches not yet in ClickHouse.
    pub(super) records: u64,
    /// Items that were refused.
    pub(super) dead: u64,
    /// Record batches that ClickHouse refused.
    pub(super) dead_batches: u64,
    /// Items that workers let go of when the job was cancelled.
    pub(super) stopped: u64,
    /// What was said of its queue.
    pub(super) queue: Queue,
}

/// What `DEAD` holds of a job.
#[derive(Default)]
struct Refused {
    items: u64,
    batches: u64,
    stopped: u64,
}

/// A job's queue as it is set.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Queue {
    pub(super) control: Control,
    pub(super) paused: bool,
    /// Items that may be in work at once; 0 where there is no queue yet.
    pub(super) limit: i64,
}

impl Queues {
    /// Opens them; `None` on a server on which nothing was ever enqueued.
    pub(crate) async fn open(nats: &Nats) -> anyhow::Result<Option<Self>> {
        let jobs = match Jobs::open(nats).await {
            Err(error) if is_missing(&error) => return Ok(None),
            jobs => jobs?,
        };
        let stream = async |name: &'static str| {
            let stream = nats.jetstream.get_stream(name).await;
            stream.with_context(|| format!("cannot open the stream {name}"))
        };
        Ok(Some(Self {
            jobs,
            work: stream(WORK).await?,
            records: stream(RECORDS).await?,
            dead: stream(DEAD).await?,
        }))
    }

    /// Every job, by name.
    pub(super) async fn all(&self) -> anyhow::Result<Vec<Counts>> {
        let jobs = self.jobs.list().await?;
        stream::iter(jobs)
            .map(|job| self.count(job))
            .buffered(AT_ONCE)
            .try_collect()
            .await
    }

    /// One job.
    pub(super) async fn one(&self, name: &Token) -> anyhow::Result<Counts> {
        let found = self.jobs.get(name).await?;
        let (job, _) = found.with_context(|| format!("job {name} was removed"))?;
        self.count(job).await
    }

    /// Items of a job that are neither done nor dead, as the queue itself has them.
    pub(crate) async fn left_of(&self, job: &Token) -> anyhow::Result<u64> {
        count(&self.work, &streams::work_of(job)).await
    }

    /// Whether record batches of a job are on the way to the store.
    pub(crate) async fn has_records(&self, job: &Token) -> anyhow::Result<bool> {
        Ok(count(&self.records, &streams::records_of(job)).await? > 0)
    }

    async fn count(&self, job: Job) -> anyhow::Result<Counts> {
        let name = &job.name;
        let items = match job.state {
            State::Enqueued => job.items,
            State::Enqueueing => self.marked(name).await?,
        };
        let info = self.work.consumer_info(name.as_str()).await.ok();
        let queue = info.as_ref().map(|info| Queue {
            control: Control::of(&info.config),
            paused: info.paused,
            limit: info.config.max_ack_pending,
        });
        let (waiting, in_work) = self.left(name, info.as_ref()).await?;
        let records = count(&self.records, &streams::records_of(name)).await?;
        let refused = self.refused(name).await?;
        Ok(Counts {
            items,
            waiting,
            in_work,
            records,
            dead: refused.items,
            dead_batches: refused.batches,
            stopped: refused.stopped,
            queue: queue.unwrap_or_default(),
            job,
        })
    }

    /// Items of the parts that stand: all are full but the last.
    async fn marked(&self, job: &Token) -> anyhow::Result<u64> {
        let filter = streams::marks_of(job);
        let mut subjects = self.work.info_with_subjects(&filter).await?;
        let (mut parts, mut highest) = (0, None);
        while let Some((subject, _)) = subjects.try_next().await? {
            parts += 1;
            let number = subject
                .rsplit('.')
                .next()
                .and_then(|n| n.parse::<u64>().ok());
            highest = highest.max(number);
        }
        let Some(highest) = highest else { return Ok(0) };
        let subject = streams::mark(job, highest);
        let mark = self.work.get_last_raw_message_by_subject(&subject).await?;
        let mark: Mark = serde_json::from_slice(&mark.payload)
            .with_context(|| format!("cannot read {subject}"))?;
        Ok((parts - 1) * PART_ITEMS + mark.items)
    }

    /// Items that wait and items in work.
    ///
    /// A consumer that has given out everything is not believed: one that says zero may be wrong,
    /// and after a crash of the server one remembers settled items until their ack wait is over.
    /// The queue itself is slow to count only while it is long.
    async fn left(&self, job: &Token, info: Option<&Info>) -> anyhow::Result<(u64, u64)> {
        let (waiting, in_work) = info.map_or((0, 0), |info| {
            (info.num_pending, info.num_ack_pending as u64)
        });
        if waiting > 0 {
            return Ok((waiting, in_work));
        }
        let left = count(&self.work, &streams::work_of(job)).await?;
        let in_work = in_work.min(left);
        Ok((left - in_work, in_work))
    }

    /// Items and record batches that were refused, and items that were let go of.
    async fn refused(&self, job: &Token) -> anyhow::Result<Refused> {
        let filter = streams::dead_of(job);
        let mut subjects = self.dead.info_with_subjects(&filter).await?;
        let mut refused = Refused::default();
        while let Some((subject, _)) = subjects.try_next().await? {
            *match Letter::of(&subject) {
                Letter::Item => &mut refused.items,
                Letter::Batch => &mut refused.batches,
                Letter::Stopped(_) => &mut refused.stopped,
            } += 1;
        }
        Ok(refused)
    }

    /// Forgets that items were let go of which are still there, as a worker that was killed between
    /// the two leaves them: they are counted as what they are, left.
    pub(crate) async fn forget_stopped(&self, job: &Token) -> anyhow::Result<()> {
        let filter = streams::dead_of(job);
        let mut subjects = self.dead.info_with_subjects(&filter).await?;
        let mut stopped = Vec::new();
        while let Some((subject, _)) = subjects.try_next().await? {
            if let Letter::Stopped(item) = Letter::of(&subject) {
                stopped.push(Token::from_lossy(item));
            }
        }
        for item in stopped {
            let there = streams::work(job, &item);
            if self
                .work
                .get_last_raw_message_by_subject(&there)
                .await
                .is_ok()
            {
                let letter = streams::stopped(job, &item);
                self.dead.purge().filter(letter.to_string()).await?;
            }
        }
        Ok(())
    }
}

async fn count(stream: &Stream, filter: &str) -> anyhow::Result<u64> {
    let counted = streams::count(stream, filter).await;
    counted
        .map_err(anyhow::Error::from_boxed)
        .with_context(|| format!("cannot count {filter}"))
}

/// Whether the bucket is not there, rather than out of reach.
fn is_missing(error: &JobsError) -> bool {
    use std::error::Error;
    let JobsError::Store(error) = error else {
        return false;
    };
    let error = error.downcast_ref::<KeyValueError>();
    let cause = error.and_then(|error| error.source()?.downcast_ref::<GetStreamError>());
    cause.is_some_and(|cause| match cause.kind() {
        GetStreamErrorKind::JetStream(error) => error.code() == 404,
        _ => false,
    })
}
