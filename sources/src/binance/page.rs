//! Replies that are one object or a list of them, and the values in them.
//!
//! Asked for one symbol the vendor answers with an object, asked for all with a list. Messages of
//! live channels are the same, one a line; where several channels come in one, and where collectors
//! save their polls, an envelope of `stream` and `data` is around them: it is taken off.

use std::borrow::Cow;

use common::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::live;
use crate::ask::ParseError;
use crate::instant;
use crate::json::scan::Plain;
use crate::json::{self, Raw};
use crate::ndjson;

/// The rows of a reply, or of all messages of a body.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) rows: Vec<T>,
    parts: Vec<Part>,
}

/// The rows of one message.
#[derive(Debug)]
struct Part {
    /// Its first row.
    first: usize,
    line: Option<usize>,
    /// Whether its rows stood in a list.
    is_list: bool,
    /// The name in its envelope, `btcusdt@depth20@100ms`.
    stream: String,
}

impl<T> Page<T> {
    fn part(&self, row: usize) -> &Part {
        let part = self.parts.partition_point(|part| part.first <= row) - 1;
        &self.parts[part]
    }

    /// The same page with what lies in its rows.
    pub(crate) fn map<U>(self, inner: impl FnMut(T) -> U) -> Page<U> {
        Page {
            rows: self.rows.into_iter().map(inner).collect(),
            parts: self.parts,
        }
    }

    /// The place of a value, for errors.
    pub(crate) fn at(&self, row: usize, field: &str) -> String {
        let part = self.part(row);
        let field = match part.is_list {
            true => format!("[{}].{field}", row - part.first),
            false => field.to_owned(),
        };
        ndjson::place(part.line, field)
    }

    /// The symbol in the name of a row's stream, and the name of its channel; both empty where
    /// there is none.
    pub(super) fn stream(&self, row: usize) -> (&str, &str) {
        let mut parts = self.part(row).stream.split('@');
        let (symbol, channel) = (parts.next(), parts.next());
        (
            symbol
                .filter(|symbol| !symbol.starts_with('!'))
                .unwrap_or_default(),
            channel.unwrap_or_default(),
        )
    }
}

pub(crate) fn read<'a, T: Deserialize<'a> + Plain<'a>>(
    body: &'a [u8],
) -> Result<Page<T>, ParseError> {
    let mut page = Page {
        rows: Vec::new(),
        parts: Vec::new(),
    };
    if !live::is_one(body) {
        page.add(None, "", body)?;
        return Ok(page);
    }
    for value in ndjson::values(body) {
        page.add_message(value)
            .map_err(|error| value.located(error))?;
    }
    Ok(page)
}

/// What a message is wrapped in.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    stream: Cow<'a, str>,
    #[serde(borrow)]
    data: &'a RawValue,
}

impl<'a, T: Deserialize<'a> + Plain<'a>> Page<T> {
    fn add_message(&mut self, value: ndjson::Value<'a>) -> Result<(), ParseError> {
        match live::first_key(value.text) {
            // A channel is confirmed.
            b"result" => Ok(()),
            b"stream" | b"data" => {
                let envelope: Envelope<'_> = json::read(value.text)?;
                let data = envelope.data.get().as_bytes();
                self.add(value.line, &envelope.stream, data)
            }
            _ => self.add(value.line, "", value.text),
        }
    }

    fn add(&mut self, line: Option<usize>, stream: &str, body: &'a [u8]) -> Result<(), ParseError> {
        let is_list = body.trim_ascii_start().first() == Some(&b'[');
        self.parts.push(Part {
            first: self.rows.len(),
            line,
            is_list,
            stream: stream.to_owned(),
        });
        let rows: Vec<T> = if is_list {
            json::read_plain(body)?
        } else {
            vec![json::read_plain(body)?]
        };
        if self.rows.is_empty() {
            self.rows = rows;
        } else {
            self.rows.extend(rows);
        }
        Ok(())
    }
}

/// A decimal that the vendor writes as a text or as a number.
pub(crate) fn decimal(raw: Raw<'_>, at: impl FnOnce() -> String) -> Result<Decimal, ParseError> {
    raw.decimal().map_err(|error| ParseError {
        at: at(),
        what: error.to_string(),
    })
}

/// The same where the vendor may leave it out, give `null` or an empty text.
pub(crate) fn optional(
    raw: Option<Raw<'_>>,
    at: impl FnOnce() -> String,
) -> Result<Option<Decimal>, ParseError> {
    match raw {
        Some(raw) if !matches!(raw.get(), "null" | "\"\"") => decimal(raw, at).map(Some),
        _ => Ok(None),
    }
}

/// A time in milliseconds or microseconds as nanoseconds.
pub(crate) fn time(value: i64, at: impl FnOnce() -> String) -> Result<i64, ParseError> {
    instant::ms_or_us(value).ok_or_else(|| ParseError {
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
        assert_eq!(
            rows(r#"{"stream":1}"#).unwrap_err().to_string(),
            "at stream: invalid type: integer `1`, expected a string"
        );
    }

    #[test]
    fn every_row_knows_its_message() {
        let body = "{\"result\":null,\"id\":1}\n{\"data\":[1,2],\"stream\":\"a@b@100ms\"}\n\
                    {\"stream\":\"!c@arr\",\"data\":3}\n{\"stream\":\"!d\",\"data\":[]}\n";
        let page = read::<json::Word<'_>>(body.as_bytes()).unwrap();
        assert_eq!(
            (page.at(1, "x"), page.stream(1)),
            ("line 2: [1].x".to_owned(), ("a", "b"))
        );
        assert_eq!(
            (page.at(2, "x"), page.stream(2)),
            ("line 3: x".to_owned(), ("", "arr"))
        );
        let torn = read::<json::Word<'_>>(b"{\"e\":\"trade\"}\n{\"e\"\n");
        assert!(torn.unwrap_err().at.starts_with("line 1: "));
    }

    #[test]
    fn nothing_is_not_a_number() {
        let raw = |text: &str| RawValue::from_string(text.to_owned()).unwrap();
        let read = |text: &str| optional(Some((&*raw(text)).into()), || "x".to_owned());
        assert_eq!(read("null"), Ok(None));
        assert_eq!(read("\"\""), Ok(None));
        assert_eq!(read("\"1.50\"").unwrap().unwrap().to_string(), "1.5");
        assert!(read("\"a\"").unwrap_err().to_string().contains("at x"));
    }
}
