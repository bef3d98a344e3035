//! Every table takes what its Arrow schema says, to the last digit.
//!
//! What comes out of ClickHouse is held against `to_json`, which is what a reader of the messages
//! would see.

use std::sync::Arc;

use arrow_array::builder::{Decimal128Builder, ListBuilder, StringBuilder, StructBuilder};
use arrow_array::{
    ArrayRef, BooleanArray, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampNanosecondArray, UInt64Array,
};
use arrow_schema::{DataType, Field};
use common::decimal::Decimal;
use common::records::{encode, to_json};
use common::tables::{Batch, BookSnapshot, FundingRate, Rows, Table};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::Value;

use crate::setup::{Stage, trade};

/// 2023-11-14 22:13:20.
const THEN: i64 = 1_700_000_000_123_456_789;

/// A value of a column that no other column of the table has by accident.
fn value(field: &Field, place: usize) -> ArrayRef {
    let number = -1 - i64::try_from(place).unwrap();
    let unscaled = i128::from(number) * 10i128.pow(18) - 1;
    match field.data_type() {
        DataType::Utf8 => Arc::new(StringArray::from(vec![format!("{}'s \\ ü", field.name())])),
        DataType::Boolean => Arc::new(BooleanArray::from(vec![true])),
        DataType::Int64 => Arc::new(Int64Array::from(vec![number])),
        DataType::UInt64 => Arc::new(UInt64Array::from(vec![u64::MAX - number.unsigned_abs()])),
        DataType::Float64 => Arc::new(Float64Array::from(vec![number as f64 / 8.0])),
        DataType::Timestamp(..) => {
            Arc::new(TimestampNanosecondArray::from(vec![THEN + number]).with_timezone("UTC"))
        }
        DataType::Decimal128(..) => Arc::new(
            Decimal128Array::from(vec![unscaled])
                .with_precision_and_scale(38, 18)
                .unwrap(),
        ),
        DataType::List(item) if *item.data_type() == DataType::Utf8 => {
            let mut list = ListBuilder::new(StringBuilder::new()).with_field(item.clone());
            list.append_value([Some("'"), Some(field.name().as_str()), Some("")]);
            Arc::new(list.finish())
        }
        DataType::List(item) => {
            let DataType::Struct(columns) = item.data_type() else {
                panic!("a list of {item}");
            };
            let level = StructBuilder::from_fields(columns.clone(), 2);
            let mut list = ListBuilder::new(level).with_field(item.clone());
            for n in 0..2 {
                for column in 0..2 {
                    let builder = list.values().field_builder::<Decimal128Builder>(column);
                    builder
                        .unwrap()
                        .append_value(unscaled + 2 * n + column as i128);
                }
                list.values().append(true);
            }
            list.append(true);
            Arc::new(list.finish())
        }
        other => panic!("no value of {other}"),
    }
}

/// What a column is asked for so that it is written as `to_json` writes it.
fn asked(field: &Field) -> String {
    let name = field.name();
    match field.data_type() {
        DataType::Timestamp(..) => format!("toString(toUnixTimestamp64Nano(`{name}`))"),
        DataType::Decimal128(..) => format!("toString(`{name}`)"),
        DataType::List(item) if *item.data_type() != DataType::Utf8 => {
            format!("arrayMap(l -> [toString(l.price), toString(l.amount)], `{name}`)")
        }
        _ => format!("`{name}`"),
    }
}

impl Stage {
    async fn send(&self, batch: &Batch) {
        self.publish_body(batch.table, "item", encode(batch).unwrap())
            .await;
    }

    /// What `<table>_final` holds is what the batch holds, in the order of a column.
    async fn expect_rows(&self, batch: &Batch, order: &str) {
        let (table, schema) = (batch.table.name(), batch.columns.schema());
        let fields = &schema.fields[..schema.fields.len() - 1];
        let columns: Vec<_> = fields.iter().map(|field| asked(field)).collect();
        let found = self
            .ask(&format!(
                "SELECT {} FROM {table}_final ORDER BY `{order}` FORMAT JSONCompactEachRow \
                 SETTINGS output_format_json_quote_64bit_integers = 0",
                columns.join(", ")
            ))
            .await;
        let found: Vec<Vec<Value>> = found
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let expected: Vec<Vec<Value>> = to_json(&batch.columns)
            .iter()
            .map(|row| fields.iter().map(|f| row[f.name()].clone()).collect())
            .collect();
        assert_eq!(found, expected, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_takes_every_column() {
    let stage = Stage::start().await;
    let writer = stage.writer(&[]).await;
    let rows: Vec<_> = Table::ALL
        .iter()
        .map(|&table| {
            let schema = table.schema();
            let places = schema.fields.iter().zip(0..);
            let values = places.map(|(field, place)| value(field, place)).collect();
            let columns = RecordBatch::try_new(schema, values).unwrap();
            Batch { table, columns }
        })
        .collect();
    for row in &rows {
        stage.send(row).await;
    }
    stage.settled().await;
    for row in &rows {
        let first = row.columns.schema().fields[0].name().clone();
        stage.expect_rows(row, &first).await;
    }
    assert_eq!(stage.dead_letters().await, []);
    assert_eq!(writer.stop().await, Some(0));
}

/// Decimals of up to 38 digits, of every size, and the extremes.
fn decimals(count: usize) -> Vec<Decimal> {
    let mut runner = TestRunner::deterministic();
    let sizes = (0..=38u32).prop_flat_map(|n| -(10i128.pow(n) - 1)..10i128.pow(n));
    let random = (0..count).map(|_| sizes.new_tree(&mut runner).unwrap().current());
    let extremes = [10i128.pow(38) - 1, 1, 0, 10i128.pow(18), 10i128.pow(37)];
    let extremes = extremes.into_iter().flat_map(|n| [n, -n]);
    let all = random.chain(extremes);
    all.map(|unscaled| Decimal::from_unscaled(unscaled).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn decimals_keep_their_text() {
    let stage = Stage::start().await;
    let _writer = stage.writer(&[]).await;
    let texts: Vec<_> = decimals(400).iter().map(Decimal::to_string).collect();
    let ids: Vec<_> = (0..texts.len()).map(|n| format!("{n:04}")).collect();
    let mut rows = Rows::default();
    for (id, text) in ids.iter().zip(&texts) {
        let mut trade = trade(id);
        trade.price = text.parse().unwrap();
        trade.quote_amount = Some(-trade.price);
        rows.push(&trade);
    }
    let batch = rows.take(1).remove(0);
    stage.send(&batch).await;
    stage.settled().await;
    stage.expect_rows(&batch, "trade_id").await;
    let found = stage
        .ask("SELECT toString(price) FROM trades_final ORDER BY trade_id")
        .await;
    assert_eq!(found.lines().collect::<Vec<_>>(), texts);
}

#[tokio::test(flavor = "multi_thread")]
async fn books_keep_their_levels() {
    let stage = Stage::start().await;
    let _writer = stage.writer(&[]).await;
    let numbers = decimals(200);
    let levels: Vec<_> = numbers.iter().copied().zip(numbers[1..].to_vec()).collect();
    let sides: [(&[_], &[_]); 5] = [
        (&[], &[]),
        (&levels, &levels[..1]),
        (&[], &levels[7..19]),
        (&levels[3..5], &[]),
        (&[], &[]),
    ];
    let mut rows = Rows::default();
    for (&(bids, asks), sequence) in sides.iter().zip(0..) {
        rows.push(&BookSnapshot {
            source: "test",
            symbol: "BTC-USDT",
            venue_symbol: "BTCUSDT",
            ts: THEN,
            sequence,
            bids,
            asks,
        });
    }
    let batch = rows.take(1).remove(0);
    stage.send(&batch).await;
    stage.settled().await;
    stage.expect_rows(&batch, "sequence").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_of_a_funding_collapse() {
    let stage = Stage::start().await;
    let _writer = stage.writer(&[]).await;
    let hour = 1_700_000_000 / 3_600 * 3_600 * 1_000_000_000;
    let funding = |jitter_ms: i64, kind, rate: &str| FundingRate {
        source: "test",
        symbol: "BTC-USDT-PERP",
        venue_symbol: "BTCUSDT",
        funding_time: hour + jitter_ms * 1_000_000,
        funding_rate: rate.parse().unwrap(),
        mark_price: None,
        interval_hours: Some(8),
        kind,
        index_price: None,
        rate_8h: None,
    };
    let old = [funding(0, "regular", "0.1"), funding(0, "special", "0.2")];
    let new = [
        funding(7, "regular", "0.3"),
        funding(60_000, "regular", "0.4"),
    ];
    stage.publish("old", &old, 1).await;
    stage.publish("new", &new, 2).await;
    stage.settled().await;
    let rates = stage
        .ask("SELECT arrayStringConcat(groupArray(toString(funding_rate)), ' ') FROM (SELECT * FROM funding_rates_final ORDER BY funding_rate)")
        .await;
    assert_eq!(rates, "0.2 0.3 0.4");
    let of_a_day = "SELECT count() FROM funding_rates_final WHERE source = 'test' AND symbol = 'BTC-USDT-PERP' \
         AND funding_time >= '2023-11-14 22:00:00' AND funding_time < '2023-11-14 22:01:00'";
    assert_eq!(stage.ask(of_a_day).await, "2");
}
