//! What can become of an item, and what it took.

use std::time::Duration;

/// Why an item, or one id of it, was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    /// Where: `ask`, `fetch`, `parse`, `publish` or `deliver`.
    pub(crate) step: &'static str,
    /// Why, in the vendor's words where there are any.
    pub(crate) reason: String,
    /// The status of the last reply.
    pub(crate) status: Option<u16>,
    /// The beginning of the last reply.
    pub(crate) head: String,
}

impl Refused {
    pub(crate) fn new(step: &'static str, reason: impl Into<String>) -> Self {
        Self {
            step,
            reason: reason.into(),
            status: None,
            head: String::new(),
        }
    }
}

/// An id that was refused while the rest of its item went on.
#[derive(Debug, Clone)]
pub(crate) struct RefusedId {
    pub(crate) id: String,
    pub(crate) refused: Refused,
}

/// What an item took; written to the ledger.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spent {
    pub(crate) requests: u64,
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    pub(crate) api: Duration,
    pub(crate) wait: Duration,
    pub(crate) write: Duration,
}
