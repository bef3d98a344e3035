//! OKX v5: trades, bars, books, tickers, fundings, open interest, ratios and liquidations over
//! REST, and the vendor's archive files.
//!
//! Facts from the vendor's documents: rows come newest first; `after` means older than and
//! `before` newer than, both without the cursor itself; times are milliseconds in texts; an error
//! may come with HTTP status 200; limits are counted for each endpoint in windows of two seconds.
//! Amounts of derivatives count contracts.

mod archive;
mod books;
mod datasets;
mod envelope;
mod errors;
mod fields;
mod funding;
mod instruments;
mod interval;
mod klines;
mod liquidations;
mod plan;
mod rubik;
mod symbol;
mod tickers;
mod trades;

use std::collections::BTreeMap;

use common::item::{Item, Work};
use common::tables::{Rows, Table};

use crate::ask::{Ask, At, Cost, Cursor, Next, ParseError, Refusal};
use crate::extent;
use crate::instrument::Instrument;
use crate::plan::{Plan, PlanError, PlanRequest};
use crate::source::{Dataset, Reply, Source, Stream};
use crate::verdict::{ReplyHead, Verdict};
use crate::window::Window;

use datasets::*;

const NAME: &str = "okx";

/// OKX v5.
#[derive(Debug)]
pub struct Okx;

impl Source for Okx {
    fn name(&self) -> &'static str {
        NAME
    }

    fn base_url(&self) -> &'static str {
        "https://www.okx.com"
    }

    fn servers(&self) -> &'static [(&'static str, &'static str)] {
        &[("archive", "https://static.okx.com")]
    }

    fn datasets(&self) -> &'static [Dataset] {
        DATASETS
    }

    fn plan(&self, request: &PlanRequest) -> Result<Plan, PlanError> {
        self.dataset(&request.dataset)?;
        plan::plan(request)
    }

    fn ask(&self, at: &At<'_>) -> Result<Ask, Refusal> {
        let At { item, cursor, .. } = *at;
        let (window, symbol) = Window::asked(item)?;
        let symbol =
            symbol.ok_or_else(|| Refusal(format!("{} of {NAME} needs a symbol", item.dataset)))?;
        let venue = venue(at, symbol)?;
        if archive::is_asked(item) {
            return archive::ask(at, window, &venue);
        }
        match item.dataset.as_str() {
            TRADES => trades::ask(window, venue, cursor),
            KLINES => klines::ask(item, window, venue, cursor),
            BOOK_SNAPSHOTS => books::ask(item.param("depth"), venue),
            TICKERS | QUOTES => Ok(tickers::ask(venue)),
            FUNDING_RATES => funding::ask(window, venue, cursor),
            FUNDING_RATES_NOW => Ok(funding::ask_now(venue)),
            OPEN_INTEREST => rubik::ask_open_interest(item, window, venue, cursor),
            OPEN_INTEREST_NOW => Ok(rubik::ask_now(venue)),
            LONG_SHORT_RATIOS => rubik::ask_ratios(item, window, venue, cursor),
            LIQUIDATIONS => liquidations::ask(window, venue, cursor),
            INSTRUMENTS => Ok(instruments::list(&venue)),
            other => Err(unknown(other)),
        }
    }

    fn instruments(&self, item: &Item) -> Vec<Ask> {
        instruments::lists(item)
    }

    fn read_instruments(&self, body: &[u8]) -> Result<Vec<Instrument>, ParseError> {
        instruments::read(body)
    }

    fn judge(&self, head: &ReplyHead, body: &[u8]) -> Verdict {
        errors::judge(head, body)
    }

    fn parse(&self, reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
        if archive::is_listing(reply) {
            return archive::parse(reply);
        }
        match reply.item.dataset.as_str() {
            TRADES => trades::parse(reply, rows),
            KLINES => klines::parse(reply, rows),
            BOOK_SNAPSHOTS => books::parse(reply, rows),
            TICKERS => tickers::parse_tickers(reply, rows),
            QUOTES => tickers::parse_quotes(reply, rows),
            FUNDING_RATES | FUNDING_RATES_NOW => funding::parse(reply, rows),
            OPEN_INTEREST | OPEN_INTEREST_NOW => rubik::parse_open_interest(reply, rows),
            LONG_SHORT_RATIOS => rubik::parse_ratios(reply, rows),
            LIQUIDATIONS => liquidations::parse(reply, rows),
            INSTRUMENTS => instruments::parse(reply, rows),
            other => Err(ParseError {
                at: "item".to_owned(),
                what: unknown(other).0,
            }),
        }
    }

    fn parse_stream(
        &self,
        reply: &Reply<'_>,
        body: &mut dyn Stream,
        rows: &mut Rows,
        flush: &mut dyn FnMut(&mut Rows),
    ) -> Result<Next, ParseError> {
        archive::parse_stream(reply, body, rows, flush)
    }

    fn constants(
        &self,
        _dataset: &str,
        table: Table,
        params: &BTreeMap<String, String>,
    ) -> Vec<(&'static str, String)> {
        let mut constants = extent::alike(table, params);
        for (column, value) in &mut constants {
            if matches!(*column, "interval" | "period")
                && let Ok(interval) = interval::Interval::named(value)
            {
                interval.name.clone_into(value);
            }
        }
        constants
    }

    fn units_per_minute(&self, budget: &str) -> Option<u32> {
        let found = BUDGETS.iter().find(|(name, _)| *name == budget);
        found.map(|(_, per_two_seconds)| per_two_seconds * 30)
    }
}

/// The vendor's name of a symbol; a type of instruments stands for all of it.
fn venue(at: &At<'_>, symbol: &str) -> Result<String, Refusal> {
    let venue = symbol::venue(symbol);
    let of_all = symbol::TYPES.contains(&venue.as_str());
    let of_currency = at.item.dataset == LONG_SHORT_RATIOS && rubik::is_currency(&venue);
    if of_all || of_currency || at.item.dataset == INSTRUMENTS {
        return Ok(venue);
    }
    symbol::listed(at.instruments, symbol)
}

fn unknown(dataset: &str) -> Refusal {
    let names: Vec<_> = DATASETS.iter().map(|dataset| dataset.name).collect();
    Refusal(format!(
        "{NAME} has no dataset {dataset:?}; it has {}",
        names.join(", ")
    ))
}

fn get(path: impl Into<String>, budget: &'static str, query: Vec<(&'static str, String)>) -> Ask {
    Ask::get(path, Cost { budget, units: 1 }).with_query(query)
}

fn wrong_cursor(dataset: &str, cursor: &Cursor) -> Refusal {
    Refusal(format!("{dataset} of {NAME} cannot start at {cursor:?}"))
}

fn no_progress(asked: impl std::fmt::Display) -> ParseError {
    ParseError {
        at: "data".to_owned(),
        what: format!("no row is older than {asked}, before which the page was asked for"),
    }
}

/// Whether an item asks for a slice of time, so that its pages follow each other.
fn is_range(item: &Item) -> bool {
    matches!(item.work, Work::Range { .. })
}
