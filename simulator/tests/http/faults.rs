//! Every kind of fault, as a client sees it.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use crate::support::{client, get, options, start};
use serde_json::{Value, json};
use simulator::{Fault, Limits, Matcher, Options, Simulator, Vendor};

const PAGE: &str = "/api/v3/aggTrades?symbol=BTCUSDT&fromId=5000&limit=10";

async fn with(fault: Fault) -> Simulator {
    let simulator = start(options()).await;
    simulator
        .faults()
        .add((Matcher::of(Vendor::Binance, "aggTrades").nth(1), fault));
    simulator
}

async fn struck(fault: Fault) -> reqwest::Response {
    get(&with(fault).await, "binance", PAGE).await
}

/// The raw bytes of a reply, and how the connection ended.
async fn raw(simulator: &Simulator) -> (String, Option<ErrorKind>) {
    let address = simulator.address();
    let read = move || {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "GET /binance{PAGE} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        let mut bytes = Vec::new();
        let end = stream
            .read_to_end(&mut bytes)
            .err()
            .map(|error| error.kind());
        (String::from_utf8(bytes).unwrap(), end)
    };
    tokio::task::spawn_blocking(read).await.unwrap()
}

#[tokio::test]
async fn revised_history_differs_in_every_number_and_nothing_else() {
    let simulator = start(options()).await;
    let before = get(&simulator, "binance", PAGE).await.text().await.unwrap();
    simulator
        .faults()
        .add((Matcher::of(Vendor::Binance, "aggTrades"), Fault::Revised));
    let after = get(&simulator, "binance", PAGE).await.text().await.unwrap();
    let rows = |text: &str| serde_json::from_str::<Vec<Value>>(text).unwrap();
    for (before, after) in rows(&before).iter().zip(rows(&after)) {
        for column in ["p", "q"] {
            assert_ne!(before[column], after[column], "{column}");
        }
        assert_eq!((&before["a"], &before["T"]), (&after["a"], &after["T"]));
    }
}

#[tokio::test]
async fn statuses_come_in_the_vendors_words() {
    let response = struck(Fault::RateLimited { retry_after: 7 }).await;
    assert_eq!(
        (
            response.status().as_u16(),
            &response.headers()["retry-after"]
        ),
        (429, &"7".parse().unwrap())
    );
    assert!(
        response
            .text()
            .await
            .unwrap()
            .starts_with(r#"{"code":-1003,"msg":"Too much"#)
    );
    let response = struck(Fault::Banned { retry_after: 9 }).await;
    assert_eq!(
        (
            response.status().as_u16(),
            &response.headers()["retry-after"]
        ),
        (418, &"9".parse().unwrap())
    );
    assert!(response.text().await.unwrap().contains("IP banned until "));
    let response = struck(Fault::Status {
        status: 503,
        body: "busy".into(),
    })
    .await;
    assert_eq!(
        (
            response.status().as_u16(),
            response.text().await.unwrap().as_str()
        ),
        (503, "busy")
    );
    let response = struck(Fault::Redirect {
        location: "http://elsewhere.test/".into(),
    })
    .await;
    assert_eq!(
        (response.status().as_u16(), &response.headers()["location"]),
        (302, &"http://elsewhere.test/".parse().unwrap())
    );
}

#[tokio::test]
async fn bodies_are_spoilt() {
    let broken = struck(Fault::BrokenJson).await;
    assert_eq!(broken.status(), 200);
    assert!(serde_json::from_str::<Value>(&broken.text().await.unwrap()).is_err());
    let html = struck(Fault::WrongContentType).await;
    assert_eq!(html.headers()["content-type"], "text/html; charset=utf-8");
    assert!(struck(Fault::Empty).await.text().await.unwrap().is_empty());
    let huge = struck(Fault::Huge { bytes: 300_000 }).await;
    assert_eq!(huge.bytes().await.unwrap().len(), 300_000);
}

#[tokio::test]
async fn a_body_is_cut_off_after_its_first_half() {
    let whole = get(&start(options()).await, "binance", PAGE)
        .await
        .text()
        .await
        .unwrap();
    for chunked in [false, true] {
        let simulator = with(Fault::CutOff { chunked }).await;
        let (text, _) = raw(&simulator).await;
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200 OK"));
        assert_eq!(
            head.contains(&format!("content-length: {}", whole.len())),
            !chunked
        );
        assert!(
            body.contains(&whole[..whole.len() / 2]) && !body.contains("0\r\n\r\n"),
            "{body}"
        );
        let response = get(&with(Fault::CutOff { chunked }).await, "binance", PAGE).await;
        assert_eq!(response.status(), 200);
        assert!(response.text().await.is_err());
    }
}

#[tokio::test]
async fn a_connection_is_reset_before_any_byte() {
    let simulator = with(Fault::Reset).await;
    assert_eq!(
        raw(&simulator).await,
        (String::new(), Some(ErrorKind::ConnectionReset))
    );
    assert_eq!(get(&simulator, "binance", PAGE).await.status(), 200);
}

#[tokio::test]
async fn pages_repeat_rows_or_fall_short() {
    let ids = |page: Value| -> Vec<u64> {
        page.as_array()
            .unwrap()
            .iter()
            .map(|t| t["a"].as_u64().unwrap())
            .collect()
    };
    let page = |response: reqwest::Response| async {
        serde_json::from_str(&response.text().await.unwrap()).unwrap()
    };
    let repeated = ids(page(struck(Fault::RepeatRows { rows: 4 }).await).await);
    assert_eq!(repeated, (4996..5006).collect::<Vec<_>>());
    let short = ids(page(struck(Fault::ShortPage { rows: 3 }).await).await);
    assert_eq!(short, [5000, 5001, 5002]);
}

#[tokio::test]
async fn a_held_reply_waits_for_its_release() {
    let simulator = start(options()).await;
    let held = simulator
        .faults()
        .add((Matcher::of(Vendor::Binance, "aggTrades"), Fault::Hold));
    let url = format!("{}{PAGE}", simulator.base_url("binance"));
    let asking = tokio::spawn(client().get(url).send());
    held.struck(1).await;
    assert_eq!(simulator.requests().counts().concurrent, 1);
    assert!(!asking.is_finished());
    held.release();
    assert_eq!(asking.await.unwrap().unwrap().status(), 200);
    assert_eq!(held.hits(), 1);
}

#[tokio::test]
async fn stopping_answers_what_is_held_and_the_same_port_listens_again() {
    let mut simulator = start(options()).await;
    let held = simulator
        .faults()
        .add((Matcher::default().nth(1), Fault::Hold));
    let asking = tokio::spawn(
        client()
            .get(format!("{}{PAGE}", simulator.base_url("binance")))
            .send(),
    );
    held.struck(1).await;
    let address = simulator.address();
    simulator.stop().await;
    assert_eq!(asking.await.unwrap().unwrap().status(), 200);
    assert!(TcpStream::connect(address).is_err());
    simulator.restart().await.unwrap();
    assert_eq!(simulator.address(), address);
    assert_eq!(get(&simulator, "binance", PAGE).await.status(), 200);
    assert_eq!(simulator.requests().counts().total, 2);
}

#[tokio::test]
async fn faults_are_planned_over_http_too() {
    let simulator = start(options()).await;
    let control = format!("http://{}/__faults", simulator.address());
    let rule = json!({"vendor": "binance", "path": "aggTrades", "times": 1, "fault": {"kind": "status", "status": 500}});
    let added = client()
        .post(&control)
        .body(rule.to_string())
        .send()
        .await
        .unwrap();
    assert_eq!(added.status(), 200);
    assert_eq!(get(&simulator, "binance", PAGE).await.status(), 500);
    assert_eq!(get(&simulator, "binance", PAGE).await.status(), 200);
    let listed: Value = serde_json::from_str(
        &client()
            .get(&control)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap(),
    )
    .unwrap();
    assert_eq!(listed[0]["hits"], 1);
    assert_eq!(
        client()
            .delete(format!("{control}/1"))
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    assert_eq!(
        client()
            .delete(format!("{control}/1"))
            .send()
            .await
            .unwrap()
            .status(),
        404
    );
    assert_eq!(
        client()
            .post(&control)
            .body("{}")
            .send()
            .await
            .unwrap()
            .status(),
        400
    );
    let counts = client()
        .get(format!("http://{}/__requests", simulator.address()))
        .send()
        .await
        .unwrap();
    assert!(
        counts
            .text()
            .await
            .unwrap()
            .contains(r#""/binance/api/v3/aggTrades":2"#)
    );
}

#[tokio::test]
async fn limits_refuse_and_are_counted_as_violations() {
    let limits = Limits {
        binance_weight: 8,
        ..Limits::default()
    };
    let simulator = start(Options {
        limits,
        ..options()
    })
    .await;
    let mut statuses = Vec::new();
    for _ in 0..9 {
        statuses.push(get(&simulator, "binance", PAGE).await.status().as_u16());
    }
    assert_eq!(statuses, [200, 200, 429, 429, 429, 429, 429, 429, 418]);
    assert_eq!(simulator.requests().counts().violations, 7);
}
