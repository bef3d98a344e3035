//! Bars: `klines`.
//!
//! A bar belongs to the slice of time that holds its open time, so slices may be cut anywhere. The
//! vendor marks an open bar by nothing but its close time, which then lies in the future; it is
//! left out, and as the newest bar it ends the item.

use chrono::{DateTime, Datelike, Months};
use common::Decimal;
use common::item::Item;
use common::tables::{Kline, Rows};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::market::{Market, Names, no_progress};
use super::page::{self, decimal};
use super::{KLINES, PAGE};
use crate::ask::{Ask, Cursor, Next, ParseError, Refusal};
use crate::continuity::{Grid, Params};
use crate::json::scan::{self, Scan};
use crate::json::{self, Raw};
use crate::source::Reply;
use crate::window::Window;

pub(crate) const DEFAULT_INTERVAL: &str = "1m";
const NS_PER_MS: i64 = 1_000_000;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The intervals of spot with their lengths in milliseconds; a month has none.
pub const INTERVALS: &[(&str, Option<i64>)] = &[
    ("1s", Some(SECOND)),
    ("1m", Some(MINUTE)),
    ("3m", Some(3 * MINUTE)),
    ("5m", Some(5 * MINUTE)),
    ("15m", Some(15 * MINUTE)),
    ("30m", Some(30 * MINUTE)),
    ("1h", Some(HOUR)),
    ("2h", Some(2 * HOUR)),
    ("4h", Some(4 * HOUR)),
    ("6h", Some(6 * HOUR)),
    ("8h", Some(8 * HOUR)),
    ("12h", Some(12 * HOUR)),
    ("1d", Some(DAY)),
    ("3d", Some(3 * DAY)),
    ("1w", Some(7 * DAY)),
    ("1M", None),
];

/// An interval of the vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Interval {
    pub(crate) name: &'static str,
    /// Milliseconds; `None` for a month.
    pub(crate) length: Option<i64>,
}

impl Interval {
    /// The interval of that name, the default for an empty one. Case matters: `1m` is a minute,
    /// `1M` a month.
    pub(crate) fn named(market: &Market, name: &str) -> Result<Self, String> {
        let name = if name.is_empty() {
            DEFAULT_INTERVAL
        } else {
            name
        };
        let found = market.intervals.iter().find(|(known, _)| *known == name);
        found
            .map(|(name, length)| Self {
                name,
                length: *length,
            })
            .ok_or_else(|| {
                let names: Vec<_> = market.intervals.iter().map(|(name, _)| *name).collect();
                format!(
                    "{} has no interval {name:?}; it has {}",
                    market.name,
                    names.join(", ")
                )
            })
    }

    /// The one of the market that is as long as a bar, whose times are nanoseconds.
    pub(crate) fn between(market: &Market, open_time: i64, close_time: i64) -> Option<Self> {
        const MONTH: std::ops::RangeInclusive<i64> = 28 * DAY..=31 * DAY;
        let length = close_time.checked_sub(open_time)?.div_euclid(NS_PER_MS) + 1;
        let found = market
            .intervals
            .iter()
            .find(|(_, known)| known.map_or(MONTH.contains(&length), |known| known == length));
        found.map(|(name, length)| Self {
            name,
            length: *length,
        })
    }

    /// How many bars open in `[from, to)`, milliseconds.
    pub(crate) fn opens_between(self, from: i64, to: i64) -> u64 {
        let opens_before = |instant: i64| match self.length {
            // Weeks open on Mondays, and 1970 began on a Thursday.
            Some(length) if length == 7 * DAY => (instant - 1 - 4 * DAY).div_euclid(length),
            Some(length) => (instant - 1).div_euclid(length),
            None => months_before(instant - 1),
        };
        u64::try_from(opens_before(to) - opens_before(from)).unwrap_or(0)
    }

    /// The open time of the bar after the one that opens at `open_ms`.
    fn after(self, open_ms: i64) -> i64 {
        match self.length {
            Some(length) => open_ms.saturating_add(length),
            None => DateTime::from_timestamp_millis(open_ms)
                .and_then(|open| open.checked_add_months(Months::new(1)))
                .map_or(i64::MAX, |open| open.timestamp_millis()),
        }
    }
}

/// Where the bars of a request are; a month has no grid.
pub(crate) fn grid(market: &Market, params: &Params) -> Option<Grid> {
    let name = params.get("interval").map_or("", String::as_str);
    let interval = Interval::named(market, name).ok()?;
    interval.length.map(Grid::every_ms)
}

/// Months since year 0 of the month that holds an instant.
fn months_before(instant_ms: i64) -> i64 {
    DateTime::from_timestamp_millis(instant_ms).map_or(0, |instant| {
        i64::from(instant.year()) * 12 + i64::from(instant.month0())
    })
}

pub(crate) fn ask(
    market: &Market,
    item: &Item,
    window: Window,
    venue_symbol: String,
    cursor: &Cursor,
) -> Result<Ask, Refusal> {
    let interval = Interval::named(market, item.param("interval")).map_err(Refusal)?;
    let start = match cursor {
        Cursor::Start => window.first_ms(),
        Cursor::Time(start) => *start,
        other => return Err(market.wrong_cursor(KLINES, other)),
    };
    let last = window.last_ms();
    let limit = if market.klines_exact {
        // One more, in case the vendor's grid begins elsewhere.
        (interval.opens_between(start, last.saturating_add(1)) + 1).min(PAGE as u64)
    } else {
        PAGE as u64
    };
    let query = vec![
        ("symbol", venue_symbol),
        ("interval", interval.name.to_owned()),
        ("startTime", start.to_string()),
        ("endTime", last.to_string()),
        ("limit", limit.to_string()),
    ];
    Ok(market.get("klines", query, (market.klines_weight)(limit)))
}

/// A bar as it stands in a reply: open time, open, high, low, close, volume, close time, quote
/// volume, number of trades, volume and quote volume of buying takers, and one unused value.
#[derive(Debug, Deserialize)]
struct Recorded<'a>(
    i64,
    #[serde(borrow)] Raw<'a>,
    #[serde(borrow)] Raw<'a>,
    #[serde(borrow)] Raw<'a>,
    #[serde(borrow)] Raw<'a>,
    #[serde(borrow)] Raw<'a>,
    i64,
    #[serde(borrow)] Raw<'a>,
    i64,
    #[serde(borrow)] Raw<'a>,
    #[serde(borrow)] Raw<'a>,
    IgnoredAny,
);

/// A bar, understood.
pub(super) struct Bar {
    pub(super) open_time: i64,
    pub(super) close_time: i64,
    /// Open, high, low, close, volume, quote volume, volume and quote volume of buying takers.
    pub(super) figures: [Decimal; 8],
    pub(super) trade_count: i64,
}

impl Bar {
    fn of(recorded: &Recorded<'_>, row: usize) -> Result<Self, ParseError> {
        let time = |place: usize, value: i64| page::time(value, || format!("[{row}][{place}]"));
        let Recorded(open_time, o, h, l, c, v, close_time, qv, trade_count, tv, tqv, _) = recorded;
        let mut figures = [Decimal::ZERO; 8];
        let places = [1, 2, 3, 4, 5, 7, 9, 10];
        for ((figure, raw), place) in figures
            .iter_mut()
            .zip([o, h, l, c, v, qv, tv, tqv])
            .zip(places)
        {
            *figure = decimal(*raw, || format!("[{row}][{place}]"))?;
        }
        Ok(Self {
            open_time: time(0, *open_time)?,
            close_time: time(6, *close_time)?,
            figures,
            trade_count: *trade_count,
        })
    }

    /// The same from the text at once, where it is as plain as the vendor writes it.
    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        let time = |value| page::time(value, String::new).ok();
        let mut figures = [Decimal::ZERO; 8];
        let (before_close_time, others) = figures.split_at_mut(5);
        let (quote_volume, of_takers) = others.split_at_mut(1);
        let read = |scan: &mut Scan<'_>, figures: &mut [Decimal]| {
            figures.iter_mut().try_for_each(|figure| {
                *figure = scan.decimal()?;
                scan.comma()
            })
        };
        let open_time = time(scan.integer()?)?;
        scan.comma()?;
        read(scan, before_close_time)?;
        let close_time = time(scan.integer()?)?;
        scan.comma()?;
        read(scan, quote_volume)?;
        let trade_count = scan.integer()?;
        scan.comma()?;
        read(scan, of_takers)?;
        // Documented as to be ignored.
        scan.raw()?;
        Some(Self {
            open_time,
            close_time,
            figures,
            trade_count,
        })
    }

    /// Whether the bar could still change when it was fetched.
    fn is_open(&self, fetched_at_ms: i64) -> bool {
        self.close_time.div_euclid(NS_PER_MS) >= fetched_at_ms
    }

    /// The interval of the market that is as long as this bar.
    fn interval(&self, market: &Market) -> Option<Interval> {
        Interval::between(market, self.open_time, self.close_time)
    }

    fn open_ms(&self) -> i64 {
        self.open_time.div_euclid(NS_PER_MS)
    }
}

pub(crate) fn parse(
    market: &Market,
    reply: &Reply<'_>,
    rows: &mut Rows,
) -> Result<Next, ParseError> {
    let page = read(reply.body)?;
    let interval = match reply.item.param("interval") {
        // A saved reply says itself how long its bars are.
        "" => page.first().and_then(|bar| bar.interval(market)),
        name => Some(Interval::named(market, name).map_err(|what| ParseError {
            at: "item".to_owned(),
            what,
        })?),
    };
    let Some(interval) = interval.or_else(|| Interval::named(market, "").ok()) else {
        return Ok(Next::End);
    };
    let Some(last) = page.iter().map(Bar::open_ms).max() else {
        return Ok(Next::End);
    };
    let start = match reply.cursor {
        Cursor::Time(start) if last < *start => return Err(no_progress(start)),
        Cursor::Time(start) => *start,
        _ => i64::MIN,
    };
    let window = Window::of(reply.item);
    let wanted = page
        .iter()
        .filter(|bar| bar.open_ms() >= start && window.contains(bar.open_time))
        .filter(|bar| !bar.is_open(reply.fetched_at_ms));
    push(market, reply, interval, wanted, rows);
    let newest_is_open = page.iter().any(|bar| bar.is_open(reply.fetched_at_ms));
    let next = interval.after(last);
    let past_the_end = newest_is_open || next > window.last_ms();
    Ok(if past_the_end {
        Next::End
    } else {
        Next::More(Cursor::Time(next))
    })
}

fn read(body: &[u8]) -> Result<Vec<Bar>, ParseError> {
    if let Some(page) = scan::all(body, |scan| scan.list(|scan| scan.places(Bar::scan))) {
        return Ok(page);
    }
    let recorded: Vec<Recorded<'_>> = json::read(body)?;
    recorded
        .iter()
        .enumerate()
        .map(|(row, recorded)| Bar::of(recorded, row))
        .collect()
}

fn push<'a>(
    market: &Market,
    reply: &Reply<'_>,
    interval: Interval,
    bars: impl Iterator<Item = &'a Bar>,
    rows: &mut Rows,
) {
    let names = market.names_of_item(reply);
    for bar in bars {
        push_bar(market, &names, interval, bar, rows);
    }
}

pub(super) fn push_bar(
    market: &Market,
    names: &Names,
    interval: Interval,
    bar: &Bar,
    rows: &mut Rows,
) {
    let [
        open,
        high,
        low,
        close,
        volume,
        quote_volume,
        taker_buy_volume,
        taker_buy_quote_volume,
    ] = bar.figures;
    rows.push(&Kline {
        source: market.name,
        symbol: &names.symbol,
        venue_symbol: &names.venue_symbol,
        interval: interval.name,
        open_time: bar.open_time,
        adjusted: "raw",
        open,
        high,
        low,
        close,
        volume,
        quote_volume: Some(quote_volume),
        trade_count: Some(bar.trade_count),
        taker_buy_volume: Some(taker_buy_volume),
        taker_buy_quote_volume: Some(taker_buy_quote_volume),
        vwap: None,
        close_time: Some(bar.close_time),
    });
}
