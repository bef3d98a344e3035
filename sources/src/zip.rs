//! Zip archives as vendors publish them, read from front to back.
//!
//! A member is unpacked while it is read and nothing is looked up at the end of the file, so an
//! archive that was cut off still gives all the bytes that came before, and one of any size needs
//! no more memory than a small one. What is stored about a member is held against what was read:
//! its CRC-32, and that its data ends where they should.
//!
//! Stored and deflated members are read, which is all that vendors use.

use std::io::{self, BufRead, ErrorKind, Read};

use flate2::{Crc, Decompress, FlushDecompress, Status};

/// How a zip archive begins.
pub(crate) const MAGIC: &[u8; 4] = b"PK\x03\x04";
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";
/// Bytes of the header of a member before its name.
const HEADER: usize = 30;
const ENCRYPTED: u16 = 1;
/// Sizes and checksum stand behind the data.
const HAS_DESCRIPTOR: u16 = 1 << 3;
/// The id of the field that holds sizes beyond four gigabytes.
const ZIP64: u16 = 1;

/// One member, unpacked while it is read.
#[derive(Debug)]
pub(crate) struct Member<R> {
    from: R,
    packed: Packed,
    read: Crc,
    /// `None` where it stands behind the data.
    expected: Option<u32>,
    verified: bool,
}

#[derive(Debug)]
enum Packed {
    Stored { left: u64 },
    Deflated { inflate: Decompress, ended: bool },
}

/// The first member whose name ends so (in any case); the others before it are read over.
///
/// # Errors
/// When there is none, or what comes before it is no whole member.
pub(crate) fn first<R: BufRead>(mut from: R, suffix: &str) -> io::Result<Member<R>> {
    let mut others = Vec::new();
    while let Some(header) = Header::read(&mut from)? {
        let name = header.name.to_ascii_lowercase();
        let mut member = header.member(from)?;
        if name.ends_with(suffix) {
            return Ok(member);
        }
        io::copy(&mut member, &mut io::sink())?;
        others.push(name);
        from = member.from;
    }
    Err(invalid(format!(
        "found {others:?} in the archive, expected a file *{suffix}"
    )))
}

struct Header {
    name: String,
    flags: u16,
    method: u16,
    crc: u32,
    packed_size: u64,
}

impl Header {
    /// The header of the next member; `None` where the list of all members begins instead.
    fn read(from: &mut impl Read) -> io::Result<Option<Self>> {
        let mut fixed = [0; HEADER];
        from.read_exact(&mut fixed[..4])?;
        if fixed[..4] != *MAGIC {
            return if fixed.starts_with(b"PK") {
                Ok(None)
            } else {
                Err(invalid(
                    "found other bytes, expected a member of a zip archive".to_owned(),
                ))
            };
        }
        from.read_exact(&mut fixed[4..])?;
        let short = |at: usize| u16::from_le_bytes([fixed[at], fixed[at + 1]]);
        let long = |at: usize| u32::from(short(at)) | u32::from(short(at + 2)) << 16;
        let mut name = vec![0; short(26).into()];
        from.read_exact(&mut name)?;
        let mut extra = vec![0; short(28).into()];
        from.read_exact(&mut extra)?;
        let packed_size = match long(18) {
            u32::MAX => packed_size_beyond(&extra, long(22)).unwrap_or(u64::MAX),
            size => size.into(),
        };
        Ok(Some(Self {
            name: String::from_utf8_lossy(&name).into_owned(),
            flags: short(6),
            method: short(8),
            crc: long(14),
            packed_size,
        }))
    }

    fn member<R: BufRead>(self, from: R) -> io::Result<Member<R>> {
        let described = self.flags & HAS_DESCRIPTOR != 0;
        let packed = match self.method {
            _ if self.flags & ENCRYPTED != 0 => {
                return Err(invalid(format!("{:?} is encrypted", self.name)));
            }
            0 if !described => Packed::Stored {
                left: self.packed_size,
            },
            8 => Packed::Deflated {
                inflate: Decompress::new(false),
                ended: false,
            },
            method => {
                return Err(invalid(format!(
                    "{:?} is packed by method {method}, expected deflate",
                    self.name
                )));
            }
        };
        Ok(Member {
            from,
            packed,
            read: Crc::new(),
            expected: (!described).then_some(self.crc),
            verified: false,
        })
    }
}

/// The packed size out of the field for large sizes, where it stands behind the unpacked one if
/// that is large too.
fn packed_size_beyond(mut extra: &[u8], unpacked: u32) -> Option<u64> {
    loop {
        let (head, rest) = extra.split_at_checked(4)?;
        let length = usize::from(u16::from_le_bytes([head[2], head[3]]));
        let (field, rest) = rest.split_at_checked(length)?;
        if u16::from_le_bytes([head[0], head[1]]) == ZIP64 {
            let at = if unpacked == u32::MAX { 8 } else { 0 };
            let size = field.get(at..at + 8)?;
            return Some(u64::from_le_bytes(size.try_into().ok()?));
        }
        extra = rest;
    }
}

impl<R: BufRead> Read for Member<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() || self.verified {
            return Ok(0);
        }
        let count = match &mut self.packed {
            Packed::Stored { left } => stored(&mut self.from, left, out)?,
            Packed::Deflated { inflate, ended } => inflated(&mut self.from, inflate, ended, out)?,
        };
        self.read.update(&out[..count]);
        if count == 0 {
            self.verify()?;
            self.verified = true;
        }
        Ok(count)
    }
}

fn stored(from: &mut impl Read, left: &mut u64, out: &mut [u8]) -> io::Result<usize> {
    let most = out.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
    let count = from.read(&mut out[..most])?;
    if count == 0 && *left > 0 {
        return Err(cut_off());
    }
    *left -= count as u64;
    Ok(count)
}

fn inflated(
    from: &mut impl BufRead,
    inflate: &mut Decompress,
    ended: &mut bool,
    out: &mut [u8],
) -> io::Result<usize> {
    while !*ended {
        let input = from.fill_buf()?;
        let at_end = input.is_empty();
        let (read, written) = (inflate.total_in(), inflate.total_out());
        let status = inflate.decompress(input, out, FlushDecompress::None);
        *ended = status.map_err(|error| invalid(error.to_string()))? == Status::StreamEnd;
        // Both are at most the lengths of the buffers.
        let (read, written) = (inflate.total_in() - read, inflate.total_out() - written);
        from.consume(read as usize);
        if written > 0 {
            return Ok(written as usize);
        }
        if at_end && !*ended {
            return Err(cut_off());
        }
        if read == 0 && !*ended {
            return Err(invalid("the deflated bytes lead nowhere".to_owned()));
        }
    }
    Ok(0)
}

impl<R: BufRead> Member<R> {
    /// Holds the checksum against what was read, and leaves the reader behind the member.
    fn verify(&mut self) -> io::Result<()> {
        let expected = match self.expected {
            Some(sum) => sum,
            None => self.descriptor()?,
        };
        if expected == self.read.sum() {
            return Ok(());
        }
        Err(invalid(format!(
            "the unpacked bytes have the checksum {:08x}, expected {expected:08x}",
            self.read.sum()
        )))
    }

    /// The checksum behind the data; its mark may be left out, and sizes of either width follow.
    fn descriptor(&mut self) -> io::Result<u32> {
        let mut word = [0; 4];
        self.from.read_exact(&mut word)?;
        if word == DESCRIPTOR {
            self.from.read_exact(&mut word)?;
        }
        let mut sizes = [0; 16];
        self.from.read_exact(&mut sizes[..8])?;
        // The second size is the unpacked one; where it is not, each has eight bytes.
        if sizes[4..8] != self.read.amount().to_le_bytes() {
            self.from.read_exact(&mut sizes[8..])?;
        }
        Ok(u32::from_le_bytes(word))
    }
}

fn invalid(what: String) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}

fn cut_off() -> io::Error {
    io::Error::new(ErrorKind::UnexpectedEof, "the archive is cut off")
}
