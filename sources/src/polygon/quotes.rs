//! Quotes of Polygon: `GET /v3/quotes/{ticker}`, and the layout of the retired
//! `/v2/ticks/stocks/nbbo`.
//!
//! A side without a quote has price, size and exchange 0 and becomes nothing. Sizes are round lots
//! before 2025-11-03 (New York), shares from that day on.

use common::tables::{Quote, Rows};
use common::{Decimal, Item};
use serde::Deserialize;

use super::next::Page;
use super::trades::{Codes, page as ask_page};
use super::{NAME, asked, ticker_of};
use crate::ask::{Ask, Next, ParseError, Refusal};
use crate::json::scan::plain_object;
use crate::json::{self, Raw};
use crate::source::Reply;
use crate::window::Window;

/// Midnight of 2025-11-03 in New York, nanoseconds since 1970.
const SHARES_FROM: i64 = 1_762_146_000_000_000_000;

pub(super) fn ask(item: &Item) -> Result<Ask, Refusal> {
    let (window, ticker) = asked(item)?;
    Ok(ask_page("quotes", ticker, window.bounds_ns()))
}

/// A quote as it stands in a reply. Fields of an empty side may be left out.
#[derive(Debug, Deserialize)]
struct Recorded<'a> {
    #[serde(alias = "t")]
    sip_timestamp: i64,
    #[serde(default, alias = "q")]
    sequence_number: i64,
    #[serde(borrow, default, alias = "p")]
    bid_price: Option<Raw<'a>>,
    #[serde(borrow, default, alias = "s")]
    bid_size: Option<Raw<'a>>,
    #[serde(default, alias = "x")]
    bid_exchange: Option<i64>,
    #[serde(borrow, default, alias = "P")]
    ask_price: Option<Raw<'a>>,
    #[serde(borrow, default, alias = "S")]
    ask_size: Option<Raw<'a>>,
    #[serde(default, alias = "X")]
    ask_exchange: Option<i64>,
    #[serde(default, alias = "z")]
    tape: Option<i64>,
    #[serde(borrow, default, alias = "c")]
    conditions: Option<Raw<'a>>,
}

plain_object!(Recorded {
    "sip_timestamp" | "t" => sip_timestamp,
    or_default {
        "sequence_number" | "q" => sequence_number,
        "bid_price" | "p" => bid_price,
        "bid_size" | "s" => bid_size,
        "bid_exchange" | "x" => bid_exchange,
        "ask_price" | "P" => ask_price,
        "ask_size" | "S" => ask_size,
        "ask_exchange" | "X" => ask_exchange,
        "tape" | "z" => tape,
        "conditions" | "c" => conditions,
    }
});

/// Price, size and exchange of a side.
#[derive(Debug, Clone, Copy, Default)]
struct Side {
    price: Option<Decimal>,
    size: Option<Decimal>,
    exchange: Option<i64>,
}

impl Side {
    fn of(
        price: Option<Raw<'_>>,
        size: Option<Raw<'_>>,
        exchange: Option<i64>,
        at: impl Fn(&str) -> String,
    ) -> Result<Self, ParseError> {
        let number = |raw: Option<Raw<'_>>, name: &str| match raw {
            Some(raw) => json::decimal(raw, || at(name)),
            None => Ok(Decimal::ZERO),
        };
        let (price, size) = (number(price, "price")?, number(size, "size")?);
        if price == Decimal::ZERO && size == Decimal::ZERO {
            return Ok(Self::default());
        }
        Ok(Self {
            price: Some(price),
            size: Some(size),
            exchange: exchange.filter(|exchange| *exchange != 0),
        })
    }
}

struct Read<'a> {
    recorded: &'a Recorded<'a>,
    bid: Side,
    ask: Side,
    conditions: Codes<'a>,
}

impl<'a> Read<'a> {
    fn of(recorded: &'a Recorded<'a>, row: usize) -> Result<Self, ParseError> {
        let Recorded {
            bid_price,
            bid_size,
            bid_exchange,
            ask_price,
            ask_size,
            ask_exchange,
            ..
        } = *recorded;
        let conditions = Codes::of(recorded.conditions).ok_or_else(|| ParseError {
            at: format!("results[{row}].conditions"),
            what: "no list of whole numbers, expected one such as [1]".to_owned(),
        })?;
        Ok(Self {
            recorded,
            bid: Side::of(bid_price, bid_size, bid_exchange, |name| {
                format!("results[{row}].bid_{name}")
            })?,
            ask: Side::of(ask_price, ask_size, ask_exchange, |name| {
                format!("results[{row}].ask_{name}")
            })?,
            conditions,
        })
    }
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let page = Page::<Recorded<'_>>::read(reply.body)?;
    let quotes = page.rows().iter().enumerate();
    let quotes = quotes
        .map(|(row, recorded)| Read::of(recorded, row))
        .collect::<Result<Vec<_>, _>>()?;
    let next = page.next(reply.cursor, None)?;
    let ticker = ticker_of(reply.item)
        .or(page.ticker.as_deref())
        .or_else(|| page.ticker_in_next())
        .unwrap_or_default();
    let window = Window::of(reply.item);
    let mut conditions = String::new();
    for quote in &quotes {
        let ts = quote.recorded.sip_timestamp;
        if window.contains(ts) {
            conditions.clear();
            quote.conditions.write(',', &mut conditions);
            push(quote, ticker, &conditions, rows);
        }
    }
    Ok(next)
}

fn push(quote: &Read<'_>, ticker: &str, conditions: &str, rows: &mut Rows) {
    let ts = quote.recorded.sip_timestamp;
    let mut digits = [itoa::Buffer::new(); 3];
    let [bid, ask, tape] = &mut digits;
    rows.push(&Quote {
        source: NAME,
        symbol: ticker,
        venue_symbol: ticker,
        ts,
        sequence: quote.recorded.sequence_number,
        bid_price: quote.bid.price,
        bid_amount: quote.bid.size,
        ask_price: quote.ask.price,
        ask_amount: quote.ask.size,
        bid_exchange: quote.bid.exchange.map(|exchange| bid.format(exchange)),
        ask_exchange: quote.ask.exchange.map(|exchange| ask.format(exchange)),
        amount_unit: if ts < SHARES_FROM { "lots" } else { "shares" },
        tape: quote.recorded.tape.map(|number| tape.format(number)),
        conditions: (!conditions.is_empty()).then_some(conditions),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_counted_from_a_midnight_of_new_york() {
        let day = "2025-11-03".parse().unwrap();
        assert_eq!(crate::new_york::midnight(day), SHARES_FROM);
    }
}
