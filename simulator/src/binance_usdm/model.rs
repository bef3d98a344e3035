//! What only futures have, as pure functions of time: fundings, open interest, ratios.
//!
//! All numbers are in units of 10^-8.

use crate::binance::Market;
use crate::calendar::{DAY, HOUR, MINUTE};
use crate::hash::Key;

use super::listings::expires_at;

/// Open interest and ratios are told at least so often.
const STEP: i64 = 5 * MINUTE;
/// The day on which one contract begins to pay every four hours: 2024-10-04.
const FASTER_FROM: i64 = 20_000;
/// Since when rows of funding have a mark price (2023-11-01) and a kind (2026-07-28).
pub(crate) const MARK_PRICE_FROM: i64 = 19_662 * DAY;
pub(crate) const KIND_FROM: i64 = 20_662 * DAY;

/// A funding that was paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Funding {
    /// Milliseconds, some after the hour.
    pub(crate) time: i64,
    pub(crate) rate: i64,
    pub(crate) mark_price: Option<i64>,
    /// Whether it is paid beside the regular one.
    pub(crate) special: bool,
    /// Since the funding before; `None` for the first.
    pub(crate) hours: Option<i64>,
}

/// How longs compare to shorts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ratio {
    pub(crate) long: i64,
    pub(crate) short: i64,
    pub(crate) ratio: i64,
}

fn hours_between(market: &Market, day: i64) -> i64 {
    if market.listing.symbol == "XRPUSDT" && day >= FASTER_FROM {
        4
    } else {
        8
    }
}

fn chance(market: &Market, what: u64, at: i64) -> Key {
    market.bars_key().at(what).at(at as u64)
}

/// Fundings whose hour is from `from` to `to`, both included, oldest first.
pub(crate) fn fundings(market: &Market, from: i64, to: i64) -> impl Iterator<Item = Funding> + '_ {
    let first = (market.listing.listed * DAY).max(from);
    let first = (first + HOUR - 1).div_euclid(HOUR);
    let has_any = expires_at(&market.listing).is_none();
    (first..=to.div_euclid(HOUR))
        .filter(move |_| has_any)
        .map(|hour| hour * HOUR)
        .filter(|at| at.rem_euclid(DAY) % (hours_between(market, at.div_euclid(DAY)) * HOUR) == 0)
        .flat_map(move |at| {
            let special = at >= KIND_FROM && chance(market, 5, at).below(6) == 0;
            [Some(false), special.then_some(true)]
                .into_iter()
                .flatten()
                .map(move |special| funding(market, at, special))
        })
}

fn funding(market: &Market, at: i64, special: bool) -> Funding {
    let late = chance(market, 1, at);
    let late = if late.chance(550) {
        late.at(1).within(1, 45)
    } else {
        0
    };
    // The interval of the day in which it ends, as the first of a day ends one of the day before.
    let hours = hours_between(market, (at - 1).div_euclid(DAY));
    let is_first = at == market.listing.listed * DAY;
    Funding {
        time: at + late,
        rate: chance(market, 2 + u64::from(special), at).within(-40_000, 40_000),
        mark_price: (at >= MARK_PRICE_FROM).then(|| market.price_at(at) + 1),
        special,
        hours: (!is_first).then_some(hours),
    }
}

/// When the next funding will be paid, and the rate as it stands.
pub(crate) fn running(market: &Market, now: i64) -> Option<(i64, i64)> {
    let next = fundings(market, now + 1, now + DAY).next()?;
    let time = next.time - next.time % HOUR;
    Some((time, chance(market, 7, time).within(-40_000, 40_000)))
}

/// Open positions at an instant, and what they are worth.
pub(crate) fn open_interest(market: &Market, at: i64) -> (i64, i64) {
    let step = at.div_euclid(STEP);
    let amount = chance(market, 8, step).within(40_000_000, 90_000_000) * market.listing.step;
    let value = i128::from(amount) * i128::from(market.price_at(step * STEP)) / 100_000_000;
    (amount, value as i64)
}

/// The ratio of a kind, numbered.
pub(crate) fn ratio(market: &Market, kind: u64, at: i64) -> Ratio {
    let long = chance(market, 10 + kind, at.div_euclid(STEP)).within(3_000, 7_000);
    let short = 10_000 - long;
    Ratio {
        long: long * 10_000,
        short: short * 10_000,
        ratio: long * 10_000 / short * 10_000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binance_usdm::BinanceUsdm;
    use crate::options::Options;

    #[test]
    fn fundings_stand_on_their_grid_and_know_their_interval() {
        let exchange = BinanceUsdm::new(&Options::default());
        for (symbol, per_day) in [("BTCUSDT", 3), ("XRPUSDT", 6), ("BTCUSDT_331230", 0)] {
            let market = exchange.market(symbol).unwrap();
            let rows: Vec<_> = fundings(market, 20_100 * DAY, 20_110 * DAY - 1).collect();
            assert_eq!(rows.len(), 10 * per_day, "{symbol}");
            for pair in rows.windows(2) {
                let passed = (pair[1].time - pair[0].time + HOUR / 2) / HOUR;
                assert_eq!(pair[1].hours, Some(passed));
            }
        }
        let market = exchange.market("XRPUSDT").unwrap();
        let change: Vec<_> = fundings(
            market,
            FASTER_FROM * DAY - 9 * HOUR,
            FASTER_FROM * DAY + 9 * HOUR,
        )
        .map(|row| row.hours)
        .collect();
        assert_eq!(change, [Some(8), Some(8), Some(4), Some(4)]);
        let later: Vec<_> = fundings(market, KIND_FROM, KIND_FROM + 40 * DAY).collect();
        assert!(later.windows(2).any(|pair| pair[0].time == pair[1].time));
    }
}
