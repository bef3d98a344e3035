//! The SQL of the tables against their Arrow schema, and migrations.

use arrow_schema::DataType;
use common::records::encode;
use common::tables::{Batch, Rows, Table};

use crate::setup::{Stage, trade};

/// The SQL type without what only says how it is stored.
fn plain(sql: &str) -> (String, bool) {
    let inner = |text: &str, name: &str| {
        text.strip_prefix(name)
            .and_then(|rest| rest.strip_suffix(')'))
            .map(str::to_owned)
    };
    let sql = inner(sql, "LowCardinality(").unwrap_or_else(|| sql.to_owned());
    match inner(&sql, "Nullable(") {
        Some(sql) => (sql, true),
        None => (sql, false),
    }
}

fn sql_of(arrow: &DataType) -> &'static str {
    match arrow {
        DataType::Utf8 => "String",
        DataType::Boolean => "Bool",
        DataType::Int64 => "Int64",
        DataType::UInt64 => "UInt64",
        DataType::Float64 => "Float64",
        DataType::Timestamp(..) => "DateTime64(9, 'UTC')",
        DataType::Decimal128(38, 18) => "Decimal(38, 18)",
        DataType::List(item) if *item.data_type() == DataType::Utf8 => "Array(String)",
        DataType::List(_) => "Array(Tuple(price Decimal(38, 18), amount Decimal(38, 18)))",
        other => panic!("no SQL type for {other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_and_views_have_the_columns_of_the_contract() {
    let stage = Stage::start().await;
    assert_eq!(
        stage
            .launch(&["migrate"], &[])
            .await
            .process
            .wait()
            .await
            .unwrap()
            .code(),
        Some(0)
    );
    for table in Table::ALL {
        let schema = table.schema();
        let mut expected: Vec<_> = schema
            .fields
            .iter()
            .map(|f| {
                (
                    f.name().clone(),
                    sql_of(f.data_type()).to_owned(),
                    f.is_nullable(),
                )
            })
            .collect();
        expected.push((
            "ingested_at".to_owned(),
            "DateTime64(3, 'UTC')".to_owned(),
            false,
        ));
        for name in [table.name().to_owned(), format!("{}_final", table.name())] {
            let described = stage
                .ask(&format!(
                    "SELECT name, type FROM system.columns WHERE database = 'backfleet' \
                     AND table = '{name}' ORDER BY position FORMAT TSVRaw"
                ))
                .await;
            let found: Vec<_> = described
                .lines()
                .map(|line| {
                    let (name, sql) = line.split_once('\t').unwrap();
                    let (sql, nullable) = plain(sql);
                    (name.to_owned(), sql, nullable)
                })
                .collect();
            assert_eq!(found, expected, "{name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_may_migrate_at_once_and_again() {
    let stage = Stage::start().await;
    let mut started = Vec::new();
    for _ in 0..4 {
        started.push(stage.launch(&["migrate"], &[]).await);
    }
    for mut writer in started {
        let code = writer.process.wait().await.unwrap().code();
        assert_eq!(code, Some(0), "{}", writer.log());
    }
    let mut again = stage.launch(&["migrate"], &[]).await;
    assert!(again.process.wait().await.unwrap().success());
    assert!(
        again
            .log()
            .contains("the schema of backfleet is up to date"),
        "{}",
        again.log()
    );
    let applied = stage
        .ask("SELECT count(), max(number) FROM schema_migrations FINAL")
        .await;
    assert_eq!(applied, "8\t8");
}

/// What the first schema file made, and a worker of that time sends.
#[tokio::test(flavor = "multi_thread")]
async fn trades_from_before_they_had_an_exchange_stay() {
    let stage = Stage::migrated().await;
    let first = include_str!("../../../config/schema/0001_market.sql");
    let made = first
        .split(";\n")
        .find(|statement| statement.contains("CREATE TABLE IF NOT EXISTS trades\n"));
    for statement in [
        "DROP TABLE trades",
        made.unwrap(),
        "INSERT INTO trades (source, symbol, trade_id, ts) VALUES ('stored', 'S', '1', 1)",
        "TRUNCATE TABLE schema_migrations",
    ] {
        stage.ask(statement).await;
    }
    let writer = stage.writer(&[]).await;
    let mut rows = Rows::default();
    for (source, exchange) in [("sent", ""), ("new", "4:202"), ("new", "12"), ("new", "12")] {
        let mut trade = trade("1");
        (trade.source, trade.exchange) = (source, exchange);
        rows.push(&trade);
        let Batch { table, mut columns } = rows.take(1).remove(0);
        if source == "sent" {
            columns.remove_column(columns.schema().index_of("exchange").unwrap());
        }
        let body = encode(&Batch { table, columns }).unwrap();
        stage.publish_body(table, "item", body).await;
    }
    stage.settled().await;
    let found = stage
        .ask("SELECT source, exchange, trade_id FROM trades_final ORDER BY source, exchange")
        .await;
    let expected = ["new\t12\t1", "new\t4:202\t1", "sent\t\t1", "stored\t\t1"];
    assert_eq!(found.lines().collect::<Vec<_>>(), expected);
    assert_eq!(stage.dead_letters().await, []);
    assert_eq!(writer.stop().await, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_database_is_left_alone() {
    let stage = Stage::migrated().await;
    stage
        .ask("INSERT INTO schema_migrations (number, name, checksum) VALUES (999, '0999_later.sql', 'x')")
        .await;
    let mut writer = stage.writer(&[]).await;
    assert_eq!(writer.process.wait().await.unwrap().code(), Some(1));
    let words =
        "error: the database is newer than this program: it has schema file 999 (0999_later.sql)";
    assert!(writer.log().contains(words), "{}", writer.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_file_is_told() {
    let stage = Stage::migrated().await;
    stage
        .ask("INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES (1, '0001_market.sql', 'x', now64(3) + 9)")
        .await;
    let mut migrate = stage.launch(&["migrate"], &[]).await;
    assert_eq!(migrate.process.wait().await.unwrap().code(), Some(1));
    let words = "schema file 0001_market.sql was applied with checksum x and now has";
    assert!(migrate.log().contains(words), "{}", migrate.log());
}
