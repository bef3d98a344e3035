//! Tickers and best bids and asks as they are now: `ticker/24hr`, `ticker/price`,
//! `ticker/bookTicker`.
//!
//! Which of the three a reply is, its fields say: it fills the columns it has. Best bids and asks
//! go to `quotes` or, read as tickers, to the columns of `tickers`. Spot gives them no time. Messages
//! of live channels (`bookTicker`, `24hrTicker`, `24hrMiniTicker`) say the same in single letters.

use common::Decimal;
use common::item::Item;
use common::tables::{Quote, Rows, Ticker};
use serde::Deserialize;

use super::market::{Market, Names, fetched_ns};
use super::page::{self, Page, optional};
use crate::ask::{Ask, Next, ParseError, Refusal};
use crate::json::scan::plain_object;
use crate::json::{Raw, Word};
use crate::source::Reply;

pub(crate) const DEFAULT_TYPE: &str = "full";

pub(crate) fn ask(
    market: &Market,
    item: &Item,
    venue_symbol: Option<String>,
) -> Result<Ask, Refusal> {
    let all = usize::from(venue_symbol.is_none());
    let mut query: Vec<_> = venue_symbol
        .map(|symbol| ("symbol", symbol))
        .into_iter()
        .collect();
    let kind = kind(market, item.param("type")).map_err(Refusal)?;
    if kind == "mini" {
        query.push(("type", "MINI".to_owned()));
    }
    Ok(if kind == "price" {
        market.get("ticker/price", query, market.prices_weight[all])
    } else {
        market.get("ticker/24hr", query, market.tickers_weight[all])
    })
}

/// The type of ticker that is wanted.
pub(crate) fn kind<'a>(market: &Market, written: &'a str) -> Result<&'a str, String> {
    match written {
        "" => Ok(DEFAULT_TYPE),
        "full" | "price" => Ok(written),
        "mini" if market.has_mini => Ok(written),
        other => Err(format!(
            "{} has no tickers of type {other:?}; it has full, {}price",
            market.name,
            if market.has_mini { "mini, " } else { "" }
        )),
    }
}

pub(crate) fn ask_quotes(market: &Market, venue_symbol: Option<String>) -> Ask {
    let weight = market.quotes_weight[usize::from(venue_symbol.is_none())];
    let query = venue_symbol
        .map(|symbol| ("symbol", symbol))
        .into_iter()
        .collect();
    market.get("ticker/bookTicker", query, weight)
}

/// A ticker of any of the layouts.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recorded<'a> {
    #[serde(borrow, alias = "s")]
    symbol: Word<'a>,
    #[serde(borrow, alias = "price", alias = "c")]
    last_price: Option<Raw<'a>>,
    #[serde(borrow, alias = "o")]
    open_price: Option<Raw<'a>>,
    #[serde(borrow, alias = "h")]
    high_price: Option<Raw<'a>>,
    #[serde(borrow, alias = "l")]
    low_price: Option<Raw<'a>>,
    #[serde(borrow, alias = "b")]
    bid_price: Option<Raw<'a>>,
    #[serde(borrow, alias = "B")]
    bid_qty: Option<Raw<'a>>,
    #[serde(borrow, alias = "a")]
    ask_price: Option<Raw<'a>>,
    #[serde(borrow, alias = "A")]
    ask_qty: Option<Raw<'a>>,
    #[serde(borrow, alias = "v")]
    volume: Option<Raw<'a>>,
    #[serde(borrow, alias = "q")]
    quote_volume: Option<Raw<'a>>,
    #[serde(alias = "time", alias = "C", alias = "T")]
    close_time: Option<i64>,
    /// When a message was sent.
    #[serde(rename = "E")]
    sent_at: Option<i64>,
    #[serde(alias = "u")]
    last_update_id: Option<i64>,
}

plain_object!(Recorded {
    "symbol" | "s" => symbol,
    or_default {
        "lastPrice" | "price" | "c" => last_price,
        "openPrice" | "o" => open_price,
        "highPrice" | "h" => high_price,
        "lowPrice" | "l" => low_price,
        "bidPrice" | "b" => bid_price,
        "bidQty" | "B" => bid_qty,
        "askPrice" | "a" => ask_price,
        "askQty" | "A" => ask_qty,
        "volume" | "v" => volume,
        "quoteVolume" | "q" => quote_volume,
        "closeTime" | "time" | "C" | "T" => close_time,
        "E" => sent_at,
        "lastUpdateId" | "u" => last_update_id,
    }
});

impl Recorded<'_> {
    fn ts(&self, reply: &Reply<'_>, at: impl FnOnce() -> String) -> Result<i64, ParseError> {
        match self.close_time.or(self.sent_at) {
            Some(time) => page::time(time, at),
            None => Ok(fetched_ns(reply)),
        }
    }
}

/// Last, open, high, low, bid price and amount, ask price and amount, volume, quote volume.
type Figures = [Option<Decimal>; 10];

fn figures(page: &Page<Recorded<'_>>, row: usize) -> Result<Figures, ParseError> {
    let ticker = &page.rows[row];
    if ticker.last_price.is_none() && ticker.bid_price.is_none() && ticker.ask_price.is_none() {
        return Err(ParseError {
            at: page.at(row, "lastPrice"),
            what: "nothing, expected lastPrice, price, bidPrice or askPrice".to_owned(),
        });
    }
    let number = |raw, name: &str| optional(raw, || page.at(row, name));
    Ok([
        number(ticker.last_price, "lastPrice")?,
        number(ticker.open_price, "openPrice")?,
        number(ticker.high_price, "highPrice")?,
        number(ticker.low_price, "lowPrice")?,
        number(ticker.bid_price, "bidPrice")?,
        number(ticker.bid_qty, "bidQty")?,
        number(ticker.ask_price, "askPrice")?,
        number(ticker.ask_qty, "askQty")?,
        number(ticker.volume, "volume")?,
        number(ticker.quote_volume, "quoteVolume")?,
    ])
}

pub(crate) fn parse(
    market: &Market,
    reply: &Reply<'_>,
    rows: &mut Rows,
) -> Result<Next, ParseError> {
    let page: Page<Recorded<'_>> = page::read(reply.body)?;
    let mut tickers = Vec::with_capacity(page.rows.len());
    for (row, ticker) in page.rows.iter().enumerate() {
        let ts = ticker.ts(reply, || page.at(row, "closeTime"))?;
        tickers.push((ts, figures(&page, row)?));
    }
    let mut namer = market.namer(reply);
    for (ticker, (ts, figures)) in page.rows.iter().zip(&tickers) {
        push(market, namer.of(ticker.symbol.as_str()), *ts, figures, rows);
    }
    Ok(Next::End)
}

fn push(market: &Market, names: &Names, ts: i64, figures: &Figures, rows: &mut Rows) {
    let [
        last,
        open,
        high,
        low,
        bid_price,
        bid_amount,
        ask_price,
        ask_amount,
        volume,
        quote_volume,
    ] = *figures;
    rows.push(&Ticker {
        source: market.name,
        symbol: &names.symbol,
        venue_symbol: &names.venue_symbol,
        ts,
        last,
        open,
        high,
        low,
        bid_price,
        bid_amount,
        ask_price,
        ask_amount,
        volume,
        quote_volume,
        mark_price: None,
        index_price: None,
        open_interest: None,
        funding_rate: None,
    });
}

pub(crate) fn parse_quotes(
    market: &Market,
    reply: &Reply<'_>,
    rows: &mut Rows,
) -> Result<Next, ParseError> {
    let page: Page<Recorded<'_>> = page::read(reply.body)?;
    let mut quotes = Vec::with_capacity(page.rows.len());
    for (row, quote) in page.rows.iter().enumerate() {
        if quote.bid_price.is_none() || quote.ask_price.is_none() {
            return Err(ParseError {
                at: page.at(row, "bidPrice"),
                what: "nothing, expected the best bid and ask: bidPrice and askPrice".to_owned(),
            });
        }
        let number = |raw, name: &str| optional(raw, || page.at(row, name));
        let figures = [
            number(quote.bid_price, "bidPrice")?,
            number(quote.bid_qty, "bidQty")?,
            number(quote.ask_price, "askPrice")?,
            number(quote.ask_qty, "askQty")?,
        ];
        quotes.push((quote.ts(reply, || page.at(row, "time"))?, figures));
    }
    let mut namer = market.namer(reply);
    for (quote, (ts, figures)) in page.rows.iter().zip(quotes) {
        let names = namer.of(quote.symbol.as_str());
        let [bid_price, bid_amount, ask_price, ask_amount] = figures;
        rows.push(&Quote {
            source: market.name,
            symbol: &names.symbol,
            venue_symbol: &names.venue_symbol,
            ts,
            sequence: quote.last_update_id.unwrap_or(0),
            bid_price,
            bid_amount,
            ask_price,
            ask_amount,
            bid_exchange: None,
            ask_exchange: None,
            amount_unit: "base",
            tape: None,
            conditions: None,
        });
    }
    Ok(Next::End)
}
