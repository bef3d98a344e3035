//! The bytes of a capture, unpacked where they are packed, a bounded piece at a time.
//!
//! Whoever reads asks for so many bytes in one piece and takes them off afterwards. A file that
//! ends too early, or a gzip stream that does, is an error that says where; nothing that was
//! handed out before is lost by it.

use std::io::{self, BufReader, ErrorKind, Read, SeekFrom};

use flate2::bufread::MultiGzDecoder;

use crate::ask::ParseError;
use crate::source::Stream;

/// Read at once; and the longest piece that can be asked for.
pub(super) const LONGEST: usize = 1 << 20;
/// Packed bytes read at once.
const PACKED: usize = 1 << 16;
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The unpacked bytes from the beginning on.
pub(super) struct Input<'a> {
    from: Box<dyn Read + 'a>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Of the first byte that is not taken off yet, in the unpacked capture.
    offset: u64,
    ended: bool,
    /// Whether the packed bytes ended before the unpacked ones did.
    cut: bool,
}

impl<'a> Input<'a> {
    /// From the beginning of a file, whatever was read of it before.
    pub(super) fn open(body: &'a mut dyn Stream) -> Result<Self, ParseError> {
        let packed = is_packed(body).map_err(|error| unreadable(0, &error))?;
        let from: Box<dyn Read + 'a> = if packed {
            Box::new(MultiGzDecoder::new(BufReader::with_capacity(PACKED, body)))
        } else {
            Box::new(body)
        };
        Ok(Self {
            from,
            buffer: vec![0; LONGEST],
            start: 0,
            end: 0,
            offset: 0,
            ended: false,
            cut: false,
        })
    }

    /// How many bytes were taken off.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// So many bytes in one piece, without taking them off; fewer where the file ends. At most
    /// [`LONGEST`].
    pub(super) fn peek(&mut self, count: usize) -> Result<&[u8], ParseError> {
        if self.end - self.start < count {
            self.fill(count)?;
        }
        let there = (self.end - self.start).min(count);
        Ok(&self.buffer[self.start..self.start + there])
    }

    /// So many bytes of something that cannot be shorter.
    pub(super) fn need(&mut self, count: usize, what: &str) -> Result<&[u8], ParseError> {
        if self.peek(count)?.len() < count {
            return Err(self.truncated(what));
        }
        Ok(&self.buffer[self.start..self.start + count])
    }

    /// What [`Input::peek`] or [`Input::need`] showed, once more.
    pub(super) fn shown(&self, place: usize, length: usize) -> &[u8] {
        &self.buffer[self.start + place..self.start + place + length]
    }

    /// Takes off bytes that were shown.
    pub(super) fn take(&mut self, count: usize) {
        self.start += count;
        self.offset += count as u64;
    }

    /// Takes off any number of bytes, without keeping them.
    pub(super) fn skip(&mut self, count: u64, what: &str) -> Result<(), ParseError> {
        let (mut left, from) = (count, self.offset);
        while left > 0 {
            let piece = usize::try_from(left).unwrap_or(LONGEST).min(LONGEST);
            let there = self.peek(piece)?.len();
            self.take(there);
            left -= there as u64;
            if there < piece {
                return Err(truncated(from, self.offset, what));
            }
        }
        Ok(())
    }

    /// Whether the file ends here, as it should: a gzip stream that breaks off does not.
    pub(super) fn is_over(&mut self) -> Result<bool, ParseError> {
        let over = self.peek(1)?.is_empty();
        if over && self.cut {
            return Err(self.truncated("the gzip stream"));
        }
        Ok(over)
    }

    /// That the file breaks off in something that begins where we stand.
    fn truncated(&self, what: &str) -> ParseError {
        let end = self.offset + (self.end - self.start) as u64;
        truncated(self.offset, end, what)
    }

    /// Reads until so many bytes are there, or the end.
    fn fill(&mut self, count: usize) -> Result<(), ParseError> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        while self.end < count && !self.ended {
            match self.from.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.ended = true,
                Ok(read) => self.end += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // A packed file that breaks off. What it gave before is good.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                    (self.ended, self.cut) = (true, true);
                }
                Err(error) => {
                    return Err(unreadable(self.offset + self.end as u64, &error));
                }
            }
        }
        Ok(())
    }
}

fn is_packed(body: &mut dyn Stream) -> io::Result<bool> {
    let mut head = Vec::with_capacity(GZIP.len());
    body.seek(SeekFrom::Start(0))?;
    (&mut *body)
        .take(GZIP.len() as u64)
        .read_to_end(&mut head)?;
    body.seek(SeekFrom::Start(0))?;
    Ok(head == GZIP)
}

fn truncated(from: u64, end: u64, what: &str) -> ParseError {
    ParseError {
        at: format!("byte {from}"),
        what: format!(
            "truncated: {what} begins here and the capture ends at byte {end}; what came before is kept"
        ),
    }
}

fn unreadable(offset: u64, error: &io::Error) -> ParseError {
    ParseError {
        at: format!("byte {offset}"),
        what: format!("the file cannot be read on: {error}"),
    }
}
