//! How many rows a file holds, read off the file: which also shows that it is whole.
//!
//! ClickHouse that fails in the middle of an answer has said 200 already. It breaks the connection
//! off or writes the error behind the rows; neither must pass for a file.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use super::{Format, parquet};

/// More than stands behind the rows in JSON.
const TAIL: u64 = 256;

/// The file does not end as its format does.
#[derive(Debug, thiserror::Error)]
#[error("the answer broke off after {bytes} bytes; it ends with {end:?}")]
pub(super) struct Incomplete {
    bytes: u64,
    end: String,
}

/// Counts while an answer passes.
pub(super) struct Counted {
    format: Format,
    bytes: u64,
    lines: u64,
    in_quotes: bool,
}

impl Counted {
    pub(super) fn new(format: Format) -> Self {
        Self {
            format,
            bytes: 0,
            lines: 0,
            in_quotes: false,
        }
    }

    /// Looks at a piece of the answer.
    pub(super) fn take(&mut self, piece: &[u8]) {
        self.bytes += piece.len() as u64;
        match self.format {
            Format::Ndjson => self.lines += newlines(piece),
            // A quote inside a text is written twice.
            Format::Csv => {
                for byte in piece {
                    match byte {
                        b'"' => self.in_quotes = !self.in_quotes,
                        b'\n' if !self.in_quotes => self.lines += 1,
                        _ => {}
                    }
                }
            }
            Format::Json | Format::Parquet => {}
        }
    }

    /// Bytes so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The rows of the whole file.
    pub(super) fn rows(&self, file: &mut File) -> anyhow::Result<u64> {
        let end = tail(file, self.bytes)?;
        let rows = match self.format {
            Format::Parquet => parquet::rows(file)?,
            Format::Ndjson if self.bytes == 0 => Some(0),
            Format::Ndjson => end.ends_with(b"}\n").then_some(self.lines),
            Format::Json => json_rows(&end),
            Format::Csv if self.in_quotes || has_error(&end) => None,
            Format::Csv => end.ends_with(b"\n").then(|| self.lines.saturating_sub(1)),
        };
        rows.ok_or_else(|| {
            let shown = String::from_utf8_lossy(&end).trim().to_owned();
            Incomplete {
                bytes: self.bytes,
                end: shown,
            }
            .into()
        })
    }
}

fn newlines(piece: &[u8]) -> u64 {
    piece.iter().filter(|byte| **byte == b'\n').count() as u64
}

fn tail(file: &mut File, bytes: u64) -> std::io::Result<Vec<u8>> {
    let length = bytes.min(TAIL);
    file.seek(SeekFrom::Start(bytes - length))?;
    let mut end = Vec::new();
    file.read_to_end(&mut end)?;
    Ok(end)
}

/// The number behind the rows.
fn json_rows(end: &[u8]) -> Option<u64> {
    let end = String::from_utf8_lossy(end);
    let (_, number) = end.strip_suffix("}\n")?.rsplit_once("\"rows\":")?;
    number.trim().trim_end_matches(',').parse().ok()
}

/// Whether an error stands behind the rows, where every text is in quotes.
fn has_error(end: &[u8]) -> bool {
    end.ends_with(b"__exception__\r\n") || end.ends_with(b")\n")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn rows(format: Format, pieces: &[&str]) -> Option<u64> {
        let mut file = tempfile::tempfile().unwrap();
        let mut counted = Counted::new(format);
        for piece in pieces {
            counted.take(piece.as_bytes());
            file.write_all(piece.as_bytes()).unwrap();
        }
        counted.rows(&mut file).ok()
    }

    #[test]
    fn rows_are_counted_whatever_stands_in_them() {
        let csv = ["\"a\",\"b\"\n1,\"x\ny\"", "\"z\"\n2,\n"];
        assert_eq!(rows(Format::Csv, &csv), Some(2));
        assert_eq!(rows(Format::Csv, &csv[..1]), None);
        assert_eq!(rows(Format::Csv, &["\"a\"\n"]), Some(0));
        let lines = ["{\"a\":\"}\\n\"}\n{\"a\"", ":2}\n"];
        assert_eq!(rows(Format::Ndjson, &lines), Some(2));
        assert_eq!(rows(Format::Ndjson, &lines[..1]), None);
        assert_eq!(rows(Format::Ndjson, &[]), Some(0));
        let json = "{\"data\":[{\"rows\": \"9\"}],\n\n\t\"rows\": 1\n}\n";
        assert_eq!(rows(Format::Json, &[json]), Some(1));
        assert_eq!(rows(Format::Json, &["{\"data\":[{\"a\": \"9\"}"]), None);
        assert_eq!(rows(Format::Parquet, &["PAR1 and no more"]), None);
    }

    #[test]
    fn an_error_behind_the_rows_is_no_row() {
        let marked = "\r\n__exception__\r\nabcdefghijklmnop\r\nCode: 159. DB::Exception: late\n\
                      31 abcdefghijklmnop\r\n__exception__\r\n";
        let bare = "Code: 159. DB::Exception: late (version 24.10)\n";
        for error in [marked, bare] {
            for (format, row) in [
                (Format::Csv, "\"a\"\n1\n"),
                (Format::Ndjson, "{\"a\":1}\n"),
                (Format::Json, "{\"data\":[{\"rows\":1},"),
            ] {
                assert_eq!(rows(format, &[row, error]), None, "{format:?}");
            }
        }
    }
}
