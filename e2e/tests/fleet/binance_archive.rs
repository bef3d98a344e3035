//! The Binance archive: files of days and months with their checksums, what is missing in it, and
//! that a row is the same row whichever way it came.

use chrono::{DateTime, Utc};
use e2e::{Expected, Fleet, FleetOptions};

use crate::jobs::finished;

/// A fleet whose archive lacks some files, with few enough trades to serve months of them.
async fn fleet(missing: &[&str]) -> Fleet {
    let simulator = simulator::Options {
        limits: simulator::Limits::off(),
        trades_per_day: 1_500,
        missing_files: missing.iter().map(|part| (*part).to_owned()).collect(),
        ..simulator::Options::default()
    };
    let options = FleetOptions {
        simulator: Some(simulator),
        ..FleetOptions::default()
    };
    Fleet::start(options).await.unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

async fn enqueue(fleet: &Fleet, job: &str, dataset: &str, range: [&str; 2], more: &[&str]) {
    enqueue_of("binance", fleet, job, dataset, range, more).await;
}

async fn enqueue_of(
    source: &str,
    fleet: &Fleet,
    job: &str,
    dataset: &str,
    [from, to]: [&str; 2],
    more: &[&str],
) {
    let mut args = vec!["enqueue", "range", "--source", source, "--job", job];
    args.extend(["--dataset", dataset, "--from", from, "--to", to]);
    for param in more {
        args.extend(["--param", param]);
    }
    args.extend(["--symbols", "BTCUSDT"]);
    fleet.producer(&args).await.unwrap().success().unwrap();
}

/// How many requests there were with all of these in their path.
fn asked(fleet: &mut Fleet, parts: &[&str]) -> usize {
    let seen = fleet.simulator().requests().seen();
    let wanted = |path: &str| parts.iter().all(|part| path.contains(part));
    seen.iter().filter(|seen| wanted(&seen.path)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn days_come_from_files_and_a_missing_one_over_rest() {
    let mut fleet = fleet(&["aggTrades-2025-01-02"]).await;
    let _programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    // Half a day over REST, then days of both precisions, of which one has no file.
    let range = ["2024-12-30T12:00:00Z", "2025-01-04T00:00:00Z"];
    enqueue(&fleet, "auto", "trades", range, &[]).await;
    let day = ["2025-01-01T00:00:00Z", "2025-01-02T00:00:00Z"];
    enqueue(&fleet, "seconds", "klines", day, &["interval=1s"]).await;
    let mut expected = Expected::default();
    let oracle = fleet.simulator().oracle();
    expected.add(oracle.trades("BTCUSDT", at(range[0]), at(range[1])));
    expected.add(oracle.klines("BTCUSDT", "1s", (at(day[0]), at(day[1])), Utc::now()));
    for job in ["auto", "seconds"] {
        finished(&fleet, job).await;
    }
    expected.check(&fleet).await.unwrap();
    assert_eq!(
        asked(&mut fleet, &["@archive", "aggTrades", ".CHECKSUM"]),
        4
    );
    assert_eq!(asked(&mut fleet, &["@archive", "klines"]), 2);
    assert_eq!(asked(&mut fleet, &["/api/v3/klines"]), 0);

    // The same over REST are the same rows, not further ones.
    let files = asked(&mut fleet, &["@archive"]);
    enqueue(&fleet, "rest", "trades", range, &["via=rest"]).await;
    enqueue(
        &fleet,
        "seconds-rest",
        "klines",
        day,
        &["interval=1s", "via=rest"],
    )
    .await;
    for job in ["rest", "seconds-rest"] {
        finished(&fleet, job).await;
    }
    expected.check(&fleet).await.unwrap();
    assert_eq!(asked(&mut fleet, &["@archive"]), files);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_month_goes_on_with_its_days() {
    let mut fleet = fleet(&["aggTrades-2024-02.zip"]).await;
    let _programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    let range = ["2024-01-01T00:00:00Z", "2024-03-01T00:00:00Z"];
    enqueue(&fleet, "trades", "trades", range, &[]).await;
    enqueue(&fleet, "bars", "klines", range, &["interval=15m"]).await;
    let mut expected = Expected::default();
    let oracle = fleet.simulator().oracle();
    expected.add(oracle.trades("BTCUSDT", at(range[0]), at(range[1])));
    expected.add(oracle.klines("BTCUSDT", "15m", (at(range[0]), at(range[1])), Utc::now()));
    for job in ["trades", "bars"] {
        finished(&fleet, job).await;
    }
    expected.check(&fleet).await.unwrap();
    assert_eq!(asked(&mut fleet, &["@archive", "monthly", ".CHECKSUM"]), 4);
    assert_eq!(asked(&mut fleet, &["daily/aggTrades", ".CHECKSUM"]), 29);
    assert_eq!(asked(&mut fleet, &["daily/klines"]), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn single_trades_and_nothing_but_files() {
    let mut fleet = fleet(&["trades-2024-05-03"]).await;
    let _programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    let range = ["2024-05-01T06:00:00Z", "2024-05-03T00:00:00Z"];
    enqueue(&fleet, "single", "trades", range, &["raw=true"]).await;
    let lacking = ["2024-05-03T00:00:00Z", "2024-05-04T00:00:00Z"];
    enqueue(
        &fleet,
        "lacking",
        "trades",
        lacking,
        &["raw=true", "via=archive"],
    )
    .await;
    let mut expected = Expected::default();
    let oracle = fleet.simulator().oracle();
    expected.add(oracle.single_trades("BTCUSDT", at(range[0]), at(range[1])));
    finished(&fleet, "single").await;
    let status = fleet.finished("lacking").await.unwrap();
    assert_eq!(status["dead"], 1, "{status:#}");
    expected.check(&fleet).await.unwrap();
    let reason = "SELECT any(reason) FROM work_log_final WHERE job = 'lacking'";
    let reason = fleet.query(reason).await.unwrap();
    assert!(
        reason.contains("not available from this vendor: its archive has no"),
        "{reason}"
    );
    assert!(reason.contains("BTCUSDT-trades-2024-05-03.zip"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_file_of_futures() {
    let mut fleet = fleet(&[]).await;
    let _programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    let (month, days) = (["2024-05-01", "2024-06-01"], ["2024-06-01", "2024-06-03"]);
    let day = ["2024-06-05", "2024-06-06"];
    for (dataset, range, params) in [
        ("trades", ["2024-05-01", "2024-06-03"], &[][..]),
        ("klines", month, &["interval=1m"]),
        ("funding_rates", month, &["via=archive"]),
        ("metrics", days, &[]),
        ("open_interest", day, &[]),
        ("long_short_ratios", day, &["kind=top_accounts"]),
    ] {
        enqueue_of("binance-usdm", &fleet, dataset, dataset, range, params).await;
    }
    enqueue_of(
        "binance-usdm",
        &fleet,
        "single",
        "trades",
        day,
        &["raw=true"],
    )
    .await;
    let range = |[from, to]: [&str; 2]| {
        let midnight = |day: &str| at(&format!("{day}T00:00:00Z"));
        (midnight(from), midnight(to))
    };
    let mut expected = Expected::default();
    let oracle = fleet.simulator().oracle();
    let symbol = "BTCUSDT";
    expected.add(oracle.usdm_trades(symbol, range(month).0, range(days).1));
    expected.add(oracle.usdm_single_trades(symbol, range(day).0, range(day).1));
    expected.add(oracle.usdm_klines(symbol, "1m", range(month), Utc::now()));
    expected.add(oracle.usdm_filed_fundings(symbol, range(month)));
    expected.add(oracle.usdm_filed_interest(symbol, range(days)));
    expected.add(oracle.usdm_filed_interest(symbol, range(day)));
    let all = ["top_accounts", "top_positions", "accounts", "taker_volume"];
    expected.add(oracle.usdm_filed_ratios(symbol, &all, range(days)));
    expected.add(oracle.usdm_filed_ratios(symbol, &all[..1], range(day)));
    for job in [
        "trades",
        "klines",
        "funding_rates",
        "metrics",
        "open_interest",
        "long_short_ratios",
        "single",
    ] {
        finished(&fleet, job).await;
    }
    expected.check(&fleet).await.unwrap();
    assert_eq!(
        asked(&mut fleet, &["/fapi/v1/"]),
        0,
        "nothing came over REST"
    );
}
