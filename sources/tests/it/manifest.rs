//! Sources that manifests describe: the examples that are delivered, with replies in the layouts
//! of their vendors, and what a check says of a manifest that is wrong.

use std::time::Duration;

use common::item::Item;
use serde_json::{Map, Value};
use sources::manifest::Manifest;
use sources::{Cursor, Instruments, Next, Reply, ReplyHead, Source, TokenIn, Verdict, dates};

use crate::bench::{ask, by_ids, item, outcome, parse, try_ask};

const KRAKEN: &str = include_str!("../../../config/sources/kraken.toml");
const OPENLIGADB: &str = include_str!("../../../config/sources/openligadb.toml");
const FRANKFURTER: &str = include_str!("../../../config/sources/frankfurter.toml");

pub(crate) fn manifest(text: &str) -> Manifest {
    Manifest::read("x.toml", text).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

pub(crate) fn slice(
    source: &str,
    dataset: &str,
    symbol: Option<&str>,
    from: &str,
    to: &str,
) -> Item {
    let [from, to] = [from, to].map(|text| dates::parse(text).unwrap());
    item(source, dataset, symbol, from, to, &[])
}

fn verdict(source: &Manifest, status: u16, body: &str) -> Verdict {
    let head = ReplyHead {
        status,
        headers: Vec::new(),
    };
    source.judge(&head, body.as_bytes())
}

pub(crate) fn more(next: Next) -> Cursor {
    match next {
        Next::More(cursor) => cursor,
        Next::End => panic!("the end"),
    }
}

pub(crate) fn texts<'r>(rows: &'r [Map<String, Value>], column: &str) -> Vec<&'r str> {
    rows.iter()
        .map(|row| row[column].as_str().unwrap())
        .collect()
}

#[test]
fn kraken_trades_follow_the_token_to_its_end() {
    let source = manifest(KRAKEN);
    let item = slice(
        "kraken",
        "trades",
        Some("BTC-USD"),
        "2023-07-06",
        "2023-07-07",
    );
    let first = ask(&source, &item, None, &Cursor::Start);
    assert_eq!(
        (first.path.as_str(), first.token),
        ("/0/public/Trades", TokenIn::Nowhere)
    );
    let query = |ask: &sources::Ask| -> Vec<String> {
        ask.query
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect()
    };
    assert_eq!(
        query(&first),
        ["count=1000", "pair=XBTUSD", "since=1688601599999999999"]
    );
    let body = r#"{"error":[],"result":{"XXBTZUSD":[
        ["30243.40000","0.34507674",1688669597.8277369,"b","m","",61044952],
        ["30243.30000","0.00376960",1688669598.2804112,"s","l","",61044953]],"last":"1688669598280411269"}}"#;
    let (tables, next) = outcome(&source, &item, None, &Cursor::Start, body).unwrap();
    let rows = tables.of("trades");
    let expected = serde_json::json!({
        "source": "kraken", "symbol": "BTC-USD", "venue_symbol": "XBTUSD", "trade_id": "61044952",
        "ts": "1688669597827736900", "price": "30243.4", "amount": "0.34507674", "side": "buy",
        "base_amount": "0.34507674", "quote_amount": null, "flags": "market", "exchange": "",
    });
    assert_eq!(Value::Object(rows[0].clone()), expected);
    assert_eq!((rows[1]["side"].as_str(), rows.len()), (Some("sell"), 2));
    let cursor = more(next);
    assert_eq!(
        query(&ask(&source, &item, None, &cursor))[2],
        "since=1688669598280411269"
    );
    // At the end the token comes back as it was sent, with no row.
    let empty = r#"{"error":[],"result":{"XXBTZUSD":[],"last":"1688669598280411269"}}"#;
    let (_, next) = outcome(&source, &item, None, &cursor, empty).unwrap();
    assert_eq!(next, Next::End);
    // Rows past the slice end it and are left out.
    let later = body.replace("1688669598.2804112", "1688688000.0");
    let (tables, next) = outcome(&source, &item, None, &Cursor::Start, &later).unwrap();
    assert_eq!((tables.of("trades").len(), next), (1, Next::End));
    let stuck = outcome(&source, &item, None, &cursor, body).unwrap_err();
    assert!(
        stuck.contains("the same page came again") || stuck.contains("next token"),
        "{stuck}"
    );
    let refused = slice(
        "kraken",
        "trades",
        Some("BTC-USDD"),
        "2023-07-06",
        "2023-07-07",
    );
    let refused = try_ask(&source, &refused, None, &Cursor::Start).unwrap_err();
    assert!(refused.0.contains("nearest is BTC-USD"), "{refused}");
}

#[test]
fn kraken_refuses_inside_status_200() {
    let source = manifest(KRAKEN);
    let said = |words: &str| verdict(&source, 200, &format!(r#"{{"error":["{words}"]}}"#));
    let Verdict::Reject { reason } = said("EQuery:Unknown asset pair") else {
        panic!("not refused")
    };
    assert_eq!(reason, "status 200: EQuery:Unknown asset pair");
    let Verdict::Blocked { wait, .. } = said("EGeneral:Too many requests") else {
        panic!("not blocked")
    };
    assert_eq!(wait, Duration::from_secs(30));
    assert!(matches!(said("EService:Busy"), Verdict::Retry { .. }));
    assert_eq!(
        verdict(&source, 200, r#"{"error":[],"result":{}}"#),
        Verdict::Ok
    );
    assert!(matches!(
        verdict(&source, 200, "<html>"),
        Verdict::Retry { .. }
    ));
    assert!(matches!(
        verdict(&source, 502, "<html>"),
        Verdict::Retry { .. }
    ));
    assert!(matches!(verdict(&source, 429, ""), Verdict::Blocked { .. }));
}

#[test]
fn kraken_bars_that_are_open_are_left_out() {
    let source = manifest(KRAKEN);
    let mut item = slice(
        "kraken",
        "klines",
        Some("XBTUSD"),
        "2023-07-06",
        "2023-07-07",
    );
    item.params.insert("interval".into(), "60".into());
    let body = br#"{"error":[],"result":{"XXBTZUSD":[
        [1688598000,"1","1","1","1","1","1",1],
        [1688601600,"30306.1","30306.2","30305.7","30305.7","30306.1","3.39243896",23],
        [1688605200,"30306.1","30306.2","30305.7","30305.7","30306.1","3.39243896",23]],"last":1688598000}}"#;
    let reply = Reply {
        item: &item,
        id: None,
        cursor: &Cursor::Start,
        instruments: &Instruments::default(),
        body,
        fetched_at_ms: 1_688_605_201_000,
    };
    let (tables, next) = parse(&source, &reply).unwrap();
    let rows = tables.of("klines");
    assert_eq!((rows.len(), next), (1, Next::End));
    assert_eq!(texts(rows, "interval"), ["1h"]);
    assert_eq!(texts(rows, "symbol"), ["BTC-USD"]);
    assert_eq!(
        (
            rows[0]["adjusted"].as_str(),
            rows[0]["trade_count"].as_i64()
        ),
        (Some("raw"), Some(23))
    );
}

#[test]
fn openligadb_picks_results_and_goals_out_of_a_match() {
    let source = manifest(OPENLIGADB);
    let body = r#"{"matchID":66630,"matchDateTime":"2023-08-18T20:30:00","leagueId":4608,
        "leagueName":"1. Liga","leagueSeason":2023,"matchDateTimeUTC":"2023-08-18T18:30:00Z",
        "group":{"groupName":"1. Spieltag","groupOrderID":1,"groupID":41839},
        "team1":{"teamId":134,"teamName":"Heim"},"team2":{"teamId":40,"teamName":"Gast"},
        "matchIsFinished":true,
        "matchResults":[{"resultName":"Endergebnis","pointsTeam1":0,"pointsTeam2":4,"resultTypeID":2},
                        {"resultName":"Halbzeit","pointsTeam1":0,"pointsTeam2":1,"resultTypeID":1}],
        "goals":[{"goalID":7,"scoreTeam1":0,"scoreTeam2":1,"matchMinute":4,"goalGetterID":9,"goalGetterName":"A. B."}],
        "location":null}"#;
    let read = |dataset: &str| {
        let item = by_ids("openligadb", dataset, &["66630"]);
        let asked = ask(&source, &item, Some("66630"), &Cursor::Start);
        assert_eq!(asked.path, "/getmatchdata/66630");
        let (tables, next) = outcome(&source, &item, Some("66630"), &Cursor::Start, body).unwrap();
        assert_eq!(next, Next::End);
        tables
    };
    let tables = read("matches");
    let row = &tables.of("matches")[0];
    for (column, value) in [
        ("match_id", "66630"),
        ("season", "2023"),
        ("stage", "1. Spieltag"),
        ("utc_kickoff", "1692383400000000000"),
        ("status", "finished"),
        ("away_team", "Gast"),
    ] {
        assert_eq!(row[column], value, "{column}");
    }
    let scores = [
        "home_score",
        "away_score",
        "home_score_half",
        "away_score_half",
        "matchday",
    ];
    assert_eq!(
        scores.map(|score| row[score].as_i64()),
        [Some(0), Some(4), Some(0), Some(1), Some(1)]
    );
    assert!(row["venue"].is_null() && row["home_score_90"].is_null());
    let tables = read("goals");
    let goal = &tables.of("match_events")[0];
    assert_eq!(
        (goal["match_id"].as_str(), goal["minute"].as_i64()),
        (Some("66630"), Some(4))
    );
    let tables = read("match_documents");
    let document = &tables.of("documents")[0];
    assert_eq!(
        (document["id"].as_str(), document["body"].as_str()),
        (Some("66630"), Some(body))
    );
}

#[test]
fn frankfurter_rates_are_members_of_members() {
    let source = manifest(FRANKFURTER);
    let mut item = slice("frankfurter", "rates", None, "2024-01-01", "2024-01-04");
    let params = [("base".to_owned(), "EUR".to_owned())];
    item.params.extend(params);
    let asked = ask(&source, &item, None, &Cursor::Start);
    assert_eq!(asked.path, "/v1/2024-01-01..2024-01-03");
    assert_eq!(asked.query, [("base", "EUR".to_owned())]);
    let body = r#"{"amount":1.0,"base":"EUR","start_date":"2023-12-29","end_date":"2024-01-03",
        "rates":{"2023-12-29":{"USD":1.105},"2024-01-02":{"CHF":0.9305,"USD":1.0956},"2024-01-03":{"USD":1.0919}}}"#;
    let (tables, next) = outcome(&source, &item, None, &Cursor::Start, body).unwrap();
    let rows = tables.of("tickers");
    assert_eq!(next, Next::End);
    assert_eq!(texts(rows, "symbol"), ["EUR-CHF", "EUR-USD", "EUR-USD"]);
    assert_eq!(texts(rows, "last"), ["0.9305", "1.0956", "1.0919"]);
    assert_eq!(rows[0]["ts"], "1704153600000000000");
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let text = r#"
        name = "binance"
        base_url = "vendor.invalid"
        colour = "red"
        auth = { style = "heder" }
        [limits]
        requests_per_minutes = 3
        delay_ms = [5, 1]
        [errors]
        status = "a"
        [[dataset]]
        name = "trades"
        by = "time"
        path = "v1/trades"
        query = { a = "{symbol}", b = "{form}", c = "{param.x}" }
        cursor = { style = "time", path = "t" }
        rows = "data..x"
        table = "tradess"
        [[dataset]]
        name = "more"
        path = "/v1"
        table = "trades"
        slice = "1y"
        cursor = { style = "token" }
        [dataset.columns]
        prise = "p"
        price = { path = "p", type = "time_ms" }
        ts = "t"
        amount = "a..b"
        side = { path = "s", value = "buy" }
        symbol = "{key.1}"
        flags = 7
    "#;
    let problems = Manifest::read("some.toml", text).unwrap_err();
    for expected in [
        "some.toml: name: \"binance\" is a built-in source; write another, such as my-binance",
        "some.toml: base_url: \"vendor.invalid\" is no URL; write https://host",
        "some.toml: colour: unknown key; the nearest is ",
        "some.toml: auth.style: \"heder\" is none of header, bearer, query, form, header_pair; write \"header\"",
        "some.toml: limits.requests_per_minutes: unknown key; the nearest is requests_per_minute",
        "some.toml: limits.delay_ms: must be [least, most]",
        "some.toml: errors.status: status and status_ok belong together",
        "some.toml: dataset[0].path: \"v1/trades\" must begin with /",
        "some.toml: dataset[0].query.b: unknown placeholder {form}; write {from}",
        "some.toml: dataset[0].cursor.ties: \"again\" needs the page_size",
        "some.toml: dataset[0].rows: \"data..x\" lacks a name beside a .; write a path",
        "some.toml: dataset[0].table: there is no table \"tradess\"; the nearest is trades",
        "some.toml: dataset[0]: {symbol} is used, but the dataset has none; write symbols = true",
        "some.toml: dataset[0]: {param.x} is not in params; the nearest is none",
        "some.toml: dataset[1].by: is missing; write by = \"time\", \"id\" or \"now\"",
        "some.toml: dataset[1].slice: \"1y\" is no length of time; write 15m, 6h or 1d",
        "some.toml: dataset[1].cursor.path: is missing; write path = \"next_token\"",
        "some.toml: dataset[1].columns.prise: trades has no such column; the nearest is price",
        "some.toml: dataset[1].columns.price.type: time_ms does not fit, the column takes a decimal; write decimal",
        "some.toml: dataset[1].columns.ts.type: is missing; write one of time_s",
        "some.toml: dataset[1].columns.amount.path: \"a..b\" lacks a name",
        "some.toml: dataset[1].columns.side.value: stands beside path; leave one of them out",
        "some.toml: dataset[1].columns.symbol.value: {key.1} is used, but rows has 0 stars",
        "some.toml: dataset[1].columns.flags: integer, expected a path in quotes or a table",
        "some.toml: dataset[1].columns.trade_id: is missing; trades needs it, write where a text stands",
        "some.toml: dataset[1].columns.venue_symbol: is missing",
    ] {
        let times = problems
            .iter()
            .filter(|problem| problem.starts_with(expected))
            .count();
        assert_eq!(times, 1, "{expected} in\n{problems:#?}");
    }
    assert_eq!(problems.len(), 26, "{problems:#?}");
    let broken = Manifest::read("some.toml", "name = \"x\"\nbase_url = ").unwrap_err();
    assert!(broken[0].starts_with("some.toml: line 2: "), "{broken:?}");
}
