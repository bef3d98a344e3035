//! Real replies of both markets of Binance, where a folder of them lies beside the repository:
//! every reply to a question gives a row for each of its rows, every frame of a live channel is
//! refused by what it lacks.

use serde_json::Value;
use sources::binance::Binance;
use sources::binance_usdm::BinanceUsdm;
use sources::{ReplyHead, Source, Verdict};

use crate::recorded::{recorded, tables};

/// Replies that are examples of documents with values left out.
const TORN: &[&str] = &["binance-usdm/klines/14.json"];

fn both() -> [(&'static str, &'static dyn Source); 2] {
    [("binance-spot", &Binance), ("binance-usdm", &BinanceUsdm)]
}

/// Whether it is what a live channel sent rather than a poll of a collector.
fn is_frame(body: &Value) -> bool {
    body.get("e").is_some() || (body.get("stream").is_some() && body.get("generated").is_none())
}

fn is_torn(path: &std::path::Path) -> bool {
    TORN.iter().any(|torn| path.ends_with(torn))
}

/// Checks a folder; gives the number of rows.
fn check(
    folder: &str,
    datasets: &[(&'static dyn Source, &str, &str)],
    expected: impl Fn(&Value) -> usize,
) -> usize {
    let mut total = 0;
    for (path, text) in recorded(folder) {
        let body: Value = serde_json::from_str(&text).unwrap();
        for (source, dataset, table) in datasets {
            let read = tables(*source, dataset, &[], &text);
            if is_torn(&path) || (is_frame(&body) && read.is_err()) {
                let error = read.unwrap_err();
                let says = ["expected", "missing field"]
                    .iter()
                    .any(|word| error.contains(word));
                assert!(says, "{}: {error}", path.display());
                continue;
            }
            let tables =
                read.unwrap_or_else(|error| panic!("{} {dataset}: {error}", path.display()));
            assert_eq!(
                tables.of(table).len(),
                expected(&body),
                "{} {dataset}",
                path.display()
            );
            for row in tables.of(table) {
                assert!(row.get("venue_symbol").is_some() && row["source"] == source.name());
            }
            total += tables.of(table).len();
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
            count,
        );
        check(
            &format!("{folder}/klines"),
            &[(source, "klines", "klines")],
            count,
        );
    }
}

#[test]
fn books() {
    for (folder, source) in both() {
        let folder = format!("{folder}/orderbook");
        check(
            &folder,
            &[(source, "book_snapshots", "book_snapshots")],
            |_| 1,
        );
        for (path, text) in recorded(&folder) {
            let body: Value = serde_json::from_str(&text).unwrap();
            let body = body.get("data").unwrap_or(&body);
            let Ok(tables) = tables(source, "book_snapshots", &[], &text) else {
                continue;
            };
            let row = &tables.of("book_snapshots")[0];
            for side in ["bids", "asks"] {
                assert_eq!(count(&row[side]), count(&body[side]), "{}", path.display());
            }
        }
    }
}

#[test]
fn tickers_and_quotes() {
    for (folder, source) in both() {
        let folder = format!("{folder}/tickers");
        check(&folder, &[(source, "tickers", "tickers")], count);
        for (path, text) in recorded(&folder) {
            let read = tables(source, "quotes", &[], &text);
            let has_book = text.contains("bidPrice");
            assert_eq!(read.is_ok(), has_book, "{}: {read:?}", path.display());
        }
    }
}

#[test]
fn fundings_and_open_interest() {
    let usdm: &dyn Source = &BinanceUsdm;
    for (path, text) in recorded("binance-usdm/funding") {
        let body: Value = serde_json::from_str(&text).unwrap();
        let read = tables(usdm, "funding_rates", &[], &text);
        if is_frame(&body) || text.contains("fundingIntervalHours") {
            assert!(
                read.unwrap_err().contains("missing field"),
                "{}",
                path.display()
            );
        } else {
            assert_eq!(
                read.unwrap().of("funding_rates").len(),
                count(&body),
                "{}",
                path.display()
            );
        }
    }
    let datasets = [
        (usdm, "open_interest", "open_interest"),
        (usdm, "open_interest_now", "open_interest"),
    ];
    check("binance-usdm/open_interest", &datasets, count);
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
        |_| 1,
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
