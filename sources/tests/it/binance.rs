//! Binance spot against a tiny vendor that pages as documented: no row is missed or doubled, open
//! bars stay out, and a page that makes no sense is refused.

use crate::bench::{self, Vendor, ask, at, item, outcome, read, run, try_ask};
use common::item::Item;
use proptest::prelude::*;
use serde_json::{Value, json};
use sources::binance::Binance;
use sources::{Cursor, Next, PlanRequest, Source};

fn trades(symbol: &str, from_ms: i64, to_ms: i64) -> Item {
    item(
        "binance",
        "trades",
        Some(symbol),
        at(from_ms),
        at(to_ms),
        &[],
    )
}

fn klines(interval: &str, from_ms: i64, to_ms: i64) -> Item {
    item(
        "binance",
        "klines",
        Some("ETHBTC"),
        at(from_ms),
        at(to_ms),
        &[("interval", interval)],
    )
}

/// The trades of one symbol as `(id, milliseconds)`, paged as the vendor pages them.
struct Trades {
    rows: Vec<(u64, i64)>,
    page: usize,
}

impl Vendor for Trades {
    fn answer(&self, query: &[(&'static str, String)]) -> String {
        let number = |name: &str| {
            query
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, v)| v.parse::<i64>().unwrap())
        };
        let wanted = |(id, ms): &&(u64, i64)| match number("fromId") {
            Some(first) => *id as i64 >= first,
            None => number("startTime").unwrap() <= *ms && *ms <= number("endTime").unwrap(),
        };
        let limit = self.page.min(number("limit").unwrap() as usize);
        let rows: Vec<Value> = self
            .rows
            .iter()
            .filter(wanted)
            .take(limit)
            .map(|(id, ms)| json!({"a": id, "p": "2.50000000", "q": "4", "f": id, "l": id, "T": ms, "m": id % 2 == 0, "M": true}))
            .collect();
        Value::from(rows).to_string()
    }
}

fn ids(rows: &[serde_json::Map<String, Value>]) -> Vec<u64> {
    rows.iter()
        .map(|row| row["trade_id"].as_str().unwrap().parse().unwrap())
        .collect()
}

#[test]
fn a_trade_keeps_every_digit_and_takes_the_takers_side() {
    let body = r#"[
        {"a":26129,"p":"0.01633102","q":"4.70443515","f":27781,"l":27781,"T":1498793709153,"m":true,"M":true},
        {"a":26130,"p":9195.09,"q":1.5e-3,"T":1498793709153123,"m":false},
        {"a":26131,"p":"1","q":"1","T":1498793709154,"":false}]"#;
    let (rows, next) = read(
        &Binance,
        &trades("eth-btc", 0, i64::MAX / 1_000_000),
        &Cursor::Start,
        body,
    );
    let rows = rows.remove("trades");
    assert_eq!(next, Next::More(Cursor::Id(26132)));
    assert_eq!(
        Value::from(rows[0].clone()),
        json!({
            "source": "binance", "symbol": "ETH-BTC", "venue_symbol": "ETHBTC", "trade_id": "26129",
            "ts": "1498793709153000000", "price": "0.01633102", "amount": "4.70443515", "side": "sell",
            "base_amount": "4.70443515", "quote_amount": "0.076828224523353", "flags": "", "exchange": "",
        })
    );
    assert_eq!(
        (&rows[1]["price"], &rows[1]["amount"], &rows[1]["side"]),
        (&json!("9195.09"), &json!("0.0015"), &json!("buy"))
    );
    assert_eq!(rows[1]["ts"], "1498793709153123000");
    assert_eq!(rows[2]["side"], "unknown");
}

#[test]
fn the_raw_layout_is_read_too() {
    let body = r#"[{"id":582,"price":"0.052","qty":"5838","quoteQty":"303.576","time":1772506983321,"isBuyerMaker":true,"isBestMatch":true}]"#;
    let (rows, _) = read(
        &Binance,
        &trades("XUSDT", 0, i64::MAX / 1_000_000),
        &Cursor::Start,
        body,
    );
    let row = &rows.remove("trades")[0];
    assert_eq!(
        (&row["trade_id"], &row["quote_amount"], &row["side"]),
        (&json!("582"), &json!("303.576"), &json!("sell"))
    );
}

#[test]
fn the_first_page_is_asked_by_time_the_others_by_id() {
    let item = trades("btc-usdt", 1_000, 5_000);
    let first = ask(&Binance, &item, None, &Cursor::Start);
    assert_eq!(first.path, "/api/v3/aggTrades");
    let query = |pairs: &[(&'static str, &str)]| {
        pairs
            .iter()
            .map(|(k, v)| (*k, (*v).to_owned()))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        first.query,
        query(&[
            ("symbol", "BTCUSDT"),
            ("startTime", "1000"),
            ("endTime", "4999"),
            ("limit", "1000")
        ])
    );
    assert_eq!((first.cost.budget, first.cost.units), ("binance.weight", 4));
    let next = ask(&Binance, &item, None, &Cursor::Id(17));
    assert_eq!(
        next.query,
        query(&[("symbol", "BTCUSDT"), ("fromId", "17"), ("limit", "1000")])
    );
    assert!(try_ask(&Binance, &item, None, &Cursor::Page(1)).is_err());
}

#[test]
fn a_millisecond_across_two_pages_and_exactly_full_pages_lose_nothing() {
    let rows: Vec<_> = (0..2_000)
        .map(|n| (n, if n < 1_500 { 1_000 } else { 1_001 }))
        .collect();
    let vendor = Trades { rows, page: 1_000 };
    let (rows, requests) = run(&Binance, &trades("A-BTC", 1_000, 1_002), &vendor, 2_000);
    assert_eq!(ids(&rows), (0..2_000).collect::<Vec<_>>());
    // The last page is empty: nothing proves sooner that the history ends there.
    assert_eq!(requests, 3);
    let (rows, requests) = run(&Binance, &trades("A-BTC", 1_000, 1_001), &vendor, 2_000);
    assert_eq!((rows.len(), requests), (1_500, 2));
}

#[test]
fn a_short_first_page_proves_nothing() {
    let vendor = Trades {
        rows: (0..30).map(|n| (n, n as i64)).collect(),
        page: 7,
    };
    let (rows, _) = run(&Binance, &trades("A-BTC", 5, 25), &vendor, 100);
    assert_eq!(ids(&rows), (5..25).collect::<Vec<_>>());
}

#[test]
fn a_repeated_page_neither_doubles_nor_loops() {
    let item = trades("A-BTC", 0, 100);
    let row = |id: u64| json!({"a": id, "p": "1", "q": "1", "T": id, "m": true});
    let overlapping = Value::from(vec![row(3), row(4), row(4), row(5)]).to_string();
    let (rows, next) = read(&Binance, &item, &Cursor::Id(4), &overlapping);
    assert_eq!(
        (ids(&rows.remove("trades")), next),
        (vec![4, 5], Next::More(Cursor::Id(6)))
    );
    let error = outcome(&Binance, &item, None, &Cursor::Id(6), &overlapping).unwrap_err();
    assert!(error.contains("every row lies before id 6"), "{error}");
}

#[test]
fn what_is_no_trade_is_refused_with_its_place() {
    let refused = |body: &str| {
        outcome(
            &Binance,
            &trades("A-BTC", 0, 100),
            None,
            &Cursor::Start,
            body,
        )
        .unwrap_err()
    };
    assert_eq!(
        refused(r#"[{"a":1,"p":"1","q":"1","T":1},{"a":2,"p":"1,5","q":"1","T":1}]"#),
        r#"at [1].p: not a decimal number: "1,5""#
    );
    assert_eq!(
        refused(r#"[{"a":1,"p":"1","q":"1e-19","T":1}]"#),
        r#"at [0].q: "1e-19" does not fit Decimal(38,18) exactly"#
    );
    assert_eq!(
        refused(r#"[{"a":1,"p":"1","q":"1"}]"#),
        "at [0]: missing field `T`"
    );
    assert!(refused(r#"[{"a":1,"p":"1","#).starts_with("at byte 16: EOF"));
}

#[test]
fn symbols_beyond_ascii_are_asked_for_as_they_are() {
    assert_eq!(
        ask(
            &Binance,
            &trades("币安人生USDT", 0, 1),
            None,
            &Cursor::Start
        )
        .query[0]
            .1,
        "币安人生USDT"
    );
}

fn bar(open: i64, close: i64) -> Value {
    json!([
        open,
        "1.5",
        "2.5",
        "0.5",
        "2.00000000",
        "10",
        close,
        "15.25",
        3,
        "4",
        "6.1",
        "0"
    ])
}

#[test]
fn open_bars_and_bars_outside_the_slice_stay_out() {
    let item = klines("1m", 60_000, 240_000);
    let body = Value::from(vec![
        bar(0, 59_999),
        bar(60_000, 119_999),
        bar(120_000, 179_999),
    ])
    .to_string();
    let (rows, next) = read(&Binance, &item, &Cursor::Start, &body);
    assert_eq!(
        (rows.remove("klines").len(), next),
        (2, Next::More(Cursor::Time(180_000)))
    );
    let (rows, next) = bench::read_at(&Binance, &item, &Cursor::Start, &body, 179_999);
    let rows = rows.remove("klines");
    assert_eq!((rows.len(), next), (1, Next::End));
    assert_eq!(
        Value::from(rows[0].clone()),
        json!({
            "source": "binance", "symbol": "ETH-BTC", "venue_symbol": "ETHBTC", "interval": "1m",
            "open_time": "60000000000", "adjusted": "raw", "open": "1.5", "high": "2.5", "low": "0.5", "close": "2",
            "volume": "10", "quote_volume": "15.25", "trade_count": 3, "taker_buy_volume": "4",
            "taker_buy_quote_volume": "6.1", "vwap": null, "close_time": "119999000000",
        })
    );
}

#[test]
fn bars_page_by_open_time() {
    let item = klines("1M", at_ms("2024-01-31"), at_ms("2024-06-01"));
    let query = ask(&Binance, &item, None, &Cursor::Start).query;
    assert_eq!(query[1].1, "1M");
    let body = Value::from(vec![bar(at_ms("2024-02-01"), at_ms("2024-03-01") - 1)]).to_string();
    let (_, next) = read(&Binance, &item, &Cursor::Start, &body);
    assert_eq!(next, Next::More(Cursor::Time(at_ms("2024-03-01"))));
    let error = outcome(
        &Binance,
        &item,
        None,
        &Cursor::Time(at_ms("2024-03-01")),
        &body,
    )
    .unwrap_err();
    assert!(error.contains("every row lies before"), "{error}");
    let last = Value::from(vec![bar(at_ms("2024-05-01"), at_ms("2024-06-01") - 1)]).to_string();
    assert_eq!(read(&Binance, &item, &Cursor::Start, &last).1, Next::End);
    assert!(
        try_ask(&Binance, &klines("7m", 0, 1), None, &Cursor::Start)
            .unwrap_err()
            .to_string()
            .contains("1s, 1m, 3m")
    );
}

fn at_ms(date: &str) -> i64 {
    sources::dates::parse(date).unwrap().timestamp_millis()
}

fn request(
    dataset: &str,
    symbols: &[&str],
    from: &str,
    to: &str,
    params: &[(&str, &str)],
) -> PlanRequest {
    bench::request(dataset, symbols, from, to, "2026-01-01", params)
}

#[test]
fn plans_say_what_they_cost() {
    let plan = Binance
        .plan(&request(
            "klines",
            &["BTCUSDT", "ETH-USDT", "btc-usdt"],
            "2024-01-01",
            "2024-01-03",
            &[],
        ))
        .unwrap();
    assert_eq!(
        plan.symbols,
        [Some("BTCUSDT".to_owned()), Some("ETH-USDT".to_owned())]
    );
    assert_eq!(
        (plan.items(), plan.rows, plan.requests),
        (2, Some(5_760), 6)
    );
    assert_eq!(plan.time_at_limit.as_millis(), 120);
    let plan = Binance
        .plan(&request(
            "klines",
            &["BTCUSDT"],
            "2020-01-01",
            "2024-01-01",
            &[("interval", "1s"), ("via", "rest")],
        ))
        .unwrap();
    assert_eq!(plan.rows, Some(126_230_400));
    assert_eq!(plan.requests, 126_231);
    let months = Binance
        .plan(&request(
            "klines",
            &["BTCUSDT"],
            "2023-12-15",
            "2024-03-01",
            &[("interval", "1M")],
        ))
        .unwrap();
    assert_eq!((months.rows, months.requests), (Some(2), 1));
    let weeks = Binance
        .plan(&request(
            "klines",
            &["BTCUSDT"],
            "2024-01-01",
            "2024-01-08",
            &[("interval", "1w")],
        ))
        .unwrap();
    assert_eq!(weeks.rows, Some(1));
    let trades = Binance
        .plan(&request(
            "trades",
            &["BTCUSDT"],
            "2024-01-01",
            "2024-01-03",
            &[("via", "rest")],
        ))
        .unwrap();
    assert_eq!(
        (trades.items(), trades.requests, trades.rows),
        (48, 48, None)
    );
}

#[test]
fn plans_that_cannot_be_are_refused_with_a_way_out() {
    let refused = |request: &PlanRequest| Binance.plan(request).unwrap_err().to_string();
    let trades = |symbols: &[&str], from, to| request("trades", symbols, from, to, &[]);
    assert!(refused(&trades(&["A-BTC"], "2025-12-31", "2026-01-02")).contains("is in the future"));
    assert!(refused(&trades(&["A-BTC"], "2024-01-02", "2024-01-01")).contains("reversed"));
    assert!(refused(&trades(&[], "2024-01-01", "2024-01-02")).contains("--symbols"));
    assert!(
        refused(&trades(&["BTC/USDT"], "2024-01-01", "2024-01-02"))
            .contains("\"BTC/USDT\" is no symbol")
    );
    assert!(
        refused(&request(
            "ticks",
            &["A-BTC"],
            "2024-01-01",
            "2024-01-02",
            &[]
        ))
        .contains("it has trades, klines")
    );
    assert!(
        refused(&request(
            "klines",
            &["A-BTC"],
            "2024-01-01",
            "2024-01-02",
            &[("interval", "1min")]
        ))
        .contains("12h, 1d, 3d, 1w, 1M")
    );
    let mut short = trades(&["A-BTC"], "2024-01-01", "2024-01-02");
    short.slice = Some(std::time::Duration::from_millis(999));
    assert!(refused(&short).contains("shorter than a second"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Any history, any slicing, any page length: each trade of the range comes exactly once.
    #[test]
    fn paging_yields_each_trade_once(
        gaps in proptest::collection::vec(0i64..4, 1..400),
        first_id in 0u64..1_000_000,
        page in 1usize..60,
        cuts in proptest::collection::btree_set(0i64..600, 2..6),
    ) {
        let mut ms = 0;
        let rows: Vec<_> = gaps.iter().zip(first_id..).map(|(gap, id)| { ms += gap; (id, ms) }).collect();
        let cuts: Vec<_> = cuts.into_iter().collect();
        let (from, to) = (cuts[0], cuts[cuts.len() - 1]);
        let expected: Vec<_> = rows.iter().filter(|(_, ms)| (from..to).contains(ms)).map(|(id, _)| *id).collect();
        let vendor = Trades { rows, page };
        let got: Vec<_> = cuts.windows(2).flat_map(|slice| ids(&run(&Binance, &trades("A-BTC", slice[0], slice[1]), &vendor, 2_000).0)).collect();
        prop_assert_eq!(got, expected);
    }

    /// No bytes make the parsers panic.
    #[test]
    fn any_bytes_are_read_or_refused(body in "[\\[\\]{}\",:0-9apqTm.e-]{0,60}") {
        let _ = outcome(&Binance, &trades("A-BTC", 0, 100), None, &Cursor::Start, &body);
        let _ = outcome(&Binance, &klines("1m", 0, 100), None, &Cursor::Start, &body);
    }
}
