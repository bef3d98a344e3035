//! Trades: `GET /api/v5/market/history-trades`, and the layouts of `trades`, `option-trades` and
//! of the live channels.
//!
//! Newest first. The first page of an item is asked by time (`type=2`, which knows `after` alone),
//! all others by id, so that trades of one millisecond may span pages. A short page proves
//! nothing: an item ends when a trade older than it was seen, or when a page is empty. Amounts of
//! derivatives are contracts.

use common::Decimal;
use common::tables::{Rows, Trade};
use serde::Deserialize;

use super::envelope::{self, Messages, Place};
use super::fields::{decimal, time};
use super::symbol::Namer;
use super::{TRADES, get, wrong_cursor};
use crate::ask::{Ask, Cursor, Next, ParseError, Refusal};
use crate::json::scan::plain_object;
use crate::json::{Raw, Word};
use crate::source::Reply;
use crate::window::Window;

const PATH: &str = "/api/v5/market/history-trades";
pub(super) const BUDGET: &str = "okx.history-trades";
const PAGE: usize = 100;

pub(super) fn ask(window: Window, venue: String, cursor: &Cursor) -> Result<Ask, Refusal> {
    let mut query = vec![("instId", venue)];
    match cursor {
        Cursor::Start => {
            query.push(("type", "2".to_owned()));
            query.push(("after", (window.last_ms() + 1).to_string()));
        }
        Cursor::Id(id) => {
            query.push(("type", "1".to_owned()));
            query.push(("after", id.to_string()));
        }
        other => return Err(wrong_cursor(TRADES, other)),
    }
    query.push(("limit", PAGE.to_string()));
    Ok(get(PATH, BUDGET, query))
}

/// A trade as it stands in a reply.
#[derive(Debug, Deserialize)]
struct Recorded<'a> {
    #[serde(default, borrow, rename = "instId")]
    inst_id: Option<Word<'a>>,
    #[serde(borrow, rename = "tradeId")]
    trade_id: Word<'a>,
    #[serde(borrow)]
    px: Raw<'a>,
    #[serde(borrow)]
    sz: Raw<'a>,
    #[serde(borrow)]
    side: Word<'a>,
    #[serde(borrow)]
    ts: Raw<'a>,
    /// 0 of the order book, 1 of an enhanced liquidity program.
    #[serde(default, borrow)]
    source: Option<Word<'a>>,
    /// Trades in an aggregate of the live channel.
    #[serde(default, borrow)]
    count: Option<Word<'a>>,
}

plain_object!(Recorded {
    "tradeId" => trade_id,
    "px" => px,
    "sz" => sz,
    "side" => side,
    "ts" => ts,
    or_default { "instId" => inst_id, "source" => source, "count" => count, }
});

struct Read<'a> {
    instrument: Option<&'a str>,
    channel: Option<&'a str>,
    id: u64,
    /// As it was written.
    trade_id: &'a str,
    ts: i64,
    price: Decimal,
    amount: Decimal,
    side: &'static str,
    source: Option<&'a str>,
    count: Option<&'a str>,
}

impl<'a> Read<'a> {
    fn of(
        recorded: &'a Recorded<'a>,
        channel: Option<&'a str>,
        place: Place,
    ) -> Result<Self, ParseError> {
        let id = recorded.trade_id.as_str();
        let text = |word: &'a Option<Word<'a>>| word.as_ref().map(Word::as_str);
        Ok(Self {
            instrument: text(&recorded.inst_id),
            channel,
            id: id
                .parse()
                .map_err(|_| place.error(".tradeId", format!("{id:?}, expected a whole number")))?,
            trade_id: id,
            ts: time(recorded.ts, place, ".ts")?,
            price: decimal(recorded.px, place, ".px")?,
            amount: decimal(recorded.sz, place, ".sz")?,
            side: side(recorded.side.as_str(), place, ".side")?,
            source: text(&recorded.source),
            count: text(&recorded.count),
        })
    }
}

/// The taker's side, or that of a forced order.
pub(super) fn side(
    text: &str,
    place: Place,
    field: impl std::fmt::Display,
) -> Result<&'static str, ParseError> {
    match text {
        "buy" => Ok("buy"),
        "sell" => Ok("sell"),
        other => Err(place.error(field, format!("{other:?}, expected buy or sell"))),
    }
}

/// What is unusual about a trade.
pub(super) fn flags(source: Option<&str>, count: Option<&str>) -> String {
    let source = match source {
        None | Some("" | "0") => None,
        Some("1") => Some("elp".to_owned()),
        Some(other) => Some(format!("source={other}")),
    };
    let count = count
        .filter(|count| !matches!(*count, "" | "1"))
        .map(|count| format!("count={count}"));
    source
        .into_iter()
        .chain(count)
        .collect::<Vec<_>>()
        .join(",")
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let messages: Messages<'_, Recorded<'_>> = envelope::read(reply.body)?;
    let mut page = Vec::with_capacity(messages.len());
    for (message, place, recorded) in messages.rows() {
        page.push(Read::of(recorded, message.instrument(), place)?);
    }
    // Ascending; saved messages of several instruments may repeat ids.
    page.sort_by_key(|trade| (trade.ts, trade.id));
    let oldest = page.iter().map(|trade| trade.id).min();
    let window = Window::of(reply.item);
    let before = match (reply.cursor, oldest) {
        (Cursor::Id(id), Some(oldest)) if oldest >= *id => return Err(super::no_progress(id)),
        (Cursor::Id(id), _) => *id,
        _ => u64::MAX,
    };
    push(reply, page.iter().filter(|trade| trade.id < before), rows);
    let reached_the_beginning = page.iter().any(|trade| window.starts_after(trade.ts));
    Ok(match oldest {
        Some(oldest) if !reached_the_beginning => Next::More(Cursor::Id(oldest)),
        _ => Next::End,
    })
}

fn push<'a>(reply: &Reply<'_>, page: impl Iterator<Item = &'a Read<'a>>, rows: &mut Rows) {
    let window = Window::of(reply.item);
    let mut namer = Namer::new(reply.item, reply.instruments);
    for trade in page.filter(|trade| window.contains(trade.ts)) {
        let named = namer.name(trade.instrument, trade.channel);
        let unit = named.unit_at(trade.ts);
        let (base_amount, quote_amount) = unit.amounts(trade.price, trade.amount);
        let flags = flags(trade.source, trade.count);
        rows.push(&Trade {
            source: super::NAME,
            symbol: &named.symbol,
            venue_symbol: &named.venue,
            trade_id: trade.trade_id,
            ts: trade.ts,
            price: trade.price,
            amount: trade.amount,
            side: trade.side,
            base_amount,
            quote_amount,
            flags: &flags,
            exchange: "",
        });
    }
}
