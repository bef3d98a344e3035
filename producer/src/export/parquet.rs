//! How many rows a Parquet file says it has: its footer read, and nothing else of the format.
//!
//! The footer is the last thing that is written, so a file that has one is whole. It is a
//! `FileMetaData` in Thrift's compact protocol:
//! <https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift>.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

const MAGIC: &[u8] = b"PAR1";
/// The footer's length and the magic.
const END: u64 = 8;
/// The field of `FileMetaData` that holds the number of rows.
const NUM_ROWS: i64 = 3;
/// Structs in structs; a schema has a handful.
const DEEPEST: usize = 32;

/// The rows, or nothing where the file does not end as it must.
pub(super) fn rows(file: &mut File) -> io::Result<Option<u64>> {
    let length = file.seek(SeekFrom::End(0))?;
    let Some(footer_end) = length.checked_sub(END) else {
        return Ok(None);
    };
    file.seek(SeekFrom::Start(footer_end))?;
    let mut end = [0; END as usize];
    file.read_exact(&mut end)?;
    let (size, magic) = end.split_at(4);
    let size = u64::from(u32::from_le_bytes([size[0], size[1], size[2], size[3]]));
    let Some(start) = footer_end.checked_sub(size).filter(|_| magic == MAGIC) else {
        return Ok(None);
    };
    file.seek(SeekFrom::Start(start))?;
    let mut footer = Vec::new();
    file.take(size).read_to_end(&mut footer)?;
    Ok(Compact(&footer).num_rows())
}

/// Values of Thrift's compact protocol, one after the other; `None` where they do not make sense.
struct Compact<'a>(&'a [u8]);

impl Compact<'_> {
    fn num_rows(&mut self) -> Option<u64> {
        let mut id = 0;
        loop {
            let kind = self.field(&mut id)?;
            if id == NUM_ROWS {
                return u64::try_from(self.signed()?).ok();
            }
            self.skip(kind, 0)?;
        }
    }

    /// The next field of a struct: its kind, and its number; kind 0 is the struct's end.
    fn field(&mut self, id: &mut i64) -> Option<u8> {
        let head = self.byte()?;
        let (delta, kind) = (head >> 4, head & 15);
        match (delta, kind) {
            (_, 0) => {}
            (0, _) => *id = self.signed()?,
            (delta, _) => *id += i64::from(delta),
        }
        Some(kind)
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        match kind {
            // A flag stands in its own head.
            1 | 2 => {}
            3 => self.bytes(1)?,
            4..=6 => {
                self.number()?;
            }
            7 => self.bytes(8)?,
            8 => {
                let length = self.number()?;
                self.bytes(usize::try_from(length).ok()?)?;
            }
            9 | 10 if depth < DEEPEST => self.skip_list(depth)?,
            12 if depth < DEEPEST => {
                let mut id = 0;
                loop {
                    match self.field(&mut id)? {
                        0 => break,
                        kind => self.skip(kind, depth + 1)?,
                    }
                }
            }
            // Maps are not used.
            _ => return None,
        }
        Some(())
    }

    fn skip_list(&mut self, depth: usize) -> Option<()> {
        let head = self.byte()?;
        let length = match head >> 4 {
            15 => self.number()?,
            few => u64::from(few),
        };
        for _ in 0..length {
            match head & 15 {
                // In a list a flag takes a byte.
                1 | 2 => self.bytes(1)?,
                kind => self.skip(kind, depth + 1)?,
            }
        }
        Some(())
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn bytes(&mut self, count: usize) -> Option<()> {
        self.0 = self.0.get(count..)?;
        Some(())
    }

    fn number(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return Some(value);
            }
        }
        None
    }

    /// Numbers with a sign count 0, -1, 1, -2, ...
    fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// Version 2, a schema of one struct (a text and a number in it), 300 rows.
    const FOOTER: &[u8] = &[
        0x15, 0x04, 0x19, 0x1c, 0x48, 0x02, b'i', b'd', 0x15, 0x02, 0x00, 0x16, 0xd8, 0x04,
    ];

    fn read(footer: &[u8], magic: &[u8]) -> Option<u64> {
        let mut file = tempfile::tempfile().unwrap();
        let length = u32::try_from(footer.len()).unwrap().to_le_bytes();
        let whole = [b"PAR1 rows ", footer, &length, magic].concat();
        file.write_all(&whole).unwrap();
        rows(&mut file).unwrap()
    }

    #[test]
    fn the_footer_tells() {
        assert_eq!(read(FOOTER, MAGIC), Some(300));
    }

    #[test]
    fn what_is_cut_off_tells_nothing() {
        assert_eq!(read(FOOTER, b"PAR"), None);
        for length in 0..FOOTER.len() {
            assert_eq!(read(&FOOTER[..length], MAGIC), None, "{length}");
        }
    }
}
