//! Polygon: what is asked, how pages follow each other, and the traps of its replies.

use std::time::Duration;

use common::item::Item;
use sources::polygon::Polygon;
use sources::{Cursor, Next, Source, TokenIn, dates};

use crate::bench::{Tables, ask, by_ids, item, outcome, parse, read, request, try_ask};

fn slice(
    dataset: &str,
    symbol: Option<&str>,
    from: &str,
    to: &str,
    params: &[(&str, &str)],
) -> Item {
    let date = |text| dates::parse(text).unwrap();
    item("polygon", dataset, symbol, date(from), date(to), params)
}

fn saved(dataset: &str, body: &str) -> Result<Tables, String> {
    let item = by_ids("polygon", dataset, &[]);
    outcome(&Polygon, &item, None, &Cursor::Start, body).map(|(tables, _)| tables)
}

fn column(tables: &Tables, table: &str, name: &str) -> Vec<String> {
    let text = |value: &serde_json::Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    tables
        .of(table)
        .iter()
        .map(|row| text(&row[name]))
        .collect()
}

fn more(place: &str) -> Next {
    Next::More(Cursor::Token(place.to_owned()))
}

#[test]
fn questions_leave_nothing_to_the_vendors_defaults() {
    let klines = slice(
        "klines",
        Some("AAPL"),
        "2024-01-02",
        "2024-01-03",
        &[("interval", "5m"), ("adjusted", "false")],
    );
    let asked = ask(&Polygon, &klines, None, &Cursor::Start);
    assert_eq!(
        asked.path,
        "/v2/aggs/ticker/AAPL/range/5/minute/1704153600000/1704239999999"
    );
    assert_eq!(asked.token, TokenIn::Bearer);
    let query = |item: &Item| {
        let pairs = ask(&Polygon, item, None, &Cursor::Start).query;
        pairs
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join("&")
    };
    assert_eq!(query(&klines), "adjusted=false&sort=asc&limit=50000");
    let trades = slice(
        "trades",
        Some("BRK.A"),
        "2024-01-02",
        "2024-01-02T00:00:01Z",
        &[],
    );
    assert_eq!(
        query(&trades),
        "timestamp.gte=1704153600000000000&timestamp.lt=1704153601000000000&order=asc&sort=timestamp&limit=50000"
    );
    let grouped = slice(
        "grouped_daily",
        None,
        "2024-01-02",
        "2024-01-03",
        &[("adjusted", "true")],
    );
    let asked = ask(&Polygon, &grouped, None, &Cursor::Start);
    assert_eq!(
        asked.path,
        "/v2/aggs/grouped/locale/us/market/stocks/2024-01-02"
    );
    assert_eq!(asked.query[0], ("adjusted", "true".to_owned()));
    let bad = slice("trades", Some("A/../B"), "2024-01-02", "2024-01-03", &[]);
    assert!(
        try_ask(&Polygon, &bad, None, &Cursor::Start)
            .unwrap_err()
            .0
            .contains("no ticker")
    );
}

#[test]
fn the_next_page_is_asked_at_our_own_server_without_a_key() {
    let trades = slice("trades", Some("AAPL"), "2024-01-02", "2024-01-03", &[]);
    let page = |url: &str| format!(r#"{{"results":[],"status":"OK","next_url":"{url}"}}"#);
    let next = |url: &str| {
        outcome(&Polygon, &trades, None, &Cursor::Start, &page(url)).map(|(_, next)| next)
    };
    let place = "/v3/trades/AAPL?cursor=YXA9MQ%3D%3D&limit=50000";
    for host in ["api.polygon.io", "api.massive.com"] {
        let url =
            format!("https://{host}/v3/trades/AAPL?cursor=YXA9MQ==&apiKey=secret&limit=50000");
        assert_eq!(next(&url), Ok(more(place)), "{host}");
    }
    let asked = ask(&Polygon, &trades, None, &Cursor::Token(place.to_owned()));
    assert_eq!(asked.path, "/v3/trades/AAPL");
    assert_eq!(
        asked.query,
        [
            ("cursor", "YXA9MQ==".to_owned()),
            ("limit", "50000".to_owned())
        ]
    );
    for (bad, why) in [
        (
            "https://elsewhere.invalid/v3/trades/AAPL?cursor=1",
            "expected a host of the vendor",
        ),
        ("/v3/trades/AAPL?cursor=1", "expected an absolute URL"),
        (
            "https://api.massive.com/v3/trades/AAPL?callback=1",
            "callback",
        ),
    ] {
        let error = next(bad).unwrap_err();
        assert!(
            error.starts_with("at next_url: ") && error.contains(why),
            "{error}"
        );
    }
    let again = Cursor::Token("/v3/trades/AAPL?cursor=1".to_owned());
    let body = page("https://api.massive.com/v3/trades/AAPL?cursor=1");
    let error = outcome(&Polygon, &trades, None, &again, &body).unwrap_err();
    assert!(error.contains("the page it stands on"), "{error}");
}

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

const TRADES: &str = r#"{"status":"OK","results":[
    {"conditions":[12, 37],"correction":1,"exchange":11,"id":"7","participant_timestamp":1,"price":156.43,"sequence_number":8,"sip_timestamp":1704206000000000001,"size":10,"tape":3},
    {"exchange":4,"id":"7","trf_id":202,"price":1.5643e2,"sequence_number":9,"sip_timestamp":1704206000000000001,"size":0.25,"tape":3},
    {"exchange":12,"id":"7","price":156,"sequence_number":10,"sip_timestamp":1704206000000000001,"size":3,"conditions":[14,41]}]}"#;

#[test]
fn trades_keep_nanoseconds_and_ids_that_are_their_own() {
    let trades = slice("trades", Some("AAPL"), "2024-01-02", "2024-01-03", &[]);
    let (tables, next) = read(&Polygon, &trades, &Cursor::Start, TRADES);
    assert_eq!(next, Next::End);
    assert_eq!(
        column(&tables, "trades", "trade_id"),
        ["11::7", "4:202:7", "12::7"]
    );
    assert_eq!(column(&tables, "trades", "ts")[0], "1704206000000000001");
    assert_eq!(column(&tables, "trades", "amount"), ["10", "0.25", "3"]);
    assert_eq!(
        column(&tables, "trades", "quote_amount"),
        ["1564.3", "39.1075", "468"]
    );
    assert_eq!(
        column(&tables, "trades", "flags"),
        [
            "x=11,z=3,c=12+37,q=8,e=1",
            "x=4,r=202,z=3,q=9",
            "x=12,c=14+41,q=10"
        ]
    );
    let bad = TRADES.replace("1.5643e2", "\"x\"");
    assert!(
        saved("trades", &bad)
            .unwrap_err()
            .starts_with("at results[1].price: not a decimal number")
    );
    let bad = TRADES.replace("[14,41]", "[14,\"I\"]");
    assert!(
        saved("trades", &bad)
            .unwrap_err()
            .starts_with("at results[2].conditions: ")
    );
    assert_eq!(
        saved("trades", r#"{"trades":[]}"#).unwrap_err(),
        "at .: missing field `results`, expected a list of rows"
    );
}

#[test]
fn the_retired_layout_of_ticks_is_read_too() {
    let body = r#"{"ticker":"AAPL","success":true,"results_count":1,"results":[
        {"t":1517562000016036600,"y":1,"q":1063,"i":"1","x":11,"s":100,"c":[12,41],"p":171.55,"z":3}]}"#;
    let tables = saved("trades", body).unwrap();
    assert_eq!(column(&tables, "trades", "symbol"), ["AAPL"]);
    assert_eq!(column(&tables, "trades", "trade_id"), ["11::1"]);
    let body = r#"{"ticker":"AAPL","success":true,"results":[
        {"t":1517562000065700400,"q":2060,"p":102.7,"s":60,"x":11,"P":0,"S":0,"X":0,"c":[1,6],"z":3}]}"#;
    let tables = saved("quotes", body).unwrap();
    assert_eq!(column(&tables, "quotes", "bid_price"), ["102.7"]);
    assert_eq!(column(&tables, "quotes", "bid_exchange"), ["11"]);
    assert_eq!(column(&tables, "quotes", "ask_price"), ["null"]);
    assert_eq!(column(&tables, "quotes", "ask_exchange"), ["null"]);
    assert_eq!(column(&tables, "quotes", "conditions"), ["1,6"]);
}

#[test]
fn sizes_of_quotes_are_lots_then_shares() {
    let quote = |ts: &str| {
        let body = format!(
            r#"{{"status":"OK","results":[{{"sip_timestamp":{ts},"sequence_number":5,"bid_price":1,"bid_size":2,"bid_exchange":3,"ask_price":1.01,"ask_size":4,"ask_exchange":5}}]}}"#
        );
        column(&saved("quotes", &body).unwrap(), "quotes", "amount_unit").remove(0)
    };
    assert_eq!(quote("1762145999999999999"), "lots");
    assert_eq!(quote("1762146000000000000"), "shares");
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

#[test]
fn plans_follow_the_vendors_advice() {
    let plan = |dataset: &str, symbols: &[&str], params: &[(&str, &str)]| {
        let request = request(
            dataset,
            symbols,
            "2024-01-01",
            "2024-03-01",
            "2024-06-01",
            params,
        );
        Polygon.plan(&request)
    };
    let minutes = plan("klines", &["AAPL", "AAPL", "aapl"], &[("interval", "1m")]).unwrap();
    assert_eq!(
        minutes.items(),
        4,
        "two months of two tickers: case matters"
    );
    assert_eq!(minutes.time_at_limit, Duration::from_secs(48));
    assert_eq!(
        plan("klines", &["A"], &[("interval", "1d")])
            .unwrap()
            .items(),
        1
    );
    assert_eq!(plan("grouped_daily", &[], &[]).unwrap().items(), 60);
    assert_eq!(plan("splits", &[], &[]).unwrap().items(), 1);
    assert_eq!(plan("trades", &["A"], &[]).unwrap().items(), 60);
    for (dataset, symbols, params, why) in [
        (
            "klines",
            &["A"][..],
            &[("interval", "1x")][..],
            "no interval",
        ),
        (
            "klines",
            &["A"],
            &[("interval", "1m"), ("adjusted", "yes")],
            "true or false",
        ),
        ("trades", &[], &[], "--symbols"),
        ("trades", &["A B"], &[], "no ticker"),
        (
            "bars_from_trades",
            &["A"],
            &[("interval", "7m")],
            "divide a day",
        ),
    ] {
        let error = plan(dataset, symbols, params).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn splits_and_documents_are_kept() {
    let body = r#"{"status":"OK","results":[
        {"execution_date":"2024-06-10","split_from":1,"split_to":10,"ticker":"AAA","id":"E1"},
        {"execution_date":"2024-07-10","split_from":1.5,"split_to":1,"ticker":"BBB"}]}"#;
    let tables = saved("splits", body).unwrap();
    assert_eq!(
        column(&tables, "splits", "execution_date")[0],
        "1717977600000000000"
    );
    assert_eq!(column(&tables, "splits", "split_from"), ["1", "1.5"]);
    let june = slice(
        "splits",
        None,
        "2024-06-01",
        "2024-07-01",
        &[("ticker", "AAA")],
    );
    assert_eq!(
        read(&Polygon, &june, &Cursor::Start, body)
            .0
            .of("splits")
            .len(),
        1
    );
    let query = ask(&Polygon, &june, None, &Cursor::Start).query;
    assert!(query.contains(&("execution_date.lte", "2024-06-30".to_owned())));
    assert!(query.contains(&("ticker", "AAA".to_owned())));
    let body = r#"{"status":"OK","results":[{"ticker":"AAA","ex_dividend_date":"2024-06-10","dividend_type":"CD","cash_amount":0.10}]}"#;
    let tables = saved("dividends", body).unwrap();
    assert_eq!(
        column(&tables, "documents", "id"),
        ["AAA:2024-06-10:CD:0.10"]
    );
    let body = r#"{"status":"OK","from":"2024-06-10","symbol":"AAA","open":1,"close":2}"#;
    assert_eq!(
        column(&saved("open_close", body).unwrap(), "documents", "id"),
        ["AAA:2024-06-10:raw"]
    );
    assert_eq!(
        column(&saved("open_close", body).unwrap(), "documents", "body"),
        [body]
    );
}
