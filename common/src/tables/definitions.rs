//! Every table, and the macro that declares its columns.
//!
//! Each area declares its rows in a file of its own; a row type, the builder that collects such
//! rows and the Arrow schema follow from one declaration. The order of the columns is a contract
//! with readers: new ones come last. `version` (when the worker fetched the row, nanoseconds UTC)
//! is added to each batch when it is closed, and decides which of two copies of a row a reader
//! sees.

use arrow_array::ArrayRef;
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use super::cells::{Cell, CellError, Column};
use super::derivatives::*;
use super::rows::Rows;
use super::{competitions::*, football::*, ledger::*, market::*};

/// The column that every table ends with.
const VERSION: &str = "version";

/// What follows from the columns of a row.
#[doc(hidden)]
pub trait Columns {
    /// Collects rows into columns.
    type Builder: Default;
    /// The Arrow fields, without `version`.
    fn fields() -> Vec<Field>;
    /// Adds the row.
    fn push_onto(&self, builder: &mut Self::Builder);
    /// Takes the columns out.
    fn finish(builder: &mut Self::Builder) -> Vec<ArrayRef>;
}

/// Declares row types by their columns.
macro_rules! row_types {
    ($($(#[$doc:meta])* $row:ident { $($(#[$column_doc:meta])* $column:ident: $kind:ident,)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq)]
            pub struct $row<'a> { $($(#[$column_doc])* pub $column: <$kind as Kind>::Value<'a>,)* }

            impl<'a> $row<'a> {
                pub(super) const COLUMNS: &'static [$crate::tables::Column] = &[$($crate::tables::Column {
                    name: stringify!($column),
                    takes: <$kind as Kind>::TAKES,
                    nullable: <$kind as Kind>::NULLABLE,
                },)*];

                pub(super) fn of_cells(
                    cell: &mut dyn FnMut(&'static str) -> Option<$crate::tables::Cell<'a>>,
                ) -> Result<Self, $crate::tables::CellError> {
                    Ok(Self { $($column: <$kind as Kind>::take(stringify!($column), cell(stringify!($column)))?,)* })
                }
            }

            const _: () = {
                #[derive(Debug)]
                pub struct Builder { $($column: <$kind as Kind>::Builder,)* }

                impl Default for Builder {
                    fn default() -> Self { Self { $($column: $kind::builder(),)* } }
                }

                impl $crate::tables::Columns for $row<'_> {
                    type Builder = Builder;
                    fn fields() -> Vec<arrow_schema::Field> {
                        vec![$(arrow_schema::Field::new(stringify!($column), $kind::data_type(), $kind::NULLABLE),)*]
                    }
                    #[inline]
                    fn push_onto(&self, builder: &mut Builder) {
                        $($kind::append(&mut builder.$column, &self.$column);)*
                    }
                    fn finish(builder: &mut Builder) -> Vec<arrow_array::ArrayRef> {
                        vec![$($crate::tables::collect::Collect::finish(&mut builder.$column),)*]
                    }
                }
            };
        )*
    };
}
pub(super) use row_types;

macro_rules! tables {
    ($($(#[$doc:meta])* $row:ident, $name:ident;)*) => {
        /// A table of the store.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Table { $($(#[$doc])* $row,)* }

        impl Table {
            /// All tables, in the order of their discriminants.
            pub const ALL: &[Table] = &[$(Table::$row,)*];

            /// The name in ClickHouse and in subjects.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Table::$row => stringify!($name),)* }
            }

            /// The table of that name.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|table| table.name() == name)
            }

            /// Its columns, without `version`.
            #[must_use]
            pub fn columns(self) -> &'static [Column] {
                match self { $(Table::$row => $row::COLUMNS,)* }
            }

            /// The Arrow schema of a record batch, `version` included.
            #[must_use]
            pub fn schema(self) -> SchemaRef {
                let mut fields = match self { $(Table::$row => $row::fields(),)* };
                fields.push(Field::new(VERSION, DataType::UInt64, false));
                Schema::new(fields).into()
            }
        }

        /// One builder a table, made when its first row comes.
        #[doc(hidden)]
        #[derive(Default)]
        pub struct Builders { $($name: Option<Box<<$row<'static> as Columns>::Builder>>,)* }

        impl Builders {
            pub(super) fn finish(&mut self, table: Table) -> Vec<ArrayRef> {
                match table {
                    $(Table::$row => $row::finish(self.$name.get_or_insert_default()),)*
                }
            }
        }

        impl Rows {
            /// Adds a row of cells: `cell` is asked for each column once, in their order.
            ///
            /// # Errors
            /// When a cell does not fit its column; nothing is added then.
            pub fn push_cells<'a>(
                &mut self,
                table: Table,
                cell: &mut dyn FnMut(&'static str) -> Option<Cell<'a>>,
            ) -> Result<(), CellError> {
                match table { $(Table::$row => self.push(&$row::of_cells(cell)?),)* }
                Ok(())
            }
        }

        $(
            impl super::rows::Row for $row<'_> {
                const TABLE: Table = Table::$row;
                fn push_to(&self, builders: &mut Builders) {
                    self.push_onto(builders.$name.get_or_insert_default());
                }
            }
        )*
    };
}

tables! {
    /// A trade, or an aggregate of trades where the vendor aggregates.
    Trade, trades;
    /// A closed bar.
    Kline, klines;
    /// The best bid and ask at an instant.
    Quote, quotes;
    /// The levels of an order book at an instant.
    BookSnapshot, book_snapshots;
    /// A change of one level of an order book.
    BookDelta, book_deltas;
    /// A summary of a market at an instant.
    Ticker, tickers;
    /// What can be traded, from an instant on.
    Instrument, instruments;
    /// A split of a share.
    Split, splits;
    /// A funding of a perpetual contract.
    FundingRate, funding_rates;
    /// Open positions at an instant.
    OpenInterest, open_interest;
    /// How longs compare to shorts over a period.
    LongShortRatio, long_short_ratios;
    /// A bar of an index of implied volatility.
    VolatilityIndex, volatility_index;
    /// A position closed by force.
    Liquidation, liquidations;
    /// A football match.
    Match, matches;
    /// Something that happened in a match.
    MatchEvent, match_events;
    /// A shot.
    MatchShot, match_shots;
    /// A player in a line-up.
    MatchLineup, match_lineups;
    /// A figure of a match, one row a side.
    MatchStat, match_stats;
    /// A team's place in a table of a competition.
    Standing, standings;
    /// A scorer of a season.
    Scorer, scorers;
    /// A team of a season.
    Team, teams;
    /// A reply as it came, for what is not yet normalised.
    Document, documents;
    /// The ledger: what became of an item.
    WorkLog, work_log;
}
