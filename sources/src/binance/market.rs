//! What differs between the vendor's markets: paths, costs, intervals and how symbols are written.
//!
//! Spot and USD-M futures answer in the same layouts, so one module reads both and is told the
//! market. Nothing here knows a dataset's layout.

use common::item::{Item, Work};

use crate::ask::{Ask, Cost, Cursor, ParseError, Refusal};
use crate::instrument::Instruments;
use crate::source::Reply;
use crate::window::Window;

/// One market of the vendor.
#[derive(Debug)]
pub(crate) struct Market {
    /// The source's name.
    pub(crate) name: &'static str,
    /// What every path of it starts with.
    pub(crate) root: &'static str,
    /// The limit by weight, and its units a minute.
    pub(crate) budget: &'static str,
    pub(crate) per_minute: u32,
    /// Weight of a page of aggregated trades.
    pub(crate) trades_weight: u32,
    /// Most milliseconds between the first and the last of a query of trades by time.
    pub(crate) trades_span: Option<i64>,
    /// How many milliseconds back trades are served, where not all of them are.
    pub(crate) trades_reach: Option<i64>,
    /// Weight of a page of so many bars.
    pub(crate) klines_weight: fn(u64) -> u32,
    /// Whether fewer bars asked for cost less.
    pub(crate) klines_exact: bool,
    /// Intervals of bars with their lengths in milliseconds; a month has none.
    pub(crate) intervals: &'static [(&'static str, Option<i64>)],
    /// Weight of a book of so many levels, or which numbers there are.
    pub(crate) depth_weight: fn(u32) -> Result<u32, &'static str>,
    /// Weights for one symbol and for all.
    pub(crate) tickers_weight: [u32; 2],
    pub(crate) prices_weight: [u32; 2],
    pub(crate) quotes_weight: [u32; 2],
    pub(crate) instruments_weight: u32,
    /// Whether tickers can be had without bids and asks.
    pub(crate) has_mini: bool,
    /// The vendor's form of a symbol.
    pub(crate) venue: fn(&str) -> String,
    /// Ours.
    pub(crate) normalised: fn(&str) -> String,
    /// Whether a text can be a symbol at all.
    pub(crate) is_possible: fn(&str) -> bool,
    /// What the vendor's form of a symbol ends in.
    pub(crate) ending: fn(&str) -> Ending,
}

/// What the vendor's form of a symbol ends in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Nothing: a pair of spot.
    Pair,
    /// Nothing: a contract that never expires.
    Perpetual,
    /// A day, `20240628`.
    Dated(String),
}

/// The normalised and the vendor's form of a symbol; both empty where nothing says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Names {
    pub(crate) symbol: String,
    pub(crate) venue_symbol: String,
}

/// Tells both forms of symbols, row after row: most replies are about one symbol, others have one
/// in each row.
#[derive(Debug)]
pub(crate) struct Namer<'a> {
    market: &'a Market,
    instruments: &'a Instruments,
    names: Names,
}

impl Namer<'_> {
    pub(crate) fn of(&mut self, venue_symbol: &str) -> &Names {
        let names = &mut self.names;
        if names.venue_symbol != venue_symbol {
            names.symbol.clear();
            match self.instruments.find(venue_symbol) {
                Some(known) => names.symbol.push_str(&known.now().symbol),
                None => names.symbol = (self.market.normalised)(venue_symbol),
            }
            names.venue_symbol.clear();
            names.venue_symbol.push_str(venue_symbol);
        }
        names
    }
}

impl Market {
    /// A request that counts against the weight.
    pub(crate) fn get(&self, path: &str, query: Vec<(&'static str, String)>, units: u32) -> Ask {
        let cost = Cost {
            budget: self.budget,
            units,
        };
        Ask::get(format!("{}/{path}", self.root), cost).with_query(query)
    }

    /// Both forms of a symbol as somebody wrote it: by the list where it stands in it, else by
    /// the rules.
    pub(crate) fn names(&self, written: &str, instruments: &Instruments) -> Names {
        let venue_symbol = (self.venue)(written);
        match instruments.find(&venue_symbol) {
            Some(known) => Names {
                symbol: known.now().symbol.clone(),
                venue_symbol: known.now().venue_symbol.clone(),
            },
            None if written.trim().is_empty() => Names {
                symbol: String::new(),
                venue_symbol,
            },
            None => Names {
                symbol: (self.normalised)(written),
                venue_symbol,
            },
        }
    }

    /// Both forms of the item's symbol.
    pub(crate) fn names_of_item(&self, reply: &Reply<'_>) -> Names {
        self.names(written(reply.item), reply.instruments)
    }

    /// Tells both forms of symbols that a reply itself gives.
    pub(crate) fn namer<'a>(&'a self, reply: &Reply<'a>) -> Namer<'a> {
        Namer {
            market: self,
            instruments: reply.instruments,
            names: Names::default(),
        }
    }

    /// What to ask for where a person wrote this.
    pub(crate) fn symbol_to_ask(
        &self,
        written: &str,
        instruments: &Instruments,
    ) -> Result<String, Refusal> {
        let Names { venue_symbol, .. } = self.names(written, instruments);
        let unknown = !instruments.is_empty() && instruments.find(&venue_symbol).is_none();
        // What has expired drops out of the list, and the vendor may still have it.
        if unknown && !matches!((self.ending)(&venue_symbol), Ending::Dated(_)) {
            return Err(instruments.unknown(self.name, written));
        }
        Ok(venue_symbol)
    }

    pub(crate) fn wrong_cursor(&self, dataset: &str, cursor: &Cursor) -> Refusal {
        Refusal(format!(
            "{dataset} of {} cannot start at {cursor:?}",
            self.name
        ))
    }

    /// The list of instruments: the table `instruments`.
    pub(crate) fn list(&self) -> Ask {
        self.get("exchangeInfo", Vec::new(), self.instruments_weight)
    }
}

/// The symbol as it was written; empty where a saved reply is read without one.
pub(crate) fn written(item: &Item) -> &str {
    match &item.work {
        Work::Range {
            symbol: Some(symbol),
            ..
        } => symbol,
        _ => item.param("symbol"),
    }
}

/// An empty page about a time that the vendor no longer serves says nothing.
pub(crate) fn check_reach(reply: &Reply<'_>, reach_ms: i64) -> Result<(), ParseError> {
    let first = Window::of(reply.item).first_ms();
    // Nobody knows when a saved reply was fetched.
    let known = matches!(reply.item.work, Work::Range { .. }) && reply.fetched_at_ms < i64::MAX;
    if known && first < reply.fetched_at_ms - reach_ms {
        return Err(ParseError {
            at: ".".to_owned(),
            what: format!(
                "not available from this vendor: an empty page, and {} reaches back {} hours only",
                reply.item.dataset,
                reach_ms / 3_600_000
            ),
        });
    }
    Ok(())
}

/// When the reply was fetched, nanoseconds since 1970; 0 where nobody knows.
pub(crate) fn fetched_ns(reply: &Reply<'_>) -> i64 {
    reply.fetched_at_ms.checked_mul(1_000_000).unwrap_or(0)
}

pub(crate) fn no_progress(asked: impl std::fmt::Display) -> ParseError {
    ParseError {
        at: ".".to_owned(),
        what: format!("every row lies before {asked}, where the page was asked to start"),
    }
}
