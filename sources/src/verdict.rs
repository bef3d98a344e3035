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
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// `Retry-After` in seconds, where it is given so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.header("retry-after")?
            .trim()
            .parse()
            .ok()
            .map(Duration::from_secs)
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
    /// The vendor does not have it: [`crate::Source::absent`] says how to go on.
    Absent {
        /// The vendor's words.
        reason: String,
    },
    /// Never ask this again: the item, or the id at work, is refused.
    Reject {
        /// The vendor's words.
        reason: String,
    },
}

/// The longest part of a vendor's answer that is kept in a reason.
const LONGEST_WORDS: usize = 300;

/// A vendor's answer as a reason: one line, cut to a length that people read.
#[must_use]
pub fn words(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(4 * LONGEST_WORDS)]);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(LONGEST_WORDS).collect()
}

/// Whether a reply can be JSON: not called HTML, and not empty or markup by its first byte.
#[must_use]
pub fn is_json(head: &ReplyHead, body: &[u8]) -> bool {
    let html = head
        .header("content-type")
        .is_some_and(|kind| kind.contains("html"));
    !html
        && body
            .trim_ascii_start()
            .first()
            .is_some_and(|byte| *byte != b'<')
}
