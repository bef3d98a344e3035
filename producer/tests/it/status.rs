//! What `status` says equals what the streams hold, and finished is said last.

use std::collections::HashMap;

use common::item::Token;
use common::streams;
use common::tables::Table;
use embedded::clickhouse::{ClickHouse, ClickHouseOptions};
use serde_json::{Value, json};

use crate::fleet::{Fleet, ended, enqueue, left};

async fn status(fleet: &Fleet) -> Value {
    fleet
        .run(&["status", "j", "--output", "json"])
        .await
        .ok()
        .json()
}

#[track_caller]
fn says(status: &Value, state: &str, [items, done, dead, left]: [u64; 4]) {
    let told = ["items", "done", "dead", "left"].map(|key| status[key].as_u64().unwrap());
    assert_eq!(status["state"], state, "{status}");
    assert_eq!(told, [items, done, dead, left], "{status}");
}

#[tokio::test]
async fn jobs_that_do_not_exist_are_named() {
    let fleet = Fleet::start().await;
    assert!(
        fleet
            .run(&["status"])
            .await
            .ok()
            .out
            .contains("no jobs yet")
    );
    let ran = fleet.run(&["status", "x"]).await;
    assert_eq!(ran.code, Some(2), "{ran:?}");
    let file = fleet.ids(3);
    fleet.run(&enqueue(&file)).await.ok();
    let ran = fleet.run(&["status", "x"]).await;
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("there are j"), "{ran:?}");
}

#[tokio::test]
async fn a_job_is_followed_to_its_end() {
    let fleet = Fleet::start().await;
    let (job, item) = (
        Token::new("j").unwrap(),
        Token::new("ids-00000009").unwrap(),
    );
    let file = fleet.ids(10);
    fleet.run(&enqueue(&file)).await.ok();
    says(&status(&fleet).await, "running", [10, 0, 0, 10]);

    let jetstream = fleet.jetstream().await;
    let publish = async |subject: async_nats::Subject, body: String| {
        jetstream
            .publish(subject, body.into())
            .await
            .unwrap()
            .await
            .unwrap();
    };
    let mut seen = HashMap::new();
    fleet.work_off("j", 4, &mut seen).await;
    says(&status(&fleet).await, "running", [10, 4, 0, 6]);

    let letter = json!({"step": "fetch", "reason": "no such match", "status": 404});
    publish(streams::dead(&job, &item), letter.to_string()).await;
    publish(streams::records(Table::Match, &job), String::new()).await;
    // The refused item is not settled yet: it must not count twice.
    says(&status(&fleet).await, "running", [10, 3, 1, 6]);
    fleet.work_off("j", 6, &mut seen).await;
    assert_eq!(left(&fleet.stream("WORK").await, "j").await, 0);
    let waiting = status(&fleet).await;
    says(&waiting, "running", [10, 9, 1, 0]);
    assert_eq!(waiting["records_waiting"], 1);
    assert!(
        waiting["rows"].is_null() && waiting["ledger_error"].is_string(),
        "{waiting}"
    );

    let waiter = fleet.command(&["status", "--wait", "j"]).spawn().unwrap();
    let records = fleet.stream("RECORDS").await;
    records
        .purge()
        .filter(streams::records_of(&job))
        .await
        .unwrap();
    let waited = ended(waiter).await;
    assert_eq!(waited.code, Some(3), "{waited:?}");
    for words in [
        "finished with 1 dead letter",
        "no such match (HTTP 404)",
        "ids-00000009",
    ] {
        assert!(waited.out.contains(words), "{words} in {waited:?}");
    }
    let finished = status(&fleet).await;
    says(&finished, "finished", [10, 9, 1, 0]);
    assert_eq!(finished["dead_letters"][0]["letter"], letter);

    let all = fleet.run(&["status", "--output", "json"]).await.ok().json();
    says(&all["jobs"][0], "finished", [10, 9, 1, 0]);
    publish(streams::dead_batch("j", "ids-00000001", 2), "{}".into()).await;
    let refused = status(&fleet).await;
    says(&refused, "finished", [10, 9, 1, 0]);
    assert_eq!(refused["dead_batches"], 1);
    assert_eq!(
        refused["dead_batch_letters"][0]["of"],
        "ids-00000001.batch-2"
    );
}

#[tokio::test]
async fn a_job_that_is_half_enqueued_says_so() {
    let fleet = Fleet::start().await;
    let file = fleet.ids(2_500);
    fleet
        .run_with(&enqueue(&file), "producer.before-enqueued=kill")
        .await;
    let begun = status(&fleet).await;
    says(&begun, "enqueueing", [2_500, 0, 0, 2_500]);
    let mut seen = HashMap::new();
    fleet.work_off("j", usize::MAX, &mut seen).await;
    says(&status(&fleet).await, "enqueueing", [2_500, 2_500, 0, 0]);
    fleet.run(&enqueue(&file)).await.ok();
    says(&status(&fleet).await, "finished", [2_500, 2_500, 0, 0]);
}

#[tokio::test]
async fn a_finished_job_is_waited_for_no_longer() {
    let fleet = Fleet::start().await;
    let file = fleet.ids(5);
    fleet.run(&enqueue(&file)).await.ok();
    let mut seen = HashMap::new();
    fleet.work_off("j", 5, &mut seen).await;
    let waited = fleet
        .run(&["status", "--wait", "j", "--output", "json"])
        .await
        .ok();
    says(&waited.json(), "finished", [5, 5, 0, 0]);
}

#[tokio::test]
async fn rows_and_requests_come_from_the_ledger() {
    let fleet = Fleet::start().await;
    let file = fleet.ids(2);
    fleet.run(&enqueue(&file)).await.ok();
    let installed = embedded::install(&embedded::Cache::from_env().unwrap())
        .await
        .unwrap();
    let folder = fleet.dir.path().join("clickhouse");
    let server = ClickHouse::start(&installed, &folder, Default::default())
        .await
        .unwrap();
    let options = ClickHouseOptions::default();
    let client = clickhouse::Client::default()
        .with_url(server.url())
        .with_user(&options.user)
        .with_password(&options.password);
    for statement in [
        "CREATE DATABASE backfleet",
        "CREATE TABLE backfleet.work_log (job String, item String, run UInt64, requests UInt64, \
         rows UInt64, bytes UInt64, version UInt64, outcome String, step String, reason String, \
         api_ms UInt64, wait_ms UInt64, write_ms UInt64, worker String, at DateTime64(9, 'UTC'), \
         ids Array(String), refused_ids Array(String), refused_steps Array(String), \
         refused_reasons Array(String)) ENGINE = ReplacingMergeTree(version) ORDER BY (job, item, run)",
        "INSERT INTO backfleet.work_log (job, item, run, requests, rows, bytes, version) VALUES \
         ('j', 'a', 0, 1, 10, 100, 1), ('x', 'a', 0, 7, 7, 7, 1)",
        "INSERT INTO backfleet.work_log (job, item, run, requests, rows, bytes, version) VALUES \
         ('j', 'a', 0, 2, 20, 200, 2), ('j', 'b', 0, 3, 30, 300, 1)",
    ] {
        client.query(statement).execute().await.unwrap();
    }
    let mut command = fleet.command(&["status", "j", "--output", "json"]);
    command
        .env("BACKFLEET__CLICKHOUSE__URL", server.url())
        .env("BACKFLEET__CLICKHOUSE__USER", &options.user)
        .env("BACKFLEET__CLICKHOUSE__PASSWORD", &options.password)
        .env("BACKFLEET__NATS__MONITOR_URL", fleet.server.monitor_url());
    let status = ended(command.spawn().unwrap()).await.ok().json();
    let told = ["requests", "rows", "bytes"].map(|key| status[key].as_u64());
    assert_eq!(told, [Some(5), Some(50), Some(500)], "{status}");
    assert!(
        status["durability"].as_str().unwrap().contains("always"),
        "{status}"
    );
}
