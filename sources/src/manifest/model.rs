//! What a checked manifest says, in the form in which it is used.

use std::collections::BTreeMap;
use std::time::Duration;

use common::tables::Table;

use super::path::Path;
use super::select::Tree;
use super::stamp::Stamp;
use super::template::Template;
use crate::ask::{Server, TokenIn};
use crate::source::{Dataset, Selection};

/// A source that a manifest describes.
#[derive(Debug)]
pub struct Manifest {
    pub(super) name: &'static str,
    pub(super) base_url: &'static str,
    pub(super) servers: &'static [(&'static str, &'static str)],
    pub(super) key: Option<&'static str>,
    pub(super) terms: Option<&'static str>,
    pub(super) token: TokenIn,
    pub(super) requests_per_minute: u32,
    pub(super) delay: (Duration, Duration),
    pub(super) errors: Errors,
    /// The vendor's names of symbols, by ours.
    pub(super) symbols: BTreeMap<String, String>,
    pub(super) offers: Vec<Offer>,
    pub(super) datasets: &'static [Dataset],
}

/// How the vendor says that it does not answer.
#[derive(Debug, Default)]
pub(super) struct Errors {
    /// Where its words stand.
    pub(super) message: Option<Tree>,
    /// Something there makes a refusal of a reply with status 200.
    pub(super) present: Option<Tree>,
    /// What stands there must be one of these words.
    pub(super) status: Option<(Tree, Vec<String>)>,
    /// Words of a refusal that ask to wait.
    pub(super) wait: Vec<String>,
    /// Words of a refusal that passes.
    pub(super) retry: Vec<String>,
    /// How long to wait where the vendor does not say.
    pub(super) wait_for: Duration,
}

/// A named text with holes: a parameter of the query, a header, a field.
pub(super) type Named = (&'static str, Template);

/// One dataset: what to ask and how to read it.
#[derive(Debug)]
pub(super) struct Offer {
    pub(super) name: &'static str,
    pub(super) selection: Selection,
    pub(super) server: Server,
    pub(super) path: Template,
    pub(super) query: Vec<Named>,
    /// Only in the first request.
    pub(super) query_first: Vec<Named>,
    pub(super) headers: Vec<Named>,
    pub(super) form: Option<Vec<Named>>,
    pub(super) time: Times,
    pub(super) slice: Duration,
    pub(super) longest: Duration,
    pub(super) page_size: Option<u64>,
    pub(super) order: Order,
    pub(super) short_ends: bool,
    pub(super) cursor: Style,
    /// What is taken out of a reply: the rows, then what the cursor needs.
    pub(super) body: Tree,
    /// The path of the rows, cut at its stars; `None` when the whole reply is one row.
    pub(super) rows: Option<Vec<Path>>,
    /// What is taken out of a row.
    pub(super) row: Tree,
    /// The place in `row` of the cursor's field.
    pub(super) row_cursor: Option<usize>,
    pub(super) table: Table,
    /// In the order of the table's columns.
    pub(super) columns: Vec<Option<Column>>,
    /// Which of them says when a row happened.
    pub(super) ts: Option<usize>,
    pub(super) retention: Option<Duration>,
    pub(super) alternative: Option<String>,
}

/// How instants stand in requests.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub(super) stamp: Stamp,
    pub(super) from_inclusive: bool,
    pub(super) to_inclusive: bool,
}

/// In which order rows come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    OldestFirst,
    NewestFirst,
    Unsorted,
}

/// How pages follow each other.
#[derive(Debug, Clone)]
pub(super) enum Style {
    /// There is one page.
    None,
    /// By number, counted from `first`.
    Page { first: u64 },
    /// By rows, counted from `first`.
    Offset { first: u64 },
    /// By a token in the reply.
    Token { start: Option<Template> },
    /// By a link in the reply.
    Link,
    /// By the time of the last row.
    Time {
        stamp: Stamp,
        again: bool,
        start: Option<Template>,
    },
    /// By the id of the last row.
    Id {
        inclusive: bool,
        start: Option<Template>,
    },
}

/// Places in [`Offer::body`].
pub(super) const ROWS: usize = 0;
/// The token, the link, the number of pages, or whether there are more.
pub(super) const NEXT: usize = 1;
/// For page numbers: how many there are.
pub(super) const PAGES: usize = 2;

/// Where the value of a column comes from.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) origin: Origin,
    pub(super) kind: Type,
    /// What stands for what; `*` for everything else.
    pub(super) map: BTreeMap<String, String>,
    /// As written, for messages.
    pub(super) shown: String,
}

#[derive(Debug)]
pub(super) enum Origin {
    /// A place in [`Offer::row`].
    Path(usize),
    Template(Template),
    /// The time of asking.
    Fetched,
}

/// How a vendor's text becomes a value.
#[derive(Debug, Clone)]
pub(super) enum Type {
    Text,
    /// The JSON text as it stands.
    Json,
    Decimal,
    Time(Stamp),
    Int,
    Float,
    Flag,
    /// Price and amount of each element.
    Levels(Tree),
}
