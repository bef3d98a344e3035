//! Real replies and messages of both markets of Binance, where a folder of them lies beside the
//! repository: every row in them comes out in its table, and what cannot be read is refused by what
//! it lacks.

use serde_json::Value;
use sources::binance::Binance;
use sources::binance_usdm::BinanceUsdm;
use sources::{ReplyHead, Source, Verdict};

use crate::recorded::{recorded, rows_of, tables};

/// Files without rows, and what is said of them: an example of a document with values left out, and a
/// trade of 2019 without its id.
const TORN: &[(&str, &str)] = &[
    ("binance-usdm/klines/14.json", "expected"),
    (
        "binance-usdm/trades/10.json",
        "at a: nothing, expected the id",
    ),
];

fn both() -> [(&'static str, &'static dyn Source); 2] {
    [("binance-spot", &Binance), ("binance-usdm", &BinanceUsdm)]
}

/// What is said of a file without rows.
fn refusal(path: &std::path::Path) -> Option<&'static str> {
    let torn = TORN.iter().find(|(torn, _)| path.ends_with(torn));
    torn.map(|(_, says)| *says)
}

/// Checks a folder: of each file as many rows as are wanted of those in it. Gives their number.
fn check(
    folder: &str,
    datasets: &[(&'static dyn Source, &str, &str)],
    is_wanted: impl Fn(&Value) -> bool,
) -> usize {
    let mut total = 0;
    for (path, text) in recorded(folder) {
        let wanted = rows_of(&text).iter().filter(|row| is_wanted(row)).count();
        for (source, dataset, table) in datasets {
            let read = tables(*source, dataset, &[], &text);
            if let Some(says) = refusal(&path) {
                let error = read.unwrap_err();
                assert!(error.contains(says), "{}: {error}", path.display());
                continue;
            }
            let tables =
                read.unwrap_or_else(|error| panic!("{} {dataset}: {error}", path.display()));
            let rows = tables.of(table);
            assert_eq!(rows.len(), wanted, "{} {dataset}", path.display());
            for row in rows {
                assert!(row.get("venue_symbol").is_some() && row["source"] == source.name());
                let is_live = text.contains("\"s\"") || text.contains("\"stream\"");
                assert!(!is_live || row["symbol"] != "", "{}", path.display());
            }
            total += wanted;
        }
    }
    total
}

fn count(body: &Value) -> usize {
    body.as_array().map_or(1, Vec::len)
}

#[test]
fn trades_and_bars() {
    for (folder, source) in both() {
        check(
            &format!("{folder}/trades"),
            &[(source, "trades", "trades")],
            |row| row.get("X").is_none_or(|origin| origin == "MARKET"),
        );
        check(
            &format!("{folder}/klines"),
            &[(source, "klines", "klines")],
            |row| row.get("k").is_none_or(|bar| bar["x"] == true),
        );
    }
}

#[test]
fn books() {
    for (folder, source) in both() {
        for (path, text) in recorded(&format!("{folder}/orderbook")) {
            let read = tables(source, "book_snapshots", &[], &text);
            let tables = read.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let recorded = rows_of(&text);
            let levels = |book: &Value, side: &str, short: &str| {
                count(book.get(side).unwrap_or(&book[short]))
            };
            let is_change = text.contains("depthUpdate") && !text.contains("@depth20");
            if is_change {
                let of = |book| levels(book, "bids", "b") + levels(book, "asks", "a");
                let all: usize = recorded.iter().map(of).sum();
                assert_eq!(tables.of("book_deltas").len(), all, "{}", path.display());
                continue;
            }
            let rows = tables.of("book_snapshots");
            assert_eq!(rows.len(), recorded.len(), "{}", path.display());
            for (row, book) in rows.iter().zip(&recorded) {
                for (side, short) in [("bids", "b"), ("asks", "a")] {
                    let wanted = levels(book, side, short);
                    assert_eq!(count(&row[side]), wanted, "{}", path.display());
                }
            }
        }
    }
}

#[test]
fn tickers_and_quotes() {
    for (folder, source) in both() {
        let folder = format!("{folder}/tickers");
        check(&folder, &[(source, "tickers", "tickers")], |_| true);
        for (path, text) in recorded(&folder) {
            let read = tables(source, "quotes", &[], &text);
            let has_book = |row: &Value| row.get("bidPrice").or(row.get("b")).is_some();
            let has_books = rows_of(&text).iter().all(has_book);
            assert_eq!(read.is_ok(), has_books, "{}: {read:?}", path.display());
        }
    }
}

#[test]
fn fundings_and_open_interest() {
    let usdm: &dyn Source = &BinanceUsdm;
    for (path, text) in recorded("binance-usdm/funding") {
        let read = tables(usdm, "funding_rates", &[], &text);
        if text.contains("fundingIntervalHours") {
            assert!(
                read.unwrap_err().contains("missing field"),
                "{}",
                path.display()
            );
            continue;
        }
        let has_funding = |row: &&Value| row.get("e").is_none() || row["T"] != 0;
        let wanted = rows_of(&text).iter().filter(has_funding).count();
        let rows = read.unwrap().remove("funding_rates");
        assert_eq!(rows.len(), wanted, "{}", path.display());
    }
    let datasets = [
        (usdm, "open_interest", "open_interest"),
        (usdm, "open_interest_now", "open_interest"),
    ];
    check("binance-usdm/open_interest", &datasets, |_| true);
}

#[test]
fn fundings_of_eight_hours_say_so() {
    for (path, text) in recorded("binance-usdm/funding") {
        let Ok(tables) = tables(&BinanceUsdm, "funding_rates", &[], &text) else {
            continue;
        };
        for row in tables.of("funding_rates").iter().skip(1) {
            let hours = row["interval_hours"].as_i64();
            assert!(
                row["kind"] == "predicted" || hours == Some(8),
                "{} {row:?}",
                path.display()
            );
        }
    }
}

#[test]
fn forced_orders_of_the_live_channel() {
    let read = check(
        "binance-usdm/liquidations",
        &[(&BinanceUsdm, "liquidations", "liquidations")],
        |_| true,
    );
    assert_eq!(read, recorded("binance-usdm/liquidations").len());
}

#[test]
fn lists_of_instruments() {
    for (folder, source) in both() {
        for (path, text) in recorded(&format!("{folder}/instruments")) {
            let list = source.read_instruments(text.as_bytes()).unwrap();
            let body: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(list.len(), count(&body["symbols"]), "{}", path.display());
            for instrument in &list {
                // The rules say what the list says.
                let name = source.listed_name(&instrument.symbol);
                assert_eq!(name, instrument.symbol, "{}", path.display());
                assert!(instrument.symbol.starts_with(&instrument.base));
            }
            let tables = tables(source, "instruments", &[], &text).unwrap();
            assert_eq!(tables.of("instruments").len(), list.len());
        }
    }
}

#[test]
fn refusals() {
    for (folder, source) in both() {
        for (path, text) in recorded(&format!("{folder}/errors")) {
            for status in [400, 200] {
                let head = ReplyHead {
                    status,
                    headers: Vec::new(),
                };
                let verdict = source.judge(&head, text.as_bytes());
                assert_ne!(verdict, Verdict::Ok, "{}", path.display());
            }
        }
    }
}
