//! `--verify` and `--against`: what a vendor says now of samples of what is stored, its own vendor or
//! another one. The program `worker` asks, as only it speaks with vendors.
//!
//! Of a sample the first pages are compared: it is chosen so that they hold it, as a rule.

mod rows;

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use chrono::{DateTime, SecondsFormat, Utc};
use clickhouse::Row;
use common::tables::{CellKind, Column, Table};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use xxhash_rust::xxh3::xxh3_64;

use self::rows::{Difference, Rows, covered, differences, keyed, place, time_of};
use super::Audit;
use super::expect::at;
use super::facts::{Span, State};
use super::judge::Rule;
use super::stored::{self, Shelf, text};
use crate::cli::{AuditArgs, Sample};
use crate::failure::usage;
use crate::listing::attempt;

const MINUTE: i64 = 60_000_000_000;
const DAY: i64 = 1_440 * MINUTE;
/// Points of a grid in a sample: no vendor has smaller pages.
const POINTS: i64 = 100;
/// Rows that a worker prints of a reply at most.
const MOST_ROWS: &str = "1000000";
/// Replies that are read of a sample at most.
const MOST_PAGES: &str = "20";
/// A share of a long range is many samples, each a request or more.
const MOST_SAMPLES: u64 = 1_000;
const MOST_EXAMPLES: usize = 10;

/// What came of a comparison.
#[derive(Debug, Default, Serialize)]
pub(super) struct Compared {
    with: String,
    tolerance: f64,
    samples: usize,
    rows: usize,
    differing: usize,
    examples: Vec<Example>,
    /// Samples of which nothing can be said, and why.
    failed: Vec<String>,
}

/// A value that differs.
#[derive(Debug, Serialize)]
struct Example {
    symbol: String,
    at: DateTime<Utc>,
    column: String,
    stored: String,
    said: String,
}

/// A part of what is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    /// The place of its symbol in the report.
    place: usize,
    span: Span,
}

#[derive(Debug, Row, Deserialize)]
struct Cells {
    cells: Vec<String>,
}

impl Compared {
    /// Whether all that could be compared is alike, and anything could.
    pub(super) fn is_alike(&self) -> bool {
        self.differing == 0 && self.failed.is_empty()
    }

    fn add(&mut self, symbol: &str, time: Option<usize>, found: Vec<Difference>) {
        self.differing += found.len();
        let left = MOST_EXAMPLES.saturating_sub(self.examples.len());
        self.examples
            .extend(found.into_iter().take(left).map(|found| Example {
                symbol: symbol.to_owned(),
                at: at(time_of(&found.key, time).unwrap_or_default()),
                column: found.column,
                stored: found.stored,
                said: found.said,
            }));
    }

    pub(super) fn human(&self) -> String {
        let mut text = format!(
            "compared with {}: {} rows in {} samples, {} differ\n",
            self.with, self.rows, self.samples, self.differing
        );
        for example in &self.examples {
            let at = example.at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
            let Example {
                symbol,
                column,
                stored,
                said,
                ..
            } = example;
            text += &format!(
                "  {symbol} {at} {column}: stored {stored}, {} says {said}\n",
                self.with
            );
        }
        for why in &self.failed {
            text += &format!("  not compared: {why}\n");
        }
        text
    }
}

/// Compares samples with what their own vendor says now; what differs is stale.
pub(super) async fn verify(
    audit: &mut Audit,
    shelf: &Shelf<'_>,
    args: &AuditArgs,
    sample: Sample,
    seed: u64,
) -> anyhow::Result<()> {
    let source = audit.expected.source;
    let parts = samples(audit, shelf.rule, sample, seed);
    let mut compared = Compared {
        with: source.to_owned(),
        ..Compared::default()
    };
    for part in parts {
        let before = compared.differing;
        compare(audit, shelf, args, &part, (source, None), &mut compared).await?;
        if compared.differing > before {
            audit
                .report
                .mark_stale(part.place, part.span, "the vendor says something else now");
        }
    }
    audit.report.verified = Some(compared);
    Ok(())
}

/// Compares samples with what another vendor says.
pub(super) async fn against(
    audit: &mut Audit,
    shelf: &Shelf<'_>,
    args: &AuditArgs,
    other: &str,
    seed: u64,
) -> anyhow::Result<()> {
    let other = sources::find_or_list(other)
        .map_err(|error| usage(error.to_string()))?
        .name();
    if !matches!(shelf.rule, Rule::Grid(_)) {
        return Err(usage(format!(
            "only what lies on a grid of time, such as bars, can be held against another vendor: not {} of {}",
            audit.expected.dataset.name, audit.expected.source
        )));
    }
    let parts = samples(audit, shelf.rule, args.verify.unwrap_or_default(), seed);
    let mut compared = Compared {
        with: other.to_owned(),
        tolerance: args.tolerance,
        ..Compared::default()
    };
    for part in parts {
        compare(
            audit,
            shelf,
            args,
            &part,
            (other, Some(args.tolerance)),
            &mut compared,
        )
        .await?;
    }
    audit.report.against = Some(compared);
    Ok(())
}

/// Parts of what is data, spread by a seed.
fn samples(audit: &Audit, rule: Rule, sample: Sample, seed: u64) -> Vec<Part> {
    let length = match rule {
        Rule::Grid(grid) => grid.step.saturating_mul(POINTS),
        Rule::Ids | Rule::Flow => 5 * MINUTE,
        Rule::Sessions(_) | Rule::Nothing => DAY,
    };
    let mut parts = Vec::new();
    for (place, symbol) in audit.report.symbols().iter().enumerate() {
        for shown in symbol
            .intervals
            .iter()
            .filter(|shown| shown.state == State::Data)
        {
            // Whole lengths since 1970, so that days are days.
            let mut from = shown.span.from;
            while from < shown.span.to {
                let to = (from.div_euclid(length) + 1) * length;
                let span = Span::new(from, to.min(shown.span.to));
                parts.push(Part { place, span });
                from = to;
            }
        }
    }
    let wanted = match sample {
        Sample::Windows(count) => u64::from(count),
        Sample::Share(share) => (parts.len() as f64 * share).ceil() as u64,
    };
    let order =
        |part: &Part| xxh3_64(format!("{seed} {} {}", part.place, part.span.from).as_bytes());
    parts.sort_by_cached_key(order);
    parts.truncate(usize::try_from(wanted.min(MOST_SAMPLES)).unwrap_or(usize::MAX));
    parts
}

async fn compare(
    audit: &Audit,
    shelf: &Shelf<'_>,
    args: &AuditArgs,
    part: &Part,
    (source, tolerance): (&str, Option<f64>),
    compared: &mut Compared,
) -> anyhow::Result<()> {
    let symbol = &audit.report.symbols()[part.place];
    compared.samples += 1;
    // Another vendor knows our name, its own one the name that was written.
    let name = match tolerance {
        None => symbol.asked.clone(),
        Some(_) => symbol.asked.as_ref().map(|_| symbol.symbol.clone()),
    };
    let (said, is_whole) = match asked(audit, args, source, name.as_deref(), part.span).await {
        Ok(said) => said,
        Err(error) => {
            compared.failed.push(format!(
                "{} {}: {error:#}",
                symbol.symbol,
                at(part.span.from)
            ));
            return Ok(());
        }
    };
    for &table in shelf.tables {
        let key = match tolerance {
            None => shelf.sorting_key(table).await?,
            Some(_) => stored::time_column(table)
                .map(str::to_owned)
                .into_iter()
                .collect(),
        };
        let told = said.iter().filter(|row| row["table"] == table.name());
        let mut told: Rows = told.map(|row| keyed(row, &key)).collect();
        let time = place(table, &key);
        let mut span = part.span;
        if !is_whole {
            span = covered(&told, time, span);
            told.retain(|key, _| {
                time_of(key, time).is_some_and(|at| span.holds(Span::new(at, at + 1)))
            });
        }
        let here = rows(shelf, table, &symbol.symbol, span, &key).await?;
        if !is_whole && told.is_empty() {
            let from = at(part.span.from);
            compared.failed.push(format!(
                "{} {from}: its first replies hold no rows",
                symbol.symbol
            ));
        }
        compared.rows += here.keys().filter(|key| told.contains_key(*key)).count();
        compared.add(&symbol.symbol, time, differences(&here, &told, tolerance));
    }
    Ok(())
}

/// What the vendor says of a part, and whether that is all it has to say.
async fn asked(
    audit: &Audit,
    args: &AuditArgs,
    source: &str,
    symbol: Option<&str>,
    span: Span,
) -> anyhow::Result<(Vec<Map<String, Value>>, bool)> {
    let expected = &audit.expected;
    let dataset = sources::find_or_list(source)?.dataset(expected.dataset.name)?;
    let mut command = tokio::process::Command::new(attempt::program());
    if let Some(config) = &args.config {
        command.arg("--config").arg(config);
    }
    command.args([
        "try",
        "--source",
        source,
        "--dataset",
        dataset.name,
        "--rows",
        MOST_ROWS,
        "--pages",
        MOST_PAGES,
    ]);
    command.args([
        "--from",
        &at(span.from).to_rfc3339(),
        "--to",
        &at(span.to).to_rfc3339(),
    ]);
    command.args(symbol.iter().flat_map(|symbol| ["--symbol", *symbol]));
    let known = |name: &str| dataset.params.iter().any(|(known, _)| *known == name);
    for (name, value) in expected
        .params
        .iter()
        .filter(|(name, _)| known(name) && *name != "via")
    {
        command.arg("--param").arg(format!("{name}={value}"));
    }
    let output = command
        .output()
        .await
        .context("cannot run the program worker")?;
    let told = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        let last = told.lines().last().unwrap_or("it ended without a word");
        bail!("{}", last.trim_start_matches("error: "));
    }
    let lines = output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    let rows = lines
        .map(serde_json::from_slice)
        .collect::<Result<Vec<_>, _>>()?;
    let last = told.lines().last().unwrap_or_default();
    Ok((rows, !last.contains("more pages follow")))
}

/// What is stored, each row once, every cell as text.
async fn rows(
    shelf: &Shelf<'_>,
    table: Table,
    symbol: &str,
    span: Span,
    key: &[String],
) -> anyhow::Result<Rows> {
    let Some(time) = stored::time_column(table) else {
        return Ok(Rows::new());
    };
    let columns = table.columns();
    let cell = |column: &Column| match (column.name, column.takes) {
        (name, CellKind::Time) => format!("ifNull(toString(toUnixTimestamp64Nano({name})), '')"),
        (name, _) => format!("ifNull(toString({name}), '')"),
    };
    let cells: Vec<_> = columns.iter().map(cell).collect();
    let mut conditions = shelf.conditions(time, span);
    if stored::has_symbol(table) && !symbol.is_empty() {
        conditions.push(format!("symbol = {}", text(symbol)));
    }
    let sql = format!(
        "SELECT [{}] AS cells FROM `{}`.{} FINAL WHERE {}",
        cells.join(", "),
        shelf.settings.database,
        table.name(),
        conditions.join(" AND ")
    );
    let found: Vec<Cells> = shelf.fetch(&sql).await?;
    let row = |cells: Cells| {
        let cells: BTreeMap<_, _> = columns
            .iter()
            .map(|column| column.name.to_owned())
            .zip(cells.cells)
            .collect();
        let key = key
            .iter()
            .map(|name| cells.get(name).cloned().unwrap_or_default())
            .collect();
        (key, cells)
    };
    Ok(found.into_iter().map(row).collect())
}
