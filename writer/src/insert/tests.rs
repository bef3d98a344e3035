//! The inserter against a server that misbehaves as told, and keeps what it was sent.

use std::sync::{Arc, Mutex};

use common::service::Health;
use common::tables::{Document, Rows};
use prometheus::Registry;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::record::decode;

/// What the stub does with one insert.
#[derive(Clone, Copy)]
enum Reply {
    Status(&'static str, &'static str),
    /// Reads everything, then closes without a word.
    Cut,
    /// Answers before it has read the body.
    Early(&'static str),
}

const OK: Reply = Reply::Status("200 OK", "");

/// A request: its head and its body.
type Seen = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

async fn stub(replies: Vec<Reply>) -> (String, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen = Seen::default();
    let kept = seen.clone();
    tokio::spawn(async move {
        for reply in replies {
            let (stream, _) = listener.accept().await.unwrap();
            let request = serve(stream, reply).await;
            kept.lock().unwrap().push(request);
        }
    });
    (url, seen)
}

async fn serve(mut stream: TcpStream, reply: Reply) -> (String, Vec<u8>) {
    let mut request = Vec::new();
    while !request.windows(4).any(|four| four == b"\r\n\r\n") {
        stream.read_buf(&mut request).await.unwrap();
    }
    if let Reply::Early(words) = reply {
        answer(&mut stream, "500 Internal Server Error", words).await;
        return (String::new(), Vec::new());
    }
    while !request.ends_with(b"\r\n0\r\n\r\n") {
        stream.read_buf(&mut request).await.unwrap();
    }
    if let Reply::Status(status, words) = reply {
        answer(&mut stream, status, words).await;
    }
    let head = request
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap();
    let text = String::from_utf8_lossy(&request[..head]).into_owned();
    (text, request[head..].to_vec())
}

async fn answer(stream: &mut TcpStream, status: &str, words: &str) {
    let length = words.len();
    let reply = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{words}"
    );
    stream.write_all(reply.as_bytes()).await.unwrap();
}

fn inserter(url: &str) -> Inserter {
    let settings = common::settings::load(None, std::iter::empty::<(String, String)>()).unwrap();
    let clickhouse = settings::ClickHouse {
        url: url.to_owned(),
        ..settings.clickhouse
    };
    let shortest = Duration::from_millis(1);
    Inserter {
        table: Table::Document,
        layout: Layout::of(Table::Document),
        client: client(&clickhouse),
        gate: Gate::new(2),
        backoff: Backoff {
            first: shortest,
            cap: shortest,
        },
        timeout: Duration::from_secs(10),
        troubles: Arc::new(Troubles::new("clickhouse", &Health::default())),
        metrics: Metrics::new(&Registry::new()).unwrap(),
        shutdown: Shutdown::default(),
    }
}

fn content(inserter: &Inserter) -> Content {
    let mut rows = Rows::default();
    rows.push(&Document {
        source: "s",
        dataset: "d",
        id: "1",
        body: &"x".repeat(1_000_000),
    });
    let body = common::records::encode(&rows.take(1)[0]).unwrap();
    decode(&inserter.layout, 7, &body).unwrap()
}

async fn run(replies: Vec<Reply>) -> (Answer, Vec<(String, Vec<u8>)>, Inserter) {
    let (url, seen) = stub(replies).await;
    let inserter = inserter(&url);
    let content = content(&inserter);
    let mut slot = Some(inserter.gate.enter().await);
    let answer = inserter.insert(&[&content], &mut slot).await;
    let seen = seen.lock().unwrap().clone();
    (answer, seen, inserter)
}

#[tokio::test]
async fn the_same_bytes_and_token_until_there_is_an_ok() {
    let replies = vec![
        Reply::Cut,
        Reply::Status("500 Internal Server Error", "something in between"),
        Reply::Status("502 Bad Gateway", ""),
        Reply::Status(
            "500 Internal Server Error",
            "Code: 241. DB::Exception: memory (MEMORY_LIMIT_EXCEEDED)",
        ),
        Reply::Status(
            "500 Internal Server Error",
            "Code: 60. DB::Exception: no table (UNKNOWN_TABLE)",
        ),
        OK,
    ];
    let attempts = replies.len();
    let (answer, seen, inserter) = run(replies).await;
    assert!(matches!(answer, Answer::Stored));
    // The stub keeps a request after its answer, so the last may still be on its way.
    assert!(seen.len() >= attempts - 1);
    assert!(seen.iter().all(|request| *request == seen[0]));
    let line = seen[0].0.lines().next().unwrap();
    for part in [
        "insert_deduplication_token=documents%3A",
        "async_insert=0",
        "max_partitions_per_insert_block=0",
    ] {
        assert!(line.contains(part), "{part} is missing in {line}");
    }
    let count = |outcome| {
        inserter
            .metrics
            .inserts
            .with_label_values(&["documents", outcome])
            .get()
    };
    assert_eq!((count("retry"), count("held"), count("stored")), (4, 1, 1));
}

#[tokio::test]
async fn too_many_parts_takes_the_whole_gate() {
    let parts = "Code: 252. DB::Exception: Too many parts (TOO_MANY_PARTS)";
    let (url, _) = stub(vec![
        Reply::Early(parts),
        Reply::Status("500 Oops", parts),
        OK,
    ])
    .await;
    let inserter = inserter(&url);
    let content = content(&inserter);
    let mut slot = Some(inserter.gate.enter().await);
    let answer = inserter.insert(&[&content], &mut slot).await;
    assert!(matches!(answer, Answer::Stored));
    assert_eq!(slot.map(|slot| slot.num_permits()), Some(2));
}

#[tokio::test]
async fn a_refusal_is_handed_back_at_once() {
    let words = "Code: 117. DB::Exception: nonsense (INCORRECT_DATA)\nstack trace";
    let (answer, _, _) = run(vec![Reply::Status("400 Bad Request", words)]).await;
    let Answer::Refused(failure) = answer else {
        panic!("not refused: {answer:?}");
    };
    assert_eq!(
        (failure.code, failure.words.as_str()),
        (Some(117), words.lines().next().unwrap())
    );
}

#[tokio::test]
async fn a_stop_ends_the_waiting() {
    let inserter = inserter("http://127.0.0.1:1");
    let content = content(&inserter);
    inserter.shutdown.stop();
    let mut slot = Some(inserter.gate.enter().await);
    let answer = inserter.insert(&[&content], &mut slot).await;
    assert!(matches!(answer, Answer::Stopped));
}
