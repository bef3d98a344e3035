//! Trades and bars, newest first: `after` is older than, `before` newer than, neither holds the
//! cursor itself, and `before` alone gives the newest page.

use std::ops::Range;

use crate::binance::{Bar, Interval, Trade};
use crate::calendar::{DAY, SECOND};
use crate::reply::{Asked, Reply};

use super::model::{Instrument, interval};
use super::print::{Eight, data, error, limit, missing, number, wrong};

/// Trades, fundings and bars of a second are served for so long.
pub(super) const KEPT: i64 = 89 * DAY;
/// Bars that the history lacks at its end.
const LAG: i64 = 3;
/// Bars that `candles` keeps.
const NEWEST: i64 = 1_440;

/// `trades` and `history-trades`.
pub(super) fn trades(of: &Instrument, asked: &Asked, history: bool) -> Result<Reply, Reply> {
    let market = &of.market;
    let count = limit(
        &asked.query,
        if history { 100 } else { 500 },
        asked.twist.at_most,
    )? as u64;
    let end = market.first_at(asked.now + 1);
    let first = market.first_at(asked.now - KEPT);
    let places = if history {
        history_places(of, asked, first..end)?
    } else {
        first..end
    };
    let page = places.start.max(places.end.saturating_sub(count))..places.end;
    let page: Vec<Trade> = market.trades(page).collect();
    Ok(data(page.into_iter().rev().map(|trade| {
        format!(
            r#"{{"instId":"{}","side":"{}","sz":"{}","source":"{}","px":"{}","tradeId":"{}","ts":"{}"}}"#,
            of.contract.name(),
            side(&trade),
            Eight(trade.quantity),
            u8::from(is_elp(&trade)),
            Eight(trade.price),
            trade.id,
            trade.ms,
        )
    })))
}

/// Which trades lie between the cursors, of those that are there.
fn history_places(of: &Instrument, asked: &Asked, there: Range<u64>) -> Result<Range<u64>, Reply> {
    let (after, before) = (
        number(&asked.query, "after")?,
        number(&asked.query, "before")?,
    );
    let place = |value: i64| u64::try_from(value).unwrap_or(0);
    let (mut start, mut end) = (there.start, there.end);
    match asked.query.get("type").unwrap_or("1") {
        "1" => {
            if let Some(after) = after {
                end = end.min(place(after).saturating_add(asked.twist.repeat));
            }
            start = start.max(before.map_or(0, |before| place(before) + 1));
        }
        "2" if before.is_some() => {
            let message = "The before parameter is not available for timestamp pagination";
            return Err(error(400, "50039", message));
        }
        "2" => {
            if let Some(after) = after {
                end = end.min(of.market.first_at(after));
            }
        }
        _ => return Err(wrong("type")),
    }
    Ok(start.min(end)..end)
}

pub(crate) fn side(trade: &Trade) -> &'static str {
    if trade.buyer_is_maker { "sell" } else { "buy" }
}

/// Whether a trade is of the enhanced liquidity program.
pub(crate) fn is_elp(trade: &Trade) -> bool {
    trade.id.is_multiple_of(97)
}

/// `candles` and `history-candles`.
pub(super) fn candles(of: &Instrument, asked: &Asked, history: bool) -> Result<Reply, Reply> {
    let bar = asked.query.get("bar").unwrap_or("1m");
    if bar == "1s" && !history {
        return Err(wrong("bar"));
    }
    let interval = interval(bar).ok_or_else(|| wrong("bar"))?;
    // The history gives fewer bars than its documents promise.
    let count = limit(
        &asked.query,
        if history { 100 } else { 300 },
        asked.twist.at_most,
    )?;
    let length = length(interval);
    let (oldest, newest) = match history {
        true if bar == "1s" => (asked.now - KEPT, asked.now - LAG * length),
        true => (0, asked.now - LAG * length),
        false => (asked.now - NEWEST * length, asked.now),
    };
    let after = number(&asked.query, "after")?.unwrap_or(i64::MAX);
    let after = after.saturating_add(asked.twist.repeat as i64 * length);
    let before = number(&asked.query, "before")?.unwrap_or(-1);
    let last = newest.min(after - 1);
    let bars = newest_bars(
        of,
        interval,
        (before + 1).max(oldest),
        last,
        asked.now,
        count,
    );
    Ok(data(bars.into_iter().map(|bar| print(of, &bar, asked.now))))
}

/// The newest bars that open between two instants, both included, the newest first.
fn newest_bars(
    of: &Instrument,
    interval: Interval,
    first: i64,
    last: i64,
    now: i64,
    count: usize,
) -> Vec<Bar> {
    let mut page = Vec::new();
    let mut open = interval.open_of(last);
    let listed = of.contract.listing.listed * DAY;
    while open >= first.max(listed) && page.len() < count {
        page.extend(of.market.bar(interval, open, now));
        open = interval.before(open);
    }
    page
}

fn length(interval: Interval) -> i64 {
    match interval {
        Interval::Fixed(length, _) => length,
        Interval::Month => 31 * DAY,
    }
}

fn print(of: &Instrument, bar: &Bar, now: i64) -> String {
    let (volume, base, quote) = of.volumes(bar);
    let second = if of.contract.kind == "SPOT" {
        quote
    } else {
        base
    };
    let prices = [
        bar.open, bar.high, bar.low, bar.close, volume, second, quote,
    ];
    let prices = prices
        .map(|value| format!(r#""{}""#, Eight(value)))
        .join(",");
    let confirm = u8::from(bar.close_time < now);
    format!(r#"["{}",{prices},"{confirm}"]"#, bar.open_time)
}

/// `instId` of a request.
pub(super) fn instrument(asked: &Asked) -> Result<&str, Reply> {
    asked.query.get("instId").ok_or_else(|| missing("instId"))
}

/// The window of two seconds that an instant lies in.
pub(super) fn window(now: i64) -> i64 {
    now.div_euclid(2 * SECOND)
}
