//! Every form of capture gives the same rows, and every message its row.

use common::item::{Item, Work};
use serde_json::json;
use sources::dates;

use super::wire::{self, Order, Packet, Wrap};
use super::{MINUTE, OPEN, SECOND, capture, frames, item, read};

fn day() -> Vec<Vec<Vec<u8>>> {
    let mut grown = wire::trade("BRK.A", 0, OPEN + 3 * SECOND, 1, 6_100_000_000, 4);
    grown.extend([1, 2, 3, 4]);
    vec![
        vec![
            wire::system(b'O', OPEN - MINUTE),
            wire::security("ZZT", 0xa0, OPEN - MINUTE),
        ],
        vec![],
        vec![
            wire::trade("AAPL", 0xb8, OPEN + SECOND, 50, 1_750_001, 2),
            vec![b'~', 0, 1, 2],
            wire::trade("MSFT", 0x40, OPEN + 2 * SECOND, 100, 4_000_000, 3),
            grown,
            wire::quote("AAPL", 0x80, OPEN + 4 * SECOND, (100, 1_750_000), (0, 0)),
        ],
    ]
}

#[test]
fn a_trade_is_kept_to_the_last_digit() {
    let rows = read(&item("trades", &[]), &capture(wire::TOPS, &day())).whole();
    assert_eq!(
        serde_json::Value::from(rows[0].clone()),
        json!({
            "source": "iex", "symbol": "AAPL", "venue_symbol": "AAPL", "trade_id": "2",
            "ts": (OPEN + SECOND).to_string(), "price": "175.0001", "amount": "50", "side": "unknown",
            "base_amount": "50", "quote_amount": "8750.005",
            "flags": "iso,odd_lot,trade_through_exempt,cross", "exchange": "",
        })
    );
    assert_eq!(super::column(&rows, "flags")[1..], ["extended_hours", ""]);
    assert_eq!(super::column(&rows, "symbol")[2], "BRK.A");
}

#[test]
fn every_form_of_capture_gives_the_same_rows() {
    let expected = read(&item("trades", &[]), &capture(wire::TOPS, &day())).whole();
    assert_eq!(expected.len(), 3);
    let plain = frames(wire::TOPS, &day());
    let mut forms = Vec::new();
    for order in [Order::Little, Order::Big] {
        forms.push(wire::pcap(order, false, &plain));
        forms.push(wire::pcap(order, true, &plain));
        for packet in [Packet::Enhanced, Packet::Simple, Packet::Old] {
            forms.push(wire::ng(order, packet, &plain));
        }
    }
    let packed: Vec<_> = forms.iter().map(|form| wire::gzip(form)).collect();
    forms.extend(packed);
    // Two members of one gzip file.
    let whole = capture(wire::TOPS, &day());
    let (first, second) = whole.split_at(100);
    forms.push([wire::gzip(first), wire::gzip(second)].concat());
    // Sections of either order after each other.
    forms.push(
        [
            wire::ng(Order::Little, Packet::Enhanced, &plain[..2]),
            wire::ng(Order::Big, Packet::Simple, &plain[2..]),
        ]
        .concat(),
    );
    for (number, form) in forms.iter().enumerate() {
        assert_eq!(
            read(&item("trades", &[]), form).whole(),
            expected,
            "form {number}"
        );
    }
}

#[test]
fn datagrams_are_found_in_any_wrapping_and_other_traffic_is_passed_over() {
    let messages = vec![wire::trade("A", 0, OPEN, 1, 10_000, 1)];
    let segment = wire::segment(wire::TOPS, 1, OPEN, &messages);
    let wrapped = |wrap: Wrap| wire::frame(&segment, wrap);
    let count = |frame: Vec<u8>| {
        let other = wire::segment(wire::TOPS, 2, OPEN, &[]);
        let heartbeat = wire::frame(&other, Wrap::default());
        let capture = wire::pcap(Order::Little, false, &[frame, heartbeat]);
        read(&item("trades", &[]), &capture).whole().len()
    };
    let plain = Wrap::default();
    for (wrap, expected) in [
        (plain, 1),
        (Wrap { vlans: 1, ..plain }, 1),
        (Wrap { vlans: 2, ..plain }, 1),
        (
            Wrap {
                padding: 13,
                ..plain
            },
            1,
        ),
        (
            Wrap {
                options: 3,
                ..plain
            },
            1,
        ),
        // Do not fragment; more fragments; a later fragment.
        (
            Wrap {
                fragment: 0x4000,
                ..plain
            },
            1,
        ),
        (
            Wrap {
                fragment: 0x2000,
                ..plain
            },
            0,
        ),
        (
            Wrap {
                fragment: 0x0010,
                ..plain
            },
            0,
        ),
        (
            Wrap {
                protocol: Some(6),
                ..plain
            },
            0,
        ),
    ] {
        assert_eq!(count(wrapped(wrap)), expected, "{wrap:?}");
    }
    let mut ipv6 = wrapped(plain);
    ipv6[12..14].copy_from_slice(&[0x86, 0xdd]);
    assert_eq!(count(ipv6), 0);
    assert_eq!(
        count(wire::frame(
            b"something else that is long enough to be a segment",
            plain
        )),
        0
    );
    for length in 0..42 {
        assert_eq!(
            count(wrapped(plain)[..length].to_vec()),
            0,
            "a frame of {length} bytes"
        );
    }
}

#[test]
fn breaks_take_their_trade_out_however_late_they_come() {
    let mut segments: Vec<_> = (0..9_000)
        .map(|id| vec![wire::trade("A", 0, OPEN + id * SECOND, 100, 10_000, id)])
        .collect();
    // One right after its trade, one long after its row was flushed, one of nothing.
    segments[11].push(wire::broken("A", OPEN + 12 * SECOND, 100, 10_000, 10));
    segments[8_999].push(wire::broken("A", OPEN + 9_999 * SECOND, 100, 10_000, 20));
    segments[8_999].push(wire::broken("A", OPEN + 9_999 * SECOND, 100, 10_001, 30));
    segments[8_999].push(wire::broken("B", OPEN + 9_999 * SECOND, 100, 10_000, 31));
    let read = read(
        &item("trades", &[]),
        &wire::gzip(&capture(wire::TOPS, &segments)),
    );
    let ids = read.column("trade_id");
    assert_eq!(ids.len(), 8_998);
    for gone in ["10", "20"] {
        assert!(!ids.iter().any(|id| id == gone), "{gone}");
    }
    for there in ["30", "31"] {
        assert!(ids.iter().any(|id| id == there), "{there}");
    }
    assert!(read.most <= 4_096, "{} rows at once", read.most);
}

#[test]
fn ids_that_come_again_are_broken_one_by_one() {
    let again = |second: i64| wire::trade("A", 0, OPEN + second * SECOND, 100, 10_000, 1);
    let gone = |second: i64| wire::broken("A", OPEN + second * SECOND, 100, 10_000, 1);
    let left = |messages: Vec<Vec<u8>>| {
        read(&item("trades", &[]), &capture(wire::TOPS, &[messages])).column("ts")
    };
    let at = |second: i64| (OPEN + second * SECOND).to_string();
    assert_eq!(
        left(vec![again(1), again(2), gone(3), again(4)]),
        [at(1), at(4)]
    );
    assert_eq!(
        left(vec![again(1), gone(2), again(3), gone(4)]),
        [] as [String; 0]
    );
}

#[test]
fn quotes_are_in_shares_and_an_empty_side_is_nothing() {
    let segments = [vec![
        wire::quote("A", 0xc0, OPEN, (0, 0), (0, 0)),
        wire::quote("A", 0, OPEN + 1, (133, 10_001), (7, 10_002)),
    ]];
    let rows = read(&item("quotes", &[]), &capture(wire::TOPS, &segments)).whole();
    assert_eq!(
        serde_json::Value::from(rows[1].clone()),
        json!({
            "source": "iex", "symbol": "A", "venue_symbol": "A", "ts": (OPEN + 1).to_string(), "sequence": 2,
            "bid_price": "1.0001", "bid_amount": "133", "ask_price": "1.0002", "ask_amount": "7",
            "bid_exchange": null, "ask_exchange": null, "amount_unit": "shares", "tape": null, "conditions": null,
        })
    );
    assert_eq!(rows[0]["conditions"], "unavailable,extended_hours");
    for column in ["bid_price", "bid_amount", "ask_price", "ask_amount"] {
        assert_eq!(rows[0][column], json!(null), "{column}");
    }
}

#[test]
fn levels_have_sides_and_say_when_the_book_is_consistent() {
    let segments = [vec![
        wire::level(b'8', "A", 0, OPEN, 300, 10_000),
        wire::level(b'5', "A", 1, OPEN, 0, 10_100),
        wire::trade("A", 0, OPEN, 1, 10_100, 9),
    ]];
    let capture = capture(wire::DEEP, &segments);
    let rows = read(&item("book_deltas", &[]), &capture).whole();
    assert_eq!(
        serde_json::Value::from(rows[1].clone()),
        json!({
            "source": "iex", "symbol": "A", "venue_symbol": "A", "ts": OPEN.to_string(), "sequence": 2,
            "side": "ask", "price": "1.01", "amount": "0", "previous_sequence": null, "flags": "event_complete",
        })
    );
    assert_eq!(
        (&rows[0]["side"], &rows[0]["flags"]),
        (&json!("bid"), &json!(""))
    );
    assert_eq!(
        read(&item("trades", &[("feed", "DEEP")]), &capture)
            .whole()
            .len(),
        1
    );
}

#[test]
fn the_directory_lists_instruments() {
    let rows = read(&item("instruments", &[]), &capture(wire::TOPS, &day())).whole();
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (&rows[0]["symbol"], &rows[0]["status"]),
        (&json!("ZZT"), &json!("test,etp"))
    );
    assert_eq!(rows[0]["amount_unit"], "shares");
}

#[test]
fn messages_of_1_5_are_longer_and_read_the_same() {
    let mut long = wire::trade("A", 0, OPEN, 5, 10_000, 1);
    long.extend([0; 4]);
    let mut gone = wire::broken("A", OPEN, 6, 10_000, 2);
    gone.extend([0; 4]);
    let segments = [vec![long, wire::trade("A", 0, OPEN, 6, 10_000, 2), gone]];
    let rows = read(&item("trades", &[]), &capture(wire::TOPS_1_5, &segments));
    assert_eq!(rows.column("trade_id"), ["1"]);
}

#[test]
fn only_what_is_asked_for_comes_out() {
    let ids = |item: &Item| read(item, &capture(wire::TOPS, &day())).column("trade_id");
    assert_eq!(
        ids(&item("trades", &[("symbols", "msft, BRK.A")])),
        ["3", "4"]
    );
    assert_eq!(ids(&item("trades", &[("symbol", "AAPL")])), ["2"]);
    assert_eq!(
        ids(&item("trades", &[("symbol", "NONE")])),
        [] as [String; 0]
    );
    let work = |symbol: Option<&str>| Item {
        work: Work::Range {
            symbol: symbol.map(str::to_owned),
            from: dates::parse("2024-03-04T14:30:02Z").unwrap(),
            to: dates::parse("2024-03-04T14:30:03Z").unwrap(),
        },
        ..item("trades", &[])
    };
    assert_eq!(ids(&work(None)), ["3"], "of one second");
    assert_eq!(ids(&work(Some("AAPL,MSFT"))), ["3"]);
    assert_eq!(ids(&work(Some("AAPL"))), [] as [String; 0]);
    let bad = read(
        &item("trades", &[("symbols", "MUCHTOOLONG")]),
        &capture(wire::TOPS, &day()),
    );
    assert!(bad.end.unwrap_err().contains("is no symbol"));
}
