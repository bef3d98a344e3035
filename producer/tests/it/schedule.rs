//! What people get wrong about schedules: a clear message, exit code 2, and no server is contacted,
//! which here would be exit code 1.

use tempfile::TempDir;

use crate::fleet::{Ran, ended, program};

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
