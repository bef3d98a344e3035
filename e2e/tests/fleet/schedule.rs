//! Recurring jobs: from a file to the rows, again when the vendor has corrected them, and one run a
//! due time whoever is killed and however many schedulers there are. No test waits for a due time:
//! the clocks of the programs are put to it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use e2e::wait::until;
use e2e::{Expected, Fleet, Program};
use serde_json::Value;
use simulator::{Fault, Matcher, Vendor};

use crate::jobs::{self, finished, hour};

const PATIENCE: Duration = Duration::from_secs(60);

const BARS: &str = r#"
[[schedule]]
name = "bars"
every = "5m"
offset = "10s"
source = "binance"
dataset = "klines"
symbols = ["BTC-USDT"]
interval = "5m"
param = { via = "rest" }
last = "1d"
"#;

const MATCHES: &str = r#"
[[schedule]]
name = "matches"
at = "02:30"
zone = "Europe/Berlin"
source = "football-data"
dataset = "matches"
days = 1
"#;

/// Says something of schedules at a time; the answer.
async fn say(fleet: &Fleet, now: &str, words: &[&str]) -> Value {
    let words = [&["schedule", "--now", now, "--output", "json"], words].concat();
    let said = fleet.producer(&words).await.unwrap();
    said.success().unwrap().json().unwrap()
}

/// A schedule as it is listed.
async fn listed(fleet: &Fleet, now: &str, name: &str) -> Value {
    let list = say(fleet, now, &["list"]).await;
    let mut lines = list["schedules"].as_array().unwrap().iter();
    lines.find(|line| line["name"] == name).unwrap().clone()
}

/// Adds the schedules of a file and gives its path.
async fn add(fleet: &Fleet, now: &str, text: &str) -> String {
    let path = fleet.file("schedules.toml", text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    say(fleet, now, &["add", "--file", &path]).await;
    path
}

async fn refused(fleet: &Fleet, words: &[&str], why: &str) {
    let said = fleet.producer(words).await.unwrap();
    assert!(said.code == 2 && said.stderr.contains(why), "{said:?}");
}

/// The names of all jobs.
async fn jobs(fleet: &Fleet) -> Vec<String> {
    let said = fleet.producer(&["jobs", "--output", "json"]).await.unwrap();
    let said = said.json().unwrap();
    let names = said["jobs"].as_array().unwrap().iter();
    let name = |job: &Value| job["job"].as_str().unwrap().to_owned();
    names.map(name).collect()
}

fn bars(fleet: &mut Fleet, from: DateTime<Utc>, to: DateTime<Utc>) -> Expected {
    let mut expected = Expected::default();
    let oracle = fleet.simulator().oracle();
    expected.add(oracle.klines("BTCUSDT", "5m", (from, to), Utc::now()));
    expected
}

/// The next answer for bars has another volume in the first of them, as if it were corrected.
async fn correct_a_bar(fleet: &mut Fleet) {
    let simulator = fleet.simulator();
    let asked = simulator.requests().seen();
    let asked = asked.iter().rfind(|seen| seen.path.ends_with("/klines"));
    let asked = asked.unwrap();
    let base = simulator.base_url("binance");
    let path = asked.path.strip_prefix("/binance").unwrap();
    let bars = reqwest::get(format!("{base}{path}?{}", asked.query));
    let mut bars: Value = serde_json::from_str(&bars.await.unwrap().text().await.unwrap()).unwrap();
    bars[0][5] = "1234567.5".into();
    let corrected = Fault::Status {
        status: 200,
        body: bars.to_string(),
    };
    let next = Matcher::of(Vendor::Binance, "klines").nth(1);
    simulator.faults().add((next, corrected));
}

#[tokio::test(flavor = "multi_thread")]
async fn schedules_of_a_file_run_and_what_was_corrected_is_updated() {
    let mut fleet = jobs::fleet().await;
    let _programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    let evening = "2024-03-04T23:00:00Z";
    let path = add(&fleet, evening, &[BARS, MATCHES].concat()).await;
    say(&fleet, evening, &["add", "--file", &path]).await;
    let matches = listed(&fleet, evening, "matches").await;
    assert_eq!(matches["next_due"], "2024-03-05T01:30:00Z", "{matches:#}");
    assert_eq!(matches["when"], "02:30 Europe/Berlin", "{matches:#}");
    let other = BARS.replace("every = \"5m\"", "every = \"10m\"");
    fleet.file("schedules.toml", other).unwrap();
    refused(
        &fleet,
        &["schedule", "add", "--file", &path],
        "bars is another one: every 5m and 10s",
    )
    .await;

    // A day of bars and one of matches, as that place has days.
    let night = "2024-03-05T00:02:00Z";
    let run = say(&fleet, night, &["run-now", "bars"]).await;
    assert_eq!(run["job"], "bars-20240305T000200Z", "{run:#}");
    finished(&fleet, "bars-20240305T000200Z").await;
    let mut expected = bars(&mut fleet, hour(0), hour(24));
    expected.check(&fleet).await.unwrap();
    say(&fleet, "2024-03-05T01:40:00Z", &["run-now", "matches"]).await;
    finished(&fleet, "matches-20240305T014000Z").await;
    let oracle = fleet.simulator().oracle();
    expected.add(oracle.football_matches(hour(-1), hour(23), &[]));
    expected.check(&fleet).await.unwrap();

    // Corrected meanwhile: the same rows, one of them with another volume.
    correct_a_bar(&mut fleet).await;
    say(&fleet, "2024-03-05T00:03:00Z", &["run-now", "bars"]).await;
    finished(&fleet, "bars-20240305T000300Z").await;
    let counts = "SELECT count(), countIf(volume = 1234567.5) FROM klines_final";
    assert_eq!(fleet.query(counts).await.unwrap(), "288\t1");
    let listed = listed(&fleet, night, "bars").await;
    assert_eq!(listed["state"], "finished", "{listed:#}");
    assert_eq!(listed["next_due"], "2024-03-05T00:00:10Z", "{listed:#}");

    say(&fleet, night, &["remove", "bars"]).await;
    refused(
        &fleet,
        &["schedule", "run-now", "bars"],
        "there is no schedule bars; there are matches",
    )
    .await;
}

/// Waits until a scheduler says that a due run of the bars waits for another.
async fn waits(scheduler: &Program) {
    let address = scheduler.address().await.unwrap();
    until("a run that waits", PATIENCE, async || {
        let metrics = reqwest::get(format!("http://{address}/metrics"))
            .await
            .ok()?;
        let text = metrics.text().await.ok()?;
        let name = "backfleet_scheduler_late_seconds{schedule=\"bars\"} ";
        let late = text.lines().find_map(|line| line.strip_prefix(name))?;
        (late.parse::<f64>().ok()? > 0.0).then_some(())
    })
    .await
    .unwrap();
}

/// Waits until the last run of the bars is that one, and enqueued.
async fn enqueued(fleet: &Fleet, now: &str, job: &str) {
    until(job, PATIENCE, async || {
        let line = listed(fleet, now, "bars").await;
        (line["job"] == job && line["state"] != "starting").then_some(())
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_due_time_runs_once_whoever_is_killed_and_one_run_waits_for_the_other() {
    let mut fleet = jobs::fleet().await;
    add(&fleet, "2024-03-04T12:00:00Z", BARS).await;
    // A day of due times was missed. The first three who make up for it are killed on the way.
    let (day, job) = ("2024-03-05T12:02:00Z", "bars-20240305T120010Z");
    for step in [
        "scheduler.claimed",
        "producer.job-created",
        "scheduler.enqueued",
    ] {
        let mut scheduler = fleet.scheduler(day, &format!("{step}=kill")).await.unwrap();
        assert_eq!(scheduler.ended().await.unwrap(), -1, "{}", scheduler.log());
    }
    assert_eq!(listed(&fleet, day, "bars").await["state"], "starting");
    let two = [
        fleet.scheduler(day, "").await.unwrap(),
        fleet.scheduler(day, "").await.unwrap(),
    ];
    enqueued(&fleet, day, job).await;
    assert_eq!(jobs(&fleet).await, [job]);
    for scheduler in two {
        scheduler.kill9().await.unwrap();
    }

    // Later, the run is not over: the next waits, and is the latest that was due.
    let later = "2024-03-05T12:31:00Z";
    let mut scheduler = fleet.scheduler(later, "").await.unwrap();
    waits(&scheduler).await;
    assert_eq!(jobs(&fleet).await, [job]);
    let busy = ["schedule", "run-now", "bars"];
    refused(&fleet, &busy, "the last run of bars is not over").await;
    let _programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    let next = "bars-20240305T123010Z";
    enqueued(&fleet, later, next).await;
    for job in [job, next] {
        finished(&fleet, job).await;
    }
    assert_eq!(jobs(&fleet).await, [job, next]);
    let end = "2024-03-05T12:30:00Z".parse().unwrap();
    let expected = bars(&mut fleet, hour(12), end);
    expected.check(&fleet).await.unwrap();

    scheduler.terminate().unwrap();
    assert_eq!(scheduler.ended().await.unwrap(), 0, "{}", scheduler.log());
}
