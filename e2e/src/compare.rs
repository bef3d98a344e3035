//! What a reader of the store sees, held against what the oracle says must be there.
//!
//! Every row becomes one line of text, every line a hash, and the hashes of a table are added up:
//! two tables are equal when counts and sums are. The store computes its side itself, so a
//! comparison moves no rows; only when it fails are the lines fetched to show the difference.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Decimal128Type, Float64Type, Int64Type, TimestampNanosecondType, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use common::Decimal;
use common::tables::{Batch, Table};
use serde::Serialize;
use xxhash_rust::xxh64::xxh64;

use crate::fleet::Fleet;

const SEPARATOR: char = '\u{1f}';
const NOTHING: &str = "\\N";

/// Rows that must be visible, by table and source.
#[derive(Debug, Default)]
pub struct Expected {
    tables: BTreeMap<(Table, String), BTreeSet<String>>,
}

/// The rows of one source in one table, compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// The table.
    pub table: &'static str,
    /// The source.
    pub source: String,
    /// Rows that must be visible.
    pub rows_expected: u64,
    /// Rows in the table, copies that are not merged yet included.
    pub rows_stored: u64,
    /// Rows that a reader sees.
    pub rows_visible: u64,
    /// Whether a reader sees exactly the rows that must be.
    pub equal: bool,
    /// Some lines that are missing (`-`) or must not be there (`+`).
    pub differences: Vec<String>,
}

impl Expected {
    /// Adds rows; a row that was added before counts once.
    pub fn add(&mut self, batches: impl IntoIterator<Item = Batch>) {
        for batch in batches {
            let Some(source) = batch
                .columns
                .column_by_name("source")
                .filter(|column| !column.is_empty())
            else {
                continue;
            };
            let source = source.as_string::<i32>().value(0).to_owned();
            let lines = self.tables.entry((batch.table, source)).or_default();
            let columns = &batch.columns.columns()[..batch.columns.num_columns() - 1];
            lines.extend((0..batch.columns.num_rows()).map(|row| line(columns, row)));
        }
    }

    /// Rows that must be visible in a table, over all sources.
    #[must_use]
    pub fn rows(&self, table: Table) -> u64 {
        self.tables
            .iter()
            .filter(|((of, _), _)| *of == table)
            .map(|(_, lines)| lines.len() as u64)
            .sum()
    }

    /// Compares every table that rows were added for.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn compare(&self, fleet: &Fleet) -> anyhow::Result<Vec<Comparison>> {
        let mut all = Vec::new();
        for ((table, source), lines) in &self.tables {
            all.push(compare(fleet, *table, source, lines).await?);
        }
        Ok(all)
    }

    /// As [`Expected::compare`], for tests.
    ///
    /// # Errors
    /// When a table differs, with the differences.
    pub async fn check(&self, fleet: &Fleet) -> anyhow::Result<()> {
        for table in self.compare(fleet).await? {
            anyhow::ensure!(table.equal, "{table:#?}");
        }
        Ok(())
    }
}

async fn compare(
    fleet: &Fleet,
    table: Table,
    source: &str,
    lines: &BTreeSet<String>,
) -> anyhow::Result<Comparison> {
    let (name, expression) = (table.name(), sql_line(table));
    let rows = format!("{name}_final WHERE source = '{source}'");
    let sql = format!("SELECT count(), sum(xxHash64({expression})) FROM {rows} FORMAT TSV");
    let answer = fleet.query(&sql).await?;
    let (visible, sum) = answer.split_once('\t').unwrap_or((&answer, ""));
    let stored: u64 = fleet
        .query(&format!(
            "SELECT count() FROM {name} WHERE source = '{source}'"
        ))
        .await?
        .parse()?;
    let expected_sum = lines.iter().fold(0u64, |sum, line| {
        sum.wrapping_add(xxh64(line.as_bytes(), 0))
    });
    let visible: u64 = visible.parse()?;
    let equal = visible == lines.len() as u64 && (sum == expected_sum.to_string());
    let differences = if equal {
        Vec::new()
    } else {
        differences(fleet, &rows, &expression, lines).await?
    };
    Ok(Comparison {
        table: name,
        source: source.to_owned(),
        rows_expected: lines.len() as u64,
        rows_stored: stored,
        rows_visible: visible,
        equal,
        differences,
    })
}

async fn differences(
    fleet: &Fleet,
    rows: &str,
    expression: &str,
    expected: &BTreeSet<String>,
) -> anyhow::Result<Vec<String>> {
    let answer = fleet
        .query(&format!(
            "SELECT {expression} FROM {rows} FORMAT JSONCompactEachRow"
        ))
        .await?;
    let mut visible: BTreeMap<String, u64> = BTreeMap::new();
    for row in answer.lines() {
        let [line]: [String; 1] = serde_json::from_str(row)?;
        *visible.entry(line).or_default() += 1;
    }
    let show = |sign: char, line: &str| format!("{sign} {}", line.replace(SEPARATOR, " | "));
    let missing = expected
        .iter()
        .filter(|line| !visible.contains_key(*line))
        .map(|line| show('-', line));
    let extra = visible
        .iter()
        .filter(|(line, count)| **count > 1 || !expected.contains(*line))
        .map(|(line, _)| show('+', line));
    Ok(missing
        .take(5)
        .chain(extra.take(5))
        .map(|line| line.chars().take(600).collect())
        .collect())
}

/// The expression that makes a row's line; all columns but `version`.
fn sql_line(table: Table) -> String {
    let schema = table.schema();
    let fields = &schema.fields()[..schema.fields().len() - 1];
    let columns = fields.iter().map(|field| {
        let name = format!("`{}`", field.name());
        let text = match field.data_type() {
            DataType::Timestamp(..) => format!("toString(toUnixTimestamp64Nano({name}))"),
            // The bits, so that no printing of floats can differ.
            DataType::Float64 => format!("toString(reinterpretAsUInt64(assumeNotNull({name})))"),
            DataType::Boolean => format!("toString(toUInt8({name}))"),
            _ => format!("toString({name})"),
        };
        if field.is_nullable() {
            format!("if(isNull({name}), '\\\\N', assumeNotNull({text}))")
        } else {
            text
        }
    });
    format!(
        "arrayStringConcat([{}], char(31))",
        columns.collect::<Vec<_>>().join(", ")
    )
}

fn line(columns: &[ArrayRef], row: usize) -> String {
    columns
        .iter()
        .map(|column| cell(column, row))
        .collect::<Vec<_>>()
        .join(&SEPARATOR.to_string())
}

fn cell(column: &ArrayRef, row: usize) -> String {
    if column.is_null(row) {
        return NOTHING.to_owned();
    }
    match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(row).to_owned(),
        DataType::Boolean => u8::from(column.as_boolean().value(row)).to_string(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::UInt64 => column.as_primitive::<UInt64Type>().value(row).to_string(),
        DataType::Float64 => column
            .as_primitive::<Float64Type>()
            .value(row)
            .to_bits()
            .to_string(),
        DataType::Timestamp(..) => column
            .as_primitive::<TimestampNanosecondType>()
            .value(row)
            .to_string(),
        DataType::Decimal128(..) => {
            Decimal::from_unscaled(column.as_primitive::<Decimal128Type>().value(row))
                .map_or_else(String::new, |decimal| decimal.to_string())
        }
        DataType::List(_) => format!("[{}]", levels(&column.as_list::<i32>().value(row))),
        other => unreachable!("no table has a column of type {other}"),
    }
}

/// Levels of a book as the store prints them: `(1.5,2),(1.4,3)`.
fn levels(rows: &ArrayRef) -> String {
    let columns = rows.as_struct().columns();
    (0..rows.len())
        .map(|row| {
            let figures: Vec<_> = columns.iter().map(|column| cell(column, row)).collect();
            format!("({})", figures.join(","))
        })
        .collect::<Vec<_>>()
        .join(",")
}
