//! Rows of the archive's CSV files, split by hand: the vendor quotes nothing, and a file has up to
//! a hundred million rows.
//!
//! Some files have a first line of names, others none, whatever their age: the first byte tells,
//! as every row begins with a number.

use std::io::{BufRead, BufReader, Read, SeekFrom};

use common::Decimal;

use crate::ask::ParseError;
use crate::source::Stream;
use crate::window;
use crate::zip;

/// No kind of file has more columns than bars, which have twelve.
const MOST_COLUMNS: usize = 12;
/// Longer lines are no rows: they are told without being read to their end.
const LONGEST_LINE: u64 = 4_096;
/// Large enough that few calls reach through to the disk, small enough for the cache.
const BUFFER: usize = 128 * 1_024;

/// One row.
#[derive(Debug)]
pub(super) struct Row<'l> {
    /// Its number in the file, from 1.
    line: u64,
    fields: [&'l str; MOST_COLUMNS],
    columns: usize,
}

/// Hands every row of a file to `each`: zipped, or unpacked already.
pub(super) fn read(
    body: &mut dyn Stream,
    each: impl FnMut(&Row<'_>) -> Result<(), ParseError>,
) -> Result<(), ParseError> {
    let unreadable = |error: std::io::Error| failed(1, &error);
    let mut magic = [0; zip::MAGIC.len()];
    let mut head = Vec::new();
    Read::take(&mut *body, magic.len() as u64)
        .read_to_end(&mut head)
        .map_err(unreadable)?;
    body.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    magic[..head.len()].copy_from_slice(&head);
    let packed = BufReader::with_capacity(BUFFER, body);
    if magic == *zip::MAGIC {
        let member = zip::first(packed, ".csv").map_err(unreadable)?;
        rows(BufReader::with_capacity(BUFFER, member), each)
    } else {
        rows(packed, each)
    }
}

fn rows(
    mut from: impl BufRead,
    mut each: impl FnMut(&Row<'_>) -> Result<(), ParseError>,
) -> Result<(), ParseError> {
    let mut buffer = Vec::with_capacity(LONGEST_LINE as usize);
    let mut line = 0;
    loop {
        line += 1;
        buffer.clear();
        let read = from
            .by_ref()
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut buffer);
        if read.map_err(|error| failed(line, &error))? == 0 {
            return Ok(());
        }
        let text = text(&buffer, line)?;
        if text.is_empty() || (line == 1 && is_header(text)) {
            continue;
        }
        each(&Row::split(text, line)?)?;
    }
}

/// A line without its end, which is either of the two usual ones.
fn text(line: &[u8], number: u64) -> Result<&str, ParseError> {
    let refused = |what: String| ParseError {
        at: format!("line {number}"),
        what,
    };
    if line.len() as u64 == LONGEST_LINE && !line.ends_with(b"\n") {
        return Err(refused(format!(
            "found more than {LONGEST_LINE} bytes, expected a row of numbers"
        )));
    }
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    // Editors of tables put this mark before the first line.
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    std::str::from_utf8(line).map_err(|error| refused(format!("found {error}, expected text")))
}

fn is_header(text: &str) -> bool {
    text.contains(',')
        && text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
}

fn failed(line: u64, error: &std::io::Error) -> ParseError {
    ParseError {
        at: format!("line {line}"),
        what: format!("the file cannot be read on: {error}"),
    }
}

impl<'l> Row<'l> {
    fn split(text: &'l str, line: u64) -> Result<Self, ParseError> {
        let mut row = Self {
            line,
            fields: [""; MOST_COLUMNS],
            columns: 0,
        };
        let mut rest = text;
        loop {
            let (field, more) = match rest.bytes().position(|byte| byte == b',') {
                Some(at) => (&rest[..at], Some(&rest[at + 1..])),
                None => (rest, None),
            };
            let Some(place) = row.fields.get_mut(row.columns) else {
                return Err(row.refused(format_args!("more than {MOST_COLUMNS} columns"), "fewer"));
            };
            *place = field;
            row.columns += 1;
            match more {
                Some(more) => rest = more,
                None => return Ok(row),
            }
        }
    }

    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// The text of a column, empty where there is none.
    pub(super) fn text(&self, column: usize) -> &'l str {
        self.fields[column]
    }

    /// Checks how many columns there are.
    pub(super) fn has(&self, columns: usize) -> Result<(), ParseError> {
        if self.columns == columns {
            return Ok(());
        }
        let expected = format!("{columns} columns");
        Err(self.refused(format_args!("{} columns", self.columns), &expected))
    }

    pub(super) fn refused(&self, found: impl std::fmt::Display, expected: &str) -> ParseError {
        ParseError {
            at: format!("line {}", self.line),
            what: format!("found {found}, expected {expected}"),
        }
    }

    fn field_refused(&self, column: usize, expected: &str) -> ParseError {
        self.refused(
            format_args!("{:?} in column {}", self.fields[column], column + 1),
            expected,
        )
    }

    pub(super) fn decimal(&self, column: usize) -> Result<Decimal, ParseError> {
        self.fields[column]
            .parse()
            .map_err(|error: common::decimal::DecimalError| {
                self.field_refused(column, &format!("a number: {error}"))
            })
    }

    /// A number, or nothing.
    pub(super) fn optional(&self, column: usize) -> Result<Option<Decimal>, ParseError> {
        match self.fields[column] {
            "" => Ok(None),
            _ => self.decimal(column).map(Some),
        }
    }

    /// Milliseconds or microseconds, told apart by their digits in every row: the vendor changed
    /// from one to the other on a day that depends on the market.
    pub(super) fn time(&self, column: usize) -> Result<i64, ParseError> {
        let time = self.fields[column].parse::<i64>().ok();
        let time = time.filter(|time| *time >= 0);
        time.and_then(window::from_ms_or_us)
            .ok_or_else(|| self.field_refused(column, "milliseconds or microseconds since 1970"))
    }

    /// An id, as it is written.
    pub(super) fn id(&self, column: usize) -> Result<&'l str, ParseError> {
        let id = self.fields[column];
        let canonical = id == "0" || !id.starts_with('0');
        if canonical && (1..=20).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit())
        {
            return Ok(id);
        }
        Err(self.field_refused(column, "an id of digits"))
    }

    pub(super) fn count(&self, column: usize) -> Result<i64, ParseError> {
        let count = self.fields[column].parse();
        count.map_err(|_| self.field_refused(column, "a whole number"))
    }

    /// Whether a column says yes: `true`, `True` and `TRUE` stand in files of different years.
    pub(super) fn flag(&self, column: usize) -> Result<bool, ParseError> {
        flag(self.fields[column]).ok_or_else(|| self.field_refused(column, "true or false"))
    }
}

/// Yes or no, however it is written.
pub(super) fn flag(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}
