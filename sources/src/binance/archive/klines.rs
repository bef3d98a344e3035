//! Bars: the twelve columns of REST.

use common::tables::Kline;

use super::super::klines::Interval;
use super::csv::{self, Row};
use super::market::Market;
use super::rows::{Head, Sink};
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
    let interval = market
        .interval(reply.item.param("interval"))
        .map_err(|what| ParseError {
            at: "item".to_owned(),
            what,
        })?;
    csv::read(body, |row| {
        let bar = bar(row, interval, head)?;
        let closed = |close: i64| close.div_euclid(NS_PER_MS) < reply.fetched_at_ms;
        if head.window.contains(bar.open_time) && bar.close_time.is_none_or(closed) {
            sink.push(&bar);
        }
        Ok(())
    })
}

fn bar<'a>(row: &Row<'_>, interval: Interval, head: &'a Head) -> Result<Kline<'a>, ParseError> {
    row.has(COLUMNS)?;
    Ok(Kline {
        source: head.source,
        symbol: &head.symbol,
        venue_symbol: &head.venue_symbol,
        interval: interval.name,
        open_time: row.time(0)?,
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
        close_time: Some(row.time(6)?),
    })
}
