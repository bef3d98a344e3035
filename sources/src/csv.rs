//! Archive files of vendors: comma separated values, from a zip or as they are.
//!
//! Lines are split by hand: no vendor quotes anything, and a file has up to a hundred million of
//! them. They are bytes, because some headers are in encodings of their own.

use std::fmt;
use std::io::{BufRead, BufReader, Read, SeekFrom};

use common::Decimal;

use crate::ask::ParseError;
use crate::instant;
use crate::source::Stream;
use crate::zip;

/// More than any kind of file has.
const MOST_COLUMNS: usize = 16;
/// Longer lines are no rows: they are told without being read to their end.
const LONGEST_LINE: u64 = 4_096;
/// Large enough that few calls reach through to the disk, small enough for the cache.
const BUFFER: usize = 128 * 1_024;

/// One line that is not empty.
#[derive(Debug)]
pub(crate) struct Line<'l> {
    /// Its number in the file, from 1.
    pub(crate) number: u64,
    columns: [&'l [u8]; MOST_COLUMNS],
    /// How many columns it has.
    pub(crate) width: usize,
}

/// Hands every line of a file to `each`: zipped, or unpacked already.
pub(crate) fn read(
    body: &mut dyn Stream,
    each: impl FnMut(&Line<'_>) -> Result<(), ParseError>,
) -> Result<(), ParseError> {
    let mut head = Vec::with_capacity(zip::MAGIC.len());
    Read::take(&mut *body, zip::MAGIC.len() as u64)
        .read_to_end(&mut head)
        .and_then(|_| body.seek(SeekFrom::Start(0)))
        .map_err(|error| failed(1, &error))?;
    let packed = BufReader::with_capacity(BUFFER, body);
    if head == zip::MAGIC {
        let member = zip::first(packed, ".csv").map_err(|error| failed(1, &error))?;
        lines(BufReader::with_capacity(BUFFER, member), each)
    } else {
        lines(packed, each)
    }
}

fn lines(
    mut from: impl BufRead,
    mut each: impl FnMut(&Line<'_>) -> Result<(), ParseError>,
) -> Result<(), ParseError> {
    let mut buffer = Vec::with_capacity(LONGEST_LINE as usize);
    let mut number = 0;
    loop {
        number += 1;
        buffer.clear();
        let read = from
            .by_ref()
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut buffer);
        if read.map_err(|error| failed(number, &error))? == 0 {
            return Ok(());
        }
        if buffer.len() as u64 == LONGEST_LINE && !buffer.ends_with(b"\n") {
            return Err(ParseError {
                at: format!("line {number}"),
                what: format!("more than {LONGEST_LINE} bytes, expected a row"),
            });
        }
        let text = buffer.trim_ascii();
        // Editors of tables put this mark before the first line.
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        if !text.is_empty() {
            each(&Line::split(text, number)?)?;
        }
    }
}

fn failed(line: u64, error: &std::io::Error) -> ParseError {
    ParseError {
        at: format!("line {line}"),
        what: format!("the file cannot be read on: {error}"),
    }
}

impl<'l> Line<'l> {
    fn split(text: &'l [u8], number: u64) -> Result<Self, ParseError> {
        let mut line = Self {
            number,
            columns: [b""; MOST_COLUMNS],
            width: 0,
        };
        for column in text.split(|byte| *byte == b',') {
            let Some(place) = line.columns.get_mut(line.width) else {
                return Err(line.refused(format_args!("more than {MOST_COLUMNS} columns"), "fewer"));
            };
            *place = column;
            line.width += 1;
        }
        Ok(line)
    }

    /// Checks how many columns there are.
    pub(crate) fn has(&self, columns: usize) -> Result<(), ParseError> {
        if self.width == columns {
            return Ok(());
        }
        let found = format_args!("{} columns", self.width);
        Err(self.refused(found, &format!("{columns} columns")))
    }

    /// Whether any column is a number: a header has none.
    pub(crate) fn has_numbers(&self) -> bool {
        (0..self.width).any(|column| Decimal::parse_bytes(self.bytes(column)).is_ok())
    }

    /// A column as it stands, empty where there is none.
    pub(crate) fn bytes(&self, column: usize) -> &'l [u8] {
        self.columns.get(column).copied().unwrap_or_default()
    }

    pub(crate) fn text(&self, column: usize) -> Result<&'l str, ParseError> {
        std::str::from_utf8(self.bytes(column)).map_err(|_| self.error(column, "a text in UTF-8"))
    }

    pub(crate) fn decimal(&self, column: usize) -> Result<Decimal, ParseError> {
        Decimal::parse_bytes(self.bytes(column)).map_err(|error| ParseError {
            at: self.place(column),
            what: format!("{error}, expected a number"),
        })
    }

    /// A number, or nothing.
    pub(crate) fn optional(&self, column: usize) -> Result<Option<Decimal>, ParseError> {
        match self.bytes(column) {
            b"" => Ok(None),
            _ => self.decimal(column).map(Some),
        }
    }

    /// Milliseconds or microseconds as nanoseconds, told apart by their digits in every row: a
    /// vendor changed from one to the other on a day that depends on the market.
    pub(crate) fn time(&self, column: usize) -> Result<i64, ParseError> {
        let text = self.bytes(column);
        // Some files have whole milliseconds as floats.
        let text = text.strip_suffix(b".0").unwrap_or(text);
        integer(text)
            .filter(|time| *time >= 0)
            .and_then(instant::ms_or_us)
            .ok_or_else(|| self.error(column, "milliseconds or microseconds since 1970"))
    }

    /// An id of digits, as it is written.
    pub(crate) fn id(&self, column: usize) -> Result<&'l str, ParseError> {
        let id = self.bytes(column);
        let canonical = id == b"0" || !id.starts_with(b"0");
        if canonical && (1..=20).contains(&id.len()) && id.iter().all(u8::is_ascii_digit) {
            return self.text(column);
        }
        Err(self.error(column, "an id of digits"))
    }

    pub(crate) fn count(&self, column: usize) -> Result<i64, ParseError> {
        integer(self.bytes(column)).ok_or_else(|| self.error(column, "a whole number"))
    }

    pub(crate) fn flag(&self, column: usize) -> Result<bool, ParseError> {
        flag(self.bytes(column)).ok_or_else(|| self.error(column, "true or false"))
    }

    /// Why a column cannot be read.
    pub(crate) fn error(&self, column: usize, expected: &str) -> ParseError {
        let found = String::from_utf8_lossy(self.bytes(column));
        ParseError {
            at: self.place(column),
            what: format!("{found:?}, expected {expected}"),
        }
    }

    /// Why the line cannot be read.
    pub(crate) fn refused(&self, found: impl fmt::Display, expected: &str) -> ParseError {
        ParseError {
            at: format!("line {}", self.number),
            what: format!("{found}, expected {expected}"),
        }
    }

    fn place(&self, column: usize) -> String {
        format!("line {}, column {}", self.number, column + 1)
    }
}

fn integer(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Yes or no: `true`, `True` and `TRUE` stand in files of different years.
pub(crate) fn flag(text: &[u8]) -> Option<bool> {
    if text.eq_ignore_ascii_case(b"true") {
        Some(true)
    } else if text.eq_ignore_ascii_case(b"false") {
        Some(false)
    } else {
        None
    }
}
