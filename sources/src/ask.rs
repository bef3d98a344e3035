//! What a source wants asked, and how it goes on after a reply.

use common::item::Item;

use crate::instrument::Instruments;

/// Where the engine stands in an item when it wants to know what to ask.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    /// The item in work.
    pub item: &'a Item,
    /// The id at work, in an item of ids.
    pub id: Option<&'a str>,
    /// Where in the item (or in that id) the next request starts.
    pub cursor: &'a Cursor,
    /// The instruments of [`crate::Source::instruments`]; empty where there are none, or before
    /// anything was asked (an estimate).
    pub instruments: &'a Instruments,
}

/// A request, free of any base URL or secret: the worker adds both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Which of the vendor's servers.
    pub server: Server,
    /// Below that server's base URL, starting with `/`.
    pub path: String,
    /// Query parameters, not yet encoded.
    pub query: Vec<(&'static str, String)>,
    /// Headers beside the secret ones.
    pub headers: Vec<(&'static str, String)>,
    /// The fields of a form: the request is a `POST` then, else a `GET`.
    pub form: Option<Vec<(&'static str, String)>>,
    /// Where the configured token goes.
    pub token: TokenIn,
    /// What it costs in the vendor's units.
    pub cost: Cost,
    /// Where the body of the reply goes.
    pub body: Body,
}

impl Ask {
    /// A `GET` of the main server without a token, read in memory.
    #[must_use]
    pub fn get(path: impl Into<String>, cost: Cost) -> Self {
        Self {
            server: Server::Main,
            path: path.into(),
            query: Vec::new(),
            headers: Vec::new(),
            form: None,
            token: TokenIn::Nowhere,
            cost,
            body: Body::Memory,
        }
    }

    /// The same with these query parameters.
    #[must_use]
    pub fn with_query(mut self, query: Vec<(&'static str, String)>) -> Self {
        self.query = query;
        self
    }

    /// The same with the token at its place.
    #[must_use]
    pub fn with_token(mut self, token: TokenIn) -> Self {
        self.token = token;
        self
    }
}

/// One of the vendor's servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Server {
    /// The configured `base_url`.
    Main,
    /// A further one of [`crate::Source::servers`], configured as `urls.<name>`.
    Other(&'static str),
    /// A whole URL that the vendor itself gave in a reply, or one from the root of the main server
    /// (`/v1/rows?after=7`). It is asked only when it leads to one
    /// of the vendor's servers or to a host in `redirect_hosts`, and never gets the token
    /// elsewhere than at the main server. `path` and `query` are ignored.
    Link(String),
}

/// Where the configured token goes; nowhere when none is configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenIn {
    /// It is not sent.
    Nowhere,
    /// In a header of that name.
    Header(&'static str),
    /// In `Authorization: Bearer ...`.
    Bearer,
    /// In two headers: the token is `<first>:<second>`.
    HeaderPair(&'static str, &'static str),
    /// In a field of the form.
    Form(&'static str),
    /// In a query parameter, for vendors that know no other way.
    Query(&'static str),
}

/// Where the body of a reply goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Into memory, whole, for [`crate::Source::parse`].
    Memory,
    /// Into a file, for [`crate::Source::parse_stream`]: archives and captures, which may be larger
    /// than memory.
    Disk {
        /// SHA-256 in lower-case hexadecimal that the bytes must have, where the vendor tells it;
        /// others are fetched again.
        sha256: Option<String>,
    },
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
