//! Trades of Binance spot: `GET /api/v3/aggTrades`.
//!
//! The first page of an item is asked by time, all others by id: ids are contiguous per symbol, so
//! no row can fall between two pages, and rows of one millisecond that span two pages do no harm.
//! An item ends when a row at or past its end was seen, or when a page is empty; a short page
//! proves nothing. The raw layout of `/api/v3/trades` and `/api/v3/historicalTrades` is read too,
//! for saved replies; the names of its fields tell it.
//!
//! `flags` stays empty: the ids of the first and last raw trade would cost more bytes a row than
//! anything else in it.

use common::Decimal;
use common::tables::{Rows, Trade};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{PAGE, TRADES, decimal, get, no_progress, symbol, wrong_cursor};
use crate::ask::{Ask, Cursor, Next, ParseError, Refusal};
use crate::json;
use crate::source::Reply;
use crate::window::{self, Window};

const PATH: &str = "/api/v3/aggTrades";
pub(super) const WEIGHT_OF_PAGE: u32 = 4;

pub(super) fn ask(window: Window, venue_symbol: String, cursor: &Cursor) -> Result<Ask, Refusal> {
    let mut query = vec![("symbol", venue_symbol)];
    match cursor {
        Cursor::Start => {
            query.push(("startTime", window.first_ms().to_string()));
            query.push(("endTime", window.last_ms().to_string()));
        }
        Cursor::Id(id) => query.push(("fromId", id.to_string())),
        other => return Err(wrong_cursor(TRADES, other)),
    }
    query.push(("limit", PAGE.to_string()));
    Ok(get(PATH, query, WEIGHT_OF_PAGE))
}

/// A trade as it stands in a reply, aggregated or raw.
#[derive(Debug, Deserialize)]
struct Recorded<'a> {
    #[serde(alias = "id")]
    a: u64,
    #[serde(borrow, alias = "price")]
    p: &'a RawValue,
    #[serde(borrow, alias = "qty")]
    q: &'a RawValue,
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
        let ts = window::from_ms_or_us(recorded.t).ok_or_else(|| ParseError {
            at: format!("[{row}].T"),
            what: format!(
                "{}, expected milliseconds or microseconds since 1970",
                recorded.t
            ),
        })?;
        Ok(Self {
            id: recorded.a,
            ts,
            price: decimal(recorded.p, || format!("[{row}].p"))?,
            amount: decimal(recorded.q, || format!("[{row}].q"))?,
            side: match recorded.m {
                Some(true) => "sell",
                Some(false) => "buy",
                None => "unknown",
            },
        })
    }
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let mut page = read(reply.body)?;
    in_order_once(&mut page);
    let Some(last) = page.last() else {
        return Ok(Next::End);
    };
    let next = last.id.saturating_add(1);
    let window = Window::of(reply.item);
    let first = match reply.cursor {
        Cursor::Id(id) if next <= *id => return Err(no_progress(format_args!("id {id}"))),
        Cursor::Id(id) => *id,
        _ => 0,
    };
    push(
        reply,
        window,
        page.iter().filter(|trade| trade.id >= first),
        rows,
    );
    let past_the_end = page.iter().any(|trade| window.ends_before(trade.ts));
    Ok(if past_the_end {
        Next::End
    } else {
        Next::More(Cursor::Id(next))
    })
}

fn read(body: &[u8]) -> Result<Vec<Read>, ParseError> {
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
    reply: &Reply<'_>,
    window: Window,
    page: impl Iterator<Item = &'a Read>,
    rows: &mut Rows,
) {
    let (symbol, venue_symbol) = symbol::both(reply.item);
    let mut trade_id = String::new();
    for trade in page.filter(|trade| window.contains(trade.ts)) {
        write_id(&mut trade_id, trade.id);
        rows.push(&Trade {
            source: super::NAME,
            symbol: &symbol,
            venue_symbol: &venue_symbol,
            trade_id: &trade_id,
            ts: trade.ts,
            price: trade.price,
            amount: trade.amount,
            side: trade.side,
            base_amount: Some(trade.amount),
            quote_amount: trade.price.checked_mul(trade.amount),
            flags: "",
        });
    }
}

fn write_id(text: &mut String, id: u64) {
    use std::fmt::Write as _;
    text.clear();
    write!(text, "{id}").expect("writing to a String cannot fail");
}
