//! What all fuzz targets do: read a reply as any dataset of a vendor, as `worker parse` would.

use std::collections::BTreeMap;

use common::item::{Item, Token, Work};
use common::tables::Rows;
use sources::{Cursor, Instruments, Reply};

/// 2024-03-20.
const NOW_MS: i64 = 1_710_892_800_000;

/// Reads a reply: its first byte chooses the dataset and whether it comes as a file.
///
/// # Panics
/// When there is no such vendor, or when a refused reply left rows behind.
pub fn read(source: &str, bytes: &[u8]) {
    let source = sources::find(source).expect("a target names a vendor that there is");
    let Some((choice, body)) = bytes.split_first() else {
        return;
    };
    let datasets = source.datasets();
    let dataset = &datasets[usize::from(choice / 2) % datasets.len()];
    let item = Item {
        job: Token::from_lossy("fuzz"),
        id: Token::from_lossy("fuzz"),
        source: source.name().to_owned(),
        dataset: dataset.name.to_owned(),
        work: Work::Ids(Vec::new()),
        params: dataset.fill_params(&BTreeMap::new()).unwrap_or_default(),
    };
    let as_file = choice % 2 == 1;
    let reply = Reply {
        item: &item,
        id: None,
        cursor: &Cursor::Start,
        instruments: &Instruments::default(),
        body: if as_file { &[] } else { body },
        fetched_at_ms: NOW_MS,
    };
    let mut rows = Rows::default();
    if as_file {
        let mut stream = std::io::Cursor::new(body);
        let mut flush = |rows: &mut Rows| *rows = Rows::default();
        let _ = source.parse_stream(&reply, &mut stream, &mut rows, &mut flush);
    } else if source.parse(&reply, &mut rows).is_err() {
        assert!(rows.is_empty(), "a refused reply left rows behind");
    }
    let _ = source.read_instruments(body);
}
