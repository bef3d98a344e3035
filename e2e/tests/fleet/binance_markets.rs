//! Both markets of Binance beyond the trades and bars of spot: what futures keep for days or for
//! ever, what either only tells of the present, and what neither has.
//!
//! The vendors' clock stands still at the beginning of the test, so that what exists only now can
//! be listed beforehand. What spot gives no time bears the time of the worker's request, which the
//! store is asked for.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use common::tables::Table;
use e2e::{Expected, Fleet, FleetOptions};
use simulator::{Clock, Oracle, Prints, Ties};

use crate::jobs::{self, finished};

/// A fleet whose vendors live at one instant, with timestamps that are shared by more trades than
/// a page holds.
async fn fleet(now: DateTime<Utc>) -> Fleet {
    let options = jobs::options();
    let simulator = options.simulator.map(|simulator| simulator::Options {
        clock: Clock::fixed(now.timestamp_millis()),
        ties: Ties {
            block: 1_100,
            every: 3,
        },
        ..simulator
    });
    Fleet::start(FleetOptions {
        simulator,
        ..options
    })
    .await
    .unwrap()
}

async fn enqueue(fleet: &Fleet, command: &str) {
    let args: Vec<&str> = std::iter::once("enqueue")
        .chain(command.split_whitespace())
        .collect();
    fleet.producer(&args).await.unwrap().success().unwrap();
}

fn range((from, to): (DateTime<Utc>, DateTime<Utc>)) -> String {
    format!("--from {} --to {}", from.to_rfc3339(), to.to_rfc3339())
}

/// When the only row of a table was fetched, nanoseconds since 1970.
async fn fetched(fleet: &Fleet, table: &str, column: &str, source: &str) -> i64 {
    let sql = format!(
        "SELECT DISTINCT toString(toUnixTimestamp64Nano({column})) FROM {table}_final WHERE source = '{source}'"
    );
    fleet.query(&sql).await.unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn futures_are_complete_where_they_are_kept() {
    let now = Utc::now();
    let hour = now.duration_trunc(TimeDelta::hours(1)).unwrap();
    let mut fleet = fleet(now).await;
    let oracle = fleet.simulator().oracle();
    let _programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    let mut expected = Expected::default();

    let trades = (hour - TimeDelta::hours(5), hour - TimeDelta::minutes(90));
    let command = "range --source binance-usdm --param via=rest --dataset trades --symbols BTC-USDT,XRPUSDT --job trades";
    enqueue(&fleet, &format!("{command} {}", range(trades))).await;
    for symbol in ["BTCUSDT", "XRPUSDT"] {
        expected.add(oracle.usdm_trades(symbol, trades.0, trades.1));
    }

    let bars = (jobs::hour(0), jobs::hour(40));
    let command = "range --source binance-usdm --param via=rest --dataset klines --symbols BTC-USDT-20240628,1000SHIBUSDT --job klines";
    enqueue(&fleet, &format!("{command} {}", range(bars))).await;
    for symbol in ["BTCUSDT_240628", "1000SHIBUSDT"] {
        expected.add(oracle.usdm_klines(symbol, "1m", bars, now));
    }

    // Over the day on which one of them begins to pay more often, and the days of two kinds.
    let change = "2024-10-04T00:00:00Z".parse::<DateTime<Utc>>().unwrap();
    for (job, fundings) in [
        (
            "change",
            (change - TimeDelta::days(20), change + TimeDelta::days(20)),
        ),
        (
            "kinds",
            (hour - TimeDelta::days(60), hour - TimeDelta::days(1)),
        ),
    ] {
        let command = "range --source binance-usdm --param via=rest --dataset funding_rates --symbols XRPUSDT,ETH-USDT-PERP --slice 30d";
        enqueue(
            &fleet,
            &format!("{command} --job {job} {}", range(fundings)),
        )
        .await;
        for symbol in ["XRPUSDT", "ETHUSDT"] {
            expected.add(oracle.usdm_fundings(symbol, fundings));
        }
    }

    let days = (hour - TimeDelta::days(4), hour);
    let command = "range --source binance-usdm --param via=rest --dataset open_interest --symbols BTCUSDT --job interest";
    enqueue(&fleet, &format!("{command} {}", range(days))).await;
    expected.add(oracle.usdm_open_interest("BTCUSDT", "5m", days));
    for kind in ["top_positions", "top_accounts", "accounts"] {
        let command = "range --source binance-usdm --param via=rest --dataset long_short_ratios --symbols BTCUSDT --param period=15m";
        enqueue(
            &fleet,
            &format!("{command} --param kind={kind} --job {kind} {}", range(days)),
        )
        .await;
        expected.add(oracle.usdm_ratios("BTCUSDT", kind, "15m", days));
    }

    for job in [
        "trades",
        "klines",
        "change",
        "kinds",
        "interest",
        "top_positions",
        "top_accounts",
        "accounts",
    ] {
        finished(&fleet, job).await;
    }
    for table in [
        Table::Kline,
        Table::FundingRate,
        Table::OpenInterest,
        Table::LongShortRatio,
    ] {
        assert!(expected.rows(table) > 100, "{table:?}");
    }
    expected.check(&fleet).await.unwrap();
}

/// What is asked of both markets.
const PRESENT: [(&str, &str, &str); 4] = [
    ("book_snapshots", "BTCUSDT", "--param depth=20"),
    ("tickers", "all", ""),
    ("quotes", "ETH-USDT", ""),
    ("instruments", "all", ""),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_present_of_both_markets_is_stored() {
    let mut fleet = fleet(Utc::now()).await;
    let oracle = fleet.simulator().oracle();
    let _programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    let mut asked: Vec<(&str, &str, &str, &str)> = vec![
        ("binance-usdm", "funding_rates_now", "all", ""),
        ("binance-usdm", "open_interest_now", "BTC-USDT", ""),
    ];
    for source in ["binance", "binance-usdm"] {
        asked.extend(PRESENT.map(|(dataset, symbols, params)| (source, dataset, symbols, params)));
    }
    for (source, dataset, symbols, params) in &asked {
        let command = format!(
            "now --source {source} --dataset {dataset} --symbols {symbols} {params} --job {source}-{dataset}"
        );
        enqueue(&fleet, &command).await;
    }
    for (source, dataset, ..) in &asked {
        finished(&fleet, &format!("{source}-{dataset}")).await;
    }
    present(&fleet, &oracle).await.check(&fleet).await.unwrap();
}

async fn present(fleet: &Fleet, oracle: &Oracle) -> Expected {
    let mut expected = Expected::default();
    for source in ["binance", "binance-usdm"] {
        let is_spot = source == "binance";
        let listed = fetched(fleet, "instruments", "valid_from", source).await;
        expected.add(oracle.binance_instruments(source, listed));
        let ts = fetched(fleet, "book_snapshots", "ts", source).await;
        expected.add(oracle.binance_book(source, "BTCUSDT", 20, ts));
        let ts = fetched(fleet, "quotes", "ts", source).await;
        expected.add(oracle.binance_quote(source, "ETHUSDT", ts));
        let prints = if is_spot { Prints::Full } else { Prints::Day };
        for symbol in oracle.binance_symbols(source) {
            expected.add(oracle.binance_ticker(source, symbol, prints, 0));
        }
    }
    for symbol in oracle.binance_symbols("binance-usdm") {
        expected.add(oracle.usdm_running_funding(symbol));
    }
    expected.add(oracle.usdm_open_interest_now("BTCUSDT"));
    expected
}

#[tokio::test(flavor = "multi_thread")]
async fn what_futures_do_not_have_is_said_when_it_is_planned_or_asked_for() {
    let now = Utc::now();
    let fleet = fleet(now).await;
    let _programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    let old = "enqueue range --source binance-usdm --dataset liquidations --symbols BTCUSDT --from 2024-03-01 --to 2024-03-02";
    let args: Vec<&str> = old.split_whitespace().collect();
    let refused = fleet.producer(&args).await.unwrap();
    assert_ne!(refused.code, 0);
    assert!(
        refused.stderr.contains("not available from this vendor"),
        "{}",
        refused.stderr
    );

    let bars = range((jobs::hour(0), jobs::hour(1)));
    let command = format!(
        "range --source binance-usdm --param via=rest --dataset klines --symbols BTCUSDC --job unknown {bars}"
    );
    enqueue(&fleet, &command).await;
    let status = fleet.finished("unknown").await.unwrap();
    assert_eq!(status["dead"], 1, "{status:#}");
    let letters = fleet.dead_letters("unknown").await.unwrap();
    let reason = letters[0].1["reason"].as_str().unwrap_or_default();
    assert!(
        reason.contains("lists no instrument \"BTCUSDC\"") && reason.contains("BTC-USDT-PERP"),
        "{letters:#?}"
    );
}
