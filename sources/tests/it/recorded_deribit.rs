//! Real replies of Deribit, where a folder of them lies beside the repository: every one gives the
//! rows it holds, in each dataset that it holds rows of. Without the folder nothing is asserted
//! here; the same layouts are in `deribit.rs`.

use std::fs;
use std::path::{Path, PathBuf};

use common::tables::Rows;
use serde_json::Value;
use sources::deribit::Deribit;
use sources::{Cursor, Instruments, Reply, ReplyHead, Source, Verdict};

use crate::bench::{Tables, by_ids, parse};

/// The recorded files of a folder.
fn recorded(folder: &str) -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/payloads/deribit")
        .join(folder);
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| (path.clone(), fs::read_to_string(path).unwrap()))
        .collect()
}

fn read(dataset: &str, body: &str) -> Result<Tables, String> {
    let item = by_ids("deribit", dataset, &[]);
    parse(
        &Deribit,
        &Reply {
            item: &item,
            id: None,
            cursor: &Cursor::Start,
            instruments: &Instruments::default(),
            body: body.as_bytes(),
            // Late enough for every bar, early enough to be a time.
            fetched_at_ms: 4_000_000_000_000,
        },
    )
    .map(|(tables, _)| tables)
}

fn must(dataset: &str, path: &Path, body: &str) -> Tables {
    read(dataset, body).unwrap_or_else(|error| panic!("{} as {dataset}: {error}", path.display()))
}

/// Answers and notifications, of files of several too.
fn documents(body: &str) -> Vec<Value> {
    let stream = serde_json::Deserializer::from_str(body).into_iter::<Value>();
    stream.map(|document| document.unwrap()).collect()
}

fn held(document: &Value) -> &Value {
    document
        .get("result")
        .unwrap_or_else(|| &document["params"]["data"])
}

fn count(body: &str) -> usize {
    let rows = |document: &Value| held(document).as_array().map_or(1, Vec::len);
    documents(body).iter().map(rows).sum()
}

#[test]
fn trades_and_liquidations() {
    for folder in ["trades", "liquidations"] {
        for (path, body) in recorded(folder) {
            let documents = documents(&body);
            let data = held(&documents[0]);
            if data.get("settlements").is_some() {
                let error = read("liquidations", &body).unwrap_err();
                assert!(error.contains("no liquidations"), "{error}");
                continue;
            }
            let trades = data.get("trades").unwrap_or(data).as_array().unwrap();
            let rows = must("trades", &path, &body).remove("trades");
            assert_eq!(rows.len(), trades.len(), "{}", path.display());
            for (row, trade) in rows.iter().zip(trades) {
                assert_eq!(row["trade_id"], trade["trade_id"]);
                assert_eq!(row["side"], trade["direction"]);
                assert_eq!(row["venue_symbol"], trade["instrument_name"]);
                let price: f64 = row["price"].as_str().unwrap().parse().unwrap();
                assert_eq!(Some(price), trade["price"].as_f64());
            }
            let forced = trades
                .iter()
                .filter(|trade| trade.get("liquidation").is_some());
            let rows = must("liquidations", &path, &body);
            assert_eq!(rows.of("liquidations").len(), forced.count());
        }
    }
}

#[test]
fn klines() {
    for (path, body) in recorded("klines") {
        let documents = documents(&body);
        let expected = held(&documents[0])["ticks"].as_array().map_or(1, Vec::len);
        let rows = must("klines", &path, &body);
        assert_eq!(rows.of("klines").len(), expected, "{}", path.display());
    }
}

#[test]
fn order_books() {
    for (path, body) in recorded("orderbook") {
        let tables = must("book_snapshots", &path, &body);
        let (mut whole, mut changes) = (0, 0);
        for document in documents(&body) {
            let book = held(&document);
            let levels = |side: &str| book[side].as_array().unwrap().len();
            let linked = book.get("prev_change_id").is_some_and(|id| !id.is_null());
            if book.get("type").map_or(linked, |kind| kind == "change") {
                changes += levels("bids") + levels("asks");
            } else {
                whole += 1;
            }
        }
        assert_eq!(
            (
                tables.of("book_snapshots").len(),
                tables.of("book_deltas").len()
            ),
            (whole, changes),
            "{}",
            path.display()
        );
    }
}

#[test]
fn tickers_quotes_and_open_interest() {
    for folder in ["tickers", "open_interest"] {
        for (path, body) in recorded(folder) {
            let expected = count(&body);
            assert_eq!(must("quotes", &path, &body).of("quotes").len(), expected);
            assert_eq!(must("tickers", &path, &body).of("tickers").len(), expected);
            if body.contains("open_interest") {
                let rows = must("open_interest", &path, &body);
                assert_eq!(
                    rows.of("open_interest").len(),
                    expected,
                    "{}",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn funding() {
    for (path, body) in recorded("funding") {
        let rows = must("funding_rates", &path, &body);
        assert_eq!(
            rows.of("funding_rates").len(),
            count(&body),
            "{}",
            path.display()
        );
    }
}

#[test]
fn instruments() {
    for (path, body) in recorded("instruments") {
        let list = Deribit
            .read_instruments(body.as_bytes())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(list.len(), count(&body), "{}", path.display());
        for instrument in &list {
            let code = instrument
                .venue_symbol
                .split('-')
                .nth(1)
                .unwrap_or_default();
            let combination = code != "PERPETUAL" && code.starts_with(char::is_alphabetic);
            assert!(
                combination || instrument.symbol != instrument.venue_symbol,
                "{instrument:?}"
            );
        }
        let mut rows = Rows::default();
        sources::instrument::push("deribit", &list, 1, &mut rows);
        assert_eq!(rows.len(), list.len());
    }
}

#[test]
fn refusals_are_never_read_as_rows() {
    for (path, body) in recorded("errors") {
        let refused = documents(&body)[0].get("error").is_some();
        for status in [400, 200] {
            let head = ReplyHead {
                status,
                headers: Vec::new(),
            };
            let verdict = Deribit.judge(&head, body.as_bytes());
            assert!(!refused || verdict != Verdict::Ok, "{}", path.display());
        }
        for dataset in Deribit.datasets() {
            assert!(
                read(dataset.name, &body).is_err(),
                "{} as {}",
                path.display(),
                dataset.name
            );
        }
    }
}
