//! What a source wants asked, and how it goes on after a reply.

/// A request, free of any base URL or secret: the worker adds both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Below the configured base URL, starting with `/`.
    pub path: String,
    /// Query parameters, not yet encoded.
    pub query: Vec<(&'static str, String)>,
    /// Headers beside the secret one.
    pub headers: Vec<(&'static str, String)>,
    /// The header that carries the configured token, where the vendor wants one.
    pub token_header: Option<&'static str>,
    /// What it costs in the vendor's units.
    pub cost: Cost,
}

/// What a request costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// The limit it counts against.
    pub budget: &'static str,
    /// In the units of that limit.
    pub units: u32,
}

/// Where in an item (or in one id of it) the next request starts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Cursor {
    /// At its beginning.
    #[default]
    Start,
    /// At an instant, milliseconds since 1970.
    Time(i64),
    /// At a vendor's id.
    Id(u64),
    /// At a page or an offset.
    Page(u64),
    /// At a vendor's opaque token.
    Token(String),
}

/// How to go on after a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Ask again, from there.
    More(Cursor),
    /// That was all.
    End,
}

/// An item that cannot be asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

/// A reply that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at {at}: {what}")]
pub struct ParseError {
    /// The JSON path or byte offset.
    pub at: String,
    /// What was found and what was expected.
    pub what: String,
}
