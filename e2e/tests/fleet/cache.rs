//! Replies that are kept: a job fills the cache without storing a row, another one runs from it
//! without one request, and a cache that is away costs requests but no row.

use e2e::{Expected, Fleet};
use embedded::redis::RedisServer;

use crate::jobs::{self, finished, hour};

/// Planted, so that it can be looked for in logs.
const PASSWORD: &str = "planted-redis-password";

async fn enqueue(fleet: &Fleet, job: &str, cache: &[&str]) {
    let (from, to) = (hour(0).to_rfc3339(), hour(2).to_rfc3339());
    let mut args = vec![
        "enqueue",
        "range",
        "--source",
        "binance",
        "--dataset",
        "trades",
    ];
    args.extend(["--symbols", "BTC-USDT"]);
    args.extend(["--from", &from, "--to", &to, "--job", job]);
    args.extend(["--slice", "30m"]);
    args.extend(cache);
    fleet.producer(&args).await.unwrap().success().unwrap();
}

fn requests(fleet: &mut Fleet) -> u64 {
    fleet.simulator().requests().counts().total
}

fn expected(fleet: &mut Fleet) -> Expected {
    let mut expected = Expected::default();
    expected.add(
        fleet
            .simulator()
            .oracle()
            .trades("BTCUSDT", hour(0), hour(2)),
    );
    expected
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cached_job_asks_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let options = jobs::options().set("CACHE__DIR", dir.path().display());
    let mut fleet = Fleet::start(options).await.unwrap();
    let (_worker, _writer) = (
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    );
    enqueue(&fleet, "fill", &["--cache", "write", "--fetch-only"]).await;
    finished(&fleet, "fill").await;
    let count = "SELECT count() FROM trades_final";
    assert_eq!(fleet.query(count).await.unwrap(), "0");
    let asked = requests(&mut fleet);
    assert!(asked > 4, "{asked}");

    enqueue(&fleet, "run", &["--cache", "read"]).await;
    finished(&fleet, "run").await;
    assert_eq!(requests(&mut fleet), asked);
    expected(&mut fleet).check(&fleet).await.unwrap();
    let sent = "SELECT sum(requests) FROM work_log_final WHERE job = 'run'";
    assert_eq!(fleet.query(sent).await.unwrap(), "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_keeps_replies_and_may_go_away() {
    let cache = embedded::Cache::from_env().unwrap();
    let installed = embedded::install(&cache).await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut redis = RedisServer::start(&installed, &cache, dir.path(), PASSWORD)
        .await
        .unwrap();
    let options = jobs::options().set("CACHE__REDIS_URL", redis.url_with_password());
    let mut fleet = Fleet::start(options).await.unwrap();
    let (worker, _writer) = (
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    );
    enqueue(&fleet, "write", &["--cache", "write"]).await;
    finished(&fleet, "write").await;
    let asked = requests(&mut fleet);
    enqueue(&fleet, "read", &["--cache", "read"]).await;
    finished(&fleet, "read").await;
    assert_eq!(requests(&mut fleet), asked);

    redis.kill9().await.unwrap();
    enqueue(&fleet, "away", &["--cache", "read"]).await;
    finished(&fleet, "away").await;
    assert!(requests(&mut fleet) > asked);
    expected(&mut fleet).check(&fleet).await.unwrap();
    assert!(!worker.log().contains(PASSWORD), "{}", worker.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_wants_a_cache_needs_one() {
    let fleet = jobs::fleet().await;
    let (_worker, _writer) = (
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    );
    enqueue(&fleet, "none", &["--cache", "read"]).await;
    let status = fleet.finished("none").await.unwrap();
    assert_eq!((&status["dead"], &status["items"]), (&4.into(), &4.into()));
    let letters = fleet.dead_letters("none").await.unwrap();
    let reason = letters[0].1["reason"].as_str().unwrap();
    assert!(reason.contains("cache.dir"), "{reason}");
    let alone = fleet
        .producer(&[
            "enqueue",
            "range",
            "--source",
            "binance",
            "--dataset",
            "trades",
            "--symbols",
            "BTC-USDT",
            "--from",
            "2024-01-01",
            "--to",
            "2024-01-02",
            "--fetch-only",
        ])
        .await
        .unwrap();
    assert_eq!(alone.code, 2, "{}", alone.stderr);
    assert!(alone.stderr.contains("--cache write"), "{}", alone.stderr);
}
