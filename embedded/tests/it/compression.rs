//! Compressed bodies both ways; the encoders are those of the Python standard library and of the
//! command line, so both ends are not the same code.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::setup::{Database, installed, refusal};

/// Runs Python that reads stdin and writes stdout, with the installed codecs.
async fn python(code: &str, input: &[u8]) -> Vec<u8> {
    let installed = installed().await;
    let mut child = Command::new(&installed.python)
        .args([
            "-c",
            &format!("import sys\ni=sys.stdin.buffer.read()\n{code}\nsys.stdout.buffer.write(o)"),
        ])
        .env("PYTHONPATH", &installed.packages)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    output.stdout
}

const ENCODERS: [(&str, &str, &str); 5] = [
    (
        "gzip",
        "import gzip; o = gzip.compress(i)",
        "import gzip; o = gzip.decompress(i)",
    ),
    (
        "deflate",
        "import zlib; o = zlib.compress(i)",
        "import zlib; o = zlib.decompress(i)",
    ),
    (
        "lz4",
        "import lz4.frame; o = lz4.frame.compress(i)",
        "import lz4.frame; o = lz4.frame.decompress(i)",
    ),
    (
        "zstd",
        "import zstandard; o = zstandard.ZstdCompressor().compress(i)",
        "import zstandard; o = zstandard.ZstdDecompressor().decompressobj().decompress(i)",
    ),
    (
        "br",
        "import brotli; o = brotli.compress(i, quality=1)",
        "import brotli; o = brotli.decompress(i)",
    ),
];

#[tokio::test]
async fn bodies_may_be_compressed_in_every_usual_way() {
    let db = Database::start().await;
    let rows: Vec<u8> = (0..300_000)
        .flat_map(|n| format!("{n}\n").into_bytes())
        .collect();
    for (name, encode, decode) in ENCODERS {
        db.ask("CREATE OR REPLACE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a")
            .await;
        let packed = python(encode, &rows).await;
        let insert = |body: Vec<u8>| {
            db.request(&[("query", "INSERT INTO t FORMAT TSV")])
                .header("Content-Encoding", name)
                .body(body)
                .send()
        };
        let cut = insert(packed[..packed.len() - 1].to_vec()).await.unwrap();
        assert_ne!(
            refusal(cut).await.1,
            "",
            "a body without its last byte, {name}"
        );
        assert_eq!(db.ask("SELECT count() FROM t").await, "0", "{name}");
        let stored = insert(packed.clone()).await.unwrap();
        assert_eq!(stored.status(), 200, "{name}");
        let count = "SELECT count(), uniqExact(a) FROM t";
        assert_eq!(db.ask(count).await, "300000\t300000", "{name}");
        // Several frames one after another are one body; Brotli knows no such thing.
        if name != "br" {
            let twice = insert([packed.clone(), packed].concat()).await.unwrap();
            assert_eq!(twice.status(), 200, "{name}");
            assert_eq!(db.ask(count).await, "900000\t300000", "{name}");
        }

        let reply = db
            .request(&[])
            .header("Accept-Encoding", name)
            .body("SELECT DISTINCT a FROM t ORDER BY a");
        let reply = reply.send().await.unwrap();
        assert_eq!(reply.headers()["Content-Encoding"], name);
        let body = reply.bytes().await.unwrap();
        assert!(
            python(decode, &body).await == rows,
            "{name}: the reply differs"
        );
    }
    let plain = db
        .request(&[("enable_http_compression", "0")])
        .header("Accept-Encoding", "gzip")
        .body("SELECT 1");
    assert_eq!(plain.send().await.unwrap().text().await.unwrap(), "1\n");
}

#[tokio::test]
async fn blocks_are_checked() {
    let db = Database::start().await;
    db.ask("CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a")
        .await;
    let blocks = db
        .send(&[("compress", "1")], "SELECT number FROM numbers(100000)")
        .await
        .bytes()
        .await
        .unwrap();
    let insert = [("query", "INSERT INTO t FORMAT TSV"), ("decompress", "1")];
    assert_eq!(db.send(&insert, blocks.clone()).await.status(), 200);
    assert_eq!(db.ask("SELECT sum(a) FROM t").await, "4999950000");
    let mut broken = blocks.to_vec();
    broken[40] ^= 1;
    assert_eq!(refusal(db.send(&insert, broken).await).await.1, "40");
    assert_eq!(
        refusal(db.send(&insert, blocks.slice(..blocks.len() - 1)).await)
            .await
            .1,
        "33"
    );
    assert_eq!(db.ask("SELECT count() FROM t").await, "100000");
}
