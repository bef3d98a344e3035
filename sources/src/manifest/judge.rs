//! What a reply means, by its status and by what the manifest says of the vendor's errors.

use serde_json::value::RawValue;

use super::model::Errors;
use super::select::{Tree, scalar};
use crate::verdict::{self, ReplyHead, Verdict};

impl Errors {
    pub(super) fn judge(&self, head: &ReplyHead, body: &[u8]) -> Verdict {
        let refused = || {
            let words = std::str::from_utf8(body)
                .ok()
                .and_then(|text| self.words(text));
            let words = words.unwrap_or_else(|| verdict::words(body));
            format!("status {}: {words}", head.status)
        };
        let blocked = |reason| Verdict::Blocked {
            wait: head.retry_after().unwrap_or(self.wait_for),
            reason,
        };
        let by_words = |reason: String| {
            let holds = |words: &[String]| words.iter().any(|words| reason.contains(words));
            if holds(&self.wait) {
                blocked(reason)
            } else if holds(&self.retry) {
                Verdict::Retry { reason }
            } else {
                Verdict::Reject { reason }
            }
        };
        match head.status {
            200..=299 if !verdict::is_json(head, body) => Verdict::Retry {
                reason: format!(
                    "expected JSON, status {}: {}",
                    head.status,
                    verdict::words(body)
                ),
            },
            200..=299 if self.is_refusal(body) => by_words(refused()),
            200..=299 => Verdict::Ok,
            429 | 418 => blocked(refused()),
            408 | 500.. => Verdict::Retry { reason: refused() },
            _ => by_words(refused()),
        }
    }

    /// Whether a reply with status 200 is none.
    fn is_refusal(&self, body: &[u8]) -> bool {
        let Ok(text) = std::str::from_utf8(body) else {
            return false;
        };
        let something =
            |raw: &RawValue| !matches!(raw.get(), "null" | "\"\"" | "[]" | "{}" | "false");
        if let Some(present) = &self.present
            && present.one(text).ok().flatten().is_some_and(something)
        {
            return true;
        }
        self.status.as_ref().is_some_and(|(path, good)| {
            let word = path.one(text).ok().flatten().and_then(scalar);
            !word.is_some_and(|word| good.iter().any(|good| *good == word))
        })
    }

    /// The vendor's words, where the manifest knows their place.
    fn words(&self, text: &str) -> Option<String> {
        let at = |tree: &Tree| -> Option<String> {
            let raw = tree.one(text).ok().flatten()?;
            let words =
                scalar(raw).map_or_else(|| raw.get().to_owned(), std::borrow::Cow::into_owned);
            Some(verdict::words(words.as_bytes()))
        };
        let places = [self.message.as_ref(), self.present.as_ref()];
        places.into_iter().flatten().find_map(at)
    }
}
