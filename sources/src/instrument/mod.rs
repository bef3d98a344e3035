//! Instruments as vendors list them: what a symbol is called, and what one unit of it is worth.
//!
//! A source reads its vendor's lists into these ([`crate::Source::read_instruments`]); the engine
//! keeps them and shows them with every question and reply. Requests need the vendor's own name of
//! a symbol, rows need the normalised one and the contract's multiplier at their time.

pub mod lines;
mod list;

pub use list::{Instruments, Known};

use common::Decimal;
use common::tables::Rows;

/// One instrument, from one instant on: a change of its multiplier is a second one of the same
/// name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instrument {
    /// Normalised: `BTC-USDT`, `BTC-USDT-PERP`, `BTC-USD-20251226`, `BTC-USD-20251226-60000-C`.
    pub symbol: String,
    /// As the vendor writes it.
    pub venue_symbol: String,
    /// What it is.
    pub kind: Kind,
    /// What is bought.
    pub base: String,
    /// In what prices are given.
    pub quote: String,
    /// In what it is settled; the quote currency of a spot pair.
    pub settle: String,
    /// What one unit of the vendor's amounts is.
    pub unit: Unit,
    /// Smallest step of prices.
    pub tick_size: Option<Decimal>,
    /// When it was listed, nanoseconds since 1970.
    pub listed_at: Option<i64>,
    /// When it expires, nanoseconds since 1970; `None` for what never does.
    pub expires_at: Option<i64>,
    /// The vendor's word for its state.
    pub status: String,
    /// From when on this holds, nanoseconds since 1970; `i64::MIN` for ever.
    pub valid_from: i64,
}

/// What an instrument is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A pair for immediate delivery.
    Spot,
    /// A perpetual contract.
    Perpetual,
    /// A dated future.
    Future,
    /// An option.
    Option,
    /// An index: it has a value, nobody trades it.
    Index,
    /// A share.
    Equity,
}

impl Kind {
    /// The word in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Spot => "spot",
            Self::Perpetual => "perpetual",
            Self::Future => "future",
            Self::Option => "option",
            Self::Index => "index",
            Self::Equity => "equity",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [
            Self::Spot,
            Self::Perpetual,
            Self::Future,
            Self::Option,
            Self::Index,
            Self::Equity,
        ]
        .into_iter()
        .find(|kind| kind.name() == name)
    }
}

/// What one unit of a vendor's amounts is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Base currency, or shares.
    Base,
    /// Quote currency: the amounts of inverse contracts that are given in it.
    Quote,
    /// Contracts of so much base currency each.
    ContractsOfBase(Decimal),
    /// Contracts of so much quote currency each: inverse contracts.
    ContractsOfQuote(Decimal),
    /// Not known: only the amount itself can be told.
    Unknown,
}

impl Unit {
    /// What an amount at a price is in base and in quote currency, as far as that can be said.
    /// The base amount of an inverse contract is a quotient, rounded to 18 digits; everything
    /// else is exact or `None`.
    #[must_use]
    pub fn amounts(self, price: Decimal, amount: Decimal) -> (Option<Decimal>, Option<Decimal>) {
        match self {
            Self::Base => (Some(amount), price.checked_mul(amount)),
            Self::ContractsOfBase(multiplier) => {
                let base = amount.checked_mul(multiplier);
                (base, base.and_then(|base| price.checked_mul(base)))
            }
            Self::Quote => (amount.div_rounded(price), Some(amount)),
            Self::ContractsOfQuote(multiplier) => {
                let quote = amount.checked_mul(multiplier);
                (quote.and_then(|quote| quote.div_rounded(price)), quote)
            }
            Self::Unknown => (None, None),
        }
    }

    /// Base currency in an amount without a price, where it does not need one.
    #[must_use]
    pub fn base(self, amount: Decimal) -> Option<Decimal> {
        match self {
            Self::Base => Some(amount),
            Self::ContractsOfBase(multiplier) => amount.checked_mul(multiplier),
            Self::Quote | Self::ContractsOfQuote(_) | Self::Unknown => None,
        }
    }

    /// The word in tables for what amounts count.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Quote => "quote",
            Self::ContractsOfBase(_) | Self::ContractsOfQuote(_) => "contracts",
            Self::Unknown => "unknown",
        }
    }

    fn multiplier(self) -> Option<Decimal> {
        match self {
            Self::ContractsOfBase(multiplier) | Self::ContractsOfQuote(multiplier) => {
                Some(multiplier)
            }
            _ => None,
        }
    }
}

/// Adds instruments as rows of the table `instruments`; `now_ns` stands for "for ever" in
/// `valid_from`, as a list says nothing about the past.
pub fn push(source: &str, instruments: &[Instrument], now_ns: i64, rows: &mut Rows) {
    let text = |text: &'_ str| (!text.is_empty()).then_some(text.to_owned());
    for instrument in instruments {
        let (base, quote, settle, status) = (
            text(&instrument.base),
            text(&instrument.quote),
            text(&instrument.settle),
            text(&instrument.status),
        );
        rows.push(&common::tables::Instrument {
            source,
            symbol: &instrument.symbol,
            venue_symbol: &instrument.venue_symbol,
            valid_from: if instrument.valid_from == i64::MIN {
                now_ns
            } else {
                instrument.valid_from
            },
            kind: instrument.kind.name(),
            base: base.as_deref(),
            quote: quote.as_deref(),
            settle: settle.as_deref(),
            amount_unit: instrument.unit.name(),
            multiplier: instrument.unit.multiplier(),
            inverse: Some(matches!(
                instrument.unit,
                Unit::Quote | Unit::ContractsOfQuote(_)
            )),
            tick_size: instrument.tick_size,
            listed_at: instrument.listed_at,
            expires_at: instrument.expires_at,
            status: status.as_deref(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn amounts_follow_the_contract() {
        let of = |unit: Unit, price, amount| {
            let (base, quote) = unit.amounts(number(price), number(amount));
            let text = |value: Option<Decimal>| value.map(|v| v.to_string()).unwrap_or_default();
            (text(base), text(quote))
        };
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(of(Unit::Base, "100.5", "2"), pair("2", "201"));
        assert_eq!(
            of(Unit::ContractsOfBase(number("0.01")), "40000", "3"),
            pair("0.03", "1200")
        );
        assert_eq!(
            of(Unit::ContractsOfQuote(number("100")), "40000", "2"),
            pair("0.005", "200")
        );
        assert_eq!(of(Unit::Quote, "40000", "10"), pair("0.00025", "10"));
        assert_eq!(of(Unit::Unknown, "1", "1"), pair("", ""));
    }
}
