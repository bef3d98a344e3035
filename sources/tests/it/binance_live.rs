//! Messages of Binance's live channels, as somebody saved them, in both markets.

use serde_json::{Map, Value, json};
use sources::binance::Binance;
use sources::binance_usdm::BinanceUsdm;
use sources::{Cursor, Next, Source};

use crate::bench::{by_ids, outcome};
use crate::binance_archive::column;

fn read(source: &dyn Source, dataset: &str, body: &str) -> Result<Vec<Map<String, Value>>, String> {
    let item = by_ids(source.name(), dataset, &[]);
    let (tables, next) = outcome(source, &item, None, &Cursor::Start, body)?;
    assert_eq!(next, Next::End);
    assert!(tables.0.len() <= 1, "{tables:?}");
    Ok(tables.0.into_values().next().unwrap_or_default())
}

fn rows(source: &dyn Source, dataset: &str, body: &str) -> Vec<Map<String, Value>> {
    read(source, dataset, body).unwrap()
}

fn refused(source: &dyn Source, dataset: &str, body: &str) -> String {
    read(source, dataset, body).unwrap_err()
}

/// The first row with its columns that are not null.
fn first(rows: &[Map<String, Value>]) -> Value {
    let columns = rows[0].clone().into_iter();
    Value::Object(columns.filter(|(_, value)| !value.is_null()).collect())
}

const AGGREGATED: &str = r#"{"e":"aggTrade","E":1700000000005,"s":"ETHBTC","a":31,"p":"0.50","q":"2","f":70,"l":71,"T":1700000000001,"m":true,"M":true}"#;

#[test]
fn trades_of_many_symbols_are_read_one_a_line() {
    let body = format!(
        "{{\"result\":null,\"id\":1}}\n{AGGREGATED}\n\n{}\n{}\n",
        r#"{"stream":"tusdt@aggTrade","data":{"e":"aggTrade","s":"TUSDT","a":9,"p":"7","q":"1e-3","T":1700000000002,"m":false}}"#,
        r#"{"data":{"e":"trade","s":"ETHBTC","t":72,"b":900,"a":901,"p":"0.5","q":"1","T":1700000000003000},"stream":"ethbtc@trade"}"#,
    );
    let read = rows(&Binance, "trades", &body);
    assert_eq!(
        first(&read),
        json!({
            "source": "binance", "symbol": "ETH-BTC", "venue_symbol": "ETHBTC", "trade_id": "31",
            "ts": "1700000000001000000", "price": "0.5", "amount": "2", "side": "sell",
            "base_amount": "2", "quote_amount": "1", "flags": "", "exchange": "",
        })
    );
    assert_eq!(column(&read, "symbol"), ["ETH-BTC", "T-USDT", "ETH-BTC"]);
    assert_eq!(
        column(&read, "trade_id"),
        ["31", "9", "72"],
        "the id of a single trade is not that of the seller's order"
    );
    assert_eq!(column(&read, "side"), ["sell", "buy", "unknown"]);
    assert_eq!(read[2]["ts"], "1700000000003000000");
}

#[test]
fn trades_beside_the_market_stay_out_as_over_rest() {
    let trade = |id: u32, origin: &str| {
        format!(
            r#"{{"e":"trade","E":1,"T":1700000000001,"s":"BTCUSDT_240628","t":{id},"p":"2","q":"3","X":"{origin}","m":false}}"#
        )
    };
    let lines = [
        trade(1, "MARKET"),
        trade(2, "INSURANCE_FUND"),
        trade(3, "ADL"),
    ];
    let read = rows(&BinanceUsdm, "trades", &lines.join("\n"));
    assert_eq!(column(&read, "trade_id"), ["1"]);
    assert_eq!(column(&read, "symbol"), ["BTC-USDT-20240628"]);
}

#[test]
fn only_closed_bars_are_stored_with_their_own_interval() {
    let bar = |closed: bool, interval: &str| {
        format!(
            r#"{{"e":"kline","E":1700006400001,"s":"ETHBTC","k":{{"t":1700002800000,"T":1700006399999,"s":"ETHBTC","i":"{interval}","f":1,"L":7,"o":"1.5","c":"2.0","h":"2.5","l":"1.0","v":"100","n":7,"x":{closed},"q":"180","V":"60","Q":"110","B":"0"}}}}"#
        )
    };
    let body = [bar(false, "1h"), bar(true, "1h")].join("\n");
    let read = rows(&Binance, "klines", &body);
    assert_eq!(read.len(), 1);
    let over_rest =
        r#"[[1700002800000,"1.5","2.5","1.0","2.0","100",1700006399999,"180",7,"60","110","0"]]"#;
    let saved = by_ids("binance", "klines", &[]);
    let (tables, _) = outcome(&Binance, &saved, None, &Cursor::Start, over_rest).unwrap();
    let mut expected = tables.of("klines").to_vec();
    expected[0]["symbol"] = json!("ETH-BTC");
    expected[0]["venue_symbol"] = json!("ETHBTC");
    assert_eq!(read, expected);
    assert!(rows(&Binance, "klines", &bar(false, "1h")).is_empty());
    let unknown = refused(&BinanceUsdm, "klines", &bar(true, "1s"));
    assert!(
        unknown.starts_with("at k.i: binance-usdm has no interval \"1s\""),
        "{unknown}"
    );
}

#[test]
fn best_bids_and_asks_with_and_without_an_event() {
    let spot = "{\"u\":77,\"s\":\"ETHBTC\",\"b\":\"0.49\",\"B\":\"7\",\"a\":\"0.51\",\"A\":\"8\"}\n\
                {\"stream\":\"!bookTicker\",\"data\":{\"u\":78,\"s\":\"TUSDT\",\"b\":\"1\",\"B\":\"1\",\"a\":\"2\",\"A\":\"1\"}}\n";
    let read = rows(&Binance, "quotes", spot);
    assert_eq!(column(&read, "symbol"), ["ETH-BTC", "T-USDT"]);
    assert_eq!(column(&read, "sequence"), [77, 78]);
    assert_eq!(column(&read, "ask_amount"), ["8", "1"]);
    assert_eq!(
        column(&rows(&Binance, "tickers", spot), "bid_price"),
        ["0.49", "1"]
    );
    let usdm = r#"{"e":"bookTicker","u":5,"s":"BTCUSDT","b":"1.5","B":"2","a":"1.6","A":"3","T":1700000000001,"E":1700000000009}"#;
    assert_eq!(
        first(&rows(&BinanceUsdm, "quotes", usdm)),
        json!({
            "source": "binance-usdm", "symbol": "BTC-USDT-PERP", "venue_symbol": "BTCUSDT",
            "ts": "1700000000001000000", "sequence": 5, "bid_price": "1.5", "bid_amount": "2",
            "ask_price": "1.6", "ask_amount": "3", "amount_unit": "base",
        })
    );
}

#[test]
fn tickers_of_a_day_alone_or_in_lists() {
    let full = r#"{"e":"24hrTicker","E":1700000000009,"s":"ETHBTC","p":"0.1","P":"25","w":"0.45","x":"0.4","c":"0.5","Q":"3","b":"0.49","B":"7","a":"0.51","A":"8","o":"0.4","h":"0.6","l":"0.3","v":"100","q":"50","O":1699913600001,"C":1700000000001,"F":1,"L":9,"n":9}"#;
    let over_rest = r#"{"symbol":"ETHBTC","lastPrice":"0.5","openPrice":"0.4","highPrice":"0.6","lowPrice":"0.3","bidPrice":"0.49","bidQty":"7","askPrice":"0.51","askQty":"8","volume":"100","quoteVolume":"50","closeTime":1700000000001}"#;
    assert_eq!(
        rows(&Binance, "tickers", full),
        rows(&Binance, "tickers", over_rest)
    );
    assert_eq!(
        rows(&Binance, "quotes", full),
        rows(&Binance, "quotes", over_rest)
    );
    let mini = r#"{"e":"24hrMiniTicker","E":1700000000009,"s":"TUSDT","c":"5","o":"4","h":"6","l":"3","v":"1","q":"5"}"#;
    let list = format!(r#"{{"stream":"!ticker@arr","data":[{full},{mini}]}}"#);
    let read = rows(&Binance, "tickers", &list);
    assert_eq!(column(&read, "last"), ["0.5", "5"]);
    assert_eq!(
        column(&read, "ts"),
        ["1700000000001000000", "1700000000009000000"]
    );
    assert_eq!(rows(&Binance, "tickers", &format!("[{full},{mini}]")), read);
    let torn = format!(r#"[{full},{{"e":"24hrTicker","s":"TUSDT","c":"x"}}]"#);
    assert_eq!(
        refused(&Binance, "tickers", &format!("{mini}\n{torn}\n")),
        r#"at line 2: [1].lastPrice: not a decimal number: "x""#
    );
}

#[test]
fn whole_books_are_snapshots_and_their_changes_are_deltas() {
    let spot = "{\"stream\":\"ethbtc@depth5\",\"data\":{\"lastUpdateId\":7,\"bids\":[[\"0.4\",\"1\"]],\"asks\":[]}}\n\
                {\"stream\":\"tusdt@depthSnapshot\",\"generated\":true,\"data\":{\"lastUpdateId\":8,\"bids\":[],\"asks\":[]}}\n";
    let read = rows(&Binance, "book_snapshots", spot);
    assert_eq!(column(&read, "symbol"), ["ETH-BTC", "T-USDT"]);
    assert_eq!(column(&read, "venue_symbol"), ["ETHBTC", "TUSDT"]);
    assert_eq!(column(&read, "sequence"), [7, 8]);
    assert_eq!(read[0]["bids"], json!([["0.4", "1"]]));
    let update = r#"{"e":"depthUpdate","E":1700000000009,"T":1700000000001,"s":"BTCUSDT","U":6,"u":9,"pu":5,"b":[["2","1"]],"a":[["3","4"]]}"#;
    let partial = format!(r#"{{"stream":"btcusdt@depth20@100ms","data":{update}}}"#);
    assert_eq!(
        first(&rows(&BinanceUsdm, "book_snapshots", &partial)),
        json!({
            "source": "binance-usdm", "symbol": "BTC-USDT-PERP", "venue_symbol": "BTCUSDT",
            "ts": "1700000000001000000", "sequence": 9, "bids": [["2", "1"]], "asks": [["3", "4"]],
        })
    );
    for body in [
        update.to_owned(),
        format!(r#"{{"stream":"btcusdt@depth@100ms","data":{update}}}"#),
    ] {
        let read = rows(&BinanceUsdm, "book_snapshots", &body);
        assert_eq!(
            first(&read),
            json!({
                "source": "binance-usdm", "symbol": "BTC-USDT-PERP", "venue_symbol": "BTCUSDT",
                "ts": "1700000000001000000", "sequence": 9, "side": "bid", "price": "2",
                "amount": "1", "previous_sequence": 5, "flags": "",
            })
        );
        assert_eq!(column(&read, "side"), ["bid", "ask"]);
    }
    // Spot says no last update of the change before, but the first of this one.
    let spot = update
        .replace(r#","pu":5"#, "")
        .replace(r#""T":1700000000001,"#, "");
    let read = rows(&Binance, "book_snapshots", &spot);
    assert_eq!(column(&read, "previous_sequence"), [5, 5]);
    assert_eq!(read[0]["ts"], "1700000000009000000");
    let level =
        r#"{"stream":"ethbtc@depth5","data":{"lastUpdateId":7,"bids":[["x","1"]],"asks":[]}}"#;
    assert_eq!(
        refused(&Binance, "book_snapshots", level),
        r#"at bids[0][0]: not a decimal number: "x""#
    );
}

#[test]
fn mark_prices_are_the_running_funding() {
    let update = |symbol: &str, rate: &str, time: i64| {
        format!(
            r#"{{"e":"markPriceUpdate","E":1700000000000,"s":"{symbol}","p":"30.5","i":"30.4","P":"30.3","r":"{rate}","T":{time}}}"#
        )
    };
    let body = format!(
        "{}\n{{\"stream\":\"!markPrice@arr\",\"data\":[{},{}]}}\n{}\n",
        update("BTCUSDT", "0.00010000", 1_700_006_400_000),
        update("ETHUSDT", "-0.0002", 1_700_006_400_000),
        update("BTCUSDT_240628", "", 0),
        r#"{"e":"markPriceUpdate","s":"TUSDT","p":"1","r":"0","T":1700006400000}"#,
    );
    let read = rows(&BinanceUsdm, "funding_rates_now", &body);
    assert_eq!(
        first(&read),
        json!({
            "source": "binance-usdm", "symbol": "BTC-USDT-PERP", "venue_symbol": "BTCUSDT",
            "funding_time": "1700006400000000000", "funding_rate": "0.0001", "kind": "predicted",
            "mark_price": "30.5", "index_price": "30.4",
        })
    );
    assert_eq!(
        column(&read, "symbol"),
        ["BTC-USDT-PERP", "ETH-USDT-PERP", "T-USDT-PERP"],
        "a dated contract has no funding"
    );
    assert_eq!(column(&read, "kind"), ["predicted"; 3]);
    assert_eq!(rows(&BinanceUsdm, "funding_rates", &body), read);
}

#[test]
fn forced_orders_and_polls_one_a_line() {
    let order = |side: &str| {
        format!(
            r#"{{"e":"forceOrder","E":1700000000009,"o":{{"s":"BTCUSDT","S":"{side}","o":"LIMIT","f":"IOC","q":"1","p":"2","ap":"2.5","X":"FILLED","l":"1","z":"1","T":1700000000001}}}}"#
        )
    };
    let body = [order("BUY"), order("SELL")].join("\n");
    let read = rows(&BinanceUsdm, "liquidations", &body);
    assert_eq!(column(&read, "side"), ["buy", "sell"]);
    assert_eq!(column(&read, "flags"), ["filled,average=2.5"; 2]);
    let torn = refused(
        &BinanceUsdm,
        "liquidations",
        &[order("BUY"), order("HOLD")].join("\n"),
    );
    assert_eq!(torn, "at line 2: S: \"HOLD\", expected BUY or SELL");
    let poll = r#"{"stream":"btcusdt@openInterest","generated":true,"data":{"symbol":"BTCUSDT","openInterest":"5.5"}}"#;
    let read = rows(
        &BinanceUsdm,
        "open_interest_now",
        &format!("{poll}\n{poll}\n"),
    );
    assert_eq!(column(&read, "open_interest"), ["5.5"; 2]);
}

#[test]
fn messages_of_another_kind_are_refused_with_who_reads_them() {
    let spot = |dataset, body: &str| refused(&Binance, dataset, body);
    assert_eq!(
        spot(
            "klines",
            &format!("{{\"result\":null,\"id\":1}}\n{AGGREGATED}\n")
        ),
        "at line 2: e: a message \"aggTrade\", which the dataset trades reads; klines expected kline"
    );
    assert_eq!(
        spot(
            "trades",
            r#"{"u":1,"s":"A","b":"1","B":"1","a":"2","A":"1"}"#
        ),
        "at e: a message \"bookTicker\", which the dataset quotes or tickers reads; trades expected \
         aggTrade, trade"
    );
    assert_eq!(
        spot("tickers", r#"[{"e":"1hTicker","s":"A"}]"#),
        "at [0].e: a message \"1hTicker\", which no dataset reads; tickers expected bookTicker, \
         24hrTicker, 24hrMiniTicker"
    );
    assert!(spot("instruments", AGGREGATED).ends_with("instruments expected a reply of REST"));
    assert!(
        refused(&BinanceUsdm, "open_interest", AGGREGATED)
            .ends_with("the dataset trades reads; open_interest expected openInterest")
    );
    assert_eq!(
        spot(
            "trades",
            r#"{"e":"aggTrade","s":"A","p":"1","q":"1","T":1700000000001}"#
        ),
        "at a: nothing, expected the id of the trade"
    );
}
