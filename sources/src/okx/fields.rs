//! Values as the vendor writes them: numbers and times in quotes, an empty text for nothing.

use common::Decimal;
use common::decimal::DecimalError;
use serde_json::value::RawValue;

use super::envelope::Place;
use crate::ask::ParseError;
use crate::json::digits;

const NS_PER_MS: i64 = 1_000_000;

/// A number that must be there.
pub(super) fn decimal(
    raw: &RawValue,
    place: Place,
    field: impl std::fmt::Display,
) -> Result<Decimal, ParseError> {
    digits(raw)
        .parse()
        .map_err(|error: DecimalError| place.error(field, format!("{error}, expected a number")))
}

/// A number that may be absent, `null` or an empty text.
pub(super) fn optional(
    raw: Option<&RawValue>,
    place: Place,
    field: impl std::fmt::Display,
) -> Result<Option<Decimal>, ParseError> {
    match raw {
        Some(raw) if !is_nothing(raw) => decimal(raw, place, field).map(Some),
        _ => Ok(None),
    }
}

fn is_nothing(raw: &RawValue) -> bool {
    matches!(digits(raw), "" | "null")
}

/// Milliseconds since 1970, as nanoseconds.
pub(super) fn time(
    raw: &RawValue,
    place: Place,
    field: impl std::fmt::Display,
) -> Result<i64, ParseError> {
    let text = digits(raw);
    nanoseconds(text)
        .ok_or_else(|| place.error(field, format!("{text:?}, expected milliseconds since 1970")))
}

/// A time that may be absent or an empty text.
pub(super) fn optional_time(
    raw: Option<&RawValue>,
    place: Place,
    field: impl std::fmt::Display,
) -> Result<Option<i64>, ParseError> {
    match raw {
        Some(raw) if !is_nothing(raw) => time(raw, place, field).map(Some),
        _ => Ok(None),
    }
}

/// A whole number that must be there.
pub(super) fn integer(
    raw: &RawValue,
    place: Place,
    field: impl std::fmt::Display,
) -> Result<i64, ParseError> {
    let text = digits(raw);
    text.parse()
        .map_err(|_| place.error(field, format!("{text:?}, expected a whole number")))
}

/// A vendor's milliseconds as nanoseconds.
pub(super) fn nanoseconds(ms: &str) -> Option<i64> {
    ms.parse::<i64>().ok()?.checked_mul(NS_PER_MS)
}

/// Nanoseconds as the vendor's milliseconds.
pub(super) fn milliseconds(ns: i64) -> i64 {
    ns.div_euclid(NS_PER_MS)
}
