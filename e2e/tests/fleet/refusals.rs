//! What cannot be had: a clear message and exit code, or a dead letter that says why, and
//! everything else stored.

use e2e::{Expected, Fleet};

use crate::jobs::{self, finished};

async fn dead(fleet: &Fleet, job: &str) -> (serde_json::Value, serde_json::Value) {
    let status = fleet.finished(job).await.unwrap();
    let mut letters = fleet.dead_letters(job).await.unwrap();
    assert_eq!(letters.len(), 1, "{letters:#?}");
    (status, letters.remove(0).1)
}

async fn enqueue(fleet: &Fleet, command: &str) {
    let args: Vec<&str> = command.split_whitespace().collect();
    fleet.producer(&args).await.unwrap().success().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_symbol_and_an_empty_day() {
    let mut fleet = jobs::fleet().await;
    let _programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    let day = "--from 2024-03-04 --to 2024-03-05";
    enqueue(&fleet, &format!("enqueue range --source binance --dataset klines --symbols NOPE-USDT {day} --job unknown")).await;
    let (status, letter) = dead(&fleet, "unknown").await;
    assert_eq!(
        (&status["items"], &status["dead"]),
        (&1.into(), &1.into()),
        "{status:#}"
    );
    assert_eq!(
        (&letter["step"], &letter["status"]),
        (&"ask".into(), &serde_json::Value::Null),
        "{letter:#}"
    );
    let reason = letter["reason"].as_str().unwrap();
    assert!(
        reason.contains("no instrument \"NOPE-USDT\"; the nearest names are"),
        "{reason}"
    );

    // Before a symbol was listed there is nothing: done, with no row.
    enqueue(&fleet, "enqueue range --source binance --dataset trades --symbols BTCUSDT --from 2010-01-01 --to 2010-01-01T02:00:00Z --job empty").await;
    let status = finished(&fleet, "empty").await;
    assert_eq!(status["rows"], 0, "{status:#}");
    assert_eq!(
        fleet.simulator().oracle().trade_count(
            "BTCUSDT",
            "2010-01-01T00:00:00Z".parse().unwrap(),
            "2010-01-01T02:00:00Z".parse().unwrap()
        ),
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_token_is_told_in_the_vendors_words() {
    let fleet = Fleet::start(jobs::options().set("SOURCES__FOOTBALL_DATA__TOKEN", "wrong-token"))
        .await
        .unwrap();
    let worker = fleet.worker("").await.unwrap();
    let _writer = fleet.writer("").await.unwrap();
    enqueue(&fleet, "enqueue range --source football-data --dataset matches --from 2024-03-04 --to 2024-03-06 --job token").await;
    let (_, letter) = dead(&fleet, "token").await;
    assert!(
        letter["reason"]
            .as_str()
            .unwrap()
            .contains("Your API token is invalid."),
        "{letter:#}"
    );
    assert!(!letter.to_string().contains("wrong-token") && !worker.log().contains("wrong-token"));
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_that_do_not_exist_leave_the_rest_of_their_item_alone() {
    let mut fleet = jobs::fleet().await;
    let _programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    let oracle = fleet.simulator().oracle();
    let good: Vec<u64> = (3_400_000..)
        .filter(|&id| oracle.match_exists(id))
        .take(6)
        .collect();
    // As spreadsheets write it: a byte order mark, CRLF, quotes, blanks, doubles.
    let rows: String = good
        .iter()
        .map(|id| format!("x,\" {id} \"\r\n\r\n{id},{id}\r\n"))
        .collect();
    let csv = fleet
        .file(
            "ids.csv",
            format!("\u{feff}name,\"match_id\"\r\n{rows}y,99\r\n"),
        )
        .unwrap();
    enqueue(&fleet, &format!("enqueue ids --source fotmob --dataset match_details --column match_id --file {} --job ids", csv.display())).await;
    let (status, letter) = dead(&fleet, "ids").await;
    assert_eq!(
        (&status["items"], &status["dead"]),
        (&1.into(), &1.into()),
        "{status:#}"
    );
    let refused: Vec<_> = letter["ids"]
        .as_array()
        .unwrap()
        .iter()
        .map(|id| id["id"].as_str().unwrap())
        .collect();
    assert_eq!(refused, ["99"], "{letter:#}");
    told(&fleet).await;
    let mut expected = Expected::default();
    expected.add(oracle.match_details(good));
    expected.check(&fleet).await.unwrap();
}

/// What `failures` and `dead show` say of the one id.
async fn told(fleet: &Fleet) {
    let run = async |command: &str| {
        let args: Vec<&str> = command.split_whitespace().collect();
        fleet.producer(&args).await.unwrap()
    };
    let failures = run("failures ids --output json").await.json().unwrap();
    let group = &failures["groups"][0];
    assert_eq!(
        (&group["items"], &group["outcome"], &group["step"]),
        (&1.into(), &"partial".into(), &"fetch".into()),
        "{failures:#}"
    );
    let item = group["example"].as_str().unwrap();
    let ids = run("failures ids --ids").await.success().unwrap().stdout;
    let lines: Vec<_> = ids.lines().collect();
    assert!(
        lines.len() == 2 && lines[1].starts_with(&format!("99,{item},fetch,")),
        "{ids}"
    );
    let shown = run(&format!("dead show ids {item}")).await;
    let shown = shown.success().unwrap().stdout;
    assert!(
        shown.contains("404") && shown.contains("99  fetch"),
        "{shown}"
    );
    let none = run("dead show ids ids-99999999").await;
    assert!(none.code == 2 && none.stderr.contains("no dead letter"));
    let human = run("failures ids").await.success().unwrap().stdout;
    assert!(human.contains("partial") && human.contains(item), "{human}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_end_with_code_2_and_write_nothing() {
    let fleet = jobs::fleet().await;
    let csv = |name: &str, text: &str| fleet.file(name, text).unwrap().display().to_string();
    let range = "enqueue range --source binance --dataset trades --symbols BTCUSDT";
    let ids = "enqueue ids --source fotmob --dataset match_details --column match_id --file";
    let cases = [
        (
            format!("{range} --from 2024-03-05 --to 2024-03-04"),
            "reversed",
        ),
        (
            format!("{range} --from 2999-01-01 --to 2999-01-02"),
            "future",
        ),
        (
            format!("{range} --from 04.03.2024 --to 2024-03-05"),
            "YYYY-MM-DD",
        ),
        (
            format!("{ids} {}", csv("column.csv", "id,name\n1,a\n")),
            "match_id",
        ),
        (
            format!("{ids} {}", csv("text.csv", "match_id\n1\nabc\n")),
            "abc",
        ),
        (format!("{ids} {}", csv("empty.csv", "")), "empty"),
        (format!("{ids} /no/such/file.csv"), "/no/such/file.csv"),
        (
            range.replace("binance", "nobody") + " --from 2024-03-04 --to 2024-03-05",
            "nobody",
        ),
    ];
    for (command, says) in cases {
        let args: Vec<&str> = command.split_whitespace().collect();
        let ended = fleet.producer(&args).await.unwrap();
        assert_eq!(ended.code, 2, "{command}: {ended:?}");
        assert!(ended.stderr.contains(says), "{command}: {ended:?}");
    }
    let nats = fleet.broker().await.unwrap();
    if let Ok(stream) = nats.jetstream.get_stream(common::streams::WORK).await {
        assert_eq!(stream.cached_info().state.messages, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fotmob_is_off_until_its_terms_are_accepted() {
    let mut fleet = Fleet::start(jobs::options().set("SOURCES__FOTMOB__ACCEPT_TERMS", false))
        .await
        .unwrap();
    let csv = fleet
        .file("ids.csv", "match_id\n3400000\n")
        .unwrap()
        .display()
        .to_string();
    let ended = fleet
        .producer(&[
            "enqueue",
            "ids",
            "--source",
            "fotmob",
            "--dataset",
            "match_details",
            "--column",
            "match_id",
            "--file",
            &csv,
        ])
        .await
        .unwrap();
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.stderr.contains("accept_terms"), "{ended:?}");
    assert!(fleet.simulator().requests().seen().is_empty());
}
