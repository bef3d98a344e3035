//! The servers of a test and the programs that run against them, in one temporary folder.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context;
use common::item::Token;
use common::nats::{self, Nats, Patience};
use common::settings;
use embedded::process::Launch;
use embedded::{Cache, Installed};
use simulator::Simulator;
use tempfile::TempDir;

use crate::programs::{self, Finished, Program};
use crate::servers::{Broker, Store};

/// A job that takes longer than this in a test is stuck.
const JOB_DEADLINE: Duration = Duration::from_secs(120);

/// What differs between fleets.
#[derive(Debug, Clone)]
pub struct FleetOptions {
    /// The vendors; none asks the real ones.
    pub simulator: Option<simulator::Options>,
    /// A broker instead of one of our own.
    pub nats_url: Option<String>,
    /// A store instead of one of our own.
    pub clickhouse_url: Option<String>,
    /// The database in it.
    pub database: String,
    /// Settings over those of the fleet's file, as environment variables.
    pub env: Vec<(String, String)>,
}

impl Default for FleetOptions {
    fn default() -> Self {
        Self {
            simulator: Some(simulator::Options::default()),
            nats_url: None,
            clickhouse_url: None,
            database: "backfleet".to_owned(),
            env: Vec::new(),
        }
    }
}

impl FleetOptions {
    /// Adds a setting such as `STREAMS__ACK_WAIT_MS`.
    #[must_use]
    pub fn set(mut self, key: &str, value: impl ToString) -> Self {
        self.env
            .push((format!("BACKFLEET__{key}"), value.to_string()));
        self
    }
}

/// Real servers and the vendors; programs are started one by one.
#[derive(Debug)]
pub struct Fleet {
    /// The broker.
    pub nats: Broker,
    /// The store.
    pub clickhouse: Store,
    simulator: Option<Simulator>,
    database: String,
    dir: TempDir,
    installed: Installed,
    programs: PathBuf,
    env: Vec<(String, String)>,
    started: AtomicU64,
}

impl Fleet {
    /// Starts servers and vendors, no program yet.
    ///
    /// # Errors
    /// When one of them does not start.
    pub async fn start(options: FleetOptions) -> anyhow::Result<Self> {
        common::tls::use_ring();
        let programs = programs::built().await?.to_owned();
        let installed = embedded::install(&Cache::from_env()?).await?;
        let dir = TempDir::with_prefix("backfleet-")?;
        let nats = async {
            match options.nats_url {
                Some(url) => Ok(Broker::given(url)),
                None => Broker::start(&installed, dir.path()).await,
            }
        };
        let clickhouse = async {
            match &options.clickhouse_url {
                Some(url) => Store::given(url),
                None => Store::start(&installed, dir.path()).await,
            }
        };
        let (nats, clickhouse) = tokio::try_join!(nats, clickhouse)?;
        let simulator = match options.simulator {
            Some(simulator) => Some(Simulator::start(simulator).await?),
            None => None,
        };
        let (env, database, started) = (options.env, options.database, AtomicU64::new(0));
        let fleet = Self {
            nats,
            clickhouse,
            simulator,
            database,
            dir,
            installed,
            programs,
            env,
            started,
        };
        std::fs::write(fleet.config(), fleet.settings())?;
        Ok(fleet)
    }

    /// The settings file of all programs.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.dir.path().join("backfleet.toml")
    }

    /// A file in the fleet's folder.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> anyhow::Result<PathBuf> {
        let path = self.dir.path().join(name);
        std::fs::write(&path, content)?;
        Ok(path)
    }

    /// The vendors.
    ///
    /// # Panics
    /// When the fleet asks the real ones; no test does.
    #[must_use]
    pub fn simulator(&mut self) -> &mut Simulator {
        self.simulator
            .as_mut()
            .expect("the fleet was started with a simulator")
    }

    /// Short waits, so that a test sees in seconds what takes minutes in production.
    fn settings(&self) -> String {
        let vendors = self.simulator.as_ref().map_or_else(String::new, |simulator| {
            let section = |source: &&dyn sources::Source| {
                let (name, base) = (source.name(), simulator.base_url(source.name()));
                let urls: Vec<_> = source
                    .servers()
                    .iter()
                    .map(|(server, _)| format!("{server} = \"{base}/@{server}\""))
                    .collect();
                format!(
                    "[sources.{}]\nbase_url = {base:?}\nurls = {{ {} }}\ntoken = {:?}\naccept_terms = true\n\
                     delay_ms = [0, 0]\nconcurrency = 8\nrequests_per_minute = 100000\nwindow_ms = 60000\n",
                    name.replace('-', "_"),
                    urls.join(", "),
                    token(name),
                )
            };
            sources::ALL.iter().map(section).collect()
        });
        format!(
            "[nats]\nurl = {:?}\nmonitor_url = {:?}\nrequest_timeout_ms = 3000\n\
             [clickhouse]\nurl = {:?}\nuser = {:?}\npassword = {:?}\ndatabase = {:?}\n\
             [streams]\nack_wait_ms = 1500\n\
             [log]\nlevel = \"info\"\nformat = \"json\"\n\
             [http]\nworker = \"127.0.0.1:0\"\nwriter = \"127.0.0.1:0\"\nscheduler = \"127.0.0.1:0\"\n\
             [worker]\nbackoff_ms = 20\nbackoff_cap_ms = 200\nrequest_timeout_ms = 5000\n\
             [writer]\nmax_age_ms = 200\nbackoff_ms = 50\nbackoff_cap_ms = 500\n{vendors}",
            self.nats.url,
            self.nats.monitor_url,
            self.clickhouse.url,
            self.clickhouse.user,
            self.clickhouse.password,
            self.database,
        )
    }

    /// Starts a worker; `failpoints` as in `BACKFLEET_FAILPOINTS`.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn worker(&self, failpoints: &str) -> anyhow::Result<Program> {
        self.program("worker", &[], failpoints).await
    }

    /// Starts a writer.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn writer(&self, failpoints: &str) -> anyhow::Result<Program> {
        self.program("writer", &[], failpoints).await
    }

    /// Starts a scheduler whose clock shows `now` and goes on from there.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn scheduler(&self, now: &str, failpoints: &str) -> anyhow::Result<Program> {
        let args = ["schedule", "run", "--now", now];
        self.program("producer", &args, failpoints).await
    }

    async fn program(
        &self,
        name: &str,
        args: &[&str],
        failpoints: &str,
    ) -> anyhow::Result<Program> {
        let number = self.started.fetch_add(1, Ordering::Relaxed);
        let dir = self.dir.path().join(format!("{name}-{number}"));
        std::fs::create_dir_all(&dir)?;
        let mut launch = Launch::new(&self.installed.python, self.programs.join(name))
            .arg("--config")
            .arg(self.config());
        for arg in args {
            launch = launch.arg(arg);
        }
        for key in callers_settings() {
            launch = launch.env_remove(key);
        }
        for (key, value) in &self.env {
            launch = launch.env(key, value);
        }
        Program::start(launch, &dir, failpoints).await
    }

    /// Runs a command of the producer to its end.
    ///
    /// # Errors
    /// When it cannot be run or does not end in time.
    pub async fn producer(&self, args: &[&str]) -> anyhow::Result<Finished> {
        self.producer_with(args, "").await
    }

    /// Runs a command of the producer that dies at a failpoint, as `kill -9` would have it.
    ///
    /// # Errors
    /// When it cannot be run, or comes to an end of its own.
    pub async fn producer_killed(&self, args: &[&str], failpoint: &str) -> anyhow::Result<()> {
        let ended = self
            .producer_with(args, &format!("{failpoint}=kill"))
            .await?;
        anyhow::ensure!(ended.code == -1, "producer {args:?} ended: {ended:?}");
        Ok(())
    }

    /// A command of the producer, not started yet.
    #[must_use]
    pub fn producer_command(&self, args: &[&str], failpoints: &str) -> tokio::process::Command {
        self.command("producer", args, failpoints)
    }

    /// Brings the schema of the store up to date, as a writer does when it starts.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn migrate(&self) -> anyhow::Result<()> {
        let ended = self.command("writer", &["migrate"], "").output().await?;
        anyhow::ensure!(ended.status.success(), "writer migrate: {ended:?}");
        Ok(())
    }

    fn command(&self, program: &str, args: &[&str], failpoints: &str) -> tokio::process::Command {
        let mut command = tokio::process::Command::new(self.programs.join(program));
        command.arg("--config").arg(self.config()).args(args);
        for key in callers_settings() {
            command.env_remove(key);
        }
        command.envs(self.env.iter().map(|(key, value)| (key, value)));
        command.env("BACKFLEET_FAILPOINTS", failpoints);
        command
            .stdin(std::process::Stdio::null())
            .kill_on_drop(true);
        command
    }

    async fn producer_with(&self, args: &[&str], failpoints: &str) -> anyhow::Result<Finished> {
        let mut command = self.producer_command(args, failpoints);
        let output = tokio::time::timeout(JOB_DEADLINE, command.output())
            .await
            .with_context(|| format!("producer {args:?} did not end"))??;
        Ok(Finished {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Waits until a job is finished and all its rows are stored; gives its status.
    ///
    /// # Errors
    /// When that takes too long.
    pub async fn finished(&self, job: &str) -> anyhow::Result<serde_json::Value> {
        self.producer(&["status", job, "--wait", "--output", "json"])
            .await?
            .json()
    }

    /// The answer of the store to a query, as text.
    ///
    /// # Errors
    /// When the store refuses or does not answer.
    pub async fn query(&self, sql: &str) -> anyhow::Result<String> {
        let reply = reqwest::Client::new()
            .post(&self.clickhouse.url)
            .query(&[("database", &self.database)])
            .header("X-ClickHouse-User", &self.clickhouse.user)
            .header("X-ClickHouse-Key", &self.clickhouse.password)
            .body(sql.to_owned())
            .send()
            .await?;
        let (status, text) = (reply.status(), reply.text().await?);
        anyhow::ensure!(status.is_success(), "{sql}\n{text}");
        Ok(text.trim_end().to_owned())
    }

    /// A connection of our own to the broker.
    ///
    /// # Errors
    /// When the broker does not answer.
    pub async fn broker(&self) -> anyhow::Result<Nats> {
        let settings = settings::load(Some(&self.config()), [])?;
        Ok(nats::connect(&settings.nats, "test", Patience::Fail).await?)
    }

    /// The dead letters of a job, by subject.
    ///
    /// # Errors
    /// When the broker does not answer.
    pub async fn dead_letters(
        &self,
        job: &str,
    ) -> anyhow::Result<Vec<(String, serde_json::Value)>> {
        use futures_util::TryStreamExt;
        let stream = self
            .broker()
            .await?
            .jetstream
            .get_stream(common::streams::DEAD)
            .await?;
        let filter = common::streams::dead_of(&Token::new(job)?);
        let subjects: Vec<(String, usize)> = match stream.info_with_subjects(filter).await {
            Ok(subjects) => subjects.try_collect().await?,
            Err(error) => return Err(error.into()),
        };
        let mut letters = Vec::new();
        for (subject, _) in subjects {
            let message = stream.get_last_raw_message_by_subject(&subject).await?;
            letters.push((subject, serde_json::from_slice(&message.payload)?));
        }
        Ok(letters)
    }
}

/// What the simulator accepts.
pub(crate) fn token(source: &str) -> &'static str {
    match source {
        "alpaca" => "simulator-key:simulator-token",
        "xignite" => "simulator-token-of-32-characters",
        _ => "simulator-token",
    }
}

/// Settings in our own environment: those of a fleet stand in its file.
pub(crate) fn callers_settings() -> impl Iterator<Item = String> {
    std::env::vars()
        .map(|(key, _)| key)
        .filter(|key| key.starts_with("BACKFLEET_") && key != "BACKFLEET_CACHE")
}
