//! OKX end to end: pages that go backwards, the newest bars from another endpoint, contracts,
//! statistics, what holds now, the archive's days of UTC+8, and the vendor's limits. The simulated
//! clock stands still at the moment the test starts, as plans and retentions go by the real one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use common::tables::Table;
use e2e::{Expected, Fleet, FleetOptions};
use simulator::{Clock, Limits, Options};
use tempfile::NamedTempFile;

use crate::jobs::finished;

async fn fleet(now: DateTime<Utc>) -> Fleet {
    // A clock that stands still would never open the next window of a limit.
    let options = options(Limits::off(), Clock::fixed(now.timestamp_millis()));
    Fleet::start(options).await.unwrap()
}

fn options(limits: Limits, clock: Clock) -> FleetOptions {
    let simulator = Options {
        limits,
        clock,
        trades_per_day: 4_000,
        ..Options::default()
    };
    FleetOptions {
        simulator: Some(simulator),
        ..FleetOptions::default()
    }
}

/// Enqueues a range, and the programs do it.
async fn range(
    fleet: &Fleet,
    dataset: &str,
    symbols: &str,
    span: (DateTime<Utc>, DateTime<Utc>),
    params: &[&str],
) {
    let job = enqueued(fleet, dataset, symbols, span, params).await;
    finished(fleet, &job).await;
}

/// Enqueues a range; gives the job's name.
async fn enqueued(
    fleet: &Fleet,
    dataset: &str,
    symbols: &str,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    params: &[&str],
) -> String {
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
    job
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
    let mut fleet = fleet(at).await;
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
    let mut fleet = fleet(Utc::now()).await;
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
    let mut fleet = fleet(Utc::now()).await;
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

/// What the vendor allows is counted by its clock, and the clock stands still until it has refused:
/// so that it does refuse, however slow the machine is.
#[tokio::test(flavor = "multi_thread")]
async fn okx_is_asked_again_after_its_limits() {
    let (at, runs) = (Utc::now(), Arc::new(AtomicBool::new(false)));
    let clock = Clock::new({
        let runs = runs.clone();
        move || match runs.load(Ordering::Relaxed) {
            true => Utc::now().timestamp_millis(),
            false => at.timestamp_millis(),
        }
    });
    let options = options(Limits::default(), clock);
    let mut fleet = Fleet::start(options).await.unwrap();
    let worker = fleet.worker("").await.unwrap();
    let _writer = fleet.writer("").await.unwrap();
    let hour = at.duration_trunc(TimeDelta::hours(1)).unwrap();
    let back = |hours: i64| hour - TimeDelta::hours(hours);
    let mut expected = Expected::default();

    // More than 20 pages together, more than 10 of each instrument: what a window allows of them.
    let (trades, points) = ((back(36), back(24)), (back(110), back(2)));
    for (dataset, table, span, params) in [
        ("trades", Table::Trade, trades, &[] as &[&str]),
        ("open_interest", Table::OpenInterest, points, &["period=5m"]),
    ] {
        runs.store(false, Ordering::Relaxed);
        fleet.simulator().requests().clear();
        let symbols = "BTC-USDT-PERP,BTC-USD-PERP";
        let job = enqueued(&fleet, dataset, symbols, span, params).await;
        let requests = fleet.simulator().requests();
        e2e::wait::until("a refusal", Duration::from_secs(60), async || {
            (requests.counts().violations > 0).then_some(())
        })
        .await
        .unwrap();
        let counts = requests.counts();
        assert!(counts.statuses.contains_key(&429), "{counts:?}");
        runs.store(true, Ordering::Relaxed);
        let status = finished(&fleet, &job).await;

        let oracle = fleet.simulator().oracle();
        for name in ["BTC-USDT-SWAP", "BTC-USD-SWAP"] {
            match table {
                Table::Trade => expected.add(oracle.okx_trades(name, span, true)),
                _ => expected.add(oracle.okx_open_interest(name, "5m", span)),
            }
        }
        let rows = expected.rows(table);
        assert_eq!(status["rows"], rows, "a row comes once: {status:#}");
    }
    assert!(worker.log().contains("50011"), "{}", worker.log());
    expected.check(&fleet).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn amounts_follow_what_the_contract_was_worth_then() {
    let at = Utc::now();
    let hour = at.duration_trunc(TimeDelta::hours(1)).unwrap();
    let back = |hours: i64| hour - TimeDelta::hours(hours);
    let file = NamedTempFile::new().unwrap();
    let line = |multiplier: &str, from: &str| {
        format!(
            r#"{{"symbol":"BTC-USDT-PERP","venue_symbol":"BTC-USDT-SWAP","kind":"perpetual","amount_unit":"contracts","multiplier":"{multiplier}"{from}}}"#
        )
    };
    let changed = format!(r#","valid_from":"{}""#, back(27).to_rfc3339());
    let lines = [line("0.5", ""), line("0.25", &changed)].join("\n");
    std::fs::write(file.path(), lines).unwrap();
    let options = options(Limits::off(), Clock::fixed(at.timestamp_millis()))
        .set("SOURCES__OKX__INSTRUMENTS", file.path().display());
    let fleet = Fleet::start(options).await.unwrap();
    let worker = fleet.worker("").await.unwrap();
    let _writer = fleet.writer("").await.unwrap();
    let span = (back(28), back(26));
    range(&fleet, "trades", "BTC-USDT-PERP,BTC-USD-PERP", span, &[]).await;
    let worth = format!(
        "SELECT DISTINCT symbol, ts >= fromUnixTimestamp64Milli({}), \
         round(toFloat64(if(symbol = 'BTC-USDT-PERP', base_amount, quote_amount)) / toFloat64(amount), 9) \
         FROM trades_final ORDER BY ALL FORMAT TSV",
        back(27).timestamp_millis()
    );
    assert_eq!(
        fleet.query(&worth).await.unwrap(),
        "BTC-USD-PERP\t0\t100\nBTC-USD-PERP\t1\t100\n\
         BTC-USDT-PERP\t0\t0.5\nBTC-USDT-PERP\t1\t0.25"
    );
    // The vendor lists 0.01: since when, nobody has said.
    assert!(
        worker.log().contains("add a line with the date"),
        "{}",
        worker.log()
    );

    std::fs::write(file.path(), "{}").unwrap();
    let mut refused = fleet.worker("").await.unwrap();
    assert_eq!(refused.ended().await.unwrap(), 2);
    let told = format!(
        "sources.okx.instruments: {}: at line 1: ",
        file.path().display()
    );
    assert!(refused.log().contains(&told), "{}", refused.log());
}
