//! What the fuzz targets do: read a reply as any dataset of a source, as a worker or `worker parse`
//! would, and check the text of a manifest.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::DateTime;
use common::item::{Item, Token, Work};
use common::tables::Rows;
use sources::manifest::Manifest;
use sources::{Cursor, Instruments, Reply, Selection, Source};

/// 2024-03-20.
const NOW_MS: i64 = 1_710_892_800_000;
/// The three weeks before it.
const FROM_MS: i64 = NOW_MS - 21 * 86_400_000;

/// The manifests that are delivered as examples.
static MANIFESTS: LazyLock<Vec<Manifest>> = LazyLock::new(|| {
    let texts = [
        include_str!("../../config/sources/kraken.toml"),
        include_str!("../../config/sources/openligadb.toml"),
        include_str!("../../config/sources/frankfurter.toml"),
    ];
    let read = |text| Manifest::read("x.toml", text).expect("the examples are right");
    texts.into_iter().map(read).collect()
});

/// Reads a reply of a vendor; see [`read_as`].
///
/// # Panics
/// When there is no such vendor, or when a refused reply left rows behind.
pub fn read(source: &str, bytes: &[u8]) {
    let source = sources::find(source).expect("a target names a vendor that there is");
    read_as(source, bytes);
}

/// Reads a reply by a manifest; the first byte chooses which.
///
/// # Panics
/// When a refused reply left rows behind.
pub fn read_by_manifest(bytes: &[u8]) {
    if let Some((choice, bytes)) = bytes.split_first() {
        read_as(&MANIFESTS[usize::from(*choice) % MANIFESTS.len()], bytes);
    }
}

/// Checks the text of a manifest.
///
/// # Panics
/// When one is refused without a reason.
pub fn check_manifest(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Err(problems) = Manifest::read("x.toml", &text) {
        assert!(!problems.is_empty(), "refused for no reason");
    }
}

/// Reads a reply: the first byte chooses whether it comes as a file, whether it was asked for by a
/// worker or is a saved one of which nothing is known, and the dataset.
fn read_as(source: &dyn Source, bytes: &[u8]) {
    let Some((choice, body)) = bytes.split_first() else {
        return;
    };
    let (as_file, asked) = (choice & 1 != 0, choice & 2 != 0);
    let datasets = source.datasets();
    let dataset = &datasets[usize::from(choice / 4) % datasets.len()];
    let time = |ms| DateTime::from_timestamp_millis(ms).expect("a time of our days");
    let work = match dataset.selection {
        Selection::Ids => Work::Ids(vec!["7".to_owned()]),
        _ if asked => Work::Range {
            symbol: Some("BTC-USD".to_owned()),
            from: time(FROM_MS),
            to: time(NOW_MS),
        },
        _ => Work::Ids(Vec::new()),
    };
    let item = Item {
        job: Token::from_lossy("fuzz"),
        id: Token::from_lossy("fuzz"),
        source: source.name().to_owned(),
        dataset: dataset.name.to_owned(),
        work,
        params: dataset.fill_params(&BTreeMap::new()).unwrap_or_default(),
        retry: common::Retry::default(),
    };
    let reply = Reply {
        item: &item,
        id: (asked && dataset.selection == Selection::Ids).then_some("7"),
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
