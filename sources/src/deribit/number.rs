//! Deribit's numbers: JSON numbers, exponents included, read from their text.
//!
//! A number is exact, or refused. The fields of [`ROUNDED`] are another matter: the vendor computes
//! them in binary floats and prints all 17 digits, so that many have more than 18 digits after the
//! point (`-4.739622041017375e-7`). They are kept to the nearest 18th digit, half to even; refusing
//! them would refuse whole replies. See docs/decisions/0011-what-deribit-computes.md.

use common::Decimal;
use common::decimal::{DecimalError, SCALE};
use serde_json::value::RawValue;

use crate::ask::ParseError;
use crate::json;

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
pub(super) fn exact(raw: &RawValue, at: impl FnOnce() -> String) -> Result<Decimal, ParseError> {
    json::digits(raw)
        .parse()
        .map_err(|error| refused(at(), &error))
}

/// The same where the vendor may have nothing to say.
pub(super) fn exact_or_none(
    raw: Option<&RawValue>,
    at: impl FnOnce() -> String,
) -> Result<Option<Decimal>, ParseError> {
    raw.map(|raw| exact(raw, at)).transpose()
}

/// A figure that the vendor computed, to the nearest 18th digit where its field is one of
/// [`ROUNDED`].
pub(super) fn computed(
    raw: &RawValue,
    field: &str,
    at: impl FnOnce(&str) -> String,
) -> Result<Decimal, ParseError> {
    let text = json::digits(raw);
    match text.parse() {
        Ok(number) => Ok(number),
        Err(error @ DecimalError::DoesNotFit(_)) if ROUNDED.contains(&field) => {
            nearest(text).ok_or_else(|| refused(at(field), &error))
        }
        Err(error) => Err(refused(at(field), &error)),
    }
}

/// The same where the vendor may have nothing to say.
pub(super) fn computed_or_none(
    raw: Option<&RawValue>,
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

/// A number with too many digits after the point, half to even; `None` where it is too large.
fn nearest(text: &str) -> Option<Decimal> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let after_point = i64::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
    let surplus = u32::try_from(after_point - i64::from(SCALE)).ok()?;
    let Some(power) = 10i128.checked_pow(surplus) else {
        return Some(Decimal::ZERO);
    };
    let (mut kept, rest) = (digits / power, (digits % power).abs());
    if rest > power - rest || (rest == power - rest && kept % 2 != 0) {
        kept += digits.signum();
    }
    Decimal::from_unscaled(kept)
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

    fn text_of(number: &str) -> String {
        let raw: &RawValue = serde_json::from_str(number).unwrap();
        computed(raw, "volume", str::to_owned).unwrap().to_string()
    }

    #[test]
    fn rates_are_kept_to_the_nearest_digit() {
        assert_eq!(text_of("-4.739622041017375e-7"), "-0.000000473962204102");
        assert_eq!(text_of("-0.00009234260068476106"), "-0.000092342600684761");
        assert_eq!(text_of("5e-19"), "0");
        assert_eq!(text_of("15e-19"), "0.000000000000000002");
        assert_eq!(text_of("-1.50e-18"), "-0.000000000000000002");
        assert_eq!(text_of("5.1e-19"), "0.000000000000000001");
        assert_eq!(text_of("1e-300"), "0");
        assert_eq!(text_of("1.2966e-4"), "0.00012966");
    }

    #[test]
    fn prices_are_exact_or_refused() {
        let raw: &RawValue = serde_json::from_str("1e-19").unwrap();
        let error = exact(raw, || "price".to_owned()).unwrap_err();
        assert_eq!(error.at, "price");
        assert!(computed(raw, "price", str::to_owned).is_err());
        let raw: &RawValue = serde_json::from_str("1e30").unwrap();
        assert!(computed(raw, "volume", str::to_owned).is_err());
        let raw: &RawValue = serde_json::from_str("5.0e-4").unwrap();
        assert_eq!(exact(raw, String::new).unwrap().to_string(), "0.0005");
    }
}
