//! The tables of the store, as the rows that sources produce.
//!
//! Each table is declared once, in the file of its area, and listed in `definitions.rs`: a row
//! type, the builder that collects rows into Arrow columns, and the Arrow schema follow from it.
//! The SQL of the same tables stands in `config/schema/`; a test of the writer holds the two
//! against each other.

mod cells;
pub mod collect;
pub mod columns;
mod competitions;
mod definitions;
mod derivatives;
mod football;
mod ledger;
mod market;
mod rows;

pub use cells::{Cell, CellError, CellKind, Column};
pub use competitions::*;
pub use definitions::*;
pub use derivatives::*;
pub use football::*;
pub use ledger::*;
pub use market::*;
pub use rows::{Batch, Row, Rows};
