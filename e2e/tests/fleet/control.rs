//! What an operator says while jobs run: it holds for the whole fleet at once, and every number that
//! is shown afterwards is what the broker and the ledger hold.

use e2e::{Expected, Fleet};
use serde_json::Value;
use simulator::{Fault, Matcher, Planned, Vendor};

use crate::jobs::{self, finished, trades};

/// A fleet whose requests are not given up while they are held.
async fn fleet() -> Fleet {
    let options = jobs::options().set("WORKER__REQUEST_TIMEOUT_MS", 120_000);
    Fleet::start(options).await.unwrap()
}

/// Holds the requests for trades after the first so many.
fn hold(fleet: &mut Fleet, after: u64) -> Planned {
    let matcher = Matcher {
        skip: after,
        ..Matcher::of(Vendor::Binance, "aggTrades")
    };
    fleet.simulator().faults().add((matcher, Fault::Hold))
}

async fn say(fleet: &Fleet, words: &[&str]) -> Value {
    let words = [words, &["--output", "json"]].concat();
    let said = fleet.producer(&words).await.unwrap();
    said.success().unwrap().json().unwrap()
}

#[track_caller]
fn shows(status: &Value, state: &str, [done, dead, left, cancelled]: [u64; 4]) {
    assert_eq!(status["state"], state, "{status:#}");
    let counts = [
        ("done", done),
        ("dead", dead),
        ("left", left),
        ("cancelled", cancelled),
    ];
    for (name, count) in counts {
        assert_eq!(status[name], count, "{name} in {status:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_job_waits_while_others_run() {
    let mut fleet = fleet().await;
    let mut expected = Expected::default();
    trades(&mut fleet, &mut expected, "paused", 0).await;
    shows(
        &say(&fleet, &["pause", "paused"]).await,
        "paused",
        [0, 0, 6, 0],
    );
    let _programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    trades(&mut fleet, &mut expected, "other", 1).await;
    finished(&fleet, "other").await;
    shows(
        &say(&fleet, &["status", "paused"]).await,
        "paused",
        [0, 0, 6, 0],
    );
    let resumed = say(&fleet, &["resume", "paused"]).await;
    assert_ne!(resumed["state"], "paused", "{resumed:#}");
    finished(&fleet, "paused").await;
    expected.check(&fleet).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_job_stops_where_it_is() {
    let mut fleet = fleet().await;
    let mut expected = Expected::default();
    let held = hold(&mut fleet, 2);
    let _programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    trades(&mut fleet, &mut Expected::default(), "unwanted", 0).await;
    held.struck(4).await;
    let cancelled = say(&fleet, &["cancel", "unwanted"]).await;
    assert_eq!(cancelled["left"], 0, "{cancelled:#}");
    let status = fleet
        .producer(&["status", "unwanted", "--wait", "--output", "json"])
        .await
        .unwrap();
    assert_eq!(status.code, 3, "{}", status.stderr);
    let status = status.json().unwrap();
    let done = status["done"].as_u64().unwrap();
    shows(&status, "cancelled", [done, 0, 0, 6 - done]);
    // The ledger knows as many done, and those that were stopped half way.
    let outcomes = "SELECT countIf(outcome = 'done'), countIf(outcome = 'cancelled') > 0, \
                    countIf(outcome NOT IN ('done', 'cancelled')) FROM work_log_final";
    assert_eq!(
        fleet.query(outcomes).await.unwrap(),
        format!("{done}\t1\t0")
    );
    let rows = fleet
        .query("SELECT count() FROM trades_final")
        .await
        .unwrap();
    let told = fleet
        .query("SELECT sum(rows) FROM work_log_final")
        .await
        .unwrap();
    assert_eq!((&rows, told.parse().ok()), (&told, status["rows"].as_u64()));
    // Said again it is the same, and it does not come back.
    shows(
        &say(&fleet, &["cancel", "unwanted"]).await,
        "cancelled",
        [done, 0, 0, 6 - done],
    );
    let again = fleet.producer(&["resume", "unwanted"]).await.unwrap();
    assert!(
        again.code == 2 && again.stderr.contains("was cancelled"),
        "{}",
        again.stderr
    );
    // The worker is free for others.
    held.release();
    fleet.simulator().faults().clear();
    fleet.query("TRUNCATE TABLE trades").await.unwrap();
    trades(&mut fleet, &mut expected, "wanted", 1).await;
    finished(&fleet, "wanted").await;
    let late = fleet.producer(&["cancel", "wanted"]).await.unwrap();
    assert!(
        late.code == 2 && late.stderr.contains("is finished"),
        "{}",
        late.stderr
    );
    expected.check(&fleet).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_items_are_in_work_than_the_limit_says() {
    let mut fleet = fleet().await;
    let mut expected = Expected::default();
    let held = hold(&mut fleet, 0);
    trades(&mut fleet, &mut expected, "limited", 0).await;
    let limited = say(&fleet, &["limit", "limited", "2"]).await;
    assert_eq!(limited["limit"], 2, "{limited:#}");
    let _programs = [
        fleet.worker("").await.unwrap(),
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    held.struck(2).await;
    let status = say(&fleet, &["status", "limited"]).await;
    assert_eq!(
        (&status["in_work"], held.hits()),
        (&2.into(), 2),
        "{status:#}"
    );
    say(&fleet, &["limit", "limited", "usual"]).await;
    held.struck(6).await;
    held.release();
    finished(&fleet, "limited").await;
    expected.check(&fleet).await.unwrap();
}

/// The jobs of finished items, in the order in which they ended.
async fn order(fleet: &Fleet) -> Vec<String> {
    let jobs = fleet
        .query("SELECT job FROM work_log_final ORDER BY at")
        .await;
    jobs.unwrap().lines().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn fresh_jobs_come_first_and_others_by_weight() {
    let options = jobs::options().set("WORKER__CONCURRENCY", 1);
    let mut fleet = Fleet::start(options).await.unwrap();
    let mut expected = Expected::default();
    trades(&mut fleet, &mut expected, "light", 0).await;
    trades(&mut fleet, &mut expected, "heavy", 1).await;
    trades(&mut fleet, &mut expected, "today", 2).await;
    let heavy = say(&fleet, &["weight", "heavy", "300"]).await;
    assert_eq!(
        (&heavy["weight"], &heavy["priority"]),
        (&300.into(), &"usual".into())
    );
    let hurry = jobs::command("today", 2);
    let hurry: Vec<_> = hurry.iter().map(String::as_str).collect();
    let hurry = [&hurry[..], &["--priority", "fresh"]].concat();
    fleet.producer(&hurry).await.unwrap().success().unwrap();
    let today = say(&fleet, &["status", "today"]).await;
    assert_eq!(today["priority"], "fresh", "{today:#}");
    let _programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    for job in ["today", "heavy", "light"] {
        finished(&fleet, job).await;
    }
    let order = order(&fleet).await;
    assert_eq!(order.len(), 18);
    assert!(order[..6].iter().all(|job| job == "today"), "{order:?}");
    // Three to one: all six of the heavy one are among the next eight.
    let heavy = order[6..14].iter().filter(|job| *job == "heavy");
    assert_eq!(heavy.count(), 6, "{order:?}");
    expected.check(&fleet).await.unwrap();
}
