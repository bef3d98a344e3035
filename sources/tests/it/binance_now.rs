//! What Binance tells of the present, in both markets, and its lists of instruments.

use crate::bench::{self, Tables, ask, at, by_ids, item, outcome, read, read_at, request};
use common::item::Item;
use serde_json::{Value, json};
use sources::binance::Binance;
use sources::binance_usdm::BinanceUsdm;
use sources::{At, Cursor, Instruments, Next, Reply, Source};

const NOW_MS: i64 = 1_900_000_000_123;

fn snapshot(
    source: &dyn Source,
    dataset: &str,
    symbol: Option<&str>,
    params: &[(&str, &str)],
) -> Item {
    item(
        source.name(),
        dataset,
        symbol,
        at(NOW_MS - 1_000),
        at(NOW_MS),
        params,
    )
}

fn rows(source: &dyn Source, dataset: &str, symbol: Option<&str>, body: &str) -> Tables {
    let item = snapshot(source, dataset, symbol, &[]);
    let (tables, next) = read_at(source, &item, &Cursor::Start, body, NOW_MS);
    assert_eq!(next, Next::End);
    tables
}

fn asked(
    source: &dyn Source,
    dataset: &str,
    symbol: Option<&str>,
    params: &[(&str, &str)],
) -> String {
    let ask = ask(
        source,
        &snapshot(source, dataset, symbol, params),
        None,
        &Cursor::Start,
    );
    let query: Vec<_> = ask
        .query
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    format!(
        "{}?{} {} {}",
        ask.path,
        query.join("&"),
        ask.cost.budget,
        ask.cost.units
    )
}

#[test]
fn what_is_asked_and_what_it_costs() {
    let spot = |dataset, symbol, params: &[(&str, &str)]| asked(&Binance, dataset, symbol, params);
    let usdm =
        |dataset, symbol, params: &[(&str, &str)]| asked(&BinanceUsdm, dataset, symbol, params);
    let one = Some("BTC-USDT");
    assert_eq!(
        spot("book_snapshots", one, &[]),
        "/api/v3/depth?symbol=BTCUSDT&limit=100 binance.weight 5"
    );
    assert_eq!(
        spot("book_snapshots", one, &[("depth", "5000")]),
        "/api/v3/depth?symbol=BTCUSDT&limit=5000 binance.weight 250"
    );
    assert_eq!(
        spot("tickers", one, &[]),
        "/api/v3/ticker/24hr?symbol=BTCUSDT binance.weight 2"
    );
    assert_eq!(
        spot("tickers", None, &[("type", "mini")]),
        "/api/v3/ticker/24hr?type=MINI binance.weight 80"
    );
    assert_eq!(
        spot("tickers", None, &[("type", "price")]),
        "/api/v3/ticker/price? binance.weight 4"
    );
    assert_eq!(
        spot("quotes", None, &[]),
        "/api/v3/ticker/bookTicker? binance.weight 4"
    );
    assert_eq!(
        spot("instruments", None, &[]),
        "/api/v3/exchangeInfo? binance.weight 20"
    );
    assert_eq!(
        usdm("book_snapshots", one, &[("depth", "1000")]),
        "/fapi/v1/depth?symbol=BTCUSDT&limit=1000 binance-usdm.weight 20"
    );
    assert_eq!(
        usdm("tickers", None, &[]),
        "/fapi/v1/ticker/24hr? binance-usdm.weight 40"
    );
    assert_eq!(
        usdm("quotes", one, &[]),
        "/fapi/v1/ticker/bookTicker?symbol=BTCUSDT binance-usdm.weight 2"
    );
    assert_eq!(
        usdm("funding_rates_now", None, &[]),
        "/fapi/v1/premiumIndex? binance-usdm.weight 10"
    );
    assert_eq!(
        usdm("open_interest_now", one, &[]),
        "/fapi/v1/openInterest?symbol=BTCUSDT binance-usdm.weight 1"
    );
    let refused = |source, dataset, symbol, params: &[(&str, &str)]| {
        let item = snapshot(source, dataset, symbol, params);
        bench::try_ask(source, &item, None, &Cursor::Start)
            .unwrap_err()
            .0
    };
    assert!(
        refused(&BinanceUsdm, "tickers", one, &[("type", "mini")]).ends_with("it has full, price")
    );
    assert!(refused(&BinanceUsdm, "book_snapshots", one, &[("depth", "7")]).contains("5, 10, 20"));
    assert!(refused(&Binance, "book_snapshots", None, &[]).contains("needs a symbol"));
}

#[test]
fn a_book_keeps_its_levels_and_bears_the_engines_time() {
    let body = r#"{"lastUpdateId":77,"bids":[["1.50000000","2.00000000",[]],["1.4","3"]],"asks":[["1.6","1e-3"]]}"#;
    let spot = rows(&Binance, "book_snapshots", Some("eth-btc"), body).remove("book_snapshots");
    assert_eq!(
        Value::from(spot[0].clone()),
        json!({
            "source": "binance", "symbol": "ETH-BTC", "venue_symbol": "ETHBTC",
            "ts": "1900000000123000000", "sequence": 77,
            "bids": [["1.5", "2"], ["1.4", "3"]],
            "asks": [["1.6", "0.001"]],
        })
    );
    let body = r#"{"lastUpdateId":78,"E":1800000000020,"T":1800000000011,"bids":[],"asks":[]}"#;
    let usdm = rows(&BinanceUsdm, "book_snapshots", Some("BTCUSDT"), body).remove("book_snapshots");
    assert_eq!(usdm[0]["ts"], "1800000000011000000");
    assert_eq!(usdm[0]["symbol"], "BTC-USDT-PERP");
    let refused = |body: &str| {
        outcome(
            &Binance,
            &by_ids("binance", "book_snapshots", &[]),
            None,
            &Cursor::Start,
            body,
        )
        .unwrap_err()
    };
    assert_eq!(
        refused(r#"{"lastUpdateId":1,"bids":[["1","x"]],"asks":[]}"#),
        r#"at bids[0][1]: not a decimal number: "x""#
    );
    assert!(refused(r#"{"lastUpdateId":1,"bids":[["1"]],"asks":[]}"#).contains("expected a level"));
}

#[test]
fn every_layout_fills_the_columns_it_has() {
    let full = r#"{"symbol":"ETHBTC","lastPrice":"0.5","openPrice":"0.4","highPrice":"0.6","lowPrice":"0.3","bidPrice":"0.49","bidQty":"7","askPrice":"0.51","askQty":"8","volume":"100","quoteVolume":"50","openTime":1,"closeTime":1800000000000,"count":3}"#;
    let row = &rows(&Binance, "tickers", None, full).remove("tickers")[0];
    assert_eq!(
        (
            &row["symbol"],
            &row["ts"],
            &row["last"],
            &row["bid_amount"],
            &row["quote_volume"]
        ),
        (
            &json!("ETH-BTC"),
            &json!("1800000000000000000"),
            &json!("0.5"),
            &json!("7"),
            &json!("50")
        )
    );
    let mini = r#"[{"symbol":"BTCUSDT","lastPrice":"5","openPrice":"4","highPrice":"6","lowPrice":"3","volume":"1","quoteVolume":"5","closeTime":1800000000000}]"#;
    let row = &rows(&BinanceUsdm, "tickers", None, mini).remove("tickers")[0];
    assert_eq!(
        (&row["symbol"], &row["bid_price"]),
        (&json!("BTC-USDT-PERP"), &Value::Null)
    );
    let prices = r#"[{"symbol":"A1BTC","price":"5"},{"symbol":"BTCUSDT_240628","price":"6","time":1800000000001}]"#;
    let read = rows(&BinanceUsdm, "tickers", None, prices).remove("tickers");
    assert_eq!(
        (&read[0]["last"], &read[0]["ts"]),
        (&json!("5"), &json!("1900000000123000000"))
    );
    assert_eq!(
        (&read[1]["symbol"], &read[1]["ts"]),
        (&json!("BTC-USDT-20240628"), &json!("1800000000001000000"))
    );
    let none = outcome(
        &Binance,
        &by_ids("binance", "tickers", &[]),
        None,
        &Cursor::Start,
        r#"[{"symbol":"ETHBTC"}]"#,
    );
    assert_eq!(
        none.unwrap_err(),
        "at [0].lastPrice: nothing, expected lastPrice, price, bidPrice or askPrice"
    );
}

#[test]
fn best_bids_and_asks_are_quotes_or_tickers() {
    let body = r#"[{"symbol":"BTCUSDT","bidPrice":"4.10","bidQty":"431.00000000","askPrice":"4.2","askQty":"","time":1800000000000}]"#;
    let quote = &rows(&BinanceUsdm, "quotes", None, body).remove("quotes")[0];
    assert_eq!(
        (
            &quote["bid_price"],
            &quote["ask_amount"],
            &quote["amount_unit"],
            &quote["ts"]
        ),
        (
            &json!("4.1"),
            &Value::Null,
            &json!("base"),
            &json!("1800000000000000000")
        )
    );
    let ticker = &rows(&BinanceUsdm, "tickers", None, body).remove("tickers")[0];
    assert_eq!(
        (&ticker["bid_amount"], &ticker["last"]),
        (&json!("431"), &Value::Null)
    );
    let price = outcome(
        &Binance,
        &by_ids("binance", "quotes", &[]),
        None,
        &Cursor::Start,
        r#"{"symbol":"ETHBTC","price":"1"}"#,
    );
    assert!(
        price
            .unwrap_err()
            .starts_with("at bidPrice: nothing, expected the best bid and ask")
    );
}

const SPOT_LIST: &str = r#"{"timezone":"UTC","symbols":[
    {"symbol":"ETHBTC","status":"TRADING","baseAsset":"ETH","quoteAsset":"BTC","filters":[{"filterType":"PRICE_FILTER","tickSize":"0.00001000"},{"filterType":"LOT_SIZE","stepSize":"1"}]},
    {"symbol":"USDUSDT","status":"BREAK","baseAsset":"USD","quoteAsset":"USDT","filters":[]}]}"#;
const USDM_LIST: &str = r#"{"symbols":[
    {"symbol":"BTCUSDT","contractType":"PERPETUAL","deliveryDate":4133404800000,"onboardDate":1569398400000,"status":"TRADING","baseAsset":"BTC","quoteAsset":"USDT","marginAsset":"USDT","filters":[{"filterType":"PRICE_FILTER","tickSize":"0.10"}]},
    {"symbol":"BTCUSDT_330930","contractType":"NEXT_QUARTER","deliveryDate":2011680000000,"onboardDate":1996000000000,"status":"TRADING","baseAsset":"BTC","quoteAsset":"USDT","marginAsset":"USDT","filters":[]}]}"#;

fn listed(source: &dyn Source, body: &str) -> Instruments {
    Instruments::new(source.read_instruments(body.as_bytes()).unwrap())
}

#[test]
fn lists_are_read_and_are_rows_too() {
    let list = listed(&BinanceUsdm, USDM_LIST);
    let names: Vec<_> = list.all().iter().map(|one| one.symbol.as_str()).collect();
    assert_eq!(names, ["BTC-USDT-PERP", "BTC-USDT-20330930"]);
    assert_eq!(list.all()[0].expires_at, None);
    assert_eq!(list.all()[1].expires_at, Some(2_011_680_000_000_000_000));
    let spot = rows(&Binance, "instruments", None, SPOT_LIST).remove("instruments");
    assert_eq!(
        Value::from(spot[0].clone()),
        json!({
            "source": "binance", "symbol": "ETH-BTC", "venue_symbol": "ETHBTC",
            "valid_from": "1900000000123000000", "kind": "spot", "base": "ETH", "quote": "BTC",
            "settle": "BTC", "amount_unit": "base", "multiplier": null, "inverse": false,
            "tick_size": "0.00001", "listed_at": null, "expires_at": null, "status": "TRADING",
        })
    );
    assert_eq!(spot[1]["status"], "BREAK");
}

#[test]
fn names_come_from_the_list_and_unknown_ones_are_refused() {
    let spot = listed(&Binance, SPOT_LIST);
    let body = r#"[{"a":1,"p":"1","q":"1","T":1700000000000,"m":true}]"#;
    let mut saved = by_ids("binance", "trades", &[]);
    saved
        .params
        .insert("symbol".to_owned(), "USDUSDT".to_owned());
    let reply = Reply {
        item: &saved,
        id: None,
        cursor: &Cursor::Start,
        instruments: &spot,
        body: body.as_bytes(),
        fetched_at_ms: NOW_MS,
    };
    let (tables, _) = bench::parse(&Binance, &reply).unwrap();
    assert_eq!(tables.of("trades")[0]["symbol"], "USD-USDT");

    let usdm = listed(&BinanceUsdm, USDM_LIST);
    let venue = |written: &str| {
        let item = item(
            "binance-usdm",
            "klines",
            Some(written),
            at(0),
            at(60_000),
            &[],
        );
        let place = At {
            item: &item,
            id: None,
            cursor: &Cursor::Start,
            instruments: &usdm,
        };
        BinanceUsdm
            .ask(&place)
            .map(|ask| ask.query[0].1.clone())
            .map_err(|refusal| refusal.0)
    };
    for written in ["BTC-USDT", "BTC-USDT-PERP", "BTCUSDT"] {
        assert_eq!(venue(written).unwrap(), "BTCUSDT");
        let listed = BinanceUsdm.listed_name(written);
        assert!(
            usdm.check("binance-usdm", &listed, at(NOW_MS)).is_ok(),
            "{written}"
        );
    }
    assert_eq!(venue("BTC-USDT-20330930").unwrap(), "BTCUSDT_330930");
    // It may have expired: the vendor knows.
    assert_eq!(venue("BTC-USDT-20210924").unwrap(), "BTCUSDT_210924");
    assert!(
        venue("BTCUSD")
            .unwrap_err()
            .contains("lists no instrument \"BTCUSD\"; the nearest names are BTC-USDT-")
    );
}

#[test]
fn which_items_need_the_list() {
    let asks = |dataset: &str, params: &[(&str, &str)]| {
        Binance
            .instruments(&item("binance", dataset, Some("A"), at(0), at(1), params))
            .len()
    };
    assert_eq!(
        (
            asks("trades", &[]),
            asks("instruments", &[]),
            asks("klines", &[("via", "archive")])
        ),
        (1, 0, 0)
    );
}

#[test]
fn the_present_is_planned_a_symbol_at_a_time_or_at_once() {
    let plan = |source: &dyn Source, dataset: &str, symbols: &[&str], params: &[(&str, &str)]| {
        let now = "2030-01-01T00:00:01Z";
        let mut request = request(dataset, symbols, "2030-01-01", now, now, params);
        request.to = request.from + chrono::TimeDelta::seconds(1);
        source.plan(&request)
    };
    let two = plan(&Binance, "book_snapshots", &["BTCUSDT", "ETH-BTC"], &[]).unwrap();
    assert_eq!((two.items(), two.requests), (2, 2));
    for symbols in [&[][..], &["ALL"]] {
        let all = plan(&BinanceUsdm, "tickers", symbols, &[]).unwrap();
        assert_eq!(all.symbols, [None]);
    }
    assert_eq!(
        plan(&Binance, "instruments", &["all"], &[])
            .unwrap()
            .items(),
        1
    );
    let refused = |source, dataset, symbols: &[&str], params: &[(&str, &str)]| {
        plan(source, dataset, symbols, params).unwrap_err().0
    };
    assert!(refused(&Binance, "book_snapshots", &[], &[]).contains("--symbols"));
    assert!(refused(&Binance, "book_snapshots", &["A-B"], &[("depth", "0")]).contains("1 to 5000"));
    assert!(refused(&BinanceUsdm, "tickers", &["A-B"], &[("type", "x")]).contains("full, price"));
}

#[test]
fn envelopes_of_collectors_are_taken_off() {
    let body = r#"{"stream":"btcusdt@depthSnapshot","generated":true,"data":{"lastUpdateId":5,"bids":[["1","2"]],"asks":[]}}"#;
    let item = snapshot(&BinanceUsdm, "book_snapshots", Some("BTCUSDT"), &[]);
    let (tables, _) = read(&BinanceUsdm, &item, &Cursor::Start, body);
    assert_eq!(tables.of("book_snapshots")[0]["sequence"], 5);
}
