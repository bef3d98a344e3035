//! The limits of futures: weight a minute, and two limits by requests in five minutes.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::answer::Vendor;
use crate::calendar::MINUTE;
use crate::limits::{Gate, Limits, seconds_up, too_much};
use crate::reply::{Asked, Reply};

use super::WEIGHT;

const WINDOW: i64 = 5 * MINUTE;
const FUNDING: u64 = 500;
const DATA: u64 = 1_000;

/// Keeps count.
#[derive(Debug)]
pub(super) struct Limit {
    on: bool,
    weight: Gate,
    /// Requests by limit and client: the window and how many there were in it.
    requests: Mutex<HashMap<(u64, String), (i64, u64)>>,
}

impl Limit {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            on: limits.on,
            weight: Gate::new(limits.clone()),
            requests: Mutex::default(),
        }
    }

    pub(super) fn pass(
        &self,
        client: &str,
        asked: &Asked,
    ) -> Result<Vec<(&'static str, String)>, Reply> {
        let by_requests = match asked.path.as_str() {
            "/fapi/v1/fundingRate" | "/fapi/v1/fundingInfo" => Some(FUNDING),
            path if path.starts_with("/futures/data/") => Some(DATA),
            _ => None,
        };
        match by_requests {
            Some(most) => self.request(most, client, asked.now),
            None => {
                let weight = weight(asked);
                let vendor = Vendor::BinanceUsdm;
                self.weight.weigh(vendor, WEIGHT, client, weight, asked.now)
            }
        }
    }

    fn request(
        &self,
        most: u64,
        client: &str,
        now: i64,
    ) -> Result<Vec<(&'static str, String)>, Reply> {
        // Counters stay usable whatever another thread was doing.
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let window = now.div_euclid(WINDOW);
        let used = requests.entry((most, client.to_owned())).or_default();
        if used.0 != window {
            *used = (window, 0);
        }
        used.1 += 1;
        if self.on && used.1 > most {
            return Err(too_much(most, seconds_up((window + 1) * WINDOW - now)));
        }
        Ok(Vec::new())
    }
}

/// What a request costs of the minute's weight.
fn weight(asked: &Asked) -> u64 {
    let all = asked.query.get("symbol").is_none();
    let limit = |default: u64| {
        let limit = asked
            .query
            .get("limit")
            .and_then(|limit| limit.parse().ok());
        limit.unwrap_or(default)
    };
    match asked.path.as_str() {
        "/fapi/v1/aggTrades" => 20,
        "/fapi/v1/klines" => match limit(500) {
            0..100 => 1,
            100..500 => 2,
            500..=1_000 => 5,
            _ => 10,
        },
        "/fapi/v1/depth" => match limit(500) {
            0..=50 => 2,
            51..=100 => 5,
            101..=500 => 10,
            _ => 20,
        },
        "/fapi/v1/ticker/24hr" if all => 40,
        "/fapi/v1/ticker/bookTicker" => {
            if all {
                5
            } else {
                2
            }
        }
        "/fapi/v1/ticker/price" if all => 2,
        "/fapi/v1/premiumIndex" if all => 10,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::{Query, Twist};

    fn asked(path: &str, query: &[(&str, &str)], now: i64) -> Asked {
        let query = query
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Asked {
            path: path.to_owned(),
            query: Query(query.collect()),
            token: None,
            headers: Vec::new(),
            form: Query::default(),
            now,
            twist: Twist::default(),
        }
    }

    #[test]
    fn weight_is_counted_a_minute_and_requests_in_five() {
        let limit = Limit::new(&Limits::default());
        for n in 1..=120u64 {
            let headers = limit
                .pass("a", &asked("/fapi/v1/aggTrades", &[], 1))
                .unwrap();
            assert_eq!(headers[1], ("x-mbx-used-weight-1m", (20 * n).to_string()));
        }
        let refusal = limit
            .pass("a", &asked("/fapi/v1/aggTrades", &[], 2))
            .unwrap_err();
        assert_eq!(refusal.status, 429);
        assert!(
            limit
                .pass("a", &asked("/fapi/v1/aggTrades", &[], MINUTE))
                .is_ok()
        );
        for _ in 0..FUNDING {
            assert!(
                limit
                    .pass("a", &asked("/fapi/v1/fundingRate", &[], 3))
                    .is_ok()
            );
        }
        let refusal = limit
            .pass("a", &asked("/fapi/v1/fundingRate", &[], 3))
            .unwrap_err();
        assert!(refusal.headers.contains(&("retry-after", "300".to_owned())));
        assert!(
            limit
                .pass("a", &asked("/futures/data/openInterestHist", &[], 3))
                .is_ok()
        );
    }

    #[test]
    fn few_bars_cost_little() {
        let cost = |limit: &str| weight(&asked("/fapi/v1/klines", &[("limit", limit)], 0));
        assert_eq!(["99", "499", "1000", "1500"].map(cost), [1, 2, 5, 10]);
    }
}
