//! Quotes: the quote updates of TOPS. Sizes are shares; a side on which nothing stands is empty,
//! where the vendor writes a price and a size of 0.

use common::Decimal;
use common::tables::{Quote, Rows};

use super::message::{self, QUOTE_FLAGS};
use super::tape::{self, Feeds, Wanted};
use super::{FLUSH, NAME};
use crate::ask::ParseError;
use crate::source::{Reply, Stream};
use crate::window::Window;

pub(super) fn parse(
    reply: &Reply<'_>,
    body: &mut dyn Stream,
    rows: &mut Rows,
    flush: &mut dyn FnMut(&mut Rows),
) -> Result<(), ParseError> {
    let (window, wanted) = (Window::of(reply.item), Wanted::of(reply)?);
    let words = message::words(&QUOTE_FLAGS);
    tape::each(body, Feeds::TOPS, |message| {
        if message.kind() != message::QUOTE {
            return Ok(());
        }
        let quote = message.quote()?;
        if wanted.has(quote.of.symbol) && window.contains(quote.of.ts) {
            push(&quote, message.sequence, &words, rows);
            if rows.len() >= FLUSH {
                flush(rows);
            }
        }
        Ok(())
    })
}

fn push(quote: &message::Quote, sequence: i64, words: &[String], rows: &mut Rows) {
    let (bid_price, bid_amount) = side(quote.bid);
    let (ask_price, ask_amount) = side(quote.ask);
    let conditions = words[usize::from(quote.of.flags)].as_str();
    rows.push(&Quote {
        source: NAME,
        symbol: quote.of.symbol.as_str(),
        venue_symbol: quote.of.symbol.as_str(),
        ts: quote.of.ts,
        sequence,
        bid_price,
        bid_amount,
        ask_price,
        ask_amount,
        bid_exchange: None,
        ask_exchange: None,
        amount_unit: "shares",
        tape: None,
        conditions: (!conditions.is_empty()).then_some(conditions),
    });
}

fn side((size, price): (u32, i64)) -> (Option<Decimal>, Option<Decimal>) {
    if (size, price) == (0, 0) {
        return (None, None);
    }
    (Some(message::price(price)), Some(message::shares(size)))
}
