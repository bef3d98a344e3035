//! OKX, asked: how ranges are cut, how pages follow each other, and what the archive is asked for.

use std::collections::BTreeMap;
use std::io::Cursor as Bytes;
use std::time::Duration;

use common::item::Item;
use common::records;
use common::tables::Rows;
use serde_json::{Map, Value};
use sources::okx::Okx;
use sources::{At, Body, Cursor, Instruments, Next, Reply, Server, Source};

use crate::bench::{ask, at, item, parse, request};
use crate::okx::LINEAR;

const HOUR: i64 = 3_600_000;
/// 2031-03-04T00:00:00Z.
const DAY0: i64 = 1_930_348_800_000;

fn plan(
    dataset: &str,
    from: &str,
    to: &str,
    params: &[(&str, &str)],
) -> Result<sources::Plan, String> {
    let request = request(
        dataset,
        &["btc-usdt-perp"],
        from,
        to,
        "2031-06-01T00:00:00Z",
        params,
    );
    Okx.plan(&request).map_err(|error| error.to_string())
}

fn parts(plan: &sources::Plan) -> Vec<String> {
    let shown = |at: &chrono::DateTime<chrono::Utc>| at.format("%m-%dT%H").to_string();
    plan.segments
        .iter()
        .map(|part| {
            let via = part.params.get("via").map_or("", String::as_str);
            format!(
                "{via} {}..{} {}",
                shown(&part.from),
                shown(&part.to),
                part.slices()
            )
        })
        .collect()
}

fn range(dataset: &str, symbol: &str, from: i64, to: i64, params: &[(&str, &str)]) -> Item {
    item("okx", dataset, Some(symbol), at(from), at(to), params)
}

fn query(item: &Item, cursor: &Cursor) -> (String, BTreeMap<&'static str, String>) {
    let ask = ask(&Okx, item, None, cursor);
    (ask.path, ask.query.into_iter().collect())
}

fn page(
    item: &Item,
    cursor: &Cursor,
    fetched_at_ms: i64,
    rows: &str,
) -> Result<(Vec<Map<String, Value>>, Next), String> {
    let body = format!(r#"{{"code":"0","msg":"","data":[{rows}]}}"#);
    let reply = Reply {
        item,
        id: None,
        cursor,
        instruments: &Instruments::default(),
        body: body.as_bytes(),
        fetched_at_ms,
    };
    parse(&Okx, &reply).map(|(tables, next)| (tables.0.into_values().flatten().collect(), next))
}

#[test]
fn what_rest_no_longer_has_comes_from_the_archive() {
    let trades = plan(
        "trades",
        "2031-02-27T20:00:00Z",
        "2031-03-02T01:00:00Z",
        &[],
    )
    .unwrap();
    assert_eq!(
        parts(&trades),
        [
            "archive 02-27T20..02-28T16 1",
            "archive 02-28T16..03-02T00 2",
            "rest 03-02T00..03-02T01 4"
        ]
    );
    let rest = plan("trades", "2031-02-28", "2031-03-02", &[("via", "rest")]).unwrap();
    assert_eq!(parts(&rest), ["rest 03-01T00..03-02T00 96"]);
    assert!(
        rest.gaps[0]
            .reason
            .starts_with("not available from this vendor: ")
    );
    assert!(rest.gaps[0].reason.contains("via=archive"));
    let archive = plan(
        "trades",
        "2031-05-30T12:00:00Z",
        "2031-06-01T00:00:00Z",
        &[("via", "archive")],
    )
    .unwrap();
    assert_eq!(parts(&archive), ["archive 05-30T12..05-30T16 1"]);
    assert_eq!(archive.gaps.len(), 1);
    let error = plan("trades", "2031-05-31", "2031-06-01", &[("via", "archive")]).unwrap_err();
    assert!(error.contains("two days later"), "{error}");
}

#[test]
fn what_nobody_keeps_is_refused_at_planning() {
    for (dataset, params) in [
        ("klines", &[("interval", "1s")][..]),
        ("open_interest", &[]),
        ("long_short_ratios", &[("period", "1h")]),
        ("liquidations", &[]),
    ] {
        let error = plan(dataset, "2031-01-01", "2031-01-02", params).unwrap_err();
        assert!(
            error.starts_with("not available from this vendor: "),
            "{error}"
        );
    }
    let whole = plan("klines", "2019-01-01", "2031-01-02", &[("interval", "1d")]).unwrap();
    assert!(whole.gaps.is_empty());
    assert_eq!(whole.rows, Some(4_384));
    let archive = plan(
        "klines",
        "2031-01-01",
        "2031-01-02",
        &[("interval", "5m"), ("via", "archive")],
    );
    assert!(archive.unwrap_err().contains("bars of 1m only"));
    assert!(plan("trades", "2031-05-31", "2031-06-01", &[("via", "x")]).is_err());
    let mut wrong = request(
        "trades",
        &["BTCUSDT"],
        "2031-05-31",
        "2031-06-01",
        "2031-06-01",
        &[],
    );
    assert!(
        Okx.plan(&wrong)
            .unwrap_err()
            .to_string()
            .contains("write BTC-USDT")
    );
    wrong.symbols = vec!["btc-usdt-swap".into(), "BTC-USDT-PERP".into()];
    wrong.slice = Some(Duration::from_secs(3_600));
    assert_eq!(Okx.plan(&wrong).unwrap().items(), 24);
}

#[test]
fn trades_go_on_by_id_until_one_is_older() {
    let item = range("trades", "BTC-USDT-PERP", DAY0, DAY0 + HOUR, &[]);
    let (path, first) = query(&item, &Cursor::Start);
    assert_eq!(path, "/api/v5/market/history-trades");
    assert_eq!(
        (
            first["type"].as_str(),
            first["after"].parse(),
            first["instId"].as_str()
        ),
        ("2", Ok(DAY0 + HOUR), "BTC-USDT-SWAP")
    );
    let trade = |id: u64, ms: i64| {
        format!(
            r#"{{"instId":"BTC-USDT-SWAP","side":"buy","sz":"1","px":"2","tradeId":"{id}","ts":"{ms}"}}"#
        )
    };
    // Short, and with ties at its end: not the end of the item.
    let rows = [trade(9, DAY0 + 5), trade(8, DAY0 + 3), trade(7, DAY0 + 3)].join(",");
    let (found, next) = page(&item, &Cursor::Start, i64::MAX, &rows).unwrap();
    assert_eq!((found.len(), &next), (3, &Next::More(Cursor::Id(7))));
    assert_eq!(found[0]["trade_id"], "7");
    let (_, second) = query(&item, &Cursor::Id(7));
    assert_eq!(
        (second["type"].as_str(), second["after"].as_str()),
        ("1", "7")
    );
    let rows = [trade(7, DAY0 + 3), trade(6, DAY0 + 3), trade(5, DAY0 - 1)].join(",");
    let (found, next) = page(&item, &Cursor::Id(7), i64::MAX, &rows).unwrap();
    assert_eq!((found.len(), next), (1, Next::End));
    assert_eq!(
        page(&item, &Cursor::Id(5), i64::MAX, "").unwrap().1,
        Next::End
    );
    assert!(
        page(&item, &Cursor::Id(5), i64::MAX, &trade(5, DAY0 + 3))
            .unwrap_err()
            .contains("no row is older")
    );
}

#[test]
fn the_newest_bars_come_from_the_other_endpoint() {
    let item = range(
        "klines",
        "BTC-USDT",
        DAY0,
        DAY0 + HOUR,
        &[("interval", "1m")],
    );
    let now = DAY0 + HOUR;
    let bar = |minute: i64| {
        format!(
            r#"["{}","1","1","1","1","1","1","1","1"]"#,
            DAY0 + minute * 60_000
        )
    };
    let (path, first) = query(&item, &Cursor::Start);
    assert_eq!(path, "/api/v5/market/history-candles");
    assert_eq!(first["after"].parse(), Ok(DAY0 + HOUR));
    assert_eq!(first["before"].parse(), Ok(DAY0 - 1));
    // The history lags: minutes 58 and 59 are closed by now.
    let rows = [bar(57), bar(56)].join(",");
    let (_, next) = page(&item, &Cursor::Start, now, &rows).unwrap();
    let Next::More(newest) = next else {
        panic!("{next:?}")
    };
    let (path, head) = query(&item, &newest);
    assert_eq!(path, "/api/v5/market/candles");
    assert_eq!(head["before"].parse(), Ok(DAY0 + 57 * 60_000));
    let (found, next) = page(&item, &newest, now, &[bar(59), bar(58)].join(",")).unwrap();
    assert_eq!(
        (found.len(), &next),
        (2, &Next::More(Cursor::Time(DAY0 + 56 * 60_000)))
    );
    let Next::More(back) = next else { panic!() };
    let (path, _) = query(&item, &back);
    assert_eq!(path, "/api/v5/market/history-candles");
    assert_eq!(
        page(&item, &back, now, &[bar(1), bar(0)].join(","))
            .unwrap()
            .1,
        Next::End
    );
    // Nothing is missing at the end: no further endpoint.
    let (_, next) = page(&item, &Cursor::Start, now, &[bar(59), bar(58)].join(",")).unwrap();
    assert_eq!(next, Next::More(Cursor::Time(DAY0 + 58 * 60_000)));
    let (_, next) = page(&item, &Cursor::Start, now, "").unwrap();
    assert!(matches!(next, Next::More(Cursor::Token(_))));
}

#[test]
fn the_oldest_funding_of_a_page_is_read_again() {
    let item = range(
        "funding_rates",
        "BTC-USDT-SWAP",
        DAY0,
        DAY0 + 24 * HOUR,
        &[],
    );
    let funding = |hour: i64| {
        format!(
            r#"{{"instId":"BTC-USDT-SWAP","fundingRate":"1","realizedRate":"1","fundingTime":"{}"}}"#,
            DAY0 + hour * HOUR
        )
    };
    let (found, next) = page(
        &item,
        &Cursor::Start,
        i64::MAX,
        &[funding(16), funding(8)].join(","),
    )
    .unwrap();
    assert_eq!(
        (found.len(), found[0]["interval_hours"].as_i64()),
        (1, Some(8))
    );
    let again = Cursor::Time(DAY0 + 8 * HOUR + 1);
    assert_eq!(next, Next::More(again.clone()));
    let rows = [funding(8), funding(4), funding(0), funding(-8)].join(",");
    let (found, next) = page(&item, &again, i64::MAX, &rows).unwrap();
    let hours: Vec<_> = found
        .iter()
        .map(|row| row["interval_hours"].as_i64())
        .collect();
    assert_eq!((hours, next), (vec![Some(8), Some(4), Some(4)], Next::End));
    let (found, next) = page(&item, &again, i64::MAX, &funding(8)).unwrap();
    assert_eq!(
        (found.len(), found[0]["interval_hours"].as_i64(), next),
        (1, None, Next::End)
    );
}

#[test]
fn unknown_instruments_are_refused_with_the_nearest() {
    let list = Instruments::new(Okx.read_instruments(LINEAR.as_bytes()).unwrap());
    let asked = |symbol: &str| {
        let item = range("trades", symbol, DAY0, DAY0 + HOUR, &[]);
        let at = At {
            item: &item,
            id: None,
            cursor: &Cursor::Start,
            instruments: &list,
        };
        Okx.ask(&at)
            .map(|ask| ask.query[0].1.clone())
            .map_err(|refusal| refusal.0)
    };
    assert_eq!(asked("aaa-usdt-perp"), Ok("AAA-USDT-SWAP".into()));
    let error = asked("AAB-USDT-PERP").unwrap_err();
    assert!(error.contains("nearest names are AAA-USDT-PERP"), "{error}");
}

fn listing(days: &[i64]) -> String {
    let file = |day: &i64| {
        let start = DAY0 - 8 * HOUR + day * 24 * HOUR;
        format!(
            r#"{{"dateTs":"{start}","filename":"AAA-USDT-SWAP-trades-{day}.zip","url":"https://static.okx.com/{day}.zip"}}"#
        )
    };
    let files: Vec<_> = days.iter().map(file).collect();
    format!(
        r#"{{"dateAggrType":"daily","details":[{{"instFamily":"AAA-USDT","instId":"","instType":"SWAP","groupDetails":[{}]}}],"ts":"1"}}"#,
        files.join(",")
    )
}

fn stream(
    item: &Item,
    cursor: &Cursor,
    body: &[u8],
) -> Result<(Vec<Map<String, Value>>, Next), String> {
    let list = Instruments::new(Okx.read_instruments(LINEAR.as_bytes()).unwrap());
    let reply = Reply {
        item,
        id: None,
        cursor,
        instruments: &list,
        body: &[],
        fetched_at_ms: i64::MAX,
    };
    let mut rows = Rows::default();
    let next = Okx
        .parse_stream(&reply, &mut Bytes::new(body), &mut rows, &mut |_| {})
        .map_err(|error| error.to_string())?;
    let batches = rows.take(1);
    let rows = batches
        .iter()
        .flat_map(|batch| records::to_json(&batch.columns))
        .collect();
    Ok((rows, next))
}

#[test]
fn a_utc_day_needs_two_files_and_a_missing_one_is_said() {
    let params = [("via", "archive")];
    let item = range("trades", "AAA-USDT-PERP", DAY0, DAY0 + 24 * HOUR, &params);
    let (path, first) = query(&item, &Cursor::Start);
    assert_eq!(path, "/api/v5/public/market-data-history");
    assert_eq!(first["begin"].parse(), Ok(DAY0 - 8 * HOUR));
    assert_eq!(first["end"].parse(), Ok(DAY0 + 16 * HOUR));
    assert_eq!(first["instFamilyList"], "AAA-USDT");
    let (_, next) = page(&item, &Cursor::Start, i64::MAX, &listing(&[1, 0, 5])).unwrap();
    let Next::More(files) = next else { panic!() };
    let asked = ask(&Okx, &item, None, &files);
    assert_eq!(
        asked.server,
        Server::Link("https://static.okx.com/0.zip".into())
    );
    assert_eq!(asked.body, Body::Disk { sha256: None });
    let (_, next) = stream(&item, &files, b"").unwrap();
    assert_eq!(
        next,
        Next::More(Cursor::Token("https://static.okx.com/1.zip".into()))
    );

    let (_, next) = page(&item, &Cursor::Start, i64::MAX, &listing(&[0])).unwrap();
    let Next::More(files) = next else { panic!() };
    let Next::More(missing) = stream(&item, &files, b"").unwrap().1 else {
        panic!()
    };
    let list = Instruments::default();
    let at = At {
        item: &item,
        id: None,
        cursor: &missing,
        instruments: &list,
    };
    let refusal = Okx.ask(&at).unwrap_err().0;
    assert_eq!(
        refusal,
        "not available from this vendor: its archive has no file of 2031-03-05 (UTC+8)"
    );
}

#[test]
fn tables_of_every_age_are_read() {
    let item = range(
        "trades",
        "AAA-USDT-PERP",
        DAY0,
        DAY0 + HOUR,
        &[("via", "archive")],
    );
    let named = format!(
        "instrument_name,trade_id,side,price,size,created_time,source\nAAA-USDT-SWAP,7,buy,200,3,{},1\nBBB-USDT-SWAP,8,buy,2,3,{DAY0},0\nAAA-USDT-SWAP,6,buy,2,3,{},0\n",
        DAY0 + 1,
        DAY0 - 1
    );
    let mut gbk = b"trade_id/\xb3\xc9,side/\xb7\xbd,size/\xca\xfd(\xd5\xc5),price/\xbc\xdb,created_time/\xca\xb1\r\n".to_vec();
    gbk.extend(format!("7,BUY,3,200,{}\r\n", DAY0 + 1).bytes());
    let bare = format!("7,buy,3,200,{}\n", DAY0 + 1);
    for body in [named.as_bytes(), &gbk, bare.as_bytes()] {
        let (rows, _) = stream(&item, &Cursor::Start, body).unwrap();
        assert_eq!(rows.len(), 1);
        let found = [
            "trade_id",
            "symbol",
            "side",
            "price",
            "amount",
            "base_amount",
        ]
        .map(|name| &rows[0][name]);
        assert_eq!(found, ["7", "AAA-USDT-PERP", "buy", "200", "3", "0.03"]);
    }
    let error = stream(&item, &Cursor::Start, b"7,buy,3,2x,1930348800000\n").unwrap_err();
    assert!(
        error.starts_with("at line 1, column 4: not a decimal number"),
        "{error}"
    );
    assert!(
        stream(&item, &Cursor::Start, b"a,b\n1,2\n")
            .unwrap_err()
            .contains("trade_id")
    );
    assert!(stream(&item, &Cursor::Start, b"PK\x03\x04cut").is_err());
}

#[test]
fn archived_bars_and_fundings() {
    let item = range(
        "klines",
        "AAA-USDT-PERP",
        DAY0,
        DAY0 + HOUR,
        &[("via", "archive"), ("interval", "1m")],
    );
    let body = format!(
        "instrument_name,open,high,low,close,vol,vol_ccy,vol_quote,open_time,confirm\nAAA-USDT-SWAP,1,2,1,2,300,3,6,{DAY0},1\nAAA-USDT-SWAP,1,2,1,2,300,3,6,{},0\n",
        DAY0 + 60_000
    );
    let (rows, _) = stream(&item, &Cursor::Start, body.as_bytes()).unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (&rows[0]["volume"], &rows[0]["quote_volume"]),
        (&"3".into(), &"6".into())
    );

    let item = range(
        "funding_rates",
        "AAA-USDT-PERP",
        DAY0,
        DAY0 + 24 * HOUR,
        &[("via", "archive")],
    );
    let body = format!(
        "instrument_name,funding_rate,funding_time\nAAA-USDT-SWAP,0.1,{}\nBBB-USDT-SWAP,0.5,{DAY0}\nAAA-USDT-SWAP,0.2,{DAY0}\n",
        DAY0 + 8 * HOUR
    );
    let cursor = Cursor::Token(format!(
        "{} https://x/1.zip\nhttps://x/2.zip",
        DAY0 - 4 * HOUR
    ));
    let (rows, next) = stream(&item, &cursor, body.as_bytes()).unwrap();
    let found: Vec<_> = rows
        .iter()
        .map(|row| (row["funding_rate"].as_str(), row["interval_hours"].as_i64()))
        .collect();
    assert_eq!(found, [(Some("0.2"), Some(4)), (Some("0.1"), Some(8))]);
    assert_eq!(
        next,
        Next::More(Cursor::Token(format!(
            "{} https://x/2.zip",
            DAY0 + 8 * HOUR
        )))
    );
}
