//! Order books as they are now: `depth`.
//!
//! Spot says no time, so the book holds when it was fetched; futures say when the engine made it
//! (`T`) and when it was sent (`E`).

use std::fmt;

use common::Decimal;
use common::item::Item;
use common::tables::{BookSnapshot, Rows};
use serde::de::{Error, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::market::{Market, fetched_ns};
use super::page::{self, decimal};
use crate::ask::{Ask, Next, ParseError, Refusal};
use crate::json;
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
    last_update_id: i64,
    #[serde(rename = "T")]
    made_at: Option<i64>,
    #[serde(rename = "E")]
    sent_at: Option<i64>,
    #[serde(borrow)]
    bids: Vec<Level<'a>>,
    #[serde(borrow)]
    asks: Vec<Level<'a>>,
}

/// Price and amount; older replies have a third, empty element.
#[derive(Debug)]
struct Level<'a>(&'a RawValue, &'a RawValue);

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

pub(crate) fn parse(
    market: &Market,
    reply: &Reply<'_>,
    rows: &mut Rows,
) -> Result<Next, ParseError> {
    let book: Recorded<'_> = json::read(page::without_envelope(reply.body))?;
    let ts = match book.made_at.or(book.sent_at) {
        Some(time) => page::time(time, || "T".to_owned())?,
        None => fetched_ns(reply),
    };
    let (bids, asks) = (levels(&book.bids, "bids")?, levels(&book.asks, "asks")?);
    let names = market.names_of_item(reply);
    rows.push(&BookSnapshot {
        source: market.name,
        symbol: &names.symbol,
        venue_symbol: &names.venue_symbol,
        ts,
        sequence: book.last_update_id,
        bids: &bids,
        asks: &asks,
    });
    Ok(Next::End)
}

fn levels(recorded: &[Level<'_>], side: &str) -> Result<Vec<(Decimal, Decimal)>, ParseError> {
    recorded
        .iter()
        .enumerate()
        .map(|(row, Level(price, amount))| {
            Ok((
                decimal(price, || format!("{side}[{row}][0]"))?,
                decimal(amount, || format!("{side}[{row}][1]"))?,
            ))
        })
        .collect()
}
