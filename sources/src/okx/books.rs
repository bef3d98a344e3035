//! Order books: `GET /api/v5/market/books` (up to 400 levels) and `books-full` (up to 5,000), and
//! the live channels, whose updates become rows of `book_deltas`.
//!
//! A level is price, amount and, last, the number of orders; between them most layouts carry a
//! zero. A reply does not name its instrument.

use common::Decimal;
use common::tables::{BookDelta, BookSnapshot, Rows};
use serde::Deserialize;

use super::envelope::{self, Message, Messages, Place};
use super::fields::{Columns, decimal, integer, nanoseconds};
use super::get;
use super::symbol::{Named, Namer};
use crate::ask::{Ask, Next, ParseError, Refusal};
use crate::instant;
use crate::json::scan::plain_object;
use crate::json::{Raw, Word};
use crate::source::Reply;

pub(super) const BUDGET: &str = "okx.books";
pub(super) const FULL_BUDGET: &str = "okx.books-full";
pub(super) const DEFAULT_DEPTH: &str = "400";
const DEEPEST: u32 = 400;
const DEEPEST_FULL: u32 = 5_000;

pub(super) fn ask(depth: &str, venue: String) -> Result<Ask, Refusal> {
    let levels = depth.parse().unwrap_or(0);
    let (path, budget) = match levels {
        1..=DEEPEST => ("/api/v5/market/books", BUDGET),
        // One more than `DEEPEST`.
        401..=DEEPEST_FULL => ("/api/v5/market/books-full", FULL_BUDGET),
        _ => {
            return Err(Refusal(format!(
                "depth {depth:?}: the vendor gives 1 to {DEEPEST_FULL} levels"
            )));
        }
    };
    let query = vec![("instId", venue), ("sz", levels.to_string())];
    Ok(get(path, budget, query))
}

/// Price and amount of a level; the rest is counted.
pub(super) type Level<'a> = Columns<'a, 2>;

/// A book as it stands in a reply.
#[derive(Debug, Deserialize)]
struct Recorded<'a> {
    #[serde(default, borrow, rename = "instId", alias = "instrument_id")]
    inst_id: Option<Word<'a>>,
    #[serde(borrow)]
    asks: Vec<Level<'a>>,
    #[serde(borrow)]
    bids: Vec<Level<'a>>,
    #[serde(borrow, alias = "timestamp")]
    ts: Raw<'a>,
    #[serde(default, borrow, rename = "seqId")]
    seq_id: Option<Raw<'a>>,
    #[serde(default, borrow, rename = "prevSeqId")]
    prev_seq_id: Option<Raw<'a>>,
}

plain_object!(Recorded {
    "asks" => asks,
    "bids" => bids,
    "ts" | "timestamp" => ts,
    or_default { "instId" | "instrument_id" => inst_id, "seqId" => seq_id, "prevSeqId" => prev_seq_id, }
});

/// A book with its numbers read.
struct Book {
    ts: i64,
    sequence: i64,
    previous: Option<i64>,
    bids: Vec<(Decimal, Decimal)>,
    asks: Vec<(Decimal, Decimal)>,
}

impl Book {
    fn of(recorded: &Recorded<'_>, place: Place) -> Result<Self, ParseError> {
        let number =
            |raw: Option<Raw<'_>>, field| raw.map(|raw| integer(raw, place, field)).transpose();
        Ok(Self {
            ts: instant(recorded.ts, place)?,
            sequence: number(recorded.seq_id, ".seqId")?.unwrap_or(0),
            previous: number(recorded.prev_seq_id, ".prevSeqId")?,
            bids: levels(&recorded.bids, place, "bids")?,
            asks: levels(&recorded.asks, place, "asks")?,
        })
    }
}

/// Milliseconds, or the RFC 3339 text of the third version of the channels.
fn instant(raw: Raw<'_>, place: Place) -> Result<i64, ParseError> {
    match nanoseconds(raw) {
        Some(ts) => Ok(ts),
        None => instant::rfc3339(raw.digits(), || place.of(".ts")),
    }
}

pub(super) fn levels(
    recorded: &[Level<'_>],
    place: Place,
    side: &str,
) -> Result<Vec<(Decimal, Decimal)>, ParseError> {
    let mut levels = Vec::with_capacity(recorded.len());
    for (number, level) in recorded.iter().enumerate() {
        let (Some(price), Some(amount)) = (level.get(0), level.get(1)) else {
            let field = format!(".{side}[{number}]");
            let what = format!("{} values, expected price and amount", level.len);
            return Err(place.error(field, what));
        };
        let price = decimal(price, place, format_args!(".{side}[{number}][0]"))?;
        let amount = decimal(amount, place, format_args!(".{side}[{number}][1]"))?;
        levels.push((price, amount));
    }
    Ok(levels)
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let messages: Messages<'_, Recorded<'_>> = envelope::read(reply.body)?;
    let mut books = Vec::with_capacity(messages.len());
    for (message, place, recorded) in messages.rows() {
        books.push((message, recorded, Book::of(recorded, place)?));
    }
    let mut namer = Namer::new(reply.item, reply.instruments);
    for (message, recorded, book) in &books {
        let row = recorded.inst_id.as_ref().map(Word::as_str);
        let named = namer.name(row, message.instrument());
        if is_update(message) {
            push_deltas(named, book, rows);
        } else {
            push_snapshot(named, book, rows);
        }
    }
    Ok(Next::End)
}

fn is_update<T>(message: &Message<'_, T>) -> bool {
    message
        .action
        .as_ref()
        .is_some_and(|action| action.as_str() == "update")
}

fn push_snapshot(named: &Named<'_>, book: &Book, rows: &mut Rows) {
    rows.push(&BookSnapshot {
        source: super::NAME,
        symbol: &named.symbol,
        venue_symbol: &named.venue,
        ts: book.ts,
        sequence: book.sequence,
        bids: &book.bids,
        asks: &book.asks,
    });
}

fn push_deltas(named: &Named<'_>, book: &Book, rows: &mut Rows) {
    let sides = [("bid", &book.bids), ("ask", &book.asks)];
    let levels = sides
        .into_iter()
        .flat_map(|(side, levels)| levels.iter().map(move |level| (side, level)));
    for (side, (price, amount)) in levels {
        rows.push(&BookDelta {
            source: super::NAME,
            symbol: &named.symbol,
            venue_symbol: &named.venue,
            ts: book.ts,
            sequence: book.sequence,
            side,
            price: *price,
            amount: *amount,
            previous_sequence: book.previous.filter(|number| *number >= 0),
            flags: "",
        });
    }
}
