//! The trades of one symbol as a pure function: trade number to trade, and time to trade number.
//!
//! A day has a hashed number of trades, spread over it in slots of equal length, with a jitter
//! inside the slot, some silent minutes and blocks of trades that share one timestamp. Only the
//! numbers of trades before each day are kept in memory.

use crate::calendar::{DAY, MINUTE};
use crate::hash::Key;
use crate::options::{Options, Ties};

use super::listings::Listing;
use super::walk;

/// Days after which no trades are laid out: 2060-01-01.
const LAST_DAY: i64 = 32_872;
/// Silent stretches of a day.
const GAPS: usize = 3;

/// An aggregate trade; price and quantity in units of 10^-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Trade {
    /// Aggregate id.
    pub(crate) id: u64,
    /// When, in milliseconds.
    pub(crate) ms: i64,
    /// Price.
    pub(crate) price: i64,
    /// Base quantity.
    pub(crate) quantity: i64,
    /// First raw trade id.
    pub(crate) first: u64,
    /// Last raw trade id.
    pub(crate) last: u64,
    /// Whether the buyer was the maker, so that the taker sold.
    pub(crate) buyer_is_maker: bool,
}

/// 2025-01-01, in milliseconds: from then on the exchange tells microseconds.
const MICROSECONDS_SINCE: i64 = 1_735_689_600_000;

/// An instant in microseconds, as the exchange tells it: digits below a millisecond are `rest`.
pub(crate) fn precise(ms: i64, rest: i64) -> i64 {
    ms * 1_000 + if tells_microseconds(ms) { rest } else { 0 }
}

/// Whether files tell an instant in microseconds.
pub(crate) fn tells_microseconds(ms: i64) -> bool {
    ms >= MICROSECONDS_SINCE
}

impl Trade {
    /// When, in microseconds.
    pub(crate) fn micros(&self) -> i64 {
        precise(self.ms, (self.id * 389 % 1_000) as i64)
    }
}

/// A symbol's trades.
#[derive(Debug)]
pub(crate) struct Market {
    pub(crate) listing: Listing,
    key: Key,
    ties: Ties,
    /// Ids at which the days start, from the listing day on, and one past the last day.
    starts: Vec<u64>,
}

/// One day, laid out.
#[derive(Debug)]
struct Day {
    key: Key,
    start: i64,
    first: u64,
    count: u64,
    active: i64,
    /// Where in the active time a silence starts, and how long it is.
    gaps: [(i64, i64); GAPS],
}

impl Market {
    pub(crate) fn new(listing: Listing, options: &Options) -> Self {
        let key = Key::new(options.seed, listing.symbol);
        let mut next = 0;
        let starts = std::iter::once(0)
            .chain((listing.listed..LAST_DAY).map(|day| {
                next += trades_on(key, day, options.trades_per_day);
                next
            }))
            .collect();
        Self {
            listing,
            key,
            ties: options.ties,
            starts,
        }
    }

    /// Whether the exchange stood still on a day: no trades, no bars.
    pub(crate) fn is_empty_day(&self, day: i64) -> bool {
        is_empty_day(self.key, day)
    }

    /// The number of the first trade at or after an instant: how many there are before it.
    pub(crate) fn first_at(&self, ms: i64) -> u64 {
        let day = ms.div_euclid(DAY);
        if day < self.listing.listed {
            return 0;
        }
        if day >= LAST_DAY {
            return self.starts.last().copied().unwrap_or_default();
        }
        let laid = self.day(day);
        let (mut low, mut high) = (0, laid.count);
        while low < high {
            let middle = (low + high) / 2;
            if self.ms_in(&laid, middle) < ms {
                low = middle + 1
            } else {
                high = middle
            }
        }
        laid.first + low
    }

    /// The trades of a range of numbers.
    pub(crate) fn trades(&self, ids: std::ops::Range<u64>) -> impl Iterator<Item = Trade> + '_ {
        let mut laid: Option<Day> = None;
        ids.map(move |id| {
            let day = match laid.take() {
                Some(day) if id < day.first + day.count => day,
                _ => self.day(self.day_of(id)),
            };
            let trade = self.trade_in(&day, id);
            laid = Some(day);
            trade
        })
    }

    /// The price at an instant.
    pub(crate) fn price_at(&self, ms: i64) -> i64 {
        walk::price(self.key, &self.listing, ms)
    }

    /// Where chance of this symbol's bars is drawn from.
    pub(crate) fn bars_key(&self) -> Key {
        self.key.at(u64::MAX)
    }

    fn day_of(&self, id: u64) -> i64 {
        self.listing.listed + self.starts.partition_point(|start| *start <= id) as i64 - 1
    }

    fn day(&self, day: i64) -> Day {
        let place = (day - self.listing.listed) as usize;
        let (first, end) = (self.starts[place], self.starts[place + 1]);
        let key = self.key.at(day as u64);
        let lengths: [i64; GAPS] =
            std::array::from_fn(|n| key.at(10 + n as u64).within(1, 7) * MINUTE);
        let active = DAY - lengths.iter().sum::<i64>();
        let gaps = std::array::from_fn(|n| {
            (
                key.at(20 + n as u64).below(active as u64) as i64,
                lengths[n],
            )
        });
        Day {
            key: key.at(30),
            start: day * DAY,
            first,
            count: end - first,
            active,
            gaps,
        }
    }

    fn ms_in(&self, day: &Day, nth: u64) -> i64 {
        let block = nth / self.ties.block;
        let tied = day.key.at(u64::MAX - block).below(self.ties.every) == 0;
        let nth = if tied { block * self.ties.block } else { nth };
        let slot = |n: u64| (i128::from(day.active) * i128::from(n) / i128::from(day.count)) as i64;
        let (from, to) = (slot(nth), slot(nth + 1));
        let active = from + day.key.at(nth).below((to - from) as u64) as i64;
        let silence: i64 = day
            .gaps
            .iter()
            .filter(|(at, _)| *at <= active)
            .map(|(_, length)| length)
            .sum();
        day.start + active + silence
    }

    fn trade_in(&self, day: &Day, id: u64) -> Trade {
        let nth = id - day.first;
        let ms = self.ms_in(day, nth);
        let chance = day.key.at(nth).at(1);
        let noise = chance.at(0).within(-3, 3) * self.listing.tick;
        let digits = chance.at(1).within(1, 5) as u32;
        let raw = |id: u64| 2 * id + (self.key.at(id).at(2).number() & 1);
        Trade {
            id,
            ms,
            price: (self.price_at(ms) + noise).max(self.listing.tick),
            quantity: (1 + chance.at(2).below(10u64.pow(digits)) as i64) * self.listing.step,
            first: raw(id),
            last: raw(id + 1) - 1,
            buyer_is_maker: chance.at(3).number() & 1 == 0,
        }
    }
}

fn is_empty_day(key: Key, day: i64) -> bool {
    key.at(day as u64).at(1).below(40) == 0
}

fn trades_on(key: Key, day: i64, average: u64) -> u64 {
    if is_empty_day(key, day) {
        0
    } else {
        average * (60 + key.at(day as u64).at(2).below(81)) / 100
    }
}

#[cfg(test)]
mod tests {
    use super::super::listings::LISTINGS;
    use super::*;
    use proptest::prelude::*;

    fn market(ties: Ties) -> Market {
        Market::new(
            LISTINGS[1],
            &Options {
                ties,
                trades_per_day: 5_000,
                ..Options::default()
            },
        )
    }

    proptest! {
        #[test]
        fn id_and_time_are_inverse(id in 0u64..20_000_000, large in any::<bool>()) {
            let market = market(if large { Ties { block: 2_500, every: 3 } } else { Ties { block: 12, every: 5 } });
            let trade = market.trades(id..id + 1).next().unwrap();
            let first = market.first_at(trade.ms);
            prop_assert!(first <= id);
            let after = market.first_at(trade.ms + 1);
            prop_assert!(after > id);
            prop_assert!(market.trades(first..after).all(|other| other.ms == trade.ms));
        }
    }

    #[test]
    fn trades_are_contiguous_and_in_order_over_days() {
        let market = market(Ties {
            block: 12,
            every: 5,
        });
        let trades: Vec<_> = market.trades(0..200_000).collect();
        let mut tied = 0;
        for pair in trades.windows(2) {
            assert_eq!(pair[1].id, pair[0].id + 1);
            assert_eq!(pair[1].first, pair[0].last + 1);
            assert!(pair[1].ms >= pair[0].ms && pair[0].last >= pair[0].first);
            tied += usize::from(pair[1].ms == pair[0].ms);
        }
        assert!(tied > 10_000, "{tied}");
        assert!(
            trades
                .windows(2)
                .any(|pair| pair[1].ms - pair[0].ms > 2 * MINUTE)
        );
        assert!(
            trades
                .iter()
                .all(|t| t.price > 0 && t.price % 1_000_000 == 0 && t.quantity > 0)
        );
    }

    #[test]
    fn one_day_in_forty_is_empty() {
        let market = market(Ties {
            block: 12,
            every: 5,
        });
        let empty: Vec<i64> = (18_000..20_000)
            .filter(|day| market.is_empty_day(*day))
            .collect();
        assert!((25..80).contains(&empty.len()), "{}", empty.len());
        for day in empty {
            assert_eq!(market.first_at(day * DAY), market.first_at((day + 1) * DAY));
        }
    }
}
