//! Polygon: bars, trades, quotes, days of all tickers, open and close, reference data.
//!
//! Trades and quotes come newest first and 1,000 at a time unless asked otherwise; the limit of
//! bars counts the minutes they are made of; prices are adjusted unless told otherwise, and the
//! cursor of bars forgets what was told. `next_url` names the vendor's own host, whoever was asked.

mod print;
mod reference;
mod ticks;

use crate::answer::Served;
use crate::calendar::{DAY, MINUTE, day_number};
use crate::options::Options;
use crate::reply::{Asked, Reply};
use crate::stocks::{Bar, Gate, SHARES, Stocks, decode, encode, new_york};

use print::{JSON, error, page, refused};
pub(crate) use ticks::{VENUES, conditions};

/// Of the free plan.
const REQUESTS_PER_MINUTE: u64 = 5;
const MOST: u64 = 50_000;

/// The generated vendor.
#[derive(Debug)]
pub(crate) struct Polygon {
    pub(crate) stocks: Stocks,
    token: String,
    gate: Gate,
}

impl Polygon {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            stocks: Stocks::new(options),
            token: options.token.clone(),
            gate: Gate::new(options.limits.on.then_some(REQUESTS_PER_MINUTE)),
        }
    }

    fn route(&self, asked: &Asked) -> Result<Reply, Reply> {
        let bearer = format!("Bearer {}", self.token);
        if asked.header("authorization") != Some(bearer.as_str()) {
            return Err(error(401, "Unknown API Key"));
        }
        let path: Vec<&str> = asked.path.trim_matches('/').split('/').collect();
        match path.as_slice() {
            [
                "v2",
                "aggs",
                "ticker",
                ticker,
                "range",
                multiplier,
                timespan,
                from,
                to,
            ] => {
                let range = Range {
                    ticker,
                    multiplier,
                    timespan,
                    from,
                    to,
                };
                self.aggs(&range, asked)
            }
            [
                "v2",
                "aggs",
                "grouped",
                "locale",
                "us",
                "market",
                "stocks",
                date,
            ] => self.grouped(date, asked),
            ["v3", "trades", ticker] => ticks::trades(&self.stocks, ticker, asked),
            ["v3", "quotes", ticker] => ticks::quotes(&self.stocks, ticker, asked),
            ["v3", "reference", "tickers", "types"] => reference::answer("ticker_types", asked),
            [
                "v3",
                "reference",
                list @ ("splits" | "dividends" | "tickers" | "exchanges" | "conditions"),
            ] => reference::answer(list, asked),
            ["v1", "open-close", ticker, date] => self.open_close(ticker, date, asked),
            _ => Err(refused(404, "NOT_FOUND", "Page not found.")),
        }
    }

    fn aggs(&self, range: &Range<'_>, asked: &Asked) -> Result<Reply, Reply> {
        let bad = |what: &str| error(400, &format!("Could not parse the parameter '{what}'."));
        let cursor = asked.query.get("cursor").and_then(decode);
        let limit = match &cursor {
            Some(cursor) => cursor
                .strip_prefix("limit=")
                .and_then(|rest| rest.split('&').next()?.parse().ok()),
            None => asked
                .query
                .get("limit")
                .map_or(Some(5_000), |limit| limit.parse().ok()),
        };
        let limit: u64 = limit
            .filter(|limit| (1..=MOST).contains(limit))
            .ok_or_else(|| bad("limit"))?;
        let most = limit.min(asked.twist.at_most.unwrap_or(MOST)) as i64;
        let multiplier: i64 = range.multiplier.parse().map_err(|_| bad("multiplier"))?;
        let (from, to) = (
            instant(range.from).ok_or_else(|| bad("from"))?,
            instant(range.to).ok_or_else(|| bad("to"))?.min(asked.now),
        );
        // A page covers so many minutes or days, whatever happened in them.
        let (unit, days) = match range.timespan {
            "minute" => (MINUTE, false),
            "day" if multiplier == 1 => (DAY, true),
            other => return Err(bad(other)),
        };
        let end = from
            .saturating_add((most * unit).max(multiplier * unit))
            .min(to + 1);
        let bars = match days {
            true => self.stocks.days(range.ticker, (from, end)),
            false => self.stocks.minutes(range.ticker, multiplier, (from, end)),
        };
        let adjusted = asked.query.get("adjusted") != Some("false");
        let rows: Vec<String> = bars
            .iter()
            .map(|bar| print::bar(&shown(*bar, adjusted), None))
            .collect();
        let next = (end <= to).then(|| {
            let cursor = encode(&format!("limit={limit}&sort=asc"));
            format!(
                "v2/aggs/ticker/{}/range/{multiplier}/{}/{end}/{}?cursor={cursor}",
                range.ticker, range.timespan, range.to
            )
        });
        let head = format!(
            r#""ticker":"{}","adjusted":{adjusted},"queryCount":{most},"resultsCount":{},"#,
            range.ticker,
            rows.len()
        );
        Ok(page(&head, &rows, next.as_deref()))
    }

    fn grouped(&self, text: &str, asked: &Asked) -> Result<Reply, Reply> {
        let day = text
            .parse()
            .map(day_number)
            .map_err(|_| error(400, "Could not parse the date."))?;
        let adjusted = asked.query.get("adjusted") != Some("false");
        let open = new_york::midnight(day);
        let close = open + 16 * 60 * MINUTE;
        let rows: Vec<String> = SHARES
            .iter()
            .flat_map(|(symbol, _)| {
                let bars = self.stocks.days(symbol, (open, open + 1)).into_iter();
                bars.map(move |bar| Bar {
                    open_time: close,
                    ..shown(bar, adjusted)
                })
                .map(|bar| print::bar(&bar, Some(symbol)))
            })
            .filter(|_| close <= asked.now)
            .collect();
        let head = format!(
            r#""adjusted":{adjusted},"queryCount":{0},"resultsCount":{0},"#,
            rows.len()
        );
        Ok(page(&head, &rows, None))
    }

    fn open_close(&self, ticker: &str, text: &str, asked: &Asked) -> Result<Reply, Reply> {
        let day = text
            .parse()
            .map(day_number)
            .map_err(|_| error(400, "Could not parse the date."))?;
        let open = new_york::midnight(day);
        let bars = self.stocks.days(ticker, (open, open + 1));
        let bar = bars.first().filter(|_| open + DAY <= asked.now);
        let bar = bar.ok_or_else(|| refused(404, "NOT_FOUND", "Data not found."))?;
        let adjusted = asked.query.get("adjusted") != Some("false");
        Ok(Reply::json(
            200,
            JSON,
            Self::day(ticker, text, &shown(*bar, adjusted)),
        ))
    }

    /// What is said of a day.
    pub(crate) fn day(ticker: &str, date: &str, bar: &Bar) -> String {
        let price = |units| crate::stocks::decimal(units, 4);
        format!(
            r#"{{"status":"OK","from":"{date}","symbol":"{ticker}","open":{},"high":{},"low":{},"close":{},"volume":{},"afterHours":{},"preMarket":{}}}"#,
            price(bar.open),
            price(bar.high),
            price(bar.low),
            price(bar.close),
            crate::stocks::decimal(bar.volume, 1),
            price(bar.close),
            price(bar.open)
        )
    }
}

/// The path of a request for bars.
struct Range<'a> {
    ticker: &'a str,
    multiplier: &'a str,
    timespan: &'a str,
    from: &'a str,
    to: &'a str,
}

fn shown(bar: Bar, adjusted: bool) -> Bar {
    if adjusted { bar.halved() } else { bar }
}

/// Milliseconds, or a date.
fn instant(text: &str) -> Option<i64> {
    let date = || {
        text.parse()
            .ok()
            .map(|date| new_york::midnight(day_number(date)))
    };
    text.parse().ok().or_else(date)
}

impl Served for Polygon {
    fn answer(&self, asked: &Asked) -> Reply {
        self.route(asked).unwrap_or_else(|refusal| refusal)
    }

    fn pass(&self, _client: &str, asked: &Asked) -> Result<Vec<(&'static str, String)>, Reply> {
        let client = asked.header("authorization").unwrap_or_default();
        match self.gate.pass(client, asked.now).requests {
            Some(_) => Ok(Vec::new()),
            None => Err(too_much()),
        }
    }

    fn too_much(&self, retry_after: i64) -> Reply {
        too_much().with("retry-after", retry_after)
    }
}

fn too_much() -> Reply {
    error(
        429,
        "You've exceeded the maximum requests per minute, please wait or upgrade your subscription to continue.",
    )
}
