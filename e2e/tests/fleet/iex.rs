//! IEX HIST on real servers: from the catalogue to captures in both formats, with a weekend in
//! between and days of which only a part is wanted.

use e2e::{Expected, Fleet};
use sources::dates;

use crate::jobs::{self, finished};

/// Thursday noon to Monday evening.
const FROM: &str = "2024-03-07T15:00:00Z";
const TO: &str = "2024-03-11T20:00:30Z";
const SYMBOLS: [&str; 2] = ["BRK.A", "F"];

async fn enqueue(fleet: &Fleet, job: &str, dataset: &str, params: &[&str]) {
    let mut args = vec!["enqueue", "range", "--source", "iex", "--dataset", dataset];
    args.extend(["--from", FROM, "--to", TO, "--job", job]);
    for param in params {
        args.extend(["--param", param]);
    }
    fleet.producer(&args).await.unwrap().success().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_days_become_every_dataset() {
    let mut fleet = jobs::fleet().await;
    let _programs = (
        fleet.worker("").await.unwrap(),
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    );
    let wanted = "symbols=brk.a,F";
    enqueue(&fleet, "trades", "trades", &[]).await;
    enqueue(&fleet, "quotes", "quotes", &[wanted]).await;
    enqueue(&fleet, "levels", "book_deltas", &[wanted]).await;
    enqueue(&fleet, "minutes", "klines", &[]).await;
    enqueue(
        &fleet,
        "hours",
        "klines",
        &["interval=1h", "feed=DEEP", wanted],
    )
    .await;

    let [from, to] = [FROM, TO].map(|text| dates::parse(text).unwrap());
    let oracle = fleet.simulator().oracle();
    let mut expected = Expected::default();
    expected.add(oracle.iex_trades(&[], from, to));
    expected.add(oracle.iex_quotes(&SYMBOLS, from, to));
    expected.add(oracle.iex_book_deltas(&SYMBOLS, from, to));
    expected.add(oracle.iex_klines(&[], ("1m", 1), from, to));
    expected.add(oracle.iex_klines(&SYMBOLS, ("1h", 60), from, to));
    for job in ["trades", "quotes", "levels", "minutes", "hours"] {
        let status = finished(&fleet, job).await;
        assert_eq!(status["done"], 5, "{status:#}");
    }
    expected.check(&fleet).await.unwrap();
    // A catalogue and a file of each of three days, the catalogues of a weekend; every job.
    assert_eq!(fleet.simulator().requests().counts().total, 5 * 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trading_day_without_a_file_is_told() {
    let mut fleet = jobs::fleet().await;
    let _programs = (
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    );
    let fault = simulator::Fault::Status {
        status: 404,
        body: "Not Found".to_owned(),
    };
    let matcher = simulator::Matcher {
        query: "date=20240308".to_owned(),
        ..simulator::Matcher::of(simulator::Vendor::Iex, "hist")
    };
    fleet.simulator().faults().add((matcher, fault));
    enqueue(&fleet, "trades", "trades", &[]).await;
    let status = fleet.finished("trades").await.unwrap();
    assert_eq!(
        (&status["done"], &status["dead"]),
        (&4.into(), &1.into()),
        "{status:#}"
    );
    let letters = fleet.dead_letters("trades").await.unwrap();
    let reason = letters[0].1["reason"].as_str().unwrap();
    let expected = "not available from this vendor: no file of 2024-03-08 (status 404: Not Found)";
    assert!(reason.starts_with(expected), "{reason}");
}
