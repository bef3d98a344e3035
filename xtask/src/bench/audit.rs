//! `producer audit` of a year of minute bars of a hundred symbols, on a real ClickHouse engine: from
//! the start of the program to its end, the engine's caches as its insert left them.

use std::time::Instant;

use anyhow::ensure;
use e2e::{Fleet, FleetOptions};
use serde::Serialize;

const SYMBOLS: u64 = 100;
/// Of 2023.
const MINUTES: u64 = 365 * 1_440;
/// Symbols of one insert: some million rows, as a writer's largest batches.
const AT_ONCE: u64 = 5;
const RUNS: usize = 5;

/// What was measured.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    benchmark: &'static str,
    rows: u64,
    symbols: u64,
    /// The first run.
    audit_52m_s: f64,
    /// All of them.
    runs_s: Vec<f64>,
}

pub(super) async fn run() -> anyhow::Result<Figures> {
    let options = FleetOptions {
        simulator: None,
        ..FleetOptions::default()
    };
    let fleet = Fleet::start(options).await?;
    // Makes the tables.
    let writer = fleet.writer("").await?;
    for first in (0..SYMBOLS).step_by(AT_ONCE as usize) {
        fleet.query(&insert(first)).await?;
        println!(
            "{} of {} rows",
            (first + AT_ONCE) * MINUTES,
            SYMBOLS * MINUTES
        );
    }
    drop(writer);
    let symbols: Vec<_> = (0..SYMBOLS)
        .map(|symbol| format!("C{symbol:03}-USDT"))
        .collect();
    let symbols = symbols.join(",");
    let words = [
        "audit",
        "--source",
        "binance",
        "--dataset",
        "klines",
        "--interval",
        "1m",
        "--symbols",
        &symbols,
        "--from",
        "2023-01-01",
        "--to",
        "2024-01-01",
        "--output",
        "json",
    ];
    let mut runs_s = Vec::new();
    for _ in 0..RUNS {
        let started = Instant::now();
        let ended = fleet.producer(&words).await?;
        let seconds = started.elapsed().as_secs_f64();
        ensure!(
            ended.code == 0,
            "the audit found holes where there are none: {}",
            ended.stderr
        );
        println!("audit  {seconds:.2} s");
        runs_s.push(seconds);
    }
    Ok(Figures {
        benchmark: "audit",
        rows: SYMBOLS * MINUTES,
        symbols: SYMBOLS,
        audit_52m_s: runs_s[0],
        runs_s,
    })
}

/// The bars of some symbols, without a hole.
fn insert(first: u64) -> String {
    let rows = AT_ONCE * MINUTES;
    format!(
        "INSERT INTO klines (source, symbol, venue_symbol, interval, open_time, adjusted, open, high, low, close, \
         volume, quote_volume, trade_count, taker_buy_volume, taker_buy_quote_volume, close_time, version) \
         SELECT 'binance', concat('C', leftPad(toString(s), 3, '0'), '-USDT'), \
         concat('C', leftPad(toString(s), 3, '0'), 'USDT'), '1m', \
         toDateTime64('2023-01-01 00:00:00', 9, 'UTC') + toIntervalMinute(number % {MINUTES}) AS t, 'raw', \
         100 + (number % 997) / 100, 110, 99, 100, number % 1000, number % 100000, number % 50, 1, 2, \
         t + toIntervalMillisecond(59999), 1700000000000000000 \
         FROM (SELECT number, {first} + intDiv(number, {MINUTES}) AS s FROM numbers({rows}))"
    )
}
