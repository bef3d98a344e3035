//! What worker and writer tell over HTTP, and what none of the programs ever tells: secrets.

use std::collections::BTreeMap;
use std::time::Duration;

use common::item::Token;
use common::streams;
use common::tables::Table;
use e2e::servers::PASSWORD;
use e2e::wait::until;
use e2e::{Expected, Fleet, Program, programs};
use serde_json::Value;
use simulator::{Fault, Matcher, Vendor};

use crate::jobs::{self, finished, trades};

const PATIENCE: Duration = Duration::from_secs(60);

/// The endpoints of a program.
struct Endpoints(String);

struct Answer {
    status: u16,
    kind: String,
    text: String,
}

impl Endpoints {
    async fn of(program: &Program) -> Self {
        Self(program.address().await.unwrap())
    }

    async fn get(&self, path: &str) -> Answer {
        let reply = reqwest::get(format!("http://{}{path}", self.0))
            .await
            .unwrap();
        let kind = reply.headers().get("content-type");
        Answer {
            status: reply.status().as_u16(),
            kind: kind
                .map(|kind| kind.to_str().unwrap().to_owned())
                .unwrap_or_default(),
            text: reply.text().await.unwrap(),
        }
    }

    async fn ready(&self) {
        until("ready", PATIENCE, async || {
            (self.get("/readyz").await.status == 200).then_some(())
        })
        .await
        .unwrap();
        assert_eq!(self.get("/readyz").await.text, "ready\n");
        let problems = &self.status().await["problems"];
        assert_eq!(*problems, Value::Array(Vec::new()));
    }

    /// Waits until it is not ready because of `part`, and lives nevertheless.
    async fn not_ready(&self, part: &str) {
        let why = until(part, PATIENCE, async || {
            let answer = self.get("/readyz").await;
            let problem = answer.text.starts_with(&format!("{part}: "));
            (answer.status == 503 && problem).then_some(answer.text)
        })
        .await
        .unwrap();
        let words = why.trim_end().trim_start_matches(&format!("{part}: "));
        assert!(
            words.len() > 5 && !words.contains(PASSWORD),
            "no reason: {why}"
        );
        assert_eq!(self.get("/healthz").await.status, 200);
        let problems = self.status().await["problems"].to_string();
        assert!(problems.contains(part), "{problems}");
    }

    async fn status(&self) -> Value {
        let answer = self.get("/status").await;
        assert_eq!(
            (answer.status, answer.kind.as_str()),
            (200, "application/json")
        );
        serde_json::from_str(&answer.text).unwrap()
    }

    async fn metrics(&self) -> Metrics {
        let answer = self.get("/metrics").await;
        assert_eq!(answer.status, 200);
        assert!(
            answer.kind.starts_with("text/plain; version=0.0.4"),
            "{}",
            answer.kind
        );
        Metrics::read(&answer.text)
    }

    /// What every program tells of itself.
    async fn check_identity(&self, role: &str) {
        let answer = self.get("/healthz").await;
        assert_eq!((answer.status, answer.text.as_str()), (200, "ok\n"));
        let status = self.status().await;
        assert_eq!(status["role"], role);
        assert_eq!(status["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(status["stopping"], false);
        let (_, process) = status["instance"]
            .as_str()
            .unwrap()
            .rsplit_once('-')
            .unwrap();
        assert!(process.parse::<u32>().is_ok(), "{status:#}");
        let promise = status["facts"]["durability"].as_str().unwrap();
        assert!(promise.contains("sync_interval: always"), "{promise}");
        assert_eq!(self.get("/nowhere").await.status, 404);
    }
}

/// `/metrics`, read as Prometheus reads it: series with their values.
struct Metrics(BTreeMap<String, f64>);

impl Metrics {
    fn read(text: &str) -> Self {
        let mut families = BTreeMap::new();
        let mut samples = BTreeMap::new();
        for line in text.lines() {
            if let Some(comment) = line.strip_prefix("# ") {
                let words: Vec<_> = comment.splitn(3, ' ').collect();
                let [kind @ ("HELP" | "TYPE"), name, about] = words[..] else {
                    panic!("neither HELP nor TYPE: {line}");
                };
                assert!(!about.is_empty(), "{line}");
                if kind == "TYPE" {
                    assert!(["counter", "gauge", "histogram"].contains(&about), "{line}");
                    families.insert(name, about);
                }
                continue;
            }
            let (series, value) = line.rsplit_once(' ').unwrap();
            let name = series.split('{').next().unwrap();
            let suffixes = ["_bucket", "_sum", "_count"];
            let of_histogram = suffixes
                .iter()
                .filter_map(|suffix| families.get(name.strip_suffix(suffix)?))
                .any(|kind| *kind == "histogram");
            assert!(
                families.contains_key(name) || of_histogram,
                "no TYPE before {line}"
            );
            let value: f64 = value.parse().unwrap();
            assert!(
                samples.insert(series.to_owned(), value).is_none(),
                "twice: {line}"
            );
        }
        Self(samples)
    }

    /// The sum over all series of that name that hold a label.
    fn sum(&self, name: &str, label: &str) -> f64 {
        let of =
            |series: &&String| series.split('{').next() == Some(name) && series.contains(label);
        let values = self.0.iter().filter(|(series, _)| of(series));
        values.map(|(_, value)| value).sum()
    }

    fn check_names(&self, names: &[&str]) {
        for name in names {
            let is_there = self
                .0
                .keys()
                .any(|series| series.split('{').next() == Some(name));
            assert!(is_there, "no {name} in {:#?}", self.0.keys());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_tells_how_it_is_and_what_it_did() {
    let mut fleet = jobs::fleet().await;
    let mut expected = Expected::default();
    let _writer = fleet.writer("").await.unwrap();
    let worker = fleet.worker("").await.unwrap();
    let endpoints = Endpoints::of(&worker).await;
    endpoints.ready().await;
    endpoints.check_identity("worker").await;

    trades(&mut fleet, &mut expected, "job", 0).await;
    let status = finished(&fleet, "job").await;
    let rows = expected.rows(Table::Trade);
    assert_eq!(status["rows"], rows);
    let metrics = until("the last item", PATIENCE, async || {
        let metrics = endpoints.metrics().await;
        let idle = metrics.sum("backfleet_worker_items_in_work", "") == 0.0;
        idle.then_some(metrics)
    })
    .await
    .unwrap();
    metrics.check_names(&[
        "backfleet_worker_items_total",
        "backfleet_worker_rows_total",
        "backfleet_worker_requests_total",
        "backfleet_worker_reply_bytes_total",
        "backfleet_worker_request_seconds_bucket",
        "backfleet_worker_wait_seconds_count",
        "backfleet_worker_publish_seconds_sum",
        "backfleet_worker_items_in_work",
    ]);
    let requests = fleet.simulator().requests().seen().len() as f64;
    for (name, label, value) in [
        ("rows_total", r#"table="trades""#, rows as f64),
        ("items_total", r#"outcome="done""#, 6.0),
        ("requests_total", r#"status="200""#, requests),
        ("requests_total", r#"source="binance""#, requests),
        ("request_seconds_count", r#"source="binance""#, requests),
    ] {
        let found = metrics.sum(&format!("backfleet_worker_{name}"), label);
        assert_eq!(found, value, "{name}{{{label}}}");
    }
    assert!(metrics.sum("backfleet_worker_reply_bytes_total", "") > rows as f64);

    fleet.nats.server().kill9().await.unwrap();
    endpoints.not_ready("nats").await;
    fleet.nats.server().restart().await.unwrap();
    endpoints.ready().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_tells_how_it_is_and_what_it_did() {
    let mut fleet = jobs::fleet().await;
    let mut expected = Expected::default();
    let _worker = fleet.worker("").await.unwrap();
    let writer = fleet.writer("").await.unwrap();
    let endpoints = Endpoints::of(&writer).await;
    endpoints.ready().await;
    endpoints.check_identity("writer").await;

    trades(&mut fleet, &mut expected, "job", 0).await;
    finished(&fleet, "job").await;
    let rows = expected.rows(Table::Trade) as f64;
    let of_trades = r#"table="trades""#;
    // The last acknowledgement is confirmed to the writer a moment after the broker knows it.
    let metrics = until("the last batch", PATIENCE, async || {
        let metrics = endpoints.metrics().await;
        let settled = metrics.sum("backfleet_writer_messages_in_hand", of_trades) == 0.0;
        (settled && metrics.sum("backfleet_writer_rows_total", of_trades) >= rows)
            .then_some(metrics)
    })
    .await
    .unwrap();
    metrics.check_names(&[
        "backfleet_writer_messages_total",
        "backfleet_writer_messages_in_hand",
        "backfleet_writer_rows_total",
        "backfleet_writer_bytes_total",
        "backfleet_writer_inserts_total",
        "backfleet_writer_insert_seconds_bucket",
        "backfleet_writer_batch_rows_count",
        "backfleet_writer_batch_bytes_sum",
    ]);
    let trades_of = |name: &str| metrics.sum(&format!("backfleet_writer_{name}"), of_trades);
    assert_eq!(trades_of("rows_total"), rows);
    assert_eq!(trades_of("batch_rows_sum"), rows);
    assert_eq!(trades_of("batch_rows_count"), trades_of("inserts_total"));
    assert_eq!(trades_of("messages_total"), 6.0, "one an item");
    assert_eq!(
        endpoints.status().await["facts"]["trades"]["rows"],
        rows as u64
    );

    // Away while there is something to insert.
    fleet.clickhouse.server().kill9().await.unwrap();
    trades(&mut fleet, &mut expected, "later", 1).await;
    endpoints.not_ready("clickhouse").await;
    fleet.clickhouse.server().restart().await.unwrap();
    endpoints.ready().await;
    finished(&fleet, "later").await;

    fleet.nats.server().kill9().await.unwrap();
    endpoints.not_ready("nats").await;
    fleet.nats.server().restart().await.unwrap();
    endpoints.ready().await;
    expected.check(&fleet).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_that_start_before_their_servers_say_what_they_wait_for() {
    let mut fleet = jobs::fleet().await;
    fleet.clickhouse.server().kill9().await.unwrap();
    let writer = fleet.writer("").await.unwrap();
    let endpoints = Endpoints::of(&writer).await;
    endpoints.not_ready("clickhouse").await;
    fleet.clickhouse.server().restart().await.unwrap();
    endpoints.ready().await;
    fleet.nats.server().kill9().await.unwrap();
    let worker = fleet.worker("").await.unwrap();
    let endpoints = Endpoints::of(&worker).await;
    assert_eq!(endpoints.get("/readyz").await.status, 503);
    fleet.nats.server().restart().await.unwrap();
    endpoints.ready().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_is_replaced_and_an_empty_address_means_none() {
    let somebody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = somebody.local_addr().unwrap().to_string();
    for (serving, silent) in [("WORKER", "WRITER"), ("WRITER", "WORKER")] {
        let options = jobs::options()
            .set(&format!("HTTP__{serving}"), &taken)
            .set(&format!("HTTP__{silent}"), "");
        let fleet = Fleet::start(options).await.unwrap();
        let (worker, writer) = (
            fleet.worker("").await.unwrap(),
            fleet.writer("").await.unwrap(),
        );
        let (serving, silent) = match serving {
            "WORKER" => (worker, writer),
            _ => (writer, worker),
        };
        let endpoints = Endpoints::of(&serving).await;
        assert_ne!(endpoints.0, taken);
        assert!(endpoints.0.starts_with("127.0.0.1:"), "{}", endpoints.0);
        assert!(
            serving.lines().iter().any(|line| line["level"] == "WARN"
                && line["address"] == taken.as_str()
                && line["message"] == "port is taken, using a free one"),
            "{}",
            serving.log()
        );
        endpoints.ready().await;
        until("a start", PATIENCE, async || {
            let lines = silent.lines();
            lines
                .iter()
                .any(|line| line["message"] == "started")
                .then_some(())
        })
        .await
        .unwrap();
        // Endpoints are opened, or not, before a program calls itself started.
        assert!(!silent.log().contains("serving"), "{}", silent.log());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_ever_told() {
    const PLANTED: [&str; 4] = [
        PASSWORD,
        "simulator-token",
        "planted-binance-token",
        "planted-nats-password",
    ];
    let options = jobs::options()
        .set("SOURCES__BINANCE__TOKEN", PLANTED[2])
        .set("NATS__USER", "planted-user")
        .set("NATS__PASSWORD", PLANTED[3])
        .set("LOG__LEVEL", "trace");
    let env = options.env.clone();
    let mut fleet = Fleet::start(options).await.unwrap();
    let (worker, writer) = (
        fleet.worker("").await.unwrap(),
        fleet.writer("").await.unwrap(),
    );
    refused_job(&mut fleet).await;

    let mut told = vec![
        ("worker's log", worker.log()),
        ("writer's log", writer.log()),
    ];
    for program in [&worker, &writer] {
        let endpoints = Endpoints::of(program).await;
        for path in ["/metrics", "/status", "/readyz"] {
            told.push((path, endpoints.get(path).await.text));
        }
    }
    let config = fleet.config();
    for program in ["producer", "worker", "writer"] {
        let args = ["--config", config.to_str().unwrap(), "config", "check"];
        let ended = programs::run(program, &args, &env).await.unwrap();
        // Those of NATS and ClickHouse, and the token of each vendor.
        let secrets = 2 + sources::ALL.len();
        assert_eq!(
            ended.stdout.matches("\"***\"").count(),
            secrets,
            "{ended:?}"
        );
        told.push((program, ended.success().unwrap().stdout));
    }
    let letters = fleet.dead_letters("refused").await.unwrap();
    assert_eq!(letters.len(), 2, "of worker and writer: {letters:#?}");
    told.extend(
        letters
            .iter()
            .map(|(_, letter)| ("dead letter", letter.to_string())),
    );
    let status = fleet.producer(&["status", "refused"]).await.unwrap();
    told.push(("status", format!("{status:?}")));
    for (whose, text) in &told {
        assert!(!text.is_empty(), "{whose} says nothing");
        for secret in PLANTED {
            let line = text.lines().find(|line| line.contains(secret));
            assert_eq!(line, None, "{secret} in {whose}");
        }
    }
}

/// A job whose one item the vendor refuses, and a record batch of it that is none.
async fn refused_job(fleet: &mut Fleet) {
    let fault = Fault::Status {
        status: 403,
        body: r#"{"message":"The resource you are looking for is restricted.","errorCode":403}"#
            .to_owned(),
    };
    fleet
        .simulator()
        .faults()
        .add((Matcher::of(Vendor::FootballData, "matches"), fault));
    let nats = fleet.broker().await.unwrap();
    let command = "enqueue range --source football-data --dataset matches --from 2024-03-04 \
                   --to 2024-03-06 --job refused";
    let args: Vec<&str> = command.split_whitespace().collect();
    fleet.producer(&args).await.unwrap().success().unwrap();
    let subject = streams::records(Table::Match, &Token::new("refused").unwrap());
    let stored = nats.jetstream.publish(subject, "garbage".into()).await;
    stored.unwrap().await.unwrap();
    until("both letters", PATIENCE, async || {
        let letters = fleet.dead_letters("refused").await.ok()?;
        (letters.len() == 2).then_some(())
    })
    .await
    .unwrap();
}
