//! What derivatives have beside trades and bars, as pure functions of contract and time: fundings,
//! open interest, ratios, forced orders, tickers and books. All numbers in units of 10^-8.

use std::ops::Range;

use crate::binance::{Bar, Interval, Market};
use crate::calendar::{DAY, HOUR, MINUTE, SECOND};
use crate::hash::Key;

use super::listings::{Contract, Worth};

const ONE: i128 = 100_000_000;
/// Fundings lie on this grid; most of the time only every second of them exists.
const FUNDING_GRID: i64 = 4 * HOUR;
/// Forced orders come in slots of this length.
const LIQUIDATION_SLOT: i64 = 10 * MINUTE;

/// One side of a book: (price, amount), best first.
pub(crate) type Side = Vec<(i64, i64)>;

/// An instrument with its market.
#[derive(Debug)]
pub(crate) struct Instrument {
    pub(crate) contract: &'static Contract,
    pub(crate) market: Market,
    key: Key,
}

/// A funding, in units of 10^-16.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Funding {
    pub(crate) ms: i64,
    pub(crate) predicted: i64,
    pub(crate) settled: i64,
    pub(crate) hours: i64,
}

/// Open interest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Open {
    pub(crate) contracts: i64,
    pub(crate) base: i64,
    pub(crate) usd: i64,
}

/// A forced order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Liquidation {
    pub(crate) ms: i64,
    pub(crate) buys: bool,
    pub(crate) price: i64,
    pub(crate) contracts: i64,
}

/// A day in figures.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ticker {
    pub(crate) last: i64,
    pub(crate) open: i64,
    pub(crate) high: i64,
    pub(crate) low: i64,
    /// Price and amount.
    pub(crate) bid: (i64, i64),
    pub(crate) ask: (i64, i64),
    pub(crate) volume: i64,
    pub(crate) second_volume: i64,
}

impl Instrument {
    pub(crate) fn new(contract: &'static Contract, options: &crate::Options) -> Self {
        Self {
            contract,
            market: Market::new(contract.listing, options),
            key: Key::new(options.seed, contract.name()).at(77),
        }
    }

    /// Contracts, base and quote volume of a bar.
    pub(crate) fn volumes(&self, bar: &Bar) -> (i64, i64, i64) {
        let middle = i128::from((bar.open + bar.close) / 2).max(1);
        self.amounts(bar.volume, middle)
    }

    /// An amount of the venue with its worth in base and quote currency at a price, rounded as the
    /// vendor rounds.
    fn amounts(&self, amount: i64, price: i128) -> (i64, i64, i64) {
        let of = i128::from(amount);
        let (base, quote) = match self.contract.worth {
            Worth::Nothing => (of, of * price / ONE),
            Worth::Base(worth) => {
                let base = of * i128::from(worth) / ONE;
                (base, base * price / ONE)
            }
            Worth::Quote(worth) => {
                let quote = of * i128::from(worth) / ONE;
                (quote * ONE / price, quote)
            }
        };
        (amount, base as i64, quote as i64)
    }

    /// Fundings from an instant up to, not including, another.
    pub(crate) fn fundings(&self, ms: Range<i64>) -> impl DoubleEndedIterator<Item = Funding> + '_ {
        let first = (ms.start.max((self.contract.listing.listed + 1) * DAY) - 1)
            .div_euclid(FUNDING_GRID)
            + 1;
        let last = (ms.end - 1).div_euclid(FUNDING_GRID);
        (first..last + 1).filter_map(|place| self.funding(place))
    }

    fn exists(&self, place: i64) -> bool {
        // A month with an even hash has a funding every four hours.
        place % 2 == 0 || self.key.at((place / 180) as u64).at(1).number() & 1 == 0
    }

    fn funding(&self, place: i64) -> Option<Funding> {
        if !self.exists(place) {
            return None;
        }
        let chance = self.key.at(place as u64).at(2);
        let hours = if self.exists(place - 1) { 4 } else { 8 };
        Some(Funding {
            ms: place * FUNDING_GRID,
            predicted: chance.at(0).within(-5_000_000_000_000, 7_500_000_000_000),
            settled: chance.at(1).within(-5_000_000_000_000, 7_500_000_000_000),
            hours,
        })
    }

    /// Open interest at an instant.
    pub(crate) fn open(&self, ms: i64) -> Open {
        let contracts = self.key.at(ms as u64).at(3).within(1_000_000, 3_000_000) * ONE as i64;
        let (contracts, base, usd) =
            self.amounts(contracts, i128::from(self.market.price_at(ms)).max(1));
        Open {
            contracts,
            base,
            usd,
        }
    }

    /// A ratio at an instant, in units of 10^-4.
    pub(crate) fn ratio(&self, kind: &str, ms: i64) -> i64 {
        let kind = Key::new(9, kind).number();
        self.key.at(ms as u64).at(kind).within(3_000, 40_000)
    }

    /// Forced orders from an instant up to, not including, another.
    pub(crate) fn liquidations(&self, ms: Range<i64>) -> Vec<Liquidation> {
        let slots = ms.start.div_euclid(LIQUIDATION_SLOT)..=ms.end.div_euclid(LIQUIDATION_SLOT);
        let all = slots.flat_map(|slot| {
            let chance = self.key.at(slot as u64).at(4);
            let at = slot * LIQUIDATION_SLOT + chance.at(0).below(LIQUIDATION_SLOT as u64) as i64;
            // Some come in pairs, within one millisecond.
            let count = if chance.at(1).chance(200) {
                2
            } else {
                u64::from(chance.at(2).chance(700))
            };
            (0..count).map(move |n| Liquidation {
                ms: at,
                buys: chance.at(10 + n).number() & 1 == 0,
                price: self.market.price_at(at) + n as i64 * self.contract.listing.tick,
                contracts: chance.at(20 + n).within(1, 400) * ONE as i64,
            })
        });
        all.filter(|order| ms.contains(&order.ms)).collect()
    }

    /// The ticker at an instant.
    pub(crate) fn ticker(&self, ms: i64) -> Ticker {
        let (last, open) = (self.market.price_at(ms), self.market.price_at(ms - DAY));
        let (bids, asks) = self.book(ms, 1);
        let volume = self
            .key
            .at((ms / SECOND) as u64)
            .at(5)
            .within(1_000, 90_000);
        let volume = volume * self.contract.listing.step;
        let (volume, base, quote) = self.amounts(volume, i128::from(last).max(1));
        Ticker {
            last,
            open,
            high: last.max(open) + self.contract.listing.tick,
            low: last.min(open),
            bid: bids[0],
            ask: asks[0],
            volume,
            second_volume: if self.contract.worth == Worth::Nothing {
                quote
            } else {
                base
            },
        }
    }

    /// Price and amount of levels bid and asked.
    pub(crate) fn book(&self, ms: i64, depth: usize) -> (Side, Side) {
        let (price, chance) = (self.market.price_at(ms), self.key.at(ms as u64).at(6));
        let (tick, step) = (self.contract.listing.tick, self.contract.listing.step);
        let level = |n: usize, sign: i64| {
            let place = n as i64 + i64::from(sign < 0);
            let amount = chance.at(n as u64).at((sign + 1) as u64).within(1, 5_000) * step;
            (price + sign * place * tick, amount)
        };
        let of = |sign| {
            let levels = (0..depth).map(move |n| level(n, sign));
            levels.filter(|(price, _)| *price > 0).collect()
        };
        (of(-1), of(1))
    }
}

/// The interval of a bar's name as the vendor writes it; those without `utc` from six hours on
/// begin at midnight of UTC+8.
pub(crate) fn interval(bar: &str) -> Option<Interval> {
    let fixed = |length: i64| {
        let offset = if length < 6 * HOUR { 0 } else { -8 * HOUR };
        // Weeks start on Mondays, 1970 on a Thursday.
        let monday = if length == 7 * DAY { 4 * DAY } else { 0 };
        Some(Interval::Fixed(length, offset + monday))
    };
    let utc = |length: i64| {
        let monday = if length == 7 * DAY { 4 * DAY } else { 0 };
        Some(Interval::Fixed(length, monday))
    };
    match bar {
        "1s" => fixed(SECOND),
        "1m" => fixed(MINUTE),
        "3m" => fixed(3 * MINUTE),
        "5m" => fixed(5 * MINUTE),
        "15m" => fixed(15 * MINUTE),
        "30m" => fixed(30 * MINUTE),
        "1H" => fixed(HOUR),
        "2H" => fixed(2 * HOUR),
        "4H" => fixed(4 * HOUR),
        "6H" => fixed(6 * HOUR),
        "12H" => fixed(12 * HOUR),
        "1D" => fixed(DAY),
        "2D" => fixed(2 * DAY),
        "3D" => fixed(3 * DAY),
        "1W" => fixed(7 * DAY),
        "6Hutc" => utc(6 * HOUR),
        "12Hutc" => utc(12 * HOUR),
        "1Dutc" => utc(DAY),
        "2Dutc" => utc(2 * DAY),
        "3Dutc" => utc(3 * DAY),
        "1Wutc" => utc(7 * DAY),
        "1Mutc" => Some(Interval::Month),
        _ => None,
    }
}
