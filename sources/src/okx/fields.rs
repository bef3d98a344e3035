//! Values as the vendor writes them: numbers and times in quotes, an empty text for nothing.

use std::fmt;
use std::marker::PhantomData;

use common::Decimal;
use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::envelope::Place;
use crate::ask::ParseError;
use crate::json::Raw;
use crate::json::scan::{Plain, Scan};

const NS_PER_MS: i64 = 1_000_000;

/// A number that must be there.
pub(super) fn decimal(
    raw: Raw<'_>,
    place: Place,
    field: impl std::fmt::Display,
) -> Result<Decimal, ParseError> {
    raw.decimal()
        .map_err(|error| place.error(field, format!("{error}, expected a number")))
}

/// A number that may be absent, `null` or an empty text.
pub(super) fn optional(
    raw: Option<Raw<'_>>,
    place: Place,
    field: impl std::fmt::Display,
) -> Result<Option<Decimal>, ParseError> {
    match raw {
        Some(raw) if !is_nothing(raw) => decimal(raw, place, field).map(Some),
        _ => Ok(None),
    }
}

fn is_nothing(raw: Raw<'_>) -> bool {
    matches!(raw.digits(), "" | "null")
}

/// Milliseconds since 1970, as nanoseconds.
pub(super) fn time(
    raw: Raw<'_>,
    place: Place,
    field: impl std::fmt::Display,
) -> Result<i64, ParseError> {
    nanoseconds(raw).ok_or_else(|| {
        let text = raw.digits();
        place.error(field, format!("{text:?}, expected milliseconds since 1970"))
    })
}

/// A time that may be absent or an empty text.
pub(super) fn optional_time(
    raw: Option<Raw<'_>>,
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
    raw: Raw<'_>,
    place: Place,
    field: impl std::fmt::Display,
) -> Result<i64, ParseError> {
    raw.integer().ok_or_else(|| {
        let text = raw.digits();
        place.error(field, format!("{text:?}, expected a whole number"))
    })
}

/// A vendor's milliseconds as nanoseconds.
pub(super) fn nanoseconds(ms: Raw<'_>) -> Option<i64> {
    ms.integer()?.checked_mul(NS_PER_MS)
}

/// Nanoseconds as the vendor's milliseconds.
pub(super) fn milliseconds(ns: i64) -> i64 {
    ns.div_euclid(NS_PER_MS)
}

/// An array of values whose number may differ between versions; those beyond the last that is of
/// interest are counted alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Columns<'a, const N: usize> {
    values: [Option<Raw<'a>>; N],
    pub(super) len: usize,
}

impl<'a, const N: usize> Columns<'a, N> {
    /// The value at a place.
    pub(super) fn get(&self, column: usize) -> Option<Raw<'a>> {
        self.values.get(column).copied().flatten()
    }

    /// The value at a place that must be there.
    pub(super) fn must(&self, column: usize, place: Place) -> Result<Raw<'a>, ParseError> {
        self.get(column).ok_or_else(|| {
            let what = format!("{} values, expected at least {}", self.len, column + 1);
            place.error("", what)
        })
    }
}

impl<'de: 'a, 'a, const N: usize> Deserialize<'de> for Columns<'a, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ColumnsVisitor(PhantomData))
    }
}

/// Reads [`Columns`].
pub(super) struct ColumnsVisitor<'a, const N: usize>(pub(super) PhantomData<&'a ()>);

impl<'de: 'a, 'a, const N: usize> Visitor<'de> for ColumnsVisitor<'a, N> {
    type Value = Columns<'a, N>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array of values")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut columns = Columns {
            values: [None; N],
            len: 0,
        };
        while columns.len < N {
            let Some(value) = seq.next_element::<Raw<'de>>()? else {
                return Ok(columns);
            };
            columns.values[columns.len] = Some(value);
            columns.len += 1;
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {
            columns.len += 1;
        }
        Ok(columns)
    }
}

impl<'a, const N: usize> Plain<'a> for Columns<'a, N> {
    fn scan(scan: &mut Scan<'a>) -> Option<Self> {
        let mut columns = Self {
            values: [None; N],
            len: 0,
        };
        scan.each(|scan| {
            let value = Raw::scan(scan)?;
            if let Some(column) = columns.values.get_mut(columns.len) {
                *column = Some(value);
            }
            columns.len += 1;
            Some(())
        })?;
        Some(columns)
    }
}
