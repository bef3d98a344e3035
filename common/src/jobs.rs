//! Jobs: what a person asked for, as kept in the `JOBS` bucket.
//!
//! The producer writes them, workers watch them to know which queues exist. Only
//! compare-and-set changes an entry, so two producers cannot overwrite each other.

use std::collections::BTreeMap;

use async_nats::jetstream::kv::{CreateErrorKind, Store, UpdateErrorKind};
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
    /// Once it was cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<Cancelled>,
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
    /// Parts of time, each of one symbol and cut in its own way: what an audit found missing.
    Windows {
        /// In the order of their items.
        windows: Vec<Window>,
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

/// A part of time of one symbol.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The symbol as it is asked for; nothing where the dataset has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
    /// The part, and how it is cut.
    #[serde(flatten)]
    pub segment: Segment,
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
        let mut keys = self.store.keys().await.map_err(store_error)?;
        let mut jobs = Vec::new();
        while let Some(key) = keys.try_next().await.map_err(store_error)? {
            let name = Token::from_lossy(&key);
            if let Some((job, _)) = self.get(&name).await? {
                jobs.push(job);
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
