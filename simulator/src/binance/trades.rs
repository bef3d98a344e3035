//! `GET /api/v3/aggTrades`: which trades make a page, and how they are printed.
//!
//! Ids and times are inclusive, rows ascend. No time: the newest page. `startTime`: oldest first
//! from there, not past `endTime`. `endTime` alone: the newest up to it.

use std::fmt::Write;
use std::ops::Range;

use crate::reply::{Asked, Reply};

use super::errors::{JSON, error, limit, number};
use super::market::{Market, Trade};

/// Something that has trades in order: the generated market or a recording.
pub(crate) trait Tape {
    /// How many trades happened before an instant, in the order of time.
    fn before(&self, ms: i64) -> u64;
    /// A page of places in the order of time.
    fn by_time(&self, places: Range<u64>) -> Vec<Trade>;
    /// At most `count` trades from an id on that happened up to `now`.
    fn by_id(&self, from: u64, count: u64, now: i64) -> Vec<Trade>;
}

impl Tape for Market {
    fn before(&self, ms: i64) -> u64 {
        self.first_at(ms)
    }
    fn by_time(&self, places: Range<u64>) -> Vec<Trade> {
        self.trades(places).collect()
    }
    fn by_id(&self, from: u64, count: u64, now: i64) -> Vec<Trade> {
        let end = self
            .first_at(now.saturating_add(1))
            .min(from.saturating_add(count));
        self.trades(from.min(end)..end).collect()
    }
}

/// Answers `aggTrades` of a known symbol.
pub(crate) fn answer(tape: &impl Tape, asked: &Asked) -> Result<Reply, Reply> {
    let page = page(tape, asked)?;
    let mut out = String::with_capacity(page.len() * 110 + 2);
    out.push('[');
    for trade in &page {
        if out.len() > 1 {
            out.push(',');
        }
        print(&mut out, trade, wants_micros(asked));
    }
    out.push(']');
    Ok(Reply::json(200, JSON, out))
}

/// The trades of a page.
pub(crate) fn page(tape: &impl Tape, asked: &Asked) -> Result<Vec<Trade>, Reply> {
    let query = &asked.query;
    let count = limit(query)?.min(asked.twist.at_most.unwrap_or(u64::MAX));
    let from_id = number(query, "fromId")?;
    let (from, to) = (number(query, "startTime")?, number(query, "endTime")?);
    if let Some(id) = from_id {
        if from.is_some() || to.is_some() {
            return Err(error(
                400,
                -1128,
                "Combination of optional parameters invalid.",
            ));
        }
        return Ok(tape.by_id(
            (id as u64).saturating_sub(asked.twist.repeat),
            count,
            asked.now,
        ));
    }
    let end = tape.before(to.unwrap_or(i64::MAX).min(asked.now).saturating_add(1));
    let start = match from {
        Some(from) => tape
            .before(from)
            .saturating_sub(asked.twist.repeat)
            .min(end),
        None => end.saturating_sub(count),
    };
    Ok(tape.by_time(start..end.min(start + count)))
}

/// Whether times are wanted in microseconds.
pub(crate) fn wants_micros(asked: &Asked) -> bool {
    asked.header("x-mbx-time-unit") == Some("MICROSECOND")
}

/// Adds a trade in the vendor's layout.
fn print(out: &mut String, trade: &Trade, micros: bool) {
    let Trade {
        id,
        ms,
        first,
        last,
        buyer_is_maker,
        ..
    } = trade;
    let ms = if micros { trade.micros() } else { *ms };
    let (price, quantity) = (Eight(trade.price), Eight(trade.quantity));
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        r#"{{"a":{id},"p":"{price}","q":"{quantity}","f":{first},"l":{last},"T":{ms},"m":{buyer_is_maker},"M":true}}"#
    );
}

/// A number in units of 10^-8, printed with eight digits as the exchange does.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Eight(pub(crate) i64);

impl std::fmt::Display for Eight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let units = self.0.unsigned_abs();
        write!(
            f,
            "{sign}{}.{:08}",
            units / 100_000_000,
            units % 100_000_000
        )
    }
}
