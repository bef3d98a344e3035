//! Polygon's trades and quotes, and their retired layout.

use sources::polygon::Polygon;
use sources::{Cursor, Next};

use super::{column, saved, slice};
use crate::bench::read;

const TRADES: &str = r#"{"status":"OK","results":[
    {"conditions":[12, 37],"correction":1,"exchange":11,"id":"7","participant_timestamp":1,"price":156.43,"sequence_number":8,"sip_timestamp":1704206000000000001,"size":10,"tape":3},
    {"exchange":4,"id":"7","trf_id":202,"price":1.5643e2,"sequence_number":9,"sip_timestamp":1704206000000000001,"size":0.25,"tape":3},
    {"exchange":12,"id":"7","price":156,"sequence_number":10,"sip_timestamp":1704206000000000001,"size":3,"conditions":[14,41]}]}"#;

#[test]
fn trades_keep_nanoseconds_and_what_makes_ids_unique() {
    let trades = slice("trades", Some("AAPL"), "2024-01-02", "2024-01-03", &[]);
    let (tables, next) = read(&Polygon, &trades, &Cursor::Start, TRADES);
    assert_eq!(next, Next::End);
    assert_eq!(column(&tables, "trades", "trade_id"), ["7", "7", "7"]);
    assert_eq!(column(&tables, "trades", "exchange"), ["11", "4:202", "12"]);
    assert_eq!(column(&tables, "trades", "ts")[0], "1704206000000000001");
    assert_eq!(column(&tables, "trades", "amount"), ["10", "0.25", "3"]);
    assert_eq!(
        column(&tables, "trades", "quote_amount"),
        ["1564.3", "39.1075", "468"]
    );
    assert_eq!(
        column(&tables, "trades", "flags"),
        ["q=8,z=3,c=12+37,e=1", "q=9,z=3", "q=10,c=14+41"]
    );
    let bad = TRADES.replace("1.5643e2", "\"x\"");
    assert!(
        saved("trades", &bad)
            .unwrap_err()
            .starts_with("at results[1].price: not a decimal number")
    );
    let bad = TRADES.replace("[14,41]", "[14,\"I\"]");
    assert!(
        saved("trades", &bad)
            .unwrap_err()
            .starts_with("at results[2].conditions: ")
    );
    assert_eq!(
        saved("trades", r#"{"trades":[]}"#).unwrap_err(),
        "at .: missing field `results`, expected a list of rows"
    );
}

#[test]
fn the_retired_layout_of_ticks_is_read_too() {
    let body = r#"{"ticker":"AAPL","success":true,"results_count":1,"results":[
        {"t":1517562000016036600,"y":1,"q":1063,"i":"1","x":11,"s":100,"c":[12,41],"p":171.55,"z":3}]}"#;
    let tables = saved("trades", body).unwrap();
    assert_eq!(column(&tables, "trades", "symbol"), ["AAPL"]);
    assert_eq!(column(&tables, "trades", "trade_id"), ["1"]);
    assert_eq!(column(&tables, "trades", "exchange"), ["11"]);
    let body = r#"{"ticker":"AAPL","success":true,"results":[
        {"t":1517562000065700400,"q":2060,"p":102.7,"s":60,"x":11,"P":0,"S":0,"X":0,"c":[1,6],"z":3}]}"#;
    let tables = saved("quotes", body).unwrap();
    assert_eq!(column(&tables, "quotes", "bid_price"), ["102.7"]);
    assert_eq!(column(&tables, "quotes", "bid_exchange"), ["11"]);
    assert_eq!(column(&tables, "quotes", "ask_price"), ["null"]);
    assert_eq!(column(&tables, "quotes", "ask_exchange"), ["null"]);
    assert_eq!(column(&tables, "quotes", "conditions"), ["1,6"]);
}

#[test]
fn sizes_of_quotes_are_lots_then_shares() {
    let quote = |ts: &str| {
        let body = format!(
            r#"{{"status":"OK","results":[{{"sip_timestamp":{ts},"sequence_number":5,"bid_price":1,"bid_size":2,"bid_exchange":3,"ask_price":1.01,"ask_size":4,"ask_exchange":5}}]}}"#
        );
        column(&saved("quotes", &body).unwrap(), "quotes", "amount_unit").remove(0)
    };
    assert_eq!(quote("1762145999999999999"), "lots");
    assert_eq!(quote("1762146000000000000"), "shares");
}
