//! Trades, aggregated or single: the columns of the first row tell which, as the four layouts of
//! the two markets differ in how many there are and where the taker's side stands.

use common::tables::Trade;

use super::rows::{self, Head, Sink};
use crate::ask::ParseError;
use crate::csv::{self, Line};
use crate::instrument::Unit;
use crate::source::Stream;

/// Where the columns stand; id, price and amount are the first three of every layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Layout {
    columns: usize,
    time: usize,
    buyer_is_maker: usize,
}

/// Aggregated trades have those of their first and last trade before the time.
const AGGREGATED: (usize, usize) = (5, 6);
/// Single trades have the quote amount before it.
const SINGLE: (usize, usize) = (4, 5);

impl Layout {
    fn of(row: &Line<'_>) -> Result<Self, ParseError> {
        let columns = row.width;
        let (time, buyer_is_maker) = match columns {
            8 => AGGREGATED,
            7 if csv::flag(row.bytes(SINGLE.1)).is_some() => SINGLE,
            7 => AGGREGATED,
            6 => SINGLE,
            _ => {
                let expected =
                    "trades: aggregated ones of 7 or 8 columns, or single ones of 6 or 7";
                return Err(row.refused(format_args!("{columns} columns"), expected));
            }
        };
        Ok(Self {
            columns,
            time,
            buyer_is_maker,
        })
    }
}

pub(super) fn read(
    body: &mut dyn Stream,
    head: &Head,
    mut sink: Sink<'_>,
) -> Result<(), ParseError> {
    let mut known = None;
    rows::each(body, |row| {
        let layout = match known {
            Some(layout) => layout,
            None => *known.insert(Layout::of(row)?),
        };
        push(row, layout, head, &mut sink)
    })
}

fn push(
    row: &Line<'_>,
    layout: Layout,
    head: &Head,
    sink: &mut Sink<'_>,
) -> Result<(), ParseError> {
    row.has(layout.columns)?;
    let (trade_id, ts) = (row.id(0)?, row.time(layout.time)?);
    let (price, amount) = (row.decimal(1)?, row.decimal(2)?);
    let buyer_is_maker = row.flag(layout.buyer_is_maker)?;
    if !head.window.contains(ts) {
        return Ok(());
    }
    let (base_amount, quote_amount) = Unit::Base.amounts(price, amount);
    sink.push(&Trade {
        source: head.source,
        symbol: &head.symbol,
        venue_symbol: &head.venue_symbol,
        trade_id,
        ts,
        price,
        amount,
        side: if buyer_is_maker { "sell" } else { "buy" },
        base_amount,
        quote_amount,
        flags: "",
        exchange: "",
    });
    Ok(())
}
