//! Replies that go to disk: archives and captures, which may be larger than memory.
//!
//! The file has no name, so it is gone whenever the process is.

use std::fs::File;
use std::io::{Seek, Write};

use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::Xxh3Default;

use super::{FetchError, broken};

/// A reply on disk.
#[derive(Debug)]
pub(crate) struct Spooled {
    /// At its beginning.
    pub(crate) file: File,
    /// How long it is.
    pub(crate) bytes: u64,
    /// Hash of the content, for message ids.
    pub(crate) hash: u64,
}

/// Takes a reply to a file of at most `most` bytes and compares it with its checksum.
pub(super) async fn spool(
    reply: reqwest::Response,
    most: u64,
    sha256: Option<&str>,
) -> Result<Spooled, FetchError> {
    let mut file = tempfile::tempfile().map_err(|error| local(&error))?;
    let (mut bytes, mut hash, mut digest) = (0, Xxh3Default::new(), Sha256::new());
    let mut chunks = reply.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(broken)?;
        bytes += chunk.len() as u64;
        if bytes > most {
            return Err(FetchError::Refused(format!(
                "the file is longer than worker.max_file_bytes ({most})"
            )));
        }
        hash.update(&chunk);
        if sha256.is_some() {
            digest.update(&chunk);
        }
        // A write to the page cache: as short as the copy it is.
        file.write_all(&chunk).map_err(|error| local(&error))?;
    }
    if let Some(expected) = sha256 {
        let found = hex(&digest.finalize());
        if found != expected.to_ascii_lowercase() {
            return Err(FetchError::Broken {
                kind: "checksum",
                cause: format!("the file has SHA-256 {found}, its checksum file says {expected}"),
            });
        }
    }
    file.rewind().map_err(|error| local(&error))?;
    let hash = hash.digest();
    Ok(Spooled { file, bytes, hash })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A full disk of ours may be emptied: worth another try.
fn local(error: &std::io::Error) -> FetchError {
    FetchError::Broken {
        kind: "disk",
        cause: format!("cannot keep the reply on disk: {error}"),
    }
}
