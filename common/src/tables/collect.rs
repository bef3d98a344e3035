//! Collects the values of a column, on top of Arrow's builders.
//!
//! Rows come one after the other, and most of their cells repeat the row before: the source, the
//! symbol, columns that a vendor has nothing for. Those are counted and added together. A
//! collector also remembers how long its last column was, so that the next does not grow in steps.

use std::sync::Arc;

use arrow_array::builder::{
    ArrayBuilder, BooleanBuilder, Decimal128Builder, PrimitiveBuilder, StringBuilder,
};
use arrow_array::types::ArrowPrimitiveType;
use arrow_array::{Array, ArrayRef, ListArray, StringArray, StructArray};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, FieldRef, Fields};

use crate::decimal::Decimal;

/// What collects the values of a column.
pub trait Collect {
    /// The column, after which the collector is empty.
    fn finish(&mut self) -> ArrayRef;
}

impl Collect for BooleanBuilder {
    fn finish(&mut self) -> ArrayRef {
        Arc::new(self.finish())
    }
}

/// Values that are always there.
impl<P: ArrowPrimitiveType> Collect for PrimitiveBuilder<P> {
    fn finish(&mut self) -> ArrayRef {
        let column = self.finish();
        let room = Self::with_capacity(column.len());
        *self = room.with_data_type(column.data_type().clone());
        Arc::new(column)
    }
}

/// Values that may be absent.
#[derive(Debug)]
pub struct Optional<P: ArrowPrimitiveType> {
    builder: PrimitiveBuilder<P>,
    /// Absent ones since the last that was there.
    absent: usize,
}

impl<P: ArrowPrimitiveType> Optional<P> {
    /// Collects into that builder.
    pub fn new(builder: PrimitiveBuilder<P>) -> Self {
        Self { builder, absent: 0 }
    }

    /// Adds one.
    #[inline]
    pub fn append(&mut self, value: Option<P::Native>) {
        match value {
            None => self.absent += 1,
            Some(value) => {
                self.settle();
                self.builder.append_value(value);
            }
        }
    }

    #[inline]
    fn settle(&mut self) {
        if self.absent > 0 {
            self.builder.append_nulls(std::mem::take(&mut self.absent));
        }
    }
}

impl<P: ArrowPrimitiveType> Collect for Optional<P> {
    fn finish(&mut self) -> ArrayRef {
        self.settle();
        Collect::finish(&mut self.builder)
    }
}

/// Texts, each of which may be absent.
#[derive(Debug, Default)]
pub struct Texts {
    builder: StringBuilder,
    /// Where the last text begins among the bytes of `builder`.
    last: usize,
    /// How often it came again since.
    repeated: usize,
    /// Absent ones since the last text.
    absent: usize,
}

impl Texts {
    /// Adds a text.
    #[inline]
    pub fn append(&mut self, text: &str) {
        let last = self.builder.values_slice().get(self.last..);
        let is_first = self.builder.is_empty();
        if !is_first && self.absent == 0 && last.is_some_and(|last| same(last, text.as_bytes())) {
            self.repeated += 1;
        } else {
            self.settle();
            self.last = self.builder.values_slice().len();
            self.builder.append_value(text);
        }
    }

    /// Adds a text, or that there is none.
    #[inline]
    pub fn append_option(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.append(text),
            None => {
                if self.repeated > 0 {
                    self.settle();
                }
                self.absent += 1;
            }
        }
    }

    /// Adds what was only counted.
    #[inline]
    fn settle(&mut self) {
        if self.repeated > 0 {
            self.repeat();
        }
        if self.absent > 0 {
            self.builder.append_nulls(std::mem::take(&mut self.absent));
        }
    }

    fn repeat(&mut self) {
        /// Fewer are not worth an array of their own.
        const MANY: usize = 8;
        let count = std::mem::take(&mut self.repeated);
        let last = self.builder.values_slice()[self.last..].to_vec();
        let last = std::str::from_utf8(&last).expect("a text was added");
        if count < MANY {
            self.builder.append_value_n(last, count);
        } else {
            self.builder
                .append_array(&StringArray::new_repeated(last, count))
                .expect("a batch is far smaller than 2 GiB");
        }
        self.last = self.builder.values_slice().len() - last.len();
    }
}

impl Collect for Texts {
    fn finish(&mut self) -> ArrayRef {
        self.settle();
        let bytes = self.builder.values_slice().len();
        let next = StringBuilder::with_capacity(self.builder.len(), bytes);
        let mut full = std::mem::replace(&mut self.builder, next);
        self.last = 0;
        Arc::new(full.finish())
    }
}

/// Whether two texts are the same; most are as short as a symbol.
#[inline]
fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    if a.len() > 16 {
        return a == b;
    }
    // The first and the last bytes, which overlap where there are fewer.
    match (a.first_chunk::<8>(), b.first_chunk::<8>()) {
        (Some(a_first), Some(b_first)) => {
            a_first == b_first && a.last_chunk::<8>() == b.last_chunk::<8>()
        }
        _ => match (a.first_chunk::<4>(), b.first_chunk::<4>()) {
            (Some(a_first), Some(b_first)) => {
                a_first == b_first && a.last_chunk::<4>() == b.last_chunk::<4>()
            }
            _ => a.iter().eq(b),
        },
    }
}

/// Levels of order books.
#[derive(Debug)]
pub struct LevelLists {
    item: FieldRef,
    prices: Decimal128Builder,
    amounts: Decimal128Builder,
    /// How many levels each book has.
    lengths: Vec<usize>,
}

impl LevelLists {
    /// Collects lists of such an `item`, with prices and amounts of the type of these builders.
    pub fn new(item: FieldRef, prices: Decimal128Builder, amounts: Decimal128Builder) -> Self {
        Self {
            item,
            prices,
            amounts,
            lengths: Vec::new(),
        }
    }

    /// Adds the levels of one book.
    pub fn append(&mut self, levels: &[(Decimal, Decimal)]) {
        for (price, amount) in levels {
            self.prices.append_value(price.unscaled());
            self.amounts.append_value(amount.unscaled());
        }
        self.lengths.push(levels.len());
    }

    fn fields(&self) -> Fields {
        match self.item.data_type() {
            DataType::Struct(fields) => fields.clone(),
            _ => Fields::empty(),
        }
    }
}

impl Collect for LevelLists {
    fn finish(&mut self) -> ArrayRef {
        let columns = vec![
            Collect::finish(&mut self.prices),
            Collect::finish(&mut self.amounts),
        ];
        let levels = StructArray::new(self.fields(), columns, None);
        let offsets = OffsetBuffer::from_lengths(self.lengths.drain(..));
        let item = Arc::clone(&self.item);
        Arc::new(ListArray::new(item, offsets, Arc::new(levels), None))
    }
}

/// Lists of texts.
#[derive(Debug)]
pub struct TextLists {
    item: FieldRef,
    texts: Texts,
    /// How many texts each list has.
    lengths: Vec<usize>,
}

impl TextLists {
    /// Collects lists of such an `item`.
    pub fn new(item: FieldRef) -> Self {
        Self {
            item,
            texts: Texts::default(),
            lengths: Vec::new(),
        }
    }

    /// Adds one list.
    pub fn append(&mut self, list: &[&str]) {
        list.iter().for_each(|text| self.texts.append(text));
        self.lengths.push(list.len());
    }
}

impl Collect for TextLists {
    fn finish(&mut self) -> ArrayRef {
        let texts = Collect::finish(&mut self.texts);
        let offsets = OffsetBuffer::from_lengths(self.lengths.drain(..));
        Arc::new(ListArray::new(Arc::clone(&self.item), offsets, texts, None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::Int64Array;
    use arrow_array::builder::Int64Builder;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn columns_hold_what_was_added(
            texts in prop::collection::vec(prop::option::of("a{0,3}|[a-cö]{0,18}"), 0..60),
            numbers in prop::collection::vec(prop::option::of(0..3i64), 0..60),
            cut in 0..60usize,
        ) {
            // Twice with one collector, as a worker does.
            let mut collected = (Texts::default(), Optional::new(Int64Builder::new()));
            for (texts, numbers) in [
                texts.split_at(cut.min(texts.len())).0,
                texts.split_at(cut.min(texts.len())).1,
            ].into_iter().zip([&numbers[..], &[]]) {
                for text in texts {
                    collected.0.append_option(text.as_deref());
                }
                for number in numbers {
                    collected.1.append(*number);
                }
                let array = collected.0.finish();
                let expected: StringArray = texts.iter().map(Option::as_deref).collect();
                prop_assert_eq!(array.to_data(), expected.to_data());
                let array = collected.1.finish();
                let expected: Int64Array = numbers.iter().copied().collect();
                prop_assert_eq!(array.to_data(), expected.to_data());
            }
        }

        #[test]
        fn same_is_equality(a in "[ab]{0,18}", b in "[ab]{0,18}", swap in 0..20usize) {
            prop_assert_eq!(same(a.as_bytes(), b.as_bytes()), a == b);
            let mut other = a.clone().into_bytes();
            if let Some(byte) = other.get_mut(swap) {
                *byte ^= 1;
            }
            prop_assert_eq!(same(a.as_bytes(), &other), a.as_bytes() == other);
        }
    }
}
