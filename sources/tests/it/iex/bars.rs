//! Bars from messages: what counts, when a bar is complete, and what a broken capture leaves.

use common::item::{Item, Work};
use serde_json::json;
use sources::dates;

use super::wire::{self, broken, trade};
use super::{MINUTE, OPEN, SECOND, capture, column, item, read};

fn figures(rows: &[super::Row]) -> Vec<String> {
    let columns = [
        "symbol",
        "open_time",
        "open",
        "high",
        "low",
        "close",
        "volume",
        "trade_count",
    ];
    let columns = columns.map(|name| column(rows, name));
    (0..rows.len())
        .map(|row| {
            columns
                .each_ref()
                .map(|column| column[row].as_str())
                .join(" ")
        })
        .collect()
}

#[test]
fn extended_hours_and_odd_lots_count_for_the_volume_alone_and_broken_trades_for_nothing() {
    let segments = [
        vec![
            trade("A", 0x20, OPEN, 5, 99_0000, 1),
            trade("A", 0, OPEN + 1, 100, 10_0000, 2),
            trade("B", 0, OPEN + 2, 100, 20_0000, 3),
            trade("A", 0, OPEN + 3, 100, 50_0000, 4),
            trade("A", 0x40, OPEN + 4, 100, 1_0000, 5),
            trade("A", 0, OPEN + 5, 200, 9_5000, 6),
        ],
        // Odd lots alone make no bar of a minute.
        vec![trade("A", 0x20, OPEN + MINUTE, 7, 11_0000, 7)],
        vec![trade("A", 0, OPEN + 2 * MINUTE, 100, 12_0000, 8)],
        vec![broken("A", OPEN + 3 * MINUTE, 100, 50_0000, 4)],
    ];
    let capture = capture(wire::TOPS, &segments);
    let rows = read(&item("klines", &[("interval", "1m")]), &capture).whole();
    let minute = |number: i64| OPEN + number * MINUTE;
    assert_eq!(
        figures(&rows),
        [
            format!("A {} 10 10 9.5 9.5 405 4", minute(0)),
            format!("A {} 12 12 12 12 100 1", minute(2)),
            format!("B {} 20 20 20 20 100 1", minute(0)),
        ]
    );
    assert_eq!(rows[0]["quote_volume"], "3495");
    assert_eq!(
        (&rows[0]["interval"], &rows[0]["close_time"]),
        (&json!("1m"), &json!(null))
    );
    let rows = read(&item("klines", &[("interval", "1d")]), &capture).whole();
    let midnight = dates::parse("2024-03-04T05:00:00Z").unwrap();
    let midnight = midnight.timestamp_nanos_opt().unwrap();
    assert_eq!(
        figures(&rows),
        [
            format!("A {midnight} 10 12 9.5 12 512 6"),
            format!("B {midnight} 20 20 20 20 100 1")
        ]
    );
}

#[test]
fn a_bar_belongs_to_the_slice_in_which_it_opens() {
    let messages = (0..4).map(|n| trade("A", 0, OPEN + n * MINUTE / 2, 100, 10_0000 + n, n));
    let capture = capture(wire::TOPS, &[messages.collect()]);
    let slice = |from: &str, to: &str| {
        let item = Item {
            work: Work::Range {
                symbol: None,
                from: dates::parse(from).unwrap(),
                to: dates::parse(to).unwrap(),
            },
            ..item("klines", &[])
        };
        column(&read(&item, &capture).whole(), "trade_count")
    };
    // The second half of a bar that opens in the slice lies after it.
    assert_eq!(slice("2024-03-04T14:30:00Z", "2024-03-04T14:30:10Z"), ["2"]);
    assert_eq!(slice("2024-03-04T14:30:01Z", "2024-03-05"), ["2"]);
    assert_eq!(
        slice("2024-03-04T14:30:01Z", "2024-03-04T14:31:00Z"),
        [] as [&str; 0]
    );
}

#[test]
fn a_capture_that_breaks_off_leaves_the_bars_that_were_over() {
    let mut segments: Vec<_> = (0..130)
        .map(|second| vec![wire::system(b'R', OPEN + second * SECOND)])
        .collect();
    segments[0].push(trade("A", 0, OPEN, 100, 10_0000, 1));
    segments[1].push(trade("B", 0, OPEN + SECOND, 100, 20_0000, 2));
    segments[70].push(trade("A", 0, OPEN + 70 * SECOND, 100, 11_0000, 3));
    segments[125].push(trade("A", 0, OPEN + 125 * SECOND, 100, 12_0000, 4));
    let whole = capture(wire::TOPS, &segments);
    let cut = read(&item("klines", &[]), &whole[..whole.len() - 1]);
    assert!(cut.end.as_ref().unwrap_err().contains("truncated"));
    let opens = [("A", 0), ("A", 1), ("B", 0)].map(|(symbol, n)| (symbol, OPEN + n * MINUTE));
    let found: Vec<_> = cut
        .rows
        .iter()
        .map(|row| {
            let open: i64 = row["open_time"].as_str().unwrap().parse().unwrap();
            (row["symbol"].as_str().unwrap(), open)
        })
        .collect();
    assert_eq!(found, opens);
    assert_eq!(read(&item("klines", &[]), &whole).whole().len(), 4);
}

#[test]
fn trades_of_a_symbol_out_of_order_are_told_not_guessed() {
    let messages = vec![
        trade("A", 0, OPEN + MINUTE, 100, 10_0000, 1),
        trade("B", 0, OPEN, 100, 10_0000, 2),
        trade("A", 0, OPEN, 100, 10_0000, 3),
    ];
    let read = read(&item("klines", &[]), &capture(wire::TOPS, &[messages]));
    assert!(read.end.unwrap_err().contains("in order of time"));
}
