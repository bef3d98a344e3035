//! Real replies of Polygon and Alpaca, where a folder of them lies beside the repository: every one
//! parses to as many rows as it holds, or is refused. Without the folder there is nothing to check.

use std::fs;
use std::path::Path;

use serde_json::Value;
use sources::alpaca::Alpaca;
use sources::polygon::Polygon;
use sources::{Cursor, ReplyHead, Source, Verdict};

use crate::bench::{Tables, by_ids, outcome};

/// The replies of a folder with their names; none where there is no such folder.
fn recorded(folder: &str) -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/payloads")
        .join(folder);
    let Ok(entries) = fs::read_dir(path) else {
        return Vec::new();
    };
    let mut files: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .map(|path| {
            let name = format!("{folder}/{}", path.file_name().unwrap().display());
            (name, fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

fn read(source: &dyn Source, dataset: &str, name: &str, body: &str) -> Tables {
    let item = by_ids(source.name(), dataset, &[]);
    let (tables, _) = outcome(source, &item, None, &Cursor::Start, body)
        .unwrap_or_else(|error| panic!("{name} as {dataset}: {error}"));
    tables
}

/// All rows of lists below a value, or the value itself where it is one row.
fn count(value: &Value) -> usize {
    match value {
        Value::Array(rows) => rows.len(),
        Value::Object(map) if map.contains_key("t") => 1,
        Value::Object(map) => map.values().map(count).sum(),
        _ => 0,
    }
}

#[test]
fn polygon_replies_give_a_row_each() {
    for (folder, dataset, table) in [
        ("aggs", "klines", "klines"),
        ("grouped_daily", "grouped_daily", "klines"),
        ("grouped_daily", "klines", "klines"),
        ("trades", "trades", "trades"),
        ("trades_v2_deprecated", "trades", "trades"),
        ("quotes", "quotes", "quotes"),
        ("quotes_v2_deprecated", "quotes", "quotes"),
        ("splits", "splits", "splits"),
        ("dividends", "dividends", "documents"),
        ("tickers", "tickers", "documents"),
        ("ticker_types", "ticker_types", "documents"),
        ("exchanges", "exchanges", "documents"),
        ("conditions", "conditions", "documents"),
        ("open_close", "open_close", "documents"),
    ] {
        for (name, body) in recorded(&format!("polygon/{folder}")) {
            let tables = read(&Polygon, dataset, &name, &body);
            let recorded: Value = serde_json::from_str(&body).unwrap();
            let expected = recorded.get("results").map_or(1, count);
            assert_eq!(tables.of(table).len(), expected, "{name}");
            let mut keys: Vec<String> = tables
                .of(table)
                .iter()
                .map(|row| {
                    let of = |name: &str| row.get(name).map_or(String::new(), Value::to_string);
                    [
                        "symbol",
                        "ts",
                        "trade_id",
                        "exchange",
                        "sequence",
                        "id",
                        "open_time",
                        "execution_date",
                    ]
                    .map(of)
                    .join(" ")
                })
                .collect();
            keys.sort();
            keys.dedup();
            assert_eq!(keys.len(), expected, "{name}: keys");
        }
    }
}

#[test]
fn alpaca_replies_give_a_row_each() {
    for (folder, field, dataset) in [
        ("bars", "bars", "klines"),
        ("latest_bars", "bars", "klines"),
        ("trades", "trades", "trades"),
        ("latest_trades", "trades", "trades"),
        ("quotes", "quotes", "quotes"),
        ("latest_quotes", "quotes", "quotes"),
    ] {
        for (name, body) in recorded(&format!("alpaca/{folder}")) {
            let tables = read(&Alpaca, dataset, &name, &body);
            let recorded: Value = serde_json::from_str(&body).unwrap();
            assert_eq!(tables.of(dataset).len(), count(&recorded[field]), "{name}");
            for row in tables.of(dataset) {
                assert!(
                    !row["symbol"].as_str().unwrap().is_empty(),
                    "{name}: {row:?}"
                );
            }
        }
    }
    for (name, body) in recorded("alpaca/auctions") {
        let tables = read(&Alpaca, "auctions", &name, &body);
        let recorded: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            tables.of("documents").len(),
            count(&recorded["auctions"]),
            "{name}"
        );
    }
}

#[test]
fn alpaca_snapshots_are_told_apart() {
    for (name, body) in recorded("alpaca/snapshots") {
        let recorded: Value = serde_json::from_str(&body).unwrap();
        let text = recorded.to_string();
        let parts = |of: &[&str]| -> usize {
            of.iter()
                .map(|part| text.matches(&format!("\"{part}\":{{")).count())
                .sum()
        };
        let bars = parts(&["minuteBar", "dailyBar", "prevDailyBar"]);
        for (dataset, expected) in [
            ("klines", bars),
            ("trades", parts(&["latestTrade"])),
            ("quotes", parts(&["latestQuote"])),
        ] {
            let tables = read(&Alpaca, dataset, &name, &body);
            assert_eq!(tables.of(dataset).len(), expected, "{name} as {dataset}");
        }
    }
}

#[test]
fn recorded_trades_give_bars() {
    for (source, folder) in [
        (&Polygon as &dyn Source, "polygon/trades"),
        (&Polygon, "polygon/trades_v2_deprecated"),
        (&Alpaca, "alpaca/trades"),
    ] {
        for (name, body) in recorded(folder) {
            let bars = read(source, "bars_from_trades", &name, &body);
            let trades = read(source, "trades", &name, &body);
            assert!(
                bars.of("klines").len() <= trades.of("trades").len(),
                "{name}"
            );
        }
    }
}

#[test]
fn recorded_refusals_are_never_read_as_rows() {
    for (source, folder) in [
        (&Polygon as &dyn Source, "polygon/errors"),
        (&Alpaca, "alpaca/errors"),
    ] {
        for (name, body) in recorded(folder) {
            for status in [200, 403, 429, 500] {
                let head = ReplyHead {
                    status,
                    headers: Vec::new(),
                };
                assert_ne!(source.judge(&head, body.as_bytes()), Verdict::Ok, "{name}");
            }
            let item = by_ids(source.name(), "trades", &[]);
            if source.name() == "alpaca" {
                outcome(source, &item, None, &Cursor::Start, &body).unwrap_err();
            }
        }
    }
}
