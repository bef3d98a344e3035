//! `producer jobs prune`: jobs that are over and old are forgotten, whatever interrupts it; what
//! they stored, and every other job, stays.

use e2e::{Expected, Fleet, programs};
use serde_json::Value;

use crate::jobs::{self, finished, trades};

/// When everything is older than a week, and when nothing is.
const LATE: &str = "2999-01-01";
const EARLY: &str = "2020-01-01";

async fn prune(fleet: &Fleet, now: &str, more: &[&str]) -> Vec<Value> {
    let args = [
        "jobs",
        "prune",
        "--older-than",
        "7d",
        "--now",
        now,
        "--output",
        "json",
    ];
    let answer = fleet.producer(&[&args, more].concat()).await.unwrap();
    let answer = answer.json().unwrap();
    answer["jobs"].as_array().unwrap().clone()
}

fn names(jobs: &[Value]) -> Vec<&str> {
    jobs.iter()
        .map(|job| job["job"].as_str().unwrap())
        .collect()
}

/// Everything that is kept of a job: its entry, messages of it, lines of the ledger.
async fn kept(fleet: &Fleet, job: &str) -> [bool; 5] {
    let listed = fleet.producer(&["jobs", "--output", "json"]).await.unwrap();
    let listed = listed.json().unwrap();
    let listed = names(listed["jobs"].as_array().unwrap()).contains(&job);
    let nats = fleet.broker().await.unwrap();
    let name = common::item::Token::new(job).unwrap();
    let work = nats
        .jetstream
        .get_stream(common::streams::WORK)
        .await
        .unwrap();
    let marks = common::streams::marks_of(&name);
    let marks = common::streams::count(&work, &marks).await.unwrap();
    let queue = work.consumer_info(job).await.is_ok();
    let letters = fleet.dead_letters(job).await.unwrap();
    let lines = format!("SELECT count() FROM work_log_final WHERE job = '{job}'");
    let lines = fleet.query(&lines).await.unwrap();
    [listed, marks > 0, queue, !letters.is_empty(), lines != "0"]
}

#[tokio::test(flavor = "multi_thread")]
async fn old_jobs_are_forgotten_and_nothing_else() {
    let mut fleet = jobs::fleet().await;
    let mut expected = Expected::default();
    trades(&mut fleet, &mut Expected::default(), "cancelled", 2).await;
    trades(&mut fleet, &mut expected, "paused", 1).await;
    for words in [["cancel", "cancelled"], ["pause", "paused"]] {
        fleet.producer(&words).await.unwrap().success().unwrap();
    }
    let _programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    trades(&mut fleet, &mut expected, "done", 0).await;
    finished(&fleet, "done").await;
    let csv = fleet.file("ids.csv", "id\n98\n99\n").unwrap();
    let command = format!(
        "enqueue ids --source fotmob --dataset match_details --column id --job dead --file {}",
        csv.display()
    );
    let words: Vec<&str> = command.split_whitespace().collect();
    fleet.producer(&words).await.unwrap().success().unwrap();
    fleet.finished("dead").await.unwrap();
    assert_eq!(kept(&fleet, "dead").await, [true; 5]);
    let rows = "SELECT count() FROM trades_final";
    let stored = fleet.query(rows).await.unwrap();

    assert!(prune(&fleet, EARLY, &[]).await.is_empty());
    let old = ["cancelled", "dead", "done"];
    let would = prune(&fleet, LATE, &["--dry-run"]).await;
    assert_eq!(names(&would), old);
    assert_eq!(would[1]["dead_letters"], 1, "{would:#?}");
    assert_eq!(would[2]["ledger_lines"], 6, "{would:#?}");
    assert_eq!(kept(&fleet, "dead").await, [true; 5]);

    // Killed after each step, it goes on where it was stopped.
    let config = fleet.config().display().to_string();
    for step in [
        "pruned-ledger",
        "removed-queue",
        "removed-marks",
        "removed-letters",
    ] {
        let plan = format!("producer.{step}=kill");
        let env = [("BACKFLEET_FAILPOINTS".to_owned(), plan)];
        let args = [
            "--config",
            &config,
            "jobs",
            "prune",
            "--older-than",
            "7d",
            "--now",
            LATE,
        ];
        let killed = programs::run("producer", &args, &env).await.unwrap();
        assert_eq!(killed.code, -1, "{step}: {killed:?}");
        assert!(kept(&fleet, "cancelled").await[0], "{step}");
    }
    assert_eq!(names(&prune(&fleet, LATE, &[]).await), old);
    for job in old {
        assert_eq!(kept(&fleet, job).await, [false; 5], "{job}");
    }
    assert!(prune(&fleet, LATE, &[]).await.is_empty());
    assert_eq!(fleet.query(rows).await.unwrap(), stored);

    // What was not over goes on, and a name that is free again is a new job.
    fleet
        .producer(&["resume", "paused"])
        .await
        .unwrap()
        .success()
        .unwrap();
    finished(&fleet, "paused").await;
    trades(&mut fleet, &mut Expected::default(), "done", 0).await;
    let again = finished(&fleet, "done").await;
    assert_eq!(
        (&again["items"], &again["done"]),
        (&6.into(), &6.into()),
        "{again:#}"
    );
    expected.check(&fleet).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_ledger_nothing_is_removed() {
    let mut fleet = jobs::fleet().await;
    trades(&mut fleet, &mut Expected::default(), "job", 0).await;
    fleet
        .producer(&["cancel", "job"])
        .await
        .unwrap()
        .success()
        .unwrap();
    fleet.clickhouse.server().kill9().await.unwrap();
    let args = ["jobs", "prune", "--older-than", "7d", "--now", LATE];
    let ended = fleet.producer(&args).await.unwrap();
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.stderr.contains("nothing was removed"), "{ended:?}");
    let status = fleet
        .producer(&["status", "job", "--output", "json"])
        .await
        .unwrap();
    assert_eq!(status.json().unwrap()["state"], "cancelled");
}
