//! What IEX sends on a day: trades, some broken later, quotes and price levels of a few symbols.
//!
//! A day is a function of the seed and its date. Trades stand in slots over the hours from 13:00
//! to 22:00 UTC; those outside 14:30 to 21:00 are marked as outside of the session. Some share
//! their nanosecond, some are odd lots, and a break comes up to a few hundred trades later.

use crate::calendar::{DAY, MINUTE, date, nanos, weekday};
use crate::hash::Key;

use chrono::Datelike;

/// Symbols with their price, in ten-thousandths.
pub(crate) const SYMBOLS: [(&str, i64); 6] = [
    ("AAPL", 1_751_200),
    ("BRK.A", 6_105_000_000),
    ("F", 123_400),
    ("MSFT", 4_102_500),
    ("SPY", 5_120_100),
    ("ZVZZT", 100_000),
];
/// Of Binance's busiest symbol's trades, so many are one of a day here.
const FEWER: u64 = 13;
/// The fewest of a day.
const FEWEST: u64 = 500;
const FIRST: i64 = 13 * 60 * MINUTE;
const SPAN: i64 = 9 * 60 * MINUTE;
const SESSION: std::ops::Range<i64> = 14 * 60 * MINUTE + 30 * MINUTE..21 * 60 * MINUTE;
/// The longest wait for a break, in trades.
const LONGEST_WAIT: u64 = 400;

pub(crate) const EXTENDED_HOURS: u8 = 0x40;
pub(crate) const ODD_LOT: u8 = 0x20;
const ISO: u8 = 0x80;

/// A feed of the vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Feed {
    Tops,
    Deep,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Trade {
    /// Place in [`SYMBOLS`].
    pub(crate) symbol: usize,
    pub(crate) ns: i64,
    pub(crate) flags: u8,
    pub(crate) size: u32,
    pub(crate) price: i64,
    pub(crate) id: i64,
    /// After how many more trades it is broken.
    broken_after: Option<u64>,
}

impl Trade {
    pub(crate) fn is_broken(&self) -> bool {
        self.broken_after.is_some()
    }

    /// Whether it counts for prices.
    pub(crate) fn is_eligible(&self) -> bool {
        self.flags & (EXTENDED_HOURS | ODD_LOT) == 0
    }
}

/// A message of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Message {
    /// With the letter of its event.
    System(u8, i64),
    /// Of a symbol.
    Security(usize, i64),
    Trade(Trade),
    /// A break, at its own time.
    Break(Trade, i64),
    /// Flags, bid and ask, each a size and a price.
    Quote(usize, i64, u8, (u32, i64), (u32, i64)),
    /// Whether it is of buyers, the flags, size and price.
    Level(usize, i64, bool, u8, (u32, i64)),
    /// Of a kind that no reader knows.
    Unknown(usize, i64),
}

impl Message {
    pub(crate) fn ns(&self) -> i64 {
        match self {
            Self::System(_, ns)
            | Self::Security(_, ns)
            | Self::Break(_, ns)
            | Self::Quote(_, ns, ..)
            | Self::Level(_, ns, ..)
            | Self::Unknown(_, ns) => *ns,
            Self::Trade(trade) => trade.ns,
        }
    }
}

/// Whether there is trading on a day, counted from 1970. Of the holidays only those that never
/// move are kept here.
pub(crate) fn is_open(day: i64) -> bool {
    let date = date(day);
    let holiday = matches!((date.month(), date.day()), (1, 1) | (7, 4) | (12, 25));
    weekday(day) < 5 && !holiday
}

/// One day of the vendor.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Session {
    key: Key,
    day: i64,
    /// How many there are.
    trades: u64,
}

impl Session {
    pub(crate) fn new(key: Key, day: i64, trades_per_day: u64) -> Self {
        Self {
            key: key.at(day as u64),
            day,
            trades: (trades_per_day / FEWER).max(FEWEST),
        }
    }

    /// The trades in their order, broken ones too.
    pub(crate) fn trades(self) -> impl Iterator<Item = Trade> {
        (0..self.trades).map(move |number| self.trade(number))
    }

    fn ns(self, number: u64) -> i64 {
        // Of every twenty trades the last shares its time with the one before.
        let number = if number % 20 == 19 {
            number - 1
        } else {
            number
        };
        let slot = nanos(SPAN) / self.trades as i64;
        let jitter = self.key.at(number).at(1).below(slot as u64) as i64;
        nanos(self.day * DAY + FIRST) + number as i64 * slot + jitter
    }

    fn trade(self, number: u64) -> Trade {
        let chance = self.key.at(number);
        let symbol = chance.at(2).below(SYMBOLS.len() as u64) as usize;
        let ns = self.ns(number);
        let odd = chance.at(3).chance(250);
        let size = if odd {
            chance.at(4).within(1, 99)
        } else {
            100 * chance.at(4).within(1, 12)
        };
        let of_day = ns.rem_euclid(nanos(DAY)) / 1_000_000;
        let mut flags = if odd { ODD_LOT } else { 0 };
        flags |= if SESSION.contains(&of_day) {
            0
        } else {
            EXTENDED_HOURS
        };
        flags |= if chance.at(5).chance(200) { ISO } else { 0 };
        let broken = chance.at(6).chance(8);
        Trade {
            symbol,
            ns,
            flags,
            size: size as u32,
            price: self.price(symbol, number),
            id: 7 * number as i64 + 1_000,
            broken_after: broken.then(|| chance.at(7).below(LONGEST_WAIT)),
        }
    }

    /// Wanders every fifty trades and trembles in between, by tenths of a cent as some prices do.
    fn price(self, symbol: usize, number: u64) -> i64 {
        let key = self.key.at(1 << 40).at(symbol as u64);
        let height = SYMBOLS[symbol].1 / 200;
        let slow = key.at(number / 50).within(-height, height);
        SYMBOLS[symbol].1 + slow + key.at(1 << 41).at(number).within(-9, 9) * 10
    }

    /// All messages of a feed in their order.
    pub(crate) fn messages(self, feed: Feed) -> Vec<Message> {
        let begin = nanos(self.day * DAY + FIRST) - 1_000_000_000;
        let mut messages = vec![Message::System(b'O', begin)];
        messages.extend((0..SYMBOLS.len()).map(|symbol| Message::Security(symbol, begin + 1)));
        let mut breaks: Vec<(u64, Trade)> = Vec::new();
        for (number, trade) in (0..).zip(self.trades()) {
            match feed {
                Feed::Tops => messages.push(self.quote(number, &trade)),
                Feed::Deep => messages.extend(self.levels(number, &trade)),
            }
            messages.push(Message::Trade(trade));
            if number % 97 == 0 {
                messages.push(Message::Unknown(trade.symbol, trade.ns));
            }
            breaks.extend(trade.broken_after.map(|after| (number + after, trade)));
            let (due, later) = breaks.into_iter().partition(|(when, _)| *when <= number);
            breaks = later;
            let due: Vec<(u64, Trade)> = due;
            messages.extend(due.iter().map(|(_, of)| Message::Break(*of, trade.ns)));
        }
        let end = begin + nanos(SPAN) + 2_000_000_000;
        messages.extend(breaks.iter().map(|(_, of)| Message::Break(*of, end)));
        messages.push(Message::System(b'C', end));
        messages
    }

    fn quote(self, number: u64, trade: &Trade) -> Message {
        let chance = self.key.at(number).at(20);
        let side = |n: u64, price: i64| {
            let empty = chance.at(n).chance(60);
            let size = chance.at(n).at(1).within(1, 900) as u32;
            if empty { (0, 0) } else { (size, price) }
        };
        let flags = trade.flags & EXTENDED_HOURS | if chance.at(9).chance(5) { 0x80 } else { 0 };
        let (bid, ask) = (side(1, trade.price - 100), side(2, trade.price + 100));
        Message::Quote(trade.symbol, trade.ns, flags, bid, ask)
    }

    /// One event: a level or two, of which the last completes it.
    fn levels(self, number: u64, trade: &Trade) -> Vec<Message> {
        let chance = self.key.at(number).at(30);
        let count = chance.at(0).within(1, 2) as u64;
        let level = |n: u64| {
            let (gone, buy) = (chance.at(n).chance(300), chance.at(n).at(1).chance(500));
            let size = if gone {
                0
            } else {
                chance.at(n).at(2).within(1, 2_000) as u32
            };
            let price = trade.price + if buy { -100 } else { 100 } * n as i64;
            let complete = u8::from(n == count);
            Message::Level(trade.symbol, trade.ns, buy, complete, (size, price))
        };
        (1..=count).map(level).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_everything_that_readers_stumble_over() {
        let session = Session::new(Key::new(1, "iex"), 19_786, 40_000);
        let trades: Vec<_> = session.trades().collect();
        let count = |of: fn(&Trade) -> bool| trades.iter().filter(|trade| of(trade)).count();
        assert!((10..60).contains(&count(Trade::is_broken)));
        assert!(count(|trade| trade.flags & ODD_LOT != 0) > 500);
        assert!(count(|trade| trade.flags & EXTENDED_HOURS != 0) > 500);
        assert!(trades.windows(2).any(|pair| pair[0].ns == pair[1].ns));
        for feed in [Feed::Tops, Feed::Deep] {
            let messages = session.messages(feed);
            let broken = messages
                .iter()
                .filter(|message| matches!(message, Message::Break(..)));
            assert_eq!(broken.count(), count(Trade::is_broken));
            assert!(messages.is_sorted_by_key(Message::ns), "{feed:?}");
        }
        assert!(
            is_open(19_786) && !is_open(19_791),
            "a Monday and a Saturday"
        );
    }
}
