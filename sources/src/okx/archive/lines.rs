//! Lines of comma separated values, from a zip or as they are, whose header, if there is one, may
//! be in any encoding.

use std::io::{BufRead, BufReader, Read, SeekFrom};

use common::Decimal;

use crate::ask::ParseError;
use crate::source::Stream;
use crate::zip;

/// Most columns of any file.
const COLUMNS: usize = 16;
const READ_BYTES: usize = 256 * 1024;
const LONGEST_LINE: u64 = 64 * 1024;

/// A line cut into its columns.
#[derive(Debug)]
pub(super) struct Line<'a> {
    number: usize,
    columns: [&'a [u8]; COLUMNS],
    pub(super) width: usize,
}

impl<'a> Line<'a> {
    fn cut(number: usize, text: &'a [u8]) -> Self {
        let mut line = Self {
            number,
            columns: [b""; COLUMNS],
            width: 0,
        };
        for column in text.split(|byte| *byte == b',').take(COLUMNS) {
            line.columns[line.width] = column;
            line.width += 1;
        }
        line
    }

    /// A column as it stands.
    pub(super) fn bytes(&self, column: usize) -> &'a [u8] {
        self.columns.get(column).copied().unwrap_or_default()
    }

    /// A column as text.
    pub(super) fn text(&self, column: usize) -> Result<&'a str, ParseError> {
        std::str::from_utf8(self.bytes(column)).map_err(|_| self.error(column, "a text in UTF-8"))
    }

    /// A column as a number.
    pub(super) fn decimal(&self, column: usize) -> Result<Decimal, ParseError> {
        Decimal::parse_bytes(self.bytes(column)).map_err(|error| ParseError {
            at: self.place(column),
            what: format!("{error}, expected a number"),
        })
    }

    /// A column of milliseconds since 1970, as nanoseconds.
    pub(super) fn time(&self, column: usize) -> Result<i64, ParseError> {
        let text = self.text(column)?;
        // Some files write whole milliseconds as floats.
        let text = text.strip_suffix(".0").unwrap_or(text);
        super::super::fields::nanoseconds(text)
            .ok_or_else(|| self.error(column, "milliseconds since 1970"))
    }

    /// Whether any column is a number: a header has none.
    pub(super) fn has_numbers(&self) -> bool {
        (0..self.width).any(|column| Decimal::parse_bytes(self.bytes(column)).is_ok())
    }

    pub(super) fn error(&self, column: usize, expected: &str) -> ParseError {
        let found = String::from_utf8_lossy(self.bytes(column));
        ParseError {
            at: self.place(column),
            what: format!("{found:?}, expected {expected}"),
        }
    }

    fn place(&self, column: usize) -> String {
        format!("line {}, column {}", self.number, column + 1)
    }
}

/// Shows every line of a body to `read`: of the table in a zip, or of the body itself.
pub(super) fn each(
    mut body: &mut dyn Stream,
    mut read: impl FnMut(&Line<'_>) -> Result<(), ParseError>,
) -> Result<(), ParseError> {
    if !is_zip(body)? {
        return each_of(&mut body, &mut read);
    }
    let packed = BufReader::with_capacity(READ_BYTES, body);
    let mut member = zip::first(packed, ".csv").map_err(|error| unreadable(1, &error))?;
    each_of(&mut member, &mut read)
}

fn is_zip(body: &mut dyn Stream) -> Result<bool, ParseError> {
    let mut head = Vec::with_capacity(zip::MAGIC.len());
    Read::take(&mut *body, zip::MAGIC.len() as u64)
        .read_to_end(&mut head)
        .and_then(|_| body.seek(SeekFrom::Start(0)))
        .map_err(|error| unreadable(0, &error))?;
    Ok(head == zip::MAGIC)
}

fn each_of(
    body: &mut dyn Read,
    read: &mut impl FnMut(&Line<'_>) -> Result<(), ParseError>,
) -> Result<(), ParseError> {
    let mut body = BufReader::with_capacity(READ_BYTES, body);
    let mut text = Vec::new();
    for number in 1.. {
        text.clear();
        let length = Read::take(&mut body, LONGEST_LINE)
            .read_until(b'\n', &mut text)
            .map_err(|error| unreadable(number, &error))?;
        if length == 0 {
            break;
        }
        let line = text.trim_ascii();
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        if !line.is_empty() {
            read(&Line::cut(number, line))?;
        }
    }
    Ok(())
}

fn unreadable(line: usize, error: &std::io::Error) -> ParseError {
    ParseError {
        at: format!("line {line}"),
        what: format!("the file ends or breaks here: {error}"),
    }
}
