//! Which rows of a table a request has filled.
//!
//! Rows do not say which job stored them, and need not: what was asked for is told by the vendor,
//! the symbols, the time and the constant columns of its rows, or by the ids. Where a table has
//! none of these (a season of a competition, what is as it is now), the time at which a row was
//! fetched is all there is, and who asks must say so.
//!
//! `producer export` makes queries of it; `e2e/tests/seeded` holds it against every dataset.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use common::jobs::{Part, Request};
use common::tables::{CellKind, Table};

use crate::plan::PlanError;
use crate::source::{Selection, Source};

/// What holds for every row of the request; all of them hold for the request's rows alone, but for
/// [`Term::Fetched`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// The column holds this.
    Text {
        /// The column.
        column: &'static str,
        /// What it holds.
        text: String,
    },
    /// `symbol` or `venue_symbol` is one of these, in any letters.
    Symbols(Vec<String>),
    /// The column holds an instant of this window.
    Window {
        /// The column.
        column: &'static str,
        /// First instant.
        from: DateTime<Utc>,
        /// First instant no longer in it.
        to: DateTime<Utc>,
    },
    /// The column holds an id of the request, and this behind it.
    Id {
        /// The column.
        column: &'static str,
        /// What stands behind the id; mostly nothing.
        suffix: String,
    },
    /// It was fetched while the job ran: nothing else tells.
    Fetched,
}

/// What tells the rows of a request in one of its dataset's tables.
///
/// # Errors
/// When the source has no such dataset (any more).
pub fn terms(source: &dyn Source, request: &Request, table: Table) -> Result<Vec<Term>, PlanError> {
    let dataset = source.dataset(&request.dataset)?;
    let mut terms = vec![text("source", source.name())];
    if table == Table::Document {
        terms.push(text("dataset", dataset.name));
        terms.push(match &request.part {
            Part::Ids { .. } => Term::Id {
                column: "id",
                suffix: source.document_suffix(&request.params),
            },
            Part::Range { .. } | Part::Windows { .. } => Term::Fetched,
        });
        return Ok(terms);
    }
    let constants = source.constants(dataset.name, table, &request.params);
    let constants = constants.into_iter();
    terms.extend(constants.map(|(column, value)| text(column, &value)));
    let range = match &request.part {
        Part::Ids { .. } => {
            terms.push(id_of(dataset.tables));
            return Ok(terms);
        }
        Part::Range {
            symbols, from, to, ..
        } => Some((symbols.clone(), *from, *to)),
        // All of the time that they lie in.
        Part::Windows { windows } => {
            let symbols = windows.iter().filter_map(|window| window.symbol.clone());
            let from = windows.iter().map(|window| window.segment.from).min();
            let to = windows.iter().map(|window| window.segment.to).max();
            from.zip(to).map(|(from, to)| (symbols.collect(), from, to))
        }
    };
    let by_time = !matches!(
        dataset.selection,
        Selection::Snapshot | Selection::Now | Selection::Ids
    );
    let Some((symbols, from, to)) = range.filter(|_| by_time) else {
        terms.push(Term::Fetched);
        return Ok(terms);
    };
    let named = has_column(table, "symbol");
    let symbols = if symbols.is_empty() {
        listed_in(&request.params)
    } else {
        symbols
    };
    match time_column(table) {
        Some(column) if named || symbols.is_empty() => {
            let end = TimeDelta::nanoseconds(source.keeps_end(dataset.name).into());
            terms.push(Term::Window {
                column,
                from,
                to: to + end,
            });
            if !symbols.is_empty() {
                terms.push(Term::Symbols(names(source, &symbols)));
            }
        }
        _ => terms.push(Term::Fetched),
    }
    Ok(terms)
}

/// The columns that hold what a parameter of the same name says: what [`Source::constants`] gives
/// of a vendor that has no more of them.
#[must_use]
pub fn alike(table: Table, params: &BTreeMap<String, String>) -> Vec<(&'static str, String)> {
    let columns = table.columns().iter();
    let columns = columns.filter(|column| column.takes == CellKind::Text);
    columns
        .filter_map(|column| Some((column.name, params.get(column.name)?.clone())))
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

/// Which column of a table says when a row happened.
fn time_column(table: Table) -> Option<&'static str> {
    let mut columns = table.columns().iter();
    let column = columns.find(|column| column.takes == CellKind::Time)?;
    Some(column.name)
}

/// Symbols that are a parameter, where a dataset is of all symbols unless told otherwise.
fn listed_in(params: &BTreeMap<String, String>) -> Vec<String> {
    let given = ["symbols", "ticker"].into_iter();
    let given = given.filter_map(|name| params.get(name));
    let names = given.flat_map(|list| list.split(','));
    let names = names.map(str::trim).filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

/// The symbols as rows may have them.
fn names(source: &dyn Source, written: &[String]) -> Vec<String> {
    let both = written
        .iter()
        .flat_map(|written| [written.clone(), source.listed_name(written)]);
    let mut names: Vec<_> = both.map(|name| name.trim().to_ascii_uppercase()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// A dataset that fills tables of single matches is asked for by match; one that only fills
/// `matches` may have been asked by team, person or league.
fn id_of(tables: &[Table]) -> Term {
    let of_matches = |table: &Table| *table != Table::Match && has_column(*table, "match_id");
    if tables.iter().any(of_matches) {
        Term::Id {
            column: "match_id",
            suffix: String::new(),
        }
    } else {
        Term::Fetched
    }
}

fn has_column(table: Table, name: &str) -> bool {
    table.columns().iter().any(|column| column.name == name)
}

fn text(column: &'static str, text: &str) -> Term {
    Term::Text {
        column,
        text: text.to_owned(),
    }
}
