//! What a reply means before anything in it is read.

use std::time::Duration;

/// A reply without its body.
#[derive(Debug, Clone, Default)]
pub struct ReplyHead {
    /// HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
}

impl ReplyHead {
    /// The first header of that (lower case) name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// `Retry-After` in seconds, where it is given so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.header("retry-after")?.trim().parse().ok().map(Duration::from_secs)
    }
}

/// What the engine does with a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Read it.
    Ok,
    /// Ask nothing of this vendor for so long, then ask the same again; costs no attempt.
    Blocked {
        /// How long.
        wait: Duration,
        /// The vendor's words.
        reason: String,
    },
    /// Ask the same again a little later; costs an attempt.
    Retry {
        /// The vendor's words.
        reason: String,
    },
    /// Never ask this again: the item, or the id at work, is refused.
    Reject {
        /// The vendor's words.
        reason: String,
    },
}
