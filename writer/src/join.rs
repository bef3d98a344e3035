//! Joins messages into the body of one insert, and names that body.
//!
//! Pure. All messages of a batch share their schema message, so the body is the schema of the
//! first, the record batches of all, and the end mark: bytes are copied or shared, never decoded.

use bytes::{Bytes, BytesMut};
use common::records::END_OF_STREAM;
use common::tables::Table;
use xxhash_rust::xxh3::Xxh3;

use crate::record::Content;

/// Pieces from this size on are sent as they are; copying a smaller one costs less than another
/// write to the socket.
const SHARED_FROM: usize = 64 * 1024;
/// Small pieces are gathered up to this size, about what one write to a socket takes.
const GATHERED: usize = 256 * 1024;

/// The body of an insert in the pieces in which it is sent.
pub(crate) fn body(contents: &[&Content]) -> Vec<Bytes> {
    let mut pieces = Vec::new();
    let mut gathered = BytesMut::new();
    let schema = contents.first().map(|first| &first.schema);
    let all = schema
        .into_iter()
        .chain(contents.iter().map(|content| &content.batches));
    for piece in all {
        if piece.len() >= SHARED_FROM || gathered.len() + piece.len() > GATHERED {
            flush(&mut gathered, &mut pieces);
        }
        if piece.len() >= SHARED_FROM {
            pieces.push(piece.clone());
        } else {
            gathered.extend_from_slice(piece);
        }
    }
    gathered.extend_from_slice(&END_OF_STREAM);
    flush(&mut gathered, &mut pieces);
    pieces
}

fn flush(gathered: &mut BytesMut, pieces: &mut Vec<Bytes>) {
    if !gathered.is_empty() {
        pieces.push(gathered.split().freeze());
    }
}

/// The deduplication token: the same for the same messages, different for any others. It covers
/// the bytes too, because ClickHouse drops other data under a known token without a word.
pub(crate) fn token(table: Table, contents: &[&Content]) -> String {
    let mut hash = Xxh3::new();
    for content in contents {
        hash.update(&content.sequence.to_le_bytes());
        hash.update(&(content.batches.len() as u64).to_le_bytes());
        hash.update(&content.batches);
    }
    if let Some(first) = contents.first() {
        hash.update(&first.schema);
    }
    format!("{}:{:032x}", table.name(), hash.digest128())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(sequence: u64, batches: Vec<u8>) -> Content {
        Content {
            sequence,
            rows: 1,
            schema: Bytes::from_static(b"schema"),
            batches: batches.into(),
        }
    }

    #[test]
    fn pieces_add_up_to_one_stream() {
        let contents: Vec<_> = [10, 70_000, 100, 60_000, 60_000, 60_000, 60_000, 60_000]
            .into_iter()
            .enumerate()
            .map(|(n, size)| content(n as u64, vec![n as u8; size]))
            .collect();
        let contents: Vec<_> = contents.iter().collect();
        let mut expected = b"schema".to_vec();
        for content in &contents {
            expected.extend_from_slice(&content.batches);
        }
        expected.extend_from_slice(&END_OF_STREAM);
        let pieces = body(&contents);
        assert_eq!(pieces.concat(), expected);
        let sizes: Vec<_> = pieces.iter().map(Bytes::len).collect();
        assert_eq!(sizes, [16, 70_000, 240_100, 60_008]);
        assert_eq!(pieces[1].as_ptr(), contents[1].batches.as_ptr());
    }

    #[test]
    fn a_token_names_these_messages_and_no_others() {
        let (a, b) = (content(1, vec![1, 2]), content(2, vec![3]));
        let name = |contents: &[&Content]| token(Table::Trade, contents);
        let expected = name(&[&a, &b]);
        assert!(expected.starts_with("trades:"));
        assert_eq!(expected, name(&[&a, &b]));
        let others = [
            name(&[&b, &a]),
            name(&[&a]),
            name(&[&content(1, vec![1, 9]), &b]),
            name(&[&content(3, vec![1, 2]), &b]),
            name(&[&content(1, vec![1]), &content(2, vec![2, 3])]),
        ];
        assert!(others.iter().all(|other| *other != expected));
    }
}
