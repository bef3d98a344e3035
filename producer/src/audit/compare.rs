//! `--verify` and `--against`: what a vendor says now of samples of what is stored, its own vendor or
//! another one. The program `worker` asks, as only it speaks with vendors.
//!
//! Of a sample the first page is compared: the sample is chosen so that a page holds it, as a rule.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, bail};
use chrono::{DateTime, SecondsFormat, Utc};
use clickhouse::Row;
use common::tables::{CellKind, Column, Table};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use xxhash_rust::xxh3::xxh3_64;

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
const MOST_ROWS: &str = "100000";
/// A share of a long range is many samples, each a request or more.
const MOST_SAMPLES: u64 = 1_000;
const MOST_EXAMPLES: usize = 10;
/// Of two vendors only these are of the same thing.
const COMMON: [&str; 7] = [
    "open",
    "high",
    "low",
    "close",
    "price",
    "funding_rate",
    "ratio",
];

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

/// A row: its key, and its other cells by column.
type Rows = BTreeMap<Vec<String>, BTreeMap<String, String>>;

#[derive(Debug, Row, Deserialize)]
struct Cells {
    cells: Vec<String>,
}

impl Compared {
    /// Whether all that could be compared is alike, and anything could.
    pub(super) fn is_alike(&self) -> bool {
        self.differing == 0 && self.failed.is_empty()
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
        let told: Vec<_> = said
            .iter()
            .filter(|row| row["table"] == table.name())
            .collect();
        let told = told
            .into_iter()
            .map(|row| keyed(row, &key))
            .collect::<Rows>();
        let mut told = told;
        let mut span = part.span;
        if !is_whole {
            span = covered(&told, table, &key, span);
            told.retain(|key_, _| {
                place(table, &key)
                    .and_then(|place| key_[place].parse().ok())
                    .is_some_and(|at: i64| span.from <= at && at < span.to)
            });
        }
        let here = rows(shelf, table, &symbol.symbol, span, &key).await?;
        differences(
            &symbol.symbol,
            table,
            &key,
            (&here, &told),
            tolerance,
            compared,
        );
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
    Ok((rows, !told.contains("more pages follow")))
}

/// The cells of a row as text, the key apart.
fn keyed(row: &Map<String, Value>, key: &[String]) -> (Vec<String>, BTreeMap<String, String>) {
    let word = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let cells = row.iter().filter(|(_, value)| !value.is_array());
    let cells: BTreeMap<_, _> = cells
        .map(|(name, value)| (name.clone(), word(value)))
        .collect();
    let key = key
        .iter()
        .map(|name| cells.get(name).cloned().unwrap_or_default());
    (key.collect(), cells)
}

/// From the first row of a page to its last one.
fn covered(rows: &Rows, table: Table, key: &[String], span: Span) -> Span {
    let place = place(table, key);
    let times = rows
        .keys()
        .filter_map(|key| key[place?].parse::<i64>().ok());
    let times: BTreeSet<i64> = times.collect();
    match (times.first(), times.last()) {
        // Of the outermost instants there may be more on the next page.
        (Some(first), Some(last)) => Span::new(first + 1, *last).within(span),
        _ => Span::new(span.from, span.from),
    }
}

/// Where in a key the time of the row stands.
fn place(table: Table, key: &[String]) -> Option<usize> {
    let time = stored::time_column(table)?;
    key.iter().position(|name| name == time)
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
    let mut conditions = vec![format!("source = {}", text(shelf.source))];
    if stored::has_symbol(table) && !symbol.is_empty() {
        conditions.push(format!("symbol = {}", text(symbol)));
    }
    for (column, value) in &shelf.stored_as {
        conditions.push(format!("{column} = {}", text(value)));
    }
    for (sign, ns) in [(">=", span.from), ("<", span.to)] {
        conditions.push(format!(
            "{time} {sign} fromUnixTimestamp64Nano(toInt64({ns}), 'UTC')"
        ));
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

/// Adds what differs between what is stored and what is said.
fn differences(
    symbol: &str,
    table: Table,
    key: &[String],
    (here, told): (&Rows, &Rows),
    tolerance: Option<f64>,
    compared: &mut Compared,
) {
    let time = place(table, key);
    let keys: BTreeSet<_> = here.keys().chain(told.keys()).collect();
    for key in keys {
        let found = match (here.get(key), told.get(key)) {
            (Some(here), Some(told)) => {
                compared.rows += 1;
                first_difference(here, told, tolerance)
            }
            (Some(_), None) => Some(("row".to_owned(), "there".to_owned(), "none".to_owned())),
            (None, _) => Some(("row".to_owned(), "none".to_owned(), "there".to_owned())),
        };
        let Some((column, stored, said)) = found else {
            continue;
        };
        compared.differing += 1;
        if compared.examples.len() < MOST_EXAMPLES {
            let ns = time
                .and_then(|place| key[place].parse().ok())
                .unwrap_or_default();
            compared.examples.push(Example {
                symbol: symbol.to_owned(),
                at: at(ns),
                column,
                stored,
                said,
            });
        }
    }
}

fn first_difference(
    here: &BTreeMap<String, String>,
    told: &BTreeMap<String, String>,
    tolerance: Option<f64>,
) -> Option<(String, String, String)> {
    here.iter().find_map(|(column, stored)| {
        let said = told.get(column)?;
        let is_same = match tolerance {
            None => stored == said || numbers(stored, said).is_some_and(|(a, b)| a == b),
            Some(_) if !COMMON.contains(&column.as_str()) => true,
            Some(tolerance) => numbers(stored, said)
                .is_none_or(|(a, b)| (a - b).abs() <= tolerance * a.abs().max(b.abs())),
        };
        (!is_same).then(|| (column.clone(), stored.clone(), said.clone()))
    })
}

fn numbers(a: &str, b: &str) -> Option<(f64, f64)> {
    Some((a.parse().ok()?, b.parse().ok()?))
}
