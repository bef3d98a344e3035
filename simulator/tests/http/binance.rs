//! Binance paging rules and error bodies, over HTTP, against the oracle.

use crate::support::{at, get, json, options, rows, start};
use serde_json::Value;
use simulator::{Options, Simulator, Ties};

const TRADES: &str = "/api/v3/aggTrades?symbol=BTCUSDT";

async fn trades(simulator: &Simulator, query: &str) -> Vec<Value> {
    json(simulator, "binance", &format!("{TRADES}{query}"))
        .await
        .as_array()
        .unwrap()
        .clone()
}

fn ids(trades: &[Value]) -> Vec<String> {
    trades.iter().map(|trade| trade["a"].to_string()).collect()
}

/// The way a client is meant to read a window: by time once, then by id.
async fn walk(simulator: &Simulator, from: i64, to: i64, limit: u64) -> Vec<Value> {
    let mut page = trades(
        simulator,
        &format!("&startTime={from}&endTime={}&limit={limit}", to - 1),
    )
    .await;
    let mut all = Vec::new();
    while let Some(last) = page.last() {
        let (next, done) = (
            last["a"].as_u64().unwrap() + 1,
            last["T"].as_i64().unwrap() >= to,
        );
        all.extend(
            page.into_iter()
                .filter(|trade| trade["T"].as_i64().unwrap() < to),
        );
        if done {
            break;
        }
        page = trades(simulator, &format!("&fromId={next}&limit={limit}")).await;
    }
    all
}

#[tokio::test]
async fn paging_by_time_then_id_yields_what_the_oracle_says() {
    for ties in [
        Ties {
            block: 12,
            every: 2,
        },
        Ties {
            block: 700,
            every: 2,
        },
    ] {
        let simulator = start(Options { ties, ..options() }).await;
        let (from, to) = (at("2024-03-01T00:00:00Z"), at("2024-03-03T12:00:00Z"));
        let expected = rows(simulator.oracle().trades("BTCUSDT", from, to));
        assert_eq!(
            expected.len() as u64,
            simulator.oracle().trade_count("BTCUSDT", from, to)
        );
        let got = walk(
            &simulator,
            from.timestamp_millis(),
            to.timestamp_millis(),
            333,
        )
        .await;
        assert!(got.len() > 3_000);
        let want: Vec<String> = expected
            .iter()
            .map(|row| row["trade_id"].as_str().unwrap().into())
            .collect();
        assert_eq!(ids(&got), want);
        for (trade, row) in got.iter().zip(&expected) {
            assert_eq!(format!("{}000000", trade["T"]), row["ts"].as_str().unwrap());
            assert_eq!(
                row["side"],
                if trade["m"].as_bool().unwrap() {
                    "sell"
                } else {
                    "buy"
                }
            );
            let (price, amount) = (
                row["price"].as_str().unwrap(),
                row["amount"].as_str().unwrap(),
            );
            assert_eq!(
                trade["p"].as_str().unwrap().parse(),
                price.parse::<common::Decimal>()
            );
            assert_eq!(
                trade["q"].as_str().unwrap().parse(),
                amount.parse::<common::Decimal>()
            );
        }
    }
}

#[tokio::test]
async fn each_combination_of_parameters_pages_as_documented() {
    let simulator = start(options()).await;
    assert_eq!(trades(&simulator, "").await.len(), 500);
    assert_eq!(trades(&simulator, "&limit=5000").await.len(), 1000);
    let newest = trades(&simulator, "&limit=3").await;
    let last = newest[2]["a"].as_u64().unwrap();
    assert!(newest[2]["T"].as_i64().unwrap() <= at(crate::support::NOW).timestamp_millis());
    assert_eq!(
        ids(&trades(&simulator, &format!("&fromId={last}")).await),
        [last.to_string()]
    );
    assert!(
        trades(&simulator, &format!("&fromId={}", last + 1))
            .await
            .is_empty()
    );

    let some = trades(&simulator, "&fromId=1000000&limit=50").await;
    assert_eq!(some[0]["a"], 1_000_000);
    let (first, end) = (&some[0]["T"], &some[49]["T"]);
    let window = trades(&simulator, &format!("&startTime={first}&endTime={end}")).await;
    assert!(
        window.len() >= 50
            && window
                .iter()
                .all(|trade| trade["T"].as_i64() <= end.as_i64())
    );
    assert!(
        ids(&window).contains(&"1000049".to_owned()),
        "both ends are inclusive"
    );
    let upto = trades(&simulator, &format!("&endTime={end}&limit=10")).await;
    assert_eq!(upto[9]["T"], *end);
    assert!(
        trades(&simulator, "&startTime=0&endTime=1000")
            .await
            .is_empty()
    );
    assert_eq!(trades(&simulator, "&startTime=0&limit=1").await[0]["a"], 0);
}

#[tokio::test]
async fn the_layout_is_the_vendors_and_the_same_request_gives_the_same_bytes() {
    let simulator = start(options()).await;
    let path = format!("{TRADES}&fromId=77&limit=2");
    let body = get(&simulator, "binance", &path)
        .await
        .text()
        .await
        .unwrap();
    assert_eq!(
        body,
        get(&simulator, "binance", &path)
            .await
            .text()
            .await
            .unwrap()
    );
    assert!(
        body.starts_with(r#"[{"a":77,"p":""#) && body.ends_with(r#","M":true}]"#),
        "{body}"
    );
    let keys = [
        "\"a\":",
        ",\"p\":\"",
        "\",\"q\":\"",
        "\",\"f\":",
        ",\"l\":",
        ",\"T\":",
        ",\"m\":",
        ",\"M\":",
    ];
    let places: Vec<_> = keys.iter().map(|key| body.find(key).unwrap()).collect();
    assert!(places.is_sorted());
    let other = start(Options {
        seed: 2,
        ..options()
    })
    .await;
    assert_ne!(
        body,
        get(&other, "binance", &path).await.text().await.unwrap()
    );
}

#[tokio::test]
async fn klines_page_by_open_time_and_the_oracle_leaves_the_open_bar_out() {
    let simulator = start(options()).await;
    let (from, to, now) = (
        at("2024-06-10T00:00:00Z"),
        at("2024-07-01T00:00:00Z"),
        at(crate::support::NOW),
    );
    let oracle = simulator.oracle();
    let expected = rows(oracle.klines("BTCUSDT", "1h", (from, to), now));
    let mut next = from.timestamp_millis();
    let mut got = Vec::new();
    loop {
        let path = format!(
            "/api/v3/klines?symbol=BTCUSDT&interval=1h&startTime={next}&endTime={}&limit=7",
            to.timestamp_millis() - 1
        );
        let page = json(&simulator, "binance", &path).await;
        let Some(last) = page.as_array().unwrap().last() else {
            break;
        };
        next = last[0].as_i64().unwrap() + 3_600_000;
        got.extend(page.as_array().unwrap().clone());
    }
    let open = got.pop().unwrap();
    assert!(open[6].as_i64().unwrap() > now.timestamp_millis());
    assert_eq!(got.len(), expected.len());
    for (bar, row) in got.iter().zip(&expected) {
        assert_eq!(
            format!("{}000000", bar[0]),
            row["open_time"].as_str().unwrap()
        );
        assert_eq!(
            format!("{}000000", bar[6]),
            row["close_time"].as_str().unwrap()
        );
        for (place, column) in [
            (1, "open"),
            (2, "high"),
            (3, "low"),
            (4, "close"),
            (5, "volume"),
            (7, "quote_volume"),
            (9, "taker_buy_volume"),
            (10, "taker_buy_quote_volume"),
        ] {
            let decimal =
                |value: &Value| value.as_str().unwrap().parse::<common::Decimal>().unwrap();
            assert_eq!(decimal(&bar[place]), decimal(&row[column]), "{column}");
        }
        assert_eq!(bar[8], row["trade_count"]);
    }
    let newest = json(
        &simulator,
        "binance",
        "/api/v3/klines?symbol=BTCUSDT&interval=1h",
    )
    .await;
    assert_eq!(newest.as_array().unwrap().len(), 500);
    assert_eq!(newest[499], open);
}

#[tokio::test]
async fn error_bodies_are_exact() {
    let simulator = start(options()).await;
    let cases = [
        (
            "/api/v3/aggTrades",
            r#"{"code":-1102,"msg":"Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."}"#,
        ),
        (
            "/api/v3/aggTrades?symbol=NOPE",
            r#"{"code":-1121,"msg":"Invalid symbol."}"#,
        ),
        (
            "/api/v3/aggTrades?symbol=btc",
            r#"{"code":-1100,"msg":"Illegal characters found in parameter 'symbol'; legal range is '^[A-Z0-9-_.]{1,20}$'."}"#,
        ),
        (
            "/api/v3/aggTrades?symbol=BTCUSDT&limit=-1",
            r#"{"code":-1100,"msg":"Illegal characters found in parameter 'limit'; legal range is '^[0-9]{1,20}$'."}"#,
        ),
        (
            "/api/v3/aggTrades?symbol=BTCUSDT&fromId=1&startTime=2",
            r#"{"code":-1128,"msg":"Combination of optional parameters invalid."}"#,
        ),
        (
            "/api/v3/klines?symbol=BTCUSDT",
            r#"{"code":-1102,"msg":"Mandatory parameter 'interval' was not sent, was empty/null, or malformed."}"#,
        ),
        (
            "/api/v3/klines?symbol=BTCUSDT&interval=7m",
            r#"{"code":-1120,"msg":"Invalid interval."}"#,
        ),
    ];
    for (path, body) in cases {
        let response = get(&simulator, "binance", path).await;
        assert_eq!(response.status(), 400);
        assert_eq!(
            response.headers()["content-type"],
            "application/json;charset=UTF-8"
        );
        assert!(response.headers().contains_key("x-mbx-used-weight-1m"));
        assert_eq!(response.text().await.unwrap(), body);
    }
    let exchange = json(&simulator, "binance", "/api/v3/exchangeInfo?symbol=ETHBTC").await;
    assert_eq!(exchange["rateLimits"][0]["limit"], 6000);
    assert_eq!(exchange["symbols"][0]["baseAsset"], "ETH");
    assert_eq!(simulator.requests().counts().statuses[&400], 7);
}
