//! What the exchange only tells of the present: books, best bids and asks, and 24 hours in a row.
//!
//! Everything is a function of the simulated time, so that a clock that stands still gives the
//! same books again. Spot prints no time on books, best bids and prices; futures do, in layouts of
//! their own.

use crate::calendar::{DAY, SECOND};
use crate::json::{Raw, object};
use crate::reply::{Asked, Reply};

use super::errors::{JSON, error, invalid_symbol, number, symbol};
use super::market::Market;
use super::trades::Eight;

/// Price and amount in units of 10^-8.
pub(crate) type Level = (i64, i64);

/// Levels of a book unless asked otherwise, and the most that there are.
const DEPTH: u64 = 100;
const DEEPEST: u64 = 5_000;

/// 24 hours in one row, in units of 10^-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) open_time: i64,
    pub(crate) close_time: i64,
    pub(crate) last: i64,
    pub(crate) open: i64,
    pub(crate) high: i64,
    pub(crate) low: i64,
    pub(crate) volume: i64,
    pub(crate) quote_volume: i64,
}

/// The 24 hours up to now.
pub(crate) fn summary(market: &Market, now: i64) -> Summary {
    let tick = market.listing.tick;
    let (open, last) = (market.price_at(now - DAY), market.price_at(now));
    let chance = market.bars_key().at(now.div_euclid(SECOND) as u64);
    let volume = chance.at(1).within(1_000, 9_000_000) * market.listing.step;
    let quote = i128::from(volume) * i128::from((open + last) / 2) / 100_000_000;
    Summary {
        open_time: now - DAY,
        close_time: now,
        last,
        open,
        high: open.max(last) + chance.at(2).within(0, 90) * tick,
        low: (open.min(last) - chance.at(3).within(0, 90) * tick).max(tick),
        volume,
        quote_volume: quote as i64,
    }
}

/// The number of the book's last change.
pub(crate) fn update_id(now: i64) -> i64 {
    now.div_euclid(100)
}

/// So many levels bid and asked, best first. Fewer are bid where prices would end below nothing.
pub(crate) fn depth(market: &Market, levels: u64, now: i64) -> (Vec<Level>, Vec<Level>) {
    let tick = market.listing.tick;
    let price = market.price_at(now);
    let chance = market.bars_key().at(update_id(now) as u64);
    let amount =
        |side: u64, n: u64| (1 + chance.at(side).at(n).below(50_000) as i64) * market.listing.step;
    let bids = (0..levels)
        .map(|n| (price - (n as i64 + 1) * tick, amount(1, n)))
        .take_while(|(price, _)| *price > 0);
    let asks = (0..levels).map(|n| (price + (n as i64 + 1) * tick, amount(2, n)));
    (bids.collect(), asks.collect())
}

/// The best bid and ask.
pub(crate) fn best(market: &Market, now: i64) -> (Level, Level) {
    let (bids, asks) = depth(market, 1, now);
    (bids[0], asks[0])
}

/// How many levels are asked for.
pub(crate) fn levels(asked: &Asked) -> u64 {
    let limit = number(&asked.query, "limit").ok().flatten();
    limit.map_or(DEPTH, |limit| (limit as u64).min(DEEPEST))
}

/// A side of a book as it is printed.
pub(crate) fn printed(levels: &[Level]) -> Vec<[String; 2]> {
    levels
        .iter()
        .map(|(price, amount)| [Eight(*price).to_string(), Eight(*amount).to_string()])
        .collect()
}

pub(super) fn answer_depth(market: &Market, asked: &Asked) -> Result<Reply, Reply> {
    number(&asked.query, "limit")?;
    let (bids, asks) = depth(market, levels(asked), asked.now);
    let body = object! {
        "lastUpdateId": update_id(asked.now),
        "bids": printed(&bids),
        "asks": printed(&asks),
    };
    Ok(Reply::json(200, JSON, body))
}

/// An object of the symbol that is asked for, or a list of all.
pub(crate) fn one_or_all<'a>(
    mut all: impl Iterator<Item = &'a Market>,
    asked: &Asked,
    print: impl Fn(&Market) -> Raw,
) -> Result<Reply, Reply> {
    if asked.query.get("symbol").is_none() {
        return Ok(Reply::json(
            200,
            JSON,
            object_list(all.map(print).collect()),
        ));
    }
    let wanted = symbol(&asked.query)?;
    let market = all
        .find(|market| market.listing.symbol == wanted)
        .ok_or_else(invalid_symbol)?;
    Ok(Reply::json(200, JSON, print(market)))
}

fn object_list(rows: Vec<Raw>) -> Raw {
    let mut out = String::new();
    crate::json::Json::write(&rows, &mut out);
    Raw(out)
}

pub(super) fn answer_tickers<'a>(
    all: impl Iterator<Item = &'a Market>,
    asked: &Asked,
) -> Result<Reply, Reply> {
    let mini = match asked.query.get("type") {
        None | Some("FULL") => false,
        Some("MINI") => true,
        Some(_) => {
            return Err(error(
                400,
                -1130,
                "Data sent for parameter 'type' is not valid.",
            ));
        }
    };
    one_or_all(all, asked, |market| {
        let day = summary(market, asked.now);
        if mini {
            print_mini(market, &day)
        } else {
            print_full(market, &day)
        }
    })
}

fn print_mini(market: &Market, day: &Summary) -> Raw {
    let eight = |value| Eight(value).to_string();
    object! {
        "symbol": market.listing.symbol,
        "openPrice": eight(day.open), "highPrice": eight(day.high), "lowPrice": eight(day.low),
        "lastPrice": eight(day.last), "volume": eight(day.volume),
        "quoteVolume": eight(day.quote_volume), "openTime": day.open_time,
        "closeTime": day.close_time, "firstId": 1, "lastId": 99, "count": 99,
    }
}

fn print_full(market: &Market, day: &Summary) -> Raw {
    let eight = |value| Eight(value).to_string();
    let (bid, ask) = best(market, day.close_time);
    object! {
        "symbol": market.listing.symbol,
        "priceChange": eight(day.last - day.open), "priceChangePercent": "0.100",
        "weightedAvgPrice": eight((day.open + day.last) / 2), "prevClosePrice": eight(day.open),
        "lastPrice": eight(day.last), "lastQty": eight(market.listing.step),
        "bidPrice": eight(bid.0), "bidQty": eight(bid.1),
        "askPrice": eight(ask.0), "askQty": eight(ask.1),
        "openPrice": eight(day.open), "highPrice": eight(day.high), "lowPrice": eight(day.low),
        "volume": eight(day.volume), "quoteVolume": eight(day.quote_volume),
        "openTime": day.open_time, "closeTime": day.close_time,
        "firstId": 1, "lastId": 99, "count": 99,
    }
}

pub(super) fn answer_prices<'a>(
    all: impl Iterator<Item = &'a Market>,
    asked: &Asked,
) -> Result<Reply, Reply> {
    one_or_all(all, asked, |market| {
        let price = Eight(market.price_at(asked.now)).to_string();
        object! { "symbol": market.listing.symbol, "price": price }
    })
}

pub(super) fn answer_quotes<'a>(
    all: impl Iterator<Item = &'a Market>,
    asked: &Asked,
) -> Result<Reply, Reply> {
    one_or_all(all, asked, |market| {
        let (bid, ask) = best(market, asked.now);
        let eight = |value| Eight(value).to_string();
        object! {
            "symbol": market.listing.symbol,
            "bidPrice": eight(bid.0), "bidQty": eight(bid.1),
            "askPrice": eight(ask.0), "askQty": eight(ask.1),
        }
    })
}
