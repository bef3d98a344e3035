//! The ids of a file, checked and each once, on disk until they are enqueued.
//!
//! A file that changes while it is enqueued, or a pipe, cannot be read twice: the ids are kept as
//! they were read, in one unnamed temporary file, and where each ends in another. Ten million ids of
//! seven digits cost 150 MB of disk, no memory, and leave nothing behind.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::FileExt;

use xxhash_rust::xxh3::Xxh3;

/// What an end takes in its file.
const END_BYTES: u64 = 8;
const BUFFER: usize = 1 << 16;

/// Ids being written.
pub(super) struct Writer {
    texts: BufWriter<File>,
    ends: BufWriter<File>,
    /// Where the last one ends.
    end: u64,
    hash: Xxh3,
    count: u64,
}

/// Ids that can be read at any place.
#[derive(Debug)]
pub(crate) struct Spool {
    texts: File,
    ends: File,
    fingerprint: u64,
    count: u64,
}

/// Ids that were read back.
#[derive(Debug)]
pub(super) struct Ids {
    texts: String,
    ends: Vec<usize>,
}

impl Ids {
    /// One after the other.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts
            .zip(&self.ends)
            .map(|(start, end)| &self.texts[*start..*end])
    }
}

impl Spool {
    /// Begins an empty one.
    pub(super) fn create() -> io::Result<Writer> {
        let file = || Ok::<_, io::Error>(BufWriter::with_capacity(BUFFER, tempfile::tempfile()?));
        Ok(Writer {
            texts: file()?,
            ends: file()?,
            end: 0,
            hash: Xxh3::new(),
            count: 0,
        })
    }

    /// How many ids there are.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Hash of the ids in their order.
    pub(super) fn fingerprint(&self) -> String {
        format!("{:016x}", self.fingerprint)
    }

    /// `count` ids from number `first` on, or as many as there are.
    pub(super) fn read(&self, first: u64, count: u64) -> io::Result<Ids> {
        let count = count.min(self.count.saturating_sub(first));
        // From the end of the one before.
        let before = u64::from(first > 0);
        let mut bytes = vec![0; ((count + before) * END_BYTES) as usize];
        self.ends
            .read_exact_at(&mut bytes, (first - before) * END_BYTES)?;
        let (ends, _) = bytes.as_chunks();
        let mut ends: Vec<u64> = ends.iter().map(|end| u64::from_le_bytes(*end)).collect();
        let start = if before > 0 { ends.remove(0) } else { 0 };
        let end = ends.last().map_or(start, |end| *end);
        let mut texts = vec![0; (end - start) as usize];
        self.texts.read_exact_at(&mut texts, start)?;
        Ok(Ids {
            texts: String::from_utf8(texts).map_err(io::Error::other)?,
            ends: ends.iter().map(|end| (end - start) as usize).collect(),
        })
    }
}

impl Writer {
    /// Adds an id.
    pub(super) fn push(&mut self, id: &str) -> io::Result<()> {
        self.end += id.len() as u64;
        let end = self.end.to_le_bytes();
        self.hash.update(id.as_bytes());
        self.hash.update(&end);
        self.count += 1;
        self.texts.write_all(id.as_bytes())?;
        self.ends.write_all(&end)
    }

    /// Ends writing.
    pub(super) fn finish(self) -> io::Result<Spool> {
        Ok(Spool {
            texts: self.texts.into_inner()?,
            ends: self.ends.into_inner()?,
            fingerprint: self.hash.digest(),
            count: self.count,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spool(ids: &[&str]) -> Spool {
        let mut writer = Spool::create().unwrap();
        ids.iter().for_each(|id| writer.push(id).unwrap());
        writer.finish().unwrap()
    }

    #[test]
    fn ids_are_read_back_at_any_place() {
        let spool = spool(&["5", "überraschung", "7"]);
        let read = |first, count| {
            let ids = spool.read(first, count).unwrap();
            ids.iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(read(0, 2), ["5", "überraschung"]);
        assert_eq!(read(1, 1), ["überraschung"]);
        assert_eq!(read(2, 10), ["7"]);
        assert!(read(3, 1).is_empty() && read(0, 0).is_empty());
    }

    #[test]
    fn the_fingerprint_is_of_the_ids_in_their_order() {
        let of = |ids: &[&str]| spool(ids).fingerprint();
        assert_eq!(of(&["1", "2"]), of(&["1", "2"]));
        assert_ne!(of(&["1", "2"]), of(&["2", "1"]));
        assert_ne!(of(&["1", "23"]), of(&["12", "3"]));
    }
}
