//! What the streams hold of a job.
//!
//! Nothing stops while we count, so the order matters: first what was enqueued, then what is left,
//! then the record batches, then the refusals. An item that moves on meanwhile is then seen twice
//! or as left, never as done before it is.

use std::collections::HashMap;

use anyhow::Context;
use async_nats::jetstream::consumer::Info;
use async_nats::jetstream::stream::Stream;
use chrono::{DateTime, Utc};
use common::control::Control;
use common::failpoint;
use common::item::Token;
use common::jobs::{Job, Jobs, State};
use common::nats::Nats;
use common::streams::{self, ALL_DEAD, ALL_RECORDS, DEAD, Letter, RECORDS, WORK};
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
#[derive(Clone, Copy, Default)]
struct Refused {
    items: u64,
    batches: u64,
    stopped: u64,
}

/// What is left of a job.
struct Left {
    job: Job,
    items: u64,
    waiting: u64,
    in_work: u64,
    queue: Queue,
}

impl Left {
    fn with(self, records: &HashMap<String, u64>, refused: &HashMap<String, Refused>) -> Counts {
        let name = self.job.name.as_str();
        let refused = refused.get(name).copied().unwrap_or_default();
        Counts {
            items: self.items,
            waiting: self.waiting,
            in_work: self.in_work,
            records: records.get(name).copied().unwrap_or_default(),
            dead: refused.items,
            dead_batches: refused.batches,
            stopped: refused.stopped,
            queue: self.queue,
            job: self.job,
        }
    }
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
            Err(error) if error.is_missing() => return Ok(None),
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

    /// Every job, by name. All that can be asked of all jobs at once is.
    pub(super) async fn all(&self) -> anyhow::Result<Vec<Counts>> {
        let mut counted = Vec::new();
        let mut left = stream::iter(self.counted(self.jobs.list().await?).await?)
            .map(|(job, items, info)| self.left(job, items, info))
            .buffered(AT_ONCE);
        while let Some(left) = left.try_next().await? {
            counted.push(left);
        }
        let records = self.records(ALL_RECORDS).await?;
        let refused = self.refused(ALL_DEAD).await?;
        Ok(counted
            .into_iter()
            .map(|left| left.with(&records, &refused))
            .collect())
    }

    /// One job.
    pub(super) async fn one(&self, name: &Token) -> anyhow::Result<Counts> {
        let found = self.find(name).await?;
        found.with_context(|| format!("job {name} was removed"))
    }

    /// One job, if there is such a one.
    pub(super) async fn find(&self, name: &Token) -> anyhow::Result<Option<Counts>> {
        let Some((job, _)) = self.jobs.get(name).await? else {
            return Ok(None);
        };
        let items = self.items(&job).await?;
        let info = self.work.consumer_info(name.as_str()).await.ok();
        let left = self.left(job, items, info).await?;
        let records = self.records(&streams::records_of(name)).await?;
        let refused = self.refused(&streams::dead_of(name)).await?;
        Ok(Some(left.with(&records, &refused)))
    }

    /// What was enqueued of each job, then the queues of all.
    async fn counted(&self, jobs: Vec<Job>) -> anyhow::Result<Vec<(Job, u64, Option<Info>)>> {
        let mut counted = Vec::new();
        for job in jobs {
            counted.push((self.items(&job).await?, job));
        }
        let mut infos = HashMap::new();
        let mut all = self.work.consumers();
        while let Some(info) = all.try_next().await? {
            infos.insert(info.name.clone(), info);
        }
        let with_info = counted.into_iter().map(|(items, job)| {
            let info = infos.remove(job.name.as_str());
            (job, items, info)
        });
        Ok(with_info.collect())
    }

    async fn items(&self, job: &Job) -> anyhow::Result<u64> {
        match job.state {
            State::Enqueued => Ok(job.items),
            State::Enqueueing => self.marked(&job.name).await,
        }
    }

    /// Since when the oldest item waits that is neither done nor dead.
    pub(super) async fn oldest(&self, job: &Token) -> Option<DateTime<Utc>> {
        let subject = streams::work_of(job);
        let first = self
            .work
            .get_first_raw_message_by_subject(&subject, 1)
            .await;
        let time = first.ok()?.time;
        DateTime::from_timestamp(time.unix_timestamp(), 0)
    }

    /// Items of a job that are neither done nor dead, as the queue itself has them.
    pub(crate) async fn left_of(&self, job: &Token) -> anyhow::Result<u64> {
        count(&self.work, &streams::work_of(job)).await
    }

    /// Takes a job away that is over, and every trace of it here; its entry goes last, so that who
    /// is interrupted finds it again.
    pub(crate) async fn remove(&self, job: &Token) -> anyhow::Result<()> {
        if self.work.consumer_info(job.as_str()).await.is_ok() {
            self.work.delete_consumer(job.as_str()).await?;
        }
        failpoint::reached("producer.removed-queue").await;
        let marks = self.work.purge().filter(streams::marks_of(job));
        marks.await.context("cannot take the marks away")?;
        failpoint::reached("producer.removed-marks").await;
        let letters = self.dead.purge().filter(streams::dead_of(job));
        letters.await.context("cannot take the letters away")?;
        failpoint::reached("producer.removed-letters").await;
        Ok(self.jobs.remove(job).await?)
    }

    /// Whether record batches of a job are on the way to the store.
    pub(crate) async fn has_records(&self, job: &Token) -> anyhow::Result<bool> {
        Ok(count(&self.records, &streams::records_of(job)).await? > 0)
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
    async fn left(&self, job: Job, items: u64, info: Option<Info>) -> anyhow::Result<Left> {
        let (mut waiting, mut in_work) = info.as_ref().map_or((0, 0), |info| {
            (info.num_pending, info.num_ack_pending as u64)
        });
        if waiting == 0 {
            let left = self.left_of(&job.name).await?;
            in_work = in_work.min(left);
            waiting = left - in_work;
        }
        let queue = info.map(|info| Queue {
            control: Control::of(&info.config),
            paused: info.paused,
            limit: info.config.max_ack_pending,
        });
        Ok(Left {
            job,
            items,
            waiting,
            in_work,
            queue: queue.unwrap_or_default(),
        })
    }

    /// Record batches that wait, by job.
    async fn records(&self, filter: &str) -> anyhow::Result<HashMap<String, u64>> {
        let mut subjects = self.records.info_with_subjects(filter).await?;
        let mut records = HashMap::new();
        while let Some((subject, messages)) = subjects.try_next().await? {
            let job = subject.rsplit('.').next().unwrap_or_default();
            *records.entry(job.to_owned()).or_default() += messages as u64;
        }
        Ok(records)
    }

    /// Items and record batches that were refused, and items that were let go of, by job.
    async fn refused(&self, filter: &str) -> anyhow::Result<HashMap<String, Refused>> {
        let mut subjects = self.dead.info_with_subjects(filter).await?;
        let mut refused: HashMap<String, Refused> = HashMap::new();
        while let Some((subject, _)) = subjects.try_next().await? {
            let job = subject.split('.').nth(1).unwrap_or_default();
            if !refused.contains_key(job) {
                refused.insert(job.to_owned(), Refused::default());
            }
            let Some(refused) = refused.get_mut(job) else {
                continue;
            };
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

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use common::jobs::{Part, Request};

    /// A job of ids, as it may be counted.
    pub(in crate::status) fn counts(
        state: State,
        items: u64,
        waiting: u64,
        in_work: u64,
        dead: u64,
    ) -> Counts {
        let part = Part::Ids {
            fingerprint: String::new(),
            ids: items,
            chunk: 1,
        };
        let request = Request {
            source: "s".into(),
            dataset: "d".into(),
            params: Default::default(),
            part,
        };
        let job = Job {
            name: Token::new("j").unwrap(),
            request,
            state,
            items,
            created_at: DateTime::UNIX_EPOCH,
            segments: Vec::new(),
            gaps: Vec::new(),
            estimate: None,
            cancelled: None,
        };
        Counts {
            job,
            items,
            waiting,
            in_work,
            records: 0,
            dead,
            dead_batches: 0,
            stopped: 0,
            queue: Queue::default(),
        }
    }
}
