//! What can become of an item, and what it took.

use std::borrow::Cow;
use std::time::Duration;

use common::letter;

/// Why an item, or one id of it, was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    /// Where: `ask`, `fetch`, `parse`, `publish`, `deliver` or `cancel`.
    pub(crate) step: Cow<'static, str>,
    /// Why, in the vendor's words where there are any.
    pub(crate) reason: String,
    /// The status of the last reply.
    pub(crate) status: Option<u16>,
    /// The beginning of the last reply.
    pub(crate) head: String,
}

/// The step of what was stopped because its job was cancelled.
const CANCEL: &str = "cancel";

impl Refused {
    /// The job was cancelled.
    pub(crate) fn cancelled() -> Self {
        Self::new(CANCEL, "the job was cancelled")
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.step == CANCEL
    }

    pub(crate) fn new(step: &'static str, reason: impl Into<String>) -> Self {
        Self {
            step: step.into(),
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

impl From<letter::RefusedId> for RefusedId {
    fn from(told: letter::RefusedId) -> Self {
        Self {
            id: told.id,
            refused: Refused {
                step: told.step.into(),
                reason: told.reason,
                status: told.status,
                head: told.head,
            },
        }
    }
}

impl RefusedId {
    /// As it stands in a dead letter, with so many bytes of the reply at most.
    pub(crate) fn told(&self, most: usize) -> letter::RefusedId {
        let Refused {
            step,
            reason,
            status,
            head,
        } = &self.refused;
        let end = (0..=most.min(head.len()))
            .rev()
            .find(|&at| head.is_char_boundary(at))
            .unwrap_or(0);
        letter::RefusedId {
            id: self.id.clone(),
            step: step.to_string(),
            reason: reason.clone(),
            status: *status,
            head: head[..end].to_owned(),
        }
    }
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
