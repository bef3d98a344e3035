//! Reply to Arrow record batch: pages of the simulated vendors, fetched before the clock starts,
//! are read over and over by one thread, whose own CPU time is what counts.

use std::hint::black_box;
use std::time::Duration;

use anyhow::Context as _;
use common::tables::Rows;
use e2e::pages::{Pages, SAMPLES};
use serde::Serialize;
use simulator::{Clock, Limits, Options, Simulator};

/// 2024-03-20: a fortnight after what the samples ask for.
const NOW_MS: i64 = 1_710_892_800_000;
/// Pages of each dataset: more than any cache of the processor holds.
const BYTES: usize = 32 << 20;
/// Between two looks at the clock.
const SHORTEST: usize = 4 << 20;
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
    /// Of replies: JSON, or what a packed file holds.
    mb_per_s: f64,
    /// Bytes of replies a row, as above.
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
    let round_bytes: u64 = pages.pages.iter().map(|page| unpacked(&page.body)).sum();
    // A vendor whose reply is one short ticker is not measured by how fast a clock is read.
    let rounds = (SHORTEST as u64).div_ceil(round_bytes.max(1));
    let mut batches = Batches::default();
    let mut read = |count| -> anyhow::Result<u64> {
        for page in std::iter::repeat_n(&pages.pages, count).flatten() {
            pages.read(page, &page.body, &mut batches.rows, &mut |rows| {
                close(rows, &mut batches.closed);
            })?;
            close(&mut batches.rows, &mut batches.closed);
        }
        Ok(batches.closed + batches.rows.len() as u64)
    };
    let before = read(1)?;
    let (mut bytes, mut after) = (0, before);
    let start = cpu_time()?;
    let mut spent = Duration::ZERO;
    while spent < LONG_ENOUGH {
        after = read(usize::try_from(rounds)?)?;
        bytes += rounds * round_bytes;
        spent = cpu_time()? - start;
    }
    let rows = after - before;
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

/// Rows as a worker collects them: over many replies, until there are enough for a batch.
#[derive(Default)]
struct Batches {
    rows: Rows,
    /// Rows of the batches that were closed.
    closed: u64,
}

fn close(rows: &mut Rows, closed: &mut u64) {
    if rows.len() >= BATCH_ROWS {
        *closed += rows.len() as u64;
        black_box(rows.take(1));
    }
}

/// How long a reply is: what gzip and zip say of the files in them, else its own length.
fn unpacked(body: &[u8]) -> u64 {
    const MEMBER: &[u8] = b"PK\x01\x02";
    let length = |at: usize| {
        let bytes = body.get(at..at + 4)?;
        Some(u64::from(u32::from_le_bytes(bytes.try_into().ok()?)))
    };
    let lengths = if body.starts_with(&[0x1f, 0x8b]) {
        length(body.len() - 4)
    } else if body.starts_with(b"PK") {
        // Where the directory at the end begins stands six bytes before the end.
        let directory = length(body.len() - 6).and_then(|at| body.get(usize::try_from(at).ok()?..));
        let start = body.len() - directory.map_or(0, <[u8]>::len);
        directory.map(|directory| {
            let members = directory.windows(MEMBER.len()).enumerate();
            let members = members.filter(|(_, bytes)| *bytes == MEMBER);
            members.filter_map(|(at, _)| length(start + at + 24)).sum()
        })
    } else {
        None
    };
    lengths.unwrap_or(body.len() as u64)
}

/// CPU time of this thread: the first figure of its `schedstat`, nanoseconds.
fn cpu_time() -> anyhow::Result<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let first = text.split_whitespace().next().context("no schedstat")?;
    Ok(Duration::from_nanos(first.parse()?))
}
