//! The ids of a file, checked and each once, on disk until they are enqueued.
//!
//! A file that changes while it is enqueued, or a pipe, cannot be read twice: the ids are kept as
//! they were read. Eight bytes an id in an unnamed temporary file, so ten million ids cost 80 MB of
//! disk, no memory, and leave nothing behind.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::FileExt;

use xxhash_rust::xxh3::Xxh3;

const ID_BYTES: u64 = 8;

/// Ids being written.
pub(super) struct Writer {
    file: BufWriter<File>,
    hash: Xxh3,
    count: u64,
}

/// Ids that can be read at any place.
#[derive(Debug)]
pub(crate) struct Spool {
    file: File,
    fingerprint: u64,
    count: u64,
}

impl Spool {
    /// Begins an empty one.
    pub(super) fn create() -> io::Result<Writer> {
        Ok(Writer {
            file: BufWriter::with_capacity(1 << 16, tempfile::tempfile()?),
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
    pub(super) fn read(&self, first: u64, count: u64) -> io::Result<Vec<u64>> {
        let count = count.min(self.count.saturating_sub(first));
        let mut bytes = vec![0; (count * ID_BYTES) as usize];
        self.file.read_exact_at(&mut bytes, first * ID_BYTES)?;
        let (ids, _) = bytes.as_chunks();
        Ok(ids.iter().map(|id| u64::from_le_bytes(*id)).collect())
    }
}

impl Writer {
    /// Adds an id.
    pub(super) fn push(&mut self, id: u64) -> io::Result<()> {
        let bytes = id.to_le_bytes();
        self.hash.update(&bytes);
        self.count += 1;
        self.file.write_all(&bytes)
    }

    /// Ends writing.
    pub(super) fn finish(self) -> io::Result<Spool> {
        Ok(Spool {
            file: self.file.into_inner()?,
            fingerprint: self.hash.digest(),
            count: self.count,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spool(ids: &[u64]) -> Spool {
        let mut writer = Spool::create().unwrap();
        ids.iter().for_each(|id| writer.push(*id).unwrap());
        writer.finish().unwrap()
    }

    #[test]
    fn ids_are_read_back_at_any_place() {
        let spool = spool(&[5, u64::MAX, 7]);
        assert_eq!(spool.read(0, 2).unwrap(), [5, u64::MAX]);
        assert_eq!(spool.read(2, 10).unwrap(), [7]);
        assert!(spool.read(3, 1).unwrap().is_empty());
    }

    #[test]
    fn the_fingerprint_is_of_the_ids_in_their_order() {
        assert_eq!(spool(&[1, 2]).fingerprint(), spool(&[1, 2]).fingerprint());
        assert_ne!(spool(&[1, 2]).fingerprint(), spool(&[2, 1]).fingerprint());
    }
}
