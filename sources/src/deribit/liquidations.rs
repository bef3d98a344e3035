//! Liquidations of Deribit: the trades that are flagged with one.
//!
//! `T`: the taker's order was the forced one, so its side is the trade's. `M`: the maker's was, on
//! the other side. `MT`: both, two rows. The lists of settlements and bankruptcies, which some
//! clients call liquidations, are none: they name no order.

use common::tables::{Liquidation, Rows};

use super::paging;
use super::reply::Who;
use super::trades::Read;
use crate::ask::{Next, ParseError};
use crate::source::Reply;

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let (mut page, next) = paging::read(reply)?;
    page.retain(|trade| trade.liquidation.is_some());
    for trade in &page {
        forced(trade)?;
    }
    paging::each(reply, &page, |who, trade, flags| {
        for (mark, side) in forced(trade).into_iter().flatten() {
            push(who, (trade, flags), (mark, side), rows);
        }
    });
    Ok(next)
}

/// The sides of the forced orders, each with what is put behind the trade's id to tell two of one
/// trade apart.
fn forced(trade: &Read<'_>) -> Result<Vec<(&'static str, &'static str)>, ParseError> {
    let opposite = if trade.side == "buy" { "sell" } else { "buy" };
    match trade.liquidation {
        None => Ok(Vec::new()),
        Some("T") => Ok(vec![("", trade.side)]),
        Some("M") => Ok(vec![("", opposite)]),
        Some("MT") => Ok(vec![("-M", opposite), ("-T", trade.side)]),
        Some(other) => Err(ParseError {
            at: format!("liquidation of trade {}", trade.id),
            what: format!("{other:?}, expected M, T or MT"),
        }),
    }
}

fn push(
    who: &Who<'_>,
    (trade, flags): (&Read<'_>, &mut String),
    (mark, side): (&str, &str),
    rows: &mut Rows,
) {
    trade.write_flags(flags);
    let (base_amount, quote_amount) = who.unit_at(trade.ts).amounts(trade.price, trade.amount);
    rows.push(&Liquidation {
        source: super::NAME,
        symbol: &who.symbol,
        venue_symbol: &who.venue,
        ts: trade.ts,
        liquidation_id: &format!("{}{mark}", trade.id),
        side,
        price: trade.price,
        amount: trade.amount,
        base_amount,
        quote_amount,
        flags,
    });
}
