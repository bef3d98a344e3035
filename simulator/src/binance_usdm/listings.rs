//! The contracts that the simulated futures exchange lists.
//!
//! A contract with a date is listed until its day and not after it; its trades are still served.

use chrono::NaiveDate;

use crate::binance::{Listing, listing};
use crate::calendar::{DAY, HOUR, day_number};

const ONE: i64 = 100_000_000;

/// All contracts, in the order in which they are listed to clients.
pub(crate) const CONTRACTS: &[Listing] = &[
    listing(
        "BTCUSDT",
        ("BTC", "USDT"),
        18_146,
        (42_000 * ONE, 10_000_000, 100_000),
    ),
    listing(
        "ETHUSDT",
        ("ETH", "USDT"),
        18_227,
        (2_400 * ONE, 1_000_000, 100_000),
    ),
    listing(
        "XRPUSDT",
        ("XRP", "USDT"),
        18_267,
        (62_000_000, 10_000, 10_000_000),
    ),
    listing(
        "1000SHIBUSDT",
        ("1000SHIB", "USDT"),
        18_757,
        (1_200_000, 100, 100_000_000),
    ),
    listing(
        "BTCUSDT_240628",
        ("BTC", "USDT"),
        19_700,
        (43_000 * ONE, 10_000_000, 100_000),
    ),
    listing(
        "BTCUSDT_331230",
        ("BTC", "USDT"),
        19_800,
        (44_000 * ONE, 10_000_000, 100_000),
    ),
];

/// When a contract expires, milliseconds; `None` for one that never does.
pub(crate) fn expires_at(listing: &Listing) -> Option<i64> {
    let (_, date) = listing.symbol.split_once('_')?;
    let date = NaiveDate::parse_from_str(date, "%y%m%d").ok()?;
    Some(day_number(date) * DAY + 8 * HOUR)
}

/// `BTC-USDT-PERP`, `BTC-USDT-20240628`.
pub(crate) fn normalised(listing: &Listing) -> String {
    match listing.symbol.split_once('_') {
        Some((_, date)) => format!("{}-20{date}", listing.normalised()),
        None => format!("{}-PERP", listing.normalised()),
    }
}
