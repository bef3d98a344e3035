//! The streams: their names, subjects and settings. The only file that knows them.
//!
//! `WORK` is a queue of items with one message per subject, so that an item is there once.
//! Beside the items it holds *marks*: `enqueued.<job>.<n>` is stored in the same atomic batch as
//! the n-th part of a job's items and is never consumed. A mark that is already there refuses the
//! whole batch, so enqueueing goes on exactly where it stopped, whoever goes on with it.

use async_nats::Subject;
use async_nats::jetstream::consumer::{AckPolicy, pull};
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};
use async_nats::jetstream::{kv, stream::Stream};

use crate::control::Control;
use crate::item::Token;
use crate::nats::Nats;
use crate::settings;
use crate::tables::Table;

/// The queue of items.
pub const WORK: &str = "WORK";
/// The queue of record batches.
pub const RECORDS: &str = "RECORDS";
/// What was refused.
pub const DEAD: &str = "DEAD";
/// The key-value bucket of jobs.
pub const JOBS: &str = "JOBS";
/// The key-value bucket of schedules.
pub const SCHEDULES: &str = "SCHEDULES";

/// A stream that could not be made or found.
#[derive(Debug, thiserror::Error)]
#[error("cannot set up the stream {name}")]
pub struct StreamError {
    /// The stream.
    pub name: &'static str,
    /// Why.
    pub source: async_nats::Error,
}

fn failed<E: Into<async_nats::Error>>(name: &'static str) -> impl FnOnce(E) -> StreamError {
    move |source| StreamError {
        name,
        source: source.into(),
    }
}

/// The subject of an item.
#[must_use]
pub fn work(job: &Token, item: &Token) -> Subject {
    format!("work.{job}.{item}").into()
}

/// All items of a job.
#[must_use]
pub fn work_of(job: &Token) -> String {
    format!("work.{job}.>")
}

/// The mark of the n-th part of a job.
#[must_use]
pub fn mark(job: &Token, part: u64) -> Subject {
    format!("enqueued.{job}.{part}").into()
}

/// All marks of a job.
#[must_use]
pub fn marks_of(job: &Token) -> String {
    format!("enqueued.{job}.*")
}

/// Where record batches of a table go, one subject a job so that a job's backlog can be counted.
#[must_use]
pub fn records(table: Table, job: &Token) -> Subject {
    format!("records.{}.{job}", table.name()).into()
}

/// All record batches of a job.
#[must_use]
pub fn records_of(job: &Token) -> String {
    format!("records.*.{job}")
}

/// All record batches.
pub const ALL_RECORDS: &str = "records.*.*";

/// All dead letters.
pub const ALL_DEAD: &str = "dead.>";

/// The dead letter of an item; a second one replaces the first.
#[must_use]
pub fn dead(job: &Token, item: &Token) -> Subject {
    format!("dead.{job}.{item}").into()
}

/// The dead letter of a record batch that ClickHouse refuses.
#[must_use]
pub fn dead_batch(job: &str, item: &str, sequence: u64) -> Subject {
    format!("dead.{job}.{item}.batch-{sequence}").into()
}

/// What the subject of a [`stopped`] item ends with.
const STOPPED: &str = ".stopped";

/// The word of a worker that it has let go of an item of a cancelled job.
#[must_use]
pub fn stopped(job: &Token, item: &Token) -> Subject {
    format!("dead.{job}.{item}{STOPPED}").into()
}

/// What a subject of `DEAD` is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Letter<'a> {
    /// An item that was refused.
    Item,
    /// A record batch that ClickHouse refused.
    Batch,
    /// An item of a cancelled job.
    Stopped(&'a str),
}

impl<'a> Letter<'a> {
    /// Tells the kinds by their subjects.
    #[must_use]
    pub fn of(subject: &'a str) -> Self {
        let item = subject.splitn(3, '.').nth(2).unwrap_or_default();
        match item.strip_suffix(STOPPED) {
            Some(item) => Self::Stopped(item),
            None if item.contains('.') => Self::Batch,
            None => Self::Item,
        }
    }
}

/// All dead letters of a job.
#[must_use]
pub fn dead_of(job: &Token) -> String {
    format!("dead.{job}.>")
}

/// Makes the streams, or brings their settings up to date; several programs may do so at once.
///
/// # Errors
/// When the server refuses.
pub async fn ensure(nats: &Nats, settings: &settings::Streams) -> Result<(), StreamError> {
    for (name, config) in [
        (WORK, work_config(settings)),
        (RECORDS, records_config(settings)),
        (DEAD, dead_config(settings)),
    ] {
        nats.jetstream
            .create_or_update_stream(config)
            .await
            .map_err(failed(name))?;
    }
    for bucket in [JOBS, SCHEDULES] {
        nats.jetstream
            .create_or_update_key_value(kv::Config {
                bucket: bucket.to_owned(),
                history: 1,
                storage: StorageType::File,
                num_replicas: settings.replicas,
                ..kv::Config::default()
            })
            .await
            .map_err(failed(bucket))?;
    }
    Ok(())
}

fn base(name: &str, subjects: &[&str], settings: &settings::Streams) -> Config {
    Config {
        name: name.to_owned(),
        subjects: subjects.iter().map(|&s| s.to_owned()).collect(),
        storage: StorageType::File,
        num_replicas: settings.replicas,
        allow_atomic_publish: true,
        allow_direct: true,
        ..Config::default()
    }
}

fn work_config(settings: &settings::Streams) -> Config {
    Config {
        retention: RetentionPolicy::WorkQueue,
        max_messages_per_subject: 1,
        discard: DiscardPolicy::New,
        discard_new_per_subject: true,
        ..base(WORK, &["work.*.*", "enqueued.*.*"], settings)
    }
}

fn records_config(settings: &settings::Streams) -> Config {
    Config {
        retention: RetentionPolicy::WorkQueue,
        discard: DiscardPolicy::New,
        max_bytes: settings.records_max_bytes,
        ..base(RECORDS, &[ALL_RECORDS], settings)
    }
}

fn dead_config(settings: &settings::Streams) -> Config {
    Config {
        max_messages_per_subject: 1,
        ..base(DEAD, &[ALL_DEAD], settings)
    }
}

/// The durable consumer of a job; it bears the job's name.
#[must_use]
pub fn job_consumer(job: &Token, settings: &settings::Streams, control: Control) -> pull::Config {
    let mut config = pull::Config {
        durable_name: Some(job.to_string()),
        filter_subject: work_of(job),
        ack_policy: AckPolicy::Explicit,
        ack_wait: settings.ack_wait(),
        max_ack_pending: settings.max_ack_pending,
        ..pull::Config::default()
    };
    control.write(&mut config);
    config
}

/// The durable consumer of a table's record batches, shared by all writers.
#[must_use]
pub fn table_consumer(table: Table, settings: &settings::Streams) -> pull::Config {
    pull::Config {
        durable_name: Some(format!("writer-{}", table.name())),
        filter_subject: format!("records.{}.*", table.name()),
        ack_policy: AckPolicy::Explicit,
        ack_wait: settings.ack_wait(),
        // A full batch of small messages must fit beside the one that is being inserted.
        max_ack_pending: 20_000,
        ..pull::Config::default()
    }
}

/// How many messages a stream holds on subjects that match `filter`.
///
/// # Errors
/// When the server does not answer.
pub async fn count(stream: &Stream, filter: &str) -> Result<u64, async_nats::Error> {
    use futures_util::TryStreamExt;
    let mut subjects = stream.info_with_subjects(filter).await?;
    let mut total = 0;
    while let Some((_, messages)) = subjects.try_next().await? {
        total += messages as u64;
    }
    Ok(total)
}
