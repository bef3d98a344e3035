//! OKX end to end: pages that go backwards, the newest bars from another endpoint, contracts,
//! statistics, what holds now, and the archive's days of UTC+8. The simulated clock stands still at
//! the moment the test starts, as plans and retentions go by the real one.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use e2e::{Expected, Fleet, FleetOptions};
use simulator::{Clock, Limits, Options};

use crate::jobs::finished;

async fn fleet(now: DateTime<Utc>, limits: Limits) -> Fleet {
    let simulator = Options {
        limits,
        clock: Clock::fixed(now.timestamp_millis()),
        trades_per_day: 4_000,
        ..Options::default()
    };
    let options = FleetOptions {
        simulator: Some(simulator),
        ..FleetOptions::default()
    };
    Fleet::start(options).await.unwrap()
}

/// Enqueues a range, and the programs do it.
async fn range(
    fleet: &Fleet,
    dataset: &str,
    symbols: &str,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    params: &[&str],
) {
    let (from, to) = (from.to_rfc3339(), to.to_rfc3339());
    let mut args = vec![
        "enqueue",
        "range",
        "--source",
        "okx",
        "--dataset",
        dataset,
        "--symbols",
        symbols,
        "--from",
        &from,
        "--to",
        &to,
    ];
    for param in params {
        args.extend(["--param", param]);
    }
    let job = format!("{dataset}-{}", params.join("-").replace(['=', '.'], "-"));
    args.extend(["--job", &job]);
    fleet.producer(&args).await.unwrap().success().unwrap();
    finished(fleet, &job).await;
}

async fn now(fleet: &Fleet, dataset: &str, symbols: &str, params: &[&str]) {
    let mut args = vec![
        "enqueue",
        "now",
        "--source",
        "okx",
        "--dataset",
        dataset,
        "--symbols",
        symbols,
    ];
    for param in params {
        args.extend(["--param", param]);
    }
    args.extend(["--job", dataset]);
    fleet.producer(&args).await.unwrap().success().unwrap();
    finished(fleet, dataset).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn okx_over_rest_is_complete_and_once() {
    let at = Utc::now();
    // A clock that stands still would never open the next window of a limit.
    let mut fleet = fleet(at, Limits::off()).await;
    let oracle = fleet.simulator().oracle();
    let hour = at.duration_trunc(TimeDelta::hours(1)).unwrap();
    let back = |hours: i64| hour - TimeDelta::hours(hours);
    let last = at.duration_trunc(TimeDelta::minutes(1)).unwrap();
    let programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    let mut expected = Expected::default();

    let (trades, bars) = ((back(30), back(26)), (back(7), last));
    let swaps = "BTC-USDT,BTC-USDT-PERP,BTC-USD-SWAP,BTC-USDT-270326,BTC-USD-20270326-100000-C";
    let names = [
        "BTC-USDT",
        "BTC-USDT-SWAP",
        "BTC-USD-SWAP",
        "BTC-USDT-270326",
        "BTC-USD-270326-100000-C",
    ];
    range(&fleet, "trades", swaps, trades, &[]).await;
    range(
        &fleet,
        "klines",
        "BTC-USDT,BTC-USD-SWAP",
        bars,
        &["interval=1m"],
    )
    .await;
    for name in names {
        expected.add(oracle.okx_trades(name, trades, true));
    }
    for name in ["BTC-USDT", "BTC-USD-SWAP"] {
        expected.add(oracle.okx_klines(name, ("1m", "1m"), bars));
    }
    let weeks = (back(24 * 40), back(24));
    for (interval, bar) in [("1d", "1Dutc"), ("6H", "6H")] {
        range(
            &fleet,
            "klines",
            "BTC-USDT-PERP",
            weeks,
            &[&format!("interval={interval}")],
        )
        .await;
        expected.add(oracle.okx_klines("BTC-USDT-SWAP", (bar, interval), weeks));
    }

    range(
        &fleet,
        "funding_rates",
        "BTC-USDT-PERP,BTC-USD-PERP",
        weeks,
        &[],
    )
    .await;
    let days = (back(60), back(2));
    range(
        &fleet,
        "open_interest",
        "BTC-USDT-PERP",
        days,
        &["period=5m"],
    )
    .await;
    expected.add(oracle.okx_open_interest("BTC-USDT-SWAP", "5m", days));
    for name in ["BTC-USDT-SWAP", "BTC-USD-SWAP"] {
        expected.add(oracle.okx_fundings(name, weeks));
    }
    for (kind, path) in [
        ("accounts", "account-ratio-contract"),
        ("top_positions", "position-ratio-contract-top-trader"),
    ] {
        let kind_param = format!("kind={kind}");
        let params = [kind_param.as_str(), "period=1h"];
        range(&fleet, "long_short_ratios", "BTC-USDT-PERP", weeks, &params).await;
        expected.add(oracle.okx_ratios("BTC-USDT-SWAP", (kind, path), ("1H", "1h"), weeks));
    }
    let day = (back(20), back(1));
    range(&fleet, "liquidations", "BTC-USDT-PERP", day, &[]).await;
    expected.add(oracle.okx_liquidations("BTC-USDT-SWAP", day));
    expected.check(&fleet).await.unwrap();
    drop(programs);
}

#[tokio::test(flavor = "multi_thread")]
async fn okx_as_it_is_now() {
    let mut fleet = fleet(Utc::now(), Limits::off()).await;
    let oracle = fleet.simulator().oracle();
    let programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    let mut expected = Expected::default();
    now(
        &fleet,
        "book_snapshots",
        "BTC-USDT,BTC-USD-PERP",
        &["depth=50"],
    )
    .await;
    now(&fleet, "tickers", "BTC-USDT,BTC-USD-PERP", &[]).await;
    now(&fleet, "quotes", "BTC-USDT,BTC-USD-PERP", &[]).await;
    now(&fleet, "open_interest_now", "SWAP", &[]).await;
    now(&fleet, "funding_rates_now", "BTC-USDT-PERP", &[]).await;
    now(
        &fleet,
        "instruments",
        "SPOT,SWAP,FUTURES,OPTION-BTC-USD",
        &[],
    )
    .await;
    for name in ["BTC-USDT", "BTC-USD-SWAP"] {
        expected.add(oracle.okx_snapshots(name, 50));
    }
    for name in oracle.okx_names("SWAP") {
        expected.add(oracle.okx_open_interest_now(name));
    }
    expected.add(oracle.okx_funding_now("BTC-USDT-SWAP"));
    expected.check(&fleet).await.unwrap();
    let listed = "SELECT symbol, amount_unit, multiplier, inverse FROM instruments_final WHERE source = 'okx' ORDER BY symbol FORMAT TSV";
    assert_eq!(
        fleet.query(listed).await.unwrap(),
        "BTC-USD-20270326-100000-C\tcontracts\t0.01\tfalse\n\
         BTC-USD-PERP\tcontracts\t100\ttrue\n\
         BTC-USDT\tbase\t\\N\tfalse\n\
         BTC-USDT-20270326\tcontracts\t0.01\tfalse\n\
         BTC-USDT-20270625\tcontracts\t0.01\tfalse\n\
         BTC-USDT-PERP\tcontracts\t0.01\tfalse\n\
         ETH-USDT\tbase\t\\N\tfalse"
    );
    drop(programs);
}

#[tokio::test(flavor = "multi_thread")]
async fn okx_archive_files_fill_what_rest_forgot() {
    let mut fleet = fleet(Utc::now(), Limits::off()).await;
    let oracle = fleet.simulator().oracle();
    let programs = [
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    ];
    let mut expected = Expected::default();
    let date = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    // Tables without header, with one in GBK, and with names; files of a family; days of UTC+8.
    let cases = [
        (
            "BTC-USDT-PERP",
            "BTC-USDT-SWAP",
            "2021-12-31T12:00:00Z",
            "2022-01-01T18:00:00Z",
            false,
        ),
        (
            "BTC-USDT",
            "BTC-USDT",
            "2025-03-04T00:00:00Z",
            "2025-03-05T00:00:00Z",
            true,
        ),
        (
            "BTC-USDT-20270625",
            "BTC-USDT-270625",
            "2026-03-04T10:00:00Z",
            "2026-03-04T20:00:00Z",
            true,
        ),
    ];
    for (place, (symbol, name, from, to, flagged)) in cases.into_iter().enumerate() {
        let span = (date(from), date(to));
        let job = [format!("archive-{place}")];
        let args = [
            "enqueue",
            "range",
            "--source",
            "okx",
            "--dataset",
            "trades",
            "--symbols",
            symbol,
            "--from",
            from,
            "--to",
            to,
            "--job",
            &job[0],
        ];
        fleet.producer(&args).await.unwrap().success().unwrap();
        finished(&fleet, &job[0]).await;
        expected.add(oracle.okx_trades(name, span, flagged));
    }
    let span = (date("2024-03-04T00:00:00Z"), date("2024-03-16T00:00:00Z"));
    range(&fleet, "klines", "BTC-USD-PERP", span, &["via=archive"]).await;
    range(&fleet, "funding_rates", "BTC-USD-PERP", span, &[]).await;
    expected.add(oracle.okx_klines("BTC-USD-SWAP", ("1m", "1m"), span));
    expected.add(oracle.okx_fundings("BTC-USD-SWAP", span));
    expected.check(&fleet).await.unwrap();

    // Before the first file the vendor lists nothing.
    let args = [
        "enqueue",
        "range",
        "--source",
        "okx",
        "--dataset",
        "trades",
        "--symbols",
        "BTC-USDT",
        "--from",
        "2020-01-01",
        "--to",
        "2020-01-02",
        "--job",
        "early",
    ];
    fleet.producer(&args).await.unwrap().success().unwrap();
    let status = fleet.finished("early").await.unwrap();
    assert_ne!(status["dead"], 0, "{status:#}");
    let letters = fleet.dead_letters("early").await.unwrap();
    let (_, letter) = &letters[0];
    assert!(
        letter
            .to_string()
            .contains("not available from this vendor"),
        "{letter:#}"
    );
    drop(programs);
}
