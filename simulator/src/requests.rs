//! What was asked: counts a test can compare, and the last requests themselves.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

/// So many requests are remembered: enough for any test, little memory.
const REMEMBERED: usize = 10_000;

/// One request that came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// Counted from 1 over all vendors.
    pub number: u64,
    /// With the vendor's prefix.
    pub path: String,
    /// As it came.
    pub query: String,
    /// Of the reply; 0 while there is none, or none was sent.
    pub status: u16,
    /// The simulated time, milliseconds.
    pub at_ms: i64,
}

/// Counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// All requests.
    pub total: u64,
    /// By path, with the vendor's prefix.
    pub endpoints: BTreeMap<String, u64>,
    /// By status of the reply.
    pub statuses: BTreeMap<u16, u64>,
    /// Requests that a vendor's limit refused (planned faults do not count).
    pub violations: u64,
    /// Requests at work now.
    pub concurrent: u64,
    /// Most requests at work at once.
    pub max_concurrent: u64,
}

/// The log of requests.
#[derive(Debug, Default)]
pub struct Requests(Mutex<Log>);

#[derive(Debug, Default)]
struct Log {
    counts: Counts,
    seen: VecDeque<Seen>,
}

impl Requests {
    /// The counts so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.log().counts.clone()
    }

    /// The last 10,000 requests, oldest first.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        self.log().seen.iter().cloned().collect()
    }

    /// Requests whose path and query hold both texts, among the last 10,000.
    #[must_use]
    pub fn matching(&self, path: &str, query: &str) -> usize {
        self.log()
            .seen
            .iter()
            .filter(|seen| seen.path.contains(path) && seen.query.contains(query))
            .count()
    }

    /// Forgets everything.
    pub fn clear(&self) {
        *self.log() = Log::default();
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        // Counters stay usable whatever another thread was doing.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a request; what is returned must live until it is answered.
    pub(crate) fn start(&self, path: &str, query: &str, at_ms: i64) -> Working<'_> {
        let mut log = self.log();
        log.counts.total += 1;
        *log.counts.endpoints.entry(path.to_owned()).or_default() += 1;
        log.counts.concurrent += 1;
        log.counts.max_concurrent = log.counts.max_concurrent.max(log.counts.concurrent);
        let number = log.counts.total;
        if log.seen.len() == REMEMBERED {
            log.seen.pop_front();
        }
        log.seen.push_back(Seen {
            number,
            path: path.to_owned(),
            query: query.to_owned(),
            status: 0,
            at_ms,
        });
        Working {
            requests: self,
            number,
        }
    }

    pub(crate) fn violation(&self) {
        self.log().counts.violations += 1;
    }
}

/// A request at work.
#[derive(Debug)]
pub(crate) struct Working<'a> {
    requests: &'a Requests,
    number: u64,
}

impl Working<'_> {
    pub(crate) fn answered(&self, status: u16) {
        let mut log = self.requests.log();
        *log.counts.statuses.entry(status).or_default() += 1;
        let number = self.number;
        if let Some(seen) = log.seen.iter_mut().rev().find(|seen| seen.number == number) {
            seen.status = status;
        }
    }
}

impl Drop for Working<'_> {
    fn drop(&mut self) {
        let mut log = self.requests.log();
        // A log that was cleared meanwhile starts from zero again.
        log.counts.concurrent = log.counts.concurrent.saturating_sub(1);
    }
}
