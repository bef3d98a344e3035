//! Order books of Deribit: `public/get_order_book`.
//!
//! The levels of an answer are `[price, amount]`; notifications also say what became of a level
//! (`["new", price, amount]`), and after the first one hold only changes, which become rows of
//! `book_deltas`.

use std::fmt;

use common::Decimal;
use common::item::Item;
use common::tables::{BookDelta, BookSnapshot, Rows};
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::reply::{self, Held, Who};
use super::{call, number};
use crate::ask::{Ask, Next, ParseError, Refusal};
use crate::json::Raw;
use crate::json::scan::{Plain, Scan, plain_object};
use crate::source::Reply;

pub(super) const DEFAULT_DEPTH: &str = "1000";
const DEPTHS: &[&str] = &["1", "5", "10", "20", "50", "100", "1000", "10000"];

pub(super) fn ask(item: &Item, venue: String) -> Result<Ask, Refusal> {
    let depth = depth(item.param("depth")).map_err(Refusal)?;
    let query = vec![("instrument_name", venue), ("depth", depth)];
    Ok(call("get_order_book", query))
}

/// A depth that the vendor has; the default for an empty one.
pub(super) fn depth(written: &str) -> Result<String, String> {
    let written = if written.is_empty() {
        DEFAULT_DEPTH
    } else {
        written
    };
    if DEPTHS.contains(&written) {
        return Ok(written.to_owned());
    }
    Err(format!(
        "{} has no depth {written:?}; it has {}",
        super::NAME,
        DEPTHS.join(", ")
    ))
}

#[derive(Debug, Deserialize)]
struct Recorded<'a> {
    #[serde(default)]
    timestamp: Option<i64>,
    #[serde(default)]
    instrument_name: Option<&'a str>,
    change_id: i64,
    #[serde(default)]
    prev_change_id: Option<i64>,
    /// `snapshot` or `change`, in notifications since 2021.
    #[serde(default, rename = "type")]
    kind: Option<&'a str>,
    #[serde(borrow)]
    bids: Vec<Level<'a>>,
    #[serde(borrow)]
    asks: Vec<Level<'a>>,
}

plain_object!(Recorded {
    "change_id" => change_id,
    "bids" => bids,
    "asks" => asks,
    or_default {
        "timestamp" => timestamp,
        "instrument_name" => instrument_name,
        "prev_change_id" => prev_change_id,
        "type" => kind,
    }
});

impl Recorded<'_> {
    fn is_change(&self) -> bool {
        match self.kind {
            Some(kind) => kind == "change",
            None => self.prev_change_id.is_some(),
        }
    }
}

#[derive(Debug)]
struct Level<'a> {
    action: &'a str,
    price: Raw<'a>,
    amount: Raw<'a>,
}

impl<'a> Level<'a> {
    /// What stands in the list.
    fn of(first: Raw<'a>, second: Raw<'a>, third: Option<Raw<'a>>) -> Self {
        let (action, price, amount) = match third {
            Some(third) => (first.digits(), second, third),
            None => ("", first, second),
        };
        Self {
            action,
            price,
            amount,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Level<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(LevelVisitor)
    }
}

struct LevelVisitor;

impl<'de> Visitor<'de> for LevelVisitor {
    type Value = Level<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a price and an amount, perhaps after what became of the level")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut next = |place| {
            seq.next_element::<Raw<'de>>()
                .map(|element| element.ok_or(place))
        };
        let missing = |place| A::Error::invalid_length(place, &self);
        let first = next(0)?.map_err(missing)?;
        let second = next(1)?.map_err(missing)?;
        Ok(Level::of(first, second, next(2)?.ok()))
    }
}

impl<'a> Plain<'a> for Level<'a> {
    fn scan(scan: &mut Scan<'a>) -> Option<Self> {
        let (mut values, mut count) = ([None; 3], 0);
        scan.each(|scan| {
            *values.get_mut(count)? = Some(Raw::scan(scan)?);
            count += 1;
            Some(())
        })?;
        let [first, second, third] = values;
        Some(Self::of(first?, second?, third))
    }
}

struct Book<'a> {
    who: Who<'a>,
    ts: i64,
    sequence: i64,
    previous: Option<i64>,
    bids: Side<'a>,
    asks: Side<'a>,
}

#[derive(Default)]
struct Side<'a> {
    levels: Vec<(Decimal, Decimal)>,
    /// What became of each, of changes only.
    actions: Vec<&'a str>,
}

impl<'a> Side<'a> {
    fn of(recorded: &[Level<'a>], path: &str) -> Result<Self, ParseError> {
        let mut side = Self {
            levels: Vec::with_capacity(recorded.len()),
            actions: Vec::with_capacity(recorded.len()),
        };
        for (row, level) in recorded.iter().enumerate() {
            let price = number::exact(level.price, || format!("{path}[{row}], price"))?;
            let amount = number::exact(level.amount, || format!("{path}[{row}], amount"))?;
            let amount = if level.action == "delete" {
                Decimal::ZERO
            } else {
                amount
            };
            side.levels.push((price, amount));
            side.actions.push(level.action);
        }
        Ok(side)
    }
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let mut books = Vec::new();
    for envelope in reply::read::<Recorded<'_>, Recorded<'_>>(reply.body)? {
        let us_out = envelope.us_out;
        let (recorded, path) = match envelope.held()? {
            Held::Answer(recorded) => (recorded, "result"),
            Held::Notice(_, recorded) => (recorded, "params.data"),
        };
        let ts = match recorded.timestamp {
            Some(ms) => number::ns_of_ms(ms, || format!("{path}.timestamp"))?,
            None => reply::time_of(reply, us_out)?,
        };
        let book = Book {
            who: Who::of(reply, recorded.instrument_name),
            ts,
            sequence: recorded.change_id,
            previous: recorded.prev_change_id,
            bids: Side::of(&recorded.bids, &format!("{path}.bids"))?,
            asks: Side::of(&recorded.asks, &format!("{path}.asks"))?,
        };
        books.push((book, recorded.is_change()));
    }
    for (book, is_change) in &books {
        if *is_change {
            push_changes(book, rows);
        } else {
            push_whole(book, rows);
        }
    }
    Ok(Next::End)
}

fn push_whole(book: &Book<'_>, rows: &mut Rows) {
    rows.push(&BookSnapshot {
        source: super::NAME,
        symbol: &book.who.symbol,
        venue_symbol: &book.who.venue,
        ts: book.ts,
        sequence: book.sequence,
        bids: &book.bids.levels,
        asks: &book.asks.levels,
    });
}

fn push_changes(book: &Book<'_>, rows: &mut Rows) {
    for (side, changes) in [("bid", &book.bids), ("ask", &book.asks)] {
        for ((price, amount), action) in changes.levels.iter().zip(&changes.actions) {
            rows.push(&BookDelta {
                source: super::NAME,
                symbol: &book.who.symbol,
                venue_symbol: &book.who.venue,
                ts: book.ts,
                sequence: book.sequence,
                side,
                price: *price,
                amount: *amount,
                previous_sequence: book.previous,
                flags: action,
            });
        }
    }
}
