//! OKX: the endpoints, their limits, and where each answer comes from.
//!
//! Requests are counted for each address and endpoint, of some for each instrument too, in windows
//! of two seconds. Who asks too much is refused with 50011, with HTTP status 429 or, as the vendor
//! does at times, 200.

mod archive;
mod listings;
mod market;
mod model;
mod print;
mod stats;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::answer::Served;
use crate::options::Options;
use crate::reply::{Asked, Reply};

pub(crate) use listings::{Contract, Worth};
pub(crate) use market::{is_elp, side};
pub(crate) use model::{Instrument, interval};
pub(crate) use stats::sequence;

const RATIOS: &str = "/api/v5/rubik/stat/contracts/long-short-";

/// The generated vendor.
#[derive(Debug)]
pub(crate) struct Okx {
    all: Vec<Instrument>,
    limited: bool,
    /// By client, endpoint and instrument: the window that requests were last counted in, and how
    /// many there were.
    used: Mutex<HashMap<[String; 3], (i64, u32)>>,
}

impl Okx {
    pub(crate) fn new(options: &Options) -> Self {
        let all = listings::CONTRACTS.iter();
        Self {
            all: all
                .map(|contract| Instrument::new(contract, options))
                .collect(),
            limited: options.limits.on,
            used: Mutex::default(),
        }
    }

    /// The instrument of that name.
    pub(crate) fn find(&self, name: &str) -> Option<&Instrument> {
        self.all.iter().find(|of| of.contract.name() == name)
    }

    /// What is listed, in the order of the lists.
    pub(crate) fn all(&self) -> &[Instrument] {
        &self.all
    }

    fn route(&self, asked: &Asked) -> Result<Reply, Reply> {
        let of = || {
            self.find(market::instrument(asked)?)
                .ok_or_else(print::no_instrument)
        };
        match asked.path.as_str() {
            "/api/v5/market/trades" => market::trades(of()?, asked, false),
            "/api/v5/market/history-trades" => market::trades(of()?, asked, true),
            "/api/v5/market/candles" => market::candles(of()?, asked, false),
            "/api/v5/market/history-candles" => market::candles(of()?, asked, true),
            "/api/v5/market/books" => stats::book(of()?, asked, 400),
            "/api/v5/market/books-full" => stats::book(of()?, asked, 5_000),
            "/api/v5/market/ticker" => Ok(stats::tickers(&[of()?], asked.now)),
            "/api/v5/market/tickers" => Ok(stats::tickers(&self.of_type(asked)?, asked.now)),
            "/api/v5/public/funding-rate-history" => stats::fundings(of()?, asked),
            "/api/v5/public/funding-rate" => Ok(stats::funding_now(of()?, asked)),
            "/api/v5/public/open-interest" => {
                Ok(stats::open_interest_now(&self.of_type(asked)?, asked.now))
            }
            "/api/v5/rubik/stat/contracts/open-interest-history" => {
                stats::open_interest(of()?, asked)
            }
            "/api/v5/public/liquidation-orders" => {
                stats::liquidations(&self.of_type(asked)?, asked)
            }
            "/api/v5/public/instruments" => stats::instruments(asked),
            "/api/v5/public/market-data-history" => {
                archive::listing(&self.all.iter().collect::<Vec<_>>(), asked)
            }
            path if path.starts_with("/@archive/") => {
                Ok(archive::file(&self.all.iter().collect::<Vec<_>>(), path))
            }
            path => match path.strip_prefix(RATIOS) {
                Some("account-ratio") => stats::ratios(self.of_currency(asked)?, "currency", asked),
                Some(kind) => stats::ratios(of()?, kind, asked),
                None => Err(print::error(404, "50005", "API is offline or unavailable.")),
            },
        }
    }

    /// Those of a type; of one family or name where that is asked for.
    fn of_type(&self, asked: &Asked) -> Result<Vec<&Instrument>, Reply> {
        let query = &asked.query;
        let kind = query
            .get("instType")
            .ok_or_else(|| print::missing("instType"))?;
        let family = query.get("uly").or(query.get("instFamily"));
        let fits = |of: &&Instrument| {
            let contract: &Contract = of.contract;
            contract.kind == kind
                && family.is_none_or(|family| contract.family == family)
                && query
                    .get("instId")
                    .is_none_or(|name| contract.name() == name)
        };
        Ok(self.all.iter().filter(fits).collect())
    }

    fn of_currency(&self, asked: &Asked) -> Result<&Instrument, Reply> {
        let currency = asked
            .query
            .get("ccy")
            .ok_or_else(|| print::missing("ccy"))?;
        let fits = |of: &&Instrument| of.contract.listing.base == currency;
        self.all
            .iter()
            .find(fits)
            .ok_or_else(|| print::wrong("ccy"))
    }
}

impl Served for Okx {
    fn answer(&self, asked: &Asked) -> Reply {
        self.route(asked).unwrap_or_else(|refusal| refusal)
    }

    fn pass(&self, client: &str, asked: &Asked) -> Result<Vec<(&'static str, String)>, Reply> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let endpoint = asked.path.split("/@archive/").next().unwrap_or_default();
        let instrument = counted_by(endpoint).and_then(|name| asked.query.get(name));
        let key = [client, endpoint, instrument.unwrap_or_default()].map(str::to_owned);
        let counted = used.entry(key).or_default();
        let window = market::window(asked.now);
        if counted.0 != window {
            *counted = (window, 0);
        }
        counted.1 += 1;
        let over = counted.1.saturating_sub(allowed(endpoint));
        if !self.limited || over == 0 {
            return Ok(Vec::new());
        }
        Err(match over % 2 {
            1 => print::error(429, "50011", "Too Many Requests"),
            _ => print::error(
                200,
                "50011",
                "Rate limit reached. Please refer to API documentation and throttle requests accordingly.",
            ),
        })
    }

    fn too_much(&self, _retry_after: i64) -> Reply {
        print::error(429, "50011", "Too Many Requests")
    }
}

/// The parameter by which requests of an endpoint are counted apart.
fn counted_by(path: &str) -> Option<&'static str> {
    match path {
        "/api/v5/public/funding-rate-history"
        | "/api/v5/public/funding-rate"
        | "/api/v5/public/open-interest"
        | "/api/v5/rubik/stat/contracts/open-interest-history" => Some("instId"),
        "/api/v5/public/instruments" => Some("instType"),
        _ => None,
    }
}

/// Requests of an endpoint in a window.
fn allowed(path: &str) -> u32 {
    match path {
        "" => u32::MAX,
        "/api/v5/market/trades" => 100,
        "/api/v5/market/candles" | "/api/v5/market/books" => 40,
        "/api/v5/market/books-full"
        | "/api/v5/public/funding-rate-history"
        | "/api/v5/public/funding-rate"
        | "/api/v5/rubik/stat/contracts/open-interest-history" => 10,
        "/api/v5/public/market-data-history" => 5,
        path if path.starts_with(RATIOS) => 5,
        _ => 20,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::{Query, Twist};

    const NOW: i64 = 1_790_000_000_000;

    fn asked(path: &str, query: &[(&str, &str)]) -> Asked {
        let query = query
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Asked {
            path: path.to_owned(),
            query: Query(query.collect()),
            token: None,
            headers: Vec::new(),
            form: Query::default(),
            now: NOW,
            twist: Twist::default(),
        }
    }

    fn rows(okx: &Okx, path: &str, query: &[(&str, &str)]) -> Vec<serde_json::Value> {
        let reply = okx.answer(&asked(path, query));
        let body: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!(
            (reply.status, body["code"].as_str()),
            (200, Some("0")),
            "{body}"
        );
        body["data"].as_array().unwrap().clone()
    }

    #[test]
    fn cursors_exclude_themselves_and_rows_come_newest_first() {
        let okx = Okx::new(&Options::default());
        let path = "/api/v5/market/history-trades";
        let ids = |query: &[(&str, &str)]| -> Vec<i64> {
            let rows = rows(
                &okx,
                path,
                &[&[("instId", "BTC-USDT-SWAP")], query].concat(),
            );
            rows.iter()
                .map(|row| row["tradeId"].as_str().unwrap().parse().unwrap())
                .collect()
        };
        let first = ids(&[("type", "2"), ("after", &NOW.to_string())]);
        assert_eq!(first.len(), 100);
        assert!(first.is_sorted_by(|a, b| a == &(b + 1)));
        let oldest = first[99].to_string();
        assert_eq!(ids(&[("after", &oldest)])[0], first[99] - 1);
        assert_eq!(
            ids(&[("before", &oldest), ("limit", "3")]),
            ids(&[("limit", "3")])
        );
        let old = (NOW - 100 * crate::calendar::DAY).to_string();
        assert_eq!(ids(&[("type", "2"), ("after", &old)]), [] as [i64; 0]);
        let refused = okx.answer(&asked(
            path,
            &[("instId", "BTC-USDT"), ("type", "2"), ("before", "1")],
        ));
        assert_eq!(refused.status, 400);
    }

    #[test]
    fn the_newest_bars_are_missing_in_the_history_and_open_in_candles() {
        let okx = Okx::new(&Options::default());
        let newest = |path: &str| rows(&okx, path, &[("instId", "BTC-USDT")]).swap_remove(0);
        let (history, now) = (
            newest("/api/v5/market/history-candles"),
            newest("/api/v5/market/candles"),
        );
        assert_eq!((&history[8], &now[8]), (&"1".into(), &"0".into()));
        assert!(history[0].as_str() < now[0].as_str());
    }

    #[test]
    fn unknown_instruments_are_an_error_in_a_success() {
        let okx = Okx::new(&Options::default());
        let reply = okx.answer(&asked("/api/v5/market/trades", &[("instId", "A-B")]));
        assert_eq!(reply.status, 200);
        assert!(reply.body.starts_with(br#"{"code":"51001""#));
    }

    #[test]
    fn each_endpoint_has_a_limit_of_its_own() {
        let okx = Okx::new(&Options::default());
        let passed = |path: &str| okx.pass("a", &asked(path, &[])).is_ok();
        let path = "/api/v5/public/market-data-history";
        assert_eq!((0..7).filter(|_| passed(path)).count(), 5);
        assert!(passed("/api/v5/market/books"));
    }

    #[test]
    fn some_endpoints_count_each_instrument_apart() {
        let okx = Okx::new(&Options::default());
        let passed = |path: &str, name: &str| {
            let asked = asked(path, &[("instId", name)]);
            (0..25).filter(|_| okx.pass("a", &asked).is_ok()).count()
        };
        let (apart, together) = (
            "/api/v5/public/funding-rate-history",
            "/api/v5/market/history-trades",
        );
        assert_eq!(passed(apart, "BTC-USDT-SWAP"), 10);
        assert_eq!(passed(apart, "BTC-USD-SWAP"), 10);
        assert_eq!(passed(together, "BTC-USDT-SWAP"), 20);
        assert_eq!(passed(together, "BTC-USD-SWAP"), 0);
    }
}
