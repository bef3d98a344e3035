//! Reply to Arrow record batch: pages of the simulated vendors, fetched before the clock starts,
//! are read over and over by one thread, whose own CPU time is what counts.

use std::hint::black_box;
use std::time::Duration;

use anyhow::Context as _;
use common::tables::Rows;
use e2e::pages::{Pages, SAMPLES};
use serde::Serialize;
use serde::de::IgnoredAny;
use simulator::{Clock, Limits, Options, Simulator};

/// 2024-03-20: a fortnight after what the samples ask for.
const NOW_MS: i64 = 1_710_892_800_000;
/// Pages of each dataset: as much as stays in a processor's cache, where a reply is when it was
/// just received.
const BYTES: usize = 2 << 20;
/// Between two looks at the clock.
const SHORTEST: u64 = 4 << 20;
/// The median of so many parts is what counts: other processes disturb less so.
const PARTS: usize = 5;
/// How long a part is measured.
const LONG_ENOUGH: Duration = Duration::from_millis(300);
/// What a worker collects before it closes a batch: bytes of replies (`worker.flush_bytes`), or rows
/// of a file.
const BATCH_BYTES: usize = 512 << 10;
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
    /// What `serde_json` reads of the same replies when it drops every value: the limit of
    /// whatever reads JSON with it.
    json_alone_mb_per_s: Option<f64>,
    /// Bytes of replies a row, as above.
    bytes_per_row: f64,
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
        "{:14} {:20} {:>12} {:>14} {:>8} {:>12} {:>8}",
        "source", "dataset", "rows/s/core", "CPU-s/M rows", "MB/s", "JSON alone", "B/row"
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
            "{:14} {:20} {:>12.0} {:>14.3} {:>8.0} {:>12} {:>8.0}",
            figure.source,
            figure.dataset,
            figure.rows_per_s_core,
            figure.cpu_s_per_mrow,
            figure.mb_per_s,
            figure
                .json_alone_mb_per_s
                .map_or_else(|| "-".to_owned(), |speed| format!("{speed:.0}")),
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
    let bytes: u64 = pages.pages.iter().map(|page| unpacked(&page.body)).sum();
    let mut batches = Batches::default();
    let rows = batches.read(pages)?;
    let seconds = seconds(bytes, || batches.read(pages).map(drop))?;
    let is_json = pages.pages.iter().all(|page| !page.is_file);
    let json_alone = || -> anyhow::Result<f64> {
        let seconds = self::seconds(bytes, || {
            for page in &pages.pages {
                black_box(serde_json::from_slice::<IgnoredAny>(&page.body)?);
            }
            Ok(())
        })?;
        Ok(bytes as f64 / seconds / 1e6)
    };
    let count = (rows as f64).max(1.0);
    Ok(Figure {
        source,
        dataset,
        rows_per_s_core: rows as f64 / seconds,
        cpu_s_per_mrow: seconds / count * 1e6,
        mb_per_s: bytes as f64 / seconds / 1e6,
        json_alone_mb_per_s: is_json.then(json_alone).transpose()?,
        bytes_per_row: bytes as f64 / count,
    })
}

/// CPU time that `work` takes, which goes through so many bytes.
fn seconds(bytes: u64, mut work: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    // A vendor whose reply is one short ticker is not measured by how fast a clock is read.
    let rounds = SHORTEST.div_ceil(bytes.max(1));
    let mut parts = [0.0; PARTS];
    for part in &mut parts {
        let (start, mut done) = (cpu_time()?, 0);
        let mut spent = Duration::ZERO;
        while spent < LONG_ENOUGH {
            for _ in 0..rounds {
                work()?;
            }
            done += rounds;
            spent = cpu_time()? - start;
        }
        *part = spent.as_secs_f64() / done as f64;
    }
    parts.sort_by(f64::total_cmp);
    Ok(parts[PARTS / 2])
}

/// Rows as a worker collects them: over many replies, until there are enough for a batch.
#[derive(Default)]
struct Batches {
    rows: Rows,
    /// Bytes of the replies that `rows` comes from.
    bytes: usize,
    /// Rows of the batches that were closed.
    closed: u64,
}

impl Batches {
    /// Reads every page once; gives the rows.
    fn read(&mut self, pages: &Pages) -> anyhow::Result<u64> {
        let before = self.count();
        let Self {
            rows,
            bytes,
            closed,
        } = self;
        for page in &pages.pages {
            pages.read(page, &page.body, rows, &mut |rows| {
                if rows.len() >= BATCH_ROWS {
                    close(rows, closed);
                }
            })?;
            *bytes += page.body.len();
            if *bytes >= BATCH_BYTES {
                close(rows, closed);
                *bytes = 0;
            }
        }
        Ok(self.count() - before)
    }

    fn count(&self) -> u64 {
        self.closed + self.rows.len() as u64
    }
}

fn close(rows: &mut Rows, closed: &mut u64) {
    *closed += rows.len() as u64;
    black_box(rows.take(1));
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
