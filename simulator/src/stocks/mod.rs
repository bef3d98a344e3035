//! American shares: trades, quotes and bars that Polygon and Alpaca serve in their own layouts.
//!
//! Every minute of every share is drawn from a hash of its own, so any of them can be listed
//! without the ones before. Some minutes have all their trades at a few instants, as opening
//! auctions do. Most trades change bars, the others show each of the rules by which some do not.

mod auctions;
mod base64;
mod gate;
pub(crate) mod new_york;

use crate::calendar::{DAY, MINUTE, day_of, weekday};
use crate::hash::Key;
use crate::options::Options;

pub(crate) use auctions::{Auctions, Cross};
pub(crate) use base64::{decode, encode};
pub(crate) use gate::Gate;

const NS_PER_MS: i64 = 1_000_000;
const NS_PER_MINUTE: i64 = MINUTE * NS_PER_MS;
/// Minutes from 04:00 to 20:00 in New York.
const MINUTES_OF_A_DAY: u64 = 960;

/// Every share there is, with the price it wanders around, in units of 10^-4.
pub(crate) const SHARES: [(&str, i64); 4] = [
    ("AAPL", 1_850_000),
    ("BRK.A", 5_400_000_000),
    ("IBM", 1_600_000),
    ("MSFT", 3_700_000),
];

/// The generated market.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stocks {
    key: Key,
    per_minute: u64,
}

/// What kind of trade it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Regular,
    OddLot,
    OutOfSequence,
    AveragePrice,
    OfficialClose,
    /// Outside of the regular session.
    Extended,
    ExtendedOddLot,
}

impl Kind {
    /// Whether it may change high and low, open and close, and volume of a minute's bar.
    pub(crate) fn changes(self) -> (bool, bool, bool) {
        match self {
            Self::Regular | Self::Extended => (true, true, true),
            Self::OutOfSequence => (true, false, true),
            Self::OddLot | Self::AveragePrice | Self::ExtendedOddLot => (false, false, true),
            Self::OfficialClose => (false, false, false),
        }
    }
}

/// A trade.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Print {
    /// Nanoseconds since 1970.
    pub(crate) ts: i64,
    /// Counted over the day, with gaps.
    pub(crate) sequence: i64,
    /// Unique for an exchange on a day, not for the market.
    pub(crate) id: i64,
    /// Units of 10^-4.
    pub(crate) price: i64,
    /// Units of 10^-2.
    pub(crate) size: i64,
    /// 0 to 2, the last being a reporting facility.
    pub(crate) venue: usize,
    pub(crate) kind: Kind,
    pub(crate) cancelled: bool,
}

/// The best bid and ask.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Best {
    pub(crate) ts: i64,
    pub(crate) sequence: i64,
    /// Price in units of 10^-4 and size.
    pub(crate) bid: Option<(i64, i64)>,
    pub(crate) ask: Option<(i64, i64)>,
}

/// A bar; prices in units of 10^-4.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bar {
    /// Milliseconds since 1970.
    pub(crate) open_time: i64,
    pub(crate) open: i64,
    pub(crate) high: i64,
    pub(crate) low: i64,
    pub(crate) close: i64,
    /// Units of 10^-1.
    pub(crate) volume: i64,
    pub(crate) trades: i64,
    /// Units of 10^-6.
    pub(crate) vwap: i64,
}

impl Bar {
    /// The same before a split of two for one that came later.
    pub(crate) fn halved(self) -> Self {
        Self {
            open: self.open / 2,
            high: self.high / 2,
            low: self.low / 2,
            close: self.close / 2,
            volume: self.volume * 2,
            vwap: self.vwap / 2,
            ..self
        }
    }
}

impl Stocks {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            key: Key::new(options.seed, "american shares"),
            per_minute: (options.trades_per_day / MINUTES_OF_A_DAY).max(1),
        }
    }

    fn share(&self, symbol: &str) -> Option<(Key, i64)> {
        let place = SHARES.iter().position(|(known, _)| *known == symbol)?;
        Some((self.key.at(place as u64), SHARES[place].1))
    }

    /// The trades of `[from, to)`, nanoseconds, in order of time; none of an unknown share.
    pub(crate) fn prints(&self, symbol: &str, from: i64, to: i64) -> Vec<Print> {
        let minutes = from.div_euclid(NS_PER_MINUTE)..=(to - 1).div_euclid(NS_PER_MINUTE);
        let share = self.share(symbol);
        let all = share.into_iter().flat_map(|(key, price)| {
            let one = move |minute| self.prints_of(key.at(1), price, minute);
            minutes.clone().flat_map(one)
        });
        all.filter(|print| (from..to).contains(&print.ts)).collect()
    }

    fn prints_of(&self, key: Key, price: i64, minute: i64) -> Vec<Print> {
        let Some(in_session) = new_york::session(minute * MINUTE) else {
            return Vec::new();
        };
        let key = key.at(minute as u64);
        let count = key.at(0).below(2 * self.per_minute + 1);
        let times = times(key, minute, count);
        let print = |n: usize| {
            let key = key.at(2 + n as u64);
            Print {
                ts: times[n],
                sequence: minute.rem_euclid(1_440) * 100_000 + 3 * n as i64,
                id: minute.rem_euclid(1_440) * 1_000 + n as i64 / 2,
                price: price + key.at(0).within(-price / 100, price / 100),
                size: size(key.at(1)),
                // Two neighbours share an id, on two exchanges.
                venue: n % 2 * (1 + usize::from(key.at(2).chance(100))),
                kind: kind(key.at(3), in_session),
                cancelled: key.at(4).chance(30),
            }
        };
        (0..times.len()).map(print).collect()
    }

    /// The quotes of `[from, to)`, nanoseconds, in order of time; none of an unknown share.
    pub(crate) fn quotes(&self, symbol: &str, from: i64, to: i64) -> Vec<Best> {
        let minutes = from.div_euclid(NS_PER_MINUTE)..=(to - 1).div_euclid(NS_PER_MINUTE);
        let share = self.share(symbol);
        let all = share.into_iter().flat_map(|(key, price)| {
            let one = move |minute| self.quotes_of(key.at(2), price, minute);
            minutes.clone().flat_map(one)
        });
        all.filter(|quote| (from..to).contains(&quote.ts)).collect()
    }

    fn quotes_of(&self, key: Key, price: i64, minute: i64) -> Vec<Best> {
        if new_york::session(minute * MINUTE).is_none() {
            return Vec::new();
        }
        let key = key.at(minute as u64);
        let times = times(key, minute, key.at(0).below(2 * self.per_minute + 1));
        let quote = |n: usize| {
            let key = key.at(2 + n as u64);
            let side = |key: Key, away: i64| {
                let price = price + away * key.at(0).within(1, price / 200);
                (!key.at(1).chance(40)).then(|| (price, key.at(2).within(1, 40)))
            };
            Best {
                ts: times[n],
                sequence: minute.rem_euclid(1_440) * 100_000 + 2 * n as i64,
                bid: side(key.at(0), -1),
                ask: side(key.at(1), 1),
            }
        };
        (0..times.len()).map(quote).collect()
    }

    /// The bars of so many minutes that open in `[from, to)`, milliseconds; some are missing,
    /// because nothing was traded.
    pub(crate) fn minutes(&self, symbol: &str, minutes: i64, (from, to): (i64, i64)) -> Vec<Bar> {
        let length = minutes * MINUTE;
        let first = from.div_euclid(length) + i64::from(from.rem_euclid(length) != 0);
        let opens = (first..).map(|n| n * length).take_while(|open| *open < to);
        let opens = opens.filter(|open| new_york::session(*open).is_some());
        opens
            .filter_map(|open| self.bar(symbol, minutes as u64, open))
            .collect()
    }

    /// The daily bars that open in `[from, to)`, milliseconds.
    pub(crate) fn days(&self, symbol: &str, (from, to): (i64, i64)) -> Vec<Bar> {
        let days = day_of(from) - 1..=day_of(to) + 1;
        let opens = days.filter(|day| weekday(*day) < 5).map(new_york::midnight);
        opens
            .filter(|open| (from..to).contains(open))
            .filter_map(|open| self.bar(symbol, DAY as u64, open))
            .collect()
    }

    fn bar(&self, symbol: &str, kind: u64, open_time: i64) -> Option<Bar> {
        let (key, price) = self.share(symbol)?;
        let key = key.at(3).at(kind).at(open_time as u64);
        if key.at(0).chance(150) {
            return None;
        }
        // Even, so that halves are exact.
        let near = |n: u64| 2 * (price / 2 + key.at(n).within(-price / 100, price / 100));
        let (open, close) = (near(1), near(2));
        Some(Bar {
            open_time,
            open,
            high: open.max(close) + 2 * key.at(3).within(0, 500),
            low: open.min(close) - 2 * key.at(4).within(0, 500),
            close,
            volume: key.at(5).within(1, 900_000),
            trades: key.at(6).within(1, 900),
            vwap: 2 * ((open + close) / 4 * 100 + key.at(7).within(0, 99)),
        })
    }
}

/// Instants within a minute in order; in one minute of five many share a few of them.
fn times(key: Key, minute: i64, count: u64) -> Vec<i64> {
    let slot = NS_PER_MINUTE / count.max(1) as i64;
    let tied = key.at(1).chance(200);
    let time = |n: u64| {
        let n = if tied { n - n % 16 } else { n };
        let within = key.at(1).at(n).below(slot as u64) as i64;
        minute * NS_PER_MINUTE + n as i64 * slot + within
    };
    (0..count).map(time).collect()
}

/// Mostly whole shares, sometimes a fraction.
fn size(key: Key) -> i64 {
    if key.at(0).chance(30) {
        key.at(1).within(1, 99)
    } else {
        100 * key.at(1).within(1, 3_000)
    }
}

fn kind(key: Key, in_session: bool) -> Kind {
    match (key.below(100), in_session) {
        (0..15, true) => Kind::OddLot,
        (15..19, true) => Kind::OutOfSequence,
        (19..22, true) => Kind::AveragePrice,
        (22..23, true) => Kind::OfficialClose,
        (_, true) => Kind::Regular,
        (0..30, false) => Kind::ExtendedOddLot,
        (_, false) => Kind::Extended,
    }
}

/// A number of so many units of 10^-digits, without zeros at its end.
pub(crate) fn decimal(units: i64, digits: u32) -> String {
    let one = 10i64.pow(digits);
    let text = format!(
        "{}.{:0width$}",
        units / one,
        units % one,
        width = digits as usize
    );
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
