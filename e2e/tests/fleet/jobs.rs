//! Jobs that the tests enqueue, small enough to finish in a second.

use chrono::{DateTime, TimeDelta, Utc};
use e2e::{Expected, Fleet, FleetOptions};
use serde_json::Value;

/// A fleet whose vendors refuse nothing.
pub(crate) async fn fleet() -> Fleet {
    Fleet::start(options()).await.unwrap()
}

pub(crate) fn options() -> FleetOptions {
    let simulator = simulator::Options {
        limits: simulator::Limits::off(),
        ..simulator::Options::default()
    };
    FleetOptions {
        simulator: Some(simulator),
        ..FleetOptions::default()
    }
}

/// The n-th hour of a busy week.
pub(crate) fn hour(number: i64) -> DateTime<Utc> {
    "2024-03-04T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::hours(number)
}

/// The command that enqueues the trades of an hour as six items.
pub(crate) fn command(job: &str, number: i64) -> Vec<String> {
    let [from, to] = [number, number + 1].map(|number| hour(number).to_rfc3339());
    let words = format!(
        "enqueue range --source binance --dataset trades --symbols BTC-USDT --slice 10m \
         --from {from} --to {to} --job {job}"
    );
    words.split(' ').map(str::to_owned).collect()
}

/// Enqueues the trades of an hour as six items and expects them.
pub(crate) async fn trades(fleet: &mut Fleet, expected: &mut Expected, job: &str, number: i64) {
    let command = command(job, number);
    let words: Vec<_> = command.iter().map(String::as_str).collect();
    fleet.producer(&words).await.unwrap().success().unwrap();
    let (from, to) = (hour(number), hour(number + 1));
    expected.add(fleet.simulator().oracle().trades("BTCUSDT", from, to));
}

/// Waits for a job and checks that nothing of it was refused.
pub(crate) async fn finished(fleet: &Fleet, job: &str) -> Value {
    let status = fleet.finished(job).await.unwrap();
    assert_eq!(status["state"], "finished", "{status:#}");
    assert_eq!(status["dead"], 0, "{status:#}");
    status
}
