//! Jobs: what a person asked for, as kept in the `JOBS` bucket.
//!
//! The producer writes them, workers watch them to know which queues exist. Only
//! compare-and-set changes an entry, so two producers cannot overwrite each other.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::bucket::{Bucket, Entry};
use crate::item::Token;
use crate::segment::{Gap, Segment};
use crate::streams::JOBS;

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
pub type Jobs = Bucket<Job>;

impl Entry for Job {
    const BUCKET: &'static str = JOBS;
    const WORD: &'static str = "job";

    fn name(&self) -> &Token {
        &self.name
    }
}
