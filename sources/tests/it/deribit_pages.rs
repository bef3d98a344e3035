//! Deribit's trades against a tiny vendor of two hosts that pages as documented: none is missed or
//! doubled, also where a host answers an old window with nothing.

use crate::bench::{ask, parse, read_at};
use crate::deribit::{DAY, HOUR, NOW, range, trade};
use common::item::Item;
use serde_json::{Value, json};
use sources::deribit::Deribit;
use sources::{Cursor, Instruments, Next, Reply, Server};

/// Two hosts with the trades of one instrument, `(trade_seq, milliseconds)`.
struct Hosts {
    trades: Vec<(u64, i64)>,
    /// What the history host does not have yet.
    history_until: i64,
    page: usize,
}

impl Hosts {
    fn answer(&self, history: bool, query: &[(&'static str, String)]) -> String {
        let number = |name: &str| {
            let (_, value) = query.iter().find(|(key, _)| *key == name)?;
            value.parse::<i64>().ok()
        };
        assert!(query.contains(&("sorting", "asc".to_owned())));
        assert_eq!(history, query.contains(&("include_old", "true".to_owned())));
        let known = |ms: i64| {
            if history {
                ms < self.history_until
            } else {
                ms >= NOW - DAY
            }
        };
        let wanted: Vec<_> = self
            .trades
            .iter()
            .filter(|(_, ms)| known(*ms))
            .filter(|(seq, ms)| match number("start_seq") {
                Some(first) => *seq as i64 >= first,
                None => (number("start_timestamp").unwrap()..=number("end_timestamp").unwrap())
                    .contains(ms),
            })
            .collect();
        let page = self.page.min(number("count").unwrap() as usize);
        let rows: Vec<Value> = wanted
            .iter()
            .take(page)
            .map(|(seq, ms)| trade(*seq, *ms))
            .collect();
        json!({"jsonrpc": "2.0", "result": {"trades": rows, "has_more": wanted.len() > page}, "usIn": 1})
            .to_string()
    }

    /// Works an item off; gives the numbers of its trades and the hosts asked.
    fn run(&self, item: &Item) -> (Vec<u64>, String) {
        let (mut cursor, mut seqs, mut asked) = (Cursor::Start, Vec::new(), String::new());
        for _ in 0..100 {
            let ask = ask(&Deribit, item, None, &cursor);
            let history = ask.server == Server::Other("history");
            asked.push(if history { 'h' } else { 'w' });
            let body = self.answer(history, &ask.query);
            let (tables, next) = read_at(&Deribit, item, &cursor, &body, NOW);
            let rows = tables.remove("trades");
            seqs.extend(rows.iter().map(|row| {
                let id = row["trade_id"].as_str().unwrap();
                id.parse::<u64>().unwrap() - 1_000
            }));
            match next {
                Next::More(next) => cursor = next,
                Next::End => return (seqs, asked),
            }
        }
        panic!("no end, asked {asked}");
    }
}

fn hosts(trades: Vec<(u64, i64)>) -> Hosts {
    Hosts {
        trades,
        history_until: NOW - HOUR,
        page: 7,
    }
}

fn every(step: i64, from: i64, to: i64) -> Vec<(u64, i64)> {
    (from..to)
        .step_by(step as usize)
        .zip(1..)
        .map(|(ms, seq)| (seq, ms))
        .collect()
}

#[test]
fn a_recent_window_is_read_from_the_main_host() {
    let hosts = hosts(every(10_000, NOW - 3 * HOUR, NOW));
    let item = range(
        "trades",
        "BTC-USD-PERP",
        NOW - 2 * HOUR,
        NOW - 2 * HOUR + 200_000,
        &[],
    );
    let (seqs, asked) = hosts.run(&item);
    assert_eq!(seqs, (361..381).collect::<Vec<_>>());
    assert_eq!(asked, "www");
}

#[test]
fn a_millisecond_longer_than_a_page_loses_nothing() {
    let start = NOW - 2 * HOUR;
    let trades = (1..=100)
        .map(|seq| (seq, if seq < 40 { start } else { start + 1 }))
        .collect();
    let (seqs, _) = hosts(trades).run(&range("trades", "BTC-PERPETUAL", start, start + 2, &[]));
    assert_eq!(seqs, (1..=100).collect::<Vec<_>>());
}

#[test]
fn exactly_full_pages_and_silence() {
    let start = NOW - 2 * HOUR;
    let hosts = hosts(every(1_000, start, start + 14_000));
    let (seqs, asked) = hosts.run(&range("trades", "BTC-PERPETUAL", start, start + HOUR, &[]));
    assert_eq!((seqs.len(), asked.as_str()), (14, "ww"));
    let (seqs, asked) = hosts.run(&range("trades", "BTC-PERPETUAL", start + HOUR, NOW, &[]));
    assert_eq!((seqs.len(), asked.as_str()), (0, "w"));
}

#[test]
fn a_window_that_the_main_host_has_forgotten_is_asked_of_the_history_host() {
    let hosts = hosts(every(10_000, NOW - 30 * HOUR, NOW));
    let old = range(
        "trades",
        "BTC-PERPETUAL",
        NOW - 28 * HOUR,
        NOW - 28 * HOUR + 100_000,
        &[],
    );
    let (seqs, asked) = hosts.run(&old);
    assert_eq!(seqs, (721..731).collect::<Vec<_>>());
    assert_eq!(asked, "whh");
    let mut planned = old;
    planned
        .params
        .insert("via".to_owned(), "history".to_owned());
    let (seqs, asked) = hosts.run(&planned);
    assert_eq!((seqs.len(), asked.as_str()), (10, "hh"));
}

#[test]
fn a_window_over_the_edge_is_read_whole() {
    let hosts = hosts(every(1_800_000, NOW - 30 * HOUR, NOW));
    let item = range("trades", "BTC-PERPETUAL", NOW - 26 * HOUR, NOW, &[]);
    let (seqs, asked) = hosts.run(&item);
    assert_eq!(seqs, (9..=60).collect::<Vec<_>>());
    // The last hour, which the history host does not have yet, comes from the main host.
    assert!(asked.starts_with("wh") && asked.ends_with("hw"), "{asked}");
    let nothing = Hosts {
        trades: Vec::new(),
        ..hosts
    };
    assert_eq!(nothing.run(&item).1, "whw");
}

#[test]
fn times_that_jump_back_lose_nothing() {
    let start = NOW - 2 * HOUR;
    // By time, the first page ends before number 6.
    let mut trades = every(1_000, start, start + 12_000);
    trades[5].1 = start + 7_500;
    trades.sort_by_key(|(_, ms)| *ms);
    let item = range("trades", "BTC-PERPETUAL", start, start + HOUR, &[]);
    let by_time = hosts(trades.clone());
    let first = ask(&Deribit, &item, None, &Cursor::Start);
    let body = by_time.answer(false, &first.query);
    let (_, next) = read_at(&Deribit, &item, &Cursor::Start, &body, NOW);
    assert_eq!(next, Next::More(Cursor::Token("recent 6".to_owned())));
    trades.sort_unstable();
    let (seqs, _) = hosts(trades).run(&item);
    assert_eq!(seqs.len(), 12);
}

#[test]
fn pages_that_make_no_sense_are_refused() {
    let start = NOW - 2 * HOUR;
    let item = range("trades", "BTC-PERPETUAL", start, start + HOUR, &[]);
    let refused = |cursor: &Cursor, rows: Vec<Value>| {
        let body = json!({"result": {"trades": rows, "has_more": true}}).to_string();
        let reply = Reply {
            item: &item,
            id: None,
            cursor,
            instruments: &Instruments::default(),
            body: body.as_bytes(),
            fetched_at_ms: NOW,
        };
        parse(&Deribit, &reply).unwrap_err()
    };
    let cursor = Cursor::Token("recent 9".to_owned());
    assert!(refused(&cursor, vec![trade(7, start), trade(8, start)]).contains("before 9"));
    let newest_first = vec![trade(9, start + 1), trade(8, start)];
    assert!(refused(&Cursor::Start, newest_first).contains("newest come first"));
    let mut nameless = trade(1, start);
    nameless.as_object_mut().unwrap().remove("trade_seq");
    assert!(refused(&Cursor::Start, vec![nameless]).contains("trade_seq"));
    assert!(refused(&Cursor::Page(1), vec![trade(1, start)]).contains("cannot start at"));
}
