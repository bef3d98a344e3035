//! Alpaca: bars, trades, quotes and auctions of many symbols.
//!
//! Rows come sorted by symbol, then time; the limit counts rows over all symbols, of auctions days;
//! the token of the next page is a position; both ends of a range are included; the newest quarter
//! of an hour of the feed of all exchanges is refused.

mod print;

use chrono::DateTime;

use crate::answer::Served;
use crate::calendar::MINUTE;
use crate::options::Options;
use crate::reply::{Asked, Reply};
use crate::stocks::{Gate, Stocks, decode, encode};

use print::JSON;
pub(crate) use print::{VENUES, auctions, conditions, time};

/// Of the basic plan.
const REQUESTS_PER_MINUTE: u64 = 200;
const MOST: u64 = 10_000;
/// Its secret is the token of the options.
const KEY_ID: &str = "simulator-key";

/// The generated vendor.
#[derive(Debug)]
pub(crate) struct Alpaca {
    pub(crate) stocks: Stocks,
    secret: String,
    gate: Gate,
}

/// What a request limits its rows to, both ends in nanoseconds and included.
struct Filter {
    symbols: Vec<String>,
    start: i64,
    end: i64,
    limit: u64,
    skip: usize,
}

impl Filter {
    fn of(asked: &Asked) -> Result<Self, Reply> {
        let bad = |what: &str| refused(400, &format!("invalid {what}"));
        let query = &asked.query;
        let symbols = query.get("symbols").ok_or_else(|| bad("symbols"))?;
        let mut symbols: Vec<String> = symbols.split(',').map(str::to_owned).collect();
        symbols.sort();
        symbols.dedup();
        let time = |name: &str| {
            let text = query.get(name).ok_or_else(|| bad(name))?;
            let time = DateTime::parse_from_rfc3339(text).ok();
            time.and_then(|time| time.timestamp_nanos_opt())
                .ok_or_else(|| bad(name))
        };
        let (start, end) = (time("start")?, time("end")?);
        let is_sip = query.get("feed").is_none_or(|feed| feed == "sip");
        if is_sip && end / 1_000_000 > asked.now - 15 * MINUTE {
            return Err(refused(
                403,
                "subscription does not permit querying recent SIP data",
            ));
        }
        let limit = query
            .get("limit")
            .map_or(Some(1_000), |limit| limit.parse().ok());
        let limit = limit
            .filter(|limit| (1..=MOST).contains(limit))
            .ok_or_else(|| bad("limit"))?;
        let skip = match query.get("page_token") {
            Some(token) => decode(token)
                .and_then(|token| token.rsplit_once('|')?.1.parse().ok())
                .ok_or_else(|| bad("page_token"))?,
            None => 0,
        };
        Ok(Self {
            symbols,
            start,
            end,
            limit: limit.min(asked.twist.at_most.unwrap_or(MOST)),
            skip,
        })
    }

    /// A page of rows, given those of each symbol.
    fn page(&self, name: &str, rows: impl Fn(&str) -> Vec<String>) -> Reply {
        let all: Vec<(&str, String)> = self
            .symbols
            .iter()
            .flat_map(|symbol| {
                rows(symbol)
                    .into_iter()
                    .map(move |row| (symbol.as_str(), row))
            })
            .collect();
        let page = all.iter().skip(self.skip).take(self.limit as usize);
        let mut symbols: Vec<(&str, Vec<&str>)> = Vec::new();
        for (symbol, row) in page {
            match symbols.last_mut() {
                Some((last, rows)) if last == symbol => rows.push(row),
                _ => symbols.push((symbol, vec![row])),
            }
        }
        let end = self.skip + self.limit as usize;
        let token = match all.get(end) {
            Some((symbol, _)) => format!("\"{}\"", encode(&format!("{symbol}|{end}"))),
            None => "null".to_owned(),
        };
        let symbols: Vec<String> = symbols
            .iter()
            .map(|(symbol, rows)| format!(r#""{symbol}":[{}]"#, rows.join(",")))
            .collect();
        let body = format!(
            r#"{{"{name}":{{{}}},"next_page_token":{token}}}"#,
            symbols.join(",")
        );
        Reply::json(200, JSON, body)
    }
}

impl Alpaca {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            stocks: Stocks::new(options),
            secret: options.token.clone(),
            gate: Gate::new(options.limits.on.then_some(REQUESTS_PER_MINUTE)),
        }
    }

    fn route(&self, asked: &Asked) -> Result<Reply, Reply> {
        let is_known = asked.header("apca-api-key-id") == Some(KEY_ID)
            && asked.header("apca-api-secret-key") == Some(self.secret.as_str());
        if !is_known {
            return Err(refused(403, "forbidden."));
        }
        match asked.path.as_str() {
            "/v2/stocks/trades" => {
                let filter = Filter::of(asked)?;
                let rows = |symbol: &str| {
                    let prints = self.stocks.prints(symbol, filter.start, filter.end + 1);
                    prints.iter().map(print::trade).collect()
                };
                Ok(filter.page("trades", rows))
            }
            "/v2/stocks/quotes" => {
                let filter = Filter::of(asked)?;
                let rows = |symbol: &str| {
                    let quotes = self.stocks.quotes(symbol, filter.start, filter.end + 1);
                    quotes.iter().map(print::quote).collect()
                };
                Ok(filter.page("quotes", rows))
            }
            "/v2/stocks/auctions" => {
                let filter = Filter::of(asked)?;
                let rows = |symbol: &str| {
                    let days = self.stocks.auctions(symbol, filter.start, filter.end + 1);
                    days.iter().map(print::auctions).collect()
                };
                Ok(filter.page("auctions", rows))
            }
            "/v2/stocks/bars" => self.bars(asked),
            _ => Err(refused(404, "endpoint not found.")),
        }
    }

    fn bars(&self, asked: &Asked) -> Result<Reply, Reply> {
        let filter = Filter::of(asked)?;
        let halved = match asked.query.get("adjustment") {
            None | Some("raw") => false,
            Some("split" | "all") => true,
            Some(_) => return Err(refused(400, "invalid adjustment")),
        };
        let frame = asked.query.get("timeframe").unwrap_or_default();
        let minutes = frame
            .strip_suffix("Min")
            .and_then(|count| count.parse().ok());
        if minutes.is_none() && frame != "1Day" {
            return Err(refused(400, "invalid timeframe"));
        }
        // A bar begins at a whole millisecond.
        let range = (
            -(-filter.start).div_euclid(1_000_000),
            filter.end.div_euclid(1_000_000) + 1,
        );
        let rows = |symbol: &str| {
            let bars = match minutes {
                Some(minutes) => self.stocks.minutes(symbol, minutes, range),
                None => self.stocks.days(symbol, range),
            };
            let bars = bars.into_iter().filter(|bar| bar.open_time <= asked.now);
            let bars = bars.map(|bar| if halved { bar.halved() } else { bar });
            bars.map(|bar| print::bar(&bar)).collect()
        };
        Ok(filter.page("bars", rows))
    }
}

fn refused(status: u16, message: &str) -> Reply {
    Reply::json(status, JSON, format!(r#"{{"message":"{message}"}}"#))
}

impl Served for Alpaca {
    fn answer(&self, asked: &Asked) -> Reply {
        self.route(asked).unwrap_or_else(|refusal| refusal)
    }

    fn pass(&self, _client: &str, asked: &Asked) -> Result<Vec<(&'static str, String)>, Reply> {
        let client = asked.header("apca-api-key-id").unwrap_or_default();
        let left = self.gate.pass(client, asked.now);
        let headers = vec![
            ("x-ratelimit-limit", REQUESTS_PER_MINUTE.to_string()),
            (
                "x-ratelimit-remaining",
                left.requests.unwrap_or(0).to_string(),
            ),
            ("x-ratelimit-reset", left.reset.to_string()),
        ];
        match left.requests {
            Some(_) => Ok(headers),
            None => {
                let mut reply = refused(429, "too many requests.");
                reply.headers.extend(headers);
                Err(reply)
            }
        }
    }

    fn too_much(&self, retry_after: i64) -> Reply {
        refused(429, "too many requests.").with("retry-after", retry_after)
    }
}
