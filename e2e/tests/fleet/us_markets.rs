//! American shares by Polygon and by Alpaca, Japanese ones by Xignite: every dataset in small
//! ranges, over the opening of the session, with pages so short that they end everywhere: within
//! instants that many trades share, within the bars that are built of them, within symbols.

use chrono::{DateTime, Utc};
use e2e::{Expected, Fleet};
use simulator::{Fault, Matcher, Oracle, Teller, Vendor};

use crate::jobs::{self, finished};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// 08:30 to 10:30 in New York.
fn opening() -> (DateTime<Utc>, DateTime<Utc>) {
    (at("2024-03-04T13:30:00Z"), at("2024-03-04T15:30:00Z"))
}

/// Over a weekend, and over the day on which the clocks change.
fn fortnight() -> (DateTime<Utc>, DateTime<Utc>) {
    (at("2024-03-01T00:00:00Z"), at("2024-03-15T00:00:00Z"))
}

async fn enqueue(fleet: &Fleet, command: &str, (from, to): (DateTime<Utc>, DateTime<Utc>)) {
    let (from, to) = (from.to_rfc3339(), to.to_rfc3339());
    let command = format!("enqueue range {command} --from {from} --to {to}");
    let args: Vec<&str> = command.split_whitespace().collect();
    fleet.producer(&args).await.unwrap().success().unwrap();
}

/// Pages of at most so many rows; the first path that fits counts.
fn shorten(fleet: &mut Fleet, vendor: Vendor, pages: &[(&str, u64)]) {
    for (path, rows) in pages {
        let short = Fault::ShortPage { rows: *rows };
        fleet
            .simulator()
            .faults()
            .add((Matcher::of(vendor, path), short));
    }
}

async fn check(fleet: &Fleet, expected: &Expected, jobs: &[&str]) {
    for job in jobs {
        finished(fleet, job).await;
    }
    expected.check(fleet).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn polygon_is_complete() {
    let mut fleet = jobs::fleet().await;
    let oracle = fleet.simulator().oracle();
    let pages = [("/reference/", 2), ("/v3/", 997), ("/v2/aggs", 3_001)];
    shorten(&mut fleet, Vendor::Polygon, &pages);
    let _programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    let two = "--source polygon --symbols AAPL,BRK.A";
    let of = |dataset: &str| format!("{two} --dataset {dataset} --job {dataset}");
    enqueue(&fleet, &of("trades"), opening()).await;
    enqueue(&fleet, &of("quotes"), opening()).await;
    let built = format!("{} --param interval=5m", of("bars_from_trades"));
    enqueue(&fleet, &built, opening()).await;
    let minutes = format!("{} --param interval=5m", of("klines"));
    enqueue(&fleet, &minutes, fortnight()).await;
    let days =
        format!("{two} --dataset klines --job days --param interval=1d --param adjusted=true");
    enqueue(&fleet, &days, fortnight()).await;
    enqueue(&fleet, &of("open_close"), fortnight()).await;
    for dataset in ["grouped_daily", "splits"] {
        let command = format!("--source polygon --dataset {dataset} --job {dataset}");
        enqueue(&fleet, &command, fortnight()).await;
    }
    let year = (at("2023-03-01T00:00:00Z"), at("2024-03-01T00:00:00Z"));
    let dividends = "--source polygon --dataset dividends --job dividends";
    enqueue(&fleet, dividends, year).await;
    let lists = ["tickers", "ticker_types", "exchanges", "conditions"];
    for dataset in lists {
        let command = format!("enqueue now --source polygon --dataset {dataset} --job {dataset}");
        let args: Vec<&str> = command.split_whitespace().collect();
        fleet.producer(&args).await.unwrap().success().unwrap();
    }
    let mut expected = shares(&oracle, Teller::Polygon, &["AAPL", "BRK.A"], 5);
    for symbol in ["AAPL", "BRK.A"] {
        expected.add(oracle.polygon_open_close(symbol, fortnight()));
    }
    expected.add(oracle.polygon_grouped(fortnight()));
    let days = ["2024-03-01", "2024-03-14"].map(|day| day.parse().unwrap());
    expected.add(Oracle::polygon_splits(days[0], days[1]));
    let days = ["2023-03-01", "2024-02-29"].map(|day| day.parse().unwrap());
    expected.add(Oracle::polygon_dividends(days[0], days[1]));
    for dataset in lists {
        expected.add(Oracle::polygon_listed(dataset, "stocks"));
    }
    let jobs = [
        "trades",
        "quotes",
        "bars_from_trades",
        "klines",
        "days",
        "open_close",
        "grouped_daily",
        "splits",
        "dividends",
    ];
    check(&fleet, &expected, &[&jobs[..], &lists].concat()).await;
}

/// What both tell of some shares.
fn shares(oracle: &Oracle, teller: Teller, symbols: &[&str], minutes: i64) -> Expected {
    let mut expected = Expected::default();
    for symbol in symbols {
        expected.add(oracle.share_trades(teller, symbol, opening()));
        expected.add(oracle.share_quotes(teller, symbol, opening()));
        expected.add(oracle.share_bars_from_trades(teller, symbol, 5, opening()));
        expected.add(oracle.share_minutes(teller, symbol, minutes, fortnight()));
        expected.add(oracle.share_days(teller, symbol, fortnight()));
    }
    expected
}

#[tokio::test(flavor = "multi_thread")]
async fn alpaca_is_complete() {
    let mut fleet = jobs::fleet().await;
    let oracle = fleet.simulator().oracle();
    let pages = [("/auctions", 7), ("/v2/stocks/", 613)];
    shorten(&mut fleet, Vendor::Alpaca, &pages);
    let _programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    let all = "--source alpaca --symbols MSFT,AAPL,IBM,BRK.A --param symbols_per_item=3";
    let of = |dataset: &str| format!("{all} --dataset {dataset} --job {dataset}");
    enqueue(&fleet, &of("trades"), opening()).await;
    enqueue(&fleet, &of("quotes"), opening()).await;
    let built = format!("{} --param interval=5m", of("bars_from_trades"));
    enqueue(&fleet, &built, opening()).await;
    let minutes = format!("{} --param interval=15m", of("klines"));
    enqueue(&fleet, &minutes, fortnight()).await;
    let days =
        format!("{all} --dataset klines --job days --param interval=1d --param adjustment=split");
    enqueue(&fleet, &days, fortnight()).await;
    enqueue(&fleet, &of("auctions"), fortnight()).await;
    let symbols = ["AAPL", "BRK.A", "IBM", "MSFT"];
    let mut expected = shares(&oracle, Teller::Alpaca, &symbols, 15);
    for symbol in symbols {
        expected.add(oracle.alpaca_auctions(symbol, fortnight()));
    }
    let jobs = [
        "trades",
        "quotes",
        "bars_from_trades",
        "klines",
        "days",
        "auctions",
    ];
    check(&fleet, &expected, &jobs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn xignite_is_complete() {
    let mut fleet = jobs::fleet().await;
    let oracle = fleet.simulator().oracle();
    let _programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    let both = "--source xignite --dataset klines --symbols 7203.XTKS,151.INDXJPX";
    enqueue(&fleet, &format!("{both} --job days"), fortnight()).await;
    let minutes = format!("{both} --job minutes --param interval=5m");
    enqueue(&fleet, &minutes, opening_of_tokyo()).await;
    let mut expected = Expected::default();
    for symbol in ["7203.XTKS", "151.INDXJPX"] {
        expected.add(oracle.xignite_klines(symbol, "1d", fortnight()));
        expected.add(oracle.xignite_klines(symbol, "5m", opening_of_tokyo()));
    }
    check(&fleet, &expected, &["days", "minutes"]).await;
    let missing = "--source xignite --dataset klines --symbols 9999.XTKS --job missing";
    enqueue(&fleet, missing, fortnight()).await;
    let status = fleet.finished("missing").await.unwrap();
    assert_eq!(status["dead"], 1, "{status:#}");
    let letters = fleet.dead_letters("missing").await.unwrap();
    let letter = letters[0].1.to_string();
    assert!(
        letter.contains("No match found for this identifier"),
        "{letter}"
    );
}

fn opening_of_tokyo() -> (DateTime<Utc>, DateTime<Utc>) {
    (at("2024-03-03T23:58:00Z"), at("2024-03-04T03:01:00Z"))
}
