//! A trade of Deribit: how it stands in a reply, and as a row.
//!
//! Amounts are used as they are: they already count US dollars or base currency, and multiplying
//! them by the size of a contract would be wrong. A trade by which an order on a combination was
//! filled is in the combination's trades and once more in those of each leg, with the
//! combination's name in `flags`; legs that stand inside a combination's trade are left to their
//! own instruments.

use common::Decimal;
use common::tables::{Rows, Trade};
use serde::Deserialize;

use super::reply::Who;
use super::{number, paging};
use crate::ask::{Next, ParseError};
use crate::json::Raw;
use crate::json::scan::plain_object;
use crate::source::Reply;

/// A trade as it stands in a reply.
#[derive(Debug, Deserialize)]
pub(super) struct Recorded<'a> {
    /// Contiguous per instrument.
    #[serde(default)]
    trade_seq: Option<u64>,
    #[serde(borrow)]
    trade_id: Raw<'a>,
    timestamp: i64,
    #[serde(borrow)]
    price: Raw<'a>,
    #[serde(borrow)]
    amount: Raw<'a>,
    direction: &'a str,
    #[serde(default)]
    instrument_name: Option<&'a str>,
    #[serde(default)]
    tick_direction: Option<i64>,
    #[serde(default)]
    liquidation: Option<&'a str>,
    #[serde(default, borrow)]
    block_trade_id: Option<Raw<'a>>,
    #[serde(default, borrow)]
    block_rfq_id: Option<Raw<'a>>,
    #[serde(default, borrow)]
    combo_id: Option<Raw<'a>>,
    #[serde(default, borrow)]
    combo_trade_id: Option<Raw<'a>>,
}

plain_object!(Recorded {
    "trade_id" => trade_id,
    "timestamp" => timestamp,
    "price" => price,
    "amount" => amount,
    "direction" => direction,
    or_default {
        "trade_seq" => trade_seq,
        "instrument_name" => instrument_name,
        "tick_direction" => tick_direction,
        "liquidation" => liquidation,
        "block_trade_id" => block_trade_id,
        "block_rfq_id" => block_rfq_id,
        "combo_id" => combo_id,
        "combo_trade_id" => combo_trade_id,
    }
});

/// A trade, understood.
#[derive(Debug)]
pub(super) struct Read<'a> {
    pub(super) seq: Option<u64>,
    pub(super) id: &'a str,
    pub(super) ts: i64,
    pub(super) price: Decimal,
    pub(super) amount: Decimal,
    /// The taker's.
    pub(super) side: &'static str,
    pub(super) instrument: Option<&'a str>,
    /// Whose position was liquidated: the maker's `M`, the taker's `T`, or both `MT`.
    pub(super) liquidation: Option<&'a str>,
    tick_direction: Option<i64>,
    block_trade: Option<&'a str>,
    block_rfq: Option<&'a str>,
    combo: Option<&'a str>,
    combo_trade: Option<&'a str>,
}

impl<'a> Read<'a> {
    pub(super) fn of(recorded: &Recorded<'a>, path: &str, row: usize) -> Result<Self, ParseError> {
        let at = |field: &str| format!("{path}[{row}].{field}");
        let side = known_side(recorded.direction).ok_or_else(|| ParseError {
            at: at("direction"),
            what: format!("{:?}, expected buy or sell", recorded.direction),
        })?;
        Ok(Self {
            seq: recorded.trade_seq,
            id: recorded.trade_id.digits(),
            ts: number::ns_of_ms(recorded.timestamp, || at("timestamp"))?,
            price: number::exact(recorded.price, || at("price"))?,
            amount: number::exact(recorded.amount, || at("amount"))?,
            side,
            instrument: recorded.instrument_name,
            liquidation: recorded.liquidation,
            tick_direction: recorded.tick_direction,
            block_trade: recorded.block_trade_id.map(Raw::digits),
            block_rfq: recorded.block_rfq_id.map(Raw::digits),
            combo: recorded.combo_id.map(Raw::digits),
            combo_trade: recorded.combo_trade_id.map(Raw::digits),
        })
    }

    /// `liquidation=T,block_trade=...,combo=...,combo_trade=...,tick=0`.
    pub(super) fn write_flags(&self, flags: &mut String) {
        use std::fmt::Write as _;
        let tags = [
            ("liquidation", self.liquidation),
            ("block_trade", self.block_trade),
            ("block_rfq", self.block_rfq),
            ("combo", self.combo),
            ("combo_trade", self.combo_trade),
        ];
        flags.clear();
        for (tag, value) in tags {
            if let Some(value) = value {
                let comma = if flags.is_empty() { "" } else { "," };
                write!(flags, "{comma}{tag}={value}").expect("writing to a String cannot fail");
            }
        }
        if let Some(tick) = self.tick_direction {
            let comma = if flags.is_empty() { "" } else { "," };
            write!(flags, "{comma}tick={tick}").expect("writing to a String cannot fail");
        }
    }
}

/// The word for it, where it is one.
fn known_side(text: &str) -> Option<&'static str> {
    ["buy", "sell"].into_iter().find(|side| *side == text)
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let (page, next) = paging::read(reply)?;
    paging::each(reply, &page, |who, trade, flags| {
        push(who, trade, flags, rows)
    });
    Ok(next)
}

fn push(who: &Who<'_>, trade: &Read<'_>, flags: &mut String, rows: &mut Rows) {
    trade.write_flags(flags);
    let (base_amount, quote_amount) = who.unit_at(trade.ts).amounts(trade.price, trade.amount);
    rows.push(&Trade {
        source: super::NAME,
        symbol: &who.symbol,
        venue_symbol: &who.venue,
        trade_id: trade.id,
        ts: trade.ts,
        price: trade.price,
        amount: trade.amount,
        side: trade.side,
        base_amount,
        quote_amount,
        flags,
        exchange: "",
    });
}
