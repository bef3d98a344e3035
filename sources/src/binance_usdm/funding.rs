//! Funding rates: `fundingRate`, and the running one in `premiumIndex`.
//!
//! History says no interval, so it is the time since the funding before. To see that one, a query
//! begins a little before what is wanted. Two rows may share a time (`rateType` regular and
//! special) and a page may end between them: the rows of the last time of a page are left to the
//! next one, which begins with them.
//!
//! The running rate, of `premiumIndex` or of the live channel `markPrice`, is kept with the time at
//! which it will be paid and the kind `predicted`.

use std::borrow::Cow;
use std::collections::HashMap;

use common::Decimal;
use common::item::{Item, Work};
use common::tables::{FundingRate, Rows};
use serde::Deserialize;

use super::{FUNDING, MARKET};
use crate::ask::{Ask, Cost, Cursor, Next, ParseError, Refusal};
use crate::binance::market::no_progress;
use crate::binance::page::{self, Page, decimal, optional};
use crate::json::scan::plain_object;
use crate::json::{Raw, Word};
use crate::source::Reply;
use crate::window::Window;

const PAGE: usize = 1_000;
const HOUR_MS: i64 = 3_600_000;
const NS_PER_MS: i64 = 1_000_000;
/// The longest interval, and some of the milliseconds by which the vendor is late.
const LOOK_BACK_MS: i64 = 8 * HOUR_MS + 60_000;

pub(super) fn ask(
    item: &Item,
    window: Window,
    venue_symbol: String,
    cursor: &Cursor,
) -> Result<Ask, Refusal> {
    let start = match cursor {
        Cursor::Start => window.first_ms() - LOOK_BACK_MS,
        Cursor::Time(start) => start - LOOK_BACK_MS,
        // There was nothing but what lies before.
        Cursor::Id(start) => i64::try_from(*start).unwrap_or(i64::MAX),
        other => return Err(MARKET.wrong_cursor(&item.dataset, other)),
    };
    let query = vec![
        ("symbol", venue_symbol),
        ("startTime", start.max(0).to_string()),
        ("limit", PAGE.to_string()),
    ];
    let cost = Cost {
        budget: FUNDING,
        units: 1,
    };
    Ok(Ask::get("/fapi/v1/fundingRate", cost).with_query(query))
}

pub(super) fn ask_now(venue_symbol: Option<String>) -> Ask {
    let weight = if venue_symbol.is_some() { 1 } else { 10 };
    let query = venue_symbol
        .map(|symbol| ("symbol", symbol))
        .into_iter()
        .collect();
    MARKET.get("premiumIndex", query, weight)
}

/// A row of either layout.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recorded<'a> {
    #[serde(borrow, alias = "s")]
    symbol: Word<'a>,
    #[serde(borrow, alias = "lastFundingRate", alias = "r")]
    funding_rate: Raw<'a>,
    #[serde(alias = "nextFundingTime", alias = "T")]
    funding_time: i64,
    #[serde(borrow, alias = "p")]
    mark_price: Option<Raw<'a>>,
    #[serde(borrow, alias = "i")]
    index_price: Option<Raw<'a>>,
    #[serde(borrow)]
    rate_type: Option<Word<'a>>,
    /// Stands in the running one alone: the rate of interest, or the event of a message.
    #[serde(borrow, rename = "interestRate", alias = "e")]
    running: Option<Raw<'a>>,
}

plain_object!(Recorded {
    "symbol" | "s" => symbol,
    "fundingRate" | "lastFundingRate" | "r" => funding_rate,
    "fundingTime" | "nextFundingTime" | "T" => funding_time,
    or_default {
        "markPrice" | "p" => mark_price,
        "indexPrice" | "i" => index_price,
        "rateType" => rate_type,
        "interestRate" | "e" => running,
    }
});

struct Read<'a> {
    symbol: &'a str,
    /// Milliseconds.
    time: i64,
    ts: i64,
    rate: Decimal,
    mark_price: Option<Decimal>,
    index_price: Option<Decimal>,
    kind: Cow<'static, str>,
    interval_hours: Option<i64>,
}

impl<'a> Read<'a> {
    /// `None` for a contract that has no funding: the vendor lists it without a time.
    fn of(
        page: &Page<Recorded<'_>>,
        row: usize,
        recorded: &'a Recorded<'_>,
    ) -> Result<Option<Self>, ParseError> {
        let at = |field: &str| page.at(row, field);
        let is_running = recorded.running.is_some() || recorded.index_price.is_some();
        let rate = optional(Some(recorded.funding_rate), || at("fundingRate"))?;
        if is_running && (recorded.funding_time == 0 || rate.is_none()) {
            return Ok(None);
        }
        let kind = match recorded.rate_type.as_ref().map(Word::as_str) {
            _ if is_running => Cow::Borrowed("predicted"),
            None | Some("Regular") => Cow::Borrowed("regular"),
            Some(kind) => Cow::Owned(kind.to_lowercase()),
        };
        Ok(Some(Self {
            symbol: recorded.symbol.as_str(),
            time: recorded.funding_time,
            ts: page::time(recorded.funding_time, || at("fundingTime"))?,
            rate: match rate {
                Some(rate) => rate,
                None => decimal(recorded.funding_rate, || at("fundingRate"))?,
            },
            mark_price: optional(recorded.mark_price, || at("markPrice"))?,
            index_price: optional(recorded.index_price, || at("indexPrice"))?,
            kind,
            interval_hours: None,
        }))
    }
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let page: Page<Recorded<'_>> = page::read(reply.body)?;
    let mut read = Vec::with_capacity(page.rows.len());
    for (row, recorded) in page.rows.iter().enumerate() {
        read.extend(Read::of(&page, row, recorded)?);
    }
    let is_history = reply.item.dataset == super::FUNDING_RATES;
    if !is_history || matches!(reply.item.work, Work::Ids(_)) {
        intervals(&mut read);
        push(reply, read.iter(), rows);
        return Ok(Next::End);
    }
    read.sort_by_key(|row| row.time);
    intervals(&mut read);
    let window = Window::of(reply.item);
    let (start, next) = next(window, reply.cursor, &read)?;
    let before = match next {
        Next::More(Cursor::Time(next)) => next,
        _ => i64::MAX,
    };
    let wanted = read
        .iter()
        .filter(|row| start <= row.time && row.time < before && window.contains(row.ts));
    push(reply, wanted, rows);
    Ok(next)
}

/// The first millisecond that was wanted of a page, and how to go on after it.
fn next(window: Window, cursor: &Cursor, page: &[Read<'_>]) -> Result<(i64, Next), ParseError> {
    let start = match cursor {
        Cursor::Time(start) => *start,
        Cursor::Id(start) => i64::try_from(*start).unwrap_or(i64::MAX),
        _ => window.first_ms(),
    };
    let next = match page.last() {
        None => Next::End,
        Some(last) if window.ends_before(last.time * NS_PER_MS) => Next::End,
        Some(last) if last.time < start && matches!(cursor, Cursor::Id(_)) => {
            return Err(no_progress(start));
        }
        Some(last) if last.time < start => {
            Next::More(Cursor::Id(u64::try_from(start).unwrap_or(0)))
        }
        // The page begins and ends with what the one before left over.
        Some(last) if last.time == start && !matches!(cursor, Cursor::Start) => Next::End,
        Some(last) => Next::More(Cursor::Time(last.time)),
    };
    Ok((start, next))
}

/// Fills in the hours since the funding of the same symbol before.
fn intervals(page: &mut [Read<'_>]) {
    // Times of a symbol: of the funding before, and of the newest.
    let mut seen: HashMap<&str, (Option<i64>, i64)> = HashMap::new();
    for row in page {
        let (before, newest) = seen.entry(row.symbol).or_insert((None, row.time));
        // Two rates that are paid at once are one funding.
        if row.time - *newest > HOUR_MS / 2 {
            (*before, *newest) = (Some(*newest), row.time);
        }
        row.interval_hours = before
            .map(|before| row.time - before)
            .filter(|passed| *passed <= LOOK_BACK_MS)
            .map(|passed| (passed + HOUR_MS / 2) / HOUR_MS);
    }
}

fn push<'a>(reply: &Reply<'_>, page: impl Iterator<Item = &'a Read<'a>>, rows: &mut Rows) {
    let mut namer = MARKET.namer(reply);
    for row in page {
        let names = namer.of(row.symbol);
        rows.push(&FundingRate {
            source: MARKET.name,
            symbol: &names.symbol,
            venue_symbol: &names.venue_symbol,
            funding_time: row.ts,
            funding_rate: row.rate,
            mark_price: row.mark_price,
            interval_hours: row.interval_hours,
            kind: &row.kind,
            index_price: row.index_price,
            rate_8h: None,
        });
    }
}
