//! Quotes of Alpaca: `GET /v2/stocks/quotes`, its latest quotes and those of snapshots.
//!
//! The vendor numbers no quotes: of those with one time the first has number 0, the next 1 and so
//! on, over page edges too; symbol, time and count of the last one travel in the cursor. Amounts
//! are round lots, 100 shares or fewer as the share's price says. A side without a quote has price
//! and size 0 and becomes nothing, though its exchange may be named.

use std::borrow::Cow;

use common::Decimal;
use common::tables::{Quote, Rows};
use serde::Deserialize;

use super::NAME;
use super::page::{self, Page};
use super::trades::Conditions;
use crate::ask::{Next, ParseError};
use crate::instant;
use crate::json::scan::plain_object;
use crate::json::{self, Raw};
use crate::source::Reply;
use crate::window::Window;

/// A quote as it stands in a reply.
#[derive(Debug, Deserialize)]
struct Recorded<'a> {
    #[serde(borrow)]
    t: Cow<'a, str>,
    #[serde(borrow, default)]
    ax: Cow<'a, str>,
    #[serde(borrow)]
    ap: Raw<'a>,
    #[serde(borrow, rename = "as")]
    asize: Raw<'a>,
    #[serde(borrow, default)]
    bx: Cow<'a, str>,
    #[serde(borrow)]
    bp: Raw<'a>,
    #[serde(borrow)]
    bs: Raw<'a>,
    #[serde(borrow, default)]
    c: Option<Raw<'a>>,
    #[serde(borrow, default)]
    z: Option<Cow<'a, str>>,
}

plain_object!(Recorded {
    "t" => t,
    "ap" => ap,
    "as" => asize,
    "bp" => bp,
    "bs" => bs,
    or_default { "ax" => ax, "bx" => bx, "c" => c, "z" => z, }
});

/// Price and size of a side.
type Side = Option<(Decimal, Decimal)>;

struct Read<'a> {
    recorded: &'a Recorded<'a>,
    ts: i64,
    sequence: i64,
    bid: Side,
    ask: Side,
    conditions: Conditions<'a>,
}

impl<'a> Read<'a> {
    fn of(recorded: &'a Recorded<'a>, symbol: &str, row: usize) -> Result<Self, ParseError> {
        let at = |name: &str| format!("quotes.{symbol}[{row}].{name}");
        let side = |price, size, names: [&str; 2]| -> Result<Side, ParseError> {
            let price = json::decimal(price, || at(names[0]))?;
            let size = json::decimal(size, || at(names[1]))?;
            let is_empty = price == Decimal::ZERO && size == Decimal::ZERO;
            Ok((!is_empty).then_some((price, size)))
        };
        let conditions = Conditions::of(recorded.c).ok_or_else(|| ParseError {
            at: at("c"),
            what: "no list of texts, expected one such as [\"R\"]".to_owned(),
        })?;
        Ok(Self {
            recorded,
            ts: instant::rfc3339(&recorded.t, || at("t"))?,
            sequence: 0,
            bid: side(recorded.bp, recorded.bs, ["bp", "bs"])?,
            ask: side(recorded.ap, recorded.asize, ["ap", "as"])?,
            conditions,
        })
    }
}

/// The last quote of a page: how many of its time there were.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Last {
    symbol: String,
    ts: i64,
    count: i64,
}

impl Last {
    fn from_text(text: &str) -> Option<Self> {
        let mut parts = text.split('|');
        let last = Self {
            symbol: parts.next()?.to_owned(),
            ts: parts.next()?.parse().ok()?,
            count: parts.next()?.parse().ok()?,
        };
        parts.next().is_none().then_some(last)
    }

    fn to_text(&self) -> String {
        format!("{}|{}|{}", self.symbol, self.ts, self.count)
    }

    /// The number of a quote, which becomes the last one.
    fn number(last: &mut Option<Self>, symbol: &str, ts: i64) -> i64 {
        match last {
            Some(last) if last.ts == ts && last.symbol == symbol => {
                last.count += 1;
                last.count - 1
            }
            Some(last) if last.symbol == symbol => {
                (last.ts, last.count) = (ts, 1);
                0
            }
            _ => {
                *last = Some(Self {
                    symbol: symbol.to_owned(),
                    ts,
                    count: 1,
                });
                0
            }
        }
    }
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let page = Page::<Recorded<'_>>::read(reply.body, &["latestQuote"])?;
    let before = page::carried(reply).map(|text| {
        Last::from_text(text).ok_or_else(|| ParseError {
            at: "cursor".to_owned(),
            what: format!("{text:?}, expected the last quote of the page before"),
        })
    });
    let mut last = before.transpose()?;
    let mut symbols = Vec::with_capacity(page.symbols.len());
    for of in &page.symbols {
        let symbol = page::symbol(&of.symbol, reply.item);
        let mut quotes = Vec::with_capacity(of.rows.len());
        for (row, recorded) in of.rows.iter().enumerate() {
            let mut quote = Read::of(recorded, symbol, row)?;
            quote.sequence = Last::number(&mut last, symbol, quote.ts);
            quotes.push(quote);
        }
        symbols.push((symbol, quotes));
    }
    let next = page.next(reply.cursor, last.as_ref().map(Last::to_text))?;
    let window = Window::of(reply.item);
    let mut conditions = String::new();
    for (symbol, quotes) in &symbols {
        for quote in quotes.iter().filter(|quote| window.contains(quote.ts)) {
            conditions.clear();
            quote.conditions.write(',', &mut conditions);
            push(quote, symbol, &conditions, rows);
        }
    }
    Ok(next)
}

fn push(quote: &Read<'_>, symbol: &str, conditions: &str, rows: &mut Rows) {
    fn named(text: &str) -> Option<&str> {
        (!text.trim().is_empty()).then_some(text)
    }
    let recorded = quote.recorded;
    rows.push(&Quote {
        source: NAME,
        symbol,
        venue_symbol: symbol,
        ts: quote.ts,
        sequence: quote.sequence,
        bid_price: quote.bid.map(|(price, _)| price),
        bid_amount: quote.bid.map(|(_, size)| size),
        ask_price: quote.ask.map(|(price, _)| price),
        ask_amount: quote.ask.map(|(_, size)| size),
        bid_exchange: named(&recorded.bx),
        ask_exchange: named(&recorded.ax),
        amount_unit: "lots",
        tape: recorded.z.as_ref().and_then(|tape| named(tape)),
        conditions: (!quote.conditions.is_empty()).then_some(conditions),
    });
}
