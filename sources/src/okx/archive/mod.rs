//! The vendor's archive files: trades, bars of a minute and fundings, a zip a day of UTC+8.
//!
//! An item with `via=archive` first asks `GET /api/v5/public/market-data-history` for the links of
//! its days, then fetches one file after the other; rows outside its window are left out. The
//! links still to come travel in the cursor. A day without a file is refused once the others are
//! stored, since the vendor's backfill is known to be incomplete.

mod files;
mod listing;

use common::item::Item;
use common::tables::Rows;

use super::symbol;
use super::{FUNDING_RATES, KLINES, TRADES, is_range};
use crate::ask::{Ask, At, Body, Cost, Cursor, Next, ParseError, Refusal, Server};
use crate::instrument::Kind;
use crate::source::{Reply, Stream};
use crate::window::Window;

pub(super) use listing::is_empty as is_empty_listing;

pub(super) const LIST_BUDGET: &str = "okx.market-data-history";
pub(super) const FILE_BUDGET: &str = "okx.archive";
/// Days a listing covers at most, one less for windows that begin within a day.
pub(super) const LONGEST_DAYS: u64 = 18;

const DAY_MS: i64 = 86_400_000;
/// Days are those of UTC+8.
const OFFSET_MS: i64 = 8 * 3_600_000;
/// What stands before the days without a file in a cursor.
const MISSING: &str = "missing ";

/// Whether an item is to come from the archive.
pub(super) fn is_asked(item: &Item) -> bool {
    item.param("via") == "archive"
}

/// The number of the vendor's day that holds an instant.
pub(super) fn day(ms: i64) -> i64 {
    (ms + OFFSET_MS).div_euclid(DAY_MS)
}

/// The first instant of such a day.
pub(super) fn day_start(day: i64) -> i64 {
    day * DAY_MS - OFFSET_MS
}

/// Whether a reply is a list of files.
pub(super) fn is_listing(reply: &Reply<'_>) -> bool {
    if is_range(reply.item) {
        return is_asked(reply.item);
    }
    module(&reply.item.dataset).is_some() && listing::is_one(reply.body)
}

fn module(dataset: &str) -> Option<&'static str> {
    match dataset {
        TRADES => Some("1"),
        KLINES => Some("2"),
        FUNDING_RATES => Some("3"),
        _ => None,
    }
}

/// The vendor's days that an item needs; fundings take their hours from the day before.
fn days(dataset: &str, window: Window) -> (i64, i64) {
    let first = day(window.first_ms()) - i64::from(dataset == FUNDING_RATES);
    (first, day(window.last_ms()))
}

pub(super) fn ask(at: &At<'_>, window: Window, venue: &str) -> Result<Ask, Refusal> {
    match at.cursor {
        Cursor::Start => ask_listing(at.item, window, venue),
        Cursor::Token(left) => match left.lines().next().unwrap_or_default() {
            line if line.starts_with(MISSING) => Err(Refusal(format!(
                "not available from this vendor: its archive has no file of {}",
                &line[MISSING.len()..]
            ))),
            link => Ok(ask_file(link)),
        },
        other => Err(super::wrong_cursor(&at.item.dataset, other)),
    }
}

fn ask_listing(item: &Item, window: Window, venue: &str) -> Result<Ask, Refusal> {
    let dataset = &item.dataset;
    let module = module(dataset)
        .ok_or_else(|| Refusal(format!("{dataset} of {} has no archive", super::NAME)))?;
    let kind = symbol::kind(venue).unwrap_or(Kind::Spot);
    let of = match kind {
        Kind::Spot => ("instIdList", venue.to_owned()),
        _ => ("instFamilyList", symbol::family(venue).to_owned()),
    };
    let (first, last) = days(dataset, window);
    let query = vec![
        ("module", module.to_owned()),
        ("instType", symbol::instrument_type(kind).to_owned()),
        of,
        ("dateAggrType", "daily".to_owned()),
        ("begin", day_start(first).to_string()),
        ("end", day_start(last).to_string()),
    ];
    Ok(super::get(
        "/api/v5/public/market-data-history",
        LIST_BUDGET,
        query,
    ))
}

/// A link may follow the time of the newest funding before it.
fn ask_file(line: &str) -> Ask {
    let (_, link) = listing::split(line);
    let cost = Cost {
        budget: FILE_BUDGET,
        units: 1,
    };
    let mut ask = Ask::get("", cost);
    ask.server = Server::Link(link.to_owned());
    ask.body = Body::Disk { sha256: None };
    ask
}

/// Reads a list of files.
pub(super) fn parse(reply: &Reply<'_>) -> Result<Next, ParseError> {
    listing::parse(reply)
}

/// Reads a file, zipped or not.
pub(super) fn parse_stream(
    reply: &Reply<'_>,
    body: &mut dyn Stream,
    rows: &mut Rows,
    flush: &mut dyn FnMut(&mut Rows),
) -> Result<Next, ParseError> {
    let left = match reply.cursor {
        Cursor::Token(left) => left.as_str(),
        _ => "",
    };
    let (line, rest) = left.split_once('\n').unwrap_or((left, ""));
    let (before, _) = listing::split(line);
    let newest = files::read(reply, before, body, rows, flush)?;
    if rest.is_empty() {
        return Ok(Next::End);
    }
    let rest = match newest {
        Some(newest) if !rest.starts_with(MISSING) => format!("{newest} {rest}"),
        _ => rest.to_owned(),
    };
    Ok(Next::More(Cursor::Token(rest)))
}
