//! Deribit: both hosts, the methods, and the credits that each call costs.

mod contracts;
mod market;
mod present;
mod print;
mod series;
mod tape;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use crate::answer::Served;
use crate::json::Raw;
use crate::options::Options;
use crate::reply::{Asked, Reply};

pub(crate) use contracts::{Contract, Sort};
pub(crate) use market::{COMBO, Deal, Now, Traded, volatility};

/// Credits of a call, of the pool, and those that come back in a second.
const CALL: i64 = 500;
const POOL: i64 = 50_000;
const REFILL: i64 = 10_000;
/// The same of lists of instruments.
const LIST: i64 = 10_000;
const POOL_OF_LISTS: i64 = 500_000;

/// The generated vendor.
#[derive(Debug)]
pub(crate) struct Deribit {
    contracts: BTreeMap<&'static str, Traded>,
    seed: u64,
    limited: bool,
    /// By client, and whether of lists: what is left, and since when.
    credits: Mutex<HashMap<(String, bool), (i64, i64)>>,
}

impl Deribit {
    pub(crate) fn new(options: &Options) -> Self {
        let traded = |contract: &Contract| (contract.name(), Traded::new(*contract, options));
        Self {
            contracts: contracts::CONTRACTS.iter().map(traded).collect(),
            seed: options.seed,
            limited: options.limits.on,
            credits: Mutex::default(),
        }
    }

    /// A contract of that name.
    pub(crate) fn contract(&self, name: &str) -> Option<&Traded> {
        self.contracts.get(name)
    }

    fn asked(&self, asked: &Asked) -> Result<&Traded, Reply> {
        let name = asked
            .query
            .get("instrument_name")
            .ok_or_else(|| print::invalid("instrument_name", "field required"))?;
        self.contract(name)
            .ok_or_else(|| print::error(400, 13_020, "not_found"))
    }

    fn result(&self, method: &str, asked: &Asked, history: bool) -> Result<Raw, Reply> {
        let all = || contracts::CONTRACTS.iter();
        let listed =
            |contract: &&Contract| present::is_listed(contract, &asked.query, asked.now, history);
        match method {
            "get_last_trades_by_instrument_and_time" => {
                tape::by_time(self.asked(asked)?, asked, history)
            }
            "get_last_trades_by_instrument" => tape::by_number(self.asked(asked)?, asked, history),
            "get_instruments" => Ok(present::instruments(all().filter(listed), asked.now)),
            _ if history => Err(print::error(400, -32_601, "Method not found")),
            "get_tradingview_chart_data" => series::chart(self.asked(asked)?, asked),
            "get_funding_rate_history" => series::fundings(self.asked(asked)?, asked),
            "get_volatility_index_data" => series::volatilities(self.seed, asked),
            "get_order_book" => present::book(self.asked(asked)?, asked),
            "ticker" => Ok(present::ticker(self.asked(asked)?, asked)),
            "get_instrument" => Ok(present::instrument(&self.asked(asked)?.contract, asked.now)),
            "get_book_summary_by_currency" => {
                let listed = all().filter(listed);
                let traded = listed.filter_map(|contract| self.contract(contract.name()));
                Ok(present::summaries(traded, asked))
            }
            _ => Err(print::error(400, -32_601, "Method not found")),
        }
    }
}

impl Served for Deribit {
    fn answer(&self, asked: &Asked) -> Reply {
        let (path, history) = match asked.path.strip_prefix("/@history") {
            Some(path) => (path, true),
            None => (asked.path.as_str(), false),
        };
        let Some(method) = path.strip_prefix("/api/v2/public/") else {
            return Reply::json(
                404,
                "text/html",
                "<html><title>404 Not Found</title></html>",
            );
        };
        match self.result(method, asked, history) {
            Ok(result) => print::answer(&result, asked.now),
            Err(refusal) => refusal,
        }
    }

    fn pass(&self, client: &str, asked: &Asked) -> Result<Vec<(&'static str, String)>, Reply> {
        if !self.limited {
            return Ok(Vec::new());
        }
        let lists = asked.path.ends_with("/get_instruments");
        let (cost, pool) = if lists {
            (LIST, POOL_OF_LISTS)
        } else {
            (CALL, POOL)
        };
        // Counters stay usable whatever another thread was doing.
        let mut credits = self.credits.lock().unwrap_or_else(PoisonError::into_inner);
        let (left, since) = credits
            .entry((client.to_owned(), lists))
            .or_insert((pool, asked.now));
        let back = (asked.now - *since).max(0).saturating_mul(REFILL) / 1_000;
        (*left, *since) = (left.saturating_add(back).min(pool), asked.now);
        if *left < cost {
            return Err(print::error(429, 10_028, "too_many_requests"));
        }
        *left -= cost;
        Ok(Vec::new())
    }

    fn too_much(&self, _retry_after: i64) -> Reply {
        print::error(429, 10_028, "too_many_requests")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{DAY, HOUR};
    use crate::reply::{Query, Twist};
    use serde_json::Value;

    const NOW: i64 = 20_600 * DAY + 12 * HOUR;

    fn asked(path: &str, query: &str, now: i64) -> Asked {
        let query = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Asked {
            path: format!(
                "{path}/api/v2/public/{}",
                "get_last_trades_by_instrument_and_time"
            ),
            query: Query(query),
            token: None,
            headers: Vec::new(),
            form: Query::default(),
            now,
            twist: Twist::default(),
        }
    }

    fn page(deribit: &Deribit, path: &str, from: i64, to: i64) -> (usize, bool) {
        let query = format!(
            "instrument_name=BTC-PERPETUAL&start_timestamp={from}&end_timestamp={to}&count=1000&sorting=asc"
        );
        let reply = deribit.answer(&asked(path, &query, NOW));
        let reply: Value = serde_json::from_slice(&reply.body).unwrap();
        let result = &reply["result"];
        let rows = result["trades"].as_array().unwrap();
        assert!(
            rows.windows(2)
                .all(|pair| pair[0]["trade_seq"].as_u64() < pair[1]["trade_seq"].as_u64())
        );
        (rows.len(), result["has_more"].as_bool().unwrap())
    }

    #[test]
    fn the_main_host_forgets_and_the_history_host_lags() {
        let deribit = Deribit::new(&Options::default());
        assert_eq!(
            page(&deribit, "", NOW - 26 * HOUR, NOW - 25 * HOUR),
            (0, false)
        );
        let old = page(&deribit, "/@history", NOW - 26 * HOUR, NOW - 25 * HOUR);
        assert!(old.0 > 500, "{old:?}");
        assert!(page(&deribit, "", NOW - 2 * HOUR, NOW).1);
        assert_eq!(page(&deribit, "/@history", NOW - HOUR / 4, NOW), (0, false));
    }

    #[test]
    fn credits_come_back() {
        let deribit = Deribit::new(&Options::default());
        let ask = |now| deribit.pass("a", &asked("", "", now)).is_ok();
        assert_eq!((0..200).filter(|_| ask(NOW)).count(), 100);
        assert!(ask(NOW + 50) && !ask(NOW + 51));
        assert!(deribit.pass("b", &asked("", "", NOW)).is_ok());
    }

    #[test]
    fn refusals_have_the_vendors_codes() {
        let deribit = Deribit::new(&Options::default());
        let code = |query: &str| {
            let reply = deribit.answer(&asked("", query, NOW));
            let body: Value = serde_json::from_slice(&reply.body).unwrap();
            (reply.status, body["error"]["code"].as_i64().unwrap())
        };
        assert_eq!(code("instrument_name=NO-SUCH"), (400, 13_020));
        assert_eq!(code("instrument_name=BTC-PERPETUAL"), (400, -32_602));
        let too_long = "instrument_name=BTC-PERPETUAL&start_timestamp=1&end_timestamp=2&count=1001";
        assert_eq!(code(too_long), (400, -32_602));
    }
}
