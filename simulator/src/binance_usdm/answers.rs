//! The layouts of futures, and which rows make a page of them.

use std::fmt::Write;

use crate::binance::{
    Eight, JSON, Market, best, depth, error, illegal, missing, number, one_or_all, page_of_trades,
    printed, summary, update_id,
};
use crate::calendar::{DAY, HOUR, MINUTE};
use crate::json::{Raw, object};
use crate::reply::{Asked, Query, Reply};

use super::listings::expires_at;
use super::model::{self, Funding, KIND_FROM};

const DEPTHS: [i64; 7] = [5, 10, 20, 50, 100, 500, 1_000];
/// Trades and statistics are served so far back.
const TRADES_REACH: i64 = 48 * HOUR;
const MONTH: i64 = 30 * DAY;

fn eight(value: i64) -> String {
    Eight(value).to_string()
}

fn not_valid(parameter: &str) -> Reply {
    let message = format!("Data sent for parameter '{parameter}' is not valid.");
    error(400, -1130, &message)
}

/// The page length; what is too much is refused, not cut.
pub(super) fn limit(query: &Query, default: u64, most: u64) -> Result<u64, Reply> {
    match number(query, "limit")? {
        None => Ok(default),
        Some(limit) if (1..=most as i64).contains(&limit) => Ok(limit as u64),
        Some(_) => Err(not_valid("limit")),
    }
}

pub(super) fn trades(market: &Market, asked: &Asked) -> Result<Reply, Reply> {
    limit(&asked.query, 500, 1_000)?;
    let time = |name| number(&asked.query, name);
    if let Some(from) = time("startTime")? {
        if from < asked.now - TRADES_REACH {
            return Err(not_valid("startTime"));
        }
        if time("endTime")?.is_some_and(|to| to - from >= HOUR) {
            let message = "More than 1 hours between startTime and endTime.";
            return Err(error(400, -1127, message));
        }
    }
    let page = page_of_trades(market, asked)?;
    let mut out = String::from("[");
    for trade in &page {
        if out.len() > 1 {
            out.push(',');
        }
        let (price, quantity) = (Eight(trade.price), Eight(trade.quantity));
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            r#"{{"a":{},"p":"{price}","q":"{quantity}","nq":"{quantity}","f":{},"l":{},"T":{},"m":{}}}"#,
            trade.id, trade.first, trade.last, trade.ms, trade.buyer_is_maker
        );
    }
    out.push(']');
    Ok(Reply::json(200, JSON, out))
}

pub(super) fn book(market: &Market, asked: &Asked) -> Result<Reply, Reply> {
    let levels = number(&asked.query, "limit")?.unwrap_or(500);
    if !DEPTHS.contains(&levels) {
        let message = "Valid limits: 5, 10, 20, 50, 100, 500, 1000.";
        return Err(error(400, -4021, message));
    }
    let (bids, asks) = depth(market, levels as u64, asked.now);
    let body = object! {
        "lastUpdateId": update_id(asked.now), "E": asked.now, "T": asked.now - 12,
        "bids": printed(&bids), "asks": printed(&asks),
    };
    Ok(Reply::json(200, JSON, body))
}

pub(super) fn tickers<'a>(
    all: impl Iterator<Item = &'a Market>,
    asked: &Asked,
) -> Result<Reply, Reply> {
    one_or_all(all, asked, |market| {
        let day = summary(market, asked.now);
        object! {
            "symbol": market.listing.symbol,
            "priceChange": eight(day.last - day.open), "priceChangePercent": "0.100",
            "weightedAvgPrice": eight((day.open + day.last) / 2),
            "lastPrice": eight(day.last), "lastQty": eight(market.listing.step),
            "openPrice": eight(day.open), "highPrice": eight(day.high), "lowPrice": eight(day.low),
            "volume": eight(day.volume), "quoteVolume": eight(day.quote_volume),
            "openTime": day.open_time, "closeTime": day.close_time,
            "firstId": 1, "lastId": 99, "count": 99,
        }
    })
}

pub(super) fn prices<'a>(
    all: impl Iterator<Item = &'a Market>,
    asked: &Asked,
) -> Result<Reply, Reply> {
    one_or_all(all, asked, |market| {
        let price = eight(market.price_at(asked.now));
        object! { "symbol": market.listing.symbol, "price": price, "time": asked.now }
    })
}

pub(super) fn quotes<'a>(
    all: impl Iterator<Item = &'a Market>,
    asked: &Asked,
) -> Result<Reply, Reply> {
    one_or_all(all, asked, |market| {
        let (bid, ask) = best(market, asked.now);
        object! {
            "symbol": market.listing.symbol,
            "bidPrice": eight(bid.0), "bidQty": eight(bid.1),
            "askPrice": eight(ask.0), "askQty": eight(ask.1), "time": asked.now,
        }
    })
}

pub(super) fn fundings(market: &Market, asked: &Asked) -> Result<Reply, Reply> {
    let (from, to) = (
        number(&asked.query, "startTime")?,
        number(&asked.query, "endTime")?,
    );
    let newest = if from.is_none() && to.is_none() {
        200
    } else {
        100
    };
    let count = limit(&asked.query, newest, 1_000)?.min(asked.twist.at_most.unwrap_or(u64::MAX));
    let to = to.unwrap_or(i64::MAX).min(asked.now);
    let earliest = from.unwrap_or(market.listing.listed * DAY);
    // A funding may be some milliseconds past its hour.
    let within = |row: &Funding| (earliest..=to).contains(&row.time);
    let rows = model::fundings(market, earliest - MINUTE, to).filter(within);
    let page: Vec<_> = match from {
        Some(_) => rows.take(count as usize).collect(),
        None => {
            let all: Vec<_> = rows.collect();
            all[all.len().saturating_sub(count as usize)..].to_vec()
        }
    };
    let page: Vec<Raw> = page.iter().map(|row| print_funding(market, row)).collect();
    Ok(Reply::json(200, JSON, list(&page)))
}

fn print_funding(market: &Market, row: &Funding) -> Raw {
    let mut out = object! {
        "symbol": market.listing.symbol, "fundingTime": row.time, "fundingRate": eight(row.rate),
    };
    let mut more = |name: &str, value: &str| {
        out.0.pop();
        // Writing to a string cannot fail.
        let _ = write!(out.0, r#","{name}":"{value}"}}"#);
    };
    if let Some(price) = row.mark_price {
        more("markPrice", &eight(price));
    }
    if row.time >= KIND_FROM {
        more("rateType", if row.special { "Special" } else { "Regular" });
    }
    out
}

pub(super) fn premium<'a>(
    all: impl Iterator<Item = &'a Market>,
    asked: &Asked,
) -> Result<Reply, Reply> {
    one_or_all(all, asked, |market| {
        let (mark, index) = premium_prices(market, asked.now);
        let running = model::running(market, asked.now);
        object! {
            "symbol": market.listing.symbol, "markPrice": eight(mark), "indexPrice": eight(index),
            "estimatedSettlePrice": eight(index),
            "lastFundingRate": running.map_or(String::new(), |(_, rate)| eight(rate)),
            "interestRate": if running.is_some() { "0.00010000" } else { "" },
            "nextFundingTime": running.map_or(0, |(time, _)| time), "time": asked.now,
        }
    })
}

/// Mark and index price.
pub(crate) fn premium_prices(market: &Market, now: i64) -> (i64, i64) {
    let price = market.price_at(now);
    (price + 3, price - 5)
}

pub(super) fn open_interest_now(market: &Market, asked: &Asked) -> Result<Reply, Reply> {
    let (amount, _) = model::open_interest(market, asked.now);
    let body = object! {
        "openInterest": eight(amount), "symbol": market.listing.symbol, "time": asked.now,
    };
    Ok(Reply::json(200, JSON, body))
}

pub(super) fn open_interest(market: &Market, asked: &Asked) -> Result<Reply, Reply> {
    statistics(market, asked, |at| {
        let (amount, value) = model::open_interest(market, at);
        object! {
            "symbol": market.listing.symbol, "sumOpenInterest": eight(amount),
            "sumOpenInterestValue": eight(value), "CMCCirculatingSupply": "1.00000000",
            "timestamp": at,
        }
    })
}

/// Ratios of the kind with that number; one of the endpoints prints times as texts.
pub(super) fn ratios(market: &Market, kind: u64, asked: &Asked) -> Result<Reply, Reply> {
    statistics(market, asked, |at| {
        let row = model::ratio(market, kind, at);
        let at = if kind == 1 {
            Raw(format!("\"{at}\""))
        } else {
            Raw(at.to_string())
        };
        object! {
            "symbol": market.listing.symbol, "longAccount": eight(row.long),
            "longShortRatio": eight(row.ratio), "shortAccount": eight(row.short), "timestamp": at,
        }
    })
}

/// The length of a period of statistics.
pub(crate) fn period(name: &str) -> Option<i64> {
    let minutes = match name {
        "5m" => 5,
        "15m" => 15,
        "30m" => 30,
        "1h" => 60,
        "2h" => 120,
        "4h" => 240,
        "6h" => 360,
        "12h" => 720,
        "1d" => 1_440,
        _ => return None,
    };
    Some(minutes * MINUTE)
}

/// The newest rows up to the end of the window, oldest first.
fn statistics(market: &Market, asked: &Asked, print: impl Fn(i64) -> Raw) -> Result<Reply, Reply> {
    let query = &asked.query;
    let invalid = |name: &str| error(400, -1130, &format!("parameter '{name}' is invalid."));
    let name = query.get("period").ok_or_else(|| missing("period"))?;
    let length = period(name).ok_or_else(|| invalid("period"))?;
    let count = limit(query, 30, 500)?.min(asked.twist.at_most.unwrap_or(u64::MAX)) as i64;
    let oldest = asked.now - MONTH;
    let from = number(query, "startTime")?;
    if from.is_some_and(|from| from < oldest) {
        return Err(invalid("startTime"));
    }
    let to = number(query, "endTime")?.unwrap_or(i64::MAX).min(asked.now);
    if from.is_some_and(|from| from > to && from > asked.now) {
        return Err(illegal("startTime", "the past"));
    }
    let until = expires_at(&market.listing).unwrap_or(i64::MAX);
    let last = to.min(until).div_euclid(length);
    let first = (from.unwrap_or(oldest) + length - 1).div_euclid(length);
    let first = first.max(last - count + 1);
    let rows: Vec<Raw> = (first..=last).map(|step| print(step * length)).collect();
    Ok(Reply::json(200, JSON, list(&rows)))
}

fn list(rows: &[Raw]) -> Raw {
    let mut out = String::new();
    crate::json::Json::write(rows, &mut out);
    Raw(out)
}
