//! The clients people use: the `clickhouse` crate, with its default compression and validation, and
//! Python's `clickhouse-connect`.

use clickhouse::{Client, Row};
use embedded::Cache;
use embedded::clickhouse::ClickHouseOptions;
use serde::{Deserialize, Serialize};

use crate::setup::{Database, installed};

#[derive(Debug, Clone, PartialEq, Row, Serialize, Deserialize)]
struct Trade {
    id: u64,
    symbol: String,
    price: Option<f64>,
}

fn trades(count: u64) -> Vec<Trade> {
    let trade = |id| Trade {
        id,
        symbol: format!("S{}", id % 7),
        price: (id % 3 > 0).then_some(id as f64 / 4.0),
    };
    (0..count).map(trade).collect()
}

async fn database() -> (Database, Client) {
    let options = ClickHouseOptions {
        user: "bf".into(),
        password: "secret".into(),
        ..Default::default()
    };
    let db = Database::with(options).await;
    let client = Client::default()
        .with_url(db.server.url())
        .with_user("bf")
        .with_password("secret");
    client.query("CREATE DATABASE bf").execute().await.unwrap();
    let client = client.with_database("bf");
    let table = "CREATE TABLE trades (id UInt64, symbol LowCardinality(String), price Nullable(Float64)) \
                 ENGINE = MergeTree ORDER BY id SETTINGS non_replicated_deduplication_window = 100";
    client.query(table).execute().await.unwrap();
    (db, client)
}

#[tokio::test]
async fn the_clickhouse_crate_writes_and_reads_rows() {
    let (_db, client) = database().await;
    let rows = trades(200_000);
    let mut insert = client
        .insert::<Trade>("trades")
        .await
        .unwrap()
        .with_setting("async_insert", "0");
    for row in &rows {
        insert.write(row).await.unwrap();
    }
    insert.end().await.unwrap();
    let read = client
        .query("SELECT ?fields FROM trades ORDER BY id")
        .fetch_all::<Trade>()
        .await
        .unwrap();
    assert!(read == rows, "{} rows, not the same", read.len());
    let one = client
        .query("SELECT symbol FROM trades WHERE id = ? AND symbol = {s:String}")
        .bind(8);
    assert_eq!(
        one.param("s", "S1").fetch_one::<String>().await.unwrap(),
        "S1"
    );
    let none = client
        .query("SELECT ?fields FROM trades WHERE id > 1000000")
        .fetch_all::<Trade>()
        .await
        .unwrap();
    assert!(none.is_empty());
}

#[tokio::test]
async fn the_clickhouse_crate_streams_any_format_once_per_token() {
    let (_db, client) = database().await;
    for _ in 0..2 {
        let mut insert = client
            .insert_formatted_with("INSERT INTO trades (id, symbol) FORMAT CSV")
            .with_setting("insert_deduplication_token", "t1")
            .with_setting("async_insert", "0");
        for id in 0..1_000 {
            insert.send(format!("{id},S{id}\n").into()).await.unwrap();
        }
        insert.end().await.unwrap();
    }
    // Dropped in the middle: nothing of it is stored.
    let mut dropped = client.insert_formatted_with("INSERT INTO trades (id, symbol) FORMAT CSV");
    dropped.send("5000,S\n".into()).await.unwrap();
    drop(dropped);
    assert_eq!(
        client
            .query("SELECT count() FROM trades")
            .fetch_one::<u64>()
            .await
            .unwrap(),
        1_000
    );
}

#[tokio::test]
async fn the_clickhouse_crate_sees_exceptions_before_and_in_a_reply() {
    let (_db, client) = database().await;
    let error = client
        .query("SELECT * FROM nothing")
        .execute()
        .await
        .unwrap_err();
    let clickhouse::error::Error::BadResponse(text) = error else {
        panic!("{error:?}")
    };
    assert!(text.starts_with("Code: 60. DB::Exception: "), "{text}");
    let query =
        "SELECT number + throwIf(number = 9000000) FROM numbers(10000000) SETTINGS max_threads = 1";
    let error = client.query(query).fetch_all::<u64>().await.unwrap_err();
    assert!(
        error.to_string().contains("Code: 395. DB::Exception: "),
        "{error}"
    );
    let mut insert = client.insert_formatted_with("INSERT INTO trades (id) FORMAT CSV");
    insert.send("nonsense\n".into()).await.unwrap();
    let error = insert.end().await.unwrap_err().to_string();
    assert!(error.contains("Code: 117. DB::Exception: "), "{error}");
}

const SCRIPT: &str = r#"
import sys, datetime, decimal
sys.path[:0] = sys.argv[3:]
import clickhouse_connect
for compress in (True, "zstd", "gzip", False):
    client = clickhouse_connect.get_client(host="127.0.0.1", port=int(sys.argv[1]), username="bf",
                                           password=sys.argv[2], database="bf", compress=compress)
    client.command("CREATE OR REPLACE TABLE py (a UInt64, s LowCardinality(String), n Nullable(Int32), "
                   "d Decimal(18, 4), t DateTime64(9, 'UTC'), l Array(String)) ENGINE = MergeTree ORDER BY a")
    at = datetime.datetime(2025, 1, 2, 3, 4, 5, 600000, tzinfo=datetime.timezone.utc)
    read_at = at.replace(tzinfo=None)
    rows = [[n, "s%d" % (n % 3), None if n % 2 else n, decimal.Decimal(n) / 4, at, ["x"] * (n % 4)] for n in range(100000)]
    summary = client.insert("py", rows, column_names=["a", "s", "n", "d", "t", "l"])
    assert summary.written_rows == 100000, summary
    read = [list(row) for row in client.query("SELECT * FROM py ORDER BY a").result_rows]
    for row in rows:
        row[4] = read_at
    assert read == rows, (compress, len(read), next(pair for pair in zip(read, rows) if pair[0] != pair[1]))
    assert client.query("SELECT a FROM py WHERE a = {x:UInt64}", parameters={"x": 5}).result_rows == [(5,)]
    assert client.query("SELECT * FROM py WHERE 0").result_rows == []
    assert client.command("SELECT getSetting('max_threads')", settings={"max_threads": 3}) == 3
    assert client.raw_query("SELECT 1 AS a", fmt="JSONEachRow") == b'{"a":1}\n'
    client.raw_insert("py", ["a", "s"], b"200000,raw\n", fmt="CSV")
    with client.query_row_block_stream("SELECT number FROM numbers(500000)") as blocks:
        assert sum(len(block) for block in blocks) == 500000
    try:
        client.query("SELECT * FROM nothing")
    except clickhouse_connect.driver.exceptions.DatabaseError as error:
        assert "60" in str(error), error
    else:
        raise AssertionError("no error")
    assert client.command("SELECT count() FROM py") == 100001
    client.close()
print("fine")
"#;

#[tokio::test]
async fn clickhouse_connect_writes_and_reads_rows() {
    let (db, _client) = database().await;
    let installed = installed().await;
    let new_enough = "import sys; sys.exit(sys.version_info < (3, 10))";
    let python = std::process::Command::new(&installed.python)
        .args(["-c", new_enough])
        .status();
    if !python.unwrap().success() {
        eprintln!("not tested: clickhouse-connect needs python 3.10");
        return;
    }
    let requirements = include_str!("../../requirements-test.txt");
    let packages =
        embedded::install_more(&Cache::from_env().unwrap(), "test-packages", requirements)
            .await
            .unwrap();
    let port = db.server.url().rsplit_once(':').unwrap().1;
    let output = std::process::Command::new(&installed.python)
        .args(["-c", SCRIPT, port, "secret"])
        .args([&packages, &installed.packages])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        text.trim_end(),
        "fine",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
