//! The list of instruments of both markets: `exchangeInfo`.
//!
//! Amounts are in base currency everywhere, so no contract has a multiplier. A future says the day
//! of its expiry in its symbol; a perpetual one has a delivery date of 2100 that means never.

use common::item::Item;
use common::tables::Rows;
use serde::Deserialize;

use super::market::{Ending, Market, fetched_ns, written};
use super::page;
use crate::ask::{Next, ParseError};
use crate::instrument::{self, Instrument, Kind, Unit};
use crate::json::{self, Word};
use crate::source::Reply;

#[derive(Debug, Deserialize)]
struct Recorded<'a> {
    #[serde(borrow)]
    symbols: Vec<Symbol<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Symbol<'a> {
    #[serde(borrow)]
    symbol: Word<'a>,
    #[serde(borrow)]
    base_asset: Word<'a>,
    #[serde(borrow)]
    quote_asset: Word<'a>,
    #[serde(borrow)]
    margin_asset: Option<Word<'a>>,
    #[serde(borrow, alias = "contractStatus")]
    status: Option<Word<'a>>,
    delivery_date: Option<i64>,
    onboard_date: Option<i64>,
    #[serde(default, borrow)]
    filters: Vec<Filter<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Filter<'a> {
    #[serde(borrow)]
    tick_size: Option<Word<'a>>,
}

impl Symbol<'_> {
    fn instrument(&self, market: &Market, row: usize) -> Result<Instrument, ParseError> {
        let at = |field: &str| format!("symbols[{row}].{field}");
        let time = |value: Option<i64>, field: &str| {
            let value = value.filter(|value| *value > 0);
            value
                .map(|value| page::time(value, || at(field)))
                .transpose()
        };
        let (base, quote) = (self.base_asset.as_str(), self.quote_asset.as_str());
        let venue_symbol = self.symbol.as_str();
        let pair = format!("{base}-{quote}");
        // Only the end is taken by rule: where the parts lie is what the list says.
        let (symbol, kind) = match (market.ending)(venue_symbol) {
            Ending::Pair => (pair, Kind::Spot),
            Ending::Perpetual => (format!("{pair}-PERP"), Kind::Perpetual),
            Ending::Dated(date) => (format!("{pair}-{date}"), Kind::Future),
        };
        let expires_at = match kind {
            Kind::Future => time(self.delivery_date, "deliveryDate")?,
            _ => None,
        };
        let tick = self
            .filters
            .iter()
            .find_map(|filter| filter.tick_size.as_ref());
        let tick_size = tick.map(|tick| tick.as_str().parse()).transpose().map_err(
            |error: common::decimal::DecimalError| ParseError {
                at: at("filters"),
                what: error.to_string(),
            },
        )?;
        let text = |word: &Option<Word<'_>>| word.as_ref().map_or("", Word::as_str).to_owned();
        Ok(Instrument {
            symbol,
            venue_symbol: venue_symbol.to_owned(),
            kind,
            base: base.to_owned(),
            quote: quote.to_owned(),
            settle: match &self.margin_asset {
                Some(asset) => asset.as_str().to_owned(),
                None => quote.to_owned(),
            },
            unit: Unit::Base,
            tick_size,
            listed_at: time(self.onboard_date, "onboardDate")?,
            expires_at,
            status: text(&self.status),
            valid_from: i64::MIN,
        })
    }
}

pub(crate) fn read(market: &Market, body: &[u8]) -> Result<Vec<Instrument>, ParseError> {
    let recorded: Recorded<'_> = json::read(body)?;
    recorded
        .symbols
        .iter()
        .enumerate()
        .map(|(row, symbol)| symbol.instrument(market, row))
        .collect()
}

/// The list as rows of its table, of the item's symbol alone where it has one.
pub(crate) fn parse(
    market: &Market,
    reply: &Reply<'_>,
    rows: &mut Rows,
) -> Result<Next, ParseError> {
    let mut list = read(market, reply.body)?;
    keep_asked(market, reply.item, &mut list);
    instrument::push(market.name, &list, fetched_ns(reply), rows);
    Ok(Next::End)
}

fn keep_asked(market: &Market, item: &Item, list: &mut Vec<Instrument>) {
    let written = written(item);
    if !written.is_empty() {
        let wanted = (market.venue)(written);
        list.retain(|instrument| instrument.venue_symbol == wanted);
    }
}
