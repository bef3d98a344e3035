//! `producer audit`: whatever the vendor, the queues or the store lose is found, with why; a repair
//! asks for exactly that, and nothing is called complete before the oracle agrees.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use common::item::Token;
use common::streams;
use e2e::wait::until;
use e2e::{Expected, Fleet, Program};
use serde_json::Value;
use simulator::{Fault, Matcher, Vendor};

use crate::jobs::{self, finished, hour, trades};

/// Runs an audit; gives its exit code and what it found.
async fn audit(fleet: &Fleet, arguments: &str) -> (i32, Value) {
    let mut words = vec!["audit"];
    words.extend(arguments.split_whitespace());
    words.extend(["--output", "json"]);
    let ended = fleet.producer(&words).await.unwrap();
    let code = ended.code;
    assert!([0, 3].contains(&code), "{ended:?}");
    let found: Value = serde_json::from_str(&ended.stdout).unwrap();
    // What is incomplete never ends with 0.
    assert!(found["complete"] == true || code == 3, "{found:#}");
    (code, found)
}

/// The intervals of the only symbol as `from to state`, in minutes after the first hour began.
fn intervals(found: &Value) -> Vec<String> {
    let minutes = |at: &Value| {
        let at: DateTime<Utc> = at.as_str().unwrap().parse().unwrap();
        (at - hour(0)).num_milliseconds() as f64 / 60_000.0
    };
    let all = found["symbols"][0]["intervals"].as_array().unwrap().iter();
    all.map(|one| {
        format!(
            "{}-{} {}",
            minutes(&one["from"]),
            minutes(&one["to"]),
            one["state"].as_str().unwrap()
        )
    })
    .collect()
}

fn reasons(found: &Value) -> String {
    let all = found["symbols"][0]["intervals"].as_array().unwrap().iter();
    all.map(|one| one["reason"].as_str().unwrap())
        .collect::<Vec<_>>()
        .join("; ")
}

/// Repairs and waits until that is done; gives the job's name.
async fn repaired(fleet: &Fleet, job: &str) -> String {
    let (_, found) = audit(fleet, &format!("{job} --repair")).await;
    let name = found["repair"]["job"]
        .as_str()
        .unwrap_or_else(|| panic!("{found:#}"))
        .to_owned();
    finished(fleet, &name).await;
    name
}

async fn programs(fleet: &Fleet) -> [Program; 2] {
    [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ]
}

/// Enqueues two hours of bars as twelve items and expects them.
async fn bars(fleet: &mut Fleet, expected: &mut Expected, job: &str) {
    let (from, to) = (hour(0), hour(2));
    let words = format!(
        "enqueue range --source binance --dataset klines --symbols BTC-USDT --interval 1m --slice 10m \
         --from {} --to {} --job {job}",
        from.to_rfc3339(),
        to.to_rfc3339()
    );
    let words: Vec<_> = words.split(' ').collect();
    fleet.producer(&words).await.unwrap().success().unwrap();
    expected.add(
        fleet
            .simulator()
            .oracle()
            .klines("BTCUSDT", "1m", (from, to), Utc::now()),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_rows_are_found_exactly_and_healed() {
    let mut fleet = jobs::fleet().await;
    let mut expected = Expected::default();
    let _programs = programs(&fleet).await;
    bars(&mut fleet, &mut expected, "bars").await;
    trades(&mut fleet, &mut expected, "trades", 0).await;
    finished(&fleet, "bars").await;
    finished(&fleet, "trades").await;
    for (job, minutes) in [("bars", 120), ("trades", 60)] {
        let (code, found) = audit(&fleet, job).await;
        assert_eq!(
            (code, intervals(&found)),
            (0, vec![format!("0-{minutes} data")]),
            "{found:#}"
        );
        // Nothing to repair: nothing is enqueued.
        let (_, found) = audit(&fleet, &format!("{job} --repair")).await;
        assert_eq!(found["repair"]["job"], Value::Null, "{found:#}");
    }
    let between = |column: &str, from: i64, to: i64| {
        let at = |minutes| {
            (hour(0) + TimeDelta::minutes(minutes))
                .format("%Y-%m-%d %H:%M:%S")
                .to_string()
        };
        format!(
            "{column} >= toDateTime64('{}', 9, 'UTC') AND {column} < toDateTime64('{}', 9, 'UTC')",
            at(from),
            at(to)
        )
    };
    let delete = async |table: &str, column: &str, from, to| {
        let sql = format!(
            "ALTER TABLE {table} DELETE WHERE {} SETTINGS mutations_sync = 2",
            between(column, from, to)
        );
        fleet.query(&sql).await.unwrap();
    };
    delete("klines", "open_time", 5, 6).await;
    delete("klines", "open_time", 37, 42).await;
    let (code, found) = audit(&fleet, "bars").await;
    let told = [
        "0-5 data",
        "5-6 missing",
        "6-37 data",
        "37-42 missing",
        "42-120 data",
    ];
    assert_eq!(
        (code, intervals(&found)),
        (3, told.map(str::to_owned).to_vec()),
        "{found:#}"
    );
    assert!(
        reasons(&found).contains("rows that were published are not stored"),
        "{found:#}"
    );
    delete("trades", "ts", 22, 25).await;
    let (code, found) = audit(&fleet, "trades").await;
    assert_eq!((code, intervals(&found).len()), (3, 3), "{found:#}");
    assert!(reasons(&found).contains("are not stored"), "{found:#}");
    for job in ["bars", "trades"] {
        assert_eq!(repaired(&fleet, job).await, format!("{job}-repair-1"));
        assert_eq!(audit(&fleet, job).await.0, 0);
    }
    expected.check(&fleet).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_answer_is_found_and_healed() {
    let mut fleet = jobs::fleet().await;
    let mut expected = Expected::default();
    let _programs = programs(&fleet).await;
    // One page of bars and one of trades come as empty lists, with status 200.
    for path in ["klines", "aggTrades"] {
        let nth = Matcher::of(Vendor::Binance, path).nth(3);
        fleet
            .simulator()
            .faults()
            .add((nth, Fault::ShortPage { rows: 0 }));
    }
    bars(&mut fleet, &mut expected, "bars").await;
    trades(&mut fleet, &mut expected, "trades", 0).await;
    for job in ["bars", "trades"] {
        finished(&fleet, job).await;
        let (code, found) = audit(&fleet, job).await;
        assert_eq!((code, intervals(&found).len() > 1), (3, true), "{found:#}");
        let dry = audit(&fleet, &format!("{job} --repair --dry-run")).await.1;
        assert_eq!(dry["repair"]["dry_run"], true, "{dry:#}");
        repaired(&fleet, job).await;
        let (code, found) = audit(&fleet, job).await;
        assert_eq!(code, 0, "{found:#}");
    }
    expected.check(&fleet).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_told_with_step_and_reason() {
    let mut fleet = jobs::fleet().await;
    let mut expected = Expected::default();
    let _programs = programs(&fleet).await;
    let down = Fault::Status {
        status: 503,
        body: "down".to_owned(),
    };
    fleet
        .simulator()
        .faults()
        .add((Matcher::of(Vendor::Binance, "aggTrades"), down));
    trades(&mut fleet, &mut expected, "outage", 0).await;
    assert_eq!(fleet.finished("outage").await.unwrap()["dead"], 6);
    let (code, found) = audit(&fleet, "outage").await;
    assert_eq!(
        (code, intervals(&found)),
        (3, vec!["0-60 failed".to_owned()]),
        "{found:#}"
    );
    assert_eq!(
        found["symbols"][0]["intervals"][0]["step"], "fetch",
        "{found:#}"
    );
    fleet.simulator().faults().clear();
    repaired(&fleet, "outage").await;
    assert_eq!(audit(&fleet, "outage").await.0, 0);
    expected.check(&fleet).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_item_is_found() {
    let mut fleet = jobs::fleet().await;
    let mut expected = Expected::default();
    let _writer = fleet.writer("").await.unwrap();
    let tables = async || {
        fleet
            .query("SELECT count(window_to) FROM work_log_final")
            .await
            .ok()
    };
    until("tables", Duration::from_secs(30), tables)
        .await
        .unwrap();
    trades(&mut fleet, &mut expected, "lost", 0).await;
    let nats = fleet.broker().await.unwrap();
    let work = nats.jetstream.get_stream(streams::WORK).await.unwrap();
    let job = Token::new("lost").unwrap();
    let (code, found) = audit(&fleet, "lost").await;
    assert_eq!(
        (
            code,
            found["symbols"][0]["intervals"][0]["waiting"].as_bool()
        ),
        (3, Some(true)),
        "{found:#}"
    );
    let item = streams::work(&job, &Token::new("BTC-USDT_20240304T002000Z").unwrap());
    assert_eq!(
        work.purge().filter(item.to_string()).await.unwrap().purged,
        1
    );
    let _worker = fleet.worker("").await.unwrap();
    fleet.finished("lost").await.unwrap();
    let (code, found) = audit(&fleet, "lost").await;
    assert_eq!(code, 3, "{found:#}");
    // The ids prove the hole; a range without ids would say that its item is lost.
    assert!(intervals(&found)[1].ends_with("missing"), "{found:#}");
    assert!(
        reasons(&found).contains("lost: item BTC-USDT_20240304T002000Z"),
        "{found:#}"
    );
    repaired(&fleet, "lost").await;
    assert_eq!(audit(&fleet, "lost").await.0, 0);
    expected.check(&fleet).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn revised_history_is_stale() {
    let mut fleet = jobs::fleet().await;
    let mut expected = Expected::default();
    let _programs = programs(&fleet).await;
    bars(&mut fleet, &mut expected, "bars").await;
    finished(&fleet, "bars").await;
    let (code, found) = audit(&fleet, "bars --verify=100%").await;
    assert_eq!(
        (code, &found["verified"]["differing"]),
        (0, &0.into()),
        "{found:#}"
    );
    assert_eq!(found["verified"]["rows"], 120, "{found:#}");
    let revised = (Matcher::of(Vendor::Binance, "klines"), Fault::Revised);
    fleet.simulator().faults().add(revised);
    let (code, found) = audit(&fleet, "bars --verify=100%").await;
    assert_eq!(
        (code, intervals(&found)),
        (3, vec!["0-120 stale".to_owned()]),
        "{found:#}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_is_audited_without_a_job() {
    let mut fleet = jobs::fleet().await;
    let mut expected = Expected::default();
    let _programs = programs(&fleet).await;
    bars(&mut fleet, &mut expected, "bars").await;
    finished(&fleet, "bars").await;
    let range = |symbol: &str, hours| {
        let (from, to) = (hour(0).to_rfc3339(), hour(hours).to_rfc3339());
        format!(
            "--source binance --dataset klines --symbols {symbol} --interval 1m --from {from} --to {to}"
        )
    };
    // By the vendor's own name too.
    for symbol in ["BTC-USDT", "btcusdt"] {
        let (code, found) = audit(&fleet, &range(symbol, 2)).await;
        assert_eq!(
            (code, intervals(&found)),
            (0, vec!["0-120 data".to_owned()]),
            "{found:#}"
        );
    }
    let (code, found) = audit(&fleet, &range("BTC-USDT", 3)).await;
    assert_eq!(
        (code, intervals(&found)[1].as_str()),
        (3, "120-180 missing"),
        "{found:#}"
    );
    assert!(reasons(&found).contains("no job asked for it"), "{found:#}");
    let human = fleet.producer(&["audit", "bars"]).await.unwrap();
    assert!(
        human.code == 0 && human.stdout.contains('█') && human.stdout.ends_with("complete\n"),
        "{human:?}"
    );
    for (wrong, says) in [
        ("audit", "needs a job"),
        ("audit nobody", "there is no job nobody"),
    ] {
        let words: Vec<_> = wrong.split(' ').collect();
        let ended = fleet.producer(&words).await.unwrap();
        assert!(ended.code == 2 && ended.stderr.contains(says), "{ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn short_pages_are_no_holes_and_no_number_of_empty_ones_is_whole() {
    let mut fleet = jobs::fleet().await;
    let mut expected = Expected::default();
    let _programs = programs(&fleet).await;
    let every = |every, rows| {
        let pages = Matcher::of(Vendor::Binance, "aggTrades");
        let pages = Matcher {
            every: Some(every),
            ..pages
        };
        (pages, Fault::ShortPage { rows })
    };
    fleet.simulator().faults().add(every(2, 300));
    trades(&mut fleet, &mut expected, "short", 0).await;
    finished(&fleet, "short").await;
    let (code, found) = audit(&fleet, "short").await;
    assert_eq!(code, 0, "{found:#}");
    // Lists that are empty now and then, and, while it is repaired, all of them.
    fleet.simulator().faults().clear();
    fleet.simulator().faults().add(every(3, 0));
    trades(&mut fleet, &mut expected, "empty", 1).await;
    finished(&fleet, "empty").await;
    fleet.simulator().faults().add(every(1, 0));
    for _ in 0..2 {
        assert_eq!(audit(&fleet, "empty").await.0, 3);
        repaired(&fleet, "empty").await;
    }
    assert_eq!(audit(&fleet, "empty").await.0, 3);
    fleet.simulator().faults().clear();
    repaired(&fleet, "empty").await;
    let (code, found) = audit(&fleet, "empty").await;
    assert_eq!(code, 0, "{found:#}");
    expected.check(&fleet).await.unwrap();
}
