//! The contracts that the simulated exchange knows, those that are over included.
//!
//! Names and forms are the real exchange's; prices only stand in the right region. Trades and
//! prices come from the same generator as those of the other exchanges, with steps that suit each
//! contract: ten dollars of an inverse one, thousandths of a coin of a linear one.

use crate::binance::Listing;
use crate::calendar::{DAY, HOUR};

const ONE: i64 = 100_000_000;

/// What a contract is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    Spot,
    Perpetual,
    Future,
    Option,
    FutureCombo,
}

/// A contract. Prices and amounts of the listing are in units of 10^-8.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Contract {
    pub(crate) listing: Listing,
    /// `BTC-USD-PERP`.
    pub(crate) symbol: &'static str,
    pub(crate) sort: Sort,
    /// In what it is settled.
    pub(crate) settle: &'static str,
    /// Whether amounts are dollars.
    pub(crate) inverse: bool,
    /// The day it ends at 08:00, counted from 1970.
    last_day: Option<i64>,
}

impl Contract {
    /// `BTC-PERPETUAL`.
    pub(crate) fn name(&self) -> &'static str {
        self.listing.symbol
    }

    /// When it ends, milliseconds; the year 3000 for what never does.
    pub(crate) fn expires(&self) -> i64 {
        const NEVER: i64 = 32_503_708_800_000;
        self.last_day.map_or(NEVER, |day| day * DAY + 8 * HOUR)
    }

    /// The words of `kind`.
    pub(crate) fn kind(&self) -> &'static str {
        match self.sort {
            Sort::Spot => "spot",
            Sort::Perpetual | Sort::Future => "future",
            Sort::Option => "option",
            Sort::FutureCombo => "future_combo",
        }
    }
}

/// Names: the vendor's, the normalised, base, quote and settlement currency.
type Names = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const fn contract(
    names: Names,
    sort: Sort,
    days: (i64, Option<i64>),
    scale: (i64, i64, i64),
) -> Contract {
    let (name, symbol, base, quote, settle) = names;
    let dollars = matches!(sort, Sort::Perpetual | Sort::Future | Sort::FutureCombo);
    Contract {
        listing: Listing {
            symbol: name,
            base,
            quote,
            listed: days.0,
            price: scale.0,
            tick: scale.1,
            step: scale.2,
        },
        symbol,
        sort,
        settle,
        inverse: dollars && matches!(quote.as_bytes(), b"USD"),
        last_day: days.1,
    }
}

const DEC24: i64 = 20_084;
const DEC27: i64 = 21_183;

/// All contracts, in the order in which they are listed.
pub(crate) const CONTRACTS: &[Contract] = &[
    contract(
        ("BTC-PERPETUAL", "BTC-USD-PERP", "BTC", "USD", "BTC"),
        Sort::Perpetual,
        (17_757, None),
        (60_000 * ONE, ONE / 2, 10 * ONE),
    ),
    contract(
        ("ETH-PERPETUAL", "ETH-USD-PERP", "ETH", "USD", "ETH"),
        Sort::Perpetual,
        (17_970, None),
        (3_000 * ONE, ONE / 20, ONE),
    ),
    contract(
        ("BTC_USDC-PERPETUAL", "BTC-USDC-PERP", "BTC", "USDC", "USDC"),
        Sort::Perpetual,
        (19_030, None),
        (60_000 * ONE, ONE / 2, ONE / 1_000),
    ),
    contract(
        ("BTC_USDC", "BTC-USDC", "BTC", "USDC", "USDC"),
        Sort::Spot,
        (19_450, None),
        (60_000 * ONE, ONE, ONE / 10_000),
    ),
    contract(
        ("BTC-27DEC24", "BTC-USD-20241227", "BTC", "USD", "BTC"),
        Sort::Future,
        (19_720, Some(DEC24)),
        (62_000 * ONE, ONE / 2, 10 * ONE),
    ),
    contract(
        ("BTC-31DEC27", "BTC-USD-20271231", "BTC", "USD", "BTC"),
        Sort::Future,
        (20_455, Some(DEC27)),
        (63_000 * ONE, ONE / 2, 10 * ONE),
    ),
    contract(
        (
            "ETH-27DEC24-2000-C",
            "ETH-USD-20241227-2000-C",
            "ETH",
            "ETH",
            "ETH",
        ),
        Sort::Option,
        (19_720, Some(DEC24)),
        (ONE / 1_000, ONE / 20_000, ONE),
    ),
    contract(
        (
            "XRP_USDC-31DEC27-0d625-C",
            "XRP-USDC-20271231-0.625-C",
            "XRP",
            "USDC",
            "USDC",
        ),
        Sort::Option,
        (20_455, Some(DEC27)),
        (ONE / 25, ONE / 10_000, 10 * ONE),
    ),
    contract(
        (
            "BTC-FS-31DEC27_PERP",
            "BTC-FS-31DEC27_PERP",
            "BTC",
            "USD",
            "BTC",
        ),
        Sort::FutureCombo,
        (20_455, Some(DEC27)),
        (300 * ONE, ONE / 2, 10 * ONE),
    ),
];
