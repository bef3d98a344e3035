//! The ids in one column of a CSV file, checked and each once.
//!
//! Reads as a stream: in memory are one block, one record and the ids seen (numbers in a bitmap, about
//! two bytes an id where ids lie close together, as vendors give them; the hashes of others, about
//! forty bytes an id), so the length of a file does not matter. The first line that holds no id ends it, with its number, unless such lines are to
//! be skipped.

use std::collections::HashSet;
use std::io::{self, Read};

use csv::{ByteRecord, ReaderBuilder};
use roaring::RoaringTreemap;
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_128;

const BLOCK: usize = 1 << 16;
/// Longer texts are descriptions, not ids.
const LONGEST_WORD: usize = 256;
/// What of a wrong value is shown.
const SHOWN_CHARS: usize = 40;

/// Which column, and what an id is.
pub(super) struct Column<'a> {
    pub(super) name: &'a str,
    /// Lines without an id are counted instead of refused.
    pub(super) skip_bad: bool,
    /// Whether ids are numbers: `007` is 7 then.
    pub(super) numbers: bool,
    /// The vendor's own check.
    pub(super) check: &'a dyn Fn(&str) -> Result<(), String>,
}

/// What was found in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Tally {
    /// Ids, each once.
    pub(crate) ids: u64,
    /// Ids that had been seen before.
    pub(crate) duplicates: u64,
    /// Lines without a usable id.
    pub(crate) skipped: u64,
    /// The first such line.
    pub(crate) first_skipped: Option<String>,
}

/// A file that holds no ids as they should be.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IdsError {
    #[error("is empty: its first line must name the columns, {column} among them")]
    Empty { column: String },
    #[error("is UTF-16: save it as UTF-8")]
    Utf16,
    #[error("has no column {column}; its columns are {columns}{hint}; choose one with --column")]
    NoColumn {
        column: String,
        columns: String,
        hint: &'static str,
    },
    #[error("has the column {column} twice; name one of them differently")]
    TwoColumns { column: String },
    #[error("line {line}: {why}; correct the file, or skip such lines with --skip-bad")]
    BadId { line: u64, why: String },
    #[error("holds no ids{}", .first_skipped.as_ref().map(|bad| format!("; the first line that was skipped: {bad}")).unwrap_or_default())]
    NoIds { first_skipped: Option<String> },
    #[error("cannot be read")]
    Unreadable(#[from] csv::Error),
    #[error("its ids cannot be kept in the temporary folder")]
    Keep(#[source] io::Error),
}

/// Hands every id of the column to `take`, in order and each once.
pub(super) fn read(
    input: impl Read,
    column: &Column<'_>,
    mut take: impl FnMut(&str) -> io::Result<()>,
) -> Result<Tally, IdsError> {
    let mut reader = ReaderBuilder::new()
        .flexible(true)
        .buffer_capacity(BLOCK)
        .from_reader(Lines::new(input));
    let place = find(reader.byte_headers()?, column.name)?;
    let (mut tally, mut seen) = (Tally::default(), Seen::default());
    let mut record = ByteRecord::new();
    while reader.read_byte_record(&mut record)? {
        match id(&record, place, column) {
            Ok(None) => {}
            Ok(Some(id)) if !seen.insert(&id) => tally.duplicates += 1,
            Ok(Some(id)) => {
                take(id.text).map_err(IdsError::Keep)?;
                tally.ids += 1;
            }
            Err(why) => {
                let line = reader.get_ref().number_at(reader.position().byte());
                skip(&mut tally, column, line, why)?;
            }
        }
    }
    match tally.ids {
        0 => Err(IdsError::NoIds {
            first_skipped: tally.first_skipped,
        }),
        _ => Ok(tally),
    }
}

/// The ids that were there before.
#[derive(Default)]
struct Seen {
    numbers: RoaringTreemap,
    /// 128 bits of each: no two of a trillion words are taken for one.
    words: HashSet<u128>,
}

impl Seen {
    /// Whether it is new.
    fn insert(&mut self, id: &Id<'_>) -> bool {
        match id.number {
            Some(number) => self.numbers.insert(number),
            None => self.words.insert(xxh3_128(id.text.as_bytes())),
        }
    }
}

/// An id as it is understood: a number without leading zeros, or a word.
struct Id<'a> {
    text: &'a str,
    number: Option<u64>,
}

fn skip(tally: &mut Tally, column: &Column<'_>, line: u64, why: String) -> Result<(), IdsError> {
    if !column.skip_bad {
        return Err(IdsError::BadId { line, why });
    }
    tally.skipped += 1;
    tally
        .first_skipped
        .get_or_insert_with(|| format!("line {line}: {why}"));
    Ok(())
}

/// The place of the column in the header.
fn find(header: &ByteRecord, name: &str) -> Result<usize, IdsError> {
    let column = || name.to_owned();
    let names: Vec<String> = header
        .iter()
        .map(|cell| String::from_utf8_lossy(cell).trim().to_owned())
        .collect();
    if names.iter().all(String::is_empty) {
        return Err(IdsError::Empty { column: column() });
    }
    if header
        .iter()
        .next()
        .is_some_and(|cell| cell.starts_with(&[0xff, 0xfe]) || cell.starts_with(&[0xfe, 0xff]))
    {
        return Err(IdsError::Utf16);
    }
    let mut places = (0..names.len()).filter(|place| names[*place] == name);
    match (places.next(), places.next()) {
        (Some(place), None) => Ok(place),
        (Some(_), Some(_)) => Err(IdsError::TwoColumns { column: column() }),
        (None, _) => Err(IdsError::NoColumn {
            column: column(),
            columns: names.join(", "),
            hint: match names.as_slice() {
                [only] if only.contains([';', '\t']) => " (columns are separated by commas only)",
                _ => "",
            },
        }),
    }
}

/// The id of a record; `None` for a blank line, what is wrong with the value otherwise.
fn id<'r>(
    record: &'r ByteRecord,
    place: usize,
    column: &Column<'_>,
) -> Result<Option<Id<'r>>, String> {
    let raw = record.get(place).unwrap_or_default();
    let Ok(text) = std::str::from_utf8(raw) else {
        return Err(format!(
            "{} is not UTF-8",
            shown(&String::from_utf8_lossy(raw))
        ));
    };
    let text = text.trim();
    if text.is_empty() {
        return match record.iter().all(|cell| cell.trim_ascii().is_empty()) {
            true => Ok(None),
            false => Err(format!("the column {} is empty", column.name)),
        };
    }
    let id = if column.numbers {
        number(text)
    } else {
        word(text)
    };
    let id = id.map_err(|why| format!("{} is no id: {why}", shown(text)))?;
    (column.check)(text)?;
    Ok(Some(id))
}

fn number(text: &str) -> Result<Id<'_>, &'static str> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("it consists of digits");
    }
    let number = text.parse().map_err(|_| "the number is too large")?;
    Ok(Id {
        text: match text.trim_start_matches('0') {
            "" => "0",
            digits => digits,
        },
        number: Some(number),
    })
}

fn word(text: &str) -> Result<Id<'_>, &'static str> {
    if text.len() > LONGEST_WORD {
        return Err("it has more than 256 bytes");
    }
    if text.contains(char::is_control) {
        return Err("it contains a control character");
    }
    Ok(Id { text, number: None })
}

fn shown(value: &str) -> String {
    let cut: String = value.chars().take(SHOWN_CHARS).collect();
    let more = if cut.len() < value.len() { "…" } else { "" };
    format!("{cut:?}{more}")
}

/// Counts lines on the way. The CSV reader's own count is off by one after CRLF and blank lines.
struct Lines<R> {
    inner: R,
    /// The block that the CSV reader works on.
    block: Vec<u8>,
    /// Where it starts.
    start: u64,
    /// Line ends before it.
    ends: u64,
}

impl<R> Lines<R> {
    fn new(inner: R) -> Self {
        let block = Vec::with_capacity(BLOCK);
        Self {
            inner,
            block,
            start: 0,
            ends: 0,
        }
    }

    /// The number of the line that ends at a byte of the block.
    fn number_at(&self, byte: u64) -> u64 {
        let within = byte.saturating_sub(self.start) as usize;
        let read = &self.block[..within.min(self.block.len())];
        let own = u64::from(read.last() == Some(&b'\n'));
        self.ends + line_ends(read) + 1 - own
    }
}

fn line_ends(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        // At the end the last block is kept: the last record may lie in it.
        if read > 0 {
            self.ends += line_ends(&self.block);
            self.start += self.block.len() as u64;
            self.block.clear();
            self.block.extend_from_slice(&buffer[..read]);
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests;
