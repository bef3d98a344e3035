//! Deribit: trades of both hosts with ties longer than a page, windows that the main host has
//! forgotten and ones over its edge, series with empty steps and overlapping pages, and what
//! exists only now.

use std::collections::BTreeSet;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use common::tables::Table;
use e2e::{Expected, Fleet, FleetOptions};
use simulator::{Clock, Ties};

use crate::jobs::{self, finished};

/// Ties longer than a page of the main host, and a page of the history host for some of the days.
fn options() -> FleetOptions {
    let mut options = jobs::options();
    if let Some(simulator) = &mut options.simulator {
        simulator.ties = Ties {
            block: 2_500,
            every: 3,
        };
        simulator.trades_per_day = 20_000;
    }
    options
}

async fn programs(fleet: &Fleet) -> [e2e::Program; 3] {
    [
        fleet.worker("").await.unwrap(),
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ]
}

/// The job has the name of the dataset, and a number where there are more of it.
async fn enqueue(fleet: &Fleet, command: &str) {
    let args: Vec<&str> = command.split_whitespace().collect();
    let finished = fleet.producer(&args).await.unwrap();
    finished.success().unwrap();
}

async fn range(
    fleet: &Fleet,
    dataset: &str,
    symbols: &str,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    more: &str,
) {
    let (from, to) = (from.to_rfc3339(), to.to_rfc3339());
    enqueue(
        fleet,
        &format!(
            "enqueue range --source deribit --dataset {dataset} --symbols {symbols} --from {from} --to {to} {more}"
        ),
    )
    .await;
}

fn date(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn paths(fleet: &mut Fleet) -> BTreeSet<String> {
    let seen = fleet.simulator().requests().seen();
    seen.into_iter().map(|request| request.path).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn deribits_trades_of_both_hosts_are_complete() {
    let mut fleet = Fleet::start(options()).await.unwrap();
    let _programs = programs(&fleet).await;
    let oracle = fleet.simulator().oracle();
    let mut expected = Expected::default();
    let old = (date("2024-03-04T00:00:00Z"), date("2024-03-06T06:00:00Z"));
    range(
        &fleet,
        "trades",
        "BTC-PERPETUAL,ETH-USD-20241227-2000-C",
        old,
        "--job old",
    )
    .await;
    expected.add(oracle.deribit_trades("BTC-PERPETUAL", old));
    expected.add(oracle.deribit_trades("ETH-27DEC24-2000-C", old));
    range(&fleet, "liquidations", "BTC-USD-PERP", old, "--job forced").await;
    expected.add(oracle.deribit_liquidations("BTC-PERPETUAL", old));

    // Begins before what the main host shows, ends after what the history host has.
    let now = Utc::now().trunc_subsecs(0);
    let edge = (now - TimeDelta::hours(27), now - TimeDelta::minutes(5));
    range(
        &fleet,
        "trades",
        "BTC_USDC-PERPETUAL,BTC-FS-31DEC27_PERP",
        edge,
        "--job edge",
    )
    .await;
    expected.add(oracle.deribit_trades("BTC_USDC-PERPETUAL", edge));
    expected.add(oracle.deribit_trades("BTC-FS-31DEC27_PERP", edge));
    for job in ["old", "forced", "edge"] {
        finished(&fleet, job).await;
    }
    assert!(expected.rows(Table::Trade) > 100_000);
    assert!(expected.rows(Table::Liquidation) > 500);
    expected.check(&fleet).await.unwrap();
    let paths = paths(&mut fleet);
    for host in ["", "/@history"] {
        let path = format!("/deribit{host}/api/v2/public/get_last_trades_by_instrument");
        assert!(paths.contains(&path), "{path} in {paths:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deribits_series_are_complete() {
    let mut fleet = Fleet::start(options()).await.unwrap();
    let _programs = programs(&fleet).await;
    let oracle = fleet.simulator().oracle();
    let mut expected = Expected::default();
    let days = (date("2024-03-01T00:00:00Z"), date("2024-03-08T00:00:30Z"));
    let now = Utc::now();
    let bars = "--interval 1m --job bars";
    range(&fleet, "klines", "BTC-PERPETUAL,BTC-USDC", days, bars).await;
    for name in ["BTC-PERPETUAL", "BTC_USDC"] {
        expected.add(oracle.deribit_klines(name, ("1m", 1), days, now));
    }
    // Over the end of a contract, and up to a bar that is open.
    let late = (date("2024-12-01T00:00:00Z"), now.trunc_subsecs(0));
    range(
        &fleet,
        "klines",
        "BTC-27DEC24,ETH-PERPETUAL",
        late,
        "--interval 12h --job late",
    )
    .await;
    for name in ["BTC-27DEC24", "ETH-PERPETUAL"] {
        expected.add(oracle.deribit_klines(name, ("12h", 720), late, now));
    }
    let months = (date("2024-01-01T00:00:00Z"), date("2024-04-01T00:00:00Z"));
    range(
        &fleet,
        "funding_rates",
        "BTC-PERPETUAL,BTC-USDC-PERP",
        months,
        "--job funding",
    )
    .await;
    for name in ["BTC-PERPETUAL", "BTC_USDC-PERPETUAL"] {
        expected.add(oracle.deribit_funding(name, months));
    }
    range(
        &fleet,
        "volatility_index",
        "BTC,ETH",
        days,
        "--param resolution=1m --job dvol",
    )
    .await;
    for currency in ["BTC", "ETH"] {
        expected.add(oracle.deribit_volatility(currency, ("1m", 60), days, now));
    }
    for job in ["bars", "late", "funding", "dvol"] {
        finished(&fleet, job).await;
    }
    assert_eq!(expected.rows(Table::FundingRate), 2 * 2_184);
    assert_eq!(expected.rows(Table::VolatilityIndex), 2 * (7 * 1_440 + 1));
    assert!(expected.rows(Table::Kline) > 15_000);
    expected.check(&fleet).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_deribit_has_only_now_and_whom_it_does_not_list() {
    let mut options = options();
    if let Some(simulator) = &mut options.simulator {
        simulator.clock = Clock::fixed(Utc::now().timestamp_millis());
    }
    let mut fleet = Fleet::start(options).await.unwrap();
    let _programs = programs(&fleet).await;
    let oracle = fleet.simulator().oracle();
    let names = [
        "BTC-PERPETUAL",
        "BTC_USDC",
        "XRP_USDC-31DEC27-0d625-C",
        "BTC-FS-31DEC27_PERP",
    ];
    let mut expected = Expected::default();
    for name in names {
        expected.add(oracle.deribit_now(name, 20));
    }
    let symbols = "BTC-USD-PERP,BTC_USDC,XRP-USDC-20271231-0.625-C,BTC-FS-31DEC27_PERP";
    for (dataset, more) in [
        ("book_snapshots", "--param depth=20"),
        ("tickers", ""),
        ("quotes", ""),
        ("open_interest", ""),
    ] {
        // A spot pair has no open positions.
        let symbols = if dataset == "open_interest" {
            symbols.replace("BTC_USDC,", "")
        } else {
            symbols.to_owned()
        };
        let command = format!(
            "enqueue now --source deribit --dataset {dataset} --symbols {symbols} --job {dataset} {more}"
        );
        enqueue(&fleet, &command).await;
        finished(&fleet, dataset).await;
    }
    expected.check(&fleet).await.unwrap();

    let command = "enqueue now --source deribit --dataset instruments --symbols any --job list";
    enqueue(&fleet, command).await;
    finished(&fleet, "list").await;
    let listed = "SELECT count(), countIf(kind = 'option'), countIf(inverse) FROM instruments_final WHERE source = 'deribit'";
    assert_eq!(fleet.query(listed).await.unwrap(), "7\t1\t3");

    enqueue(
        &fleet,
        "enqueue now --source deribit --dataset tickers --symbols BTC-PERPETUL --job typo",
    )
    .await;
    let status = fleet.finished("typo").await.unwrap();
    assert_eq!(status["dead"], 1, "{status:#}");
    let letters = fleet.dead_letters("typo").await.unwrap();
    let reason = letters[0].1["reason"].as_str().unwrap();
    assert!(
        reason.contains("nearest names are BTC-USD-PERP"),
        "{reason}"
    );
}
