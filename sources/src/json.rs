//! Reads JSON replies: fast when they are right, precise about the place when they are not.
//!
//! A reply is read straight into borrowed types. Only when that fails it is read once more with
//! its path tracked, so that the error can say where. Numbers that a vendor means exactly are kept
//! as text ([`Word`], [`digits`]): nothing here goes through a float.

pub(crate) mod scan;

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use common::Decimal;
use common::decimal::{DecimalError, Written};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error as _, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;
use serde_json::value::RawValue;

use crate::ask::ParseError;
use scan::{Plain, Scan};

/// Reads a whole reply.
///
/// # Errors
/// With the JSON path of a value that is not what was expected, or the byte offset of a place
/// that is no JSON.
pub(crate) fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, ParseError> {
    // Known to be UTF-8 as a whole, its texts need not be checked one by one.
    let body = text(body)?;
    serde_json::from_str(body).map_err(|error| locate::<T>(body, &error))
}

/// The same, at once where it is plain.
///
/// # Errors
/// As those of [`read`].
pub(crate) fn read_plain<'a, T: Deserialize<'a> + Plain<'a>>(
    body: &'a [u8],
) -> Result<T, ParseError> {
    match scan::all(body, T::scan) {
        Some(value) => Ok(value),
        None => read(body),
    }
}

fn locate<'a, T: Deserialize<'a>>(body: &'a str, error: &serde_json::Error) -> ParseError {
    let offset = || {
        let at = byte_offset(body.as_bytes(), error.line(), error.column());
        format!("byte {at}")
    };
    if error.classify() != Category::Data {
        return ParseError {
            at: offset(),
            what: message(error),
        };
    }
    let mut deserializer = serde_json::Deserializer::from_str(body);
    match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
        Err(located) => ParseError {
            at: located.path().to_string(),
            what: message(located.inner()),
        },
        Ok(_) => ParseError {
            at: offset(),
            what: message(error),
        },
    }
}

/// The message without its line and column, which say little of a reply that is one long line.
fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ")
        .map_or(text.clone(), |(message, _)| message.to_owned())
}

fn byte_offset(body: &[u8], line: usize, column: usize) -> usize {
    let lines = body
        .split_inclusive(|byte| *byte == b'\n')
        .take(line.saturating_sub(1));
    (lines.map(<[u8]>::len).sum::<usize>() + column).min(body.len())
}

/// A whole reply as text.
///
/// # Errors
/// With the byte offset of what is no UTF-8.
pub(crate) fn text(body: &[u8]) -> Result<&str, ParseError> {
    std::str::from_utf8(body).map_err(|error| ParseError {
        at: format!("byte {}", error.valid_up_to()),
        what: "no UTF-8, expected JSON text".to_owned(),
    })
}

/// The text of a JSON string, or the digits of a JSON number as they stand. For values that need
/// no unescaping, such as numbers in quotes.
pub(crate) fn digits(raw: &RawValue) -> &str {
    without_quotes(raw.get())
}

fn without_quotes(text: &str) -> &str {
    text.strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(text)
}

/// A value as it stands in a reply. Unlike a [`RawValue`] it can also be had from a [`scan`], which
/// reads its digits in passing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Raw<'a> {
    text: &'a str,
    /// What it is, if that was read.
    number: Option<Written>,
}

impl<'a> Raw<'a> {
    /// Its JSON.
    pub(crate) fn get(self) -> &'a str {
        self.text
    }

    /// The text of a text, or the digits of a number; see [`digits`].
    pub(crate) fn digits(self) -> &'a str {
        without_quotes(self.text)
    }

    /// The exact number in a number or in a text.
    #[inline]
    pub(crate) fn decimal(self) -> Result<Decimal, DecimalError> {
        match self.number.and_then(Written::decimal) {
            Some(decimal) => Ok(decimal),
            None => self.digits().parse(),
        }
    }

    /// The number to the nearest 18th digit; see [`Decimal::parse_nearest`].
    #[inline]
    pub(crate) fn nearest(self) -> Result<Decimal, DecimalError> {
        match self.number.and_then(Written::nearest) {
            Some(decimal) => Ok(decimal),
            None => Decimal::parse_nearest(self.digits()),
        }
    }

    /// The whole number in a number or in a text.
    #[inline]
    pub(crate) fn integer(self) -> Option<i64> {
        match self.number.and_then(Written::integer) {
            Some(integer) => Some(integer),
            None => self.digits().parse().ok(),
        }
    }
}

impl<'a> From<&'a RawValue> for Raw<'a> {
    fn from(raw: &'a RawValue) -> Self {
        Self {
            text: raw.get(),
            number: None,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Raw<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&RawValue>::deserialize(deserializer).map(Self::from)
    }
}

impl<'a> Plain<'a> for Raw<'a> {
    fn scan(scan: &mut Scan<'a>) -> Option<Self> {
        let (text, number) = scan.raw_number()?;
        Some(Self { text, number })
    }
}

/// The exact number in a JSON number or in a text.
pub(crate) fn decimal<'a>(
    raw: impl Into<Raw<'a>>,
    at: impl FnOnce() -> String,
) -> Result<Decimal, ParseError> {
    raw.into().decimal().map_err(|error| ParseError {
        at: at(),
        what: format!("{error}, expected a number"),
    })
}

/// A text, or a number as the text it was written as: vendors change their ids and shirt numbers
/// from one to the other between versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word<'a>(Cow<'a, str>);

impl Word<'_> {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// As a whole number, where it is one.
    pub(crate) fn integer(&self) -> Option<i64> {
        self.0.trim().parse().ok()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Word<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?.get();
        match raw.as_bytes().first() {
            Some(b'"') => Ok(Self(unquoted(raw).map_err(D::Error::custom)?)),
            Some(b'{' | b'[' | b'n') => Err(D::Error::custom(format_args!(
                "invalid value {}, expected a text or a number",
                head(raw)
            ))),
            _ => Ok(Self(Cow::Borrowed(raw))),
        }
    }
}

impl<'a> Plain<'a> for Word<'a> {
    fn scan(scan: &mut Scan<'a>) -> Option<Self> {
        scan.word().map(|word| Self(Cow::Borrowed(word)))
    }
}

/// The content of a JSON string that was read before, borrowed where nothing in it is escaped.
pub(crate) fn unquoted(raw: &str) -> Result<Cow<'_, str>, serde_json::Error> {
    let inner = raw
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    match inner {
        Some(plain) if !plain.contains('\\') => Ok(Cow::Borrowed(plain)),
        _ => serde_json::from_str::<String>(raw).map(Cow::Owned),
    }
}

/// The beginning of a text, for messages.
pub(crate) fn head(text: &str) -> &str {
    const LONGEST: usize = 40;
    text.char_indices()
        .nth(LONGEST)
        .map_or(text, |(at, _)| &text[..at])
}

/// An object or an array that vendors replace by `null`, `false` or a text when they have nothing
/// to say.
#[derive(Debug, Clone)]
pub(crate) struct Maybe<T>(pub(crate) Option<T>);

impl<T> Maybe<T> {
    pub(crate) fn as_ref(&self) -> Option<&T> {
        self.0.as_ref()
    }
}

impl<T> Maybe<Vec<T>> {
    /// The elements, none of nothing.
    pub(crate) fn all(&self) -> &[T] {
        self.0.as_deref().unwrap_or_default()
    }
}

impl<T> Default for Maybe<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Maybe<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MaybeVisitor(PhantomData))
    }
}

struct MaybeVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for MaybeVisitor<T> {
    type Value = Maybe<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object, an array or nothing")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(|value| Maybe(Some(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        T::deserialize(SeqAccessDeserializer::new(seq)).map(|value| Maybe(Some(value)))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Maybe(None))
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Self::Value, E> {
        if value {
            Err(E::invalid_type(Unexpected::Bool(true), &self))
        } else {
            Ok(Maybe(None))
        }
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Maybe(None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Row<'a> {
        #[serde(borrow)]
        id: Option<Word<'a>>,
        #[serde(borrow)]
        price: &'a RawValue,
        #[serde(default, borrow)]
        inner: Maybe<Vec<Word<'a>>>,
    }

    #[test]
    fn numbers_stay_text() {
        let rows: Vec<Row<'_>> =
            read(br#"[{"id":"x\"1","price":"1.50"},{"id":7,"price":1.50e-3,"inner":false},{"id":null,"price":1}]"#)
                .unwrap();
        assert_eq!(rows[0].id.as_ref().unwrap().as_str(), "x\"1");
        assert_eq!(digits(rows[0].price), "1.50");
        assert_eq!(
            (rows[1].id.as_ref().unwrap().as_str(), digits(rows[1].price)),
            ("7", "1.50e-3")
        );
        assert!(rows[1].inner.0.is_none() && rows[2].id.is_none());
    }

    #[test]
    fn errors_say_where_and_what() {
        let error = |body: &[u8]| read::<Vec<Row<'_>>>(body).unwrap_err().to_string();
        assert_eq!(
            error(br#"[{"id":1,"price":1},{"id":{},"price":1}]"#),
            "at [1].id: invalid value {}, expected a text or a number"
        );
        assert_eq!(error(br#"[{"id":1}]"#), "at [0]: missing field `price`");
        assert_eq!(
            error(br#"[{"price":1},"#),
            "at byte 13: EOF while parsing a value"
        );
        assert_eq!(error(b"[]\n]"), "at byte 4: trailing characters");
        assert_eq!(
            error(br#"{"code":1}"#),
            "at .: invalid type: map, expected a sequence"
        );
        assert!(
            error(br#"[{"price":1,"inner":[[]]}]"#)
                .starts_with("at [0].inner[0]: invalid value []")
        );
    }
}
