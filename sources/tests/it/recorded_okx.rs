//! Real replies and messages of OKX, where a folder of them lies beside the repository: every row
//! in them comes out in its table, and every refusal is refused. Without the folder the same is
//! asserted of replies made here.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sources::okx::Okx;
use sources::{Cursor, Next, ReplyHead, Source, Verdict};

use crate::bench::{Tables, by_ids, outcome};

/// The recorded files of a folder; none where there is no such folder.
fn recorded(folder: &str) -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/payloads/okx")
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

fn with_own(folder: &str, own: &str) -> Vec<(PathBuf, String)> {
    let mut files = recorded(folder);
    files.push((PathBuf::from("own"), own.to_owned()));
    files
}

fn read(dataset: &str, body: &str) -> Result<(Tables, Next), String> {
    outcome(
        &Okx,
        &by_ids("okx", dataset, &[]),
        None,
        &Cursor::Start,
        body,
    )
}

/// The messages of a file: one of its own, or one a line.
fn messages(body: &str) -> Vec<Value> {
    serde_json::from_str(body).map_or_else(
        |_| {
            body.lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect()
        },
        |message| vec![message],
    )
}

/// Checks that each row of a file gives as many rows in `table` as `count` says.
fn check(
    dataset: &str,
    table: &str,
    files: &[(PathBuf, String)],
    count: fn(&Value, &Value) -> usize,
) {
    let mut total = 0;
    for (path, body) in files {
        let (tables, _) =
            read(dataset, body).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let expected: usize = messages(body)
            .iter()
            .flat_map(|message| {
                let rows = message["data"].as_array().cloned().unwrap_or_default();
                rows.into_iter().map(move |row| count(message, &row))
            })
            .sum();
        let found = tables.of(table);
        assert_eq!(found.len(), expected, "{} {table}", path.display());
        let of_channel = body.contains("\"arg\"");
        for row in found.iter().filter(|_| of_channel) {
            assert_ne!(row["symbol"], "", "{}", path.display());
        }
        total += expected;
    }
    assert!(total > 0, "{dataset}");
}

fn one(_: &Value, _: &Value) -> usize {
    1
}

#[test]
fn trades_give_a_row_each() {
    let own = r#"{"code":"0","msg":"","data":[{"instId":"BTC-USDT","side":"buy","sz":"1","px":"2.5","tradeId":"7","ts":"1700000000000"}]}"#;
    check("trades", "trades", &with_own("trades", own), one);
}

#[test]
fn closed_bars_give_a_row_each() {
    let own = r#"{"code":"0","msg":"","data":[["1700000000000","1","2","0.5","1.5","10","0.1","15","1"]]}"#;
    check("klines", "klines", &with_own("klines", own), |_, row| {
        usize::from(row[8] != "0")
    });
}

#[test]
fn books_give_snapshots_or_a_delta_a_level() {
    let own = r#"{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"update","data":[{"asks":[["2","0","0","0"]],"bids":[],"ts":"1700000000000","seqId":5,"prevSeqId":4}]}
{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"snapshot","data":[{"asks":[["2","1","0","3"]],"bids":[],"ts":"1700000000000"}]}"#;
    let files = with_own("orderbook", own);
    let levels = |row: &Value| {
        ["asks", "bids"]
            .map(|side| row[side].as_array().unwrap().len())
            .iter()
            .sum::<usize>()
    };
    check("book_snapshots", "book_snapshots", &files, |message, _| {
        usize::from(message["action"] != "update")
    });
    fn deltas(message: &Value, row: &Value) -> usize {
        let levels = ["asks", "bids"].map(|side| row[side].as_array().unwrap().len());
        if message["action"] == "update" {
            levels.iter().sum()
        } else {
            0
        }
    }
    check("book_snapshots", "book_deltas", &files, deltas);
    for (path, body) in &files {
        let (tables, _) = read("book_snapshots", body).unwrap();
        let snapshots: usize = messages(body)
            .iter()
            .filter(|message| message["action"] != "update")
            .flat_map(|message| message["data"].as_array().cloned().unwrap_or_default())
            .map(|row| levels(&row))
            .sum();
        let found: usize = tables.of("book_snapshots").iter().map(levels_of).sum();
        assert_eq!(found, snapshots, "{}", path.display());
    }
}

fn levels_of(row: &serde_json::Map<String, Value>) -> usize {
    ["asks", "bids"]
        .map(|side| row[side].as_array().unwrap().len())
        .iter()
        .sum()
}

#[test]
fn tickers_and_quotes_give_a_row_each() {
    let own = r#"{"code":"0","msg":"","data":[{"instType":"SPOT","instId":"BTC-USDT","last":"2","askPx":"","askSz":"","bidPx":"1.5","bidSz":"3","ts":"1700000000000"}]}"#;
    let files = with_own("tickers", own);
    check("tickers", "tickers", &files, one);
    check("quotes", "quotes", &files, one);
    let books: Vec<_> = recorded("orderbook")
        .into_iter()
        .filter(|(_, body)| body.contains("bbo-tbt"))
        .collect();
    if !books.is_empty() {
        check("quotes", "quotes", &books, one);
    }
}

#[test]
fn fundings_with_a_rate_give_a_row_each() {
    let own = r#"{"code":"0","msg":"","data":[{"instId":"BTC-USDT-SWAP","fundingRate":"0.0001","realizedRate":"0.0002","fundingTime":"1700000000000"}]}"#;
    check(
        "funding_rates",
        "funding_rates",
        &with_own("funding", own),
        |_, row| usize::from(row.get("fundingRate").is_some()),
    );
}

#[test]
fn open_interest_gives_a_row_each() {
    let own = r#"{"code":"0","msg":"","data":[["1700000000000","1","2","3"]]}"#;
    check(
        "open_interest",
        "open_interest",
        &with_own("open_interest", own),
        one,
    );
}

#[test]
fn liquidations_give_a_row_a_detail() {
    let own = r#"{"arg":{"channel":"liquidation-orders"},"data":[{"instId":"BTC-USDT-SWAP","details":[{"bkPx":"1","side":"sell","posSide":"long","sz":"2","ts":"1700000000000"}]}]}"#;
    check(
        "liquidations",
        "liquidations",
        &with_own("liquidations", own),
        |_, row| row["details"].as_array().map_or(1, Vec::len),
    );
}

#[test]
fn instruments_are_read_whole() {
    let own = r#"{"code":"0","msg":"","data":[{"instId":"A-B","instType":"SPOT","baseCcy":"A","quoteCcy":"B"}]}"#;
    let files = with_own("instruments", own);
    check("instruments", "instruments", &files, one);
    for (path, body) in files {
        let list = Okx.read_instruments(body.as_bytes()).unwrap();
        let rows = messages(&body)[0]["data"].as_array().unwrap().len();
        assert_eq!(list.len(), rows, "{}", path.display());
        for instrument in list {
            assert!(
                !instrument.base.is_empty() && !instrument.quote.is_empty(),
                "{} {instrument:?}",
                path.display()
            );
            assert_ne!(
                instrument.unit,
                sources::instrument::Unit::Unknown,
                "{instrument:?}"
            );
        }
    }
}

#[test]
fn listings_of_archives_lead_to_files_or_say_that_there_are_none() {
    for (path, body) in recorded("archives") {
        let files = body.matches("\"url\"").count();
        let head = ReplyHead {
            status: 200,
            headers: Vec::new(),
        };
        let verdict = Okx.judge(&head, body.as_bytes());
        let read = read("trades", &body);
        if files == 0 {
            assert!(
                matches!(verdict, Verdict::Absent { .. }),
                "{}",
                path.display()
            );
            assert!(read.unwrap_err().contains("not available from this vendor"));
        } else {
            assert_eq!(verdict, Verdict::Ok, "{}", path.display());
            let Next::More(Cursor::Token(links)) = read.unwrap().1 else {
                panic!("{}", path.display())
            };
            assert_eq!(links.lines().count(), files);
        }
    }
}

#[test]
fn refusals_are_never_read_as_rows() {
    let own = r#"{"code":"51001","msg":"Instrument ID does not exist","data":[]}"#;
    for (path, body) in with_own("errors", own) {
        for status in [200, 400, 429] {
            let head = ReplyHead {
                status,
                headers: Vec::new(),
            };
            let verdict = Okx.judge(&head, body.as_bytes());
            assert_ne!(verdict, Verdict::Ok, "{}", path.display());
        }
        let code = messages(&body)[0]["code"].as_str().unwrap().to_owned();
        let error = read("trades", &body).unwrap_err();
        assert!(error.contains(&code), "{}: {error}", path.display());
    }
}
