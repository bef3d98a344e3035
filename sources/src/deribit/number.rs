//! Deribit's numbers: JSON numbers, exponents included, read from their text.
//!
//! A number is exact, or refused. The fields of [`ROUNDED`] are another matter: the vendor computes
//! them in binary floats and prints all 17 digits, so that many have more than 18 digits after the
//! point (`-4.739622041017375e-7`). They are kept to the nearest 18th digit, half to even; refusing
//! them would refuse whole replies. See docs/decisions/0011-what-deribit-computes.md.

use common::Decimal;
use common::decimal::DecimalError;

use crate::ask::ParseError;
use crate::json::Raw;

/// What the vendor computes in binary floats, by its names: rates of funding, and volumes of bars
/// and of 24 hours. Nothing else is rounded.
pub(super) const ROUNDED: &[&str] = &[
    "interest_1h",
    "interest_8h",
    "current_funding",
    "funding_8h",
    // What get_funding_rate_value answers with.
    "result",
    "volume",
    "cost",
    "volume_usd",
    "volume_notional",
];

/// A price, an amount or a count: exactly what the vendor wrote.
#[inline]
pub(super) fn exact(raw: Raw<'_>, at: impl FnOnce() -> String) -> Result<Decimal, ParseError> {
    raw.decimal().map_err(|error| refused(at(), &error))
}

/// The same where the vendor may have nothing to say.
pub(super) fn exact_or_none(
    raw: Option<Raw<'_>>,
    at: impl FnOnce() -> String,
) -> Result<Option<Decimal>, ParseError> {
    raw.map(|raw| exact(raw, at)).transpose()
}

/// A figure that the vendor computed, to the nearest 18th digit where its field is one of
/// [`ROUNDED`].
#[inline]
pub(super) fn computed(
    raw: Raw<'_>,
    field: &str,
    at: impl FnOnce(&str) -> String,
) -> Result<Decimal, ParseError> {
    let number = if ROUNDED.contains(&field) {
        raw.nearest()
    } else {
        raw.decimal()
    };
    number.map_err(|error| refused(at(field), &error))
}

/// The same where the vendor may have nothing to say.
pub(super) fn computed_or_none(
    raw: Option<Raw<'_>>,
    field: &str,
    at: impl FnOnce(&str) -> String,
) -> Result<Option<Decimal>, ParseError> {
    raw.map(|raw| computed(raw, field, at)).transpose()
}

fn refused(at: String, error: &DecimalError) -> ParseError {
    ParseError {
        at,
        what: format!("{error}, expected a number"),
    }
}

/// A time in milliseconds as nanoseconds.
pub(super) fn ns_of_ms(ms: i64, at: impl FnOnce() -> String) -> Result<i64, ParseError> {
    ms.checked_mul(1_000_000).ok_or_else(|| ParseError {
        at: at(),
        what: format!("{ms}, expected milliseconds since 1970"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_exact_and_rates_the_nearest() {
        let raw: Raw<'_> = serde_json::from_str("15e-19").unwrap();
        let rate = computed(raw, "volume", str::to_owned).unwrap();
        assert_eq!(rate.to_string(), "0.000000000000000002");
        let raw: Raw<'_> = serde_json::from_str("1e-19").unwrap();
        let error = exact(raw, || "price".to_owned()).unwrap_err();
        assert_eq!(error.at, "price");
        assert!(computed(raw, "price", str::to_owned).is_err());
        let raw: Raw<'_> = serde_json::from_str("1e30").unwrap();
        assert!(computed(raw, "volume", str::to_owned).is_err());
        let raw: Raw<'_> = serde_json::from_str("5.0e-4").unwrap();
        assert_eq!(exact(raw, String::new).unwrap().to_string(), "0.0005");
    }
}
