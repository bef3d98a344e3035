//! The vendors' limits, kept by the simulated clock, with what they say to who breaks them.
//!
//! Binance: request weight per client address in fixed minutes; whoever goes on after a 429 is
//! banned. football-data: requests per token in a minute that starts with the first of them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::answer::Vendor;
use crate::binance;
use crate::calendar::{MINUTE, SECOND};
use crate::reply::{Asked, Reply};

/// How much the vendors allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Off: everything is counted, nothing is refused.
    pub on: bool,
    /// Binance: weight per minute and client address.
    pub binance_weight: u64,
    /// Binance: requests after the first 429 of a minute until the ban.
    pub binance_patience: u64,
    /// Binance: seconds a ban lasts.
    pub binance_ban: i64,
    /// football-data: requests per minute and token.
    pub football_requests: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            on: true,
            binance_weight: 6_000,
            binance_patience: 5,
            binance_ban: 120,
            football_requests: 10,
        }
    }
}

impl Limits {
    /// Nothing is refused.
    #[must_use]
    pub fn off() -> Self {
        Self {
            on: false,
            ..Self::default()
        }
    }
}

/// What one client used.
#[derive(Debug, Clone, Copy, Default)]
struct Used {
    window: i64,
    used: u64,
    refused: u64,
    banned_until: i64,
}

/// Keeps count.
#[derive(Debug)]
pub(crate) struct Gate {
    limits: Limits,
    clients: Mutex<HashMap<(Vendor, String), Used>>,
}

/// Headers for the reply, or the refusal instead of it.
type Passed = Result<Vec<(&'static str, String)>, Reply>;

impl Gate {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            clients: Mutex::default(),
        }
    }

    /// Counts a request of `client` (an address).
    pub(crate) fn pass(&self, vendor: Vendor, client: &str, asked: &Asked) -> Passed {
        match vendor {
            Vendor::Binance => {
                let weight = binance::weight(asked);
                self.weigh(
                    vendor,
                    self.limits.binance_weight,
                    client,
                    weight,
                    asked.now,
                )
            }
            Vendor::FootballData => self.football(asked),
            _ => Ok(Vec::new()),
        }
    }

    fn clients(&self) -> MutexGuard<'_, HashMap<(Vendor, String), Used>> {
        // Counters stay usable whatever another thread was doing.
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts the weight of a request in a minute that allows `limit`.
    pub(crate) fn weigh(
        &self,
        vendor: Vendor,
        limit: u64,
        client: &str,
        weight: u64,
        now: i64,
    ) -> Passed {
        let limits = &self.limits;
        let mut clients = self.clients();
        let used = clients.entry((vendor, client.to_owned())).or_default();
        let window = now.div_euclid(MINUTE);
        if used.window != window {
            *used = Used {
                window,
                banned_until: used.banned_until,
                ..Used::default()
            };
        }
        used.used += weight;
        let weight = used.used.to_string();
        let headers = vec![
            ("x-mbx-used-weight", weight.clone()),
            ("x-mbx-used-weight-1m", weight),
        ];
        let banned = now < used.banned_until;
        if !limits.on || (!banned && used.used <= limit) {
            return Ok(headers);
        }
        used.refused += 1;
        if !banned && used.refused <= limits.binance_patience + 1 {
            let wait = seconds_up((window + 1) * MINUTE - now);
            return Err(with_headers(too_much(limit, wait), headers));
        }
        if !banned {
            used.banned_until = now + limits.binance_ban * SECOND;
        }
        let refusal = banned_until(used.banned_until, seconds_up(used.banned_until - now));
        Err(with_headers(refusal, headers))
    }

    fn football(&self, asked: &Asked) -> Passed {
        let client = asked.token.clone().unwrap_or_default();
        let mut clients = self.clients();
        let used = clients.entry((Vendor::FootballData, client)).or_default();
        if used.used == 0 || asked.now - used.window >= MINUTE {
            *used = Used {
                window: asked.now,
                ..Used::default()
            };
        }
        used.used += 1;
        let wait = seconds_up(used.window + MINUTE - asked.now);
        let left = self.limits.football_requests.saturating_sub(used.used);
        let headers = vec![
            ("x-requests-available-minute", left.to_string()),
            ("x-requestcounter-reset", wait.to_string()),
        ];
        if self.limits.on && used.used > self.limits.football_requests {
            return Err(with_headers(wait_seconds(wait), headers));
        }
        Ok(headers)
    }
}

fn with_headers(mut reply: Reply, headers: Vec<(&'static str, String)>) -> Reply {
    reply.headers.extend(headers);
    reply
}

pub(crate) fn seconds_up(ms: i64) -> i64 {
    (ms + SECOND - 1) / SECOND
}

/// Binance's 429.
pub(crate) fn too_much(limit: u64, retry_after: i64) -> Reply {
    let message = format!(
        "Too much request weight used; current limit is {limit} request weight per 1 MINUTE. \
         Please use WebSocket Streams for live updates to avoid polling the API."
    );
    binance::error(429, -1003, &message).with("retry-after", retry_after)
}

/// Binance's 418.
pub(crate) fn banned_until(ms: i64, retry_after: i64) -> Reply {
    let message = format!(
        "Way too much request weight used; IP banned until {ms}. \
         Please use WebSocket Streams for live updates to avoid bans."
    );
    binance::error(418, -1003, &message).with("retry-after", retry_after)
}

/// football-data's 429.
pub(crate) fn wait_seconds(wait: i64) -> Reply {
    let body = format!(
        r#"{{"message":"You reached your request limit. Wait {wait} seconds.","errorCode":429}}"#
    );
    Reply::json(429, "application/json;charset=UTF-8", body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::{Query, Twist};

    fn asked(path: &str, now: i64) -> Asked {
        let path = path.to_owned();
        Asked {
            path,
            query: Query::default(),
            token: Some("t".into()),
            headers: Vec::new(),
            form: Query::default(),
            now,
            twist: Twist::default(),
        }
    }

    fn status(passed: Passed) -> (u16, String) {
        let reply = passed.unwrap_err();
        let wait = reply
            .headers
            .iter()
            .find(|(name, _)| *name == "retry-after");
        (
            reply.status,
            wait.map_or(String::new(), |(_, value)| value.clone()),
        )
    }

    #[test]
    fn binance_counts_weight_in_fixed_minutes_then_bans() {
        let limits = Limits {
            binance_weight: 10,
            binance_patience: 1,
            ..Limits::default()
        };
        let gate = Gate::new(limits);
        let ask = |now| gate.pass(Vendor::Binance, "a", &asked("/api/v3/aggTrades", now));
        assert_eq!(ask(59_000).unwrap()[1].1, "4");
        assert_eq!(ask(60_000).unwrap()[1].1, "4");
        assert_eq!(ask(60_001).unwrap()[1].1, "8");
        assert_eq!(status(ask(60_500)), (429, "60".into()));
        assert!(
            gate.pass(Vendor::Binance, "b", &asked("/api/v3/klines", 60_500))
                .is_ok()
        );
        assert_eq!(status(ask(61_000)), (429, "59".into()));
        assert_eq!(status(ask(62_000)), (418, "120".into()));
        assert_eq!(status(ask(130_000)), (418, "52".into()));
        assert!(ask(182_000).is_ok());
    }

    #[test]
    fn football_data_counts_from_the_first_request() {
        let gate = Gate::new(Limits {
            football_requests: 2,
            ..Limits::default()
        });
        let ask = |now| gate.pass(Vendor::FootballData, "a", &asked("/v4/matches", now));
        assert_eq!(ask(30_000).unwrap()[0].1, "1");
        assert_eq!(
            ask(42_000).unwrap(),
            [
                ("x-requests-available-minute", "0".into()),
                ("x-requestcounter-reset", "48".into())
            ]
        );
        let refusal = ask(42_000).unwrap_err();
        assert_eq!(
            refusal.body,
            r#"{"message":"You reached your request limit. Wait 48 seconds.","errorCode":429}"#
        );
        assert!(ask(90_000).is_ok());
    }

    #[test]
    fn without_limits_everything_is_counted_and_nothing_refused() {
        let gate = Gate::new(Limits {
            binance_weight: 1,
            ..Limits::off()
        });
        let last = (0..50)
            .map(|now| gate.pass(Vendor::Binance, "a", &asked("/api/v3/ping", now)))
            .last();
        assert_eq!(last.unwrap().unwrap()[1].1, "50");
    }
}
