//! Binance spot: the endpoints, what each of them costs, and where its answer comes from. The
//! vendor's futures are made of the same parts.

pub(crate) mod archive;
mod bars;
mod errors;
mod exchange;
mod klines;
mod listings;
mod market;
mod now;
mod trades;
mod walk;

use std::collections::BTreeMap;

use crate::limits::Limits;
use crate::options::Options;
use crate::reply::{Asked, Reply};

pub(crate) use bars::{Bar, Interval};
pub(crate) use errors::{JSON, error, illegal, invalid_symbol, missing, number, symbol};
pub(crate) use klines::{answer as answer_klines, limits as kline_limits};
pub(crate) use listings::{LISTINGS, Listing, listing};
pub(crate) use market::{Market, Trade};
pub(crate) use now::{best, depth, one_or_all, printed, summary, update_id};
pub(crate) use trades::{Eight, Tape, answer as answer_trades, page as page_of_trades};

/// The generated exchange.
#[derive(Debug)]
pub(crate) struct Binance {
    markets: BTreeMap<&'static str, Market>,
    limits: Limits,
    missing_files: Vec<String>,
}

impl Binance {
    pub(crate) fn new(options: &Options) -> Self {
        let market = |listing: &listings::Listing| (listing.symbol, Market::new(*listing, options));
        Self {
            markets: listings::LISTINGS.iter().map(market).collect(),
            limits: options.limits.clone(),
            missing_files: options.missing_files.clone(),
        }
    }

    /// A listed symbol's market.
    pub(crate) fn market(&self, symbol: &str) -> Option<&Market> {
        self.markets.get(symbol)
    }

    /// All of them, in the order in which they are listed to clients.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Market> {
        LISTINGS
            .iter()
            .filter_map(|listing| self.market(listing.symbol))
    }

    pub(crate) fn answer(&self, asked: &Asked) -> Reply {
        self.route(asked).unwrap_or_else(|refusal| refusal)
    }

    fn route(&self, asked: &Asked) -> Result<Reply, Reply> {
        let market = || {
            self.market(symbol(&asked.query)?)
                .ok_or_else(invalid_symbol)
        };
        match asked.path.as_str() {
            "/api/v3/aggTrades" => trades::answer(market()?, asked),
            "/api/v3/klines" | "/api/v3/uiKlines" => klines::answer(market()?, asked),
            "/api/v3/exchangeInfo" => exchange::answer(asked, &self.limits),
            "/api/v3/depth" => now::answer_depth(market()?, asked),
            "/api/v3/ticker/24hr" => now::answer_tickers(self.all(), asked),
            "/api/v3/ticker/price" => now::answer_prices(self.all(), asked),
            "/api/v3/ticker/bookTicker" => now::answer_quotes(self.all(), asked),
            path if path.starts_with(archive::SERVER) => {
                let market = |name: &archive::Name<'_>| {
                    self.market(name.symbol).filter(|_| name.market == "spot")
                };
                archive::answer(asked, &self.missing_files, |name| {
                    archive::content(market(name)?, name, asked.now)
                })
            }
            path => Err(common_answer(path, asked.now)),
        }
    }
}

/// What needs no data, for the generated exchange and for a recorded one.
pub(crate) fn common_answer(path: &str, now: i64) -> Reply {
    match path {
        "/api/v3/ping" => Reply::json(200, JSON, "{}"),
        "/api/v3/time" => Reply::json(200, JSON, format!(r#"{{"serverTime":{now}}}"#)),
        _ => Reply::json(
            404,
            "text/html",
            "<html><head><title>404 Not Found</title></head></html>",
        ),
    }
}

/// What a request costs of the minute's weight.
pub(crate) fn weight(asked: &Asked) -> u64 {
    let all = asked.query.get("symbol").is_none();
    match asked.path.as_str() {
        path if path.starts_with(archive::SERVER) => 0,
        "/api/v3/aggTrades" => 4,
        "/api/v3/klines" | "/api/v3/uiKlines" => 2,
        "/api/v3/exchangeInfo" => 20,
        "/api/v3/ticker/24hr" if all => 80,
        "/api/v3/ticker/24hr" => 2,
        "/api/v3/ticker/price" | "/api/v3/ticker/bookTicker" => 2 + 2 * u64::from(all),
        "/api/v3/depth" => match now::levels(asked) {
            0..=100 => 5,
            101..=500 => 25,
            501..=1_000 => 50,
            _ => 250,
        },
        _ => 1,
    }
}
