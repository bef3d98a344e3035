//! `GET /api/v3/klines`: which bars make a page, and how they are printed.
//!
//! The times of a request are compared with open times, both ends included. The bar that is
//! still open at `now` is served like any other: only its close time gives it away.

use std::fmt::Write;

use crate::reply::{Asked, Reply};

use super::bars::{Bar, Interval};
use super::errors::{JSON, error, limit, missing, number};
use super::market::Market;
use super::trades::{Eight, wants_micros};

/// What a request limits a page to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KlineLimits {
    pub(crate) interval: Interval,
    pub(crate) count: u64,
    /// Absent: the newest page up to `to`.
    pub(crate) from: Option<i64>,
    pub(crate) to: i64,
}

/// Reads the limits of a request.
pub(crate) fn limits(asked: &Asked) -> Result<KlineLimits, Reply> {
    let name = asked
        .query
        .get("interval")
        .ok_or_else(|| missing("interval"))?;
    Ok(KlineLimits {
        interval: Interval::named(name).ok_or_else(|| error(400, -1120, "Invalid interval."))?,
        count: limit(&asked.query)?.min(asked.twist.at_most.unwrap_or(u64::MAX)),
        from: number(&asked.query, "startTime")?,
        to: number(&asked.query, "endTime")?.unwrap_or(i64::MAX),
    })
}

/// Answers `klines` of a known symbol.
pub(crate) fn answer(market: &Market, asked: &Asked) -> Result<Reply, Reply> {
    let KlineLimits {
        interval,
        count,
        from,
        to,
    } = limits(asked)?;
    let mut from = from.unwrap_or_else(|| market.open_of_newest(interval, count, to, asked.now));
    for _ in 0..asked.twist.repeat {
        from = interval.before(from);
    }
    let bars = market
        .bars(interval, from, to, asked.now)
        .take(count as usize);
    Ok(Reply::json(200, JSON, print(bars, wants_micros(asked))))
}

fn print(bars: impl Iterator<Item = Bar>, micros: bool) -> String {
    let mut out = String::from("[");
    for bar in bars {
        if out.len() > 1 {
            out.push(',');
        }
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            r#"[{},"{}","{}","{}","{}","{}",{},"{}",{},"{}","{}","0"]"#,
            if micros {
                bar.open_time * 1_000
            } else {
                bar.open_time
            },
            Eight(bar.open),
            Eight(bar.high),
            Eight(bar.low),
            Eight(bar.close),
            Eight(bar.volume),
            if micros {
                bar.close_micros()
            } else {
                bar.close_time
            },
            Eight(bar.quote_volume),
            bar.trades,
            Eight(bar.taker_volume),
            Eight(bar.taker_quote_volume),
        );
    }
    out.push(']');
    out
}
