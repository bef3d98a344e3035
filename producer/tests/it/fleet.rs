//! A nats-server of its own for a test, the program, and a worker that only counts.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::{self, stream::Stream};
use embedded::nats::{NatsOptions, NatsServer};
use futures_util::TryStreamExt;
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// A server and a folder.
pub(crate) struct Fleet {
    pub(crate) dir: TempDir,
    pub(crate) server: NatsServer,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ran {
    /// `None` when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }
}

/// The program, with settings of its own whatever the environment holds.
pub(crate) fn program(args: &[&str], nats_url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_producer"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("BACKFLEET")) {
        command.env_remove(name);
    }
    command
        .args(args)
        .env("BACKFLEET__NATS__URL", nats_url)
        .env("BACKFLEET__CLICKHOUSE__URL", "http://127.0.0.1:9")
        .env("BACKFLEET__SOURCES__FOTMOB__ACCEPT_TERMS", "true")
        // A killed server takes settled items for held ones until this is over.
        .env("BACKFLEET__STREAMS__ACK_WAIT_MS", "1000")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

pub(crate) async fn ended(child: Child) -> Ran {
    let output = child.wait_with_output().await.unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Looks until it holds; the deadline only ends a test that has failed.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let looking = async {
        let mut looks = tokio::time::interval(Duration::from_millis(10));
        while !holds().await {
            looks.tick().await;
        }
    };
    let result = tokio::time::timeout(Duration::from_secs(60), looking).await;
    assert!(result.is_ok(), "never: {what}");
}

impl Fleet {
    pub(crate) async fn start() -> Self {
        let dir = TempDir::new().unwrap();
        let cache = embedded::Cache::from_env().unwrap();
        let installed = embedded::install(&cache).await.unwrap();
        let folder = dir.path().join("nats");
        let server = NatsServer::start(&installed, &folder, NatsOptions::default()).await;
        Self {
            dir,
            server: server.unwrap(),
        }
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = program(args, self.server.url());
        command
            .current_dir(self.dir.path())
            .env("BACKFLEET_FAILPOINTS_DIR", self.dir.path());
        command
    }

    pub(crate) async fn run(&self, args: &[&str]) -> Ran {
        ended(self.command(args).spawn().unwrap()).await
    }

    pub(crate) async fn run_with(&self, args: &[&str], failpoints: &str) -> Ran {
        let mut command = self.command(args);
        command.env("BACKFLEET_FAILPOINTS", failpoints);
        ended(command.spawn().unwrap()).await
    }

    /// A file of ids 1 to `count`.
    pub(crate) fn ids(&self, count: u64) -> PathBuf {
        let path = self.dir.path().join("ids.csv");
        let lines: String = (1..=count).map(|id| format!("{id}\n")).collect();
        std::fs::write(&path, format!("match_id\n{lines}")).unwrap();
        path
    }

    /// The mark of a process that a failpoint holds.
    pub(crate) fn held_at(&self, failpoint: &str) -> PathBuf {
        self.dir.path().join(failpoint)
    }

    pub(crate) async fn jetstream(&self) -> jetstream::Context {
        jetstream::new(async_nats::connect(self.server.url()).await.unwrap())
    }

    pub(crate) async fn stream(&self, name: &str) -> Stream {
        self.jetstream().await.get_stream(name).await.unwrap()
    }

    /// Takes up to `most` items of a job, settles them, and counts how often each came.
    pub(crate) async fn work_off(&self, job: &str, most: usize, seen: &mut HashMap<String, u64>) {
        let stream = self.stream("WORK").await;
        let consumer: PullConsumer = stream.get_consumer(job).await.unwrap();
        let mut taken = 0;
        loop {
            let batch = (most - taken)
                .min(left(&stream, job).await as usize)
                .min(1_000);
            if batch == 0 {
                return;
            }
            let fetch = consumer.fetch().max_messages(batch);
            let messages = fetch.expires(Duration::from_secs(1)).messages().await;
            let settled: Vec<_> = messages
                .unwrap()
                .map_ok(async |message| {
                    message.double_ack().await.unwrap();
                    Ok::<_, async_nats::Error>(message.subject.to_string())
                })
                .try_buffer_unordered(256)
                .try_collect()
                .await
                .unwrap();
            taken += settled.len();
            for subject in settled {
                *seen.entry(subject).or_default() += 1;
            }
        }
    }
}

/// Items that a job's queue holds, by its consumer.
pub(crate) async fn left(stream: &Stream, job: &str) -> u64 {
    let info = stream.consumer_info(job).await.unwrap();
    info.num_pending + info.num_ack_pending as u64
}

/// The arguments that enqueue a file of ids one by one, as the job `j`.
pub(crate) fn enqueue(file: &Path) -> Vec<&str> {
    let file = file.to_str().unwrap();
    let fixed = [
        "enqueue",
        "ids",
        "--source",
        "fotmob",
        "--dataset",
        "match_details",
    ];
    let own = [
        "--chunk", "1", "--job", "j", "--output", "json", "--file", file,
    ];
    fixed.into_iter().chain(own).collect()
}
