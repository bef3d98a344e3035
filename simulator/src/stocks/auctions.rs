//! Opening and closing auctions: the prints of a share's trading day.

use crate::calendar::{HOUR, date, day_of, weekday};
use crate::hash::Key;

use super::{NS_PER_MS, Stocks, new_york};

/// The auctions of a day; one of them may have had no print.
#[derive(Debug, Clone)]
pub(crate) struct Auctions {
    /// `2024-03-04`.
    pub(crate) date: String,
    pub(crate) opening: Vec<Cross>,
    pub(crate) closing: Vec<Cross>,
}

/// A print of an auction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cross {
    /// Nanoseconds since 1970.
    pub(crate) ts: i64,
    /// Whether the exchange is the one that lists the share.
    pub(crate) is_primary: bool,
    /// Units of 10^-4.
    pub(crate) price: i64,
    pub(crate) size: i64,
    /// Whether it is the auction's trade, or what it made the official price.
    pub(crate) is_trade: bool,
}

impl Auctions {
    /// All prints, in order of time.
    pub(crate) fn prints(&self) -> impl Iterator<Item = &Cross> {
        self.opening.iter().chain(&self.closing)
    }
}

impl Stocks {
    /// The auctions with prints in `[from, to)`, nanoseconds, of these prints alone; none of an
    /// unknown share.
    pub(crate) fn auctions(&self, symbol: &str, from: i64, to: i64) -> Vec<Auctions> {
        let Some((key, price)) = self.share(symbol) else {
            return Vec::new();
        };
        let day = |ns: i64| day_of(ns.div_euclid(NS_PER_MS));
        let days = (day(from) - 1..=day(to)).filter(|day| weekday(*day) < 5);
        let auctions = days.map(|day| {
            let key = key.at(4).at(day as u64);
            let midnight = new_york::midnight(day);
            // One session in some has no opening auction.
            let opening = match key.at(0).chance(100) {
                true => Vec::new(),
                false => crosses(key.at(1), price, midnight + 9 * HOUR + HOUR / 2),
            };
            let closing = crosses(key.at(2), price, midnight + 16 * HOUR);
            let within = |mut prints: Vec<Cross>| {
                prints.retain(|print| (from..to).contains(&print.ts));
                prints
            };
            Auctions {
                date: date(day).to_string(),
                opening: within(opening),
                closing: within(closing),
            }
        });
        auctions
            .filter(|auctions| auctions.prints().next().is_some())
            .collect()
    }
}

fn crosses(key: Key, price: i64, at_ms: i64) -> Vec<Cross> {
    let price = price + key.at(0).within(-price / 100, price / 100);
    let size = key.at(1).within(1_000, 9_000_000);
    let first = at_ms * NS_PER_MS + key.at(2).within(1, 999_999_999);
    let print = |ts, is_primary, size, is_trade| Cross {
        ts,
        is_primary,
        price,
        size,
        is_trade,
    };
    vec![
        print(first, false, key.at(3).within(1, 400), false),
        print(first + 1_000_000_000, true, size, true),
        // At times both come at once.
        print(
            first + 1_000_000_000 + key.at(4).within(0, 1) * 20_000,
            true,
            size,
            false,
        ),
    ]
}
