//! A price that wanders but can be asked for at any instant.
//!
//! Octaves of value noise: each has a hashed height at the grid points of its period and is
//! linear between them. All in whole numbers, so that every machine computes the same price.

use crate::calendar::{DAY, HOUR, MINUTE, SECOND};
use crate::hash::Key;

use super::listings::Listing;

/// Period and height, in millionths of the listing's price. The heights add up to less than
/// half, so no price ever gets near zero.
const OCTAVES: [(i64, i64); 9] = [
    (400 * DAY, 220_000),
    (120 * DAY, 120_000),
    (30 * DAY, 60_000),
    (7 * DAY, 30_000),
    (DAY, 15_000),
    (4 * HOUR, 6_000),
    (30 * MINUTE, 2_000),
    (5 * MINUTE, 800),
    (40 * SECOND, 300),
];
/// Heights at the grid points are within this.
const UNIT: i64 = 1 << 20;

/// The price at an instant, a multiple of the tick, in units of 10^-8.
pub(crate) fn price(key: Key, listing: &Listing, ms: i64) -> i64 {
    let sum: i64 = OCTAVES
        .iter()
        .enumerate()
        .map(|(octave, (period, height))| height * noise(key.at(octave as u64), *period, ms))
        .sum();
    let moved = i128::from(listing.price) * i128::from(sum) / (i128::from(UNIT) * 1_000_000);
    let price = listing.price + moved as i64;
    price - price % listing.tick
}

fn noise(key: Key, period: i64, ms: i64) -> i64 {
    let cell = ms.div_euclid(period);
    let height = |cell: i64| key.at(cell as u64).within(-UNIT, UNIT);
    let (left, right) = (height(cell), height(cell + 1));
    left + (right - left) * (ms.rem_euclid(period) >> 10) / (period >> 10).max(1)
}

#[cfg(test)]
mod tests {
    use super::super::listings::LISTINGS;
    use super::*;

    #[test]
    fn prices_stay_near_the_listing_and_move_slowly() {
        for listing in LISTINGS {
            let key = Key::new(1, listing.symbol);
            for hour in 0..20_000 {
                let ms = 18_500 * DAY + hour * HOUR;
                let (now, then) = (price(key, listing, ms), price(key, listing, ms + SECOND));
                assert!(now > listing.price / 2 && now < listing.price * 3 / 2);
                assert!(
                    (now - then).abs() <= listing.price / 1_000 + listing.tick,
                    "{}",
                    listing.symbol
                );
                assert_eq!(now % listing.tick, 0);
            }
        }
    }
}
