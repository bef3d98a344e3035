//! Reply to Arrow record batch: pages of the simulated vendors, fetched before the clock starts,
//! are read over and over by one thread, whose own CPU time is what counts.

use std::hint::black_box;
use std::time::Duration;

use anyhow::Context;
use common::tables::Rows;
use e2e::pages::{Pages, SAMPLES};
use serde::Serialize;
use simulator::{Clock, Limits, Options, Simulator};

/// 2024-03-20: a fortnight after what the samples ask for.
const NOW_MS: i64 = 1_710_892_800_000;
/// Pages of each dataset: more than any cache of the processor holds.
const BYTES: usize = 32 << 20;
/// What is measured of each dataset.
const LONG_ENOUGH: Duration = Duration::from_millis(1_500);
/// About what a worker collects before it closes a batch.
const BATCH_ROWS: usize = 8_192;

/// The figures of all datasets.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    benchmark: &'static str,
    datasets: Vec<Figure>,
}

#[derive(Debug, Serialize)]
struct Figure {
    source: &'static str,
    dataset: &'static str,
    rows_per_s_core: f64,
    cpu_s_per_mrow: f64,
    /// Of replies as they are read: JSON, or a file as it came.
    mb_per_s: f64,
    /// Bytes of replies a row.
    bytes_per_row: f64,
    /// Read in the measured time.
    rows: u64,
}

pub(super) async fn run(only: &str) -> anyhow::Result<Figures> {
    let options = Options {
        limits: Limits::off(),
        clock: Clock::fixed(NOW_MS),
        trades_per_day: 400_000,
        ..Options::default()
    };
    let simulator = Simulator::start(options).await?;
    let mut datasets = Vec::new();
    println!(
        "{:14} {:20} {:>12} {:>14} {:>8} {:>8}",
        "source", "dataset", "rows/s/core", "CPU-s/M rows", "MB/s", "B/row"
    );
    for sample in SAMPLES {
        if !format!("{} {}", sample.source, sample.dataset).contains(only) {
            continue;
        }
        let pages = Pages::fetch(&simulator, sample, NOW_MS, BYTES)
            .await
            .with_context(|| format!("{} {}", sample.source, sample.dataset))?;
        let (source, dataset) = (sample.source, sample.dataset);
        let figure =
            tokio::task::spawn_blocking(move || measure(source, dataset, &pages)).await??;
        println!(
            "{:14} {:20} {:>12.0} {:>14.3} {:>8.0} {:>8.0}",
            figure.source,
            figure.dataset,
            figure.rows_per_s_core,
            figure.cpu_s_per_mrow,
            figure.mb_per_s,
            figure.bytes_per_row
        );
        datasets.push(figure);
    }
    Ok(Figures {
        benchmark: "normalise",
        datasets,
    })
}

fn measure(source: &'static str, dataset: &'static str, pages: &Pages) -> anyhow::Result<Figure> {
    once(pages)?;
    let (mut rows, mut bytes) = (0, 0);
    let start = cpu_time()?;
    let mut spent = Duration::ZERO;
    while spent < LONG_ENOUGH {
        rows += once(pages)?;
        bytes += pages.bytes();
        spent = cpu_time()? - start;
    }
    let seconds = spent.as_secs_f64();
    let count = (rows as f64).max(1.0);
    Ok(Figure {
        source,
        dataset,
        rows_per_s_core: rows as f64 / seconds,
        cpu_s_per_mrow: seconds / count * 1e6,
        mb_per_s: bytes as f64 / seconds / 1e6,
        bytes_per_row: bytes as f64 / count,
        rows,
    })
}

/// Reads every page once; gives the rows.
fn once(pages: &Pages) -> anyhow::Result<u64> {
    let (mut rows, mut count) = (Rows::default(), 0);
    let mut close = |rows: &mut Rows, least: usize| {
        if rows.len() >= least {
            count += rows.len() as u64;
            black_box(rows.take(1));
        }
    };
    for page in &pages.pages {
        pages.read(page, &page.body, &mut rows, &mut |rows| {
            close(rows, BATCH_ROWS)
        })?;
        close(&mut rows, BATCH_ROWS);
    }
    close(&mut rows, 1);
    Ok(count)
}

/// CPU time of this thread: the first figure of its `schedstat`, nanoseconds.
fn cpu_time() -> anyhow::Result<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let first = text.split_whitespace().next().context("no schedstat")?;
    Ok(Duration::from_nanos(first.parse()?))
}
