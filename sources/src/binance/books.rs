//! Order books as they are now: `depth`, and messages of the live channels `depth5` to `depth20`.
//!
//! Spot says no time, so the book holds when it was fetched; futures say when the engine made it
//! (`T`) and when it was sent (`E`).

use std::fmt;

use common::Decimal;
use common::item::Item;
use common::tables::{BookSnapshot, Rows};
use serde::de::{Error, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::market::{Market, fetched_ns};
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
    #[serde(alias = "u")]
    last_update_id: i64,
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
    or_default { "s" => symbol, "T" => made_at, "E" => sent_at, }
});

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

fn levels_of(
    recorded: &[Level<'_>],
    at: impl Fn(&str) -> String,
) -> Result<Vec<(Decimal, Decimal)>, ParseError> {
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
