//! The data of one contract as a pure function of time: trades with their tags, bars, funding, and
//! what stands in the book at an instant.

use crate::binance::{Interval, Market, Trade};
use crate::calendar::HOUR;
use crate::hash::Key;
use crate::options::Options;

use super::contracts::{Contract, Sort};

/// Levels of a book on either side.
const LEVELS: i64 = 40;

/// A contract and what happens to it.
#[derive(Debug)]
pub(crate) struct Traded {
    pub(crate) contract: Contract,
    market: Market,
    key: Key,
}

/// A trade; price and amount in units of 10^-8.
#[derive(Debug, Clone)]
pub(crate) struct Deal {
    /// Its number among those of the contract, from 1.
    pub(crate) seq: u64,
    pub(crate) id: String,
    pub(crate) ms: i64,
    pub(crate) price: i64,
    pub(crate) amount: i64,
    pub(crate) taker_buys: bool,
    pub(crate) tick: u64,
    /// `T`, `M` or `MT`.
    pub(crate) liquidation: Option<&'static str>,
    pub(crate) block: Option<String>,
    /// The number of the combination's trade.
    pub(crate) combo: Option<u64>,
}

/// The combination that some trades are legs of.
pub(crate) const COMBO: &str = "BTC-FS-31DEC27_PERP";

/// A bar; prices and cost in units of 10^-8, volume of 10^-12.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candle {
    pub(crate) tick: i64,
    /// Open, high, low, close.
    pub(crate) prices: [i64; 4],
    pub(crate) volume: i64,
    pub(crate) cost: i64,
}

/// Funding of an hour.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Funding {
    pub(crate) ms: i64,
    /// In units of 10^-22: more digits than anybody stores.
    pub(crate) rate: i64,
    /// In units of 10^-20.
    pub(crate) rate_8h: i64,
    /// In units of 10^-8.
    pub(crate) index: i64,
}

/// What stands at an instant; in units of 10^-8 unless said otherwise.
#[derive(Debug, Clone)]
pub(crate) struct Now {
    pub(crate) ms: i64,
    pub(crate) change_id: i64,
    pub(crate) bids: Vec<(i64, i64)>,
    pub(crate) asks: Vec<(i64, i64)>,
    pub(crate) last: i64,
    pub(crate) mark: i64,
    pub(crate) index: i64,
    pub(crate) high: i64,
    pub(crate) low: i64,
    pub(crate) volume: i64,
    /// Whole dollars.
    pub(crate) volume_usd: i64,
    pub(crate) open_interest: i64,
    /// In units of 10^-10.
    pub(crate) funding: i64,
}

impl Traded {
    pub(crate) fn new(contract: Contract, options: &Options) -> Self {
        Self {
            contract,
            market: Market::new(contract.listing, options),
            key: Key::new(options.seed, contract.name()).at(77),
        }
    }

    /// The places of the trades from `from` up to, not including, `to`.
    pub(crate) fn between(&self, from: i64, to: i64) -> std::ops::Range<u64> {
        let end = self.contract.expires();
        let place = |ms: i64| self.market.first_at(ms.min(end));
        place(from)..place(to)
    }

    pub(crate) fn deals(&self, places: std::ops::Range<u64>) -> impl Iterator<Item = Deal> + '_ {
        self.market.trades(places).map(|trade| self.deal(&trade))
    }

    fn deal(&self, trade: &Trade) -> Deal {
        let chance = self.key.at(trade.id);
        let number = 1_000 + 3 * trade.id + chance.at(0).below(3);
        let settle = self.contract.settle;
        let leg = self.contract.name() == "BTC-PERPETUAL" && chance.at(3).chance(15);
        Deal {
            seq: trade.id + 1,
            id: if settle == "BTC" {
                number.to_string()
            } else {
                format!("{settle}-{number}")
            },
            ms: trade.ms,
            price: trade.price,
            amount: trade.quantity,
            taker_buys: !trade.buyer_is_maker,
            tick: chance.at(1).below(4),
            liquidation: (self.contract.sort != Sort::Spot && chance.at(2).chance(20))
                .then(|| chance.at(4).pick(&["T", "M", "MT"])),
            block: chance
                .at(5)
                .chance(10)
                .then(|| format!("BLOCK-{}", chance.at(6).below(1_000_000))),
            combo: leg.then_some(number + 1),
        }
    }

    /// Bars that open from `from` to `to`, both included, oldest first, the open one too.
    pub(crate) fn candles(
        &self,
        length: i64,
        (from, to): (i64, i64),
        now: i64,
    ) -> impl Iterator<Item = Candle> + '_ {
        let last = to.min(self.contract.expires() - 1);
        let bars = self
            .market
            .bars(Interval::Fixed(length, 0), from, last, now);
        bars.map(|bar| {
            let (volume, cost) = if self.contract.inverse {
                let base = i128::from(bar.volume) * 1_000_000_000_000 / i128::from(bar.close);
                (base as i64, bar.volume)
            } else {
                (bar.volume * 10_000, bar.quote_volume)
            };
            Candle {
                tick: bar.open_time,
                prices: [bar.open, bar.high, bar.low, bar.close],
                volume,
                cost,
            }
        })
    }

    /// The fundings after `from` up to and with `to`, oldest first; none but of perpetuals.
    pub(crate) fn fundings(&self, from: i64, to: i64) -> impl Iterator<Item = Funding> + '_ {
        let listed = self.contract.listing.listed * 24 + 1;
        let perpetual = self.contract.sort == Sort::Perpetual;
        let hours = (from.div_euclid(HOUR) + 1).max(listed)..=to.div_euclid(HOUR);
        hours.filter(move |_| perpetual).map(|hour| {
            let chance = self.key.at(hour as u64).at(9);
            Funding {
                ms: hour * HOUR,
                rate: chance
                    .at(0)
                    .within(-9_000_000_000_000_000, 9_000_000_000_000_000),
                rate_8h: chance
                    .at(1)
                    .within(-9_000_000_000_000_000, 9_000_000_000_000_000),
                index: self.market.price_at(hour * HOUR),
            }
        })
    }

    /// What stands then.
    pub(crate) fn now(&self, ms: i64) -> Now {
        let (tick, step) = (self.contract.listing.tick, self.contract.listing.step);
        let (price, chance) = (self.market.price_at(ms), self.key.at(ms as u64).at(11));
        let level = |side: i64, n: i64| {
            let amount = 1 + chance.at((n * 2 + side + 1) as u64).below(500) as i64;
            (price + side * (n + 1) * tick, amount * step)
        };
        // Nobody bids for a tenth of the options.
        let bids = if self.contract.sort == Sort::Option && chance.at(500).chance(100) {
            0
        } else {
            LEVELS
        };
        Now {
            ms,
            change_id: ms * 7 + 3,
            bids: (0..bids)
                .map(|n| level(-1, n))
                .filter(|(price, _)| *price > 0)
                .collect(),
            asks: (0..LEVELS).map(|n| level(1, n)).collect(),
            last: price,
            mark: price + tick / 2,
            index: price - tick / 2,
            high: price + 100 * tick,
            low: (price - 100 * tick).max(tick),
            volume: chance.at(501).within(1, 1_000_000_000_000),
            volume_usd: chance.at(502).within(1, 1_000_000_000),
            open_interest: chance.at(503).within(1, 1_000_000) * step,
            funding: chance.at(504).within(-90_000, 90_000),
        }
    }
}

/// A bar of the volatility index of a currency: values in hundredths.
pub(crate) fn volatility(seed: u64, currency: &str, length: i64, open: i64) -> [i64; 4] {
    let key = Key::new(seed, currency).at(13).at(length as u64);
    let at = |place: i64| 4_500 + key.at(place as u64).within(-900, 900);
    let (first, last) = (at(open / length), at(open / length + 1));
    let chance = key.at(open as u64).at(1);
    [
        first,
        first.max(last) + chance.at(0).within(0, 50),
        first.min(last) - chance.at(1).within(0, 50),
        last,
    ]
}
