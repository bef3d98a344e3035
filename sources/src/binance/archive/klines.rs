//! Bars: the twelve columns of REST.

use common::tables::Kline;

use super::super::klines::Interval;
use super::market::Market;
use super::rows::{self, Head, Sink};
use crate::ask::ParseError;
use crate::source::{Reply, Stream};

const COLUMNS: usize = 12;
const NS_PER_MS: i64 = 1_000_000;

pub(super) fn read(
    market: Market,
    body: &mut dyn Stream,
    head: &Head,
    reply: &Reply<'_>,
    mut sink: Sink<'_>,
) -> Result<(), ParseError> {
    let asked = reply.item.param("interval");
    let named = market.interval(asked).map_err(|what| ParseError {
        at: "item".to_owned(),
        what,
    })?;
    // A saved file says itself how long its bars are.
    let mut interval = (!asked.is_empty()).then_some(named);
    rows::each(body, |row| {
        row.has(COLUMNS)?;
        let (open_time, close_time) = (row.time(0)?, row.time(6)?);
        let interval = interval.get_or_insert_with(|| {
            Interval::between(market.rest(), open_time, close_time).unwrap_or(named)
        });
        let bar = Kline {
            source: head.source,
            symbol: &head.symbol,
            venue_symbol: &head.venue_symbol,
            interval: interval.name,
            open_time,
            adjusted: "raw",
            open: row.decimal(1)?,
            high: row.decimal(2)?,
            low: row.decimal(3)?,
            close: row.decimal(4)?,
            volume: row.decimal(5)?,
            quote_volume: Some(row.decimal(7)?),
            trade_count: Some(row.count(8)?),
            taker_buy_volume: Some(row.decimal(9)?),
            taker_buy_quote_volume: Some(row.decimal(10)?),
            vwap: None,
            close_time: Some(close_time),
        };
        let is_closed = close_time.div_euclid(NS_PER_MS) < reply.fetched_at_ms;
        if is_closed && head.window.contains(open_time) {
            sink.push(&bar);
        }
        Ok(())
    })
}
