//! The same command any number of times, from any number of producers, killed anywhere: every
//! item is enqueued once. A worker takes items away meanwhile, so that one enqueued again would
//! come again.

use std::collections::HashMap;
use std::process::Stdio;

use async_nats::jetstream::stream::Stream;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{ChildStderr, Command};

use crate::fleet::{Fleet, ended, enqueue, left, until};

const IDS: u64 = 2_500;

/// Takes all that is left and checks that each item came once.
async fn all_came_once(fleet: &Fleet, mut seen: HashMap<String, u64>, items: u64) {
    fleet.work_off("j", usize::MAX, &mut seen).await;
    let again: Vec<_> = seen.iter().filter(|(_, times)| **times != 1).collect();
    assert!(again.is_empty(), "{again:?}");
    assert_eq!(seen.len() as u64, items);
    for number in 0..items {
        assert!(
            seen.contains_key(&format!("work.j.ids-{number:08}")),
            "{number}"
        );
    }
}

#[tokio::test]
async fn the_same_command_again_does_nothing() {
    let mut fleet = Fleet::start().await;
    let file = fleet.ids(IDS);
    let first = fleet.run(&enqueue(&file)).await.ok().json();
    assert_eq!(first["items"], IDS);
    assert_eq!(
        (&first["new"], &first["already_enqueued"]),
        (&IDS.into(), &false.into())
    );
    let mut seen = HashMap::new();
    fleet.work_off("j", 1_200, &mut seen).await;
    fleet.server.restart().await.unwrap();
    for _ in 0..2 {
        let again = fleet.run(&enqueue(&file)).await.ok().json();
        assert_eq!(
            (&again["new"], &again["already_enqueued"]),
            (&0.into(), &true.into())
        );
        assert_eq!(
            (&again["items"], &again["state"]),
            (&IDS.into(), &"enqueued".into())
        );
    }
    all_came_once(&fleet, seen, IDS).await;
}

#[tokio::test]
async fn a_killed_producer_is_gone_on_with() {
    for failpoint in [
        "producer.job-created=kill",
        "producer.part-published=kill@1",
        "producer.part-published=kill@2",
        "producer.part-published=kill@3",
        "producer.before-enqueued=kill",
    ] {
        let mut fleet = Fleet::start().await;
        let file = fleet.ids(IDS);
        let killed = fleet.run_with(&enqueue(&file), failpoint).await;
        assert_eq!(killed.code, None, "{failpoint}: {killed:?}");
        let mut seen = HashMap::new();
        let work = fleet.stream("WORK").await;
        if work.consumer_info("j").await.is_ok() {
            fleet.work_off("j", 1_100, &mut seen).await;
        }
        fleet.server.kill9().await.unwrap();
        fleet.server.restart().await.unwrap();
        let again = fleet.run(&enqueue(&file)).await.ok().json();
        assert_eq!(again["stored"], IDS, "{failpoint}");
        assert_eq!(again["state"], "enqueued", "{failpoint}");
        all_came_once(&fleet, seen, IDS).await;
    }
}

#[tokio::test]
async fn producers_at_once_share_the_work() {
    const MANY: u64 = 12_000;
    let fleet = Fleet::start().await;
    let file = fleet.ids(MANY);
    let producers: Vec<_> = (0..3)
        .map(|_| fleet.command(&enqueue(&file)).spawn().unwrap())
        .collect();
    let mut new = 0;
    for producer in producers {
        let ran = ended(producer).await.ok();
        new += ran.json()["new"].as_u64().unwrap();
    }
    assert_eq!(new, MANY);
    all_came_once(&fleet, HashMap::new(), MANY).await;
}

#[tokio::test]
async fn a_server_that_is_killed_meanwhile_is_waited_for() {
    let mut fleet = Fleet::start().await;
    let file = fleet.ids(8_000);
    let mut command = fleet.command(&enqueue(&file));
    command.env("BACKFLEET_FAILPOINTS", "producer.part-published=pause@2");
    let producer = command.spawn().unwrap();
    let held = fleet.held_at("producer.part-published");
    until("the producer is held", async || held.exists()).await;
    fleet.server.kill9().await.unwrap();
    std::fs::remove_file(&held).unwrap();
    fleet.server.restart().await.unwrap();
    let ran = ended(producer).await.ok();
    assert_eq!(ran.json()["stored"], 8_000);
    all_came_once(&fleet, HashMap::new(), 8_000).await;
}

/// Starts a producer that is held after its first part, and sends it one signal.
async fn held_and_signalled(fleet: &Fleet) -> (tokio::process::Child, BufReader<ChildStderr>) {
    let file = fleet.ids(8_000);
    let mut command = fleet.command(&enqueue(&file));
    command
        .env("BACKFLEET_FAILPOINTS", "producer.part-published=pause@1")
        .env("BACKFLEET__LOG__LEVEL", "common=info")
        .stderr(Stdio::piped());
    let mut producer = command.spawn().unwrap();
    let held = fleet.held_at("producer.part-published");
    until("the producer is held", async || held.exists()).await;
    signal(&producer, "-TERM").await;
    let mut log = BufReader::new(producer.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("stopping") {
        line.clear();
        assert_ne!(log.read_line(&mut line).await.unwrap(), 0);
    }
    (producer, log)
}

async fn signal(process: &tokio::process::Child, signal: &str) {
    let id = process.id().unwrap().to_string();
    let sent = Command::new("kill").args([signal, &id]).status().await;
    assert!(sent.unwrap().success());
}

#[tokio::test]
async fn a_signal_stops_after_the_parts_at_hand() {
    let fleet = Fleet::start().await;
    let (producer, _log) = held_and_signalled(&fleet).await;
    std::fs::remove_file(fleet.held_at("producer.part-published")).unwrap();
    let ran = ended(producer).await;
    assert_eq!(ran.code, Some(130));
    let answer = ran.json();
    assert_eq!(answer["state"], "enqueueing");
    let stored = answer["stored"].as_u64().unwrap();
    assert!(
        (999..8_000).contains(&stored) && stored % 999 == 0,
        "{stored}"
    );
    assert_eq!(left(&fleet.stream("WORK").await, "j").await, stored);
    let file = fleet.ids(8_000);
    fleet.run(&enqueue(&file)).await.ok();
    all_came_once(&fleet, HashMap::new(), 8_000).await;
}

#[tokio::test]
async fn a_second_signal_ends_at_once() {
    let fleet = Fleet::start().await;
    let (producer, _log) = held_and_signalled(&fleet).await;
    signal(&producer, "-INT").await;
    assert_eq!(ended(producer).await.code, Some(130));
    let file = fleet.ids(8_000);
    fleet.run(&enqueue(&file)).await.ok();
    all_came_once(&fleet, HashMap::new(), 8_000).await;
}

/// The bodies of a job's items.
async fn bodies(work: &Stream, items: u64) -> Vec<(String, bytes::Bytes)> {
    let mut bodies = Vec::new();
    for number in 0..items {
        let subject = format!("work.j.ids-{number:08}");
        let message = work
            .get_last_raw_message_by_subject(&subject)
            .await
            .unwrap();
        bodies.push((subject, message.payload));
    }
    bodies
}

#[tokio::test]
async fn the_beginning_of_a_part_without_its_mark_is_completed() {
    let fleet = Fleet::start().await;
    let file = fleet.ids(20);
    fleet.run(&enqueue(&file)).await.ok();
    let items = bodies(&fleet.stream("WORK").await, 20).await;
    // What a server leaves that was killed while it stored the batch.
    let fleet = Fleet::start().await;
    let file = fleet.ids(20);
    fleet
        .run_with(&enqueue(&file), "producer.job-created=kill")
        .await;
    let jetstream = fleet.jetstream().await;
    for (subject, body) in items.into_iter().take(7) {
        jetstream
            .publish(subject, body)
            .await
            .unwrap()
            .await
            .unwrap();
    }
    let ran = fleet.run(&enqueue(&file)).await.ok();
    assert_eq!(ran.json()["stored"], 20);
    all_came_once(&fleet, HashMap::new(), 20).await;
}

#[tokio::test]
async fn what_another_request_left_is_not_taken_for_ours() {
    let fleet = Fleet::start().await;
    let file = fleet.ids(20);
    fleet
        .run_with(&enqueue(&file), "producer.job-created=kill")
        .await;
    let jetstream = fleet.jetstream().await;
    let publish = jetstream.publish("work.j.ids-00000003", "something else".into());
    publish.await.unwrap().await.unwrap();
    let ran = fleet.run(&enqueue(&file)).await;
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(
        ran.err.contains("work.j.ids-00000003 of another request"),
        "{ran:?}"
    );
}

#[tokio::test]
async fn a_name_is_of_one_request() {
    let fleet = Fleet::start().await;
    let file = fleet.ids(20);
    fleet.run(&enqueue(&file)).await.ok();
    let mut other = enqueue(&file);
    other.extend(["--column", "match_id"]);
    let place = other.iter().position(|arg| *arg == "1").unwrap();
    other[place] = "2";
    let ran = fleet.run(&other).await;
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("chunk is 1 there, 2 here"), "{ran:?}");
    assert!(ran.err.contains("--job"), "{ran:?}");
}

#[tokio::test]
async fn a_range_is_enqueued_under_a_derived_name() {
    let fleet = Fleet::start().await;
    let args = "enqueue range --source binance --dataset klines --symbols ETHUSDT,BTCUSDT --interval 5m \
                --from 2024-01-01 --to 2024-01-03 --slice 1h --output json";
    let args: Vec<_> = args.split_whitespace().collect();
    let first = fleet.run(&args).await.ok().json();
    assert_eq!((&first["items"], &first["new"]), (&96.into(), &96.into()));
    let job = first["job"].as_str().unwrap();
    assert!(job.starts_with("binance-klines-"), "{job}");
    let again = fleet.run(&args).await.ok().json();
    assert_eq!((&again["job"], &again["new"]), (&job.into(), &0.into()));
    let mut seen = HashMap::new();
    fleet.work_off(job, usize::MAX, &mut seen).await;
    assert_eq!(seen.len(), 96);
    assert!(seen.contains_key(&format!("work.{job}.BTCUSDT_20240102T230000Z")));
}
