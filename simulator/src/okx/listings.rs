//! What the simulated exchange lists: spot pairs, linear and inverse swaps, dated futures of one
//! family, and an option. Trades and bars of each come from the same generator as Binance's, with
//! amounts in whole contracts.

use crate::binance::Listing;

const ONE: i64 = 100_000_000;

/// What a contract is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Worth {
    /// Amounts are base currency.
    Nothing,
    /// So much base currency, in units of 10^-8.
    Base(i64),
    /// So much quote currency, in units of 10^-8.
    Quote(i64),
}

/// An instrument.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Contract {
    /// The vendor's name and the scale of prices and amounts.
    pub(crate) listing: Listing,
    /// The vendor's word.
    pub(crate) kind: &'static str,
    /// The name in rows.
    pub(crate) symbol: &'static str,
    /// `BTC-USDT`.
    pub(crate) family: &'static str,
    pub(crate) settle: &'static str,
    pub(crate) worth: Worth,
    /// `ctVal` and `ctMult` as printed.
    pub(crate) printed: (&'static str, &'static str),
    /// Milliseconds; 0 of what never expires.
    pub(crate) expires: i64,
}

impl Contract {
    /// The vendor's name.
    pub(crate) fn name(&self) -> &'static str {
        self.listing.symbol
    }
}

const fn listing(
    symbol: &'static str,
    pair: (&'static str, &'static str),
    listed: i64,
    scale: (i64, i64, i64),
) -> Listing {
    Listing {
        symbol,
        base: pair.0,
        quote: pair.1,
        listed,
        price: scale.0,
        tick: scale.1,
        step: scale.2,
    }
}

/// A bitcoin, in steps of 0.1, traded in whole contracts.
const BITCOIN: (i64, i64, i64) = (42_000 * ONE, ONE / 10, ONE);

/// All of them.
pub(crate) const CONTRACTS: &[Contract] = &[
    Contract {
        listing: listing(
            "BTC-USDT",
            ("BTC", "USDT"),
            17_600,
            (42_000 * ONE, ONE / 10, 1_000),
        ),
        kind: "SPOT",
        symbol: "BTC-USDT",
        family: "",
        settle: "",
        worth: Worth::Nothing,
        printed: ("", ""),
        expires: 0,
    },
    Contract {
        listing: listing(
            "ETH-USDT",
            ("ETH", "USDT"),
            17_600,
            (2_300 * ONE, ONE / 100, 10_000),
        ),
        kind: "SPOT",
        symbol: "ETH-USDT",
        family: "",
        settle: "",
        worth: Worth::Nothing,
        printed: ("", ""),
        expires: 0,
    },
    Contract {
        listing: listing("BTC-USDT-SWAP", ("BTC", "USDT"), 18_200, BITCOIN),
        kind: "SWAP",
        symbol: "BTC-USDT-PERP",
        family: "BTC-USDT",
        settle: "USDT",
        worth: Worth::Base(ONE / 100),
        printed: ("0.01", "1"),
        expires: 0,
    },
    Contract {
        listing: listing("BTC-USD-SWAP", ("BTC", "USD"), 18_200, BITCOIN),
        kind: "SWAP",
        symbol: "BTC-USD-PERP",
        family: "BTC-USD",
        settle: "BTC",
        worth: Worth::Quote(100 * ONE),
        printed: ("100", "1"),
        expires: 0,
    },
    // 2027-03-26T08:00 and 2027-06-25T08:00, listed on 2026-01-02.
    Contract {
        listing: listing("BTC-USDT-270326", ("BTC", "USDT"), 20_455, BITCOIN),
        kind: "FUTURES",
        symbol: "BTC-USDT-20270326",
        family: "BTC-USDT",
        settle: "USDT",
        worth: Worth::Base(ONE / 100),
        printed: ("0.01", "1"),
        expires: 1_806_048_000_000,
    },
    Contract {
        listing: listing("BTC-USDT-270625", ("BTC", "USDT"), 20_455, BITCOIN),
        kind: "FUTURES",
        symbol: "BTC-USDT-20270625",
        family: "BTC-USDT",
        settle: "USDT",
        worth: Worth::Base(ONE / 100),
        printed: ("0.01", "1"),
        expires: 1_813_910_400_000,
    },
    Contract {
        listing: listing(
            "BTC-USD-270326-100000-C",
            ("BTC", "USD"),
            20_455,
            (ONE / 20, ONE / 2_000, ONE),
        ),
        kind: "OPTION",
        symbol: "BTC-USD-20270326-100000-C",
        family: "BTC-USD",
        settle: "BTC",
        worth: Worth::Base(ONE / 100),
        printed: ("1", "0.01"),
        expires: 1_806_048_000_000,
    },
];
