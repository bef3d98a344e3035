//! Rows whose columns are known only at run time: a cell for each column.
//!
//! For sources that a manifest describes. What a cell must hold follows from the declaration of
//! the table, as its Arrow type does; a cell of another kind is refused, never converted.

use std::fmt;

use crate::decimal::Decimal;

/// The value of one column of one row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// Text.
    Text(&'a str),
    /// An exact number.
    Decimal(Decimal),
    /// An instant, nanoseconds since 1970 in UTC.
    Time(i64),
    /// A whole number.
    Int(i64),
    /// A derived figure.
    Float(f64),
    /// Yes or no.
    Flag(bool),
    /// Levels of an order book: the price and the amount of each.
    Levels(&'a [(Decimal, Decimal)]),
    /// Any number of texts.
    Texts(&'a [&'a str]),
}

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "as in Cell")]
pub enum CellKind {
    Text,
    Decimal,
    Time,
    Int,
    Float,
    Flag,
    Levels,
    Texts,
}

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What its cells hold.
    pub takes: CellKind,
    /// Whether it may hold nothing.
    pub nullable: bool,
}

/// A cell that does not fit its column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellError {
    /// The column.
    pub column: &'static str,
    /// What it takes.
    pub takes: CellKind,
    /// What was given; `None` for nothing.
    pub given: Option<CellKind>,
}

impl Cell<'_> {
    /// What it holds.
    #[must_use]
    pub fn kind(self) -> CellKind {
        match self {
            Self::Text(_) => CellKind::Text,
            Self::Decimal(_) => CellKind::Decimal,
            Self::Time(_) => CellKind::Time,
            Self::Int(_) => CellKind::Int,
            Self::Float(_) => CellKind::Float,
            Self::Flag(_) => CellKind::Flag,
            Self::Levels(_) => CellKind::Levels,
            Self::Texts(_) => CellKind::Texts,
        }
    }
}

impl fmt::Display for CellKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "a text",
            Self::Decimal => "a decimal",
            Self::Time => "a time",
            Self::Int => "a whole number",
            Self::Float => "a figure",
            Self::Flag => "yes or no",
            Self::Levels => "levels",
            Self::Texts => "texts",
        })
    }
}

impl fmt::Display for CellError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { column, takes, .. } = self;
        match self.given {
            Some(given) => write!(f, "the column {column} takes {takes}, not {given}"),
            None => write!(f, "the column {column} must hold {takes}"),
        }
    }
}

impl std::error::Error for CellError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::to_json;
    use crate::tables::{Rows, Table};

    /// A cell that fits.
    fn fitting(takes: CellKind) -> Cell<'static> {
        match takes {
            CellKind::Text => Cell::Text("x"),
            CellKind::Decimal => Cell::Decimal("1.5".parse().unwrap()),
            CellKind::Time => Cell::Time(7),
            CellKind::Int => Cell::Int(3),
            CellKind::Float => Cell::Float(0.5),
            CellKind::Flag => Cell::Flag(true),
            CellKind::Levels => Cell::Levels(&[]),
            CellKind::Texts => Cell::Texts(&["x", "y"]),
        }
    }

    #[test]
    fn every_table_takes_cells_of_every_column() {
        for &table in Table::ALL {
            let kinds = table.columns();
            let of = |name: &str| kinds.iter().find(|column| column.name == name).unwrap();
            let mut rows = Rows::default();
            rows.push_cells(table, &mut |name| Some(fitting(of(name).takes)))
                .unwrap();
            rows.push_cells(table, &mut |name| {
                let column = of(name);
                (!column.nullable).then(|| fitting(column.takes))
            })
            .unwrap();
            let batch = rows.take(0).remove(0);
            let [full, bare] = &to_json(&batch.columns)[..] else {
                panic!("two rows")
            };
            for column in kinds {
                assert!(!full[column.name].is_null(), "{table:?} {column:?}");
                assert_eq!(bare[column.name].is_null(), column.nullable, "{column:?}");
            }
        }
    }

    #[test]
    fn what_does_not_fit_names_its_column_and_adds_nothing() {
        let mut rows = Rows::default();
        let mut push = |price: Option<Cell<'static>>| {
            let columns = Table::Trade.columns();
            let error = rows.push_cells(Table::Trade, &mut |name| {
                let column = columns.iter().find(|column| column.name == name).unwrap();
                if name == "price" {
                    price
                } else {
                    Some(fitting(column.takes))
                }
            });
            error.unwrap_err().to_string()
        };
        assert_eq!(push(None), "the column price must hold a decimal");
        assert_eq!(
            push(Some(Cell::Text("1"))),
            "the column price takes a decimal, not a text"
        );
        assert!(rows.is_empty());
        let log = |rows: i64| {
            let columns = Table::WorkLog.columns();
            Rows::default().push_cells(Table::WorkLog, &mut |name| {
                let column = columns.iter().find(|column| column.name == name).unwrap();
                Some(if name == "rows" {
                    Cell::Int(rows)
                } else {
                    fitting(column.takes)
                })
            })
        };
        assert!(
            log(0).is_ok() && log(-1).is_err(),
            "a count is not negative"
        );
    }
}
