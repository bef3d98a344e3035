//! Rows held against rows. Pure.

use std::collections::{BTreeMap, BTreeSet};

use common::tables::Table;
use serde_json::{Map, Value};

use crate::audit::facts::Span;
use crate::audit::stored;

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

/// A row: its key, and its other cells by column.
pub(super) type Rows = BTreeMap<Vec<String>, BTreeMap<String, String>>;

/// A row that is not alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) key: Vec<String>,
    /// The first column that differs; `row` where one of the two has none.
    pub(super) column: String,
    pub(super) stored: String,
    pub(super) said: String,
}

/// The cells of a row as text, the key apart.
pub(super) fn keyed(
    row: &Map<String, Value>,
    key: &[String],
) -> (Vec<String>, BTreeMap<String, String>) {
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

/// When a row was, by its key.
pub(super) fn time_of(key: &[String], place: Option<usize>) -> Option<i64> {
    key.get(place?)?.parse().ok()
}

/// From the first row of a page to its last one, without the outermost instants: of them there may be
/// more on the next page.
pub(super) fn covered(rows: &Rows, place: Option<usize>, span: Span) -> Span {
    let times: BTreeSet<i64> = rows.keys().filter_map(|key| time_of(key, place)).collect();
    match (times.first(), times.last()) {
        (Some(first), Some(last)) => Span::new(first + 1, *last).within(span),
        _ => Span::new(span.from, span.from),
    }
}

/// Where in a key the time of the row stands.
pub(super) fn place(table: Table, key: &[String]) -> Option<usize> {
    let time = stored::time_column(table)?;
    key.iter().position(|name| name == time)
}

/// What differs between what is stored and what is said.
pub(super) fn differences(here: &Rows, told: &Rows, tolerance: Option<f64>) -> Vec<Difference> {
    let keys: BTreeSet<_> = here.keys().chain(told.keys()).collect();
    let difference = |key: &Vec<String>| {
        let row =
            |stored: &str, said: &str| Some(["row".to_owned(), stored.to_owned(), said.to_owned()]);
        let found = match (here.get(key), told.get(key)) {
            (Some(here), Some(told)) => first_difference(here, told, tolerance),
            (Some(_), None) => row("there", "none"),
            (None, _) => row("none", "there"),
        };
        found.map(|[column, stored, said]| Difference {
            key: key.clone(),
            column,
            stored,
            said,
        })
    };
    keys.into_iter().filter_map(difference).collect()
}

fn first_difference(
    here: &BTreeMap<String, String>,
    told: &BTreeMap<String, String>,
    tolerance: Option<f64>,
) -> Option<[String; 3]> {
    here.iter().find_map(|(column, stored)| {
        let said = told.get(column)?;
        let is_same = match tolerance {
            None => stored == said || numbers(stored, said).is_some_and(|(a, b)| a == b),
            Some(_) if !COMMON.contains(&column.as_str()) => true,
            Some(tolerance) => numbers(stored, said)
                .is_none_or(|(a, b)| (a - b).abs() <= tolerance * a.abs().max(b.abs())),
        };
        (!is_same).then(|| [column.clone(), stored.clone(), said.clone()])
    })
}

fn numbers(a: &str, b: &str) -> Option<(f64, f64)> {
    Some((a.parse().ok()?, b.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rows(rows: &[(i64, &str)]) -> Rows {
        let key = ["open_time".to_owned()];
        let row = |(time, close): &(i64, &str)| {
            let row = json!({"open_time": time.to_string(), "close": close, "trade_count": 7, "vwap": null});
            keyed(row.as_object().unwrap(), &key)
        };
        rows.iter().map(row).collect()
    }

    #[test]
    fn every_value_counts_unless_a_tolerance_is_given() {
        let told = |here: &[(i64, &str)], there: &[(i64, &str)], tolerance| {
            let found = differences(&rows(here), &rows(there), tolerance);
            let words = found
                .iter()
                .map(|found| format!("{} {} {}", found.column, found.stored, found.said));
            words.collect::<Vec<_>>().join(", ")
        };
        assert_eq!(told(&[(1, "10.5")], &[(1, "10.50")], None), "");
        assert_eq!(
            told(&[(1, "10.5")], &[(1, "10.6")], None),
            "close 10.5 10.6"
        );
        assert_eq!(told(&[(1, "10.5")], &[(1, "10.6")], Some(0.02)), "");
        assert_eq!(
            told(&[(1, "10.5")], &[(1, "11.6")], Some(0.02)),
            "close 10.5 11.6"
        );
        assert_eq!(
            told(&[(1, "1"), (2, "1")], &[(2, "1"), (3, "1")], None),
            "row there none, row none there"
        );
    }

    #[test]
    fn of_a_page_that_others_follow_the_ends_are_left_out() {
        let found = covered(
            &rows(&[(5, "1"), (7, "1"), (9, "1")]),
            Some(0),
            Span::new(0, 100),
        );
        assert_eq!(found, Span::new(6, 9));
    }
}
