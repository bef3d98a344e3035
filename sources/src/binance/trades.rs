//! Trades, aggregated by the vendor: `aggTrades`.
//!
//! The first page of an item is asked by time, all others by id: ids are contiguous per symbol, so
//! no row can fall between two pages, and rows of one millisecond that span two pages do no harm.
//! An item ends when a row at or past its end was seen, or when a page is empty; a short page
//! proves nothing. The raw layout of `trades`, `historicalTrades` and `historicalBlockTrades` is read
//! too, for saved replies; the names of its fields tell it.
//!
//! `flags` stays empty: the ids of the first and last raw trade would cost more bytes a row than
//! anything else in it.

use common::Decimal;
use common::tables::{Rows, Trade};
use serde::Deserialize;

use super::market::{Market, check_reach, no_progress};
use super::page::{self, decimal};
use super::{PAGE, TRADES};
use crate::ask::{Ask, Cursor, Next, ParseError, Refusal};
use crate::json::scan::{self, Scan, once};
use crate::json::{self, Raw};
use crate::source::Reply;
use crate::window::Window;

pub(crate) fn ask(
    market: &Market,
    window: Window,
    venue_symbol: String,
    cursor: &Cursor,
) -> Result<Ask, Refusal> {
    let mut query = vec![("symbol", venue_symbol)];
    match cursor {
        Cursor::Start => {
            let (first, last) = (window.first_ms(), window.last_ms());
            check_span(market, last - first)?;
            query.push(("startTime", first.to_string()));
            query.push(("endTime", last.to_string()));
        }
        Cursor::Id(id) => query.push(("fromId", id.to_string())),
        other => return Err(market.wrong_cursor(TRADES, other)),
    }
    query.push(("limit", PAGE.to_string()));
    Ok(market.get("aggTrades", query, market.trades_weight))
}

fn check_span(market: &Market, span: i64) -> Result<(), Refusal> {
    match market.trades_span {
        Some(most) if span >= most => Err(Refusal(format!(
            "{} gives trades of less than {} minutes at once: use a shorter slice",
            market.name,
            most / 60_000
        ))),
        _ => Ok(()),
    }
}

/// A trade as it stands in a reply, aggregated or raw.
#[derive(Debug, Deserialize)]
struct Recorded<'a> {
    #[serde(alias = "id")]
    a: u64,
    #[serde(borrow, alias = "price")]
    p: Raw<'a>,
    #[serde(borrow, alias = "qty")]
    q: Raw<'a>,
    #[serde(rename = "T", alias = "time")]
    t: i64,
    /// Whether the buyer was the maker. Some recordings lack it.
    #[serde(default, alias = "isBuyerMaker")]
    m: Option<bool>,
}

struct Read {
    id: u64,
    ts: i64,
    price: Decimal,
    amount: Decimal,
    side: &'static str,
}

impl Read {
    fn of(recorded: &Recorded<'_>, row: usize) -> Result<Self, ParseError> {
        Ok(Self {
            id: recorded.a,
            ts: page::time(recorded.t, || format!("[{row}].T"))?,
            price: decimal(recorded.p, || format!("[{row}].p"))?,
            amount: decimal(recorded.q, || format!("[{row}].q"))?,
            side: side(recorded.m),
        })
    }

    /// The same from the text at once, where it is as plain as the vendor writes it.
    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        let (mut id, mut ts, mut price, mut amount, mut maker) = (None, None, None, None, None);
        scan.object(|scan, name| match name {
            "a" | "id" => once(&mut id, scan.unsigned()),
            "p" | "price" => once(&mut price, scan.decimal()),
            "q" | "qty" => once(&mut amount, scan.decimal()),
            "T" | "time" => once(&mut ts, scan.integer()),
            "m" | "isBuyerMaker" => once(&mut maker, scan.flag()),
            _ => scan.raw().map(drop),
        })?;
        Some(Self {
            id: id?,
            ts: page::time(ts?, String::new).ok()?,
            price: price?,
            amount: amount?,
            side: side(maker),
        })
    }
}

/// The taker's.
fn side(buyer_was_maker: Option<bool>) -> &'static str {
    match buyer_was_maker {
        Some(true) => "sell",
        Some(false) => "buy",
        None => "unknown",
    }
}

pub(crate) fn parse(
    market: &Market,
    reply: &Reply<'_>,
    rows: &mut Rows,
) -> Result<Next, ParseError> {
    let mut page = read(reply.body)?;
    in_order_once(&mut page);
    let Some(last) = page.last() else {
        if let (Cursor::Start, Some(reach)) = (reply.cursor, market.trades_reach) {
            check_reach(reply, reach)?;
        }
        return Ok(Next::End);
    };
    let next = last.id.saturating_add(1);
    let window = Window::of(reply.item);
    let first = match reply.cursor {
        Cursor::Id(id) if next <= *id => return Err(no_progress(format_args!("id {id}"))),
        Cursor::Id(id) => *id,
        _ => 0,
    };
    let wanted = page
        .iter()
        .filter(|trade| trade.id >= first && window.contains(trade.ts));
    push(market, reply, wanted, rows);
    let past_the_end = page.iter().any(|trade| window.ends_before(trade.ts));
    Ok(if past_the_end {
        Next::End
    } else {
        Next::More(Cursor::Id(next))
    })
}

fn read(body: &[u8]) -> Result<Vec<Read>, ParseError> {
    if let Some(page) = scan::all(body, |scan| scan.list(Read::scan)) {
        return Ok(page);
    }
    let recorded: Vec<Recorded<'_>> = json::read(body)?;
    recorded
        .iter()
        .enumerate()
        .map(|(row, recorded)| Read::of(recorded, row))
        .collect()
}

/// By id, each once: what the vendor documents, whatever it does.
fn in_order_once(page: &mut Vec<Read>) {
    if !page.is_sorted_by(|a, b| a.id < b.id) {
        page.sort_by_key(|trade| trade.id);
        page.dedup_by_key(|trade| trade.id);
    }
}

fn push<'a>(
    market: &Market,
    reply: &Reply<'_>,
    page: impl Iterator<Item = &'a Read>,
    rows: &mut Rows,
) {
    let names = market.names_of_item(reply);
    let mut trade_id = itoa::Buffer::new();
    for trade in page {
        rows.push(&Trade {
            source: market.name,
            symbol: &names.symbol,
            venue_symbol: &names.venue_symbol,
            trade_id: trade_id.format(trade.id),
            ts: trade.ts,
            price: trade.price,
            amount: trade.amount,
            side: trade.side,
            base_amount: Some(trade.amount),
            quote_amount: trade.price.checked_mul(trade.amount),
            flags: "",
            exchange: "",
        });
    }
}
