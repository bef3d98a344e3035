//! What `status` and `watch` show is what WORK, DEAD and the ledger hold, also after `kill -9` and
//! redelivery.

use common::item::Token;
use common::streams;
use e2e::{Expected, Fleet};
use futures_util::TryStreamExt;
use serde_json::{Value, json};
use simulator::{Fault, Matcher, Vendor};

use crate::jobs::{self, finished, trades};

async fn status(fleet: &Fleet, job: &str) -> Value {
    let said = fleet.producer(&["status", job, "--output", "json"]).await;
    said.unwrap().success().unwrap().json().unwrap()
}

/// Checks the numbers of a job at rest against what each place holds.
async fn recount(fleet: &Fleet, job: &str) -> Value {
    let status = status(fleet, job).await;
    let broker = fleet.broker().await.unwrap();
    let work = broker.jetstream.get_stream(streams::WORK).await.unwrap();
    let filter = streams::work_of(&Token::new(job).unwrap());
    let left: Vec<_> = work
        .info_with_subjects(filter)
        .await
        .unwrap()
        .try_collect()
        .await
        .unwrap();
    let dead = fleet.dead_letters(job).await.unwrap();
    // The last line of each item, and the sums over all lines.
    let ledger = fleet
        .query(&format!(
            "SELECT countIf(outcome = 'done'), countIf(outcome IN ('dead', 'partial')), \
             (SELECT (sum(rows), sum(requests), sum(length(ids))) FROM work_log_final WHERE job = '{job}') \
             FROM (SELECT * FROM work_log_final WHERE job = '{job}' \
             ORDER BY item, run DESC LIMIT 1 BY item) FORMAT JSONCompact"
        ))
        .await
        .unwrap();
    let ledger: Value = serde_json::from_str(&ledger).unwrap();
    let number = |value: &Value| match value {
        Value::String(text) => text.parse::<u64>().unwrap(),
        other => other.as_u64().unwrap(),
    };
    let told: Vec<u64> = ["left", "dead", "done", "rows", "requests"]
        .map(|name| status[name].as_u64().unwrap())
        .into();
    let line = &ledger["data"][0];
    let counted = [
        left.len() as u64,
        dead.len() as u64,
        number(&line[0]),
        number(&line[2][0]),
        number(&line[2][1]),
    ];
    assert_eq!(told, counted, "{status:#}\n{ledger:#}");
    assert_eq!(number(&line[1]), dead.len() as u64, "{ledger:#}");
    let items = status["items"].as_u64().unwrap();
    assert_eq!(told[0] + told[1] + told[2], items, "{status:#}");
    status
}

#[tokio::test(flavor = "multi_thread")]
async fn status_is_a_recount_after_kills_and_redeliveries() {
    let options = jobs::options().set("STREAMS__ACK_WAIT_MS", 2_000);
    let mut fleet = Fleet::start(options).await.unwrap();
    let mut expected = Expected::default();
    trades(&mut fleet, &mut expected, "counted", 0).await;
    fleet.migrate().await.unwrap();
    let before = recount(&fleet, "counted").await;
    assert_eq!(before["left"], 6, "{before:#}");
    assert!(before["oldest_waiting"].is_string(), "{before:#}");
    assert_eq!(before["coverage"]["left"], 1.0, "{before:#}");
    // Two slices are refused; a worker dies after its item's rows are out and before it is settled,
    // a writer after its rows are in.
    let mut refusals = Vec::new();
    for slice in [1, 4] {
        let from = jobs::hour(0) + chrono::TimeDelta::minutes(10 * slice);
        let matcher = Matcher {
            query: format!("startTime={}", from.timestamp_millis()),
            ..Matcher::of(Vendor::Binance, "aggTrades")
        };
        let fault = Fault::Status {
            status: 403,
            body: "blocked".to_owned(),
        };
        refusals.push(fleet.simulator().faults().add((matcher, fault)));
    }
    let mut killed = [
        fleet.worker("worker.published=kill@2").await.unwrap(),
        fleet.writer("writer.inserted=kill@1").await.unwrap(),
    ];
    for program in &mut killed {
        program.ended().await.unwrap();
    }
    let _programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    fleet.finished("counted").await.unwrap();
    let status = recount(&fleet, "counted").await;
    assert_eq!((&status["dead"], &status["done"]), (&2.into(), &4.into()));
    assert_eq!(
        status["failures"],
        json!([{"step": "fetch", "items": 2, "ids": 0}]),
        "{status:#}"
    );
    assert!(status["forecast"]["requests_off"].is_number(), "{status:#}");
    fleet.simulator().faults().clear();
    fleet
        .producer(&["retry", "counted"])
        .await
        .unwrap()
        .success()
        .unwrap();
    finished(&fleet, "counted").await;
    let status = recount(&fleet, "counted").await;
    assert_eq!(status["failures"], json!([]), "{status:#}");
    assert_eq!(status["coverage"]["done"], 1.0, "{status:#}");
    expected.check(&fleet).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn watching_ends_with_the_jobs() {
    let mut fleet = jobs::fleet().await;
    let mut expected = Expected::default();
    trades(&mut fleet, &mut expected, "one", 0).await;
    trades(&mut fleet, &mut expected, "two", 1).await;
    let _programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    let file = fleet.file("progress.json", "").unwrap();
    let path = file.display().to_string();
    let words = [
        "watch",
        "one",
        "two",
        "--output",
        "json",
        "--progress-file",
        &path,
    ];
    let watched = fleet.producer(&words).await.unwrap().success().unwrap();
    let looks: Vec<Value> = watched
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let last = looks.last().unwrap();
    for (index, job) in ["one", "two"].into_iter().enumerate() {
        let done: Vec<_> = looks
            .iter()
            .map(|look| look["jobs"][index]["done"].as_u64().unwrap())
            .collect();
        assert!(done.is_sorted(), "{job}: {done:?}");
        let line = &last["jobs"][index];
        assert_eq!((&line["job"], &line["done"]), (&job.into(), &6.into()));
        assert_eq!(line["state"], "finished", "{last:#}");
    }
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(kept, *last);
    // For people, on no terminal: a line a job, and the jobs in the end.
    let plain = fleet
        .producer(&["watch", "one"])
        .await
        .unwrap()
        .success()
        .unwrap();
    assert!(
        plain
            .stderr
            .starts_with("one  finished: 6 of 6 items, 0 dead"),
        "{}",
        plain.stderr
    );
    assert!(plain.stdout.lines().count() == 2, "{}", plain.stdout);
    for (words, why) in [
        (&["watch", "nobody"][..], "there is no job nobody"),
        (
            &["watch", "one", "--progress-file", "/nowhere/file"],
            "in a folder that exists",
        ),
        (&["status", "one", "--progress-file", "x"], "--wait"),
    ] {
        let ended = fleet.producer(words).await.unwrap();
        assert!(
            ended.code == 2 && ended.stderr.contains(why),
            "{}",
            ended.stderr
        );
    }
    expected.check(&fleet).await.unwrap();
}
