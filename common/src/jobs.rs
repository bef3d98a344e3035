//! Jobs: what a person asked for, as kept in the `JOBS` bucket.
//!
//! The producer writes them, workers watch them to know which queues exist. Only
//! compare-and-set changes an entry, so two producers cannot overwrite each other.

use std::collections::BTreeMap;
use std::time::Duration;

use async_nats::jetstream::kv::{CreateErrorKind, Operation, Store, UpdateErrorKind};
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};

use crate::item::Token;
use crate::nats::Nats;
use crate::segment::{Gap, Segment};
use crate::streams::JOBS;

/// Somebody else may change an entry each time we look at it, but not for ever.
const TRIES: usize = 20;

/// A request by a person, with a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Its name.
    pub name: Token,
    /// What is wanted.
    pub request: Request,
    /// How far enqueueing is.
    pub state: State,
    /// Items enqueued, once [`State::Enqueued`].
    pub items: u64,
    /// When it was first enqueued.
    pub created_at: DateTime<Utc>,
    /// How a range was cut when it was planned; empty for ids.
    #[serde(default)]
    pub segments: Vec<Segment>,
    /// What of it the vendor cannot serve.
    #[serde(default)]
    pub gaps: Vec<Gap>,
    /// What it was expected to come to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate: Option<Estimate>,
    /// Once it was cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<Cancelled>,
}

/// What a request will come to, as far as it can be told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estimate {
    /// Requests to the vendor.
    pub requests: u64,
    /// Rows.
    pub rows: Option<u64>,
    /// Seconds at the vendor's limit.
    pub time_at_limit_s: Option<u64>,
    /// Bytes that its rows take in the store.
    #[serde(default)]
    pub bytes_on_disk: Option<u64>,
    /// That limit.
    pub limit: Option<Limit>,
}

/// A limit of a vendor that decides how long a request takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// Its name.
    pub budget: String,
    /// What the vendor allows.
    pub units_per_minute: u32,
    /// What a request counts.
    pub units_per_request: u32,
}

/// What is kept of a cancelled job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancelled {
    /// When it was first cancelled.
    pub at: DateTime<Utc>,
    /// Items that were taken away.
    pub items: u64,
}

/// What is wanted: the same request always makes the same items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The vendor.
    pub source: String,
    /// The dataset.
    pub dataset: String,
    /// Further parameters.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// Which part of the dataset.
    pub part: Part,
}

/// Which part of a dataset is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// A range of time.
    Range {
        /// The symbols, empty where there are none.
        symbols: Vec<String>,
        /// First instant.
        from: DateTime<Utc>,
        /// First instant no longer wanted.
        to: DateTime<Utc>,
        /// Seconds of one item, where the person chose.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        slice_s: Option<u64>,
    },
    /// Ids of a file.
    Ids {
        /// Hash of the ids in their order: the same list is the same request, whatever its file
        /// is called.
        fingerprint: String,
        /// How many ids there are.
        ids: u64,
        /// Ids in one item.
        chunk: usize,
    },
}

/// How far enqueueing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Items are being written; the marks in `WORK` say how many.
    Enqueueing,
    /// All items are written.
    Enqueued,
}

/// Between two entries; the server has them all.
const PATIENCE: Duration = Duration::from_secs(30);

/// The bucket of jobs.
#[derive(Debug, Clone)]
pub struct Jobs {
    store: Store,
}

/// The bucket could not be used.
#[derive(Debug, thiserror::Error)]
pub enum JobsError {
    /// Somebody else changed the entry first.
    #[error("job {0} was changed by somebody else at the same time; run the command again")]
    Conflict(Token),
    /// An entry is not a job of this version.
    #[error("the entry of job {name} cannot be read; was it written by a newer version?")]
    Unreadable {
        /// The job.
        name: String,
        /// Why.
        source: serde_json::Error,
    },
    /// The server did not answer or refused.
    #[error("cannot use the bucket of jobs")]
    Store(#[source] async_nats::Error),
}

fn store_error<E: Into<async_nats::Error>>(error: E) -> JobsError {
    JobsError::Store(error.into())
}

impl Jobs {
    /// Opens the bucket; [`crate::streams::ensure`] makes it.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn open(nats: &Nats) -> Result<Self, JobsError> {
        let store = nats
            .jetstream
            .get_key_value(JOBS)
            .await
            .map_err(store_error)?;
        Ok(Self { store })
    }

    /// The job of that name, with its revision.
    ///
    /// # Errors
    /// When the server does not answer or the entry is unreadable.
    pub async fn get(&self, name: &Token) -> Result<Option<(Job, u64)>, JobsError> {
        let Some(entry) = self.store.entry(name.as_str()).await.map_err(store_error)? else {
            return Ok(None);
        };
        if entry.value.is_empty() {
            return Ok(None);
        }
        Ok(Some((read(name.as_str(), &entry.value)?, entry.revision)))
    }

    /// Writes a new job and returns its revision.
    ///
    /// # Errors
    /// [`JobsError::Conflict`] when the name is taken.
    pub async fn create(&self, job: &Job) -> Result<u64, JobsError> {
        self.store
            .create(job.name.as_str(), body(job))
            .await
            .map_err(|error| match error.kind() {
                CreateErrorKind::AlreadyExists => JobsError::Conflict(job.name.clone()),
                _ => store_error(error),
            })
    }

    /// Changes a job that is still at `revision`.
    ///
    /// # Errors
    /// [`JobsError::Conflict`] when it no longer is.
    pub async fn update(&self, job: &Job, revision: u64) -> Result<u64, JobsError> {
        self.store
            .update(job.name.as_str(), body(job), revision)
            .await
            .map_err(|error| match error.kind() {
                UpdateErrorKind::WrongLastRevision => JobsError::Conflict(job.name.clone()),
                _ => store_error(error),
            })
    }

    /// Changes a job, however often somebody else is quicker.
    ///
    /// # Errors
    /// When the server does not answer, or the job is gone.
    pub async fn change(
        &self,
        name: &Token,
        change: impl Fn(&mut Job),
    ) -> Result<Option<Job>, JobsError> {
        for _ in 0..TRIES {
            let Some((mut job, revision)) = self.get(name).await? else {
                return Ok(None);
            };
            change(&mut job);
            match self.update(&job, revision).await {
                Err(JobsError::Conflict(_)) => {}
                Err(error) => return Err(error),
                Ok(_) => return Ok(Some(job)),
            }
        }
        Err(JobsError::Conflict(name.clone()))
    }

    /// All jobs, by name.
    ///
    /// # Errors
    /// When the server does not answer or an entry is unreadable.
    pub async fn list(&self) -> Result<Vec<Job>, JobsError> {
        let mut jobs = Vec::new();
        // Nobody would tell that there is nothing to come.
        if self.store.status().await.map_err(store_error)?.values() == 0 {
            return Ok(jobs);
        }
        let mut entries = self
            .store
            .watch_with_history(">")
            .await
            .map_err(store_error)?;
        loop {
            let next = tokio::time::timeout(PATIENCE, entries.try_next());
            let next = next.await.map_err(store_error)?.map_err(store_error)?;
            let Some(entry) = next else { break };
            if entry.operation == Operation::Put && !entry.value.is_empty() {
                jobs.push(read(&entry.key, &entry.value)?);
            }
            if entry.seen_current {
                break;
            }
        }
        jobs.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(jobs)
    }
}

fn read(name: &str, value: &[u8]) -> Result<Job, JobsError> {
    serde_json::from_slice(value).map_err(|source| JobsError::Unreadable {
        name: name.to_owned(),
        source,
    })
}

fn body(job: &Job) -> bytes::Bytes {
    serde_json::to_vec(job).expect("a job is plain data").into()
}
