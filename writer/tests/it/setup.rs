//! The servers, the writer's process, and messages to feed it.

use std::future::Future;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_nats::HeaderMap;
use bytes::Bytes;
use common::item::Token;
use common::nats::{Nats, Patience};
use common::records::{ITEM_HEADER, encode};
use common::tables::{Row, Rows, Table, Trade};
use common::{nats, streams};
use embedded::clickhouse::{ClickHouse, ClickHouseOptions};
use embedded::nats::NatsServer;
use embedded::process::{Launch, Process, Signal};
use embedded::{Cache, Installed};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longer than any outage here lasts; reached only when something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Stage {
    pub(crate) nats: NatsServer,
    pub(crate) clickhouse: ClickHouse,
    pub(crate) broker: Nats,
    pub(crate) installed: Installed,
    pub(crate) dir: TempDir,
    writers: AtomicUsize,
}

/// A running writer.
pub(crate) struct Writer {
    pub(crate) process: Process,
    pub(crate) log: PathBuf,
}

impl Stage {
    pub(crate) async fn start() -> Self {
        let installed = embedded::install(&Cache::from_env().unwrap())
            .await
            .unwrap();
        let dir = TempDir::new().unwrap();
        let options = ClickHouseOptions {
            faults: true,
            ..ClickHouseOptions::default()
        };
        let (nats_dir, clickhouse_dir) = (dir.path().join("nats"), dir.path().join("clickhouse"));
        let (nats, clickhouse) = tokio::join!(
            NatsServer::start(&installed, &nats_dir, Default::default()),
            ClickHouse::start(&installed, &clickhouse_dir, options),
        );
        let (nats, clickhouse) = (nats.unwrap(), clickhouse.unwrap());
        let no_variables = std::iter::empty::<(String, String)>();
        let mut settings = common::settings::load(None, no_variables).unwrap();
        settings.nats.url = nats.url().to_owned();
        let broker = nats::connect(&settings.nats, "test", Patience::Fail)
            .await
            .unwrap();
        streams::ensure(&broker, &settings.streams).await.unwrap();
        let writers = AtomicUsize::new(0);
        Self {
            nats,
            clickhouse,
            broker,
            installed,
            dir,
            writers,
        }
    }

    /// With the tables made.
    pub(crate) async fn migrated() -> Self {
        let stage = Self::start().await;
        let mut migrate = stage.launch(&["migrate"], &[]).await;
        assert!(migrate.process.wait().await.unwrap().success());
        stage
    }

    /// Starts a writer, with further settings as (variable, value).
    pub(crate) async fn writer(&self, variables: &[(&str, &str)]) -> Writer {
        self.launch(&[], variables).await
    }

    /// Starts the program with arguments.
    pub(crate) async fn launch(&self, args: &[&str], variables: &[(&str, &str)]) -> Writer {
        let number = self.writers.fetch_add(1, Ordering::SeqCst);
        let log = self.dir.path().join(format!("writer-{number}.log"));
        let mut launch = Launch::new(&self.installed.python, env!("CARGO_BIN_EXE_writer"))
            .args(args.iter().copied())
            .env("BACKFLEET__NATS__URL", self.nats.url())
            .env("BACKFLEET__CLICKHOUSE__URL", self.clickhouse.url())
            .env("BACKFLEET__HTTP__WRITER", "127.0.0.1:0")
            .env("BACKFLEET__STREAMS__ACK_WAIT_MS", "2000")
            .env("BACKFLEET__WRITER__MAX_AGE_MS", "100")
            .log(&log);
        for (name, value) in variables {
            launch = launch.env(name, value);
        }
        Writer {
            process: launch.spawn().await.unwrap(),
            log,
        }
    }

    /// Publishes a message of rows and waits until it is stored.
    pub(crate) async fn publish<R: Row>(&self, item: &str, rows: &[R], version: u64) {
        let mut collected = Rows::default();
        for row in rows {
            collected.push(row);
        }
        for batch in collected.take(version) {
            self.publish_body(R::TABLE, item, encode(&batch).unwrap())
                .await;
        }
    }

    pub(crate) async fn publish_body(&self, table: Table, item: &str, body: Bytes) -> u64 {
        let mut headers = HeaderMap::new();
        headers.insert(ITEM_HEADER, format!("job.{item}").as_str());
        let subject = streams::records(table, &Token::new("job").unwrap());
        let sent = self
            .broker
            .jetstream
            .publish_with_headers(subject, headers, body);
        sent.await.unwrap().await.unwrap().sequence
    }

    /// Publishes `messages` messages of ten trades each, with ids from `first` on.
    pub(crate) async fn publish_trades(&self, first: usize, messages: usize) {
        for message in 0..messages {
            let first = first + message * 10;
            let ids: Vec<_> = (first..first + 10).map(|id| id.to_string()).collect();
            let trades: Vec<_> = ids.iter().map(|id| trade(id)).collect();
            self.publish(&format!("item-{first}"), &trades, 1).await;
        }
    }

    /// The answer of ClickHouse, tab separated.
    pub(crate) async fn query(&self, sql: &str) -> Result<String, String> {
        let path = "/?database=backfleet&default_format=TabSeparated";
        http(self.clickhouse.url(), "POST", path, sql).await
    }

    pub(crate) async fn ask(&self, sql: &str) -> String {
        self.query(sql).await.unwrap().trim_end().to_owned()
    }

    pub(crate) async fn plan_fault(&self, order: &str) {
        http(self.clickhouse.url(), "POST", "/__fault", order)
            .await
            .unwrap();
    }

    /// Waits until `RECORDS` is empty: everything is settled.
    pub(crate) async fn settled(&self) {
        until("RECORDS is empty", async || self.waiting().await == Some(0)).await;
    }

    pub(crate) async fn waiting(&self) -> Option<u64> {
        let stream = self
            .broker
            .jetstream
            .get_stream(streams::RECORDS)
            .await
            .ok()?;
        Some(stream.cached_info().state.messages)
    }

    /// The trades are there, each once, and nothing else.
    pub(crate) async fn expect_trades(&self, rows: usize) {
        let found = self
            .ask("SELECT count(), uniqExact(trade_id), sum(toUInt64(trade_id)) FROM trades_final")
            .await;
        let sum: usize = (0..rows).sum();
        assert_eq!(found, format!("{rows}\t{rows}\t{sum}"));
    }

    pub(crate) async fn dead_letters(&self) -> Vec<(String, serde_json::Value)> {
        let stream = self
            .broker
            .jetstream
            .get_stream(streams::DEAD)
            .await
            .unwrap();
        let state = stream.cached_info().state.clone();
        let mut letters = Vec::new();
        for sequence in state.first_sequence..=state.last_sequence {
            if let Ok(message) = stream.get_raw_message(sequence).await {
                let letter = serde_json::from_slice(&message.payload).unwrap();
                letters.push((message.subject.to_string(), letter));
            }
        }
        letters
    }
}

impl Writer {
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// What one of its pages says.
    pub(crate) async fn page(&self, path: &str) -> Result<String, String> {
        let log = self.log();
        let address = log
            .lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
            .find_map(|line| line["address"].as_str().map(str::to_owned))
            .ok_or("no address in the log yet")?;
        http(&format!("http://{address}"), "GET", path, "").await
    }

    /// Waits until `/readyz` says so, or says `problem`.
    pub(crate) async fn readiness(&self, wanted: &str) {
        until(wanted, async || match self.page("/readyz").await {
            Ok(page) | Err(page) => page.contains(wanted),
        })
        .await;
    }

    /// SIGTERM, and its exit code.
    pub(crate) async fn stop(mut self) -> Option<i32> {
        self.process.signal(Signal::TERM).unwrap();
        self.process.wait().await.unwrap().code()
    }
}

pub(crate) fn trade(id: &str) -> Trade<'_> {
    Trade {
        source: "test",
        symbol: "BTC-USDT",
        venue_symbol: "BTCUSDT",
        trade_id: id,
        ts: 1_700_000_000_123_456_789,
        price: "43210.123456789012345678".parse().unwrap(),
        amount: "0.000000000000000001".parse().unwrap(),
        side: "buy",
        base_amount: None,
        quote_amount: None,
        flags: "",
        exchange: "",
    }
}

/// Asks again and again until it holds.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    let waiting = async {
        while !holds().await {
            ticks.tick().await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, waiting).await;
    waited.unwrap_or_else(|_| panic!("not within {PATIENCE:?}: {what}"));
}

/// One request over a connection of its own; the body, as an error when the status is not 200.
async fn http(url: &str, method: &str, path: &str, body: &str) -> Result<String, String> {
    let host = url.trim_start_matches("http://");
    let io = |error: std::io::Error| error.to_string();
    let mut stream = TcpStream::connect(host).await.map_err(io)?;
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nX-ClickHouse-User: default\r\n\
         Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.map_err(io)?;
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).await.map_err(io)?;
    let reply = String::from_utf8_lossy(&reply).into_owned();
    let (head, body) = reply.split_once("\r\n\r\n").ok_or("no head")?;
    let body = if head.to_lowercase().contains("transfer-encoding: chunked") {
        unchunked(body)
    } else {
        body.to_owned()
    };
    if head.starts_with("HTTP/1.1 200") || head.starts_with("HTTP/1.0 200") {
        Ok(body)
    } else {
        Err(body)
    }
}

fn unchunked(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
        if size == 0 {
            break;
        }
        whole.push_str(&rest[..size]);
        body = rest[size..].trim_start_matches("\r\n");
    }
    whole
}
