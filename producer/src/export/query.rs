//! The queries of an export. Pure.
//!
//! Whatever a person wrote is bound, never put into the text.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use clickhouse::Client;
use common::jobs::{Job, Part};
use common::tables::Table;
use sources::extent::{self, Term};
use sources::{PlanError, Source};

/// How values look, in every format: all exact.
const SETTINGS: &[(&str, &str)] = &[
    ("date_time_output_format", "iso"),
    ("output_format_json_quote_decimals", "1"),
    ("output_format_json_quote_64bit_integers", "1"),
    ("output_format_write_statistics", "0"),
    ("output_format_parquet_string_as_string", "1"),
    ("format_csv_null_representation", ""),
];

/// A query whose answer is a file.
#[derive(Debug)]
pub(super) struct Query {
    /// What the file is called, without its extension.
    pub(super) name: &'static str,
    /// Whether rows are told by nothing but the time at which they were fetched.
    pub(super) by_time_of_fetching: bool,
    /// What is selected.
    columns: &'static str,
    /// What follows it.
    rest: String,
    bound: Vec<Bound>,
}

#[derive(Debug, Clone)]
enum Bound {
    Text(String),
    Texts(Vec<String>),
}

impl Query {
    /// The query, ready to be sent.
    pub(super) fn of(&self, client: &Client) -> clickhouse::query::Query {
        self.selecting(self.columns, client)
    }

    /// The same of other columns.
    pub(super) fn selecting(&self, columns: &str, client: &Client) -> clickhouse::query::Query {
        let mut query = client.query(&format!("SELECT {columns} {}", self.rest));
        for (name, value) in SETTINGS {
            query = query.with_setting(*name, *value);
        }
        for bound in &self.bound {
            query = match bound {
                Bound::Text(text) => query.bind(text),
                Bound::Texts(texts) => query.bind(texts),
            };
        }
        query
    }
}

/// What was stored, an id or a window a row.
pub(super) fn done(database: &str, job: &Job) -> Query {
    let ledger = table(database, Table::WorkLog);
    let (columns, outcome) = match job.request.part {
        Part::Ids { .. } => (
            "job, item, arrayJoin(ids) AS id, run, rows, requests, at",
            "",
        ),
        Part::Range { .. } | Part::Windows { .. } => (
            "job, item, symbol, window_from, window_to, run, rows, requests, at",
            "AND outcome = 'done'",
        ),
    };
    Query {
        name: "done",
        by_time_of_fetching: false,
        columns,
        rest: format!("FROM {ledger} FINAL WHERE job = ? {outcome} ORDER BY item, run"),
        bound: vec![name(job)],
    }
}

/// What is refused and was not tried again since, an id or a window a row.
pub(super) fn failed(database: &str, job: &Job) -> Query {
    let ledger = table(database, Table::WorkLog);
    let columns = match job.request.part {
        Part::Ids { .. } => {
            "job, item, each.1 AS id, each.2 AS step, each.3 AS reason, attempts, run, at"
        }
        Part::Range { .. } | Part::Windows { .. } => {
            "job, item, symbol, window_from, window_to, step, reason, attempts, run, at"
        }
    };
    // An item that was refused as a whole before its ids were known has none.
    let rest = format!(
        "FROM (SELECT *, arrayJoin(if(empty(refused_ids), [('', step, reason)], \
         arrayZip(refused_ids, refused_steps, refused_reasons))) AS each FROM {ledger} FINAL \
         WHERE job = ? AND outcome IN ('dead', 'partial') AND (item, run) NOT IN \
         (SELECT item, toUInt64(run - 1) FROM {ledger} WHERE job = ? AND run > 0)) ORDER BY item"
    );
    Query {
        name: "failed",
        by_time_of_fetching: false,
        columns,
        rest,
        bound: vec![name(job), name(job)],
    }
}

/// The rows of one table that the job asked for, each once.
///
/// # Errors
/// When the source no longer has the dataset.
pub(super) fn rows(
    database: &str,
    job: &Job,
    source: &dyn Source,
    of: Table,
) -> Result<Query, PlanError> {
    let terms = extent::terms(source, &job.request, of)?;
    let from = table(database, of);
    let (mut rest, mut bound) = (format!("FROM {from} FINAL WHERE "), Vec::new());
    conditions(&terms, database, job, &mut rest, &mut bound);
    // Names in any letters use no index, the names themselves do.
    if terms.iter().any(|term| matches!(term, Term::Symbols(_))) {
        rest += &format!(" AND symbol IN (SELECT symbol FROM {from} WHERE ");
        conditions(&terms, database, job, &mut rest, &mut bound);
        rest.push(')');
    }
    Ok(Query {
        name: of.name(),
        by_time_of_fetching: terms.contains(&Term::Fetched),
        columns: "*",
        rest,
        bound,
    })
}

/// Writes what holds for the rows, all of it.
fn conditions(
    terms: &[Term],
    database: &str,
    job: &Job,
    text: &mut String,
    bound: &mut Vec<Bound>,
) {
    for (number, term) in terms.iter().enumerate() {
        text.push_str(if number > 0 { " AND " } else { "" });
        condition(term, database, job, text, bound);
    }
}

/// Writes what holds for the rows.
fn condition(term: &Term, database: &str, job: &Job, text: &mut String, bound: &mut Vec<Bound>) {
    let ledger = table(database, Table::WorkLog);
    let written = match term {
        Term::Text { column, text: is } => {
            bound.push(Bound::Text(is.clone()));
            write!(text, "`{column}` = ?")
        }
        Term::Symbols(names) => {
            bound.extend([Bound::Texts(names.clone()), Bound::Texts(names.clone())]);
            write!(text, "(upper(symbol) IN ? OR upper(venue_symbol) IN ?)")
        }
        Term::Window { column, from, to } => {
            let [from, to] = [from, to].map(instant);
            write!(text, "`{column}` >= {from} AND `{column}` < {to}")
        }
        Term::Id { column, suffix } => {
            bound.extend([Bound::Text(suffix.clone()), name(job)]);
            write!(
                text,
                "`{column}` IN (SELECT concat(arrayJoin(ids), ?) FROM {ledger} FINAL WHERE job = ?)"
            )
        }
        Term::Fetched => {
            bound.push(name(job));
            write!(
                text,
                "version >= {} AND version <= (SELECT toUInt64(toUnixTimestamp64Nano(max(at))) \
                 FROM {ledger} FINAL WHERE job = ?)",
                fetched_from(job)
            )
        }
    };
    written.expect("a text takes all that is written to it");
}

/// The earliest that a row may have been fetched; a kept reply may be older than the job.
fn fetched_from(job: &Job) -> i64 {
    match job.request.params.get("cache").map(String::as_str) {
        Some("read") => 0,
        _ => job.created_at.timestamp_nanos_opt().unwrap_or_default(),
    }
}

fn instant(at: &DateTime<Utc>) -> String {
    // Whatever lies beyond the year 2262 is no time of a row.
    let ns = at.timestamp_nanos_opt().unwrap_or(i64::MAX);
    format!("fromUnixTimestamp64Nano(toInt64({ns}), 'UTC')")
}

fn table(database: &str, table: Table) -> String {
    format!("`{database}`.{}", table.name())
}

fn name(job: &Job) -> Bound {
    Bound::Text(job.name.to_string())
}
