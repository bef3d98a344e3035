//! What the demo found: per dataset what it took and what stands in the store.

use anyhow::Context;
use common::item::Token;
use common::jobs::Jobs;
use e2e::{Comparison, Fleet};
use serde::Serialize;

use super::jobs::{Job, Plan};

const SAMPLE: &str = "SELECT symbol, toDate(ts) AS day, count() AS trades, min(price) AS low, max(price) AS high, \
                      sum(quote_amount) AS turnover FROM trades_final GROUP BY symbol, day ORDER BY symbol, day FORMAT PrettyCompactMonoBlock";

/// The result of a demo.
#[derive(Serialize)]
pub(crate) struct Report {
    pub(crate) rows_expected: u64,
    pub(crate) rows_stored: u64,
    pub(crate) rows_visible: u64,
    pub(crate) equal: bool,
    pub(crate) datasets: Vec<Dataset>,
    #[serde(skip)]
    sample: String,
}

/// One dataset of it.
#[derive(Serialize)]
pub(crate) struct Dataset {
    source: &'static str,
    dataset: &'static str,
    job: &'static str,
    items: u64,
    requests: u64,
    rows: u64,
    seconds: f64,
    rows_per_s: f64,
    rows_expected: u64,
    rows_stored: u64,
    rows_visible: u64,
    equal: bool,
    items_refused: u64,
    /// Of one of them.
    reason: String,
    tables: Vec<Comparison>,
}

/// Asks the ledger and the store.
pub(crate) async fn make(fleet: &Fleet, plan: &Plan) -> anyhow::Result<Report> {
    let compared = match &plan.expected {
        Some(expected) => expected.compare(fleet).await?,
        None => Vec::new(),
    };
    let mut datasets = Vec::new();
    for job in &plan.jobs {
        let tables = if plan.expected.is_some() {
            compared
                .iter()
                .filter(|c| {
                    c.source == job.source && job.tables.iter().any(|t| t.name() == c.table)
                })
                .cloned()
                .collect()
        } else {
            vec![contiguous(fleet, job).await?]
        };
        datasets.push(dataset(fleet, job, tables).await?);
    }
    let sum = |of: fn(&Dataset) -> u64| datasets.iter().map(of).sum();
    Ok(Report {
        rows_expected: sum(|d| d.rows_expected),
        rows_stored: sum(|d| d.rows_stored),
        rows_visible: sum(|d| d.rows_visible),
        equal: datasets.iter().all(|d| d.equal),
        sample: fleet.query(SAMPLE).await?,
        datasets,
    })
}

async fn dataset(fleet: &Fleet, job: &Job, tables: Vec<Comparison>) -> anyhow::Result<Dataset> {
    let (entry, _) = Jobs::open(&fleet.broker().await?)
        .await?
        .get(&Token::new(job.name)?)
        .await?
        .with_context(|| format!("job {} is gone", job.name))?;
    let sql = format!(
        "SELECT count(), sum(requests), sum(rows), toUnixTimestamp64Milli(max(at)), countIf(outcome != 'done'), \
         anyIf(reason, outcome != 'done') FROM work_log_final WHERE job = '{}' FORMAT JSONCompactEachRow \
         SETTINGS output_format_json_quote_64bit_integers = 0",
        job.name
    );
    let answer = fleet.query(&sql).await?;
    let (items, requests, rows, ended_ms, refused, reason): (u64, u64, u64, i64, u64, String) =
        serde_json::from_str(&answer).with_context(|| format!("the ledger answered {answer:?}"))?;
    let seconds = (ended_ms - entry.created_at.timestamp_millis()).max(1) as f64 / 1e3;
    let sum = |of: fn(&Comparison) -> u64| tables.iter().map(of).sum();
    Ok(Dataset {
        source: job.source,
        dataset: job.dataset,
        job: job.name,
        items,
        requests,
        rows,
        seconds,
        rows_per_s: (rows as f64 / seconds).round(),
        rows_expected: sum(|c| c.rows_expected),
        rows_stored: sum(|c| c.rows_stored),
        rows_visible: sum(|c| c.rows_visible),
        equal: refused == 0 && !tables.is_empty() && tables.iter().all(|c| c.equal),
        items_refused: refused,
        reason,
        tables,
    })
}

/// Without an oracle: trade ids must follow one another without a hole, bars must fill their grid.
async fn contiguous(fleet: &Fleet, job: &Job) -> anyhow::Result<Comparison> {
    let table = job.tables[0].name();
    let expected = match table {
        "trades" => "max(toUInt64(trade_id)) - min(toUInt64(trade_id)) + 1",
        _ => "toUInt64(dateDiff('minute', min(open_time), max(open_time)) + 1)",
    };
    let sql = format!(
        "SELECT sum(expected), sum(visible), (SELECT count() FROM {table}) FROM \
         (SELECT {expected} AS expected, count() AS visible FROM {table}_final GROUP BY symbol) FORMAT TSV"
    );
    let answer = fleet.query(&sql).await?;
    let figures: Vec<u64> = answer
        .split('\t')
        .map(str::parse)
        .collect::<Result<_, _>>()
        .context("the store's answer")?;
    let [rows_expected, rows_visible, rows_stored] = figures[..] else {
        anyhow::bail!("the store answered {answer:?}")
    };
    let equal = rows_visible > 0 && rows_expected == rows_visible;
    Ok(Comparison {
        table,
        source: job.source.to_owned(),
        rows_expected,
        rows_stored,
        rows_visible,
        equal,
        differences: Vec::new(),
    })
}

impl Report {
    /// Prints it for people.
    pub(crate) fn print(&self) {
        println!(
            "\n{:<15} {:<14} {:>7} {:>9} {:>9} {:>8} {:>9} {:>10} {:>10}  equal",
            "source",
            "dataset",
            "items",
            "requests",
            "rows",
            "seconds",
            "rows/s",
            "expected",
            "visible"
        );
        for d in &self.datasets {
            println!(
                "{:<15} {:<14} {:>7} {:>9} {:>9} {:>8.1} {:>9} {:>10} {:>10}  {}",
                d.source,
                d.dataset,
                d.items,
                d.requests,
                d.rows,
                d.seconds,
                d.rows_per_s,
                d.rows_expected,
                d.rows_visible,
                if d.equal { "yes" } else { "NO" }
            );
            if d.items_refused > 0 {
                println!(
                    "    {} items refused, one of them: {}",
                    d.items_refused, d.reason
                );
            }
            for line in d.tables.iter().flat_map(|table| &table.differences) {
                println!("    {line}");
            }
        }
        println!("\n{SAMPLE}\n{}\n", self.sample);
        println!(
            "{} rows expected, {} stored, {} visible: {}",
            self.rows_expected,
            self.rows_stored,
            self.rows_visible,
            if self.equal {
                "every row is there, and once"
            } else {
                "NOT EQUAL"
            }
        );
    }
}
