//! How an item of the Binance archive goes from a checksum to its file, and on where one is missing.

use common::item::Item;
use sources::binance::Binance;
use sources::binance_usdm::BinanceUsdm;
use sources::{
    Ask, At, Body, Cursor, Instruments, Next, Refusal, ReplyHead, Server, Source, Verdict, dates,
};

use crate::bench::item;
use crate::binance_archive::{AGGREGATED, column, read_at};

/// An item of a symbol's files.
fn files(dataset: &str, file: &str, from: &str, to: &str, more: &[(&str, &str)]) -> Item {
    let (from, to) = (dates::parse(from).unwrap(), dates::parse(to).unwrap());
    let mut params = vec![("via", "archive"), ("file", file)];
    params.extend(more);
    item("binance", dataset, Some("btc-usdt"), from, to, &params)
}

fn asked(source: &dyn Source, item: &Item, cursor: &Cursor) -> Ask {
    crate::bench::ask(source, item, None, cursor)
}

fn token(text: &str) -> Cursor {
    Cursor::Token(text.to_owned())
}

fn absent(item: &Item, cursor: &Cursor) -> Result<Next, Refusal> {
    let instruments = &Instruments::default();
    Binance.absent(
        &At {
            item,
            id: None,
            cursor,
            instruments,
        },
        "status 404: no such key",
    )
}

const SUM: &str = "0f5e1f3a4f5b6c7d8e9f0a1b2c3d4e5f60718293a4b5c6d7e8f9a0b1c2d3e4f5";

#[test]
fn the_checksum_is_asked_first_and_then_the_file_that_has_it() {
    let item = files("trades", "daily", "2024-01-05", "2024-01-06", &[]);
    let first = asked(&Binance, &item, &Cursor::Start);
    assert_eq!(first.server, Server::Other("archive"));
    assert_eq!(
        first.path,
        "/data/spot/daily/aggTrades/BTCUSDT/BTCUSDT-aggTrades-2024-01-05.zip.CHECKSUM"
    );
    assert_eq!(
        (first.body, first.cost.budget),
        (Body::Memory, "binance.archive")
    );
    let body = format!("{}  BTCUSDT-aggTrades-2024-01-05.zip\n", SUM.to_uppercase());
    let (_, next) = crate::bench::read(&Binance, &item, &Cursor::Start, &body);
    let zip_at = token(&format!("daily:2024-01-05:{SUM}"));
    assert_eq!(next, Next::More(zip_at.clone()));
    let second = asked(&Binance, &item, &zip_at);
    assert_eq!(
        second.path,
        "/data/spot/daily/aggTrades/BTCUSDT/BTCUSDT-aggTrades-2024-01-05.zip"
    );
    assert_eq!(
        second.body,
        Body::Disk {
            sha256: Some(SUM.to_owned())
        }
    );
    let (rows, next) = read_at(&Binance, &item, &zip_at, b"", 0);
    assert_eq!((rows.len(), next), (0, Ok(Next::End)));
    for bad in ["", "<html>", "abc  file.zip", &"g".repeat(64)] {
        let refused =
            crate::bench::outcome(&Binance, &item, None, &Cursor::Start, bad).unwrap_err();
        assert!(refused.contains("expected a SHA-256"), "{refused}");
    }
}

#[test]
fn paths_follow_the_vendors_layout() {
    let path = |source: &dyn Source, dataset: &str, file: &str, params: &[(&str, &str)]| {
        let mut item = files(dataset, file, "2024-02-01", "2024-03-01", params);
        item.source = source.name().to_owned();
        asked(source, &item, &Cursor::Start)
            .path
            .replace(".zip.CHECKSUM", "")
    };
    for (got, expected) in [
        (
            path(&Binance, "trades", "monthly", &[("raw", "true")]),
            "spot/monthly/trades/BTCUSDT/BTCUSDT-trades-2024-02",
        ),
        (
            path(&Binance, "klines", "monthly", &[("interval", "1M")]),
            "spot/monthly/klines/BTCUSDT/1mo/BTCUSDT-1mo-2024-02",
        ),
        (
            path(&Binance, "klines", "daily", &[("interval", "1s")]),
            "spot/daily/klines/BTCUSDT/1s/BTCUSDT-1s-2024-02-01",
        ),
        (
            path(&BinanceUsdm, "trades", "daily", &[]),
            "futures/um/daily/aggTrades/BTCUSDT/BTCUSDT-aggTrades-2024-02-01",
        ),
        (
            path(&BinanceUsdm, "funding_rates", "monthly", &[]),
            "futures/um/monthly/fundingRate/BTCUSDT/BTCUSDT-fundingRate-2024-02",
        ),
        (
            path(&BinanceUsdm, "open_interest", "daily", &[]),
            "futures/um/daily/metrics/BTCUSDT/BTCUSDT-metrics-2024-02-01",
        ),
    ] {
        assert_eq!(got, format!("/data/{expected}"));
    }
}

#[test]
fn a_missing_month_goes_on_with_its_days_and_a_missing_day_over_rest() {
    let item = files(
        "trades",
        "monthly",
        "2024-02-27",
        "2024-03-01",
        &[("missing", "rest")],
    );
    assert!(
        asked(&Binance, &item, &Cursor::Start)
            .path
            .ends_with("/BTCUSDT-aggTrades-2024-02.zip.CHECKSUM")
    );
    assert_eq!(
        absent(&item, &Cursor::Start),
        Ok(Next::More(token("daily:2024-02-27")))
    );
    assert_eq!(
        absent(&item, &token("daily:2024-02-27")),
        Ok(Next::More(token("rest:2024-02-27")))
    );
    let over_rest = asked(&Binance, &item, &token("rest:2024-02-27"));
    assert_eq!(
        (over_rest.server, over_rest.path.as_str()),
        (Server::Main, "/api/v3/aggTrades")
    );
    assert!(
        over_rest
            .query
            .contains(&("startTime", "1708992000000".to_owned()))
    );
    assert!(
        over_rest
            .query
            .contains(&("endTime", "1709078399999".to_owned()))
    );
    let page = r#"[{"a":7,"p":"1","q":"1","f":1,"l":1,"T":1708992000001,"m":true}]"#;
    let (tables, next) = crate::bench::read(&Binance, &item, &token("rest:2024-02-27"), page);
    assert_eq!(
        (tables.of("trades").len(), next),
        (1, Next::More(token("rest:2024-02-27:id=8")))
    );
    let by_id = asked(&Binance, &item, &token("rest:2024-02-27:id=8"));
    assert!(by_id.query.contains(&("fromId", "8".to_owned())));
    let page = r#"[{"a":8,"p":"1","q":"1","f":1,"l":1,"T":1709078400000,"m":true}]"#;
    let (tables, next) = crate::bench::read(&Binance, &item, &token("rest:2024-02-27:id=8"), page);
    assert_eq!(
        (tables.of("trades").len(), next),
        (0, Next::More(token("daily:2024-02-28")))
    );
    let zip_at = token(&format!("daily:2024-02-28:{SUM}"));
    assert_eq!(
        read_at(&Binance, &item, &zip_at, b"", 0).1,
        Ok(Next::More(token("daily:2024-02-29")))
    );
    let zip_at = token(&format!("daily:2024-02-29:{SUM}"));
    assert_eq!(
        read_at(&Binance, &item, &zip_at, b"", 0).1,
        Ok(Next::End),
        "the month is over"
    );
}

#[test]
fn what_rest_may_not_give_is_refused_with_the_name_of_the_file() {
    let item = files("trades", "daily", "2024-01-05", "2024-01-06", &[]);
    assert_eq!(
        absent(&item, &Cursor::Start).unwrap_err().0,
        "not available from this vendor: its archive has no \
         /data/spot/daily/aggTrades/BTCUSDT/BTCUSDT-aggTrades-2024-01-05.zip: status 404: no such key"
    );
    let over_rest = self::item(
        "binance",
        "trades",
        Some("BTCUSDT"),
        crate::bench::at(0),
        crate::bench::at(1),
        &[],
    );
    assert_eq!(
        absent(&over_rest, &Cursor::Start).unwrap_err().0,
        "status 404: no such key"
    );
}

#[test]
fn rows_outside_the_slice_stay_in_the_file() {
    let item = files(
        "trades",
        "daily",
        "2024-12-31",
        "2025-01-01T00:00:00.5Z",
        &[],
    );
    let zip_at = token(&format!("daily:2024-12-31:{SUM}"));
    let (rows, _) = read_at(&Binance, &item, &zip_at, AGGREGATED.as_bytes(), 0);
    assert_eq!(column(&rows, "trade_id"), ["4001", "4002"]);
}

#[test]
fn times_over_rest_are_as_precise_as_in_the_files() {
    let headers = |from: &str, to: &str| {
        let (from, to) = (dates::parse(from).unwrap(), dates::parse(to).unwrap());
        let item = item("binance", "trades", Some("BTCUSDT"), from, to, &[]);
        asked(&Binance, &item, &Cursor::Start).headers
    };
    assert_eq!(headers("2024-12-31", "2025-01-01"), []);
    assert_eq!(
        headers("2025-01-01", "2025-01-02"),
        [("x-mbx-time-unit", "MICROSECOND".to_owned())]
    );
}

#[test]
fn replies_of_the_archive_are_judged() {
    let judged = |status, kind: &str, body: &[u8]| {
        let headers = vec![("content-type".to_owned(), kind.to_owned())];
        Binance.judge(&ReplyHead { status, headers }, body)
    };
    assert_eq!(
        judged(200, "binary/octet-stream", SUM.as_bytes()),
        Verdict::Ok
    );
    assert_eq!(judged(200, "application/zip", b""), Verdict::Ok);
    assert_eq!(judged(200, "text/plain", SUM.as_bytes()), Verdict::Ok);
    let missing = b"<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code></Error>";
    assert!(
        matches!(judged(404, "application/xml", missing), Verdict::Absent { reason } if reason.contains("NoSuchKey"))
    );
    assert!(matches!(
        judged(
            503,
            "application/xml",
            b"<Error><Code>SlowDown</Code></Error>"
        ),
        Verdict::Retry { .. }
    ));
    assert!(matches!(
        judged(403, "application/xml", b"<Error>AccessDenied</Error>"),
        Verdict::Reject { .. }
    ));
}
