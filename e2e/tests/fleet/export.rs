//! `producer export`: what it writes is what the store holds of the job, exactly, and a file that
//! stands is whole whatever breaks on the way.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use e2e::programs::Finished;
use e2e::{Expected, Fleet};
use serde_json::Value;

use crate::jobs::{self, finished, hour, trades};

/// What makes the engine write decimals and times as an export does.
const EXACT: &str = "SETTINGS output_format_json_quote_decimals = 1, date_time_output_format = 'iso', \
                     output_format_json_quote_64bit_integers = 1";

async fn run(fleet: &Fleet, words: &str, out: &Path) -> Finished {
    let out = out.display().to_string();
    let mut args: Vec<&str> = words.split_whitespace().collect();
    args.extend(["--out", &out, "--output", "json"]);
    fleet.producer(&args).await.unwrap()
}

/// Exports; gives the one file, and the rows it is said to have.
async fn exported(fleet: &Fleet, words: &str, out: &Path) -> (PathBuf, u64) {
    let answer = run(fleet, words, out).await.json().unwrap();
    let [file] = &answer["files"].as_array().unwrap()[..] else {
        panic!("{answer:#}");
    };
    let path = PathBuf::from(file["path"].as_str().unwrap());
    if path.is_file() {
        let bytes = path.metadata().unwrap().len();
        assert_eq!(file["bytes"], bytes, "{answer:#}");
    }
    (path, file["rows"].as_u64().unwrap())
}

fn lines(path: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn files(dir: &Path) -> Vec<String> {
    let names = std::fs::read_dir(dir).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_a_range_come_out_exactly() {
    let mut fleet = jobs::fleet().await;
    let _programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    let mut expected = Expected::default();
    trades(&mut fleet, &mut expected, "job", 0).await;
    // Of the same vendor: another hour, and the same hour of another symbol.
    trades(&mut fleet, &mut expected, "later", 1).await;
    let other = jobs::command("other", 0);
    let other: Vec<_> = other.iter().map(String::as_str).collect();
    let other: Vec<_> = other
        .iter()
        .map(|word| if *word == "BTC-USDT" { "ethusdt" } else { word })
        .collect();
    fleet.producer(&other).await.unwrap().success().unwrap();
    for job in ["job", "later", "other"] {
        finished(&fleet, job).await;
    }
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("made/for/it");
    let of = |symbol: &str| {
        let to = hour(1).timestamp();
        format!("FROM trades_final WHERE symbol = '{symbol}' AND ts < toDateTime({to}, 'UTC')")
    };
    let rows = format!("SELECT * {} FORMAT JSONEachRow {EXACT}", of("BTC-USDT"));
    let stored = fleet.query(&rows).await.unwrap();
    let stored: BTreeSet<_> = stored.lines().map(str::to_owned).collect();

    let (path, count) = exported(&fleet, "export job --what rows --format ndjson", &out).await;
    assert_eq!(path, out.join("trades.ndjson"));
    assert_eq!((lines(&path), count), (stored.clone(), stored.len() as u64));
    let row: Value = serde_json::from_str(stored.first().unwrap()).unwrap();
    assert!(
        row["price"].is_string() && row["version"].is_string(),
        "{row:#}"
    );
    assert!(row["ts"].as_str().unwrap().ends_with('Z'), "{row:#}");

    let (path, count) = exported(&fleet, "export job --what rows --format json", &out).await;
    let whole: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(whole["data"].as_array().unwrap().len() as u64, count);
    let (path, count) = exported(&fleet, "export job --what rows --format csv", &out).await;
    assert_eq!(lines(&path).len() as u64, count + 1);

    // The engine reads it back: every figure, to the last digit.
    let (path, count) = exported(&fleet, "export job --what rows --format parquet", &out).await;
    let sums = "SELECT count(), sum(price), sum(amount), sum(toUnixTimestamp64Nano(ts)), uniqExact(trade_id)";
    let read = format!("{sums} FROM file('{}', Parquet)", path.display());
    let sums = format!("{sums} {}", of("BTC-USDT"));
    assert_eq!(
        fleet.query(&read).await.unwrap(),
        fleet.query(&sums).await.unwrap()
    );
    assert_eq!(count, stored.len() as u64);

    let (_, count) = exported(
        &fleet,
        "export other --what rows --format csv --overwrite",
        &out,
    )
    .await;
    let other = format!("SELECT count() {}", of("ETH-USDT"));
    assert_eq!(fleet.query(&other).await.unwrap(), count.to_string());
    let (path, count) = exported(&fleet, "export job --what done --format ndjson", &out).await;
    assert_eq!((lines(&path).len(), count), (6, 6));
    let line: Value = serde_json::from_str(lines(&path).first().unwrap()).unwrap();
    assert_eq!(line["symbol"], "BTC-USDT", "{line:#}");
    assert_eq!(
        line["window_from"], "2024-03-04T00:00:00.000000000Z",
        "{line:#}"
    );
    let (_, count) = exported(&fleet, "export job --what failed --format csv", &out).await;
    assert_eq!(count, 0);
    refused(&fleet, &out).await;
}

/// What cannot be exported, and what is not replaced.
async fn refused(fleet: &Fleet, out: &Path) {
    let stands = files(out);
    let before = std::fs::read(out.join("trades.csv")).unwrap();
    let file = out.join("trades.csv");
    for (words, out, says) in [
        ("export job --what rows --format csv", out, "--overwrite"),
        ("export nobody --what rows --format csv", out, "nobody"),
        (
            "export job --what documents --format json",
            out,
            "--what rows",
        ),
        ("export job --what rows --format csv", &file, "folder"),
    ] {
        let ended = run(fleet, words, out).await;
        assert_eq!(ended.code, 2, "{words}: {ended:?}");
        assert!(ended.stderr.contains(says), "{words}: {ended:?}");
    }
    assert_eq!(std::fs::read(file).unwrap(), before);
    assert_eq!(files(out), stands);
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_come_out_as_rows_documents_and_failures() {
    let mut fleet = jobs::fleet().await;
    let _programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    let oracle = fleet.simulator().oracle();
    let ids: Vec<u64> = (3_400_000..)
        .filter(|&id| oracle.match_exists(id))
        .take(9)
        .collect();
    let (ours, others) = ids.split_at(6);
    for (job, ids) in [("job", [ours, &[99]].concat()), ("other", others.to_vec())] {
        let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
        let csv = format!("id\n{}\n", ids.join("\n"));
        let csv = fleet.file(&format!("{job}.csv"), csv).unwrap();
        let command = format!(
            "enqueue ids --source fotmob --dataset match_details --column id --chunk 4 --job {job} --file {}",
            csv.display()
        );
        let words: Vec<&str> = command.split_whitespace().collect();
        fleet.producer(&words).await.unwrap().success().unwrap();
        fleet.finished(job).await.unwrap();
    }
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path();
    let answer = run(&fleet, "export job --what rows --format parquet", out).await;
    let answer = answer.json().unwrap();
    let list: Vec<String> = ours.iter().map(|id| format!("'{id}'")).collect();
    let list = list.join(",");
    let tables = answer["files"].as_array().unwrap();
    assert_eq!(tables.len(), 5, "{answer:#}");
    for file in tables {
        let path = Path::new(file["path"].as_str().unwrap());
        let table = path.file_stem().unwrap().to_str().unwrap();
        let stored = format!("SELECT count() FROM {table}_final WHERE match_id IN ({list})");
        let stored = fleet.query(&stored).await.unwrap();
        assert_eq!(file["rows"].to_string(), stored, "{table}");
        assert_ne!(stored, "0", "{table}");
        let read = format!("SELECT count() FROM file('{}', Parquet)", path.display());
        assert_eq!(fleet.query(&read).await.unwrap(), stored, "{table}");
    }
    let (path, count) = exported(&fleet, "export job --what failed --format ndjson", out).await;
    assert_eq!(count, 1);
    let failed: Value = serde_json::from_str(lines(&path).first().unwrap()).unwrap();
    assert_eq!(
        (&failed["id"], &failed["step"]),
        (&"99".into(), &"fetch".into())
    );
    let (path, count) = exported(&fleet, "export job --what done --format ndjson", out).await;
    let done: BTreeSet<u64> = lines(&path)
        .iter()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|line| line["id"].as_str().unwrap().parse().unwrap())
        .collect();
    assert_eq!((done, count), (ours.iter().copied().collect(), 6));
    documents(&fleet, ours, &out.join("documents")).await;
}

/// One file a match, as the vendor sent it.
async fn documents(fleet: &Fleet, ids: &[u64], out: &Path) {
    let words = "export job --what documents --format json";
    let (path, count) = exported(fleet, words, out).await;
    assert_eq!((path.as_path(), count), (out, 6));
    let names: Vec<String> = ids.iter().map(|id| format!("{id}.json")).collect();
    assert_eq!(files(out), names);
    for id in ids {
        let file = out.join(format!("{id}.json"));
        let read = format!(
            "SELECT body = (SELECT raw_blob FROM file('{}', RawBLOB)) FROM documents_final WHERE id = '{id}'",
            file.display()
        );
        assert_eq!(fleet.query(&read).await.unwrap(), "1", "{id}");
    }
    // Again: what stands is kept, what is missing comes.
    let first = out.join(&names[0]);
    std::fs::write(&first, "mine").unwrap();
    std::fs::remove_file(out.join(&names[1])).unwrap();
    let again = run(fleet, words, out).await.json().unwrap();
    assert_eq!(
        (&again["kept"], &again["files"][0]["files"]),
        (&5.into(), &1.into()),
        "{again:#}"
    );
    assert_eq!(std::fs::read_to_string(&first).unwrap(), "mine");
    exported(fleet, &format!("{words} --overwrite"), out).await;
    assert_ne!(std::fs::read_to_string(&first).unwrap(), "mine");
    let (_, count) = exported(fleet, "export job --what documents --format ndjson", out).await;
    assert_eq!(count, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_fails_leaves_no_file() {
    let mut fleet = jobs::fleet().await;
    let _programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    let mut expected = Expected::default();
    trades(&mut fleet, &mut expected, "job", 0).await;
    finished(&fleet, "job").await;
    // Long enough to come in parts: every trade a hundred times.
    let many = "INSERT INTO trades SELECT t.* REPLACE (concat(trade_id, '-', toString(n.number)) AS trade_id) \
                FROM trades_final AS t CROSS JOIN numbers(100) AS n";
    fleet.query(many).await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let words = "export job --what rows --format ndjson";
    for (format, fault) in [
        (
            "ndjson",
            r#"{"match": "FROM .*trades FINAL", "when": "midway", "code": 241}"#,
        ),
        (
            "ndjson",
            r#"{"match": "FROM .*trades FINAL", "when": "midway", "action": "drop"}"#,
        ),
        ("csv", r#"{"match": "FROM .*trades FINAL", "code": 159}"#),
        (
            "parquet",
            r#"{"match": "FROM .*trades FINAL", "action": "drop"}"#,
        ),
    ] {
        fleet.clickhouse.fail(fault).await.unwrap();
        let ended = run(&fleet, &words.replace("ndjson", format), dir.path()).await;
        assert_eq!(ended.code, 1, "{fault}: {ended:?}");
        assert!(
            ended.stderr.contains("was not written"),
            "{fault}: {ended:?}"
        );
        assert_eq!(files(dir.path()), [""; 0], "{fault}");
    }
    let (_, count) = exported(&fleet, words, dir.path()).await;
    let stored = fleet
        .query("SELECT count() FROM trades_final")
        .await
        .unwrap();
    assert_eq!(count.to_string(), stored);
    std::fs::remove_file(dir.path().join("trades.ndjson")).unwrap();
    fleet.clickhouse.server().kill9().await.unwrap();
    let ended = run(&fleet, words, dir.path()).await;
    assert_eq!(ended.code, 1, "{ended:?}");
    assert_eq!(files(dir.path()), [""; 0]);
}
