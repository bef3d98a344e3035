//! ClickHouse's HTTP interface, request by request, as curl would send them.

use embedded::clickhouse::ClickHouseOptions;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::setup::{Database, refusal, url};

const TABLE: &str = "CREATE TABLE t (a UInt64, b String DEFAULT 'none') ENGINE = MergeTree ORDER BY a \
                     SETTINGS non_replicated_deduplication_window = 100";

#[tokio::test]
async fn statements_come_in_the_url_or_the_body_or_both() {
    let db = Database::start().await;
    let get = |path: &str| db.client.get(format!("{}{path}", db.server.url())).send();
    assert_eq!(get("/").await.unwrap().text().await.unwrap(), "Ok.\n");
    assert_eq!(get("/ping").await.unwrap().text().await.unwrap(), "Ok.\n");
    assert_eq!(get("/nothing").await.unwrap().status(), 404);
    assert_eq!(
        get("/?query=SELECT%201")
            .await
            .unwrap()
            .text()
            .await
            .unwrap(),
        "1\n"
    );
    let both = db
        .send(&[("query", "SELECT 1 +")], "2 FORMAT JSONEachRow")
        .await;
    assert_eq!(both.text().await.unwrap(), "{\"plus(1, 2)\":3}\n");
    assert_eq!(
        refusal(
            get("/?query=CREATE%20TABLE%20t%20(a%20Int8)%20ENGINE=Memory")
                .await
                .unwrap()
        )
        .await
        .1,
        "164"
    );
    assert_eq!(
        db.ask("SHOW DATABASES LIKE 'sys%' -- comment").await,
        "system"
    );
    assert_eq!(db.refused(&[], "SELECT 1; SELECT 2").await.1, "62");
    assert_eq!(db.refused(&[], "").await.1, "62");
}

#[tokio::test]
async fn inserts_take_their_data_from_wherever_it_follows() {
    let db = Database::start().await;
    db.ask(TABLE).await;
    db.ask("INSERT INTO t VALUES (1, 'it''s'), (1 + 1, 'FORMAT CSV')")
        .await;
    db.ask("INSERT INTO t (a) SELECT number FROM numbers(3, 2)")
        .await;
    db.ask("INSERT INTO `default`.`t` (`b`, a) FORMAT JSONEachRow\n{\"a\": 5}\n")
        .await;
    db.send(
        &[("query", "INSERT INTO t (a, b) FORMAT CSV")],
        "6,six\n7,\"se\nven\"\n",
    )
    .await;
    db.send(&[("query", "INSERT INTO t (a) /* ; */ VALUES")], "(8)")
        .await;
    let binary: Vec<u8> = [
        &b"INSERT INTO t (a) FORMAT RowBinary\n"[..],
        &[9, 0, 0, 0, 0, 0, 0, 0],
    ]
    .concat();
    db.send(&[], binary).await;
    let rows = db
        .ask("SELECT count(), sum(a), groupArraySorted(9)(b) FROM t FORMAT JSONCompactEachRow")
        .await;
    assert_eq!(
        rows,
        r#"[9, 45, ["FORMAT CSV","it's","none","none","none","none","none","se\nven","six"]]"#
    );
    let (status, code, _) = db
        .refused(&[], "INSERT INTO t FORMAT CSV\n10\nnonsense\n")
        .await;
    assert_eq!((status, code.as_str()), (400, "27"));
    assert_eq!(db.ask("SELECT count() FROM t").await, "9");
}

#[tokio::test]
async fn the_end_of_an_insert_s_statement_is_found() {
    let db = Database::start().await;
    db.ask("CREATE TABLE format (select UInt64, `values` String) ENGINE = Memory")
        .await;
    for insert in [
        "/* INSERT */ INSERT INTO format (select, `values`) FORMAT CSV 1,a",
        "insert into table default.format (* except(select)) format TSV\na\n",
        "INSERT INTO format\nSETTINGS async_insert = 0 -- FORMAT JSON\nVALUES (1, 'FORMAT CSV')",
        "INSERT INTO FUNCTION remote('127.0.0.1', default.format) FORMAT JSONEachRow {\"select\": 1}",
        "INSERT INTO format WITH 1 AS x SELECT x, 'VALUES' FORMAT CSV",
    ] {
        db.ask(insert).await;
    }
    assert_eq!(db.ask("SELECT count() FROM format").await, "5");
    let input = "INSERT INTO format SELECT a, 'a' FROM input('a UInt64') FORMAT CSV 1";
    assert_eq!(db.refused(&[], input).await.1, "48");
}

#[tokio::test]
async fn what_a_format_writes_it_reads() {
    let db = Database::start().await;
    let rows = "SELECT number AS a, toString(number) AS b FROM numbers(200000)";
    for format in [
        "ArrowStream",
        "Native",
        "Parquet",
        "RowBinary",
        "RowBinaryWithNamesAndTypes",
        "JSONEachRow",
        "CSVWithNames",
        "TSVWithNamesAndTypes",
        "JSONCompactEachRowWithNames",
        "MsgPack",
        "Values",
    ] {
        db.ask(&TABLE.replace("CREATE", "CREATE OR REPLACE")).await;
        let body = db
            .send(&[("default_format", format)], rows)
            .await
            .bytes()
            .await
            .unwrap();
        let reply = db
            .send(
                &[("query", &format!("INSERT INTO t FORMAT {format}"))],
                body,
            )
            .await;
        assert_eq!(
            reply.status(),
            200,
            "{format}: {}",
            reply.text().await.unwrap()
        );
        assert_eq!(
            db.ask("SELECT count(), sum(a), uniqExact(b) FROM t").await,
            "200000\t19999900000\t200000",
            "{format}"
        );
    }
}

#[tokio::test]
async fn a_refused_insert_leaves_the_connection_usable() {
    let db = Database::start().await;
    db.ask(TABLE).await;
    let pieces = || {
        futures_util::stream::iter(
            (0..40).map(|_| Ok::<_, std::io::Error>("nonsense\n".repeat(20_000))),
        )
    };
    for query in ["INSERT INTO t FORMAT CSV", "INSERT INTO nothing FORMAT CSV"] {
        let reply = db
            .send(&[("query", query)], reqwest::Body::wrap_stream(pieces()))
            .await;
        assert_ne!(refusal(reply).await.1, "");
        assert_eq!(db.ask("SELECT count() FROM t").await, "0");
    }
}

#[tokio::test]
async fn a_batch_is_stored_once_per_deduplication_token() {
    let db = Database::start().await;
    db.ask(TABLE).await;
    for token in ["a", "a", "b"] {
        let parameters = [
            ("query", "INSERT INTO t FORMAT CSV"),
            ("insert_deduplication_token", token),
        ];
        let reply = db
            .send(
                &[&parameters[..], &[("async_insert", "0")]].concat(),
                "1,one\n",
            )
            .await;
        assert_eq!(reply.status(), 200);
    }
    db.ask("INSERT INTO t SETTINGS insert_deduplication_token = 'a' FORMAT CSV\n1,one\n")
        .await;
    assert_eq!(db.ask("SELECT count() FROM t").await, "2");
}

#[tokio::test]
async fn settings_and_parameters_hold_for_one_request() {
    let db = Database::start().await;
    db.ask("CREATE DATABASE bf").await;
    let threads = "SELECT getSetting('max_threads')::UInt64";
    assert_eq!(
        db.send(&[("max_threads", "7")], threads)
            .await
            .text()
            .await
            .unwrap(),
        "7\n"
    );
    assert_ne!(db.ask(threads).await, "7");
    let parameters = [
        ("param_x", "it's\\t{y}"),
        ("param_n", "[1,2]"),
        ("database", "bf"),
    ];
    let query = "SELECT {x:String}, {n:Array(UInt8)}, currentDatabase() FORMAT JSONCompactEachRow";
    assert_eq!(
        db.send(&parameters, query).await.text().await.unwrap(),
        "[\"it's\\t{y}\", [1,2], \"bf\"]\n"
    );
    assert_eq!(
        db.refused(&[("no_such_setting", "1")], "SELECT 1").await.1,
        "115"
    );
    assert_eq!(
        db.refused(&[("max_threads = 1, x", "1")], "SELECT 1")
            .await
            .1,
        "115"
    );
    assert_eq!(
        db.refused(&[("database", "nowhere")], "SELECT 1").await.0,
        404
    );
    let json = db
        .send(&[("default_format", "JSONEachRow")], "SELECT 1 AS a")
        .await;
    assert_eq!(json.headers()["X-ClickHouse-Format"], "JSONEachRow");
    assert_eq!(json.text().await.unwrap(), "{\"a\":1}\n");
}

#[tokio::test]
async fn a_session_keeps_its_temporary_tables_and_not_the_settings_of_a_request() {
    let db = Database::start().await;
    let session = ("session_id", "s");
    assert_eq!(
        db.send(&[session], "CREATE TEMPORARY TABLE x (a UInt8)")
            .await
            .status(),
        200
    );
    assert_eq!(
        db.send(&[session], "SET max_threads = 3").await.status(),
        200
    );
    let threads = "SELECT count() + getSetting('max_threads')::UInt64 FROM x";
    assert_eq!(
        db.send(&[session, ("max_threads", "7")], threads)
            .await
            .text()
            .await
            .unwrap(),
        "7\n"
    );
    assert_eq!(
        db.send(&[session], threads).await.text().await.unwrap(),
        "3\n"
    );
    assert_eq!(db.refused(&[], "SELECT * FROM x").await.1, "60");
    let slow = [session];
    let slow = async || db.refused(&slow, "SELECT sleep(1)").await.0;
    let mut statuses: [u16; 2] = tokio::join!(slow(), slow()).into();
    statuses.sort();
    assert_eq!(statuses, [200, 500], "one of two at once is locked out");
}

#[tokio::test]
async fn users_are_asked_in_every_way_the_server_knows() {
    let options = ClickHouseOptions {
        user: "bf".into(),
        password: "s&<e".into(),
        ..Default::default()
    };
    let db = Database::with(options).await;
    let request = || db.request(&[]).body("SELECT 1");
    assert_eq!(
        request()
            .basic_auth("bf", Some("s&<e"))
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    let headers = request()
        .header("X-ClickHouse-User", "bf")
        .header("X-ClickHouse-Key", "s&<e");
    assert_eq!(headers.send().await.unwrap().status(), 200);
    assert_eq!(
        db.send(&[("user", "bf"), ("password", "s&<e")], "SELECT 1")
            .await
            .status(),
        200
    );
    for wrong in [
        request(),
        request().basic_auth("bf", Some("")),
        request().basic_auth("default", Some("s&<e")),
    ] {
        let (status, code, text) = refusal(wrong.send().await.unwrap()).await;
        assert_eq!((status, code.as_str()), (403, "516"));
        assert!(text.contains("Authentication failed"), "{text}");
    }
}

#[tokio::test]
async fn exceptions_have_the_server_s_codes_statuses_and_words() {
    let db = Database::start().await;
    for (query, status, code) in [
        ("SELECT * FROM nothing", 404, "60"),
        ("INSERT INTO nothing FORMAT CSV\n1\n", 404, "60"),
        ("SELECT * FROM nowhere.nothing", 404, "81"),
        ("SELEKT 1", 400, "62"),
        ("SELECT no_such_function(1)", 404, "46"),
        ("SELECT throwIf(1)", 500, "395"),
        ("SELECT 1 FORMAT Nonsense", 404, "73"),
        (
            "SELECT sleepEachRow(1) FROM numbers(3) SETTINGS max_block_size = 1, max_execution_time = 1",
            408,
            "159",
        ),
    ] {
        let (got_status, got_code, text) = db.refused(&[], query).await;
        assert_eq!(
            (got_status, got_code.as_str()),
            (status, code),
            "{query}: {text}"
        );
        assert!(
            text.starts_with(&format!("Code: {code}. DB::Exception: ")),
            "{text}"
        );
        assert!(text.contains("(version 26."), "{text}");
    }
    assert_eq!(db.ask("SELECT 1").await, "1");
}

#[tokio::test]
async fn an_exception_in_the_middle_of_a_reply_breaks_it() {
    let db = Database::start().await;
    let query =
        "SELECT number, throwIf(number = 5000000) FROM numbers(10000000) SETTINGS max_threads = 1";
    let mut reply = db.send(&[], query).await;
    assert_eq!(reply.status(), 200);
    let tag = reply.headers()["X-ClickHouse-Exception-Tag"]
        .to_str()
        .unwrap()
        .to_owned();
    let mut text = Vec::new();
    let end = loop {
        match reply.chunk().await {
            Ok(Some(chunk)) => text.extend_from_slice(&chunk),
            end => break end,
        }
    };
    end.unwrap_err();
    let text = String::from_utf8_lossy(&text);
    assert!(
        text.ends_with(&format!(" {tag}\r\n__exception__\r\n")),
        "{}",
        &text[text.len() - 500..]
    );
    assert!(text.contains("Code: 395. DB::Exception: "));
    let whole = db.send(&[("wait_end_of_query", "1")], query).await;
    assert_eq!(refusal(whole).await.1, "395");
}

#[tokio::test]
async fn replies_of_any_size_are_whole_and_well_formed() {
    let db = Database::start().await;
    for (format, bytes) in [
        ("RowBinary", 8 * 1_000_000),
        ("RowBinaryWithNamesAndTypes", 8 * 1_000_000 + 10),
        ("TSVWithNamesAndTypes", 6_888_890 + 9),
        ("CSVWithNames", 6_888_890 + 4),
    ] {
        let query = format!("SELECT number AS n FROM numbers(1000000) FORMAT {format}");
        assert_eq!(
            db.send(&[], query).await.bytes().await.unwrap().len(),
            bytes,
            "{format}"
        );
    }
    let json = db
        .ask("SELECT number AS n FROM numbers(300000) FORMAT JSON")
        .await;
    assert_eq!(
        serde_json::from_str::<Value>(&json).unwrap()["rows"],
        300_000
    );
    let empty = db
        .send(
            &[],
            "SELECT 1 AS n WHERE 0 FORMAT RowBinaryWithNamesAndTypes",
        )
        .await;
    assert_eq!(&empty.bytes().await.unwrap()[..], b"\x01\x01n\x05UInt8");
}

#[tokio::test]
async fn replies_carry_the_server_s_headers() {
    let db = Database::start().await;
    db.ask(TABLE).await;
    let reply = db
        .send(
            &[("query_id", "mine")],
            "INSERT INTO t FORMAT CSV\n1,one\n2,two\n",
        )
        .await;
    assert_eq!(reply.headers()["X-ClickHouse-Query-Id"], "mine");
    assert!(reply.headers().contains_key("X-ClickHouse-Timezone"));
    let summary: Value =
        serde_json::from_slice(reply.headers()["X-ClickHouse-Summary"].as_bytes()).unwrap();
    assert_eq!(summary["written_rows"], "2");
    let reply = db.send(&[], "SELECT * FROM t").await;
    let summary: Value =
        serde_json::from_slice(reply.headers()["X-ClickHouse-Summary"].as_bytes()).unwrap();
    assert_eq!(
        (&summary["read_rows"], &summary["result_rows"]),
        (&"2".into(), &"2".into())
    );
    assert!(
        summary["elapsed_ns"]
            .as_str()
            .unwrap()
            .parse::<u64>()
            .unwrap()
            > 0
    );
}

#[tokio::test]
async fn a_connection_serves_many_requests_and_waits_with_the_body_when_told() {
    let db = Database::start().await;
    db.ask(TABLE).await;
    let mut stream = TcpStream::connect(url(db.server.url()).socket_addrs(|| None).unwrap()[0])
        .await
        .unwrap();
    let head = "POST /?query=INSERT+INTO+t+FORMAT+CSV HTTP/1.1\r\nHost: x\r\n";
    stream
        .write_all(format!("{head}Content-Length: 6\r\nExpect: 100-continue\r\n\r\n").as_bytes())
        .await
        .unwrap();
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).await.unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"1,one\n").await.unwrap();
    let chunked =
        format!("{head}Transfer-Encoding: chunked\r\n\r\n3\r\n2,t\r\n3;x=y\r\nwo\n\r\n0\r\n\r\n");
    stream.write_all(chunked.as_bytes()).await.unwrap();
    stream
        .write_all(
            b"GET /?query=SELECT+count()+FROM+t HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        )
        .await
        .unwrap();
    let mut replies = String::new();
    stream.read_to_string(&mut replies).await.unwrap();
    assert_eq!(replies.matches("HTTP/1.1 200 OK").count(), 3, "{replies}");
    assert!(replies.ends_with("\r\n\r\n2\n"), "{replies}");
}
