//! Which columns a message may bring into a table.
//!
//! ClickHouse would fill what an Arrow stream lacks with defaults and drop what it does not know,
//! both without a word. So the columns of every message are held against the table's here, and an
//! insert names exactly those that come.

use arrow_array::RecordBatch;
use arrow_ipc::convert::try_schema_from_ipc_buffer;
use arrow_schema::{Fields, Schema, SchemaRef};
use bytes::Bytes;
use common::records::{Encoded, encode};
use common::tables::{Batch, Table};

/// Columns that may not be empty and came later than their table: messages of older workers lack
/// them, and the table has a default for them.
const LATER: &[(Table, &str)] = &[
    (Table::Trade, "exchange"),
    (Table::WorkLog, "run"),
    (Table::WorkLog, "symbol"),
    (Table::WorkLog, "window_from"),
    (Table::WorkLog, "window_to"),
    (Table::WorkLog, "params"),
    (Table::WorkLog, "ids"),
    (Table::WorkLog, "refused_ids"),
    (Table::WorkLog, "refused_steps"),
    (Table::WorkLog, "refused_reasons"),
];

/// The columns of a table, in Rust and as the bytes that today's workers send.
#[derive(Debug)]
pub(crate) struct Layout {
    table: Table,
    schema: SchemaRef,
    usual: Option<Bytes>,
}

impl Layout {
    /// The layout of a table.
    pub(crate) fn of(table: Table) -> Self {
        let schema = table.schema();
        let columns = RecordBatch::new_empty(schema.clone());
        let usual = encode(&Batch { table, columns })
            .ok()
            .and_then(|body| Encoded::split(&body).ok())
            .map(|encoded| encoded.schema);
        Self {
            table,
            schema,
            usual,
        }
    }

    /// The columns that an Arrow schema message brings.
    ///
    /// # Errors
    /// What is wrong with them: a column that is unknown or of another type, or one missing that
    /// cannot be empty and was there from the beginning. Missing others is fine: the message is of
    /// an older worker.
    pub(crate) fn columns(&self, schema: &Bytes) -> Result<Fields, String> {
        if self.usual.as_ref() == Some(schema) {
            return Ok(self.schema.fields.clone());
        }
        let brought = try_schema_from_ipc_buffer(schema)
            .map_err(|error| format!("unreadable Arrow schema: {error}"))?;
        self.check(&brought)?;
        Ok(brought.fields)
    }

    fn check(&self, brought: &Schema) -> Result<(), String> {
        let table = self.table.name();
        for field in &brought.fields {
            let name = field.name();
            let known = self.schema.field_with_name(name).map_err(|_| {
                format!(
                    "column {name} is unknown in {table}; is this writer older than the worker?"
                )
            })?;
            if known.data_type() != field.data_type() {
                let (is, should) = (field.data_type(), known.data_type());
                return Err(format!("column {name} is {is}, in {table} it is {should}"));
            }
            if field.is_nullable() && !known.is_nullable() {
                return Err(format!("column {name} may be empty, in {table} it may not"));
            }
        }
        let missing = self.schema.fields.iter().find(|known| {
            !known.is_nullable()
                && !LATER.contains(&(self.table, known.name().as_str()))
                && brought.field_with_name(known.name()).is_err()
        });
        missing.map_or(Ok(()), |field| {
            Err(format!("column {} of {table} is missing", field.name()))
        })
    }

    /// The insert statement for messages with this schema message.
    pub(crate) fn insert_statement(&self, schema: &Bytes) -> Result<String, String> {
        let columns = self.columns(schema)?;
        let names: Vec<_> = columns.iter().map(|f| format!("`{}`", f.name())).collect();
        let table = self.table.name();
        Ok(format!(
            "INSERT INTO `{table}` ({}) FORMAT ArrowStream",
            names.join(", ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_schema::{DataType, Field};

    fn schema_bytes(schema: Schema) -> Bytes {
        let columns = RecordBatch::new_empty(schema.into());
        let table = Table::Document;
        Encoded::split(&encode(&Batch { table, columns }).unwrap())
            .unwrap()
            .schema
    }

    fn fields(table: Table) -> Vec<Field> {
        table
            .schema()
            .fields
            .iter()
            .map(|f| f.as_ref().clone())
            .collect()
    }

    #[test]
    fn the_usual_message_brings_all_columns() {
        let layout = Layout::of(Table::Document);
        let usual = schema_bytes(Schema::new(fields(Table::Document)));
        assert_eq!(
            layout.insert_statement(&usual).unwrap(),
            "INSERT INTO `documents` (`source`, `dataset`, `id`, `body`, `version`) FORMAT ArrowStream"
        );
    }

    #[test]
    fn an_older_message_may_lack_what_can_be_empty_or_came_later() {
        let layout = Layout::of(Table::Trade);
        let mut older = fields(Table::Trade);
        older.retain(|f| !["quote_amount", "exchange"].contains(&f.name().as_str()));
        let statement = layout
            .insert_statement(&schema_bytes(Schema::new(older.clone())))
            .unwrap();
        assert!(statement.contains("`base_amount`, `flags`, `version`"));
        older.retain(|f| f.name() != "price");
        let problem = layout
            .columns(&schema_bytes(Schema::new(older)))
            .unwrap_err();
        assert_eq!(problem, "column price of trades is missing");
    }

    #[test]
    fn unknown_and_other_columns_are_refused() {
        let layout = Layout::of(Table::Document);
        let mut more = fields(Table::Document);
        more.push(Field::new("extra", DataType::Utf8, true));
        let problem = layout
            .columns(&schema_bytes(Schema::new(more)))
            .unwrap_err();
        assert!(problem.starts_with("column extra is unknown in documents"));
        let mut other = fields(Table::Document);
        other[2] = Field::new("id", DataType::Int64, false);
        let problem = layout
            .columns(&schema_bytes(Schema::new(other)))
            .unwrap_err();
        assert_eq!(problem, "column id is Int64, in documents it is Utf8");
        assert!(layout.columns(&Bytes::from_static(b"nonsense")).is_err());
    }

    #[test]
    fn every_layout_is_that_of_its_own_messages() {
        for &table in Table::ALL {
            let brought = schema_bytes(Schema::new(fields(table)));
            let mut layout = Layout::of(table);
            assert_eq!(layout.usual.as_ref(), Some(&brought));
            // As if the bytes were another program's.
            layout.usual = None;
            assert_eq!(layout.columns(&brought).unwrap(), layout.schema.fields);
        }
    }
}
