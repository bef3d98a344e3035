//! What people get wrong: a clear message, exit code 2, and no server is contacted, which here
//! would be exit code 1.

use std::io::Write;
use std::process::Stdio;

use tempfile::TempDir;
use tokio::io::AsyncWriteExt;

use crate::fleet::{Ran, ended, program};

const NOWHERE: &str = "nats://127.0.0.1:9";

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
async fn a_wrong_range_is_refused() {
    let range = "enqueue range --source binance --dataset trades --symbols BTCUSDT";
    for (line, words) in [
        (format!("{range} --from 2024-01-03 --to 2024-01-01"), ["reversed", "2024-01-03"]),
        (format!("{range} --from 2024-01-03 --to 2024-01-03"), ["empty", "exclusive"]),
        (format!("{range} --from 2024-01-03 --to 2999-01-01"), ["future", "--to"]),
        (format!("{range} --from 03.01.2024 --to 2024-02-01"), ["YYYY-MM-DD", "--from"]),
        (format!("{range} --from 2024-01-01 --to 2024-02-01 --slice 1w"), ["--slice", "6h"]),
        (format!("{range} --from 2024-01-01 --to 2024-02-01 --interval 1m"), ["interval", "via"]),
        (range.replace("BTCUSDT", "B/T") + " --from 2024-01-01 --to 2024-01-02", ["B/T", "BTC"]),
        (range.replace("trades", "depth") + " --from 2024-01-01 --to 2024-01-02", ["depth", "klines"]),
        (range.replace("binance", "bnance") + " --from 2024-01-01 --to 2024-01-02", ["bnance", "fotmob"]),
        (range.replace(" --symbols BTCUSDT", "") + " --from 2024-01-01 --to 2024-01-02", ["symbols", "--symbols"]),
        ("enqueue range --source fotmob --dataset match_details --from 2024-01-01 --to 2024-01-02".into(), ["by id", "enqueue ids"]),
        ("enqueue range --source fotmob --dataset matches --symbols A --from 2024-01-01 --to 2024-01-02".into(), ["no symbols", "--symbols"]),
    ] {
        refused(&run(&line).await, &words);
    }
}

#[tokio::test]
async fn a_source_whose_terms_are_not_accepted_is_off() {
    let line = "enqueue range --source fotmob --dataset matches --from 2024-01-01 --to 2024-01-02";
    let args: Vec<_> = line.split(' ').collect();
    let mut command = program(&args, NOWHERE);
    command.env("BACKFLEET__SOURCES__FOTMOB__ACCEPT_TERMS", "false");
    refused(
        &ended(command.spawn().unwrap()).await,
        &["accept_terms = true", "[sources.fotmob]"],
    );
}

fn file(dir: &TempDir, content: &[u8]) -> String {
    let path = dir.path().join("ids.csv");
    let mut file = std::fs::File::create(&path).unwrap();
    file.write_all(content).unwrap();
    path.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_wrong_file_is_refused() {
    let dir = TempDir::new().unwrap();
    let ids = "enqueue ids --source fotmob --dataset match_details --file";
    for (content, words) in [
        (&b""[..], ["is empty", "match_id"]),
        (b"match_id\n", ["holds no ids", "ids.csv"]),
        (b"id,name\n1,a\n", ["no column match_id", "id, name"]),
        (
            b"\xef\xbb\xbfmatch_id\r\n1\r\nx y\r\n",
            ["line 3: \"x y\"", "--skip-bad"],
        ),
        (b"match_id\n1\n\xe9\n", ["line 3", "not UTF-8"]),
    ] {
        refused(
            &run(&format!("{ids} {}", file(&dir, content))).await,
            &words,
        );
    }
    refused(
        &run(&format!("{ids} no-such-file.csv")).await,
        &["no-such-file.csv", "cannot open"],
    );
    refused(&run(&format!("{ids} /")).await, &["folder"]);
}

#[tokio::test]
async fn a_dry_run_contacts_nobody() {
    let dir = TempDir::new().unwrap();
    let content = b"\xef\xbb\xbfname,match_id\r\n\"a, b\",7\r\n\r\nc, 8 \r\nd,7\r\ne,x\r\n";
    let ids = "enqueue ids --source fotmob --dataset match_details --dry-run --skip-bad --chunk 1";
    let line = format!("{ids} --output json --file {}", file(&dir, content));
    let answer = run(&line).await.ok().json();
    for (key, value) in [
        ("items", 2),
        ("ids", 2),
        ("requests", 2),
        ("duplicates", 1),
        ("skipped", 1),
    ] {
        assert_eq!(answer[key], value, "{key} in {answer}");
    }
    assert!(answer["limit"]["units_per_minute"].is_u64(), "{answer}");
    let line = "enqueue range --source binance --dataset klines --symbols BTCUSDT,BTCUSDT --interval 1h \
                --from 2024-01-01 --to 2024-01-03 --dry-run";
    let human = run(line).await.ok().out;
    for word in [
        "rows      48",
        "a minute",
        "taken once: BTCUSDT",
        "nothing was written",
    ] {
        assert!(human.contains(word), "{word} in {human}");
    }
}

#[tokio::test]
async fn ids_of_a_manifest_may_be_words() {
    let dir = TempDir::new().unwrap();
    let file = file(&dir, b"match_id\n007\n7\nb-1\nb-1\n");
    let line =
        format!("enqueue ids --dataset match_documents --dry-run --output json --file {file}");
    let args: Vec<_> = line.split(' ').chain(["--source", "openligadb"]).collect();
    let mut command = program(&args, NOWHERE);
    let manifests = concat!(env!("CARGO_MANIFEST_DIR"), "/../config/sources");
    command.env("BACKFLEET__MANIFESTS__DIR", manifests);
    let answer = ended(command.spawn().unwrap()).await.ok().json();
    assert_eq!(
        (&answer["ids"], &answer["duplicates"]),
        (&3.into(), &1.into())
    );
    let numbers = line.replace("match_documents", "match_details") + " --source fotmob";
    refused(&run(&numbers).await, &["line 2", "007", "digits"]);
}

#[tokio::test]
async fn standard_input_is_read_as_a_file_is() {
    let dir = TempDir::new().unwrap();
    let content = b"match_id\n3\n1\n2\n";
    let args = "enqueue ids --source fotmob --dataset match_details --dry-run --output json --file";
    let of_file = run(&format!("{args} {}", file(&dir, content)))
        .await
        .ok()
        .json();
    let args: Vec<_> = args.split(' ').chain(["-"]).collect();
    let mut child = program(&args, NOWHERE)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(content).await.unwrap();
    drop(input);
    assert_eq!(ended(child).await.ok().json(), of_file);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_in_one_line() {
    for line in [
        "status",
        "enqueue range --source binance --dataset trades --symbols BTCUSDT --from 2024-01-01 --to 2024-01-02",
    ] {
        let ran = run(line).await;
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(
            ran.err.contains(NOWHERE) && ran.err.lines().count() == 1,
            "{ran:?}"
        );
    }
}

#[tokio::test]
async fn a_sample_can_be_enqueued_and_is_never_overwritten() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("sample.csv");
    let which = "--source fotmob --dataset match_details";
    let sample = format!("sample {which} --file {}", path.display());
    run(&sample).await.ok();
    refused(&run(&sample).await, &["exists", "--file"]);
    let written = std::fs::read_to_string(&path).unwrap();
    assert_eq!(run(&format!("sample {which}")).await.ok().out, written);
    let dry_run = format!(
        "enqueue ids {which} --dry-run --output json --file {}",
        path.display()
    );
    assert_eq!(run(&dry_run).await.ok().json()["ids"], 5);
    refused(
        &run("sample --source binance --dataset trades").await,
        &["by time"],
    );
}

#[tokio::test]
async fn settings_are_checked_and_listed() {
    let printed = run("config check").await.ok().out;
    assert!(printed.contains(NOWHERE), "{printed}");
    let mut command = program(&["config", "check"], NOWHERE);
    command.env("BACKFLEET__PRODUCER__CHUNK", "0");
    refused(&ended(command.spawn().unwrap()).await, &["producer.chunk"]);
    let sources = run("sources --output json").await.ok().json();
    assert_eq!(sources["sources"][0]["datasets"][0]["name"], "trades");
}
