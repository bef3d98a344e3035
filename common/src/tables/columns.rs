//! The kinds of column a table can have, each with its Rust value and its Arrow form.
//!
//! Only the declarations of rows name them. Floats are for derived figures alone (expected goals,
//! pitch coordinates); whatever a vendor means exactly is a [`Dec`].

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Decimal128Builder, Float64Builder, Int64Builder, TimestampNanosecondBuilder,
    UInt64Builder,
};
use arrow_array::types::{Decimal128Type, Float64Type, Int64Type, TimestampNanosecondType};
use arrow_schema::{DataType, Field, FieldRef, Fields, TimeUnit};

use super::cells::{Cell, CellError, CellKind};
use super::collect::{Collect, LevelLists, Optional, TextLists, Texts};
use crate::decimal::{Decimal, PRECISION, SCALE};

/// How a column looks in Rust and in Arrow.
pub trait Kind {
    /// What a row holds.
    type Value<'a>;
    /// What collects it.
    type Builder: Collect;
    /// Whether the column may hold nothing.
    const NULLABLE: bool;
    /// An empty builder of the right type.
    fn builder() -> Self::Builder;
    /// The Arrow type.
    fn data_type() -> DataType;
    /// Adds one value.
    fn append<'a>(builder: &mut Self::Builder, value: &Self::Value<'a>);
    /// What a cell for it must hold.
    const TAKES: CellKind;
    /// The value of a cell, `None` when it is not of the kind.
    fn of_cell<'a>(cell: Option<Cell<'a>>) -> Option<Self::Value<'a>>;

    /// The value of a cell of a column.
    ///
    /// # Errors
    /// When it is of another kind, or nothing where something must be.
    fn take<'a>(
        column: &'static str,
        cell: Option<Cell<'a>>,
    ) -> Result<Self::Value<'a>, CellError> {
        Self::of_cell(cell).ok_or(CellError {
            column,
            takes: Self::TAKES,
            given: cell.map(Cell::kind),
        })
    }
}

macro_rules! kind {
    ($(#[$doc:meta])* $name:ident, <$life:lifetime> $value:ty, nullable $nullable:literal, $builder:ty, $new:expr, $data_type:expr, |$b:ident, $v:ident| $append:expr, takes $takes:ident $($cell:pat => $taken:expr),*) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}
        impl Kind for $name {
            type Value<$life> = $value;
            type Builder = $builder;
            const NULLABLE: bool = $nullable;
            fn builder() -> $builder { $new }
            fn data_type() -> DataType { $data_type }
            #[inline]
            fn append<$life>($b: &mut $builder, $v: &Self::Value<$life>) { $append }
            const TAKES: CellKind = CellKind::$takes;
            fn of_cell<$life>(cell: Option<Cell<$life>>) -> Option<Self::Value<$life>> {
                match cell { $($cell => Some($taken),)* _ => None }
            }
        }
    };
}

fn timestamp() -> DataType {
    DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()))
}

fn timestamp_builder() -> TimestampNanosecondBuilder {
    TimestampNanosecondBuilder::new().with_data_type(timestamp())
}

fn decimal() -> DataType {
    // 38 and 18 fit an i8.
    DataType::Decimal128(PRECISION, SCALE as i8)
}

fn decimal_builder() -> Decimal128Builder {
    Decimal128Builder::new().with_data_type(decimal())
}

fn level_fields() -> Fields {
    Fields::from(vec![
        Field::new("price", decimal(), false),
        Field::new("amount", decimal(), false),
    ])
}

fn level() -> FieldRef {
    Arc::new(Field::new("item", DataType::Struct(level_fields()), false))
}

fn text() -> FieldRef {
    Arc::new(Field::new("item", DataType::Utf8, false))
}

fn levels_builder() -> LevelLists {
    LevelLists::new(level(), decimal_builder(), decimal_builder())
}

kind!(
    /// Text.
    Text, <'a> &'a str, nullable false, Texts, Texts::default(), DataType::Utf8,
    |b, v| b.append(v),
    takes Text Some(Cell::Text(value)) => value
);
kind!(
    /// Text or nothing.
    OptText, <'a> Option<&'a str>, nullable true, Texts, Texts::default(), DataType::Utf8,
    |b, v| b.append_option(*v),
    takes Text None => None, Some(Cell::Text(value)) => Some(value)
);
kind!(
    /// Any number of texts.
    TextList, <'a> &'a [&'a str], nullable false, TextLists, TextLists::new(text()), DataType::List(text()),
    |b, v| b.append(v),
    takes Texts Some(Cell::Texts(value)) => value
);
kind!(
    /// An instant, nanoseconds since 1970 in UTC.
    Time, <'a> i64, nullable false, TimestampNanosecondBuilder, timestamp_builder(), timestamp(),
    |b, v| b.append_value(*v),
    takes Time Some(Cell::Time(value)) => value
);
kind!(
    /// An instant or nothing.
    OptTime, <'a> Option<i64>, nullable true, Optional<TimestampNanosecondType>, Optional::new(timestamp_builder()), timestamp(),
    |b, v| b.append(*v),
    takes Time None => None, Some(Cell::Time(value)) => Some(value)
);
kind!(
    /// An exact number.
    Dec, <'a> Decimal, nullable false, Decimal128Builder, decimal_builder(), decimal(),
    |b, v| b.append_value(v.unscaled()),
    takes Decimal Some(Cell::Decimal(value)) => value
);
kind!(
    /// An exact number or nothing.
    OptDec, <'a> Option<Decimal>, nullable true, Optional<Decimal128Type>, Optional::new(decimal_builder()), decimal(),
    |b, v| b.append(v.map(Decimal::unscaled)),
    takes Decimal None => None, Some(Cell::Decimal(value)) => Some(value)
);
kind!(
    /// A whole number.
    Int, <'a> i64, nullable false, Int64Builder, Int64Builder::new(), DataType::Int64,
    |b, v| b.append_value(*v),
    takes Int Some(Cell::Int(value)) => value
);
kind!(
    /// A whole number or nothing.
    OptInt, <'a> Option<i64>, nullable true, Optional<Int64Type>, Optional::new(Int64Builder::new()), DataType::Int64,
    |b, v| b.append(*v),
    takes Int None => None, Some(Cell::Int(value)) => Some(value)
);
kind!(
    /// A count.
    UInt, <'a> u64, nullable false, UInt64Builder, UInt64Builder::new(), DataType::UInt64,
    |b, v| b.append_value(*v),
    takes Int Some(Cell::Int(value @ 0..)) => value.unsigned_abs()
);
kind!(
    /// A derived figure or nothing.
    OptFloat, <'a> Option<f64>, nullable true, Optional<Float64Type>, Optional::new(Float64Builder::new()), DataType::Float64,
    |b, v| b.append(*v),
    takes Float None => None, Some(Cell::Float(value)) => Some(value)
);
kind!(
    /// Yes, no or nothing.
    OptFlag, <'a> Option<bool>, nullable true, BooleanBuilder, BooleanBuilder::new(), DataType::Boolean,
    |b, v| b.append_option(*v),
    takes Flag None => None, Some(Cell::Flag(value)) => Some(value)
);
kind!(
    /// Levels of an order book: the price and the amount of each.
    Levels, <'a> &'a [(Decimal, Decimal)], nullable false, LevelLists, levels_builder(), DataType::List(level()),
    |b, v| b.append(v),
    takes Levels Some(Cell::Levels(value)) => value
);
