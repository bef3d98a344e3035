//! What the tests of this crate share: a client, a fixed time, rows as JSON.

use chrono::{DateTime, Utc};
use common::records;
use common::tables::Batch;
use serde_json::{Map, Value};
use simulator::{Clock, Limits, Options, Simulator};

/// The simulated time of most tests.
pub(crate) const NOW: &str = "2024-06-15T12:34:56.789Z";

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(crate) fn options() -> Options {
    Options {
        clock: Clock::fixed(at(NOW).timestamp_millis()),
        limits: Limits::off(),
        trades_per_day: 3_000,
        ..Options::default()
    }
}

pub(crate) async fn start(options: Options) -> Simulator {
    Simulator::start(options).await.unwrap()
}

/// A client without a pool, so that every test sees its own connection end.
pub(crate) fn client() -> reqwest::Client {
    // Fails when another test of the process was first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .pool_max_idle_per_host(0)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

pub(crate) async fn get(simulator: &Simulator, vendor: &str, path: &str) -> reqwest::Response {
    let url = format!("{}{path}", simulator.base_url(vendor));
    client()
        .get(url)
        .header("x-auth-token", "simulator-token")
        .send()
        .await
        .unwrap()
}

pub(crate) async fn json(simulator: &Simulator, vendor: &str, path: &str) -> Value {
    let response = get(simulator, vendor, path).await;
    assert_eq!(response.status(), 200, "{path}");
    serde_json::from_str(&response.text().await.unwrap()).unwrap()
}

pub(crate) fn rows(batches: impl IntoIterator<Item = Batch>) -> Vec<Map<String, Value>> {
    batches
        .into_iter()
        .flat_map(|batch| records::to_json(&batch.columns))
        .collect()
}
