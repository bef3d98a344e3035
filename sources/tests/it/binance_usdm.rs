//! Binance USD-M futures against tiny vendors that page as documented.

use crate::bench::{self, Vendor, ask, at, by_ids, item, outcome, read, read_at, run, try_ask};
use common::item::Item;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use sources::binance_usdm::BinanceUsdm;
use sources::{Cursor, Next, Source};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

fn ranged(dataset: &str, from_ms: i64, to_ms: i64, params: &[(&str, &str)]) -> Item {
    item(
        "binance-usdm",
        dataset,
        Some("BTC-USDT"),
        at(from_ms),
        at(to_ms),
        params,
    )
}

fn number(query: &[(&'static str, String)], name: &str) -> Option<i64> {
    let (_, value) = query.iter().find(|(key, _)| *key == name)?;
    Some(value.parse().unwrap())
}

#[test]
fn trades_are_asked_for_within_an_hour_and_then_by_id() {
    let start = ask(
        &BinanceUsdm,
        &ranged("trades", 0, HOUR, &[]),
        None,
        &Cursor::Start,
    );
    assert_eq!(start.path, "/fapi/v1/aggTrades");
    assert_eq!(
        (start.cost.budget, start.cost.units),
        ("binance-usdm.weight", 20)
    );
    assert_eq!(
        number(&start.query, "endTime").unwrap() - number(&start.query, "startTime").unwrap(),
        HOUR - 1
    );
    let next = ask(
        &BinanceUsdm,
        &ranged("trades", 0, HOUR, &[]),
        None,
        &Cursor::Id(7),
    );
    assert_eq!(number(&next.query, "fromId"), Some(7));
    assert!(next.query.iter().all(|(name, _)| !name.ends_with("Time")));
    let long = try_ask(
        &BinanceUsdm,
        &ranged("trades", 0, HOUR + 1, &[]),
        None,
        &Cursor::Start,
    );
    assert!(long.unwrap_err().0.contains("less than 60 minutes"));
}

#[test]
fn a_trade_has_fields_that_spot_has_not() {
    let body =
        r#"[{"a":5,"p":"49.73","q":"2.806","nq":"2","f":1,"l":1,"T":1602819698024,"m":true}]"#;
    let (tables, _) = read(
        &BinanceUsdm,
        &by_ids("binance-usdm", "trades", &[]),
        &Cursor::Start,
        body,
    );
    let row = &tables.of("trades")[0];
    assert_eq!(
        (&row["source"], &row["side"], &row["quote_amount"]),
        (&json!("binance-usdm"), &json!("sell"), &json!("139.54238"))
    );
    let raw = r#"[{"id":28457,"price":"4.00000100","qty":"12.5","quoteQty":"48","time":1499865549590,"isBuyerMaker":false,"isRPITrade":true}]"#;
    let (tables, _) = read(
        &BinanceUsdm,
        &by_ids("binance-usdm", "trades", &[]),
        &Cursor::Start,
        raw,
    );
    assert_eq!(tables.of("trades")[0]["side"], "buy");
}

#[test]
fn an_empty_page_of_days_that_are_gone_is_not_an_empty_hour() {
    let item = ranged("trades", 100 * DAY, 100 * DAY + HOUR, &[]);
    let (_, next) = read_at(&BinanceUsdm, &item, &Cursor::Start, "[]", 102 * DAY);
    assert_eq!(next, Next::End);
    let reply = sources::Reply {
        item: &item,
        id: None,
        cursor: &Cursor::Start,
        instruments: &sources::Instruments::default(),
        body: b"[]",
        fetched_at_ms: 102 * DAY + 1,
    };
    let error = bench::parse(&BinanceUsdm, &reply).unwrap_err();
    assert!(
        error.contains("not available from this vendor") && error.contains("48 hours"),
        "{error}"
    );
}

#[test]
fn bars_cost_by_how_many_are_asked_for() {
    let cost = |interval, to| {
        let item = ranged("klines", 0, to, &[("interval", interval)]);
        let ask = ask(&BinanceUsdm, &item, None, &Cursor::Start);
        (number(&ask.query, "limit").unwrap(), ask.cost.units)
    };
    assert_eq!(cost("1d", 10 * DAY), (11, 1));
    assert_eq!(cost("1h", 10 * DAY), (241, 2));
    assert_eq!(cost("1m", 10 * DAY), (1_000, 5));
    let seconds = ranged("klines", 0, HOUR, &[("interval", "1s")]);
    assert!(
        try_ask(&BinanceUsdm, &seconds, None, &Cursor::Start)
            .unwrap_err()
            .0
            .contains("it has 1m, 3m")
    );
}

/// Fundings as `(milliseconds, rate type)`.
struct Fundings {
    rows: Vec<(i64, &'static str)>,
    page: usize,
}

impl Vendor for Fundings {
    fn answer(&self, query: &[(&'static str, String)]) -> String {
        let from = number(query, "startTime").unwrap();
        let rows: Vec<Value> = self
            .rows
            .iter()
            .filter(|(ms, _)| *ms >= from)
            .take(self.page)
            .map(|(ms, kind)| json!({"symbol": "BTCUSDT", "fundingTime": ms, "fundingRate": "-0.00010000", "markPrice": "", "rateType": kind}))
            .collect();
        Value::from(rows).to_string()
    }
}

fn fundings(rows: &[Map<String, Value>]) -> Vec<(i64, String, Option<i64>)> {
    let row = |row: &Map<String, Value>| {
        let ns: i64 = row["funding_time"].as_str().unwrap().parse().unwrap();
        (
            ns / 1_000_000,
            row["kind"].as_str().unwrap().to_owned(),
            row["interval_hours"].as_i64(),
        )
    };
    rows.iter().map(row).collect()
}

#[test]
fn a_funding_knows_the_one_before_also_across_pages_and_slices() {
    let jitter = |n: i64| n * 7 % 45;
    let mut rows: Vec<_> = (0..200)
        .map(|n| (n * 8 * HOUR + jitter(n), "Regular"))
        .collect();
    // Paid beside the regular one, at the end of a page.
    rows.insert(60, (rows[59].0, "Special"));
    for page in [4, 7, 60, 1_000] {
        let vendor = Fundings {
            rows: rows.clone(),
            page,
        };
        let (from, to) = (10 * DAY, 50 * DAY);
        let middle = 31 * DAY;
        let mut got = Vec::new();
        for (from, to) in [(from, middle), (middle, to)] {
            let (read, _) = run(
                &BinanceUsdm,
                &ranged("funding_rates", from, to, &[]),
                &vendor,
                200,
            );
            got.extend(fundings(&read));
        }
        let expected: Vec<_> = rows
            .iter()
            .filter(|(ms, _)| (from..to).contains(ms))
            .map(|(ms, kind)| (*ms, kind.to_lowercase(), Some(8)))
            .collect();
        assert_eq!(got, expected, "page {page}");
    }
}

#[test]
fn where_fundings_begin_and_end() {
    let vendor = Fundings {
        rows: vec![(10 * DAY, "Regular"), (10 * DAY + 4 * HOUR, "Regular")],
        page: 1_000,
    };
    let got = |from, to| {
        let (read, requests) = run(
            &BinanceUsdm,
            &ranged("funding_rates", from, to, &[]),
            &vendor,
            10,
        );
        (
            fundings(&read).iter().map(|row| row.2).collect::<Vec<_>>(),
            requests,
        )
    };
    // The first of all has none before it.
    assert_eq!(got(9 * DAY, 20 * DAY), (vec![None, Some(4)], 2));
    // After the last one there is only what lies before.
    assert_eq!(got(10 * DAY + 5 * HOUR, 20 * DAY), (vec![], 2));
    assert_eq!(got(19 * DAY, 20 * DAY), (vec![], 1));
}

#[test]
fn old_and_running_fundings() {
    let read = |dataset: &str, body: &str| {
        let (tables, _) = read(
            &BinanceUsdm,
            &by_ids("binance-usdm", dataset, &[]),
            &Cursor::Start,
            body,
        );
        tables.remove("funding_rates")
    };
    let old = read(
        "funding_rates",
        r#"[{"symbol":"LTCUSDT","fundingRate":"0.00018534","fundingTime":1602806400002}]"#,
    );
    assert_eq!(
        Value::from(old[0].clone()),
        json!({
            "source": "binance-usdm", "symbol": "LTC-USDT-PERP", "venue_symbol": "LTCUSDT",
            "funding_time": "1602806400002000000", "funding_rate": "0.00018534", "mark_price": null,
            "interval_hours": null, "kind": "regular", "index_price": null, "rate_8h": null,
        })
    );
    let running = r#"[{"symbol":"BTCUSDT","markPrice":"11.5","indexPrice":"11.4","estimatedSettlePrice":"1","lastFundingRate":"0.00038246","interestRate":"0.0001","nextFundingTime":1597392000000,"time":1597370495002},
        {"symbol":"BTCUSDT_240628","markPrice":"11.5","indexPrice":"11.4","lastFundingRate":"","interestRate":"","nextFundingTime":0,"time":1597370495002}]"#;
    for dataset in ["funding_rates", "funding_rates_now"] {
        let rows = read(dataset, running);
        assert_eq!(rows.len(), 1);
        assert_eq!(
            (
                &rows[0]["kind"],
                &rows[0]["index_price"],
                &rows[0]["funding_time"]
            ),
            (
                &json!("predicted"),
                &json!("11.4"),
                &json!("1597392000000000000")
            )
        );
    }
    let info = r#"[{"symbol":"BLZUSDT","fundingIntervalHours":8}]"#;
    let refused = outcome(
        &BinanceUsdm,
        &by_ids("binance-usdm", "funding_rates", &[]),
        None,
        &Cursor::Start,
        info,
    );
    assert!(refused.unwrap_err().contains("missing field `fundingRate`"));
}

/// Rows at the ends of periods; the newest of a window that holds more than a page.
struct Statistics {
    missing: Vec<i64>,
    until: i64,
    page: i64,
}

impl Vendor for Statistics {
    fn answer(&self, query: &[(&'static str, String)]) -> String {
        let length = HOUR / 12;
        let (from, to) = (
            number(query, "startTime").unwrap(),
            number(query, "endTime").unwrap(),
        );
        assert!(
            to - from < 500 * length,
            "the window holds more than a page"
        );
        let steps = (from + length - 1) / length..=to.min(self.until) / length;
        let rows: Vec<Value> = steps
            .filter(|step| !self.missing.contains(step))
            .take(self.page as usize)
            .map(|step| json!({"symbol": "BTCUSDT", "sumOpenInterest": "5.5", "sumOpenInterestValue": "11", "timestamp": (step * length).to_string()}))
            .collect();
        Value::from(rows).to_string()
    }
}

#[test]
fn a_month_is_walked_in_windows_of_a_page() {
    let length = HOUR / 12;
    let missing: Vec<i64> = (700..1_900).chain([3]).collect();
    for page in [500, 37] {
        let vendor = Statistics {
            missing: missing.clone(),
            until: 9 * DAY,
            page,
        };
        let item = ranged(
            "open_interest",
            length + 1,
            9 * DAY + DAY,
            &[("period", "5m")],
        );
        let (rows, _) = run(&BinanceUsdm, &item, &vendor, 300);
        let got: Vec<i64> = rows
            .iter()
            .map(|row| row["ts"].as_str().unwrap().parse::<i64>().unwrap() / 1_000_000 / length)
            .collect();
        let expected: Vec<_> = (2..=9 * 288)
            .filter(|step| !missing.contains(step))
            .collect();
        assert_eq!(got, expected, "page {page}");
    }
    let exact = Statistics {
        missing: Vec::new(),
        until: DAY * 9,
        page: 500,
    };
    let (rows, requests) = run(
        &BinanceUsdm,
        &ranged("open_interest", DAY, 2 * DAY, &[]),
        &exact,
        5,
    );
    assert_eq!((rows.len(), requests), (288, 1));
}

#[test]
fn open_interest_in_all_its_layouts() {
    let row = |dataset: &str, body: &str| {
        let (tables, _) = read(
            &BinanceUsdm,
            &by_ids("binance-usdm", dataset, &[]),
            &Cursor::Start,
            body,
        );
        Value::from(tables.of("open_interest")[0].clone())
    };
    let history = r#"[{"symbol":"BTCUSDT","sumOpenInterest":"20403.12345678","sumOpenInterestValue":"176.5","CMCCirculatingSupply":"1","timestamp":1591261042378}]"#;
    assert_eq!(
        row("open_interest", history),
        json!({
            "source": "binance-usdm", "symbol": "BTC-USDT-PERP", "venue_symbol": "BTCUSDT",
            "ts": "1591261042378000000", "open_interest": "20403.12345678",
            "open_interest_base": "20403.12345678", "open_interest_value": "176.5",
        })
    );
    let now = r#"{"openInterest":"10659.509","symbol":"BTCUSDT_240628","time":1589437530011}"#;
    for dataset in ["open_interest", "open_interest_now"] {
        assert_eq!(row(dataset, now)["symbol"], "BTC-USDT-20240628");
    }
    let coins = r#"{"symbol":"ETHUSD_PERP","pair":"ETHUSD","openInterest":"26542436","contractType":"PERPETUAL","time":1677360272224}"#;
    assert_eq!(
        row("open_interest", coins)["open_interest_base"],
        Value::Null
    );
    let option = r#"[{"symbol":"ETH-230225-1625-C","sumOpenInterest":"460.50","sumOpenInterestUsd":"7.5","timestamp":"1677304860000"}]"#;
    assert_eq!(row("open_interest", option)["open_interest_value"], "7.5");
}

#[test]
fn ratios_are_of_the_kind_that_was_asked_for() {
    let body = r#"[{"symbol":"BTCUSDT","longShortRatio":"1.4342","longAccount":"0.5891","shortAccount":"0.4108","timestamp":"1583139600000"}]"#;
    let mut saved = by_ids("binance-usdm", "long_short_ratios", &[]);
    for (kind, path) in [
        ("top_positions", "topLongShortPositionRatio"),
        ("top_accounts", "topLongShortAccountRatio"),
        ("accounts", "globalLongShortAccountRatio"),
    ] {
        saved.params = [
            ("kind".to_owned(), kind.to_owned()),
            ("period".to_owned(), "1h".to_owned()),
        ]
        .into();
        let (tables, _) = read(&BinanceUsdm, &saved, &Cursor::Start, body);
        let row = &tables.of("long_short_ratios")[0];
        assert_eq!(
            (&row["kind"], &row["period"], &row["ratio"], &row["short"]),
            (
                &json!(kind),
                &json!("1h"),
                &json!("1.4342"),
                &json!("0.4108")
            )
        );
        let ask = ask(
            &BinanceUsdm,
            &ranged("long_short_ratios", 0, DAY, &[("kind", kind)]),
            None,
            &Cursor::Start,
        );
        assert_eq!(ask.path, format!("/futures/data/{path}"));
        assert_eq!((ask.cost.budget, ask.cost.units), ("binance-usdm.data", 1));
    }
}

#[test]
fn saved_liquidations_are_read() {
    let list = r#"[{"symbol":"BTCUSDT","price":"7918.33","origQty":"0.014","executedQty":"0.014","averagePrice":"7900.5","status":"FILLED","timeInForce":"IOC","type":"LIMIT","side":"SELL","time":1568014460893}]"#;
    let order = r#"{"s":"BTCUSDT","S":"SELL","o":"LIMIT","f":"IOC","q":"0.014","p":"7918.33","ap":"7900.5","X":"FILLED","l":"0.014","z":"0.014","T":1568014460893}"#;
    let frame = format!(r#"{{"e":"forceOrder","E":1568014460893,"o":{order}}}"#);
    let wrapped = format!(r#"{{"stream":"btcusdt@forceOrder","data":{frame}}}"#);
    for body in [list, order, &frame, &wrapped] {
        let (tables, _) = read(
            &BinanceUsdm,
            &by_ids("binance-usdm", "liquidations", &[]),
            &Cursor::Start,
            body,
        );
        assert_eq!(
            Value::from(tables.of("liquidations")[0].clone()),
            json!({
                "source": "binance-usdm", "symbol": "BTC-USDT-PERP", "venue_symbol": "BTCUSDT",
                "ts": "1568014460893000000", "liquidation_id": "1568014460893-sell-7918.33-0.014",
                "side": "sell", "price": "7918.33", "amount": "0.014", "base_amount": "0.014",
                "quote_amount": "110.85662", "flags": "filled,average=7900.5",
            }),
            "{body}"
        );
    }
}

proptest! {
    /// No bytes make a parser panic.
    #[test]
    fn any_bytes_are_read_or_refused(body in "[\\[\\]{}\",:0-9apqTmsymbol.e-]{0,60}") {
        for dataset in BinanceUsdm.datasets() {
            let _ = outcome(&BinanceUsdm, &ranged(dataset.name, 0, HOUR, &[]), None, &Cursor::Start, &body);
            let _ = outcome(&BinanceUsdm, &by_ids("binance-usdm", dataset.name, &[]), None, &Cursor::Start, &body);
        }
    }
}
