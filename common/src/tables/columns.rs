//! The kinds of column a table can have, each with its Rust value and its Arrow form.
//!
//! Only `definitions.rs` names them. Floats are for derived figures alone (expected goals,
//! pitch coordinates); whatever a vendor means exactly is a [`Dec`].

use arrow_array::builder::{
    ArrayBuilder, BooleanBuilder, Decimal128Builder, Float64Builder, Int64Builder, StringBuilder,
    TimestampNanosecondBuilder, UInt64Builder,
};
use arrow_schema::{DataType, TimeUnit};

use crate::decimal::{Decimal, PRECISION, SCALE};

/// How a column looks in Rust and in Arrow.
pub trait Kind {
    /// What a row holds.
    type Value<'a>;
    /// What collects it.
    type Builder: ArrayBuilder;
    /// Whether the column may hold nothing.
    const NULLABLE: bool;
    /// An empty builder of the right type.
    fn builder() -> Self::Builder;
    /// The Arrow type.
    fn data_type() -> DataType;
    /// Adds one value.
    fn append<'a>(builder: &mut Self::Builder, value: &Self::Value<'a>);
}

macro_rules! kind {
    ($(#[$doc:meta])* $name:ident, <$life:lifetime> $value:ty, nullable $nullable:literal, $builder:ty, $new:expr, $data_type:expr, |$b:ident, $v:ident| $append:expr) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}
        impl Kind for $name {
            type Value<$life> = $value;
            type Builder = $builder;
            const NULLABLE: bool = $nullable;
            fn builder() -> $builder { $new }
            fn data_type() -> DataType { $data_type }
            fn append<$life>($b: &mut $builder, $v: &Self::Value<$life>) { $append }
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

kind!(
    /// Text.
    Text, <'a> &'a str, nullable false, StringBuilder, StringBuilder::new(), DataType::Utf8,
    |b, v| b.append_value(v)
);
kind!(
    /// Text or nothing.
    OptText, <'a> Option<&'a str>, nullable true, StringBuilder, StringBuilder::new(), DataType::Utf8,
    |b, v| b.append_option(*v)
);
kind!(
    /// An instant, nanoseconds since 1970 in UTC.
    Time, <'a> i64, nullable false, TimestampNanosecondBuilder, timestamp_builder(), timestamp(),
    |b, v| b.append_value(*v)
);
kind!(
    /// An instant or nothing.
    OptTime, <'a> Option<i64>, nullable true, TimestampNanosecondBuilder, timestamp_builder(), timestamp(),
    |b, v| b.append_option(*v)
);
kind!(
    /// An exact number.
    Dec, <'a> Decimal, nullable false, Decimal128Builder, decimal_builder(), decimal(),
    |b, v| b.append_value(v.unscaled())
);
kind!(
    /// An exact number or nothing.
    OptDec, <'a> Option<Decimal>, nullable true, Decimal128Builder, decimal_builder(), decimal(),
    |b, v| b.append_option(v.map(Decimal::unscaled))
);
kind!(
    /// A whole number or nothing.
    OptInt, <'a> Option<i64>, nullable true, Int64Builder, Int64Builder::new(), DataType::Int64,
    |b, v| b.append_option(*v)
);
kind!(
    /// A count.
    UInt, <'a> u64, nullable false, UInt64Builder, UInt64Builder::new(), DataType::UInt64,
    |b, v| b.append_value(*v)
);
kind!(
    /// A derived figure or nothing.
    OptFloat, <'a> Option<f64>, nullable true, Float64Builder, Float64Builder::new(), DataType::Float64,
    |b, v| b.append_option(*v)
);
kind!(
    /// Yes, no or nothing.
    OptFlag, <'a> Option<bool>, nullable true, BooleanBuilder, BooleanBuilder::new(), DataType::Boolean,
    |b, v| b.append_option(*v)
);
