//! Rules: which requests go wrong, and how.

use serde::{Deserialize, Serialize};

use crate::answer::Vendor;
use crate::hash::Key;

/// A planned fault. As JSON the matcher's members stand beside `fault`:
/// `{"vendor":"binance","path":"aggTrades","skip":2,"times":1,"fault":{"kind":"reset"}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Which requests.
    #[serde(flatten)]
    pub matcher: Matcher,
    /// What happens to them.
    pub fault: Fault,
}

/// Which requests. Those of the right vendor, path and query are counted from 1; of these the
/// numbers decide.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Matcher {
    /// Of this vendor; of any when absent.
    pub vendor: Option<Vendor>,
    /// The path holds this text.
    pub path: String,
    /// The query, as it came, holds this text.
    pub query: String,
    /// The first so many go through.
    pub skip: u64,
    /// After that only every so many-th.
    pub every: Option<u64>,
    /// Of these so many in a thousand, by the seed.
    pub per_mille: Option<u64>,
    /// At most so many in all.
    pub times: Option<u64>,
}

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fault {
    /// The reply comes so much later.
    Latency {
        /// Milliseconds.
        ms: u64,
    },
    /// The reply waits until [`super::Planned::release`].
    Hold,
    /// 429 in the vendor's words.
    RateLimited {
        /// Seconds.
        retry_after: i64,
    },
    /// 418 in Binance's words.
    Banned {
        /// Seconds.
        retry_after: i64,
    },
    /// Any status with any body.
    Status {
        /// The status.
        status: u16,
        /// The body.
        #[serde(default)]
        body: String,
    },
    /// Half of the body, then the connection closes.
    CutOff {
        /// Without a declared length.
        #[serde(default)]
        chunked: bool,
    },
    /// 200 and two thirds of the JSON, correctly framed.
    BrokenJson,
    /// 200 with an HTML page.
    WrongContentType,
    /// The connection is reset before any header.
    Reset,
    /// The page starts so many rows earlier than asked; where a vendor has no pages, its first
    /// rows come twice.
    RepeatRows {
        /// How many.
        rows: u64,
    },
    /// The page holds at most so many rows although there are more: legal for queries by time; none
    /// at all is an empty list.
    ShortPage {
        /// How many.
        rows: u64,
    },
    /// The vendor has corrected its history: the last digit of every number that is written as a text
    /// with a point is another one.
    Revised,
    /// 200 without a body.
    Empty,
    /// 302 to another place.
    Redirect {
        /// Where to.
        location: String,
    },
    /// 200 with a body of so many bytes.
    Huge {
        /// How many.
        bytes: u64,
    },
}

impl Matcher {
    /// Requests of a vendor whose path holds that text.
    #[must_use]
    pub fn of(vendor: Vendor, path: &str) -> Self {
        Self {
            vendor: Some(vendor),
            path: path.to_owned(),
            ..Self::default()
        }
    }

    /// Of these the `nth` (from 1) alone.
    #[must_use]
    pub fn nth(self, nth: u64) -> Self {
        Self {
            skip: nth.saturating_sub(1),
            times: Some(1),
            ..self
        }
    }

    /// Whether a request counts.
    pub(super) fn counts(&self, vendor: Vendor, path: &str, query: &str) -> bool {
        self.vendor.is_none_or(|wanted| wanted == vendor)
            && path.contains(&self.path)
            && query.contains(&self.query)
    }

    /// Whether the `nth` request that counts is struck, after `struck` others.
    pub(super) fn strikes(&self, nth: u64, struck: u64, chance: Key) -> bool {
        nth > self.skip
            && self.times.is_none_or(|times| struck < times)
            && self
                .every
                .is_none_or(|every| (nth - self.skip).is_multiple_of(every.max(1)))
            && self
                .per_mille
                .is_none_or(|per_mille| chance.at(nth).chance(per_mille))
    }
}

impl From<(Matcher, Fault)> for Rule {
    fn from((matcher, fault): (Matcher, Fault)) -> Self {
        Self { matcher, fault }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn struck(matcher: &Matcher) -> Vec<u64> {
        let mut struck = Vec::new();
        for nth in 1..=12 {
            if matcher.strikes(nth, struck.len() as u64, Key::new(1, "rule")) {
                struck.push(nth);
            }
        }
        struck
    }

    #[test]
    fn numbers_decide() {
        let any = Matcher::default();
        assert_eq!(struck(&any).len(), 12);
        assert_eq!(struck(&any.clone().nth(3)), [3]);
        assert_eq!(
            struck(&Matcher {
                skip: 2,
                every: Some(3),
                ..any.clone()
            }),
            [5, 8, 11]
        );
        assert_eq!(
            struck(&Matcher {
                every: Some(4),
                times: Some(2),
                ..any.clone()
            }),
            [4, 8]
        );
        let some = struck(&Matcher {
            per_mille: Some(500),
            ..any
        });
        assert!((2..11).contains(&some.len()), "{some:?}");
    }

    #[test]
    fn a_rule_is_readable_json() {
        let text = r#"{"vendor":"binance","path":"klines","skip":1,"fault":{"kind":"rate_limited","retry_after":3}}"#;
        let rule: Rule = serde_json::from_str(text).unwrap();
        let matcher = Matcher {
            skip: 1,
            ..Matcher::of(Vendor::Binance, "klines")
        };
        assert_eq!(
            rule,
            (matcher, Fault::RateLimited { retry_after: 3 }).into()
        );
        assert_eq!(
            serde_json::from_str::<Rule>(&serde_json::to_string(&rule).unwrap()).unwrap(),
            rule
        );
    }
}
