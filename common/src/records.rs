//! Record batches: the messages on `RECORDS`.
//!
//! A message is an Arrow IPC stream of one batch of one table, LZ4 inside, which any Arrow reader
//! opens and ClickHouse takes as `ArrowStream`. Because all messages of a table share their schema
//! message, the writer joins many of them into one stream by copying bytes ([`Encoded::split`]).

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Decimal128Type, Float64Type, Int64Type, TimestampNanosecondType, UInt64Type,
};
use arrow_array::{Array, RecordBatch};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{IpcWriteOptions, StreamWriter};
use arrow_schema::{ArrowError, DataType};
use bytes::Bytes;
use serde_json::{Map, Value};

use crate::decimal::Decimal;
use crate::tables::Batch;

/// NATS header: rows in the message.
pub const ROWS_HEADER: &str = "Backfleet-Rows";
/// NATS header: the item the rows come from, `<job>.<item>`.
pub const ITEM_HEADER: &str = "Backfleet-Item";
/// The end of an Arrow IPC stream.
pub const END_OF_STREAM: [u8; 8] = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];

/// A message body that is not what [`encode`] writes.
#[derive(Debug, thiserror::Error)]
#[error("not a record batch of ours: {0}")]
pub struct RecordError(&'static str);

/// Writes a batch as the body of a message.
///
/// # Errors
/// When Arrow refuses, which a batch built by [`crate::tables::Rows`] does not cause.
pub fn encode(batch: &Batch) -> Result<Bytes, ArrowError> {
    let options =
        IpcWriteOptions::default().try_with_compression(Some(CompressionType::LZ4_FRAME))?;
    let mut writer =
        StreamWriter::try_new_with_options(Vec::new(), &batch.columns.schema(), options)?;
    writer.write(&batch.columns)?;
    Ok(writer.into_inner()?.into())
}

/// The parts of a message body.
#[derive(Debug, Clone)]
pub struct Encoded {
    /// The schema message: equal bytes mean equal columns.
    pub schema: Bytes,
    /// The batch messages after it, without the end-of-stream mark.
    pub batches: Bytes,
}

impl Encoded {
    /// Cuts a message body into its schema and its batches, without decoding either.
    ///
    /// # Errors
    /// When the framing is not that of an Arrow IPC stream.
    pub fn split(body: &Bytes) -> Result<Self, RecordError> {
        let (head, rest) = body
            .split_at_checked(8)
            .ok_or(RecordError("shorter than its header"))?;
        if head[..4] != [0xff; 4] {
            return Err(RecordError("no Arrow IPC continuation mark"));
        }
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        if rest.len() < length + END_OF_STREAM.len() || !rest.ends_with(&END_OF_STREAM) {
            return Err(RecordError("cut off"));
        }
        Ok(Self {
            schema: body.slice(..8 + length),
            batches: body.slice(8 + length..body.len() - END_OF_STREAM.len()),
        })
    }

    /// How many rows the batches hold. Walks over the messages, without decoding a row, so that
    /// whoever joins them knows that each is whole and that none ends the stream early.
    ///
    /// # Errors
    /// When anything but whole record batches stands there.
    pub fn rows(&self) -> Result<u64, RecordError> {
        let (mut rest, mut rows) = (&self.batches[..], 0);
        while let Some((head, tail)) = rest.split_at_checked(8) {
            let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
            if head[..4] != [0xff; 4] || length == 0 {
                return Err(RecordError("no Arrow IPC message where one should begin"));
            }
            let (metadata, body) = tail
                .split_at_checked(length)
                .ok_or(RecordError("cut off"))?;
            let message = arrow_ipc::root_as_message(metadata)
                .map_err(|_| RecordError("unreadable Arrow IPC message"))?;
            let batch = message
                .header_as_record_batch()
                .ok_or(RecordError("an Arrow IPC message that is no record batch"))?;
            rest = usize::try_from(message.bodyLength())
                .ok()
                .and_then(|length| body.get(length..))
                .ok_or(RecordError("cut off"))?;
            rows += u64::try_from(batch.length()).map_err(|_| RecordError("negative length"))?;
        }
        if rest.is_empty() {
            Ok(rows)
        } else {
            Err(RecordError("cut off"))
        }
    }
}

/// The rows of a batch as JSON objects: decimals and times (nanoseconds) as text, so that no
/// reader rounds them; the levels of a book as pairs of such decimals. `version` is left out.
#[must_use]
pub fn to_json(batch: &RecordBatch) -> Vec<Map<String, Value>> {
    let schema = batch.schema();
    let columns: Vec<_> = schema
        .fields()
        .iter()
        .zip(batch.columns())
        .filter(|(field, _)| field.name() != "version")
        .collect();
    (0..batch.num_rows())
        .map(|row| {
            columns
                .iter()
                .map(|(field, column)| (field.name().clone(), json_value(column, row)))
                .collect()
        })
        .collect()
}

/// The levels of a book: `[["9195.09","0.1"], ...]`.
fn levels(list: &dyn Array) -> Value {
    let columns = list.as_struct().columns();
    let level = |row| -> Value {
        columns
            .iter()
            .map(|column| json_value(column, row))
            .collect()
    };
    (0..list.len()).map(level).collect()
}

fn json_value(column: &dyn Array, row: usize) -> Value {
    if column.is_null(row) {
        return Value::Null;
    }
    match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(row).into(),
        DataType::Boolean => column.as_boolean().value(row).into(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).into(),
        DataType::UInt64 => column.as_primitive::<UInt64Type>().value(row).into(),
        DataType::Float64 => column.as_primitive::<Float64Type>().value(row).into(),
        DataType::Timestamp(..) => column
            .as_primitive::<TimestampNanosecondType>()
            .value(row)
            .to_string()
            .into(),
        DataType::Decimal128(..) => {
            Decimal::from_unscaled(column.as_primitive::<Decimal128Type>().value(row))
                .map_or(Value::Null, |decimal| decimal.to_string().into())
        }
        DataType::List(item) if *item.data_type() == DataType::Utf8 => {
            let texts = column.as_list::<i32>().value(row);
            let texts = texts.as_string::<i32>();
            texts.iter().collect()
        }
        DataType::List(_) => levels(&column.as_list::<i32>().value(row)),
        other => unreachable!("no table has a column of type {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{BookSnapshot, Document, Rows};
    use arrow_ipc::reader::StreamReader;
    use proptest::prelude::*;

    fn batch(ids: &[&str]) -> Batch {
        let mut rows = Rows::default();
        for id in ids {
            rows.push(&Document {
                source: "s",
                dataset: "d",
                id,
                body: "{}",
            });
        }
        rows.take(1).remove(0)
    }

    #[test]
    fn joined_messages_read_as_one_stream() {
        let parts: Vec<_> = [batch(&["1", "2"]), batch(&["3"])]
            .iter()
            .map(|b| Encoded::split(&encode(b).unwrap()).unwrap())
            .collect();
        assert_eq!(parts[0].schema, parts[1].schema);
        let joined = [
            &parts[0].schema[..],
            &parts[0].batches,
            &parts[1].batches,
            &END_OF_STREAM,
        ]
        .concat();
        let ids: Vec<String> = StreamReader::try_new(&joined[..], None)
            .unwrap()
            .flat_map(|batch| to_json(&batch.unwrap()))
            .map(|row| row["id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(ids, ["1", "2", "3"]);
    }

    #[test]
    fn rows_are_counted_and_a_hidden_end_is_found() {
        let one = encode(&batch(&["1", "2"])).unwrap();
        let encoded = Encoded::split(&one).unwrap();
        assert_eq!(encoded.rows().unwrap(), 2);
        let twice = Encoded {
            schema: encoded.schema.clone(),
            batches: [&encoded.batches[..], &encoded.batches].concat().into(),
        };
        assert_eq!(twice.rows().unwrap(), 4);
        let two_streams = Bytes::from([&one[..], &one].concat());
        assert!(Encoded::split(&two_streams).unwrap().rows().is_err());
        let short = encoded.batches.slice(..encoded.batches.len() - 1);
        assert!(
            Encoded {
                batches: short,
                ..encoded
            }
            .rows()
            .is_err()
        );
    }

    #[test]
    fn a_damaged_message_is_refused() {
        let good = encode(&batch(&["1"])).unwrap();
        for bad in [
            good.slice(..7),
            good.slice(..good.len() - 1),
            good.slice(1..),
            Bytes::new(),
        ] {
            assert!(Encoded::split(&bad).is_err());
        }
    }

    proptest! {
        /// What ClickHouse prints is what `Decimal` prints, so these are the normal forms.
        #[test]
        fn a_decimal_keeps_its_text(
            texts in proptest::collection::vec("-?[1-9][0-9]{0,19}(\\.[0-9]{0,17}[1-9])?|-?0\\.[0-9]{0,17}[1-9]|0", 0..8),
        ) {
            let numbers: Vec<Decimal> = texts.iter().map(|text| text.parse().unwrap()).collect();
            let levels: Vec<_> = numbers.iter().copied().zip(numbers.iter().copied().rev()).collect();
            let mut rows = Rows::default();
            rows.push(&BookSnapshot {
                source: "s",
                symbol: "BTC-USDT",
                venue_symbol: "BTCUSDT",
                ts: 1,
                sequence: 0,
                bids: &levels,
                asks: &[],
            });
            let body = encode(&rows.take(1).remove(0)).unwrap();
            let batch = StreamReader::try_new(&body[..], None).unwrap().next().unwrap().unwrap();
            let row = to_json(&batch).remove(0);
            let pairs: Vec<_> = texts.iter().zip(texts.iter().rev()).map(|(a, b)| [a, b]).collect();
            prop_assert_eq!(&row["bids"], &serde_json::json!(pairs));
            prop_assert_eq!(&row["asks"], &serde_json::json!([]));
        }
    }
}
