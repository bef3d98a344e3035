//! The envelopes around rows: a reply of REST, a message of a live channel, or a file of such
//! messages, one a line.
//!
//! REST says `{"code","msg","data"}`, a live channel `{"arg","data"}` with the channel and the
//! instrument in `arg`. Both hold the same rows, so every dataset reads both. An error code is an
//! error whatever the HTTP status was, and a confirmation of a channel holds no rows.

use serde::Deserialize;

use crate::ask::ParseError;
use crate::json::scan::{self, Plain, Scan, once};
use crate::json::{self, Word};
use crate::ndjson;

/// A reply or message with rows of one layout.
#[derive(Debug, Deserialize)]
#[serde(
    bound(deserialize = "T: Deserialize<'de>"),
    expecting = "an object with code and data, or with arg and data"
)]
pub(super) struct Message<'a, T> {
    #[serde(default, borrow)]
    code: Option<Word<'a>>,
    #[serde(default, borrow)]
    msg: Option<Word<'a>>,
    #[serde(default, borrow)]
    event: Option<Word<'a>>,
    /// The channel it came from, where it came from one.
    #[serde(default, borrow)]
    pub(super) arg: Option<Arg<'a>>,
    /// `snapshot` or `update`, of order books.
    #[serde(default, borrow)]
    pub(super) action: Option<Word<'a>>,
    data: Option<Vec<T>>,
}

/// Where a message of a live channel comes from.
#[derive(Debug, Deserialize)]
pub(super) struct Arg<'a> {
    #[serde(default, borrow)]
    channel: Option<Word<'a>>,
    #[serde(default, borrow, rename = "instId")]
    inst_id: Option<Word<'a>>,
}

impl<'a, T: Plain<'a>> Plain<'a> for Message<'a, T> {
    /// A reply without an error.
    fn scan(scan: &mut Scan<'a>) -> Option<Self> {
        let (mut code, mut msg, mut data) = (None, None, None);
        scan.object(|scan, name| match name {
            "code" => once(&mut code, scan.text().filter(|code| *code == "0")),
            "msg" => once(&mut msg, scan.text()),
            "data" => once(&mut data, Vec::scan(scan)),
            _ => None,
        })?;
        Some(Self {
            code: None,
            msg: None,
            event: None,
            arg: None,
            action: None,
            data: Some(code.and(data)?),
        })
    }
}

impl<T> Message<'_, T> {
    /// The rows.
    pub(super) fn rows(&self) -> &[T] {
        self.data.as_deref().unwrap_or_default()
    }

    /// The instrument of the channel.
    pub(super) fn instrument(&self) -> Option<&str> {
        self.arg.as_ref()?.inst_id.as_ref().map(Word::as_str)
    }

    /// The name of the channel.
    pub(super) fn channel(&self) -> Option<&str> {
        self.arg.as_ref()?.channel.as_ref().map(Word::as_str)
    }

    fn check(&self) -> Result<(), ParseError> {
        let text = |word: &Option<Word<'_>>| {
            word.as_ref()
                .map_or_else(String::new, |word| word.as_str().to_owned())
        };
        let code = text(&self.code);
        if !matches!(code.as_str(), "" | "0") || text(&self.event) == "error" {
            return Err(ParseError {
                at: "code".to_owned(),
                what: format!("{code} {}, expected 0 and rows", text(&self.msg)),
            });
        }
        if self.data.is_none() && self.event.is_none() {
            return Err(ParseError {
                at: ".".to_owned(),
                what: "missing field `data`".to_owned(),
            });
        }
        Ok(())
    }
}

/// A place in a body, for errors.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    line: Option<usize>,
    row: usize,
}

impl Place {
    /// The path of a field in that row: `data[3].px`, with the line where there are several.
    pub(super) fn of(self, field: impl std::fmt::Display) -> String {
        ndjson::place(self.line, format!("data[{}]{field}", self.row))
    }

    /// Why that field cannot be read.
    pub(super) fn error(self, field: impl std::fmt::Display, what: String) -> ParseError {
        ParseError {
            at: self.of(field),
            what,
        }
    }
}

/// All messages of a body.
#[derive(Debug)]
pub(super) struct Messages<'a, T>(Vec<(Option<usize>, Message<'a, T>)>);

impl<'a, T> Messages<'a, T> {
    /// Every row with its message and its place.
    pub(super) fn rows(&self) -> impl Iterator<Item = (&Message<'a, T>, Place, &T)> {
        self.0.iter().flat_map(|(line, message)| {
            let rows = message.rows().iter().enumerate();
            rows.map(move |(row, content)| (message, Place { line: *line, row }, content))
        })
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|(_, message)| message.rows().len()).sum()
    }
}

/// Reads a body: one reply or message, or one message a line.
pub(super) fn read<'a, T: Deserialize<'a> + Plain<'a>>(
    body: &'a [u8],
) -> Result<Messages<'a, T>, ParseError> {
    if let Some(reply) = scan::all(body, Message::scan) {
        return Ok(Messages(vec![(None, reply)]));
    }
    ndjson::values(body)
        .into_iter()
        .map(|value| {
            let message = one(value.text).map_err(|error| value.located(error))?;
            Ok((value.line, message))
        })
        .collect::<Result<_, _>>()
        .map(Messages)
}

fn one<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<Message<'a, T>, ParseError> {
    let message: Message<'a, T> = json::read(body)?;
    message.check()?;
    Ok(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_numbers(body: &str) -> Result<Vec<i64>, String> {
        let messages: Messages<'_, i64> =
            read(body.as_bytes()).map_err(|error| error.to_string())?;
        Ok(messages.rows().map(|(_, _, number)| *number).collect())
    }

    #[test]
    fn every_envelope_holds_rows() {
        assert_eq!(
            read_numbers(r#"{"code":"0","msg":"","data":[1,2]}"#),
            Ok(vec![1, 2])
        );
        assert_eq!(
            read_numbers(r#"{"arg":{"channel":"trades","instId":"A-B"},"data":[3]}"#),
            Ok(vec![3])
        );
        assert_eq!(
            read_numbers(
                "{\"arg\":{},\"data\":[3]}\n{\"event\":\"subscribe\",\"arg\":{}}\n{\"arg\":{},\"data\":[4]}\n"
            ),
            Ok(vec![3, 4])
        );
        assert_eq!(
            read_numbers("{\n \"code\": 0,\n \"data\": []\n}\n"),
            Ok(vec![])
        );
    }

    #[test]
    fn what_holds_no_rows_is_said() {
        let error = |body| read_numbers(body).unwrap_err();
        assert_eq!(
            error(r#"{"code":"51001","msg":"Instrument ID doesn't exist.","data":[]}"#),
            "at code: 51001 Instrument ID doesn't exist., expected 0 and rows"
        );
        assert_eq!(error(r#"{"asks":[]}"#), "at .: missing field `data`");
        assert!(
            error("[1]").ends_with("expected an object with code and data, or with arg and data")
        );
        assert_eq!(
            error("{\"data\":[1]}\n{\"data\":[\"x\"]}"),
            "at line 2: data[0]: invalid type: string \"x\", expected i64"
        );
    }
}
