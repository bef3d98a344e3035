//! Polygon's bars: those it serves, and those built here from its trades.

use sources::polygon::Polygon;
use sources::{Cursor, Next};

use super::{column, saved, slice};
use crate::bench::{Tables, ask, outcome, parse, read};

const BARS: &str = r#"{"ticker":"AAPL","adjusted":false,"status":"OK","resultsCount":2,"results":[
    {"v":25933.6,"vw":185.43,"o":185.1,"c":185.5,"h":185.9,"l":1.85e2,"t":1704171600000,"n":7},
    {"v":1.0e+7,"o":0.0001,"c":0.0002,"h":0.0003,"l":0.0001,"t":1704258000000}],
    "next_url":"https://api.polygon.io/v2/aggs/ticker/AAPL/range/1/day/1704258000001/1704412800000?cursor=bGltaXQ9Mg"}"#;

#[test]
fn bars_are_exact_and_their_adjustment_is_kept() {
    let klines = slice(
        "klines",
        Some("AAPL"),
        "2024-01-02",
        "2024-01-05",
        &[("interval", "1d"), ("adjusted", "false")],
    );
    let (tables, next) = read(&Polygon, &klines, &Cursor::Start, BARS);
    assert_eq!(column(&tables, "klines", "volume"), ["25933.6", "10000000"]);
    assert_eq!(column(&tables, "klines", "low"), ["185", "0.0001"]);
    assert_eq!(column(&tables, "klines", "vwap"), ["185.43", "null"]);
    assert_eq!(column(&tables, "klines", "adjusted"), ["raw", "raw"]);
    // The vendor's cursor forgets what was asked for; the question does not.
    let Next::More(cursor) = next else {
        panic!("no next page")
    };
    let asked = ask(&Polygon, &klines, None, &cursor);
    assert_eq!(
        asked.query,
        [
            ("cursor", "bGltaXQ9Mg".to_owned()),
            ("adjusted", "false".to_owned())
        ]
    );
    let wrong = BARS.replace("\"adjusted\":false", "\"adjusted\":true");
    let error = outcome(&Polygon, &klines, None, &Cursor::Start, &wrong).unwrap_err();
    assert_eq!(error, "at adjusted: true, expected false as asked for");
    let tables = saved("klines", &wrong).unwrap();
    assert_eq!(column(&tables, "klines", "adjusted"), ["split", "split"]);
    assert_eq!(column(&tables, "klines", "interval"), ["1d", "1d"]);
}

#[test]
fn open_bars_and_bars_outside_the_slice_are_left_out() {
    let klines = slice(
        "klines",
        Some("AAPL"),
        "2024-01-02T05:00:00Z",
        "2024-01-05",
        &[("interval", "1d")],
    );
    let at = |fetched_at_ms, body: &str| {
        let reply = sources::Reply {
            item: &klines,
            id: None,
            cursor: &Cursor::Start,
            instruments: &sources::Instruments::default(),
            body: body.as_bytes(),
            fetched_at_ms,
        };
        parse(&Polygon, &reply).unwrap().0.of("klines").len()
    };
    // The second day ends at 2024-01-04T05:00:00Z.
    assert_eq!(at(1_704_344_399_999, BARS), 1);
    assert_eq!(at(1_704_344_400_000, BARS), 2);
    let delayed = BARS.replace("\"OK\"", "\"DELAYED\"");
    assert_eq!(at(1_704_344_400_000, &delayed), 1);
    assert_eq!(at(1_704_344_400_000 + 900_000, &delayed), 2);
    let later = slice(
        "klines",
        Some("AAPL"),
        "2024-01-02T05:00:00.001Z",
        "2024-01-05",
        &[("interval", "1d")],
    );
    assert_eq!(
        read(&Polygon, &later, &Cursor::Start, BARS)
            .0
            .of("klines")
            .len(),
        1
    );
}

#[test]
fn grouped_days_begin_at_midnight_though_their_time_is_the_close() {
    let body = r#"{"adjusted":true,"status":"OK","queryCount":1,"resultsCount":2,"results":[
        {"T":"AAA","v":10,"o":1,"c":2,"h":3,"l":1,"t":1704229200000,"n":1},
        {"T":"BBB.A","v":10,"o":1,"c":2,"h":3,"l":1,"t":1704229200000}]}"#;
    let grouped = slice(
        "grouped_daily",
        None,
        "2024-01-02",
        "2024-01-03",
        &[("adjusted", "true")],
    );
    let (tables, next) = read(&Polygon, &grouped, &Cursor::Start, body);
    assert_eq!(next, Next::End);
    assert_eq!(column(&tables, "klines", "symbol"), ["AAA", "BBB.A"]);
    assert_eq!(column(&tables, "klines", "interval"), ["1d", "1d"]);
    assert_eq!(
        column(&tables, "klines", "open_time")[0],
        "1704171600000000000"
    );
    assert_eq!(
        column(&tables, "klines", "close_time")[0],
        "1704229200000000000"
    );
}

/// Trades one a line: second of the day, price, size, conditions, correction.
fn tape(trades: &[(i64, &str, &str, &str, i64)], next: &str) -> String {
    let rows: Vec<_> = trades
        .iter()
        .enumerate()
        .map(|(id, (second, price, size, conditions, correction))| {
            let ts = (1_704_206_040 + second) * 1_000_000_000;
            format!(
                r#"{{"sip_timestamp":{ts},"sequence_number":{id},"id":"{id}","exchange":4,"price":{price},"size":{size},"conditions":[{conditions}],"correction":{correction}}}"#
            )
        })
        .collect();
    format!(r#"{{"status":"OK","results":[{}]{next}}}"#, rows.join(","))
}

/// From 2024-01-02T14:34:00Z, within the session.
const TAPE: &[(i64, &str, &str, &str, i64)] = &[
    (0, "100", "5", "37", 0),
    (1, "101", "10", "14,41", 0),
    (1, "105", "1", "22", 0),
    (59, "99", "3", "", 0),
    (59, "90", "3", "", 1),
    (59, "200", "7", "12", 0),
    (60, "98", "2", "", 0),
    (130, "1", "2", "37", 0),
    (180, "97.5", "2", "", 0),
];

fn bars(tables: &Tables) -> Vec<String> {
    let names = [
        "open",
        "high",
        "low",
        "close",
        "volume",
        "trade_count",
        "vwap",
    ];
    let columns = names.map(|name| column(tables, "klines", name));
    (0..columns[0].len())
        .map(|row| {
            columns
                .iter()
                .map(|column| column[row].as_str())
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect()
}

#[test]
fn bars_from_trades_are_the_same_however_pages_are_cut() {
    let item = slice(
        "bars_from_trades",
        Some("AAPL"),
        "2024-01-02T14:34:00Z",
        "2024-01-02T14:37:00Z",
        &[("interval", "1m")],
    );
    let expected = [
        "101 105 99 99 26 5 127.384615384615384615",
        "98 98 98 98 2 1 98",
    ];
    let (whole, next) = read(&Polygon, &item, &Cursor::Start, &tape(TAPE, ""));
    assert_eq!(
        (bars(&whole), next),
        (expected.map(str::to_owned).to_vec(), Next::End)
    );
    assert_eq!(
        column(&whole, "klines", "adjusted"),
        ["from_trades", "from_trades"]
    );
    for cut in 0..=TAPE.len() {
        let url = r#","next_url":"https://api.massive.com/v3/trades/AAPL?cursor=2""#;
        let (first, next) = read(&Polygon, &item, &Cursor::Start, &tape(&TAPE[..cut], url));
        let Next::More(cursor) = next else {
            panic!("no next page")
        };
        let asked = ask(&Polygon, &item, None, &cursor);
        assert_eq!(
            (asked.path.as_str(), asked.query[0].1.as_str()),
            ("/v3/trades/AAPL", "2")
        );
        let (second, next) = read(&Polygon, &item, &cursor, &tape(&TAPE[cut..], ""));
        assert_eq!(next, Next::End);
        let rows = [bars(&first), bars(&second)].concat();
        assert_eq!(rows, expected, "cut before trade {cut}");
    }
}

#[test]
fn bars_from_trades_ask_for_whole_bars() {
    let asked = |from: &str, to: &str, interval: &str| {
        let item = slice(
            "bars_from_trades",
            Some("AAPL"),
            from,
            to,
            &[("interval", interval)],
        );
        let query = ask(&Polygon, &item, None, &Cursor::Start).query;
        query
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .take(2)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        asked("2024-01-02T00:00:30Z", "2024-01-02T00:02:30Z", "1m"),
        [
            "timestamp.gte=1704153660000000000",
            "timestamp.lt=1704153780000000000"
        ]
    );
    // A day of New York.
    assert_eq!(
        asked("2024-01-02", "2024-01-03", "1d"),
        [
            "timestamp.gte=1704171600000000000",
            "timestamp.lt=1704258000000000000"
        ]
    );
    assert_eq!(
        asked("2024-01-02", "2024-01-02T01:00:00Z", "1d"),
        ["timestamp=1704153600000000000", "limit=1"]
    );
    let open = slice(
        "bars_from_trades",
        Some("AAPL"),
        "2024-01-02",
        "2024-01-02T01:00:00Z",
        &[("interval", "1d")],
    );
    assert_eq!(
        read(&Polygon, &open, &Cursor::Start, &tape(TAPE, "")).1,
        Next::End
    );
}
