//! Every parser against damaged replies: none panics, none hangs, none takes memory beyond what the
//! reply justifies, whatever is refused is refused with a place, and what is read fast is read as
//! the general way reads it.
//!
//! The replies are those of the simulated vendors, the damage follows from a seed, so a failure
//! names the case that repeats it. The fuzz targets in `fuzz/` go on from here where there is a
//! toolchain for them.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod damage;
mod extents;
mod manifests;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use common::records::to_json;
use common::tables::{Rows, Table};
use e2e::pages::{Page, Pages, SAMPLES, WITHOUT};
use simulator::{Clock, Limits, Options, Simulator};

/// Damaged copies of each page.
const CASES: u64 = 40;
/// Pages of each dataset.
const PAGES: usize = 4;
/// Bytes of replies fetched of each dataset.
const BYTES: usize = 200_000;
/// 2024-03-20: a fortnight after what the samples ask for.
const NOW_MS: i64 = 1_710_892_800_000;
/// More rows than bytes is more than any layout can hold.
const ROWS_PER_BYTE: usize = 1;

async fn simulator() -> Simulator {
    let options = Options {
        limits: Limits::off(),
        clock: Clock::fixed(NOW_MS),
        ..Options::default()
    };
    Simulator::start(options).await.unwrap()
}

#[test]
fn every_dataset_has_a_sample() {
    let sampled: BTreeSet<_> = SAMPLES.iter().map(|s| (s.source, s.dataset)).collect();
    let offered: BTreeSet<_> = sources::ALL
        .iter()
        .flat_map(|source| {
            let datasets = source.datasets().iter();
            datasets.map(|dataset| (source.name(), dataset.name))
        })
        .filter(|offer| !WITHOUT.contains(offer))
        .collect();
    let missing: Vec<_> = offered.difference(&sampled).collect();
    assert!(missing.is_empty(), "no sample of {missing:?}");
    let unknown: Vec<_> = sampled.difference(&offered).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_replies_do_no_harm() {
    let simulator = simulator().await;
    let (mut refused, mut unusable) = (0u64, Vec::new());
    for sample in SAMPLES {
        let name = format!("{} {}", sample.source, sample.dataset);
        let mut pages = match Pages::fetch(&simulator, sample, NOW_MS, BYTES).await {
            Ok(pages) if !pages.pages.is_empty() => pages,
            Ok(_) => {
                unusable.push(format!("{name}: no page"));
                continue;
            }
            Err(error) => {
                unusable.push(format!("{name}: {error:#}"));
                continue;
            }
        };
        pages.pages.truncate(PAGES);
        refused += tokio::task::spawn_blocking(move || run(&name, &pages))
            .await
            .unwrap();
    }
    assert!(unusable.is_empty(), "samples: {unusable:#?}");
    assert!(refused > 100, "only {refused} damaged replies were refused");
}

/// Reads damaged copies of all pages; gives how many were refused.
fn run(name: &str, pages: &Pages) -> u64 {
    let mut refused = 0;
    for (number, page) in pages.pages.iter().enumerate() {
        if !page.is_file {
            read_alike(pages, page, &page.body, &format!("{name}: page {number}"));
        }
        for case in 0..CASES {
            let seed = (number as u64) << 32 | case;
            let body = damage::damaged(&page.body, seed);
            if !page.is_file {
                read_alike(
                    pages,
                    page,
                    &body,
                    &format!("{name}: page {number}, seed {seed}"),
                );
            }
            let read = || {
                let (mut rows, mut counted) = (Rows::default(), 0);
                let mut flush = |rows: &mut Rows| {
                    counted += rows.len();
                    *rows = Rows::default();
                };
                let result = pages.read(page, &body, &mut rows, &mut flush);
                (result, rows.len() + counted, rows.len())
            };
            let (result, rows, unflushed) = catch_unwind(AssertUnwindSafe(read))
                .unwrap_or_else(|_| panic!("{name}: page {number}, seed {seed} panicked"));
            // A file is packed: what it holds is bounded by what is flushed, not by its length.
            let most = if page.is_file {
                200_000
            } else {
                ROWS_PER_BYTE * body.len()
            };
            assert!(
                unflushed <= most,
                "{name}: page {number}, seed {seed}: {rows} rows"
            );
            if let Err(error) = result {
                refused += 1;
                let told = !error.at.is_empty() && !error.what.is_empty();
                assert!(told, "{name}: page {number}, seed {seed}: {error:?}");
                assert!(page.is_file || rows == 0, "{name}: rows before {error}");
            }
        }
    }
    refused
}

/// White space, which vendors do not write, leads around the fast ways to read plain pages: what
/// they give must be what the general way gives.
fn read_alike(pages: &Pages, page: &Page, body: &[u8], case: &str) {
    let read = |body: &[u8]| {
        let mut rows = Rows::default();
        let next = pages.read(page, body, &mut rows, &mut |_| ()).ok();
        let mut batches = Vec::new();
        for batch in rows.take(1) {
            let mut rows = to_json(&batch.columns);
            for row in rows.iter_mut().filter(|_| batch.table == Table::Document) {
                // A document is the reply as it came, white space and all.
                let text = row["body"].as_str().unwrap_or_default().trim();
                row["body"] = text.to_owned().into();
            }
            batches.push((batch.table, rows));
        }
        (next, batches)
    };
    let general = [b" ", body].concat();
    assert_eq!(read(body), read(&general), "{case}");
}
