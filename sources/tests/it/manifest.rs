//! Sources that manifests describe: the examples that are delivered, with replies in the layouts
//! of their vendors, every style of paging, and what a check says of a manifest that is wrong.

use std::time::Duration;

use common::item::Item;
use serde_json::{Map, Value};
use sources::manifest::Manifest;
use sources::{
    Cursor, Instruments, Next, Reply, ReplyHead, Server, Source, TokenIn, Verdict, dates,
};

use crate::bench::{ask, by_ids, item, outcome, parse, request, try_ask};

const KRAKEN: &str = include_str!("../../../config/sources/kraken.toml");
const OPENLIGADB: &str = include_str!("../../../config/sources/openligadb.toml");
const FRANKFURTER: &str = include_str!("../../../config/sources/frankfurter.toml");

fn manifest(text: &str) -> Manifest {
    Manifest::read("x.toml", text).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn slice(source: &str, dataset: &str, symbol: Option<&str>, from: &str, to: &str) -> Item {
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

fn more(next: Next) -> Cursor {
    match next {
        Next::More(cursor) => cursor,
        Next::End => panic!("the end"),
    }
}

fn texts<'r>(rows: &'r [Map<String, Value>], column: &str) -> Vec<&'r str> {
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

/// Trades of one dataset; `more` follows its name, `cursor` is the table of its cursor.
fn trades(more: &str, cursor: &str) -> Manifest {
    manifest(&format!(
        r#"
        name = "vendor"
        base_url = "https://vendor.invalid/api"
        auth = {{ style = "header", name = "X-Key" }}
        [[dataset]]
        name = "trades"
        by = "time"
        symbols = true
        path = "/v1/{{symbol}}/trades"
        query = {{ at = "{{cursor}}", from = "{{from}}", to = "{{to}}", n = "{{size}}" }}
        query_first = {{ fresh = "1" }}
        {more}
        rows = "data"
        table = "trades"
        cursor = {{ {cursor} }}
        [dataset.columns]
        trade_id = "id"
        ts = {{ path = "t", type = "time_ms" }}
        price = "p"
        amount = "q"
        side = {{ value = "unknown" }}
        "#
    ))
}

/// A page of trades by id and millisecond of the first day of 1970, and what follows the rows.
fn page(rows: &[(u64, i64)], rest: &str) -> String {
    let row = |(id, t): &(u64, i64)| format!(r#"{{"id":{id},"t":{t},"p":1.10,"q":"2"}}"#);
    let rows: Vec<_> = rows.iter().map(row).collect();
    format!(r#"{{"data":[{}]{rest}}}"#, rows.join(","))
}

struct Walk {
    source: Manifest,
    item: Item,
    cursor: Cursor,
}

impl Walk {
    fn new(source: Manifest) -> Self {
        let item = slice("vendor", "trades", Some("A/B"), "1970-01-01", "1970-01-02");
        Self {
            source,
            item,
            cursor: Cursor::Start,
        }
    }

    /// What is asked there: the parameter `at`, or the link.
    fn at(&self) -> String {
        let asked = ask(&self.source, &self.item, None, &self.cursor);
        if let Server::Link(link) = asked.server {
            return link;
        }
        assert_eq!(asked.path, "/v1/A%2FB/trades");
        assert_eq!(asked.token, TokenIn::Header("X-Key"));
        let fresh = asked.query.iter().any(|(name, _)| *name == "fresh");
        assert_eq!(fresh, self.cursor == Cursor::Start);
        let at = asked.query.into_iter().find(|(name, _)| *name == "at");
        at.map(|(_, value)| value).unwrap_or_default()
    }

    /// Reads a page: the ids that came out, and whether there are more.
    fn read(&mut self, body: &str) -> Result<(Vec<String>, bool), String> {
        let (tables, next) = outcome(&self.source, &self.item, None, &self.cursor, body)?;
        let ids = texts(tables.of("trades"), "trade_id");
        let ids = ids.into_iter().map(str::to_owned).collect();
        let goes_on = next != Next::End;
        if let Next::More(cursor) = next {
            self.cursor = cursor;
        }
        Ok((ids, goes_on))
    }
}

fn got(ids: &[&str], goes_on: bool) -> Result<(Vec<String>, bool), String> {
    Ok((ids.iter().map(|id| (*id).to_owned()).collect(), goes_on))
}

#[test]
fn pages_are_counted_until_one_is_empty_or_the_last() {
    let mut walk = Walk::new(trades("", r#"style = "page""#));
    assert_eq!(walk.at(), "1");
    assert_eq!(
        walk.read(&page(&[(1, 1), (2, 2)], "")),
        got(&["1", "2"], true)
    );
    assert_eq!(walk.at(), "2");
    let again = walk.read(&page(&[(1, 1), (2, 2)], "")).unwrap_err();
    assert!(again.contains("the same page came again"), "{again}");
    assert_eq!(walk.read(&page(&[], "")), got(&[], false));

    let mut walk = Walk::new(trades(
        "",
        r#"style = "page", first = 0, pages = "pages", more = "more""#,
    ));
    assert_eq!(walk.at(), "0");
    assert_eq!(
        walk.read(&page(&[(1, 1)], r#","pages":2"#)),
        got(&["1"], true)
    );
    assert_eq!(
        walk.read(&page(&[(2, 1)], r#","pages":2"#)),
        got(&["2"], false)
    );
    assert_eq!(
        walk.read(&page(&[(2, 1)], r#","pages":9,"more":false"#)),
        got(&["2"], false)
    );
}

#[test]
fn offsets_count_rows_and_a_short_page_ends_only_where_documented() {
    let mut walk = Walk::new(trades("page_size = 2", r#"style = "offset""#));
    assert_eq!(walk.at(), "0");
    assert_eq!(walk.read(&page(&[(1, 1)], "")), got(&["1"], true));
    assert_eq!(walk.at(), "1");
    let mut walk = Walk::new(trades(
        "page_size = 2",
        r#"style = "offset", short_page_ends = true"#,
    ));
    assert_eq!(
        walk.read(&page(&[(1, 1), (2, 1)], "")),
        got(&["1", "2"], true)
    );
    assert_eq!(walk.at(), "2");
    assert_eq!(walk.read(&page(&[(3, 1)], "")), got(&["3"], false));
}

#[test]
fn tokens_and_links_are_followed_until_there_is_none() {
    let mut walk = Walk::new(trades("", r#"style = "token", path = "next""#));
    assert_eq!(walk.at(), "");
    assert_eq!(
        walk.read(&page(&[(1, 1)], r#","next":"a|b""#)),
        got(&["1"], true)
    );
    assert_eq!(walk.at(), "a|b");
    // An empty page with a new token is not the end.
    assert_eq!(walk.read(&page(&[], r#","next":"c""#)), got(&[], true));
    let stuck = walk.read(&page(&[(2, 1)], r#","next":"c""#)).unwrap_err();
    assert!(stuck.contains("next token"), "{stuck}");
    assert_eq!(
        walk.read(&page(&[(2, 1)], r#","next":null"#)),
        got(&["2"], false)
    );

    let mut walk = Walk::new(trades("", r#"style = "link", path = "next""#));
    assert_eq!(
        walk.read(&page(
            &[(1, 1)],
            r#","next":"https://vendor.invalid/x?a=1""#
        )),
        got(&["1"], true)
    );
    assert_eq!(walk.at(), "https://vendor.invalid/x?a=1");
    assert_eq!(
        walk.read(&page(&[(2, 1)], r#","next":"/api/x?a=2""#)),
        got(&["2"], true)
    );
    assert_eq!(walk.at(), "/api/x?a=2");
    assert_eq!(
        walk.read(&page(&[(3, 1)], r#","next":"""#)),
        got(&["3"], false)
    );
}

#[test]
fn a_time_that_rows_share_is_asked_again_and_seen_rows_are_dropped() {
    let cursor = r#"style = "time", path = "t""#;
    let mut walk = Walk::new(trades("page_size = 3", cursor));
    assert_eq!(walk.at(), "0");
    assert_eq!(
        walk.read(&page(&[(1, 1), (2, 5), (3, 5)], "")),
        got(&["1", "2", "3"], true)
    );
    assert_eq!(walk.at(), "5");
    // In another order, as ties may come.
    assert_eq!(
        walk.read(&page(&[(3, 5), (2, 5), (4, 9)], "")),
        got(&["4"], true)
    );
    assert_eq!(walk.at(), "9");
    assert_eq!(walk.read(&page(&[(4, 9)], "")), got(&[], false));

    let mut walk = Walk::new(trades("page_size = 2", cursor));
    assert_eq!(
        walk.read(&page(&[(1, 5), (2, 5)], "")),
        got(&["1", "2"], true)
    );
    let stuck = walk.read(&page(&[(1, 5), (2, 5)], "")).unwrap_err();
    assert!(stuck.contains("shares one instant"), "{stuck}");

    let mut walk = Walk::new(trades("", r#"style = "time", path = "t", ties = "next""#));
    assert_eq!(
        walk.read(&page(&[(1, 1), (2, 5)], "")),
        got(&["1", "2"], true)
    );
    assert_eq!(walk.at(), "6");
    assert_eq!(
        walk.read(&page(&[(9, 86_400_000)], "")),
        got(&[], false),
        "past the slice"
    );

    let more = "page_size = 2\norder = \"newest_first\"\ntime = { to = \"inclusive\" }";
    let mut walk = Walk::new(trades(more, cursor));
    assert_eq!(walk.at(), "86399999");
    assert_eq!(
        walk.read(&page(&[(9, 70), (8, 60)], "")),
        got(&["9", "8"], true)
    );
    assert_eq!(walk.at(), "60");
    assert_eq!(walk.read(&page(&[(8, 60), (7, 50)], "")), got(&["7"], true));
    assert_eq!(
        walk.read(&page(&[(6, -5)], "")),
        got(&[], false),
        "before the slice"
    );
}

#[test]
fn ids_are_inclusive_or_not_as_told() {
    let mut walk = Walk::new(trades(
        "",
        r#"style = "id", path = "id", inclusive = true, start = "0""#,
    ));
    assert_eq!(walk.at(), "0");
    assert_eq!(
        walk.read(&page(&[(1, 1), (2, 1)], "")),
        got(&["1", "2"], true)
    );
    assert_eq!(walk.at(), "2");
    assert_eq!(walk.read(&page(&[(2, 1), (3, 1)], "")), got(&["3"], true));
    assert_eq!(walk.read(&page(&[(3, 1)], "")), got(&[], false));

    let mut walk = Walk::new(trades(
        "",
        r#"style = "id", path = "id", inclusive = false"#,
    ));
    assert_eq!(walk.at(), "");
    assert_eq!(
        walk.read(&page(&[(1, 1), (2, 1)], "")),
        got(&["1", "2"], true)
    );
    assert_eq!(walk.read(&page(&[(3, 1)], "")), got(&["3"], true));
    let again = walk.read(&page(&[(3, 1)], "")).unwrap_err();
    assert!(again.contains("the same page came again"), "{again}");
}

#[test]
fn what_cannot_be_read_is_told_with_its_path_and_leaves_no_row() {
    let mut walk = Walk::new(trades("", r#"style = "none""#));
    for (body, says) in [
        (
            r#"{"data":[{"id":1,"t":1,"p":1,"q":1},{"id":2,"t":1,"p":"x","q":1}]}"#,
            "at data[1].p: not a decimal number: \"x\"",
        ),
        (
            r#"{"data":[{"id":1,"t":1,"p":1}]}"#,
            "at data[0].q: nothing for amount, expected a decimal",
        ),
        (
            r#"{"data":[{"id":1,"t":1,"p":[1],"q":1}]}"#,
            "at data[0].p: [1], expected one value",
        ),
        (
            r#"{"data":[{"id":1,"t":"noon","p":1,"q":1}]}"#,
            "at data[0].t: \"noon\", expected milliseconds",
        ),
        (
            r#"{"rows":[]}"#,
            "at data: missing in {\"rows\":[]}, expected the rows",
        ),
        (
            r#"{"data":[{"id":1,"t":1,"p":1e-19,"q":1}]}"#,
            "does not fit Decimal(38,18)",
        ),
        (r#"{"data":["#, "at byte 9"),
    ] {
        let error = walk.read(body).unwrap_err();
        assert!(error.contains(says), "{says}: {error}");
    }
    // Numbers keep every digit.
    let exact =
        r#"{"data":[{"id":12345678901234567890,"t":1,"p":0.123456789012345678,"q":1e-18}]}"#;
    let (tables, _) = outcome(&walk.source, &walk.item, None, &Cursor::Start, exact).unwrap();
    let row = &tables.of("trades")[0];
    assert_eq!(row["trade_id"], "12345678901234567890");
    assert_eq!(row["price"], "0.123456789012345678");
    assert_eq!(row["amount"], "0.000000000000000001");
}

#[test]
fn a_range_before_the_retention_is_not_available() {
    let more = "retention_days = 30\nalternative = \"the archive has it\"";
    let source = trades(more, r#"style = "none""#);
    let plan = |from, to| source.plan(&request("trades", &["A", "B"], from, to, "2024-03-01", &[]));
    let plan_all = plan("2024-02-10", "2024-02-12").unwrap();
    assert_eq!((plan_all.items(), plan_all.gaps.len()), (4, 0));
    let part = plan("2024-01-29", "2024-02-02").unwrap();
    assert_eq!((part.items(), part.gaps.len()), (4, 1));
    assert!(
        part.gaps[0].reason.starts_with(
            "not available from this vendor: vendor keeps trades only since 2024-01-31"
        )
    );
    let nothing = plan("2023-01-01", "2023-01-02").unwrap_err().to_string();
    assert!(
        nothing.contains("not available from this vendor")
            && nothing.ends_with("the archive has it")
    );
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
