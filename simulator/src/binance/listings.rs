//! The symbols that the simulated exchange lists, with the scale of their numbers.
//!
//! Names, listing dates and step sizes are those of the real exchange; prices only stand in the
//! right region.

/// A listed symbol. Prices and quantities are in units of 10^-8, as many digits as are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Listing {
    /// `BTCUSDT`.
    pub(crate) symbol: &'static str,
    /// `BTC`.
    pub(crate) base: &'static str,
    /// `USDT`.
    pub(crate) quote: &'static str,
    /// The first day with trades, counted from 1970.
    pub(crate) listed: i64,
    /// What the price walks around.
    pub(crate) price: i64,
    /// Smallest step of a price.
    pub(crate) tick: i64,
    /// Smallest step of a quantity.
    pub(crate) step: i64,
}

impl Listing {
    /// `BTC-USDT`.
    pub(crate) fn normalised(&self) -> String {
        format!("{}-{}", self.base, self.quote)
    }
}

const ONE: i64 = 100_000_000;

/// A listing; `scale` is price, tick and step.
pub(crate) const fn listing(
    symbol: &'static str,
    split: (&'static str, &'static str),
    listed: i64,
    scale: (i64, i64, i64),
) -> Listing {
    Listing {
        symbol,
        base: split.0,
        quote: split.1,
        listed,
        price: scale.0,
        tick: scale.1,
        step: scale.2,
    }
}

/// All symbols, in the order in which they are listed to clients.
pub(crate) const LISTINGS: &[Listing] = &[
    listing("ETHBTC", ("ETH", "BTC"), 17_361, (4_500_000, 1_000, 10_000)),
    listing(
        "BTCUSDT",
        ("BTC", "USDT"),
        17_395,
        (42_000 * ONE, 1_000_000, 1_000),
    ),
    listing(
        "ETHUSDT",
        ("ETH", "USDT"),
        17_395,
        (2_400 * ONE, 1_000_000, 10_000),
    ),
    listing(
        "BNBUSDT",
        ("BNB", "USDT"),
        17_476,
        (310 * ONE, 1_000_000, 100_000),
    ),
    listing("BNBBTC", ("BNB", "BTC"), 17_361, (700_000, 100, 100_000)),
    listing(
        "SOLUSDT",
        ("SOL", "USDT"),
        18_485,
        (95 * ONE, 1_000_000, 100_000),
    ),
    listing(
        "XRPUSDT",
        ("XRP", "USDT"),
        17_655,
        (62_000_000, 10_000, 10_000_000),
    ),
    listing(
        "DOGEUSDT",
        ("DOGE", "USDT"),
        18_082,
        (9_000_000, 1_000, 100_000_000),
    ),
];
