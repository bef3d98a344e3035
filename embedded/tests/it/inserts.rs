//! "OK" means stored: whatever the engine refuses, at whatever moment, the client is told.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::setup::{Database, refusal};

/// Status and exception code of an insert of the rows this query gives, sent piece by piece.
async fn insert(db: &Database, table: &str, format: &str, rows: &str) -> (u16, String) {
    let body = db
        .send(&[("default_format", format)], rows.to_owned())
        .await;
    let body = body.bytes().await.unwrap();
    let pieces: Vec<_> = body.chunks(7).map(<[u8]>::to_vec).collect();
    let pieces = futures_util::stream::iter(pieces.into_iter().map(Ok::<_, std::io::Error>));
    let query = format!("INSERT INTO {table} (a) SETTINGS async_insert = 0 FORMAT {format}");
    let body = reqwest::Body::wrap_stream(pieces);
    let (status, code, _) = refusal(db.send(&[("query", &query)], body).await).await;
    (status, code)
}

fn refused(code: &str) -> (u16, String) {
    (500, code.to_owned())
}

fn stored() -> (u16, String) {
    (200, String::new())
}

const FORMATS: [&str; 6] = [
    "RowBinary",
    "ArrowStream",
    "JSONEachRow",
    "CSV",
    "Native",
    "Parquet",
];

#[tokio::test]
async fn a_violated_constraint_is_reported_and_nothing_stored() {
    let db = Database::start().await;
    db.ask("CREATE TABLE t (a UInt64, CONSTRAINT c CHECK a < 10) ENGINE = MergeTree ORDER BY a")
        .await;
    for (stored_before, format) in FORMATS.into_iter().enumerate() {
        let rows = "SELECT arrayJoin([1, 10])::UInt64 AS a";
        assert_eq!(insert(&db, "t", format, rows).await, refused("469"));
        let count = db.ask("SELECT count() FROM t").await;
        assert_eq!(count, stored_before.to_string(), "{format}");
        let rows = "SELECT 9::UInt64 AS a";
        assert_eq!(insert(&db, "t", format, rows).await, stored());
    }
    for query in ["INSERT INTO t VALUES (10)", "INSERT INTO t SELECT 10"] {
        assert_eq!(db.refused(&[], query).await.1, "469");
    }
    assert_eq!(db.ask("SELECT count(), max(a) FROM t").await, "6\t9");
}

#[tokio::test]
async fn too_many_parts_are_reported_and_nothing_stored() {
    let db = Database::start().await;
    db.ask("CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a SETTINGS parts_to_throw_insert = 1")
        .await;
    let rows = "SELECT 1::UInt64 AS a";
    assert_eq!(insert(&db, "t", "RowBinary", rows).await, stored());
    for format in FORMATS {
        assert_eq!(insert(&db, "t", format, rows).await, refused("252"));
    }
    assert_eq!(db.ask("SELECT count() FROM t").await, "1");
}

#[tokio::test]
async fn a_materialized_view_that_throws_is_reported() {
    let db = Database::start().await;
    for query in [
        "CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a",
        "CREATE TABLE seen (a UInt64) ENGINE = MergeTree ORDER BY a",
        "CREATE MATERIALIZED VIEW v TO seen AS SELECT a + throwIf(a > 9) AS a FROM t",
    ] {
        db.ask(query).await;
    }
    for format in FORMATS {
        let rows = "SELECT 10::UInt64 AS a";
        assert_eq!(insert(&db, "t", format, rows).await, refused("395"));
    }
    assert_eq!(db.ask("SELECT count() FROM seen").await, "0");
}

#[tokio::test]
async fn an_error_in_the_last_of_many_blocks_is_reported() {
    let db = Database::start().await;
    let last = 2_999_999;
    db.ask(&format!(
        "CREATE TABLE t (a UInt64, CONSTRAINT c CHECK a < {last}) ENGINE = MergeTree ORDER BY a"
    ))
    .await;
    let rows: Vec<u8> = (0..=last).flat_map(u64::to_le_bytes).collect();
    let query = [("query", "INSERT INTO t FORMAT RowBinary")];
    let all_but_one = rows[..rows.len() - 8].to_vec();
    let (status, code, _) = refusal(db.send(&query, rows).await).await;
    assert_eq!((status, code), refused("469"));
    db.ask("TRUNCATE TABLE t").await;
    assert_eq!(db.send(&query, all_but_one).await.status(), 200);
    assert_eq!(db.ask("SELECT count() FROM t").await, last.to_string());
}

#[tokio::test]
async fn an_insert_cut_off_in_the_middle_stores_nothing() {
    let db = Database::start().await;
    db.ask("CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a")
        .await;
    let address = db.server.url().strip_prefix("http://").unwrap();
    // Whole rows, also more than the engine keeps together: nothing but the end of the body is wrong.
    let long = vec![0; 3_000_000 * 8];
    for (head, body) in [
        ("Content-Length: 1000000", &long[..800]),
        ("Content-Length: 24000001", &long[..]),
        ("Transfer-Encoding: chunked", b"8\r\n12345678\r\n"),
    ] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "POST /?query=INSERT+INTO+t+FORMAT+RowBinary HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.write_all(body).await.unwrap();
        stream.shutdown().await.unwrap();
        // The server ends the connection after it has given up the insert.
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&reply), "");
        assert_eq!(db.ask("SELECT count() FROM t").await, "0", "{head}");
    }
    db.ask("INSERT INTO t FORMAT CSV\n1\n").await;
    assert_eq!(db.ask("SELECT count() FROM t").await, "1");
}
