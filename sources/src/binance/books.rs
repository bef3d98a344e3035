//! Order books as they are now: `depth`, and messages of the live channels `depth5` to `depth20`;
//! the changes of the channel `depth`, which become rows of `book_deltas`.
//!
//! Spot says no time, so the book holds when it was fetched; futures say when the engine made it
//! (`T`) and when it was sent (`E`).

use std::fmt;

use common::Decimal;
use common::item::Item;
use common::tables::{BookDelta, BookSnapshot, Rows};
use serde::de::{Error, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::live;
use super::market::{Market, Names, fetched_ns};
use super::page::{self, Page, decimal};
use crate::ask::{Ask, Next, ParseError, Refusal};
use crate::json::scan::{Plain, Scan, plain_object};
use crate::json::{Raw, Word};
use crate::source::Reply;

/// Levels of each side, unless asked otherwise.
pub(crate) const DEFAULT_DEPTH: &str = "100";

pub(crate) fn ask(market: &Market, item: &Item, venue_symbol: String) -> Result<Ask, Refusal> {
    let (levels, weight) = depth(market, item.param("depth")).map_err(Refusal)?;
    let query = vec![("symbol", venue_symbol), ("limit", levels.to_string())];
    Ok(market.get("depth", query, weight))
}

/// How many levels are wanted and what they cost, or which numbers there are.
pub(crate) fn depth(market: &Market, written: &str) -> Result<(u32, u32), String> {
    let written = if written.is_empty() {
        DEFAULT_DEPTH
    } else {
        written
    };
    let levels = written.parse().unwrap_or(0);
    match (market.depth_weight)(levels) {
        Ok(weight) => Ok((levels, weight)),
        Err(there_are) => Err(format!(
            "{} has no depth {written:?}; it has {there_are}",
            market.name
        )),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recorded<'a> {
    #[serde(rename = "s", borrow)]
    symbol: Option<Word<'a>>,
    #[serde(rename = "e", borrow)]
    event: Option<Word<'a>>,
    #[serde(alias = "u")]
    last_update_id: i64,
    /// The first update that a change holds.
    #[serde(rename = "U")]
    first_update_id: Option<i64>,
    /// The last update of the change before, which futures say.
    #[serde(rename = "pu")]
    before: Option<i64>,
    #[serde(rename = "T")]
    made_at: Option<i64>,
    #[serde(rename = "E")]
    sent_at: Option<i64>,
    #[serde(borrow, alias = "b")]
    bids: Vec<Level<'a>>,
    #[serde(borrow, alias = "a")]
    asks: Vec<Level<'a>>,
}

plain_object!(Recorded {
    "lastUpdateId" | "u" => last_update_id,
    "bids" | "b" => bids,
    "asks" | "a" => asks,
    or_default {
        "s" => symbol,
        "e" => event,
        "U" => first_update_id,
        "pu" => before,
        "T" => made_at,
        "E" => sent_at,
    }
});

/// Prices and amounts.
type Levels = Vec<(Decimal, Decimal)>;

/// Price and amount; older replies have a third, empty element.
#[derive(Debug)]
struct Level<'a>(Raw<'a>, Raw<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for Level<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts;
        impl<'de> Visitor<'de> for Parts {
            type Value = Level<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a level: price and amount")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Level<'de>, A::Error> {
                let (price, amount) = (seq.next_element()?, seq.next_element()?);
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                price
                    .zip(amount)
                    .map(|(price, amount)| Level(price, amount))
                    .ok_or_else(|| A::Error::invalid_length(1, &self))
            }
        }
        deserializer.deserialize_seq(Parts)
    }
}

impl<'a> Plain<'a> for Level<'a> {
    fn scan(scan: &mut Scan<'a>) -> Option<Self> {
        scan.places(|scan| {
            let price = Raw::scan(scan)?;
            scan.comma()?;
            Some(Self(price, Raw::scan(scan)?))
        })
    }
}

pub(crate) fn parse(
    market: &Market,
    reply: &Reply<'_>,
    rows: &mut Rows,
) -> Result<Next, ParseError> {
    let page: Page<Recorded<'_>> = page::read(reply.body)?;
    let mut read = Vec::with_capacity(page.rows.len());
    for (row, book) in page.rows.iter().enumerate() {
        let ts = match book.made_at.or(book.sent_at) {
            Some(time) => page::time(time, || page.at(row, "T"))?,
            None => fetched_ns(reply),
        };
        let levels =
            |levels, side| levels_of(levels, |level| page.at(row, &format!("{side}{level}")));
        read.push((ts, levels(&book.bids, "bids")?, levels(&book.asks, "asks")?));
    }
    for (row, (ts, bids, asks)) in read.into_iter().enumerate() {
        let book = &page.rows[row];
        // Messages name their symbol, or their stream does.
        let named = book
            .symbol
            .as_ref()
            .map_or(page.stream(row).0, Word::as_str);
        let names = match named {
            "" => market.names_of_item(reply),
            named => market.names(named, reply.instruments),
        };
        let is_change = book.event.as_ref().map(Word::as_str) == Some(live::BOOK_CHANGE)
            && !live::is_whole_book(page.stream(row).1);
        if is_change {
            push_changes(market, &names, ts, book, [&bids, &asks], rows);
            continue;
        }
        rows.push(&BookSnapshot {
            source: market.name,
            symbol: &names.symbol,
            venue_symbol: &names.venue_symbol,
            ts,
            sequence: book.last_update_id,
            bids: &bids,
            asks: &asks,
        });
    }
    Ok(Next::End)
}

/// An amount of 0 takes its level away.
fn push_changes(
    market: &Market,
    names: &Names,
    ts: i64,
    book: &Recorded<'_>,
    [bids, asks]: [&Levels; 2],
    rows: &mut Rows,
) {
    let before = book.before.or(book.first_update_id.map(|first| first - 1));
    for (side, levels) in [("bid", bids), ("ask", asks)] {
        for &(price, amount) in levels {
            rows.push(&BookDelta {
                source: market.name,
                symbol: &names.symbol,
                venue_symbol: &names.venue_symbol,
                ts,
                sequence: book.last_update_id,
                side,
                price,
                amount,
                previous_sequence: before,
                flags: "",
            });
        }
    }
}

fn levels_of(recorded: &[Level<'_>], at: impl Fn(&str) -> String) -> Result<Levels, ParseError> {
    recorded
        .iter()
        .enumerate()
        .map(|(row, Level(price, amount))| {
            Ok((
                decimal(*price, || at(&format!("[{row}][0]")))?,
                decimal(*amount, || at(&format!("[{row}][1]")))?,
            ))
        })
        .collect()
}
