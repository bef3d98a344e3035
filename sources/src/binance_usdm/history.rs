//! What the vendor keeps for a month, at the ends of periods: open interest and ratios.
//!
//! No document says which rows a query gets that covers more of them than a page holds. So no
//! query does: the slice is walked in windows of at most a page of periods. The next window begins
//! after the newest row, or after an empty window.

use common::item::{Item, Work};

use super::{DATA, MARKET};
use crate::ask::{Ask, Cost, Cursor, Next, ParseError, Refusal};
use crate::binance::market::{check_reach, no_progress};
use crate::continuity::{Grid, Params};
use crate::json::Word;
use crate::source::Reply;
use crate::window::Window;

/// The most rows that the vendor gives.
pub(super) const PAGE: i64 = 500;
pub(super) const DEFAULT_PERIOD: &str = "5m";
const MINUTE: i64 = 60_000;
const DAY: i64 = 1_440 * MINUTE;
/// "The latest month": whether that is 30 or 31 days nobody says.
pub(super) const REACH_DAYS: i64 = 30;

const PERIODS: &[(&str, i64)] = &[
    ("5m", 5 * MINUTE),
    ("15m", 15 * MINUTE),
    ("30m", 30 * MINUTE),
    ("1h", 60 * MINUTE),
    ("2h", 120 * MINUTE),
    ("4h", 240 * MINUTE),
    ("6h", 360 * MINUTE),
    ("12h", 720 * MINUTE),
    ("1d", DAY),
];

/// A period of the vendor, with its milliseconds.
pub(super) fn period(name: &str) -> Result<(&'static str, i64), String> {
    let name = if name.is_empty() {
        DEFAULT_PERIOD
    } else {
        name
    };
    PERIODS
        .iter()
        .find(|(known, _)| *known == name)
        .copied()
        .ok_or_else(|| {
            let names: Vec<_> = PERIODS.iter().map(|(name, _)| *name).collect();
            format!(
                "{} has no period {name:?}; it has {}",
                MARKET.name,
                names.join(", ")
            )
        })
}

/// Where the ends of periods are.
pub(super) fn grid(params: &Params) -> Option<Grid> {
    let name = params.get("period").map_or("", String::as_str);
    period(name).ok().map(|(_, ms)| Grid::every_ms(ms).loose())
}

/// The first and the last millisecond of a query.
fn query_window(window: Window, cursor: &Cursor, period_ms: i64) -> Option<(i64, i64)> {
    let start = match cursor {
        Cursor::Start => window.first_ms(),
        Cursor::Time(start) => *start,
        _ => return None,
    };
    let end = start.saturating_add(PAGE * period_ms - 1);
    Some((start, end.min(window.last_ms())))
}

pub(super) fn ask(
    path: &str,
    item: &Item,
    window: Window,
    venue_symbol: String,
    cursor: &Cursor,
) -> Result<Ask, Refusal> {
    let (name, length) = period(item.param("period")).map_err(Refusal)?;
    let (start, end) = query_window(window, cursor, length)
        .ok_or_else(|| MARKET.wrong_cursor(&item.dataset, cursor))?;
    let cost = Cost {
        budget: DATA,
        units: 1,
    };
    Ok(Ask::get(path, cost).with_query(vec![
        ("symbol", venue_symbol),
        ("period", name.to_owned()),
        ("startTime", start.to_string()),
        ("endTime", end.to_string()),
        ("limit", PAGE.to_string()),
    ]))
}

/// How to go on after rows of these times (milliseconds).
pub(super) fn next(
    reply: &Reply<'_>,
    times: impl Iterator<Item = i64>,
) -> Result<Next, ParseError> {
    if matches!(reply.item.work, Work::Ids(_)) {
        return Ok(Next::End);
    }
    let wrong = |what: String| ParseError {
        at: "item".to_owned(),
        what,
    };
    let window = Window::of(reply.item);
    let (_, length) = period(reply.item.param("period")).map_err(wrong)?;
    let (start, end) = query_window(window, reply.cursor, length)
        .ok_or_else(|| wrong(MARKET.wrong_cursor(&reply.item.dataset, reply.cursor).0))?;
    let newest = times.max();
    let next = match newest {
        Some(newest) if newest < start => return Err(no_progress(start)),
        Some(newest) => newest.saturating_add(1),
        None => {
            check_reach(reply, REACH_DAYS * DAY)?;
            end.saturating_add(1)
        }
    };
    // No period ends between the newest row and the end of a slice that is closer than a period.
    let next_row = newest.map_or(next, |newest| newest.saturating_add(length));
    Ok(if next_row > window.last_ms() {
        Next::End
    } else {
        Next::More(Cursor::Time(next))
    })
}

/// A time that is a number, or a text in some replies.
pub(super) fn milliseconds(
    word: &Word<'_>,
    at: impl FnOnce() -> String,
) -> Result<i64, ParseError> {
    word.integer().ok_or_else(|| ParseError {
        at: at(),
        what: format!("{:?}, expected milliseconds since 1970", word.as_str()),
    })
}
