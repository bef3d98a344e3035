//! The settings of all three programs: their shape, and the checks that need more than a type.
//!
//! `config/default.toml` is compiled in and documents every key; [`load`] layers a file and the
//! environment over it and reports every error at once. A section says what it means there, so
//! the fields here carry only what the file cannot say.

mod layers;
mod manifests;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

use crate::secret::{Secret, serialize_url, serialize_urls};
pub use layers::{DEFAULTS, SettingsError, load};

/// Everything that can be set.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml documents every key")]
pub struct Settings {
    pub nats: Nats,
    pub streams: Streams,
    pub clickhouse: ClickHouse,
    pub log: Log,
    pub http: Http,
    pub shutdown: Shutdown,
    pub producer: Producer,
    pub worker: Worker,
    pub writer: Writer,
    pub cache: Cache,
    pub manifests: Manifests,
    pub sources: BTreeMap<String, Source>,
}

/// `[nats]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml documents every key")]
pub struct Nats {
    #[serde(serialize_with = "serialize_url")]
    pub url: String,
    pub user: String,
    pub password: Secret,
    pub password_file: String,
    pub token: Secret,
    pub token_file: String,
    pub credentials_file: String,
    #[serde(serialize_with = "serialize_url")]
    pub monitor_url: String,
    pub request_timeout_ms: u64,
}

/// `[streams]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml documents every key")]
pub struct Streams {
    pub replicas: usize,
    pub records_max_bytes: i64,
    pub ack_wait_ms: u64,
    pub max_ack_pending: i64,
    pub max_deliveries: u64,
}

impl Streams {
    /// How long a message may be held without a sign of life.
    #[must_use]
    pub fn ack_wait(&self) -> Duration {
        Duration::from_millis(self.ack_wait_ms)
    }
}

/// `[clickhouse]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml documents every key")]
pub struct ClickHouse {
    #[serde(serialize_with = "serialize_url")]
    pub url: String,
    pub database: String,
    pub user: String,
    pub password: Secret,
    pub password_file: String,
}

/// `[log]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml documents every key")]
pub struct Log {
    pub level: String,
    pub format: LogFormat,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Human on a terminal, else JSON.
    Auto,
    /// For people.
    Human,
    /// For programs.
    Json,
}

/// `[http]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml documents every key")]
pub struct Http {
    pub worker: String,
    pub writer: String,
    pub producer: String,
    pub scheduler: String,
}

/// `[shutdown]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml documents every key")]
pub struct Shutdown {
    pub deadline_ms: u64,
}

/// `[producer]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml documents every key")]
pub struct Producer {
    pub chunk: usize,
}

/// `[worker]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml documents every key")]
pub struct Worker {
    pub concurrency: usize,
    pub attempts: u32,
    pub backoff_ms: u64,
    pub backoff_cap_ms: u64,
    pub flush_bytes: usize,
    pub connect_timeout_ms: u64,
    pub request_timeout_ms: u64,
    pub max_reply_bytes: usize,
    pub max_file_bytes: u64,
    pub file_timeout_ms: u64,
    pub max_pages: u64,
}

/// `[writer]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml documents every key")]
pub struct Writer {
    pub max_rows: u64,
    pub max_bytes: usize,
    pub max_age_ms: u64,
    pub inserts_in_flight: usize,
    pub insert_timeout_ms: u64,
    pub backoff_ms: u64,
    pub backoff_cap_ms: u64,
}

/// `[sources.<name>]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml documents every key")]
pub struct Source {
    #[serde(serialize_with = "serialize_url")]
    pub base_url: String,
    #[serde(default, serialize_with = "serialize_urls")]
    pub urls: BTreeMap<String, String>,
    pub token: Secret,
    pub token_file: String,
    pub accept_terms: bool,
    pub delay_ms: [u64; 2],
    pub concurrency: usize,
    pub requests_per_minute: u32,
    #[serde(default = "a_minute")]
    pub window_ms: u64,
    pub redirect_hosts: Vec<String>,
    #[serde(default)]
    pub instruments: String,
}

fn a_minute() -> u64 {
    60_000
}

/// `[cache]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml documents every key")]
pub struct Cache {
    pub dir: String,
    #[serde(serialize_with = "serialize_url")]
    pub redis_url: String,
    pub max_age_s: u64,
}

/// `[manifests]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml documents every key")]
pub struct Manifests {
    pub dir: String,
    /// The paths and texts of the files in it.
    #[serde(skip)]
    pub files: Vec<(String, String)>,
}

impl Settings {
    /// The section of a vendor: `football-data` is `[sources.football_data]`.
    #[must_use]
    pub fn source(&self, name: &str) -> Option<&Source> {
        self.sources.get(&name.replace('-', "_"))
    }

    /// What is wrong although every key has the right type, as `key: what is wrong`.
    fn problems(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut check = |holds: bool, key: &str, problem: &str| {
            if !holds {
                found.push(format!("{key}: {problem}"));
            }
        };
        check(
            !self.nats.url.trim().is_empty(),
            "nats.url",
            "must not be empty",
        );
        check(
            is_http(&self.clickhouse.url),
            "clickhouse.url",
            "must start with http:// or https://",
        );
        check(
            self.nats.monitor_url.is_empty() || is_http(&self.nats.monitor_url),
            "nats.monitor_url",
            "must start with http:// or https://",
        );
        check(
            is_identifier(&self.clickhouse.database),
            "clickhouse.database",
            "must be a name of letters, digits and _",
        );
        check(
            [1, 3, 5].contains(&self.streams.replicas),
            "streams.replicas",
            "must be 1, 3 or 5",
        );
        check(
            self.streams.records_max_bytes >= 1 << 20,
            "streams.records_max_bytes",
            "must be at least 1048576",
        );
        check(
            self.streams.ack_wait_ms >= 500,
            "streams.ack_wait_ms",
            "must be at least 500",
        );
        check(
            self.streams.max_ack_pending >= 1,
            "streams.max_ack_pending",
            "must be at least 1",
        );
        check(
            self.streams.max_deliveries >= 1,
            "streams.max_deliveries",
            "must be at least 1",
        );
        check(
            EnvFilter::try_new(&self.log.level).is_ok(),
            "log.level",
            "must be a level or a filter such as worker=debug,info",
        );
        for (value, key) in [
            (self.nats.request_timeout_ms, "nats.request_timeout_ms"),
            (self.worker.connect_timeout_ms, "worker.connect_timeout_ms"),
            (self.worker.request_timeout_ms, "worker.request_timeout_ms"),
            (self.worker.max_reply_bytes as u64, "worker.max_reply_bytes"),
            (self.worker.max_pages, "worker.max_pages"),
            (self.writer.insert_timeout_ms, "writer.insert_timeout_ms"),
        ] {
            check(value >= 1, key, "must be at least 1");
        }
        check(
            (1..=1_000).contains(&self.producer.chunk),
            "producer.chunk",
            "must be between 1 and 1000",
        );
        check(
            (1..=10_000).contains(&self.worker.concurrency),
            "worker.concurrency",
            "must be between 1 and 10000",
        );
        check(
            self.worker.attempts >= 1,
            "worker.attempts",
            "must be at least 1",
        );
        check(
            self.worker.flush_bytes >= 1024,
            "worker.flush_bytes",
            "must be at least 1024",
        );
        check(
            self.writer.max_rows >= 1,
            "writer.max_rows",
            "must be at least 1",
        );
        check(
            self.writer.max_bytes >= 1024,
            "writer.max_bytes",
            "must be at least 1024",
        );
        check(
            self.writer.inserts_in_flight >= 1,
            "writer.inserts_in_flight",
            "must be at least 1",
        );
        for (name, address) in [
            ("worker", &self.http.worker),
            ("writer", &self.http.writer),
            ("producer", &self.http.producer),
            ("scheduler", &self.http.scheduler),
        ] {
            let fits = address.is_empty() || address.parse::<std::net::SocketAddr>().is_ok();
            check(
                fits,
                &format!("http.{name}"),
                "must be an address such as 127.0.0.1:9101, or empty",
            );
        }
        for (name, source) in &self.sources {
            let key = |field: &str| format!("sources.{name}.{field}");
            check(
                is_http(&source.base_url),
                &key("base_url"),
                "must start with http:// or https://",
            );
            for (server, url) in &source.urls {
                check(
                    is_http(url),
                    &key(&format!("urls.{server}")),
                    "must start with http:// or https://",
                );
            }
            check(
                source.window_ms >= 1,
                &key("window_ms"),
                "must be at least 1",
            );
            check(
                source.delay_ms[0] <= source.delay_ms[1],
                &key("delay_ms"),
                "must be [least, most]",
            );
            check(
                source.concurrency >= 1,
                &key("concurrency"),
                "must be at least 1",
            );
            check(
                source.requests_per_minute >= 1,
                &key("requests_per_minute"),
                "must be at least 1",
            );
        }
        found
    }

    /// Every secret, with the key of the file that may hold it.
    fn secrets(&mut self) -> Vec<(String, &mut Secret, &str)> {
        let mut all = vec![
            (
                "nats.password_file".to_owned(),
                &mut self.nats.password,
                self.nats.password_file.as_str(),
            ),
            (
                "nats.token_file".to_owned(),
                &mut self.nats.token,
                self.nats.token_file.as_str(),
            ),
            (
                "clickhouse.password_file".to_owned(),
                &mut self.clickhouse.password,
                self.clickhouse.password_file.as_str(),
            ),
        ];
        for (name, source) in &mut self.sources {
            all.push((
                format!("sources.{name}.token_file"),
                &mut source.token,
                source.token_file.as_str(),
            ));
        }
        all
    }
}

fn is_http(url: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| {
        url.strip_prefix(scheme)
            .is_some_and(|rest| !rest.is_empty())
    })
}

fn is_identifier(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
