//! Values that must never be seen: tokens and passwords.
//!
//! A [`Secret`] prints as `***` wherever it is formatted or serialised, so that a log line, an
//! error or `config check` cannot leak it by accident. The text is had only by [`Secret::expose`].

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

/// A URL, or several separated by commas, as it may be printed: user and password hidden.
#[must_use]
pub fn printable_url(urls: &str) -> String {
    // Up to the last @: rather too much is hidden than a part of a password shown.
    let hide = |url: &str| {
        let (scheme, rest) = url.split_once("://")?;
        let (_, host) = rest.rsplit_once('@')?;
        Some(format!("{scheme}://***@{host}"))
    };
    urls.split(',')
        .map(str::trim)
        .map(|url| hide(url).unwrap_or_else(|| url.to_owned()))
        .collect::<Vec<_>>()
        .join(",")
}

/// Serialises a URL as it may be printed.
pub(crate) fn serialize_url<S: Serializer>(url: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&printable_url(url))
}

/// Serialises named URLs as they may be printed.
pub(crate) fn serialize_urls<S: Serializer>(
    urls: &BTreeMap<String, String>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(urls.iter().map(|(name, url)| (name, printable_url(url))))
}

/// A text that is hidden whenever it is printed.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The text itself: for the one place that sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether no secret was given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() { "\"\"" } else { "***" })
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(if self.is_empty() { "" } else { "***" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_url_holds_no_password() {
        for (url, printed) in [
            ("nats://u:p@h:1, nats://h:2", "nats://***@h:1,nats://h:2"),
            ("http://u:p@ss@h/path", "http://***@h/path"),
            ("http://u:p/w@h", "http://***@h"),
            ("https://h/path", "https://h/path"),
            ("", ""),
        ] {
            assert_eq!(printable_url(url), printed);
        }
    }
}
