//! The rules of Binance USD-M futures, over HTTP: what is refused, and what a page holds.

use crate::support::{at, get, json, options, rows, start};
use serde_json::Value;
use simulator::{Limits, Options, Simulator};

const NOW: i64 = 1_718_454_896_789;
const HOUR: i64 = 3_600_000;

async fn refused(simulator: &Simulator, path: &str) -> (u16, i64) {
    let response = get(simulator, "binance-usdm", path).await;
    let status = response.status().as_u16();
    let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    (status, body["code"].as_i64().unwrap())
}

async fn list(simulator: &Simulator, path: &str) -> Vec<Value> {
    let body = json(simulator, "binance-usdm", path).await;
    body.as_array().unwrap().clone()
}

#[tokio::test]
async fn trades_are_served_for_two_days_and_an_hour_at_once() {
    let simulator = start(options()).await;
    assert_eq!(at(crate::support::NOW).timestamp_millis(), NOW);
    let path = |from: i64, to: i64| {
        format!("/fapi/v1/aggTrades?symbol=BTCUSDT&startTime={from}&endTime={to}&limit=1000")
    };
    let page = list(&simulator, &path(NOW - 47 * HOUR, NOW - 46 * HOUR - 1)).await;
    let (from, to) = (
        at(crate::support::NOW) - chrono::TimeDelta::hours(47),
        at(crate::support::NOW) - chrono::TimeDelta::hours(46),
    );
    let expected = rows(simulator.oracle().usdm_trades("BTCUSDT", from, to));
    assert_eq!(page.len(), expected.len());
    assert!(
        page.iter()
            .zip(&expected)
            .all(|(trade, row)| row["trade_id"].as_str() == Some(&trade["a"].to_string()))
    );
    assert_eq!(
        refused(&simulator, &path(NOW - 49 * HOUR, NOW - 48 * HOUR - 1)).await,
        (400, -1130)
    );
    assert_eq!(
        refused(&simulator, &path(NOW - 5 * HOUR, NOW - 4 * HOUR)).await,
        (400, -1127)
    );
    assert_eq!(
        refused(
            &simulator,
            "/fapi/v1/aggTrades?symbol=BTCUSDT&fromId=1&startTime=1718454890000"
        )
        .await,
        (400, -1128)
    );
    assert_eq!(
        refused(&simulator, "/fapi/v1/aggTrades?symbol=BTCUSDT&limit=1001").await,
        (400, -1130)
    );
    assert_eq!(
        refused(&simulator, "/fapi/v1/klines?symbol=BTCUSDT&interval=1s").await,
        (400, -1120)
    );
    assert_eq!(
        refused(&simulator, "/fapi/v1/depth?symbol=BTCUSDT&limit=7").await,
        (400, -4021)
    );
    assert_eq!(
        refused(&simulator, "/fapi/v1/allForceOrders?symbol=BTCUSDT").await,
        (400, 400)
    );
}

#[tokio::test]
async fn statistics_are_the_newest_of_a_month() {
    let simulator = start(options()).await;
    let path =
        |rest: &str| format!("/futures/data/openInterestHist?symbol=BTCUSDT&period=1h{rest}");
    let newest = list(&simulator, &path("")).await;
    assert_eq!(newest.len(), 30);
    assert_eq!(newest[29]["timestamp"], NOW / HOUR * HOUR);
    let window = format!(
        "&startTime={}&endTime={}&limit=500",
        NOW - 100 * HOUR,
        NOW - 90 * HOUR
    );
    assert_eq!(list(&simulator, &path(&window)).await.len(), 10);
    let old = format!("&startTime={}", NOW - 31 * 24 * HOUR);
    assert_eq!(refused(&simulator, &path(&old)).await, (400, -1130));
    let ratios = list(
        &simulator,
        "/futures/data/topLongShortAccountRatio?symbol=BTCUSDT&period=1d",
    )
    .await;
    assert!(ratios[0]["timestamp"].is_string());
}

#[tokio::test]
async fn fundings_page_from_their_start() {
    let simulator = start(options()).await;
    let path = |rest: &str| format!("/fapi/v1/fundingRate?symbol=BTCUSDT{rest}");
    let newest = list(&simulator, &path("")).await;
    assert_eq!(newest.len(), 200);
    let first = newest[0]["fundingTime"].as_i64().unwrap();
    let page = list(&simulator, &path(&format!("&startTime={first}&limit=5"))).await;
    assert_eq!(page, newest[..5]);
    let after = list(
        &simulator,
        &path(&format!("&startTime={}&limit=1", first + 1)),
    )
    .await;
    assert_eq!(after[0], newest[1]);
    let old = list(&simulator, &path("&startTime=1600000000000&limit=1")).await;
    assert!(old[0].get("markPrice").is_none() && newest[0].get("markPrice").is_some());
    assert!(
        list(&simulator, "/fapi/v1/fundingRate?symbol=BTCUSDT_331230")
            .await
            .is_empty()
    );
    let running = json(
        &simulator,
        "binance-usdm",
        "/fapi/v1/premiumIndex?symbol=BTCUSDT_331230",
    )
    .await;
    assert_eq!(
        (&running["lastFundingRate"], &running["nextFundingTime"]),
        (&Value::from(""), &Value::from(0))
    );
}

#[tokio::test]
async fn who_asks_too_much_is_told_so_by_the_limit_it_broke() {
    let simulator = start(Options {
        limits: Limits::default(),
        ..options()
    })
    .await;
    let reply = get(
        &simulator,
        "binance-usdm",
        "/fapi/v1/klines?symbol=BTCUSDT&interval=1d&limit=1500",
    )
    .await;
    assert_eq!(reply.headers()["x-mbx-used-weight-1m"], "10");
    for _ in 0..60 {
        get(&simulator, "binance-usdm", "/fapi/v1/ticker/24hr").await;
    }
    let reply = get(&simulator, "binance-usdm", "/fapi/v1/ticker/24hr").await;
    assert_eq!(reply.status(), 429);
    assert!(reply.headers().contains_key("retry-after"));
    // Statistics have a limit of their own.
    list(
        &simulator,
        "/futures/data/openInterestHist?symbol=BTCUSDT&period=1h",
    )
    .await;
}

#[tokio::test]
async fn spot_tells_the_present_without_a_time() {
    let simulator = start(options()).await;
    let book = json(
        &simulator,
        "binance",
        "/api/v3/depth?symbol=BTCUSDT&limit=7",
    )
    .await;
    assert_eq!(book["bids"].as_array().unwrap().len(), 7);
    assert!(book.get("E").is_none());
    let all = json(&simulator, "binance", "/api/v3/ticker/bookTicker").await;
    assert!(all.as_array().unwrap().len() > 5);
    let mini = json(
        &simulator,
        "binance",
        "/api/v3/ticker/24hr?symbol=BTCUSDT&type=MINI",
    )
    .await;
    assert!(mini.get("bidPrice").is_none() && mini["closeTime"] == NOW);
    let price = json(&simulator, "binance", "/api/v3/ticker/price?symbol=BTCUSDT").await;
    assert_eq!(price["price"], mini["lastPrice"]);
}
