//! Polygon: what is asked, how pages follow each other, and what becomes documents.

mod bars;
mod ticks;

use std::time::Duration;

use common::item::Item;
use sources::polygon::Polygon;
use sources::{Cursor, Next, Source, TokenIn, dates};

use crate::bench::{Tables, ask, by_ids, item, outcome, read, request, try_ask};

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
