//! Real captures, where a folder of them lies beside the repository. Without it the tests pass.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sources::iex::Iex;
use sources::{Cursor, Next};

use super::{Read, item, read};
use crate::bench::outcome;

fn recorded(path: &str) -> Option<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/payloads/iex");
    fs::read(folder.join(path)).ok()
}

fn counts(capture: &[u8]) -> BTreeMap<&'static str, (usize, bool)> {
    ["trades", "quotes", "book_deltas", "klines", "instruments"]
        .into_iter()
        .map(|dataset| {
            let read = read(&item(dataset, &[]), capture);
            (dataset, (read.rows.len(), read.end.is_ok()))
        })
        .collect()
}

#[test]
fn the_sample_of_tops_gives_every_message_once() {
    let Some(capture) = recorded("pcap/1.pcapng.gz") else {
        return;
    };
    let counts = counts(&capture);
    assert_eq!(counts["trades"], (6_390 - 3, true));
    assert_eq!(counts["quotes"], (27_217, true));
    assert_eq!(counts["instruments"], (10, true));
    assert_eq!(counts["book_deltas"], (0, false));
    let volume = |read: &Read, column: &str| -> u64 {
        let numbers = read.column(column);
        numbers
            .iter()
            .map(|number| number.parse::<u64>().unwrap())
            .sum()
    };
    let trades = read(&item("trades", &[]), &capture);
    let days = read(&item("klines", &[("interval", "1d")]), &capture);
    assert!(volume(&days, "volume") <= volume(&trades, "amount"));
    assert!(days.end.is_ok() && volume(&days, "volume") > 0);
}

#[test]
fn the_head_of_a_day_in_pcap_ng_breaks_off_and_says_where() {
    let Some(capture) = recorded("pcap/3.pcap") else {
        return;
    };
    let quotes = read(&item("quotes", &[]), &capture);
    assert_eq!(quotes.rows.len(), 13);
    let error = quotes.end.unwrap_err();
    assert!(
        error.contains("truncated") && error.contains("ends at byte 4966"),
        "{error}"
    );
}

#[test]
fn the_head_of_a_day_of_deep_gives_every_level() {
    let Some(capture) = recorded("pcap/4.pcap.gz") else {
        return;
    };
    let counts = counts(&capture);
    assert_eq!(counts["book_deltas"], (1_526 + 1_226, true));
    assert_eq!(counts["trades"], (37, true));
    assert_eq!(counts["instruments"], (3, true));
    assert_eq!(counts["quotes"], (0, false));
}

#[test]
fn recorded_catalogues_lead_to_files_and_other_replies_are_refused() {
    let parse = |path: &str| {
        let body = String::from_utf8(recorded(path)?).unwrap();
        Some(outcome(
            &Iex,
            &item("trades", &[]),
            None,
            &Cursor::Start,
            &body,
        ))
    };
    if let Some(read) = parse("hist_catalog/1.json") {
        let Ok((_, Next::More(Cursor::Token(link)))) = read else {
            panic!("no link: {read:?}")
        };
        assert!(
            link.contains("20180510_IEXTP1_TOPS1.6.pcap.gz?generation="),
            "{link}"
        );
    }
    for path in [
        "legacy_v1_chart/1.json",
        "legacy_v1_quote/1.json",
        "legacy_v1_stats/1.json",
    ] {
        assert!(parse(path).is_none_or(|read| read.is_err()), "{path}");
    }
}
