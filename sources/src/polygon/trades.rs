//! Trades of Polygon: `GET /v3/trades/{ticker}`, and the layout of the retired
//! `/v2/ticks/stocks/trades`.
//!
//! A trade's id is unique per exchange and reporting facility only: `exchange` holds both numbers,
//! `4:202`, or that of the exchange alone. Trades that were cancelled or corrected later stay in the
//! tape; the `e` among the flags tells. `ts` is the time of the consolidated tape, by which the
//! vendor sorts and filters.

use common::tables::{Rows, Trade};
use common::{Decimal, Item};
use serde::Deserialize;

use super::next::Page;
use super::{NAME, PAGE, asked, get, ticker_of};
use crate::ask::{Ask, Next, ParseError, Refusal};
use crate::json::scan::plain_object;
use crate::json::{self, Raw, Word};
use crate::source::Reply;
use crate::window::Window;

pub(super) fn ask(item: &Item) -> Result<Ask, Refusal> {
    let (window, ticker) = asked(item)?;
    Ok(page("trades", ticker, window.bounds_ns()))
}

/// The first page of ticks of a slice of nanoseconds, oldest first.
pub(super) fn page(kind: &str, ticker: &str, (from, to): (i64, i64)) -> Ask {
    let query = vec![
        ("timestamp.gte", from.to_string()),
        ("timestamp.lt", to.to_string()),
        ("order", "asc".to_owned()),
        ("sort", "timestamp".to_owned()),
        ("limit", PAGE.to_owned()),
    ];
    get(format!("/v3/{kind}/{ticker}"), query)
}

/// A trade as it stands in a reply.
#[derive(Debug, Deserialize)]
pub(super) struct Recorded<'a> {
    #[serde(alias = "t")]
    pub(super) sip_timestamp: i64,
    #[serde(default, alias = "q")]
    pub(super) sequence_number: i64,
    #[serde(borrow, alias = "i")]
    id: Word<'a>,
    #[serde(alias = "x")]
    exchange: i64,
    #[serde(default, alias = "r")]
    trf_id: Option<i64>,
    #[serde(default, alias = "z")]
    tape: Option<i64>,
    #[serde(borrow, alias = "p")]
    price: Raw<'a>,
    #[serde(borrow, alias = "s")]
    size: Raw<'a>,
    #[serde(borrow, default, alias = "c")]
    conditions: Option<Raw<'a>>,
    #[serde(default, alias = "e")]
    pub(super) correction: Option<i64>,
}

plain_object!(Recorded {
    "sip_timestamp" | "t" => sip_timestamp,
    "id" | "i" => id,
    "exchange" | "x" => exchange,
    "price" | "p" => price,
    "size" | "s" => size,
    or_default {
        "sequence_number" | "q" => sequence_number,
        "trf_id" | "r" => trf_id,
        "tape" | "z" => tape,
        "conditions" | "c" => conditions,
        "correction" | "e" => correction,
    }
});

impl Recorded<'_> {
    /// Price and size.
    pub(super) fn figures(&self, row: usize) -> Result<(Decimal, Decimal), ParseError> {
        Ok((
            json::decimal(self.price, || format!("results[{row}].price"))?,
            json::decimal(self.size, || format!("results[{row}].size"))?,
        ))
    }

    /// The codes of its conditions.
    pub(super) fn conditions(&self, row: usize) -> Result<Codes<'_>, ParseError> {
        Codes::of(self.conditions).ok_or_else(|| ParseError {
            at: format!("results[{row}].conditions"),
            what: "no list of whole numbers, expected one such as [12,37]".to_owned(),
        })
    }

    fn write_exchange(&self, text: &mut String) {
        text.clear();
        // Writing to a String cannot fail.
        push_number("", self.exchange, text);
        if let Some(trf) = self.trf_id {
            push_number(":", trf, text);
        }
    }

    fn write_flags(&self, codes: Codes<'_>, text: &mut String) {
        text.clear();
        push_number("q=", self.sequence_number, text);
        if let Some(tape) = self.tape {
            push_number(",z=", tape, text);
        }
        if !codes.is_empty() {
            text.push_str(",c=");
            codes.write('+', text);
        }
        if let Some(correction) = self.correction {
            push_number(",e=", correction, text);
        }
    }
}

fn push_number(before: &str, number: i64, text: &mut String) {
    text.push_str(before);
    text.push_str(itoa::Buffer::new().format(number));
}

/// Condition codes, as the text of a JSON list of whole numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Codes<'a>(&'a str);

impl<'a> Codes<'a> {
    /// `None` where the text is another one.
    pub(super) fn of(raw: Option<Raw<'a>>) -> Option<Self> {
        let text = raw.map_or("[]", Raw::get);
        let inner = match text {
            "null" => "",
            text => text.strip_prefix('[')?.strip_suffix(']')?.trim(),
        };
        let codes = Self(inner);
        let whole = inner.is_empty()
            || inner
                .split(',')
                .all(|code| code.trim().parse::<i64>().is_ok());
        whole.then_some(codes)
    }

    /// One after the other.
    pub(super) fn each(self) -> impl Iterator<Item = i64> + 'a {
        self.0
            .split(',')
            .filter_map(|code| code.trim().parse().ok())
    }

    fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Adds them, with something between.
    pub(super) fn write(self, between: char, text: &mut String) {
        for (place, code) in self.0.split(',').enumerate() {
            if place > 0 {
                text.push(between);
            }
            text.push_str(code.trim());
        }
    }
}

struct Read<'a> {
    recorded: &'a Recorded<'a>,
    price: Decimal,
    amount: Decimal,
    codes: Codes<'a>,
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let page = Page::<Recorded<'_>>::read(reply.body)?;
    let window = Window::of(reply.item);
    let mut trades = Vec::with_capacity(page.rows().len());
    for (row, recorded) in page.rows().iter().enumerate() {
        let (price, amount) = recorded.figures(row)?;
        let codes = recorded.conditions(row)?;
        trades.push(Read {
            recorded,
            price,
            amount,
            codes,
        });
    }
    let next = page.next(reply.cursor, None)?;
    let ticker = ticker_of(reply.item)
        .or(page.ticker.as_deref())
        .or_else(|| page.ticker_in_next())
        .unwrap_or_default();
    let (mut exchange, mut flags) = (String::new(), String::new());
    let inside = trades
        .iter()
        .filter(|trade| window.contains(trade.recorded.sip_timestamp));
    for trade in inside {
        trade.recorded.write_exchange(&mut exchange);
        trade.recorded.write_flags(trade.codes, &mut flags);
        rows.push(&Trade {
            source: NAME,
            symbol: ticker,
            venue_symbol: ticker,
            trade_id: trade.recorded.id.as_str(),
            ts: trade.recorded.sip_timestamp,
            price: trade.price,
            amount: trade.amount,
            side: "unknown",
            base_amount: Some(trade.amount),
            quote_amount: trade.price.checked_mul(trade.amount),
            flags: &flags,
            exchange: &exchange,
        });
    }
    Ok(next)
}
