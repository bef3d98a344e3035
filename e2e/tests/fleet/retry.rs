//! What was refused is tried again, and nothing else: ids, windows and record batches.

use e2e::{Expected, Fleet};
use serde_json::Value;
use simulator::{Fault, Matcher, Vendor};

use crate::jobs::{self, finished, trades};

async fn said(fleet: &Fleet, words: &[&str]) -> Value {
    let words = [words, &["--output", "json"]].concat();
    let said = fleet.producer(&words).await.unwrap();
    said.success().unwrap().json().unwrap()
}

#[track_caller]
fn shows(answer: &Value, expected: &[(&str, u64)]) {
    for (name, count) in expected {
        assert_eq!(answer[name], *count, "{name} in {answer:#}");
    }
}

/// The matches of a job, of which the vendor refuses those that `words` name.
async fn refused(fleet: &mut Fleet, count: usize, bad: &[usize]) -> Vec<u64> {
    let oracle = fleet.simulator().oracle();
    let ids: Vec<u64> = (3_400_000..)
        .filter(|&id| oracle.match_exists(id))
        .take(count)
        .collect();
    for &index in bad {
        let matcher = Matcher {
            query: ids[index].to_string(),
            ..Matcher::of(Vendor::FotMob, "matchDetails")
        };
        let fault = Fault::Status {
            status: 403,
            body: "blocked".to_owned(),
        };
        fleet.simulator().faults().add((matcher, fault));
    }
    let lines: String = ids.iter().map(|id| format!("{id}\n")).collect();
    let csv = fleet.file("ids.csv", format!("match_id\n{lines}")).unwrap();
    let csv = csv.display().to_string();
    let words = "enqueue ids --source fotmob --dataset match_details --chunk 3 --job ids --file";
    let words: Vec<_> = words.split(' ').chain([csv.as_str()]).collect();
    fleet.producer(&words).await.unwrap().success().unwrap();
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_are_tried_again_one_by_one() {
    let mut fleet = jobs::fleet().await;
    let _programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    // One item in part, one as a whole, one not at all.
    let ids = refused(&mut fleet, 9, &[1, 3, 4, 5]).await;
    let status = fleet.finished("ids").await.unwrap();
    shows(&status, &[("items", 3), ("done", 1), ("dead", 2)]);
    let groups = said(&fleet, &["failures", "ids"]).await;
    let counted: u64 = groups["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| group["ids"].as_u64().unwrap())
        .sum();
    assert_eq!(counted, 4, "{groups:#}");
    // What is refused again is there again, with what was not tried.
    let again = said(&fleet, &["retry", "ids", "--limit", "1"]).await;
    shows(&again, &[("items", 1), ("tried", 1), ("untouched", 1)]);
    let status = fleet.finished("ids").await.unwrap();
    shows(&status, &[("items", 3), ("done", 1), ("dead", 2)]);
    let listed = fleet.producer(&["failures", "ids", "--ids"]).await.unwrap();
    let mut listed: Vec<_> = listed
        .stdout
        .lines()
        .skip(1)
        .map(|line| line.split(',').next().unwrap().parse::<u64>().unwrap())
        .collect();
    listed.sort_unstable();
    assert_eq!(listed, [ids[1], ids[3], ids[4], ids[5]]);
    let nothing = said(&fleet, &["retry", "ids", "--reason", "no such words"]).await;
    shows(&nothing, &[("items", 0), ("untouched", 2)]);

    fleet.simulator().faults().clear();
    let two = format!("id\n{}\n{}\n", ids[1], ids[4]);
    let two = fleet.file("two.csv", two).unwrap().display().to_string();
    let again = said(&fleet, &["retry", "ids", "--ids", &two]).await;
    shows(&again, &[("items", 2), ("tried", 2)]);
    let status = fleet.finished("ids").await.unwrap();
    shows(&status, &[("items", 3), ("done", 2), ("dead", 1)]);
    let again = said(&fleet, &["retry", "ids", "--reason", "Blocked"]).await;
    shows(&again, &[("items", 1), ("tried", 2)]);
    let status = finished(&fleet, "ids").await;
    shows(&status, &[("items", 3), ("done", 3)]);
    let groups = said(&fleet, &["failures", "ids"]).await;
    assert_eq!(groups["groups"], serde_json::json!([]), "{groups:#}");
    // Each id was stored in exactly one run, and all their rows are there.
    let ledger =
        "SELECT count(), uniqExact(id) FROM (SELECT arrayJoin(ids) AS id FROM work_log_final)";
    assert_eq!(fleet.query(ledger).await.unwrap(), "9\t9");
    let mut expected = Expected::default();
    expected.add(fleet.simulator().oracle().match_details(ids));
    expected.check(&fleet).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_retry_loses_no_letter_and_doubles_no_item() {
    let mut fleet = jobs::fleet().await;
    let mut expected = Expected::default();
    let matcher = Matcher::of(Vendor::Binance, "aggTrades");
    let status = 403;
    let body = "blocked".to_owned();
    let fault = Fault::Status { status, body };
    fleet.simulator().faults().add((matcher, fault));
    trades(&mut fleet, &mut expected, "killed", 0).await;
    let worker = fleet.worker("").await.unwrap();
    let _writer = fleet.writer("").await.unwrap();
    let status = fleet.finished("killed").await.unwrap();
    shows(&status, &[("dead", 6), ("done", 0)]);
    worker.kill9().await.unwrap();
    fleet.simulator().faults().clear();
    // Enqueued again, but no letter taken away: dead and left at once, never done.
    let killed = fleet.producer_killed(&["retry", "killed"], "producer.retried");
    killed.await.unwrap();
    let status = said(&fleet, &["status", "killed"]).await;
    shows(&status, &[("items", 6), ("left", 6), ("done", 0)]);
    let again = said(&fleet, &["retry", "killed"]).await;
    shows(&again, &[("items", 6), ("held", 0)]);
    let status = said(&fleet, &["status", "killed"]).await;
    shows(&status, &[("left", 6), ("dead", 0), ("done", 0)]);
    let _worker = fleet.worker("").await.unwrap();
    let status = finished(&fleet, "killed").await;
    shows(&status, &[("items", 6), ("done", 6)]);
    expected.check(&fleet).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_record_batch_is_made_good() {
    let mut fleet = jobs::fleet().await;
    let mut expected = Expected::default();
    let _programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    trades(&mut fleet, &mut expected, "first", 0).await;
    finished(&fleet, "first").await;
    // The store refuses all trades from now on.
    let refuse = "ALTER TABLE trades ADD CONSTRAINT none CHECK price < 0";
    fleet.query(refuse).await.unwrap();
    trades(&mut fleet, &mut expected, "batches", 1).await;
    let status = fleet.finished("batches").await.unwrap();
    shows(&status, &[("done", 6), ("dead", 0)]);
    assert!(status["dead_batches"].as_u64().unwrap() >= 1, "{status:#}");
    fleet
        .query("ALTER TABLE trades DROP CONSTRAINT none")
        .await
        .unwrap();
    let again = said(&fleet, &["retry", "batches", "--step", "insert"]).await;
    assert!(again["items"].as_u64().unwrap() >= 1, "{again:#}");
    let status = finished(&fleet, "batches").await;
    shows(&status, &[("items", 6), ("done", 6), ("dead_batches", 0)]);
    expected.check(&fleet).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_tried_again_is_said() {
    let mut fleet = jobs::fleet().await;
    trades(&mut fleet, &mut Expected::default(), "gone", 0).await;
    said(&fleet, &["cancel", "gone"]).await;
    let cases: &[(&[&str], &str)] = &[
        (&["retry", "gone"], "was cancelled"),
        (
            &["retry", "nobody"],
            "there is no job nobody; there are gone",
        ),
        (
            &["retry", "gone", "--ids", "/nowhere.csv"],
            "cannot open /nowhere.csv",
        ),
        (&["retry", "gone", "--column", "x"], "--ids"),
    ];
    for (words, why) in cases {
        let ended = fleet.producer(words).await.unwrap();
        assert!(
            ended.code == 2 && ended.stderr.contains(why),
            "{words:?}: {}",
            ended.stderr
        );
    }
}
