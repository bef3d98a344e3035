//! The one trait in the middle: what a vendor must be able to tell.

use std::collections::BTreeMap;
use std::time::Duration;

use common::item::Item;
use common::tables::{Rows, Table};

use crate::ask::{Ask, At, Cursor, Next, ParseError, Refusal};
use crate::continuity::Continuity;
use crate::instrument::{Instrument, Instruments};
use crate::plan::{Plan, PlanError, PlanRequest};
use crate::verdict::{ReplyHead, Verdict};

/// A vendor.
///
/// Contract: every method is a pure function of its arguments. For one item the engine calls
/// [`Source::ask`] with [`Cursor::Start`], sends what it returns, shows the reply's head and body
/// to [`Source::judge`], and, when that says [`Verdict::Ok`], hands the body to
/// [`Source::parse`] (or, taken to disk, to [`Source::parse_stream`]), which pushes rows and says
/// how to go on. Before that it fetches what [`Source::instruments`] names, once for many items.
/// The engine owns HTTP, limits, retries and time. For an item of ids the engine does the same for
/// each id, from [`Cursor::Start`] each time.
pub trait Source: Send + Sync {
    /// The name in items, configuration (`[sources.<name>]`) and on the command line.
    fn name(&self) -> &'static str;

    /// Where requests go unless configured otherwise, without a trailing slash.
    fn base_url(&self) -> &'static str;

    /// Further servers, each with its name and URL: archives, history hosts.
    fn servers(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// What kind of key the vendor wants and where it is had; `None` where none is needed.
    fn key(&self) -> Option<&'static str> {
        None
    }

    /// What can be had.
    fn datasets(&self) -> &'static [Dataset];

    /// Cuts a request into items and says what it will cost.
    ///
    /// # Errors
    /// When the vendor cannot serve it, with what to do instead.
    fn plan(&self, request: &PlanRequest) -> Result<Plan, PlanError>;

    /// What to ask there.
    ///
    /// # Errors
    /// When the item makes no sense: it is dead-lettered with the refusal's reason.
    fn ask(&self, at: &At<'_>) -> Result<Ask, Refusal>;

    /// The lists of instruments that an item of this kind needs: each is asked for, and read with
    /// [`Source::read_instruments`], before the first [`Source::ask`]. Equal requests are sent
    /// once for all items.
    fn instruments(&self, _item: &Item) -> Vec<Ask> {
        Vec::new()
    }

    /// Reads one such list, or a page of it. `worker parse --instruments` reads any list of the
    /// vendor with it.
    ///
    /// # Errors
    /// When the reply is not what the vendor documents.
    fn read_instruments(&self, _body: &[u8]) -> Result<Vec<Instrument>, ParseError> {
        Ok(Vec::new())
    }

    /// The name by which a list has what somebody wrote, where the vendor has names of its own for
    /// it: a pair alone is the perpetual contract where there is no spot.
    fn listed_name(&self, written: &str) -> String {
        written.to_owned()
    }

    /// What a reply means, by its status, headers and body.
    fn judge(&self, head: &ReplyHead, body: &[u8]) -> Verdict;

    /// Reads a reply that was judged [`Verdict::Ok`] into rows, and says how to go on.
    ///
    /// A bar that was not closed at [`Reply::fetched_at_ms`] is left out, and so is a row outside
    /// the item's slice of time. An item without a slice ([`common::item::Work::Ids`]) keeps
    /// every row, so a saved reply can be read without knowing what was asked.
    ///
    /// # Errors
    /// When the reply is not what the vendor documents; the error says where and what was
    /// expected. No row has been pushed then.
    fn parse(&self, reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError>;

    /// Reads a reply that was taken to disk, as a stream: `reply.body` is empty, the bytes come
    /// from `body` as the vendor sent them (a zip, a gzip, a capture; `worker parse` also gives
    /// them unpacked). `flush` is called after every few thousand rows at most and takes them out.
    ///
    /// # Errors
    /// When the bytes are not what the vendor documents, with the byte offset or the line; rows
    /// that came before stay.
    fn parse_stream(
        &self,
        reply: &Reply<'_>,
        _body: &mut dyn Stream,
        _rows: &mut Rows,
        _flush: &mut dyn FnMut(&mut Rows),
    ) -> Result<Next, ParseError> {
        Err(ParseError {
            at: "byte 0".to_owned(),
            what: format!(
                "{} of {} comes as JSON, not as a file of other kind",
                reply.item.dataset,
                self.name()
            ),
        })
    }

    /// How to go on where the vendor said [`Verdict::Absent`]: from another place, or not at all.
    ///
    /// # Errors
    /// When that is final, with the vendor's reason.
    fn absent(&self, _at: &At<'_>, reason: &str) -> Result<Next, Refusal> {
        Err(Refusal(format!("not available from this vendor: {reason}")))
    }

    /// What the vendor allows per minute of a budget that [`Source::ask`] names, as documented
    /// (or, where nothing is, as little as is polite); `None` for an unknown budget.
    fn units_per_minute(&self, budget: &str) -> Option<u32>;

    /// The shortest and longest pause before each request, where the vendor deserves one.
    fn polite_delay(&self) -> (Duration, Duration) {
        (Duration::ZERO, Duration::ZERO)
    }

    /// Why the vendor may only be asked after the owner has agreed (`accept_terms = true`);
    /// `None` where its terms allow programs.
    fn terms(&self) -> Option<&'static str> {
        None
    }

    /// Whether ids are numbers, so that `007` is 7. Others are kept as they are written.
    fn ids_are_numbers(&self) -> bool {
        true
    }

    /// Checks an id before it is enqueued.
    ///
    /// # Errors
    /// With what an id of this vendor looks like.
    fn check_id(&self, _dataset: &str, id: &str) -> Result<(), String> {
        if id.trim().is_empty() {
            Err("an id is empty".to_owned())
        } else {
            Ok(())
        }
    }

    /// Columns of a table that hold the same in all rows of a request with these parameters, beside
    /// vendor, symbol and time: what keeps its bars from others of the same symbol and time.
    fn constants(
        &self,
        _dataset: &str,
        table: Table,
        params: &BTreeMap<String, String>,
    ) -> Vec<(&'static str, String)> {
        crate::extent::alike(table, params)
    }

    /// Why rows of a request with these parameters cannot be told from others in the store, where
    /// they cannot.
    fn mixed(&self, _dataset: &str, _params: &BTreeMap<String, String>) -> Option<String> {
        None
    }

    /// Whether a row at the very end of a range belongs to it, as that of a period that ends there
    /// may.
    fn keeps_end(&self, _dataset: &str) -> bool {
        false
    }

    /// What stands behind the id of a document that was asked for by id with these parameters.
    fn document_suffix(&self, _params: &BTreeMap<String, String>) -> String {
        String::new()
    }

    /// The dataset of that name.
    ///
    /// # Errors
    /// With a list of the datasets there are.
    fn dataset(&self, name: &str) -> Result<&'static Dataset, PlanError> {
        self.datasets()
            .iter()
            .find(|dataset| dataset.name == name)
            .ok_or_else(|| {
                let names: Vec<_> = self.datasets().iter().map(|dataset| dataset.name).collect();
                PlanError(format!(
                    "{} has no dataset {name:?}; it has {}",
                    self.name(),
                    names.join(", ")
                ))
            })
    }
}

/// The bytes of a reply on disk.
pub trait Stream: std::io::Read + std::io::Seek + Send {}

impl<T: std::io::Read + std::io::Seek + Send> Stream for T {}

/// A reply, with what it answers.
#[derive(Debug, Clone, Copy)]
pub struct Reply<'a> {
    /// The item that asked.
    pub item: &'a Item,
    /// The id at work, in an item of ids.
    pub id: Option<&'a str>,
    /// The cursor it was asked at.
    pub cursor: &'a Cursor,
    /// The instruments there are; empty where the source needs none.
    pub instruments: &'a Instruments,
    /// The body, decompressed; empty for [`Source::parse_stream`].
    pub body: &'a [u8],
    /// When the request was sent: milliseconds since 1970, UTC.
    pub fetched_at_ms: i64,
}

/// Something a vendor has.
#[derive(Debug, Clone, Copy)]
pub struct Dataset {
    /// The name in items and on the command line.
    pub name: &'static str,
    /// One line for people.
    pub about: &'static str,
    /// How it is asked for.
    pub selection: Selection,
    /// Parameters it takes beside the selection, with their defaults (`interval` = `1m`, or an
    /// empty text where there is none).
    pub params: &'static [(&'static str, &'static str)],
    /// Where its rows go.
    pub tables: &'static [Table],
    /// How far back the vendor serves it.
    pub retention: &'static str,
    /// How its pages follow each other.
    pub paging: &'static str,
    /// What its rows prove by themselves.
    pub continuity: Continuity,
    /// What the vendor allows.
    pub limits: &'static str,
    /// The vendor's document that these facts come from.
    pub document: &'static str,
}

impl Dataset {
    /// The parameters as given, with the defaults of the others; one without a default is left
    /// out.
    ///
    /// # Errors
    /// When one is not known, with a list of those that are.
    pub fn fill_params(
        &self,
        given: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, PlanError> {
        if let Some(unknown) = given
            .keys()
            .find(|name| !self.params.iter().any(|(known, _)| known == name))
        {
            let known: Vec<_> = self.params.iter().map(|(name, _)| *name).collect();
            let known = if known.is_empty() {
                "none".to_owned()
            } else {
                known.join(", ")
            };
            return Err(PlanError(format!(
                "{} has no parameter {unknown:?}; it has {known}",
                self.name
            )));
        }
        let defaults = self
            .params
            .iter()
            .filter(|(_, default)| !default.is_empty());
        let mut params: BTreeMap<_, _> = defaults
            .map(|(name, default)| ((*name).to_owned(), (*default).to_owned()))
            .collect();
        params.extend(
            given
                .iter()
                .map(|(name, value)| (name.clone(), value.clone())),
        );
        Ok(params)
    }
}

/// How a dataset is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection {
    /// By symbol and time.
    SymbolRange,
    /// By time alone.
    Range,
    /// By id.
    Ids,
    /// By symbol, as it is now: what nobody can ask for later. Its items carry the second of
    /// asking as their slice of time, which says nothing about the rows.
    Snapshot,
    /// As it is now, all of it: as [`Selection::Snapshot`], without symbols.
    Now,
}
