//! Schedules: what people get wrong (a clear message, exit code 2, and no server is contacted, which
//! here would be exit code 1), what they say of them, and what is kept of their runs.

use std::collections::HashMap;

use common::item::Token;
use common::streams;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::fleet::{Fleet, Ran, ended, program};

const NOWHERE: &str = "nats://127.0.0.1:9";
const BARS: &str = "schedule add bars --source binance --dataset klines --symbols BTC-USDT";

async fn run(line: &str) -> Ran {
    let args: Vec<_> = line.split_whitespace().collect();
    ended(program(&args, NOWHERE).spawn().unwrap()).await
}

#[track_caller]
fn refused(ran: &Ran, words: &[&str]) {
    assert_eq!(ran.code, Some(2), "{ran:?}");
    for word in words {
        assert!(ran.err.contains(word), "{word} in {ran:?}");
    }
    assert!(ran.out.is_empty(), "{ran:?}");
}

#[tokio::test]
async fn a_wrong_schedule_is_refused() {
    let add = |rest: &str| format!("{BARS} {rest}");
    let other = |rest: &str| format!("schedule add x --every 1h {rest}");
    for (line, words) in [
        (add("--last 5d"), ["say when", "--at 02:30"]),
        (
            add("--every 5m --at 02:30 --last 5d"),
            ["--every and --at", "leave out one"],
        ),
        (
            add("--every 5m --offset 5m --last 5d"),
            ["--offset", "shorter"],
        ),
        (add("--every 5x --last 5d"), ["--every", "15m"]),
        (add("--every 5m --on mon --last 5d"), ["--on", "--at"]),
        (add("--at 25:00 --last 5d"), ["25:00", "02:30"]),
        (add("--at 02:30 --on someday --last 5d"), ["someday", "mon"]),
        (
            add("--at 02:30 --day-of-month 31 --last 5d"),
            ["31", "1 to 28"],
        ),
        (
            add("--at 02:30 --zone Berlin --last 5d"),
            ["Berlin", "Europe/Berlin"],
        ),
        (
            add("--every 5m --zone Europe/Berlin --last 5d"),
            ["--zone", "--days"],
        ),
        (add("--every 5m"), ["asked for by time", "--last"]),
        (
            add("--every 5m --last 5d --days 1"),
            ["--last and --days", "exclude"],
        ),
        (
            add("--every 5m --last 1m --interval 5m"),
            ["--last 1m", "--last 5m"],
        ),
        (add("--every 5m --last 5d --interval 7m"), ["7m", "5m"]),
        (
            add("--every 5m --last 5d --interval 5m --param interval=5m"),
            ["interval", "twice"],
        ),
        (
            add("--every 5m --last 5d --fetch-only"),
            ["--fetch-only", "--cache"],
        ),
        (
            add("--every 5m --last 5d").replace("BTC-USDT", "B/T"),
            ["B/T", "BTC"],
        ),
        (
            other("--source bnance --dataset klines --last 1d"),
            ["bnance", "binance"],
        ),
        (
            other("--source binance --dataset depth --last 1d"),
            ["depth", "klines"],
        ),
        (
            other("--source binance --dataset tickers --symbols all --last 1d"),
            ["as it is now", "--last"],
        ),
        (
            other("--source fotmob --dataset match_details"),
            ["by id", "enqueue ids"],
        ),
        ("schedule add --every 5m".to_owned(), ["<NAME>", "--source"]),
        (
            add("--every 5m --file x.toml"),
            ["--file", "cannot be used"],
        ),
    ] {
        refused(&run(&line).await, &words);
    }
}

#[tokio::test]
async fn a_wrong_file_is_refused_whole_with_all_that_is_wrong() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("schedules.toml");
    let line = format!("schedule add --file {}", path.display());
    refused(&run(&line).await, &["cannot read", "schedules.toml"]);
    for (text, words) in [
        ("", ["schedules.toml", "[[schedule]]"]),
        (
            "[[schedule]]\nname = \"a\"\nevry = \"5m\"\n",
            ["evry", "line 3"],
        ),
        (
            "[[schedule]]\nname = \"a\"\nevery = \"5\"\n",
            ["15m", "line 3"],
        ),
        (
            "[[schedule]]\nname = \"a\"\n[[schedule]]\nevery = \"5m\"\nsource = \"binance\"\n",
            ["schedule a: say when", "schedule number 2: NAME is missing"],
        ),
    ] {
        std::fs::write(&path, text).unwrap();
        refused(&run(&line).await, &words);
    }
}

const MATCHES: &str = "schedule add nightly --at 02:30 --zone Europe/Berlin --days 1 \
                       --source fotmob --dataset matches --now 2024-03-04T12:00:00Z";

async fn say(fleet: &Fleet, line: &str) -> Ran {
    let args: Vec<_> = line.split_whitespace().collect();
    fleet.run(&args).await
}

/// The one schedule there is.
async fn listed(fleet: &Fleet) -> Value {
    let list = say(
        fleet,
        "schedule list --output json --now 2024-03-04T12:00:00Z",
    )
    .await;
    list.ok().json()["schedules"][0].clone()
}

#[tokio::test]
async fn a_run_that_is_refused_says_why_and_the_next_is_begun() {
    let fleet = Fleet::start().await;
    assert!(
        say(&fleet, "schedule list")
            .await
            .ok()
            .out
            .contains("no schedules yet")
    );
    say(&fleet, MATCHES).await.ok();
    let run = "schedule run-now nightly --now 2024-03-04T12:00:0";
    let first = format!("{run}1Z");
    let mut command = fleet.command(&first.split(' ').collect::<Vec<_>>());
    command.env("BACKFLEET__SOURCES__FOTMOB__ACCEPT_TERMS", "false");
    let ran = ended(command.spawn().unwrap()).await;
    refused(&ran, &["fotmob is off", "accept_terms"]);
    let line = listed(&fleet).await;
    assert_eq!(line["state"], "refused", "{line:#}");
    assert!(
        line["error"].as_str().unwrap().contains("is off"),
        "{line:#}"
    );
    say(&fleet, &format!("{run}2Z")).await.ok();
    let line = listed(&fleet).await;
    assert_eq!(
        (&line["state"], &line["error"]),
        (&json!("running"), &Value::Null)
    );
    refused(
        &say(&fleet, &format!("{run}3Z")).await,
        &["is not over", "status --wait"],
    );
}

#[tokio::test]
async fn a_schedule_is_paused_replaced_and_removed() {
    let fleet = Fleet::start().await;
    say(&fleet, MATCHES).await.ok();
    assert_eq!(listed(&fleet).await["next_due"], "2024-03-05T01:30:00Z");
    say(&fleet, "schedule pause nightly").await.ok();
    let line = listed(&fleet).await;
    assert_eq!(
        (&line["paused"], &line["next_due"]),
        (&json!(true), &Value::Null)
    );
    // What is replaced stays paused.
    let other = MATCHES.replace("02:30", "03:30");
    refused(
        &say(&fleet, &other).await,
        &["02:30 Europe/Berlin", "--replace"],
    );
    say(&fleet, &format!("{other} --replace")).await.ok();
    say(&fleet, "schedule resume nightly").await.ok();
    assert_eq!(listed(&fleet).await["next_due"], "2024-03-05T02:30:00Z");
    say(&fleet, "schedule remove nightly").await.ok();
    let gone = say(&fleet, "schedule pause nightly").await;
    refused(&gone, &["there is no schedule nightly, and no other"]);
}

#[tokio::test]
async fn jobs_of_old_runs_are_taken_away_unless_something_was_refused() {
    let fleet = Fleet::start().await;
    say(&fleet, MATCHES).await.ok();
    let stamps: Vec<_> = (10..33)
        .map(|second| format!("20240304T1200{second}Z"))
        .collect();
    let jobs: Vec<_> = stamps
        .iter()
        .map(|stamp| format!("nightly-{stamp}"))
        .collect();
    let jetstream = fleet.jetstream().await;
    for (number, job) in jobs.iter().enumerate() {
        let second = 10 + number;
        let run = format!("schedule run-now nightly --now 2024-03-04T12:00:{second}Z");
        say(&fleet, &run).await.ok();
        fleet.work_off(job, 1, &mut HashMap::new()).await;
        if number == 1 {
            let (job, item) = (Token::new(job).unwrap(), Token::new("i").unwrap());
            let letter = jetstream.publish(streams::dead(&job, &item), "{}".into());
            letter.await.unwrap().await.unwrap();
        }
    }
    let there = say(&fleet, "jobs --output json").await.ok().json();
    let there: Vec<_> = there["jobs"].as_array().unwrap().iter().collect();
    let there: Vec<_> = there
        .iter()
        .map(|job| job["job"].as_str().unwrap())
        .collect();
    let kept: Vec<_> = jobs[1..2].iter().chain(&jobs[3..]).collect();
    assert_eq!(there, kept);
    let work = fleet.stream("WORK").await;
    assert_eq!(work.cached_info().state.consumer_count, kept.len());
    // Of those that were taken away nothing is left.
    for job in [&jobs[0], &jobs[2]] {
        let marks = streams::marks_of(&Token::new(job).unwrap());
        assert_eq!(streams::count(&work, &marks).await.unwrap(), 0);
    }
}
