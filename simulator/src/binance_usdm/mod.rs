//! Binance USD-M futures: the endpoints and where their answers come from.
//!
//! Trades, bars, books and tickers are made as those of spot, from another world; what futures
//! have alone stands in `model`. Contracts that have expired are not listed, and give the error of
//! an unknown symbol everywhere but for their trades and bars.

mod answers;
mod archive;
mod exchange;
mod limits;
mod listings;
mod model;

use std::collections::BTreeMap;

use crate::answer::Served;
use crate::binance::archive::SERVER;
use crate::binance::{self, JSON, Market, answer_klines, error, invalid_symbol, symbol};
use crate::limits::too_much;
use crate::options::Options;
use crate::reply::{Asked, Reply};

pub(crate) use answers::{period, premium_prices};
pub(crate) use archive::COLUMNS as METRICS;
pub(crate) use listings::{CONTRACTS, expires_at, normalised};
pub(crate) use model::{KIND_FROM, fundings, open_interest, ratio, running};

/// Weight a minute.
const WEIGHT: u64 = 2_400;

/// Kinds of ratios by their numbers in the model.
pub(crate) const RATIOS: [&str; 3] = ["top_positions", "top_accounts", "accounts"];

/// The generated vendor.
#[derive(Debug)]
pub(crate) struct BinanceUsdm {
    markets: BTreeMap<&'static str, Market>,
    limit: limits::Limit,
    missing_files: Vec<String>,
}

impl BinanceUsdm {
    pub(crate) fn new(options: &Options) -> Self {
        // Another seed, so that a contract does not trade as its pair on spot does.
        let options = Options {
            seed: options.seed ^ 0x5553_444d,
            ..options.clone()
        };
        let markets = CONTRACTS
            .iter()
            .map(|listing| (listing.symbol, Market::new(*listing, &options)));
        Self {
            markets: markets.collect(),
            limit: limits::Limit::new(&options.limits),
            missing_files: options.missing_files.clone(),
        }
    }

    /// A contract's market, also of one that has expired.
    pub(crate) fn market(&self, symbol: &str) -> Option<&Market> {
        self.markets.get(symbol)
    }

    /// The markets of contracts that have not expired.
    pub(crate) fn listed(&self, now: i64) -> impl Iterator<Item = &Market> {
        CONTRACTS
            .iter()
            .filter(move |listing| expires_at(listing).is_none_or(|end| now < end))
            .filter_map(|listing| self.market(listing.symbol))
    }

    fn route(&self, asked: &Asked) -> Result<Reply, Reply> {
        let known = || {
            let symbol = symbol(&asked.query)?;
            self.market(symbol).ok_or_else(invalid_symbol)
        };
        let listed = || self.listed(asked.now);
        match asked.path.as_str() {
            "/fapi/v1/aggTrades" => answers::trades(known()?, asked),
            "/fapi/v1/klines" => {
                answers::limit(&asked.query, 500, 1_500)?;
                if asked.query.get("interval") == Some("1s") {
                    return Err(error(400, -1120, "Invalid interval."));
                }
                answer_klines(known()?, asked)
            }
            "/fapi/v1/depth" => answers::book(known()?, asked),
            "/fapi/v1/exchangeInfo" => Ok(exchange::answer(listed(), asked)),
            "/fapi/v1/ticker/24hr" => answers::tickers(listed(), asked),
            "/fapi/v1/ticker/price" => answers::prices(listed(), asked),
            "/fapi/v1/ticker/bookTicker" => answers::quotes(listed(), asked),
            "/fapi/v1/fundingRate" => answers::fundings(known()?, asked),
            "/fapi/v1/premiumIndex" => answers::premium(listed(), asked),
            "/fapi/v1/openInterest" => answers::open_interest_now(known()?, asked),
            "/futures/data/openInterestHist" => answers::open_interest(known()?, asked),
            "/futures/data/topLongShortPositionRatio" => answers::ratios(known()?, 0, asked),
            "/futures/data/topLongShortAccountRatio" => answers::ratios(known()?, 1, asked),
            "/futures/data/globalLongShortAccountRatio" => answers::ratios(known()?, 2, asked),
            "/fapi/v1/allForceOrders" => {
                Err(error(400, 400, "The endpoint has been out of maintenance"))
            }
            "/fapi/v1/ping" => Ok(Reply::json(200, JSON, "{}")),
            "/fapi/v1/time" => {
                let body = format!(r#"{{"serverTime":{}}}"#, asked.now);
                Ok(Reply::json(200, JSON, body))
            }
            path if path.starts_with(SERVER) => {
                binance::archive::answer(asked, &self.missing_files, |name| {
                    let market = self.market(name.symbol);
                    archive::content(market.filter(|_| name.market != "spot")?, name, asked.now)
                })
            }
            _ => Err(Reply::json(404, "text/html", "<html>404 Not Found</html>")),
        }
    }
}

impl Served for BinanceUsdm {
    fn answer(&self, asked: &Asked) -> Reply {
        self.route(asked).unwrap_or_else(|refusal| refusal)
    }

    fn pass(&self, client: &str, asked: &Asked) -> Result<Vec<(&'static str, String)>, Reply> {
        if asked.path.starts_with(SERVER) {
            return Ok(Vec::new());
        }
        self.limit.pass(client, asked)
    }

    fn too_much(&self, retry_after: i64) -> Reply {
        too_much(WEIGHT, retry_after)
    }
}
