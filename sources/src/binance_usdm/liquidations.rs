//! Forced orders: nothing can be asked for any more, but what was saved can be read.
//!
//! Two layouts are left: the list of `allForceOrders`, stopped in April 2021, and the frames of the
//! live channel `forceOrder`, of which the vendor sends at most one a second and symbol. None has
//! an id, so the time and the order itself tell them apart.

use common::Decimal;
use common::tables::{Liquidation, Rows};
use serde::Deserialize;

use super::MARKET;
use crate::ask::{Next, ParseError};
use crate::binance::live;
use crate::binance::page::{self, Page, decimal, optional};
use crate::json::scan::plain_object;
use crate::json::{Raw, Word};
use crate::source::Reply;
use crate::window::Window;

/// Why there are none to ask for, and what is left.
pub(super) const GONE: &str = "not available from this vendor: forced orders of the whole market \
    are not served over REST since April 2021 and the archive has removed its files; what is left \
    is the live channel forceOrder, and other vendors' recordings of it";

/// An order of either layout; a frame has it in `o`.
#[derive(Debug, Deserialize)]
struct Recorded<'a> {
    #[serde(borrow, alias = "symbol")]
    s: Word<'a>,
    #[serde(rename = "S", alias = "side", borrow)]
    side: Word<'a>,
    /// The order's own price; `ap` is what it was filled at.
    #[serde(borrow, alias = "price")]
    p: Raw<'a>,
    #[serde(borrow, alias = "averagePrice", alias = "avragePrice")]
    ap: Option<Raw<'a>>,
    #[serde(borrow, alias = "origQty")]
    q: Raw<'a>,
    #[serde(rename = "X", alias = "status", borrow)]
    status: Option<Word<'a>>,
    #[serde(rename = "T", alias = "time")]
    time: i64,
}

plain_object!(Recorded {
    "s" | "symbol" => s,
    "S" | "side" => side,
    "p" | "price" => p,
    "q" | "origQty" => q,
    "T" | "time" => time,
    or_default {
        "ap" | "averagePrice" | "avragePrice" => ap,
        "X" | "status" => status,
    }
});

struct Read {
    ts: i64,
    side: &'static str,
    price: Decimal,
    amount: Decimal,
    /// The state of the order and the average price of what was filled.
    flags: String,
}

/// A frame of the live channel.
#[derive(Debug, Deserialize)]
struct Frame<'a> {
    #[serde(borrow)]
    o: Recorded<'a>,
}

plain_object!(Frame {
    "o" => o,
    or_default {}
});

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let page = if live::is_one(reply.body) {
        page::read(reply.body)?.map(|frame: Frame<'_>| frame.o)
    } else {
        page::read(reply.body)?
    };
    let read = page
        .rows
        .iter()
        .enumerate()
        .map(|(row, order)| order.read(&page, row))
        .collect::<Result<Vec<_>, _>>()?;
    let window = Window::of(reply.item);
    let mut namer = MARKET.namer(reply);
    for (order, row) in page.rows.iter().zip(read) {
        if !window.contains(row.ts) {
            continue;
        }
        let names = namer.of(order.s.as_str());
        let id = format!(
            "{}-{}-{}-{}",
            row.ts / 1_000_000,
            row.side,
            row.price,
            row.amount
        );
        rows.push(&Liquidation {
            source: MARKET.name,
            symbol: &names.symbol,
            venue_symbol: &names.venue_symbol,
            ts: row.ts,
            liquidation_id: &id,
            side: row.side,
            price: row.price,
            amount: row.amount,
            base_amount: Some(row.amount),
            quote_amount: row.price.checked_mul(row.amount),
            flags: &row.flags,
        });
    }
    Ok(Next::End)
}

impl Recorded<'_> {
    fn read(&self, page: &Page<Recorded<'_>>, row: usize) -> Result<Read, ParseError> {
        let at = |field: &str| page.at(row, field);
        let side = match self.side.as_str() {
            "BUY" => "buy",
            "SELL" => "sell",
            other => {
                return Err(ParseError {
                    at: at("S"),
                    what: format!("{other:?}, expected BUY or SELL"),
                });
            }
        };
        let status = self
            .status
            .as_ref()
            .map(|status| status.as_str().to_lowercase());
        let average = optional(self.ap, || at("ap"))?.map(|price| format!("average={price}"));
        Ok(Read {
            ts: page::time(self.time, || at("T"))?,
            side,
            price: decimal(self.p, || at("p"))?,
            amount: decimal(self.q, || at("q"))?,
            flags: status
                .into_iter()
                .chain(average)
                .collect::<Vec<_>>()
                .join(","),
        })
    }
}
