//! Xignite: daily and five-minute bars of Japanese shares and indices.
//!
//! Everything is said with status 200; `Outcome` tells what it means. Lists are filled up with rows
//! without a date, and a share that was not traded has a row of zeros.

use chrono::{NaiveDate, NaiveDateTime};

use crate::answer::Served;
use crate::calendar::{DAY, HOUR, MINUTE, date, day_number, utc, weekday};
use crate::hash::Key;
use crate::options::Options;
use crate::reply::{Asked, Reply};
use crate::stocks::decimal;

const JSON: &str = "application/json; charset=utf-8";
const TOKEN: &str = "simulator-token-of-32-characters";
/// Tokyo's clock.
const AHEAD: i64 = 9 * HOUR;

/// The generated vendor.
#[derive(Debug)]
pub(crate) struct Xignite {
    key: Key,
}

/// A bar; prices in units of 10^-1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bar {
    pub(crate) open: i64,
    pub(crate) high: i64,
    pub(crate) low: i64,
    pub(crate) close: i64,
    /// 0 when nothing was traded, and of an index.
    pub(crate) volume: i64,
}

impl Xignite {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            key: Key::new(options.seed, "xignite"),
        }
    }

    /// Whether a symbol is an index.
    pub(crate) fn is_index(symbol: &str) -> bool {
        symbol.ends_with(".INDXJPX")
    }

    fn is_listed(symbol: &str) -> bool {
        symbol.split_once('.').is_some_and(|(code, group)| {
            code.parse().is_ok_and(|code: u32| code < 9_000) && matches!(group, "XTKS" | "INDXJPX")
        })
    }

    /// The bar that opens then.
    pub(crate) fn bar(&self, symbol: &str, open_time: i64) -> Bar {
        let key = Key::new(self.key.number(), symbol).at(open_time as u64);
        let is_index = Self::is_index(symbol);
        let price = |n: u64| key.at(n).within(20_000, 21_000);
        let (open, close) = (price(1), price(2));
        let volume = if is_index {
            0
        } else {
            key.at(3).within(1, 99_999) * 100
        };
        if !is_index && key.at(0).chance(100) {
            return Bar {
                open: 0,
                high: 0,
                low: 0,
                close: 0,
                volume: 0,
            };
        }
        Bar {
            open,
            high: open.max(close) + 10,
            low: open.min(close) - 10,
            close,
            volume,
        }
    }

    /// The trading days from one to another, both included, that have begun.
    pub(crate) fn days(first: i64, last: i64, now: i64) -> impl Iterator<Item = i64> {
        (first..=last).filter(move |day| weekday(*day) < 5 && day * DAY <= now)
    }

    /// When bars of five minutes open within a range of milliseconds: 09:00 to 15:00 in Tokyo.
    pub(crate) fn fives(from: i64, to: i64, now: i64) -> impl Iterator<Item = i64> {
        let length = 5 * MINUTE;
        let first = from.div_euclid(length) + i64::from(from.rem_euclid(length) != 0);
        let opens = (first..).map(move |n| n * length);
        opens
            .take_while(move |open| *open <= to && *open <= now)
            .filter(|open| {
                let wall = open + AHEAD;
                weekday(wall.div_euclid(DAY)) < 5
                    && (9 * HOUR..15 * HOUR).contains(&wall.rem_euclid(DAY))
            })
    }

    fn quotes_range(&self, symbol: &str, asked: &Asked) -> Result<String, Reply> {
        let day = |name: &str| {
            let text = asked.form.get(name).unwrap_or_default();
            NaiveDate::parse_from_str(text, "%Y/%m/%d")
                .map(day_number)
                .map_err(|_| outcome("RequestError", &format!("Invalid {name}.")))
        };
        let days = Self::days(day("StartOfDate")?, day("EndOfDate")?, asked.now);
        let mut rows: Vec<String> = days
            .map(|day| {
                let stamp = date(day).format("%Y/%m/%d").to_string();
                format!(
                    r#"{{"Date":"{stamp}",{},"PreviousClose":0.0}}"#,
                    figures(&self.bar(symbol, day * DAY))
                )
            })
            .collect();
        rows.push(
            r#"{"Date":"","Open":0.0,"High":0.0,"Low":0.0,"Close":0.0,"Volume":0.0}"#.to_owned(),
        );
        Ok(format!(r#""ArrayOfEndOfDayQuote":[{}]"#, rows.join(",")))
    }

    fn bars(&self, symbol: &str, asked: &Asked) -> Result<String, Reply> {
        let time = |name: &str| {
            let text = asked.form.get(name).unwrap_or_default();
            NaiveDateTime::parse_from_str(text, "%Y/%m/%d %H:%M:%S")
                .map(|wall| wall.and_utc().timestamp_millis() - AHEAD)
                .map_err(|_| outcome("RequestError", &format!("Invalid {name}.")))
        };
        let opens = Self::fives(time("StartDateTime")?, time("EndDateTime")?, asked.now);
        let rows: Vec<String> = opens
            .map(|open| {
                let wall = |ms: i64| utc(ms + AHEAD).format("%Y/%m/%d %H:%M:%S").to_string();
                format!(
                    r#"{{"StartDateTime":"{}","EndDateTime":"{}","UTCOffSet":9,{}}}"#,
                    wall(open),
                    wall(open + 5 * MINUTE),
                    figures(&self.bar(symbol, open))
                )
            })
            .collect();
        Ok(format!(r#""ArrayOfBar":[{}]"#, rows.join(",")))
    }

    fn route(&self, asked: &Asked) -> Result<Reply, Reply> {
        if asked.form.get("_token") != Some(TOKEN) {
            return Err(outcome("RequestError", "Authentication failed."));
        }
        let symbol = asked.form.get("Identifier").unwrap_or_default();
        if !Self::is_listed(symbol) {
            return Err(outcome(
                "RequestError",
                "No match found for this identifier.",
            ));
        }
        let (holder, list) = match (asked.path.as_str(), Self::is_index(symbol)) {
            ("/QUICKEquityHistorical.json/GetQuotesRange", false) => {
                ("Security", self.quotes_range(symbol, asked)?)
            }
            ("/QUICKIndexHistorical.json/GetQuotesRange", true) => {
                ("IndexAndGroup", self.quotes_range(symbol, asked)?)
            }
            ("/QUICKEquityRealTime.json/GetBars", false) => ("Security", self.bars(symbol, asked)?),
            ("/QUICKIndexRealTime.json/GetBars", true) => {
                ("IndexAndGroup", self.bars(symbol, asked)?)
            }
            _ => {
                return Err(outcome(
                    "RequestError",
                    "No match found for this identifier.",
                ));
            }
        };
        let body = format!(
            r#"{{"Outcome":"Success","Message":null,"{holder}":{{"Symbol":"{symbol}"}},{list}}}"#
        );
        Ok(Reply::json(200, JSON, body))
    }
}

fn figures(bar: &Bar) -> String {
    let price = |units| decimal(units, 1);
    format!(
        r#""Open":{},"High":{},"Low":{},"Close":{},"Volume":{}.0"#,
        price(bar.open),
        price(bar.high),
        price(bar.low),
        price(bar.close),
        bar.volume
    )
}

fn outcome(outcome: &str, message: &str) -> Reply {
    let body = format!(r#"{{"Outcome":"{outcome}","Message":"{message}"}}"#);
    Reply::json(200, JSON, body)
}

impl Served for Xignite {
    fn answer(&self, asked: &Asked) -> Reply {
        self.route(asked).unwrap_or_else(|refusal| refusal)
    }
}
