//! Replies in a folder: one file each, a line of JSON and then the body as it came.
//!
//! A file is written under a temporary name and renamed, so it is there whole or not at all, and
//! several workers may share a folder.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use xxhash_rust::xxh3::Xxh3Default;

use super::{FORMAT, Head, spooled};
use crate::fetch::Taken;

/// A folder of replies.
pub(super) struct Disk {
    dir: PathBuf,
}

impl Disk {
    pub(super) fn new(dir: &str) -> anyhow::Result<Self> {
        let dir = PathBuf::from(dir);
        fs::create_dir_all(&dir)
            .with_context(|| format!("cache.dir: cannot make {}", dir.display()))?;
        Ok(Self { dir })
    }

    /// Two letters of the key keep folders small.
    fn path(&self, source: &str, key: &str) -> PathBuf {
        self.dir.join(source).join(&key[..2]).join(key)
    }

    pub(super) async fn get(&self, source: &str, key: &str) -> Option<(Head, Taken)> {
        let path = self.path(source, key);
        let read = tokio::task::spawn_blocking(move || match read(&path) {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "a kept reply is not used");
                None
            }
        });
        read.await.ok().flatten()
    }

    pub(super) async fn put(
        &self,
        source: &str,
        key: &str,
        head: &Head,
        body: &Taken,
    ) -> anyhow::Result<()> {
        let path = self.path(source, key);
        let line = serde_json::to_vec(head)?;
        let body = match body {
            Taken::Memory(bytes) => Body::Memory(bytes.clone()),
            // A handle of its own to the same file; its place is put back below.
            Taken::Disk(spooled) => Body::File(spooled.file.try_clone()?),
        };
        tokio::task::spawn_blocking(move || write(&path, &line, body)).await?
    }
}

enum Body {
    Memory(Vec<u8>),
    File(File),
}

fn write(path: &Path, line: &[u8], body: Body) -> anyhow::Result<()> {
    let dir = path.parent().context("a reply has a folder")?;
    fs::create_dir_all(dir)?;
    let mut new = tempfile::NamedTempFile::new_in(dir)?;
    new.write_all(line)?;
    new.write_all(b"\n")?;
    match body {
        Body::Memory(bytes) => new.write_all(&bytes)?,
        Body::File(mut file) => {
            file.rewind()?;
            io::copy(&mut file, &mut new)?;
            file.rewind()?;
        }
    }
    new.persist(path)?;
    Ok(())
}

/// The reply, `None` where there is none.
fn read(path: &Path) -> io::Result<Option<(Head, Taken)>> {
    let mut file = match File::open(path) {
        Ok(file) => BufReader::new(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut line = Vec::new();
    file.read_until(b'\n', &mut line)?;
    let head: Head = serde_json::from_slice(&line)?;
    if head.format != FORMAT {
        return Ok(None);
    }
    let body = if head.file {
        let mut copy = tempfile::tempfile()?;
        check(&head, hash(&mut file, &mut copy)?)?;
        copy.rewind()?;
        spooled(copy, &head)
    } else {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        check(&head, xxhash_rust::xxh3::xxh3_64(&bytes))?;
        Taken::Memory(bytes)
    };
    Ok(Some((head, body)))
}

fn check(head: &Head, found: u64) -> io::Result<()> {
    if head.hash == found {
        Ok(())
    } else {
        Err(io::Error::other("it is damaged"))
    }
}

/// Copies all of a reader and gives the hash of it.
fn hash(from: &mut impl Read, to: &mut impl Write) -> io::Result<u64> {
    let (mut hash, mut portion) = (Xxh3Default::new(), vec![0; 1 << 16]);
    loop {
        let count = from.read(&mut portion)?;
        if count == 0 {
            return Ok(hash.digest());
        }
        hash.update(&portion[..count]);
        to.write_all(&portion[..count])?;
    }
}
