//! What the vendor has: trades as a function of symbol and number, matches as one of their id.

use crate::calendar::{DAY, HOUR};
use crate::hash::Key;
use crate::json::{Raw, object};
use crate::reply::Reply;

use super::JSON;

/// Trades that share an instant.
const TIE: u64 = 3;
/// Milliseconds between two instants.
const STEP: i64 = 20_000;

/// The trades of a symbol.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Market(Key);

/// A trade; price and amount in units of 10^-8.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trade {
    pub(crate) id: u64,
    pub(crate) ms: i64,
    pub(crate) price: i64,
    pub(crate) amount: i64,
    pub(crate) taker_buys: bool,
}

impl Market {
    pub(super) fn new(seed: u64, symbol: &str) -> Self {
        Self(Key::new(seed, symbol))
    }

    /// The first trade at an instant or after it.
    pub(crate) fn first_at(ms: i64) -> u64 {
        let steps = ms.max(0).div_euclid(STEP) + i64::from(ms.max(0).rem_euclid(STEP) > 0);
        steps.unsigned_abs() * TIE
    }

    pub(crate) fn trade(self, id: u64) -> Trade {
        let key = self.0.at(id);
        Trade {
            id,
            ms: (id / TIE) as i64 * STEP,
            price: key.at(1).within(1, 9_000_000_000_000),
            amount: key.at(2).within(1, 900_000_000),
            taker_buys: key.at(3).chance(500),
        }
    }
}

impl Trade {
    /// As the vendor prints it: the price as a number, the amount as a text.
    pub(super) fn json(&self) -> Raw {
        object! {
            "id": self.id, "t": self.ms, "price": Raw(eight(self.price)), "qty": eight(self.amount),
            "maker_bought": !self.taker_buys,
        }
    }
}

/// A number in units of 10^-8 with all its digits.
pub(crate) fn eight(value: i64) -> String {
    format!("{}.{:08}", value / 100_000_000, value % 100_000_000)
}

/// A match.
#[derive(Debug, Clone)]
pub(crate) struct Fixture {
    pub(crate) id: u64,
    pub(crate) kickoff: i64,
    pub(crate) teams: [u64; 2],
    /// Final goals, and those at half time; of a match that is over.
    pub(crate) goals: Option<[[i64; 2]; 2]>,
}

impl Fixture {
    pub(super) fn new(seed: u64, id: u64) -> Self {
        let key = Key::new(seed, "json-api matches").at(id);
        let half = [key.at(1), key.at(2)].map(|key| key.within(0, 2));
        let end = [
            half[0] + key.at(3).within(0, 3),
            half[1] + key.at(4).within(0, 3),
        ];
        Self {
            id,
            kickoff: 19_000 * DAY + key.at(5).within(0, 24 * 900) * HOUR,
            teams: [key.at(6), key.at(7)].map(|key| key.below(40)),
            goals: key.at(8).chance(800).then_some([end, half]),
        }
    }

    pub(super) fn reply(&self) -> Reply {
        let result = |kind: i64, [home, away]: [i64; 2]| {
            object! { "kind": kind, "home": home, "away": away }
        };
        let results: Vec<Raw> = match self.goals {
            Some([end, half]) => vec![result(2, end), result(1, half)],
            None => Vec::new(),
        };
        let team = |id: u64| object! { "id": id, "name": format!("Team {id}") };
        let kickoff = crate::calendar::utc(self.kickoff).format("%Y-%m-%dT%H:%M:%SZ");
        let found = object! {
            "id": self.id, "kickoff": kickoff.to_string(), "over": self.goals.is_some(),
            "home": team(self.teams[0]), "away": team(self.teams[1]), "results": results,
        };
        Reply::json(200, JSON, object! { "status": "ok", "match": found })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trades_stand_where_their_time_says() {
        assert_eq!(
            (
                Market::first_at(0),
                Market::first_at(1),
                Market::first_at(STEP)
            ),
            (0, 3, 3)
        );
        let market = Market::new(1, "A-USD");
        for id in [0, 1, 2, 3, 1_000_000] {
            let trade = market.trade(id);
            assert!(Market::first_at(trade.ms) <= id && id < Market::first_at(trade.ms + 1));
        }
    }
}
