//! OKX, read: hand-written replies of every layout, with the traps in them.

use serde_json::{Map, Value, json};
use sources::instrument::lines;
use sources::okx::Okx;
use sources::{Cursor, Instruments, Reply, Source};

use crate::bench::{Tables, by_ids, outcome, parse};

/// Reads a body with these parameters and instruments, long after it was fetched.
fn with(
    dataset: &str,
    params: &[(&str, &str)],
    lists: &[&str],
    body: &str,
) -> Result<Tables, String> {
    let mut item = by_ids("okx", dataset, &[]);
    for (name, value) in params {
        item.params.insert((*name).to_owned(), (*value).to_owned());
    }
    let instruments = lists
        .iter()
        .flat_map(|list| Okx.read_instruments(list.as_bytes()).unwrap())
        .collect();
    let reply = Reply {
        item: &item,
        id: None,
        cursor: &Cursor::Start,
        instruments: &Instruments::new(instruments),
        body: body.as_bytes(),
        fetched_at_ms: i64::MAX,
    };
    parse(&Okx, &reply).map(|(tables, _)| tables)
}

#[test]
fn amounts_follow_what_the_contract_was_worth_then() {
    let line = |multiplier: &str, from: &str| {
        format!(
            r#"{{"symbol":"AAA-USDT-PERP","venue_symbol":"AAA-USDT-SWAP","kind":"perpetual","amount_unit":"contracts","multiplier":"{multiplier}","valid_from":"{from}"}}"#
        )
    };
    let history = [
        line("0.5", "2020-01-01"),
        line("0.25", "2023-11-14T22:13:20Z"),
    ]
    .join("\n");
    let history = Instruments::new(lines::read(history.as_bytes()).unwrap());
    let listed = Okx.read_instruments(LINEAR.as_bytes()).unwrap();
    let instruments = history.over(listed, 1_700_000_001_000_000_000);
    let trade = |ms: i64| {
        format!(
            r#"{{"instId":"AAA-USDT-SWAP","tradeId":"{ms}","px":"2","sz":"3","side":"buy","ts":"{ms}"}}"#
        )
    };
    let times = [
        1_400_000_000_000,
        1_699_999_999_999,
        1_700_000_000_000,
        1_700_000_001_000,
    ];
    let body = data(&times.map(trade).join(","));
    let reply = Reply {
        item: &by_ids("okx", "trades", &[]),
        id: None,
        cursor: &Cursor::Start,
        instruments: &instruments,
        body: body.as_bytes(),
        fetched_at_ms: i64::MAX,
    };
    let (tables, _) = parse(&Okx, &reply).unwrap();
    assert_eq!(
        columns(&tables.remove("trades"), &["base_amount", "quote_amount"]),
        json!([
            ["1.5", "3"],
            ["1.5", "3"],
            ["0.75", "1.5"],
            ["0.03", "0.06"]
        ])
    );
}

fn rows(dataset: &str, params: &[(&str, &str)], body: &str) -> Vec<Map<String, Value>> {
    let table = if dataset == "funding_rates_now" {
        "funding_rates"
    } else {
        dataset
    };
    with(dataset, params, &[], body).unwrap().remove(table)
}

fn error(dataset: &str, body: &str) -> String {
    outcome(
        &Okx,
        &by_ids("okx", dataset, &[]),
        None,
        &Cursor::Start,
        body,
    )
    .unwrap_err()
}

fn data(rows: &str) -> String {
    format!(r#"{{"code":"0","msg":"","data":[{rows}]}}"#)
}

/// Some columns of rows, as JSON.
fn columns(rows: &[Map<String, Value>], names: &[&str]) -> Value {
    rows.iter()
        .map(|row| {
            names
                .iter()
                .map(|name| row[*name].clone())
                .collect::<Value>()
        })
        .collect()
}

pub(crate) const LINEAR: &str = r#"{"code":"0","msg":"","data":[{"instId":"AAA-USDT-SWAP","instType":"SWAP","uly":"AAA-USDT","instFamily":"AAA-USDT","baseCcy":"","quoteCcy":"","settleCcy":"USDT","ctVal":"0.01","ctMult":"1","ctValCcy":"AAA","ctType":"linear","tickSz":"0.1","listTime":"1600000000000","expTime":"","state":"live"},{"instId":"AAA-USD-SWAP","instType":"SWAP","uly":"AAA-USD","baseCcy":"","quoteCcy":"","settleCcy":"AAA","ctVal":"100","ctMult":"1","ctValCcy":"USD","ctType":"inverse","tickSz":"0.1","listTime":"1600000000000","expTime":"","state":"live"}]}"#;
const OPTIONS: &str = r#"{"code":"0","msg":"","data":[{"instId":"AAA-USD-310328-50-C","instType":"OPTION","uly":"AAA-USD","settleCcy":"AAA","ctVal":"1","ctMult":"0.01","ctValCcy":"AAA","ctType":"","tickSz":"0.0005","listTime":"1600000000000","expTime":"1932537600000","state":"live"}]}"#;

#[test]
fn amounts_of_contracts_go_by_the_list() {
    let body = data(
        r#"{"instId":"AAA-USDT-SWAP","side":"buy","sz":"3","px":"200","tradeId":"4","ts":"1700000000003"},
           {"instId":"AAA-USD-SWAP","side":"sell","sz":"2","px":"40000","tradeId":"3","ts":"1700000000002"},
           {"instId":"AAA-USD-310328-50-C","side":"sell","sz":"5","px":"0.02","tradeId":"2","ts":"1700000000001"},
           {"instId":"AAA-USDT","side":"buy","sz":"0.5","px":"3","tradeId":"1","ts":"1700000000000","source":"1"}"#,
    );
    let names = [
        "symbol",
        "trade_id",
        "amount",
        "base_amount",
        "quote_amount",
        "flags",
    ];
    let known = with("trades", &[], &[LINEAR, OPTIONS], &body).unwrap();
    assert_eq!(
        columns(known.of("trades"), &names),
        json!([
            ["AAA-USDT", "1", "0.5", "0.5", "1.5", "elp"],
            ["AAA-USD-20310328-50-C", "2", "5", "0.05", "0.001", ""],
            ["AAA-USD-PERP", "3", "2", "0.005", "200", ""],
            ["AAA-USDT-PERP", "4", "3", "0.03", "6", ""],
        ])
    );
    let unknown = with("trades", &[], &[], &body).unwrap();
    assert_eq!(
        columns(unknown.of("trades"), &names[..4]),
        json!([
            ["AAA-USDT", "1", "0.5", "0.5"],
            ["AAA-USD-20310328-50-C", "2", "5", null],
            ["AAA-USD-PERP", "3", "2", null],
            ["AAA-USDT-PERP", "4", "3", null],
        ])
    );
}

#[test]
fn what_a_trade_lacks_is_said_with_its_place() {
    let trade = |px: &str, side: &str| {
        data(&format!(
            r#"{{"instId":"A-B","side":"{side}","sz":"1","px":"{px}","tradeId":"1","ts":"1700000000000"}}"#
        ))
    };
    assert!(
        error("trades", &trade("1,5", "buy")).starts_with("at data[0].px: not a decimal number")
    );
    assert!(error("trades", &trade("1.0000000000000000001", "buy")).contains("does not fit"));
    assert_eq!(
        error("trades", &trade("1", "BUY")),
        "at data[0].side: \"BUY\", expected buy or sell"
    );
    assert_eq!(
        error("trades", &data(r#"{"px":"1"}"#)),
        "at data[0]: missing field `tradeId`"
    );
    assert!(error("trades", "[]").contains("expected an object with code and data"));
}

#[test]
fn volume_is_base_currency_whatever_the_kind() {
    let bar = r#"["1700000000000","10","12","9","11","628","2.5","27.5","1"]"#;
    let open = r#"["1700000060000","10","12","9","11","628","2.5","27.5","0"]"#;
    let body = data(&format!("{open},{bar}"));
    let names = ["symbol", "interval", "volume", "quote_volume"];
    let of = |symbol| columns(&rows("klines", &[("symbol", symbol)], &body), &names);
    assert_eq!(
        of("AAA-USDT-SWAP"),
        json!([["AAA-USDT-PERP", "1m", "2.5", "27.5"]])
    );
    assert_eq!(of("AAA-USDT"), json!([["AAA-USDT", "1m", "628", "27.5"]]));
    // Nobody says what it is: equal second and third volumes tell a spot pair.
    let spot = data(r#"["1700000000000","10","12","9","11","628","27.5","27.5","1"]"#);
    assert_eq!(
        columns(&rows("klines", &[], &spot), &names),
        json!([["", "1m", "628", "27.5"]])
    );
    assert_eq!(
        columns(&rows("klines", &[], &body), &names),
        json!([["", "1m", "2.5", "27.5"]])
    );
}

#[test]
fn bars_of_a_channel_have_its_length() {
    let body = r#"{"arg":{"channel":"candle1D","instId":"AAA-USDT"},"data":[["1700000000000","1","1","1","1","2","3","3","1"]]}"#;
    assert_eq!(
        columns(
            &rows("klines", &[("interval", "5m")], body),
            &["symbol", "interval"]
        ),
        json!([["AAA-USDT", "1D"]])
    );
    let short = data(r#"["1700000000000","1"]"#);
    assert_eq!(
        error("klines", &short),
        "at data[0]: 2 columns, expected 7 or 9"
    );
}

#[test]
fn books_of_every_layout() {
    let body = r#"{"arg":{"channel":"books","instId":"AAA-USDT"},"action":"update","data":[{"asks":[["2","0","0","0"]],"bids":[["1","5","0","2"]],"ts":"1700000000000","seqId":7,"prevSeqId":6}]}"#;
    let deltas = with("book_snapshots", &[], &[], body)
        .unwrap()
        .remove("book_deltas");
    assert_eq!(
        columns(
            &deltas,
            &[
                "symbol",
                "side",
                "price",
                "amount",
                "sequence",
                "previous_sequence"
            ]
        ),
        json!([
            ["AAA-USDT", "bid", "1", "5", 7, 6],
            ["AAA-USDT", "ask", "2", "0", 7, 6]
        ])
    );
    let full = data(r#"{"asks":[["2","1.5","3"]],"bids":[],"ts":"1700000000000","seqId":9}"#);
    let snapshot = rows("book_snapshots", &[("symbol", "aaa-usdt-perp")], &full);
    assert_eq!(
        columns(&snapshot, &["venue_symbol", "sequence", "asks", "bids"]),
        json!([["AAA-USDT-SWAP", 9, [["2", "1.5"]], []]])
    );
    let bad = data(r#"{"asks":[["2"]],"bids":[],"ts":"1700000000000"}"#);
    assert_eq!(
        error("book_snapshots", &bad),
        "at data[0].asks[0]: 1 values, expected price and amount"
    );
}

#[test]
fn tickers_and_quotes_say_what_they_know() {
    let body = data(
        r#"{"instType":"SPOT","instId":"AAA-USDT","last":"2","askPx":"","askSz":"","bidPx":"1.5","bidSz":"3","open24h":"1","high24h":"3","low24h":"0.5","volCcy24h":"20","vol24h":"10","ts":"1700000000000"},
           {"instType":"SWAP","instId":"AAA-USDT-SWAP","last":"2","askPx":"2.5","askSz":"4","bidPx":"1.5","bidSz":"3","volCcy24h":"20","vol24h":"10","ts":"1700000000000"}"#,
    );
    assert_eq!(
        columns(
            &rows("tickers", &[], &body),
            &[
                "symbol",
                "last",
                "bid_price",
                "ask_price",
                "volume",
                "quote_volume"
            ]
        ),
        json!([
            ["AAA-USDT", "2", "1.5", null, "10", "20"],
            ["AAA-USDT-PERP", "2", "1.5", "2.5", "10", null]
        ])
    );
    assert_eq!(
        columns(
            &rows("quotes", &[], &body),
            &["symbol", "bid_amount", "ask_amount", "amount_unit"]
        ),
        json!([
            ["AAA-USDT", "3", null, "base"],
            ["AAA-USDT-PERP", "3", "4", "contracts"]
        ])
    );
}

#[test]
fn fundings_are_settled_or_predicted() {
    let names = [
        "symbol",
        "funding_time",
        "funding_rate",
        "interval_hours",
        "kind",
    ];
    let history = data(
        r#"{"instId":"AAA-USDT-SWAP","fundingRate":"0.1","realizedRate":"0.2","fundingTime":"1700006400000"},
           {"instId":"AAA-USDT-SWAP","fundingRate":"0.3","realizedRate":"","fundingTime":"1699992000000"}"#,
    );
    assert_eq!(
        columns(&rows("funding_rates", &[], &history), &names),
        json!([
            [
                "AAA-USDT-PERP",
                "1699992000000000000",
                "0.3",
                null,
                "regular"
            ],
            ["AAA-USDT-PERP", "1700006400000000000", "0.2", 4, "regular"],
        ])
    );
    let now = data(
        r#"{"instId":"AAA-USDT-SWAP","fundingRate":"0.1","nextFundingRate":"","fundingTime":"1700006400000","nextFundingTime":"1700035200000"}"#,
    );
    assert_eq!(
        columns(&rows("funding_rates_now", &[], &now), &names),
        json!([[
            "AAA-USDT-PERP",
            "1700006400000000000",
            "0.1",
            8,
            "predicted"
        ]])
    );
}

#[test]
fn open_interest_and_ratios() {
    let names = [
        "symbol",
        "ts",
        "open_interest",
        "open_interest_base",
        "open_interest_value",
    ];
    let history = data(r#"["1700000300000","4","0.4","8"],["1700000000000","3","0.3","6"]"#);
    assert_eq!(
        columns(
            &rows("open_interest", &[("symbol", "AAA-USDT-SWAP")], &history),
            &names
        ),
        json!([
            ["AAA-USDT-PERP", "1700000000000000000", "3", "0.3", "6"],
            ["AAA-USDT-PERP", "1700000300000000000", "4", "0.4", "8"],
        ])
    );
    let now = data(
        r#"{"instType":"SWAP","instId":"AAA-USD-SWAP","oi":"5","oiCcy":"0.5","ts":"1700000000000"}"#,
    );
    assert_eq!(
        columns(&rows("open_interest", &[], &now), &names),
        json!([["AAA-USD-PERP", "1700000000000000000", "5", "0.5", null]])
    );
    let ratios = data(r#"["1700000300000","1.25"],["1700000000000","0.8"]"#);
    let params = [
        ("symbol", "AAA-USDT-SWAP"),
        ("kind", "top_positions"),
        ("period", "1h"),
    ];
    assert_eq!(
        columns(
            &rows("long_short_ratios", &params, &ratios),
            &["symbol", "kind", "period", "ratio"]
        ),
        json!([
            ["AAA-USDT-PERP", "top_positions", "1h", "0.8"],
            ["AAA-USDT-PERP", "top_positions", "1h", "1.25"],
        ])
    );
}

#[test]
fn liquidations_keep_the_forced_orders_side() {
    let body = data(
        r#"{"instId":"AAA-USDT-SWAP","instFamily":"AAA-USDT","totalLoss":"0","details":[
            {"bkPx":"200","side":"sell","posSide":"long","sz":"3","ts":"1700000001000","bkLoss":"0"},
            {"bkPx":"100","side":"buy","posSide":"short","sz":"1","ts":"1700000000000","bkLoss":"0"}]}"#,
    );
    let rows = with("liquidations", &[], &[LINEAR], &body)
        .unwrap()
        .remove("liquidations");
    assert_eq!(
        columns(
            &rows,
            &["symbol", "side", "price", "amount", "base_amount", "flags"]
        ),
        json!([
            ["AAA-USDT-PERP", "buy", "100", "1", "0.01", "short"],
            ["AAA-USDT-PERP", "sell", "200", "3", "0.03", "long"],
        ])
    );
    assert_ne!(rows[0]["liquidation_id"], rows[1]["liquidation_id"]);
}

#[test]
fn instruments_say_what_a_contract_is_worth() {
    let rows = with("instruments", &[], &[], LINEAR)
        .unwrap()
        .remove("instruments");
    let names = [
        "symbol",
        "kind",
        "base",
        "quote",
        "settle",
        "amount_unit",
        "multiplier",
        "inverse",
    ];
    assert_eq!(
        columns(&rows, &names),
        json!([
            [
                "AAA-USDT-PERP",
                "perpetual",
                "AAA",
                "USDT",
                "USDT",
                "contracts",
                "0.01",
                false
            ],
            [
                "AAA-USD-PERP",
                "perpetual",
                "AAA",
                "USD",
                "AAA",
                "contracts",
                "100",
                true
            ],
        ])
    );
    let option = with("instruments", &[], &[], OPTIONS)
        .unwrap()
        .remove("instruments");
    assert_eq!(
        columns(&option, &names),
        json!([[
            "AAA-USD-20310328-50-C",
            "option",
            "AAA",
            "AAA",
            "AAA",
            "contracts",
            "0.01",
            false
        ]])
    );
}
