//! Tickers and best quotes: `GET /api/v5/market/ticker` of one instrument, `tickers` of all of a
//! type (the symbol is then `SPOT`, `SWAP`, `FUTURES` or `OPTION`), the live channels, and the best
//! level of a book.
//!
//! `vol24h` counts contracts, or base currency of spot pairs; `volCcy24h` base currency, or quote
//! currency of spot pairs. An empty text is nothing.

use common::Decimal;
use common::tables::{Quote, Rows, Ticker};
use serde::Deserialize;

use super::books;
use super::envelope::{self, Messages, Place};
use super::fields::{integer, optional, time};
use super::get;
use super::symbol::{self, Named, Namer};
use crate::ask::{Ask, Next, ParseError};
use crate::instrument::Kind;
use crate::json::scan::plain_object;
use crate::json::{Raw, Word};
use crate::source::Reply;

pub(super) const BUDGET: &str = "okx.tickers";

pub(super) fn ask(venue: String) -> Ask {
    if symbol::TYPES.contains(&venue.as_str()) {
        return get("/api/v5/market/tickers", BUDGET, vec![("instType", venue)]);
    }
    get("/api/v5/market/ticker", BUDGET, vec![("instId", venue)])
}

/// A ticker, a mark price or a book as it stands in a reply.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recorded<'a> {
    #[serde(default, borrow)]
    inst_id: Option<Word<'a>>,
    #[serde(borrow)]
    ts: Raw<'a>,
    #[serde(default, borrow)]
    last: Option<Raw<'a>>,
    #[serde(default, borrow)]
    open24h: Option<Raw<'a>>,
    #[serde(default, borrow)]
    high24h: Option<Raw<'a>>,
    #[serde(default, borrow)]
    low24h: Option<Raw<'a>>,
    #[serde(default, borrow)]
    bid_px: Option<Raw<'a>>,
    #[serde(default, borrow)]
    bid_sz: Option<Raw<'a>>,
    #[serde(default, borrow)]
    ask_px: Option<Raw<'a>>,
    #[serde(default, borrow)]
    ask_sz: Option<Raw<'a>>,
    #[serde(default, borrow)]
    vol24h: Option<Raw<'a>>,
    #[serde(default, borrow)]
    vol_ccy24h: Option<Raw<'a>>,
    #[serde(default, borrow)]
    mark_px: Option<Raw<'a>>,
    #[serde(default, borrow)]
    asks: Option<Vec<books::Level<'a>>>,
    #[serde(default, borrow)]
    bids: Option<Vec<books::Level<'a>>>,
    #[serde(default, borrow)]
    seq_id: Option<Raw<'a>>,
}

plain_object!(Recorded {
    "ts" => ts,
    or_default {
        "instId" => inst_id,
        "last" => last,
        "open24h" => open24h,
        "high24h" => high24h,
        "low24h" => low24h,
        "bidPx" => bid_px,
        "bidSz" => bid_sz,
        "askPx" => ask_px,
        "askSz" => ask_sz,
        "vol24h" => vol24h,
        "volCcy24h" => vol_ccy24h,
        "markPx" => mark_px,
        "asks" => asks,
        "bids" => bids,
        "seqId" => seq_id,
    }
});

/// All that a row can say.
#[derive(Debug)]
struct Read {
    ts: i64,
    sequence: i64,
    last: Option<Decimal>,
    open: Option<Decimal>,
    high: Option<Decimal>,
    low: Option<Decimal>,
    bid: Option<(Decimal, Decimal)>,
    ask: Option<(Decimal, Decimal)>,
    volume: Option<Decimal>,
    second_volume: Option<Decimal>,
    mark_price: Option<Decimal>,
}

fn read(row: &Recorded<'_>, place: Place) -> Result<Read, ParseError> {
    let told = |price, price_field, amount, amount_field| {
        let price = optional(price, place, price_field)?;
        let amount = optional(amount, place, amount_field)?;
        Ok(price.zip(amount))
    };
    let best = |levels: Option<&[books::Level<'_>]>, side| match levels {
        Some(levels) => books::levels(&levels[..levels.len().min(1)], place, side),
        None => Ok(Vec::new()),
    };
    let bid = best(row.bids.as_deref(), "bids")?.first().copied();
    let ask = best(row.asks.as_deref(), "asks")?.first().copied();
    let sequence = row.seq_id.map(|raw| integer(raw, place, ".seqId"));
    Ok(Read {
        ts: time(row.ts, place, ".ts")?,
        sequence: sequence.transpose()?.unwrap_or(0),
        last: optional(row.last, place, ".last")?,
        open: optional(row.open24h, place, ".open24h")?,
        high: optional(row.high24h, place, ".high24h")?,
        low: optional(row.low24h, place, ".low24h")?,
        bid: bid.or(told(row.bid_px, ".bidPx", row.bid_sz, ".bidSz")?),
        ask: ask.or(told(row.ask_px, ".askPx", row.ask_sz, ".askSz")?),
        volume: optional(row.vol24h, place, ".vol24h")?,
        second_volume: optional(row.vol_ccy24h, place, ".volCcy24h")?,
        mark_price: optional(row.mark_px, place, ".markPx")?,
    })
}

pub(super) fn parse_tickers(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    parse(reply, rows, push_ticker)
}

pub(super) fn parse_quotes(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    parse(reply, rows, push_quote)
}

fn parse(
    reply: &Reply<'_>,
    rows: &mut Rows,
    push: fn(&Named<'_>, &Read, &mut Rows),
) -> Result<Next, ParseError> {
    let messages: Messages<'_, Recorded<'_>> = envelope::read(reply.body)?;
    let mut all = Vec::with_capacity(messages.len());
    for (message, place, recorded) in messages.rows() {
        let inst_id = recorded.inst_id.as_ref().map(Word::as_str);
        all.push((inst_id, message.instrument(), read(recorded, place)?));
    }
    let mut namer = Namer::new(reply.item, reply.instruments);
    for (row, channel, read) in &all {
        push(namer.name(*row, *channel), read, rows);
    }
    Ok(Next::End)
}

fn push_ticker(named: &Named<'_>, read: &Read, rows: &mut Rows) {
    let spot = named.kind == Some(Kind::Spot);
    rows.push(&Ticker {
        source: super::NAME,
        symbol: &named.symbol,
        venue_symbol: &named.venue,
        ts: read.ts,
        last: read.last,
        open: read.open,
        high: read.high,
        low: read.low,
        bid_price: read.bid.map(|(price, _)| price),
        bid_amount: read.bid.map(|(_, amount)| amount),
        ask_price: read.ask.map(|(price, _)| price),
        ask_amount: read.ask.map(|(_, amount)| amount),
        volume: read.volume,
        quote_volume: read.second_volume.filter(|_| spot),
        mark_price: read.mark_price,
        index_price: None,
        open_interest: None,
        funding_rate: None,
    });
}

fn push_quote(named: &Named<'_>, read: &Read, rows: &mut Rows) {
    rows.push(&Quote {
        source: super::NAME,
        symbol: &named.symbol,
        venue_symbol: &named.venue,
        ts: read.ts,
        sequence: read.sequence,
        bid_price: read.bid.map(|(price, _)| price),
        bid_amount: read.bid.map(|(_, amount)| amount),
        ask_price: read.ask.map(|(price, _)| price),
        ask_amount: read.ask.map(|(_, amount)| amount),
        bid_exchange: None,
        ask_exchange: None,
        amount_unit: named.amount_unit(),
        tape: None,
        conditions: None,
    });
}
