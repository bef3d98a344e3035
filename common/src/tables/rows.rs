//! Collects rows of any tables and closes them into record batches.
//!
//! A source pushes rows while it reads a reply; the worker takes the batches out when they are
//! large enough. Nothing here knows where the rows go.

use std::fmt;
use std::sync::Arc;

use arrow_array::{RecordBatch, UInt64Array};

use super::definitions::{Builders, Table};

/// A row of one of the tables.
pub trait Row {
    /// Its table.
    const TABLE: Table;
    /// Adds it to the builder of its table.
    fn push_to(&self, builders: &mut Builders);
}

/// Rows on their way from a reply to `RECORDS`.
#[derive(Default)]
pub struct Rows {
    builders: Builders,
    /// By the place of the table in [`Table::ALL`].
    counts: [usize; Table::ALL.len()],
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waiting = Table::ALL.iter().zip(self.counts);
        f.debug_map()
            .entries(waiting.filter(|(_, count)| *count > 0))
            .finish()
    }
}

/// Closed rows of one table.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Where they belong.
    pub table: Table,
    /// Their columns, in the order of [`Table::schema`].
    pub columns: RecordBatch,
}

impl Rows {
    /// Adds a row.
    pub fn push<R: Row>(&mut self, row: &R) {
        row.push_to(&mut self.builders);
        self.counts[R::TABLE as usize] += 1;
    }

    /// How many rows wait, over all tables.
    #[must_use]
    pub fn len(&self) -> usize {
        self.counts.iter().sum()
    }

    /// Whether no row waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes everything out, a batch a table, each row stamped with `version` (the fetch time in
    /// nanoseconds UTC).
    pub fn take(&mut self, version: u64) -> Vec<Batch> {
        let counts = std::mem::take(&mut self.counts);
        let waiting = Table::ALL
            .iter()
            .zip(counts)
            .filter(|(_, count)| *count > 0);
        waiting
            .map(|(&table, count)| {
                let mut columns = self.builders.finish(table);
                columns.push(Arc::new(UInt64Array::from_value(version, count)));
                let columns = RecordBatch::try_new(table.schema(), columns)
                    .expect("builders and schema come from one declaration");
                Batch { table, columns }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{Document, Trade};

    #[test]
    fn rows_come_out_by_table_and_only_once() {
        let mut rows = Rows::default();
        rows.push(&Document {
            source: "s",
            dataset: "d",
            id: "1",
            body: "{}",
        });
        rows.push(&Document {
            source: "s",
            dataset: "d",
            id: "2",
            body: "{}",
        });
        rows.push(&Trade {
            source: "s",
            symbol: "BTC-USDT",
            venue_symbol: "BTCUSDT",
            trade_id: "1",
            ts: 1,
            price: "1.5".parse().unwrap(),
            amount: "2".parse().unwrap(),
            side: "buy",
            base_amount: None,
            quote_amount: None,
            flags: "",
            exchange: "",
        });
        assert_eq!(rows.len(), 3);
        let batches = rows.take(7);
        let sizes: Vec<_> = batches
            .iter()
            .map(|b| (b.table.name(), b.columns.num_rows()))
            .collect();
        assert_eq!(sizes, [("trades", 1), ("documents", 2)]);
        assert!(rows.is_empty());
        assert!(rows.take(8).is_empty());
    }
}
