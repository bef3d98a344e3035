//! Items: the units of work that travel on `WORK`.
//!
//! The producer writes them, the workers read them, a dead letter carries them whole. An item is
//! JSON so that a person can read it with `nats stream get`.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::letter::RefusedId;

/// One unit of work of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The job it belongs to.
    pub job: Token,
    /// Its name within the job, the same for the same plan.
    pub id: Token,
    /// The vendor, as `producer sources` names it.
    pub source: String,
    /// What is wanted of the vendor.
    pub dataset: String,
    /// Which part of it.
    pub work: Work,
    /// What else shapes the request, such as the `interval` of bars.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
    /// What is known of it from before, when it is tried once more.
    #[serde(default, skip_serializing_if = "Retry::is_first")]
    pub retry: Retry,
}

/// What an item that was refused takes along when it is tried once more.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// How often it was enqueued again: 0 for what the job's enqueueing wrote.
    pub run: u64,
    /// Ids of it that were refused before and are not tried now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<RefusedId>,
}

impl Retry {
    /// Whether it was never enqueued again.
    #[must_use]
    pub fn is_first(&self) -> bool {
        self.run == 0
    }
}

/// Which part of a dataset an item covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// A slice of time, `to` exclusive, of one symbol where the dataset has symbols.
    Range {
        /// The symbol as the person wrote it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        symbol: Option<String>,
        /// First instant that belongs to the slice.
        from: DateTime<Utc>,
        /// First instant that no longer does.
        to: DateTime<Utc>,
    },
    /// Some ids, fetched one after the other.
    Ids(Vec<String>),
}

impl Item {
    /// A parameter, or an empty text.
    #[must_use]
    pub fn param(&self, name: &str) -> &str {
        self.params.get(name).map_or("", String::as_str)
    }
}

/// A name that can stand as one token of a NATS subject: letters, digits, `-` and `_`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Token(String);

/// A text that cannot be a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a name: use 1 to 100 letters, digits, '-' or '_'")]
pub struct TokenError(String);

impl Token {
    /// Checks a text.
    ///
    /// # Errors
    /// When it is empty, too long or holds anything but ASCII letters, digits, `-` and `_`.
    pub fn new(text: impl Into<String>) -> Result<Self, TokenError> {
        let text = text.into();
        let fits = (1..=100).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if fits {
            Ok(Self(text))
        } else {
            Err(TokenError(text))
        }
    }

    /// Makes a token of any text: what may not stand in one becomes `-`.
    #[must_use]
    pub fn from_lossy(text: &str) -> Self {
        let kept: String = text
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || c == '_' {
                    c
                } else {
                    '-'
                }
            })
            .take(100)
            .collect();
        Self(if kept.is_empty() {
            "-".to_owned()
        } else {
            kept
        })
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Token {
    type Error = TokenError;
    fn try_from(text: String) -> Result<Self, TokenError> {
        Self::new(text)
    }
}

impl From<Token> for String {
    fn from(token: Token) -> Self {
        token.0
    }
}

impl std::str::FromStr for Token {
    type Err = TokenError;
    fn from_str(text: &str) -> Result<Self, TokenError> {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_keep_subjects_whole() {
        assert!(Token::new("btc-2024_01").is_ok());
        for bad in ["", "a.b", "a b", "*", ">", "é"] {
            assert!(Token::new(bad).is_err(), "{bad}");
        }
        assert_eq!(Token::from_lossy("a.b c").as_str(), "a-b-c");
    }

    #[test]
    fn an_item_is_readable_json() {
        let item = Item {
            job: Token::new("j").unwrap(),
            id: Token::new("i").unwrap(),
            source: "binance".into(),
            dataset: "trades".into(),
            work: Work::Ids(vec!["1".into()]),
            params: BTreeMap::new(),
            retry: Retry::default(),
        };
        let text = serde_json::to_string(&item).unwrap();
        assert_eq!(
            text,
            r#"{"job":"j","id":"i","source":"binance","dataset":"trades","work":{"ids":["1"]}}"#
        );
        assert_eq!(serde_json::from_str::<Item>(&text).unwrap(), item);
    }
}
