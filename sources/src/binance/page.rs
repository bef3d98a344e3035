//! Replies that are one object or a list of them, and the values in them.
//!
//! Asked for one symbol the vendor answers with an object, asked for all with a list. Collectors
//! of live channels save their polls in an envelope of `stream` and `data`: it is taken off.

use common::Decimal;
use common::decimal::DecimalError;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::ask::ParseError;
use crate::json;
use crate::window;

/// The rows of a reply.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) rows: Vec<T>,
    /// Whether they stood in a list.
    is_list: bool,
}

impl<T> Page<T> {
    /// The place of a value, for errors.
    pub(crate) fn at(&self, row: usize, field: &str) -> String {
        if self.is_list {
            format!("[{row}].{field}")
        } else {
            field.to_owned()
        }
    }
}

pub(crate) fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<Page<T>, ParseError> {
    let body = without_envelope(body);
    let is_list = body.trim_ascii_start().first() == Some(&b'[');
    let rows = if is_list {
        json::read(body)?
    } else {
        vec![json::read(body)?]
    };
    Ok(Page { rows, is_list })
}

/// What stands in `data` of an envelope, or the body itself.
pub(crate) fn without_envelope(body: &[u8]) -> &[u8] {
    #[derive(Deserialize)]
    struct Envelope<'a> {
        #[serde(rename = "stream")]
        _stream: &'a RawValue,
        #[serde(borrow)]
        data: &'a RawValue,
    }
    let head = &body[..body.len().min(64)];
    let may_be = head.windows(8).any(|part| part == b"\"stream\"");
    if !may_be {
        return body;
    }
    serde_json::from_slice::<Envelope<'_>>(body)
        .map_or(body, |envelope| envelope.data.get().as_bytes())
}

/// A decimal that the vendor writes as a text or as a number.
pub(crate) fn decimal(raw: &RawValue, at: impl FnOnce() -> String) -> Result<Decimal, ParseError> {
    json::digits(raw)
        .parse()
        .map_err(|error: DecimalError| ParseError {
            at: at(),
            what: error.to_string(),
        })
}

/// The same where the vendor may leave it out, give `null` or an empty text.
pub(crate) fn optional(
    raw: Option<&RawValue>,
    at: impl FnOnce() -> String,
) -> Result<Option<Decimal>, ParseError> {
    match raw {
        Some(raw) if !matches!(raw.get(), "null" | "\"\"") => decimal(raw, at).map(Some),
        _ => Ok(None),
    }
}

/// A time in milliseconds or microseconds as nanoseconds.
pub(crate) fn time(value: i64, at: impl FnOnce() -> String) -> Result<i64, ParseError> {
    window::from_ms_or_us(value).ok_or_else(|| ParseError {
        at: at(),
        what: format!("{value}, expected milliseconds or microseconds since 1970"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_or_many_with_or_without_an_envelope() {
        let rows = |body: &str| read::<json::Word<'_>>(body.as_bytes()).map(|page| page.rows.len());
        assert_eq!(rows("[1,2]"), Ok(2));
        assert_eq!(rows("\"x\""), Ok(1));
        assert_eq!(
            rows(r#"{"stream":"a@b","generated":true,"data":["1"]}"#),
            Ok(1)
        );
        assert_eq!(rows("[1,{}]").unwrap_err().at, "[1]");
        assert_eq!(without_envelope(br#"{"stream":1}"#), br#"{"stream":1}"#);
    }

    #[test]
    fn nothing_is_not_a_number() {
        let raw = |text: &str| RawValue::from_string(text.to_owned()).unwrap();
        let read = |text: &str| optional(Some(&raw(text)), || "x".to_owned());
        assert_eq!(read("null"), Ok(None));
        assert_eq!(read("\"\""), Ok(None));
        assert_eq!(read("\"1.50\"").unwrap().unwrap().to_string(), "1.5");
        assert!(read("\"a\"").unwrap_err().to_string().contains("at x"));
    }
}
