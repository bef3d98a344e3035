//! Alpaca: what is asked, how pages follow each other, and the traps of its replies.

use common::item::Item;
use sources::alpaca::Alpaca;
use sources::{Cursor, Next, Source, TokenIn, dates};

use crate::bench::{Tables, ask, by_ids, item, outcome, read, read_at, request, try_ask};

fn slice(dataset: &str, symbols: &str, from: &str, to: &str, params: &[(&str, &str)]) -> Item {
    let date = |text| dates::parse(text).unwrap();
    item(
        "alpaca",
        dataset,
        Some(symbols),
        date(from),
        date(to),
        params,
    )
}

fn day(dataset: &str, params: &[(&str, &str)]) -> Item {
    slice(dataset, "AAPL,IBM", "2024-01-02", "2024-01-03", params)
}

fn saved(dataset: &str, body: &str) -> Result<Tables, String> {
    let item = by_ids("alpaca", dataset, &[]);
    outcome(&Alpaca, &item, None, &Cursor::Start, body).map(|(tables, _)| tables)
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

fn query(item: &Item, cursor: &Cursor) -> String {
    let asked = ask(&Alpaca, item, None, cursor);
    let pairs = asked
        .query
        .iter()
        .map(|(name, value)| format!("{name}={value}"));
    format!("{}?{}", asked.path, pairs.collect::<Vec<_>>().join("&"))
}

#[test]
fn questions_leave_nothing_to_the_vendors_defaults() {
    let klines = day(
        "klines",
        &[
            ("interval", "5m"),
            ("adjustment", "split"),
            ("feed", "iex"),
            ("asof", "2024-01-02"),
        ],
    );
    assert_eq!(
        query(&klines, &Cursor::Start),
        "/v2/stocks/bars?symbols=AAPL,IBM&start=2024-01-02T00:00:00Z&end=2024-01-02T23:59:59.999999999Z\
         &limit=10000&sort=asc&feed=iex&asof=2024-01-02&timeframe=5Min&adjustment=split"
    );
    assert_eq!(
        query(&day("trades", &[]), &Cursor::Token("QUFQTA==".to_owned())),
        "/v2/stocks/trades?symbols=AAPL,IBM&start=2024-01-02T00:00:00Z&end=2024-01-02T23:59:59.999999999Z\
         &limit=10000&sort=asc&feed=sip&asof=-&page_token=QUFQTA=="
    );
    let asked = ask(&Alpaca, &klines, None, &Cursor::Start);
    assert_eq!(
        asked.token,
        TokenIn::HeaderPair("APCA-API-KEY-ID", "APCA-API-SECRET-KEY")
    );
    let bad = slice("trades", "AAPL,I BM", "2024-01-02", "2024-01-03", &[]);
    assert!(
        try_ask(&Alpaca, &bad, None, &Cursor::Start)
            .unwrap_err()
            .0
            .contains("no symbol")
    );
}

#[test]
fn plans_group_symbols_and_leave_the_last_minutes_out() {
    let plan = |to: &str, symbols: &[&str], params: &[(&str, &str)]| {
        let request = request(
            "trades",
            symbols,
            "2024-01-02",
            to,
            "2024-01-03T00:00:00Z",
            params,
        );
        Alpaca.plan(&request)
    };
    let two = plan(
        "2024-01-02T02:00:00Z",
        &["MSFT", "aapl", "IBM", "AAPL"],
        &[("symbols_per_item", "2")],
    )
    .unwrap();
    let groups: Vec<_> = two.symbols.iter().flatten().map(String::as_str).collect();
    assert_eq!(groups, ["AAPL,IBM", "MSFT"]);
    assert_eq!((two.items(), two.gaps.len()), (4, 0));
    let auctions = request(
        "auctions",
        &["A"],
        "2023-12-20",
        "2024-02-02",
        "2024-06-01",
        &[],
    );
    assert_eq!(Alpaca.plan(&auctions).unwrap().items(), 3, "months");
    let late = plan("2024-01-03", &["A"], &[]).unwrap();
    assert_eq!(
        late.segments[0].to,
        dates::parse("2024-01-02T23:44:00Z").unwrap()
    );
    assert!(
        late.gaps[0]
            .reason
            .starts_with("not available from this vendor: ")
    );
    assert_eq!(late.gaps[0].to, dates::parse("2024-01-03").unwrap());
    for params in [&[("feed", "iex")][..], &[("subscription", "plus")]] {
        assert!(plan("2024-01-03", &["A"], params).unwrap().gaps.is_empty());
    }
    let request = request(
        "trades",
        &["A"],
        "2024-01-02T23:50:00Z",
        "2024-01-03",
        "2024-01-03",
        &[],
    );
    let error = Alpaca.plan(&request).unwrap_err().to_string();
    assert!(
        error.starts_with("not available from this vendor: ") && error.contains("feed=iex"),
        "{error}"
    );
    let error = plan("2024-01-02T02:00:00Z", &["A"], &[("symbols_per_item", "0")]).unwrap_err();
    assert!(error.to_string().contains("1 to 200"));
}

#[test]
fn intervals_are_the_vendors() {
    let frame = |interval: &str| {
        let item = day("klines", &[("interval", interval)]);
        try_ask(&Alpaca, &item, None, &Cursor::Start).map(|asked| {
            let (_, frame) = asked
                .query
                .into_iter()
                .find(|(name, _)| *name == "timeframe")
                .unwrap();
            frame
        })
    };
    for (interval, expected) in [
        ("1m", "1Min"),
        ("59m", "59Min"),
        ("23h", "23Hour"),
        ("1d", "1Day"),
        ("1w", "1Week"),
        ("12M", "12Month"),
    ] {
        assert_eq!(frame(interval).as_deref(), Ok(expected));
    }
    for bad in ["60m", "24h", "2d", "2w", "5M", "1s", "1q"] {
        assert!(
            frame(bad).unwrap_err().0.contains("it has 1m to 59m"),
            "{bad}"
        );
    }
}

const BARS: &str = r#"{"bars":{
    "AAPL":[{"t":"2024-01-02T14:30:00Z","o":187.15,"h":187.2,"l":187,"c":187.1,"v":100,"n":3,"vw":187.123456},
            {"t":"2024-01-02T14:31:00Z","o":187.15,"h":187.2,"l":187,"c":187.1,"v":100}],
    "IBM":null},"next_page_token":"QUFQTA=="}"#;

#[test]
fn bars_come_by_symbol_and_open_ones_are_left_out() {
    let klines = day("klines", &[("interval", "1m"), ("adjustment", "all")]);
    let (tables, next) = read(&Alpaca, &klines, &Cursor::Start, BARS);
    assert_eq!(next, Next::More(Cursor::Token("QUFQTA==".to_owned())));
    assert_eq!(column(&tables, "klines", "symbol"), ["AAPL", "AAPL"]);
    assert_eq!(column(&tables, "klines", "vwap"), ["187.123456", "null"]);
    assert_eq!(column(&tables, "klines", "adjusted"), ["all", "all"]);
    let end = dates::parse("2024-01-02T14:32:00Z")
        .unwrap()
        .timestamp_millis();
    for (fetched_at_ms, rows) in [(end - 1, 1), (end, 2)] {
        let (tables, _) = read_at(&Alpaca, &klines, &Cursor::Start, BARS, fetched_at_ms);
        assert_eq!(tables.of("klines").len(), rows);
    }
    let iex = day("klines", &[("interval", "1m"), ("feed", "iex")]);
    let (tables, _) = read(&Alpaca, &iex, &Cursor::Start, BARS);
    assert_eq!(column(&tables, "klines", "adjusted")[0], "raw@iex");
    let error = outcome(
        &Alpaca,
        &klines,
        None,
        &Cursor::Token("QUFQTA==".to_owned()),
        BARS,
    )
    .unwrap_err();
    assert!(error.starts_with("at next_page_token: "), "{error}");
    let error = saved("klines", &BARS.replace("187.15", "\"-\"")).unwrap_err();
    assert!(
        error.starts_with("at bars.AAPL[0].o: not a decimal"),
        "{error}"
    );
}

#[test]
fn every_layout_of_a_bar_is_read() {
    let bar = r#"{"t":"2024-01-02T05:00:00Z","o":1,"h":2,"l":1,"c":2,"v":3}"#;
    for body in [
        format!(r#"{{"bars":[{bar}],"symbol":"AAPL","next_page_token":null}}"#),
        format!(r#"{{"bars":{{"AAPL":{bar}}}}}"#),
        format!(r#"{{"bar":{bar},"symbol":"AAPL"}}"#),
        format!(r#"{{"AAPL":{{"dailyBar":{bar},"prevDailyBar":null}},"NONE":null}}"#),
        format!(r#"{{"symbol":"AAPL","dailyBar":{bar}}}"#),
    ] {
        let tables = saved("klines", &body).unwrap();
        assert_eq!(column(&tables, "klines", "symbol"), ["AAPL"], "{body}");
        assert_eq!(column(&tables, "klines", "interval"), ["1d"], "{body}");
    }
    for empty in [
        r#"{"bars":{},"next_page_token":null}"#,
        r#"{"bars":null,"symbol":"A","next_page_token":null}"#,
        "{}",
    ] {
        assert_eq!(saved("klines", empty).unwrap(), Tables::default());
    }
    for bad in [r#"{"message":"no"}"#, r#"{"AAPL":{"x":1}}"#, "[]"] {
        saved("klines", bad).unwrap_err();
    }
}

#[test]
fn trades_keep_every_digit_and_what_became_of_them() {
    let body = r#"{"trades":{"AAPL":[
        {"t":"2024-01-02T09:00:00.08960768Z","x":"D","p":185.1,"s":0.5,"c":["@","T","I"],"i":71697353758036,"z":"C","u":"canceled"},
        {"t":"2024-01-02T09:00:00.000000001Z","x":"V","p":185,"s":7,"c":[" "],"i":1}]},"next_page_token":null}"#;
    let (tables, next) = read(&Alpaca, &day("trades", &[]), &Cursor::Start, body);
    assert_eq!(next, Next::End);
    assert_eq!(
        column(&tables, "trades", "ts"),
        ["1704186000089607680", "1704186000000000001"]
    );
    assert_eq!(
        column(&tables, "trades", "trade_id"),
        ["71697353758036", "1"]
    );
    assert_eq!(column(&tables, "trades", "exchange"), ["D", "V"]);
    assert_eq!(
        column(&tables, "trades", "flags"),
        ["z=C,c=@+T+I,u=canceled", "c= "]
    );
    assert_eq!(column(&tables, "trades", "amount"), ["0.5", "7"]);
    let error = saved("trades", &body.replace("09:00:00.08960768Z", "9 o'clock")).unwrap_err();
    assert!(error.starts_with("at trades.AAPL[0].t: "), "{error}");
}

fn quote(nanos: u64) -> String {
    format!(
        r#"{{"t":"2024-01-02T14:30:00.{nanos:09}Z","ax":"N","ap":185.2,"as":2,"bx":"H","bp":0,"bs":0,"c":["R"],"z":"A"}}"#
    )
}

#[test]
fn quotes_of_one_instant_are_numbered_over_page_edges() {
    let item = day("quotes", &[]);
    let page = |symbols: &[(&str, &[u64])], token: &str| {
        let symbols: Vec<_> = symbols
            .iter()
            .map(|(symbol, quotes)| {
                let quotes: Vec<_> = quotes.iter().map(|nanos| quote(*nanos)).collect();
                format!(r#""{symbol}":[{}]"#, quotes.join(","))
            })
            .collect();
        format!(
            r#"{{"quotes":{{{}}},"next_page_token":{token}}}"#,
            symbols.join(",")
        )
    };
    let (first, next) = read(
        &Alpaca,
        &item,
        &Cursor::Start,
        &page(&[("AAPL", &[1, 5, 5])], "\"a\""),
    );
    assert_eq!(column(&first, "quotes", "sequence"), ["0", "0", "1"]);
    assert_eq!(
        column(&first, "quotes", "bid_price"),
        ["null", "null", "null"]
    );
    assert_eq!(column(&first, "quotes", "bid_exchange"), ["H", "H", "H"]);
    assert_eq!(column(&first, "quotes", "amount_unit")[0], "lots");
    let Next::More(cursor) = next else {
        panic!("no next page")
    };
    assert!(query(&item, &cursor).ends_with("&page_token=a"));
    let (second, _) = read(
        &Alpaca,
        &item,
        &cursor,
        &page(&[("AAPL", &[5, 6]), ("IBM", &[6, 6])], "null"),
    );
    assert_eq!(column(&second, "quotes", "sequence"), ["2", "0", "0", "1"]);
}

/// Trades of a symbol: second after 14:30 UTC, price, size, letters, and what became of it.
type Print = (
    &'static str,
    i64,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const TAPE: &[Print] = &[
    ("AAPL", 0, "100", "5", r#""@","I""#, ""),
    ("AAPL", 1, "101", "10", r#""@","F""#, ""),
    ("AAPL", 1, "50", "10", r#""@""#, "canceled"),
    ("AAPL", 59, "99", "3", r#""@""#, ""),
    ("AAPL", 60, "98", "2", r#""@""#, ""),
    ("IBM", 30, "7", "1", r#"" ""#, ""),
    ("IBM", 31, "8", "1", r#"" ","Z""#, ""),
    ("IBM", 90, "9", "1", r#"" ","T""#, ""),
];

fn tape(prints: &[Print], token: &str) -> String {
    let mut symbols: Vec<(&str, Vec<String>)> = Vec::new();
    for (place, (symbol, second, price, size, letters, update)) in prints.iter().enumerate() {
        let update = if update.is_empty() {
            String::new()
        } else {
            format!(r#","u":"{update}""#)
        };
        let row = format!(
            r#"{{"t":"2024-01-02T14:{:02}:{:02}Z","x":"Q","p":{price},"s":{size},"c":[{letters}],"i":{place},"z":"C"{update}}}"#,
            30 + second / 60,
            second % 60
        );
        match symbols.last_mut() {
            Some((last, rows)) if last == symbol => rows.push(row),
            _ => symbols.push((symbol, vec![row])),
        }
    }
    let symbols: Vec<_> = symbols
        .iter()
        .map(|(symbol, rows)| format!(r#""{symbol}":[{}]"#, rows.join(",")))
        .collect();
    format!(
        r#"{{"trades":{{{}}},"next_page_token":{token}}}"#,
        symbols.join(",")
    )
}

fn bars(tables: &Tables) -> Vec<String> {
    let names = [
        "symbol",
        "open",
        "high",
        "low",
        "close",
        "volume",
        "trade_count",
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
    let item = day("bars_from_trades", &[("interval", "1m")]);
    let expected = [
        "AAPL 101 101 99 99 18 3",
        "AAPL 98 98 98 98 2 1",
        "IBM 7 8 7 7 2 2",
    ];
    let (whole, _) = read(&Alpaca, &item, &Cursor::Start, &tape(TAPE, "null"));
    assert_eq!(bars(&whole), expected);
    for cut in 0..=TAPE.len() {
        let (first, next) = read(&Alpaca, &item, &Cursor::Start, &tape(&TAPE[..cut], "\"n\""));
        let Next::More(cursor) = next else {
            panic!("no next page")
        };
        assert!(query(&item, &cursor).ends_with("&page_token=n"));
        let (empty, next) = read(&Alpaca, &item, &cursor, &tape(&[], "\"m\""));
        let Next::More(cursor) = next else {
            panic!("no next page")
        };
        let (second, next) = read(&Alpaca, &item, &cursor, &tape(&TAPE[cut..], "null"));
        assert_eq!(next, Next::End);
        let rows = [bars(&first), bars(&empty), bars(&second)].concat();
        assert_eq!(rows, expected, "cut before trade {cut}");
    }
}
