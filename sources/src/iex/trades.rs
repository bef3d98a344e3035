//! Trades: the trade reports of TOPS or DEEP that were not broken later.

use std::fmt::Write as _;

use common::tables::{Rows, Trade};

use super::breaks::Broken;
use super::message::{self, SALE_FLAGS};
use super::tape::{self, Feeds, Wanted};
use super::{FLUSH, NAME};
use crate::ask::ParseError;
use crate::source::{Reply, Stream};
use crate::window::Window;

/// Calls `take` for every trade that is wanted and was not broken, in the order of the capture.
pub(super) fn each(
    body: &mut dyn Stream,
    wanted: &Wanted,
    mut take: impl FnMut(&message::Trade) -> Result<(), String>,
    mut sent: impl FnMut(i64),
) -> Result<(), ParseError> {
    let mut broken = Broken::find(body, wanted);
    tape::each(body, Feeds::ALL, |message| {
        sent(message.sent);
        if message.kind() != message::TRADE {
            return Ok(());
        }
        let trade = message.trade()?;
        if wanted.has(trade.of.symbol) && !broken.next_is_broken() {
            take(&trade)?;
        }
        Ok(())
    })
}

pub(super) fn parse(
    reply: &Reply<'_>,
    body: &mut dyn Stream,
    rows: &mut Rows,
    flush: &mut dyn FnMut(&mut Rows),
) -> Result<(), ParseError> {
    let (window, wanted) = (Window::of(reply.item), Wanted::of(reply)?);
    let words = message::words(&SALE_FLAGS);
    let mut id = String::new();
    let take = |trade: &message::Trade| {
        if window.contains(trade.of.ts) {
            id.clear();
            write!(id, "{}", trade.id).expect("writing to a String cannot fail");
            push(trade, &id, &words, rows);
            if rows.len() >= FLUSH {
                flush(rows);
            }
        }
        Ok(())
    };
    each(body, &wanted, take, |_| {})
}

fn push(trade: &message::Trade, id: &str, words: &[String], rows: &mut Rows) {
    let (price, amount) = (message::price(trade.price), message::shares(trade.size));
    rows.push(&Trade {
        source: NAME,
        symbol: trade.of.symbol.as_str(),
        venue_symbol: trade.of.symbol.as_str(),
        trade_id: id,
        ts: trade.of.ts,
        price,
        amount,
        side: "unknown",
        base_amount: Some(amount),
        quote_amount: price.checked_mul(amount),
        flags: &words[usize::from(trade.of.flags)],
        exchange: "",
    });
}
