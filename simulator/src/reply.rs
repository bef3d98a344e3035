//! What a vendor was asked and what it says: plain values, so that vendors stay pure and the
//! server alone deals with HTTP.

use bytes::Bytes;

use crate::json::Raw;

/// A request, as far as vendors look at it.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// Below the vendor's prefix: `/api/v3/klines`.
    pub(crate) path: String,
    /// Decoded query parameters.
    pub(crate) query: Query,
    /// `X-Auth-Token`.
    pub(crate) token: Option<String>,
    /// All headers, names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// The fields of a form that was posted.
    pub(crate) form: Query,
    /// The simulated time, milliseconds.
    pub(crate) now: i64,
    /// How a planned fault bends the page.
    pub(crate) twist: Twist,
}

impl Asked {
    /// The first header of that (lower case) name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(key, _)| key == name)?;
        Some(value)
    }
}

/// Page faults that only the vendor's own paging can play.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Twist {
    /// Rows of the page before that are served again.
    pub(crate) repeat: u64,
    /// Most rows of a page, below what was asked for.
    pub(crate) at_most: Option<u64>,
}

/// Decoded query parameters, in the order they came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query(pub(crate) Vec<(String, String)>);

impl Query {
    /// The first parameter of that name, `None` also when it is empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(key, _)| key == name)?;
        (!value.is_empty()).then_some(value)
    }
}

/// What a vendor says.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    /// HTTP status.
    pub(crate) status: u16,
    /// Headers, `content-type` included.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The body, not compressed.
    pub(crate) body: Bytes,
}

impl Reply {
    /// JSON of that status.
    pub(crate) fn json(status: u16, content_type: &str, text: impl Into<Bytes>) -> Self {
        Self {
            status,
            headers: vec![("content-type", content_type.to_owned())],
            body: text.into(),
        }
    }

    /// A file of that content type.
    pub(crate) fn file(content_type: &str, body: impl Into<Bytes>) -> Self {
        Self::json(200, content_type, body)
    }

    /// The same with one more header.
    pub(crate) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }
}

impl From<Raw> for Bytes {
    fn from(text: Raw) -> Self {
        text.0.into()
    }
}
