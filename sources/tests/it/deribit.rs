//! The datasets of Deribit, reply by reply: rows keep every digit and what their fields say.

use crate::bench::{Tables, ask, at, by_ids, item, outcome, parse, read, read_at};
use common::item::Item;
use serde_json::{Map, Value, json};
use sources::deribit::Deribit;
use sources::{Cursor, Instruments, Next, Reply};

pub(crate) const HOUR: i64 = 3_600_000;
pub(crate) const DAY: i64 = 24 * HOUR;
/// When everything here is asked for.
pub(crate) const NOW: i64 = 20_000 * DAY;

pub(crate) fn range(
    dataset: &str,
    symbol: &str,
    from: i64,
    to: i64,
    params: &[(&str, &str)],
) -> Item {
    item("deribit", dataset, Some(symbol), at(from), at(to), params)
}

pub(crate) fn trade(seq: u64, ms: i64) -> Value {
    json!({
        "trade_seq": seq, "trade_id": (seq + 1_000).to_string(), "timestamp": ms, "price": 100.5,
        "amount": 10.0, "direction": "buy", "instrument_name": "BTC-PERPETUAL", "tick_direction": 0,
    })
}

fn saved(dataset: &str, symbol: &str, body: &Value) -> Result<Tables, String> {
    let mut item = by_ids("deribit", dataset, &[]);
    if !symbol.is_empty() {
        item.params.insert("symbol".to_owned(), symbol.to_owned());
    }
    outcome(&Deribit, &item, None, &Cursor::Start, &body.to_string()).map(|(tables, _)| tables)
}

pub(crate) fn answer(result: Value) -> Value {
    json!({"jsonrpc": "2.0", "result": result, "usIn": 1, "usOut": 1_700_000_000_000_123_i64})
}

fn notice(channel: &str, data: Value) -> Value {
    json!({"jsonrpc": "2.0", "method": "subscription", "params": {"channel": channel, "data": data}})
}

fn one(tables: Tables, table: &str) -> Map<String, Value> {
    let mut rows = tables.remove(table);
    assert_eq!(rows.len(), 1);
    rows.remove(0)
}

#[test]
fn trades_keep_every_digit_and_tag() {
    let body = r#"{"jsonrpc":"2.0","id":1,"result":{"trades":[
        {"trade_seq":3,"trade_id":"77","timestamp":1700000000123,"tick_direction":2,"price":40000.5,
         "instrument_name":"BTC-PERPETUAL","index_price":1.0,"direction":"sell","amount":1120.0,"contracts":112.0,
         "liquidation":"T","block_trade_id":"88","combo_id":"BTC-FS-27DEC24_PERP","combo_trade_id":99},
        {"trade_seq":4,"trade_id":"ETH-78","timestamp":1700000000124,"price":5.0e-4,
         "instrument_name":"ETH-9MAR24-2000-C","iv":61.2,"direction":"buy","amount":3},
        {"trade_seq":4,"trade_id":"79","timestamp":1700000000124,"price":0.625,
         "instrument_name":"XRP_USDC-PERPETUAL","direction":"buy","amount":10}
        ],"has_more":true},"usIn":1700000000123456,"usOut":1700000000123457,"usDiff":1,"testnet":false}"#;
    let item = by_ids("deribit", "trades", &[]);
    let (tables, next) = read(&Deribit, &item, &Cursor::Start, body);
    let rows = tables.remove("trades");
    assert_eq!(next, Next::End);
    let mut first = rows[0].clone();
    first.remove("base_amount");
    assert_eq!(
        Value::from(first),
        json!({
            "source": "deribit", "symbol": "BTC-USD-PERP", "venue_symbol": "BTC-PERPETUAL", "trade_id": "77",
            "ts": "1700000000123000000", "price": "40000.5", "amount": "1120", "side": "sell", "quote_amount": "1120",
            "flags": "liquidation=T,block_trade=88,combo=BTC-FS-27DEC24_PERP,combo_trade=99,tick=2", "exchange": "",
        })
    );
    let of = |row: &Map<String, Value>| {
        ["symbol", "price", "base_amount", "quote_amount", "flags"]
            .map(|column| row[column].as_str().unwrap().to_owned())
    };
    // Priced in ether: 3 x 0.0005.
    assert_eq!(
        of(&rows[1]),
        ["ETH-USD-20240309-2000-C", "0.0005", "3", "0.0015", ""]
    );
    assert_eq!(of(&rows[2]), ["XRP-USDC-PERP", "0.625", "10", "6.25", ""]);
}

#[test]
fn liquidations_take_the_side_of_the_forced_order() {
    let flagged = |seq, liquidation: &str| {
        let mut row = trade(seq, NOW - HOUR);
        row["liquidation"] = liquidation.into();
        row
    };
    let rows = vec![
        trade(1, NOW),
        flagged(2, "T"),
        flagged(3, "M"),
        flagged(4, "MT"),
    ];
    let body = answer(json!({"trades": rows, "has_more": false}));
    let rows = saved("liquidations", "", &body)
        .unwrap()
        .remove("liquidations");
    let sides: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row["liquidation_id"].as_str().unwrap(),
                row["side"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        sides,
        [
            ("1002", "buy"),
            ("1003", "sell"),
            ("1004-M", "sell"),
            ("1004-T", "buy")
        ]
    );
    assert_eq!(rows[0]["quote_amount"], "10");
    let body = answer(json!({"trades": [flagged(2, "X")]}));
    assert!(
        saved("liquidations", "", &body)
            .unwrap_err()
            .contains("expected M, T or MT")
    );
    let body = answer(json!({"settlements": [{"type": "bankruptcy"}], "continuation": "x"}));
    assert!(
        saved("liquidations", "", &body)
            .unwrap_err()
            .contains("no liquidations")
    );
}

fn columns(ticks: &[i64]) -> Value {
    let column = |value: f64| vec![value; ticks.len()];
    json!({
        "status": if ticks.is_empty() { "no_data" } else { "ok" }, "ticks": ticks, "open": column(10.5),
        "high": column(11.0), "low": column(9.5), "close": column(10.0), "volume": column(3.6680847969999992),
        "cost": column(28740.0),
    })
}

#[test]
fn bars_come_in_columns_and_open_ones_stay_out() {
    let start = NOW - 5_010 * 60_000;
    let item = range("klines", "BTC-PERPETUAL", start, NOW, &[("interval", "1m")]);
    let first = ask(&Deribit, &item, None, &Cursor::Start);
    assert_eq!(first.path, "/api/v2/public/get_tradingview_chart_data");
    let end = (start + 4_999 * 60_000).to_string();
    assert!(first.query.contains(&("end_timestamp", end)));
    assert!(first.query.contains(&("resolution", "1".to_owned())));
    let nothing = answer(columns(&[])).to_string();
    let (tables, next) = read_at(&Deribit, &item, &Cursor::Start, &nothing, NOW);
    assert!(tables.of("klines").is_empty());
    let second = start + 5_000 * 60_000;
    assert_eq!(next, Next::More(Cursor::Time(second)));
    // The bar before the page, one that is closed, one that is open.
    let ticks = [second - 60_000, NOW - 120_000, NOW - 60_000];
    let body = answer(columns(&ticks)).to_string();
    let (tables, next) = read_at(&Deribit, &item, &Cursor::Time(second), &body, NOW - 1);
    assert_eq!(next, Next::End);
    let row = one(tables, "klines");
    assert_eq!(row["open_time"], ((NOW - 120_000) * 1_000_000).to_string());
    assert_eq!(
        [
            "symbol",
            "interval",
            "open",
            "close",
            "volume",
            "quote_volume",
            "adjusted"
        ]
        .map(|column| row[column].as_str().unwrap().to_owned()),
        [
            "BTC-USD-PERP",
            "1m",
            "10.5",
            "10",
            "3.6680847969999992",
            "28740",
            "raw"
        ]
    );
}

#[test]
fn columns_of_different_lengths_are_refused() {
    let mut broken = columns(&[60_000, 120_000]);
    broken["close"] = json!([1]);
    let error = saved("klines", "BTC-PERPETUAL", &answer(broken)).unwrap_err();
    assert_eq!(
        error,
        "at result.close: 1 values, expected 2, as many as ticks"
    );
    let mut broken = columns(&[60_000]);
    broken["low"] = json!(["x"]);
    let error = saved("klines", "BTC-PERPETUAL", &answer(broken)).unwrap_err();
    assert!(
        error.starts_with("at result.low[0]: not a decimal"),
        "{error}"
    );
    let hours = answer(columns(&[3_600_000, 7_200_000]));
    let rows = saved("klines", "BTC-PERPETUAL", &hours).unwrap();
    assert_eq!(rows.of("klines")[0]["interval"], "1h");
    let bar =
        json!({"tick": 60_000, "open": 1, "high": 1, "low": 1, "close": 1, "volume": 1, "cost": 1});
    let row = one(
        saved("klines", "", &notice("chart.trades.ETH-PERPETUAL.30", bar)).unwrap(),
        "klines",
    );
    assert_eq!(
        (&row["symbol"], &row["interval"]),
        (&json!("ETH-USD-PERP"), &json!("30m"))
    );
}

#[test]
fn funding_is_asked_an_hour_early_and_kept_to_the_18th_digit() {
    let start = NOW - 800 * HOUR;
    let item = range("funding_rates", "BTC-USD-PERP", start, NOW, &[]);
    let first = ask(&Deribit, &item, None, &Cursor::Start);
    let query = |name: &str| {
        first
            .query
            .iter()
            .find(|(key, _)| *key == name)
            .unwrap()
            .1
            .clone()
    };
    assert_eq!(query("instrument_name"), "BTC-PERPETUAL");
    assert_eq!(query("start_timestamp"), (start - HOUR).to_string());
    assert_eq!(query("end_timestamp"), (start + 743 * HOUR - 1).to_string());
    let hour = |ms: i64| {
        json!({
            "timestamp": ms, "index_price": 8222.87, "prev_index_price": 1, "interest_8h": -0.00009234260068476106, "interest_1h": -4.7e-7,
        })
    };
    let body = answer(json!([hour(start - HOUR), hour(start)])).to_string();
    let (tables, next) = read_at(&Deribit, &item, &Cursor::Start, &body, NOW);
    assert_eq!(next, Next::More(Cursor::Time(start + 743 * HOUR)));
    let row = one(tables, "funding_rates");
    assert_eq!(
        ["symbol", "funding_rate", "rate_8h", "index_price", "kind"]
            .map(|column| row[column].as_str().unwrap().to_owned()),
        [
            "BTC-USD-PERP",
            "-0.00000047",
            "-0.000092342600684761",
            "8222.87",
            "regular"
        ]
    );
    assert_eq!(row["interval_hours"], 1);
    let row = one(
        saved("funding_rates", "ETH-PERPETUAL", &answer(json!(-2.5e-4))).unwrap(),
        "funding_rates",
    );
    assert_eq!(
        (&row["kind"], &row["funding_rate"]),
        (&json!("value"), &json!("-0.00025"))
    );
    assert_eq!(row["funding_time"], "1700000000000123000");
}

#[test]
fn volatility_goes_back_page_by_page() {
    let start = NOW - 10 * HOUR;
    let item = range(
        "volatility_index",
        "btc",
        start,
        NOW,
        &[("resolution", "1h")],
    );
    let first = ask(&Deribit, &item, None, &Cursor::Start);
    assert!(first.query.contains(&("currency", "BTC".to_owned())));
    assert!(first.query.contains(&("resolution", "3600".to_owned())));
    let bar = |ms: i64| json!([ms, 45.5, 46, 45.25, 45.75]);
    let page = |bars: Vec<Value>, continuation: Value| {
        answer(json!({"data": bars, "continuation": continuation})).to_string()
    };
    let newest = page(
        vec![bar(NOW - 2 * HOUR), bar(NOW - HOUR)],
        json!(NOW - 2 * HOUR),
    );
    // The last hour is not over yet.
    let (tables, next) = read_at(&Deribit, &item, &Cursor::Start, &newest, NOW - 1);
    let row = one(tables, "volatility_index");
    assert_eq!(
        (&row["symbol"], &row["resolution"], &row["low"]),
        (&json!("BTC-DVOL"), &json!("1h"), &json!("45.25"))
    );
    let cursor = Cursor::Time(NOW - 2 * HOUR);
    assert_eq!(next, Next::More(cursor.clone()));
    let again = Reply {
        item: &item,
        id: None,
        cursor: &cursor,
        instruments: &Instruments::default(),
        body: newest.as_bytes(),
        fetched_at_ms: NOW,
    };
    assert!(
        parse(&Deribit, &again)
            .unwrap_err()
            .contains("continuation")
    );
    let (_, next) = read_at(
        &Deribit,
        &item,
        &cursor,
        &page(vec![bar(start)], Value::Null),
        NOW,
    );
    assert_eq!(next, Next::End);
}

#[test]
fn books_are_whole_or_changes() {
    let body = answer(json!({
        "timestamp": 1_700_000_000_000_i64, "instrument_name": "BTC-PERPETUAL", "change_id": 42,
        "bids": [[100.5, 10.0], [100, 20]], "asks": [],
    }));
    let row = one(
        saved("book_snapshots", "", &body).unwrap(),
        "book_snapshots",
    );
    assert_eq!(
        (&row["sequence"], &row["ts"]),
        (&json!(42), &json!("1700000000000000000"))
    );
    let changes = json!({
        "type": "change", "timestamp": 1, "instrument_name": "BTC-PERPETUAL", "change_id": 43, "prev_change_id": 42,
        "bids": [["delete", 100, 5]], "asks": [["new", 101, 5.5]],
    });
    let rows = saved(
        "book_snapshots",
        "",
        &notice("book.BTC-PERPETUAL.raw", changes),
    )
    .unwrap()
    .remove("book_deltas");
    let of = |row: &Map<String, Value>| {
        [&row["side"], &row["price"], &row["amount"]]
            .map(|value| value.as_str().unwrap().to_owned())
    };
    assert_eq!(
        [of(&rows[0]), of(&rows[1])],
        [["bid", "100", "0"], ["ask", "101", "5.5"]]
    );
    assert_eq!(rows[0]["previous_sequence"], 42);
    let body = answer(json!({"change_id": 1, "bids": [[1]], "asks": []}));
    assert!(
        saved("book_snapshots", "X", &body)
            .unwrap_err()
            .contains("result.bids[0]")
    );
}

#[test]
fn summaries_of_one_and_of_all() {
    let ticker = answer(json!({
        "timestamp": 1_700_000_000_000_i64, "stats": {"volume": 24618.46215298, "volume_usd": 100.0, "low": 9569.5, "high": 10131.5},
        "open_interest": 66128281, "mark_price": 10094.1, "last_price": 10095.5, "instrument_name": "BTC-PERPETUAL",
        "index_price": 10091.15, "funding_8h": 0.00016281, "current_funding": 1.2966e-4, "best_bid_price": 0.0,
        "best_bid_amount": 0.0, "best_ask_price": 10095.5, "best_ask_amount": 250.0,
    }));
    let row = one(saved("tickers", "", &ticker).unwrap(), "tickers");
    assert_eq!(
        [
            "last",
            "volume",
            "quote_volume",
            "ask_amount",
            "open_interest",
            "funding_rate"
        ]
        .map(|column| row[column].as_str().unwrap().to_owned()),
        [
            "10095.5",
            "24618.46215298",
            "100",
            "250",
            "66128281",
            "0.00012966"
        ]
    );
    // Nobody bids.
    assert!(row["bid_price"].is_null() && row["bid_amount"].is_null());
    let row = one(saved("quotes", "", &ticker).unwrap(), "quotes");
    assert_eq!(
        (&row["ask_price"], &row["amount_unit"]),
        (&json!("10095.5"), &json!("quote"))
    );
    let row = one(
        saved("open_interest", "", &ticker).unwrap(),
        "open_interest",
    );
    assert_eq!(
        (&row["open_interest"], &row["open_interest_value"]),
        (&json!("66128281"), &json!("66128281"))
    );
    let of_all = answer(json!([
        {"instrument_name": "BTC-9MAR24-60000-P", "creation_timestamp": 1, "bid_price": null, "ask_price": 0.01, "last": null,
         "volume": 175.6, "volume_usd": 9, "open_interest": 1124.7, "mark_price": 0.02, "high": null, "low": null, "quote_currency": "BTC"},
        {"instrument_name": "BTC-PERPETUAL", "creation_timestamp": 2, "bid_price": 1, "ask_price": 2, "volume": 1, "open_interest": 5},
    ]));
    let rows = saved("open_interest", "", &of_all)
        .unwrap()
        .remove("open_interest");
    assert_eq!(
        (
            &rows[0]["open_interest_base"],
            &rows[1]["open_interest_base"]
        ),
        (&json!("1124.7"), &Value::Null)
    );
    let rows = saved("tickers", "", &of_all).unwrap().remove("tickers");
    assert_eq!(
        (&rows[0]["quote_volume"], &rows[0]["ask_price"]),
        (&Value::Null, &json!("0.01"))
    );
    let frame = notice(
        "quote.BTC-PERPETUAL",
        json!({"timestamp": 1, "instrument_name": "BTC-PERPETUAL", "best_bid_price": 1.5, "best_bid_amount": 2}),
    );
    assert_eq!(
        one(saved("quotes", "", &frame).unwrap(), "quotes")["bid_amount"],
        "2"
    );
    assert!(
        saved("open_interest", "", &frame)
            .unwrap_err()
            .contains("open_interest")
    );
}

#[test]
fn several_notifications_stand_one_a_line() {
    let frame = |bid: i64| {
        notice(
            "quote.BTC-PERPETUAL",
            json!({"timestamp": bid, "instrument_name": "BTC-PERPETUAL", "best_bid_price": bid}),
        )
    };
    let item = by_ids("deribit", "quotes", &[]);
    let body = format!("{}\n{}\n", frame(1), frame(2));
    let (tables, _) = read(&Deribit, &item, &Cursor::Start, &body);
    assert_eq!(tables.of("quotes").len(), 2);
    let body = format!("{}\n{{\"params\":{{\"data\":7}}}}\n", frame(1));
    let error = outcome(&Deribit, &item, None, &Cursor::Start, &body).unwrap_err();
    assert!(error.starts_with("at line 2: params.data"), "{error}");
    let error = outcome(
        &Deribit,
        &item,
        None,
        &Cursor::Start,
        r#"{"error":{"code":1}}"#,
    )
    .unwrap_err();
    assert!(error.starts_with("at error"), "{error}");
}
