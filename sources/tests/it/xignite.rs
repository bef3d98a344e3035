//! Xignite: its forms, its outcomes and the rows that are no rows.

use common::item::Item;
use sources::xignite::Xignite;
use sources::{Cursor, Source, TokenIn, dates};

use crate::bench::{Tables, ask, by_ids, item, outcome, read, read_at, request};

fn slice(symbol: &str, from: &str, to: &str, params: &[(&str, &str)]) -> Item {
    let date = |text| dates::parse(text).unwrap();
    item(
        "xignite",
        "klines",
        Some(symbol),
        date(from),
        date(to),
        params,
    )
}

fn column(tables: &Tables, name: &str) -> Vec<String> {
    let text = |value: &serde_json::Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    tables
        .of("klines")
        .iter()
        .map(|row| text(&row[name]))
        .collect()
}

fn form(item: &Item) -> String {
    let asked = ask(&Xignite, item, None, &Cursor::Start);
    assert_eq!(asked.token, TokenIn::Form("_token"));
    let pairs = asked.form.unwrap();
    let pairs = pairs.iter().map(|(name, value)| format!("{name}={value}"));
    format!("{} {}", asked.path, pairs.collect::<Vec<_>>().join("&"))
}

#[test]
fn each_kind_has_its_service() {
    let days = "IdentifierType=Symbol&Identifier=7203.XTKS&AdjustmentMethod=All&StartOfDate=2024/01/04&EndOfDate=2024/01/31";
    assert_eq!(
        form(&slice("7203.XTKS", "2024-01-04", "2024-02-01", &[])),
        format!("/QUICKEquityHistorical.json/GetQuotesRange {days}")
    );
    let index = form(&slice("151.INDXJPX", "2024-01-04", "2024-02-01", &[]));
    assert!(index.starts_with("/QUICKIndexHistorical.json/GetQuotesRange "));
    let told = form(&slice(
        "1.XTKS",
        "2024-01-04",
        "2024-02-01",
        &[("kind", "index")],
    ));
    assert!(told.starts_with("/QUICKIndexHistorical.json/"));
    let minutes = form(&slice(
        "7203.XTKS",
        "2024-01-04",
        "2024-01-05",
        &[("interval", "5m")],
    ));
    assert!(minutes.starts_with("/QUICKEquityRealTime.json/GetBars "));
    assert!(minutes.contains(
        "StartDateTime=2024/01/04 09:00:00&EndDateTime=2024/01/05 09:00:00&Precision=FiveMinutes"
    ));
}

const DAYS: &str = r#"{"Outcome":"Success","Message":null,"Security":{"Symbol":"7203.XTKS"},"ArrayOfEndOfDayQuote":[
    {"Date":"2024/01/04","Open":2600.5,"High":2650.0,"Low":2590,"Close":2640,"Volume":1234500,"PreviousClose":1},
    {"Date":"2024/01/05","Open":0,"High":0,"Low":0,"Close":0,"Volume":0},
    {"Date":"","Open":0,"High":0,"Low":0,"Close":0,"Volume":0}]}"#;

#[test]
fn days_become_midnight_and_padding_is_skipped() {
    let item = slice("7203.XTKS", "2024-01-04", "2024-02-01", &[]);
    let (tables, _) = read(&Xignite, &item, &Cursor::Start, DAYS);
    assert_eq!(column(&tables, "open_time"), ["1704326400000000000"]);
    assert_eq!(column(&tables, "open"), ["2600.5"]);
    assert_eq!(column(&tables, "volume"), ["1234500"]);
    assert_eq!(column(&tables, "adjusted"), ["all"]);
    assert_eq!(column(&tables, "interval"), ["1d"]);
    // The day ends at midnight in Tokyo.
    let end = dates::parse("2024-01-04T15:00:00Z")
        .unwrap()
        .timestamp_millis();
    for (fetched_at_ms, rows) in [(end - 1, 0), (end, 1)] {
        let (tables, _) = read_at(&Xignite, &item, &Cursor::Start, DAYS, fetched_at_ms);
        assert_eq!(tables.of("klines").len(), rows);
    }
    // An index has no volume, and keeps its days.
    let index = DAYS
        .replace("\"Security\"", "\"IndexAndGroup\"")
        .replace("7203.XTKS", "151.INDXJPX");
    let saved = by_ids("xignite", "klines", &[]);
    let (tables, _) = outcome(&Xignite, &saved, None, &Cursor::Start, &index).unwrap();
    assert_eq!(column(&tables, "symbol"), ["151.INDXJPX", "151.INDXJPX"]);
}

#[test]
fn five_minutes_are_told_by_their_list() {
    let body = r#"{"Outcome":"Success","Security":{"Symbol":"7203.XTKS"},"Delay":0.0,"ArrayOfBar":[
        {"StartDateTime":"2024/01/04 09:00:00","EndDateTime":"2024/01/04 09:05:00","UTCOffSet":9,"Open":1,"High":2,"Low":1,"Close":2,"Volume":10.0}]}"#;
    let saved = by_ids("xignite", "klines", &[]);
    let (tables, _) = outcome(&Xignite, &saved, None, &Cursor::Start, body).unwrap();
    assert_eq!(column(&tables, "open_time"), ["1704326400000000000"]);
    assert_eq!(column(&tables, "close_time"), ["1704326700000000000"]);
    assert_eq!(column(&tables, "interval"), ["5m"]);
}

#[test]
fn what_cannot_be_read_is_refused_with_its_place() {
    let saved = by_ids("xignite", "klines", &[]);
    let error = |body: &str| outcome(&Xignite, &saved, None, &Cursor::Start, body).unwrap_err();
    assert_eq!(
        error(r#"{"Outcome":"RequestError","Message":"No data."}"#),
        "at Outcome: \"RequestError\" (No data.), expected \"Success\""
    );
    assert!(
        error(r#"{"Outcome":"Success"}"#).contains("expected ArrayOfEndOfDayQuote or ArrayOfBar")
    );
    assert!(
        error(&DAYS.replace("2600.5", "null")).starts_with("at ArrayOfEndOfDayQuote[0].Open: ")
    );
    assert!(
        error(&DAYS.replace("2024/01/05", "5 Jan"))
            .starts_with("at ArrayOfEndOfDayQuote[1].Date: ")
    );
}

#[test]
fn plans_know_both_intervals() {
    let plan = |symbols: &[&str], params: &[(&str, &str)]| {
        Xignite.plan(&request(
            "klines",
            symbols,
            "2024-01-01",
            "2024-01-29",
            "2024-06-01",
            params,
        ))
    };
    assert_eq!(plan(&["7203.XTKS", "7203.xtks"], &[]).unwrap().items(), 1);
    assert_eq!(
        plan(&["7203.XTKS"], &[("interval", "5m")]).unwrap().items(),
        5
    );
    for (symbols, params, why) in [
        (&["7203"][..], &[][..], "7203.XTKS or"),
        (&["7203.XTKS"], &[("interval", "1h")], "it has 1d, 5m"),
        (&["7203.XTKS"], &[("kind", "bond")], "share or index"),
        (&[], &[], "--symbols"),
    ] {
        let error = plan(symbols, params).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}
