//! A real ClickHouse engine behind HTTP, for the demo, the tests and the benchmarks.
//!
//! Normally the engine as a library with this crate's HTTP front (`front/`), because that installs
//! without root on any Linux; a `clickhouse` program on the PATH is started as a real server
//! instead. Both answer the same interface, and callers cannot tell them apart except for
//! [`ClickHouseOptions::faults`], which only the front has.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::install::{Engine, Installed, create};
use crate::port;
use crate::process::{Launch, Process, Signal};
use crate::ready::{self, Candidate};

/// Somebody else taking our port again and again is not bad luck any more.
const PORT_ATTEMPTS: usize = 5;
/// A stopping engine finishes running queries and merges.
const STOP_PATIENCE: Duration = Duration::from_secs(30);

/// What can be chosen about a ClickHouse engine.
#[derive(Debug, Clone)]
pub struct ClickHouseOptions {
    /// A fixed port; none takes a free one and keeps it.
    pub port: Option<u16>,
    /// The one user.
    pub user: String,
    /// Its password, may be empty.
    pub password: String,
    /// Accepts planned faults on `POST /__fault` (see `front/faults.py`).
    pub faults: bool,
    /// Outlives this process (for `services up`) instead of dying with it.
    pub detached: bool,
}

impl Default for ClickHouseOptions {
    fn default() -> Self {
        Self {
            port: None,
            user: "default".into(),
            password: String::new(),
            faults: false,
            detached: false,
        }
    }
}

/// A ClickHouse engine behind HTTP. Killed when dropped, unless detached.
#[derive(Debug)]
pub struct ClickHouse {
    installed: Installed,
    dir: PathBuf,
    options: ClickHouseOptions,
    port: u16,
    url: String,
    process: Option<Process>,
}

impl ClickHouse {
    /// Starts in `dir` (created; data, config and log are kept there); returns when `/ping` answers.
    pub async fn start(
        installed: &Installed,
        dir: &Path,
        options: ClickHouseOptions,
    ) -> Result<Self> {
        let (installed, dir) = (installed.clone(), create(dir)?);
        let mut server = Self {
            installed,
            dir,
            options,
            port: 0,
            url: String::new(),
            process: None,
        };
        let mut attempt = 1;
        loop {
            server.port = server.options.port.map_or_else(port::free, Ok)?;
            server.url = format!("http://127.0.0.1:{}", server.port);
            match server.launch().await {
                Err(error) if port::was_taken(&error) && attempt < PORT_ATTEMPTS => attempt += 1,
                result => return result.map(|()| server),
            }
        }
    }

    /// `http://127.0.0.1:PORT`; the same after a restart.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The user to send as `X-ClickHouse-User`.
    pub fn user(&self) -> &str {
        &self.options.user
    }

    /// The password to send as `X-ClickHouse-Key`.
    pub fn password(&self) -> &str {
        &self.options.password
    }

    /// The folder given at the start.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The process id while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.process
            .as_ref()
            .filter(|process| process.ended().is_none())
            .map(Process::pid)
    }

    /// The process, also after it has ended by itself; none after it was stopped.
    pub fn process(&self) -> Option<&Process> {
        self.process.as_ref()
    }

    /// SIGKILL, and waits until it is gone.
    pub async fn kill9(&mut self) -> Result<()> {
        if let Some(mut process) = self.process.take() {
            process.kill9().await?;
        }
        Ok(())
    }

    /// SIGTERM, and waits until it is gone.
    pub async fn terminate(&mut self) -> Result<()> {
        if let Some(process) = &mut self.process {
            process.terminate(STOP_PATIENCE).await?;
        }
        self.process = None;
        Ok(())
    }

    /// Starts again on the same port with the same data, stopping it first if it runs.
    pub async fn restart(&mut self) -> Result<()> {
        self.terminate().await?;
        self.launch().await
    }

    /// [`Self::terminate`], by value.
    pub async fn stop(mut self) -> Result<()> {
        self.terminate().await
    }

    async fn launch(&mut self) -> Result<()> {
        // The name tells this very process from a stranger that sits on the port.
        let name = format!("backfleet-{:016x}", port::nonce());
        let log = self.dir.join("clickhouse.log");
        let log_start = ready::length(&log);
        let launch = match &self.installed.engine {
            Engine::Front(main) => self.front(main, &name),
            Engine::Server(program) => self.server(program, &name)?,
        };
        let process = launch
            .log(&log)
            .detached(self.options.detached)
            .spawn()
            .await?;
        let candidate = Candidate {
            server: "clickhouse",
            process: &process,
            log: &log,
            log_start,
        };
        let result = candidate
            .wait(async || is_ready(self.port, &self.installed.engine, &name).await)
            .await;
        if result.is_err() {
            process.signal(Signal::KILL)?;
        }
        result.map(|()| self.process = Some(process))
    }

    fn front(&self, main: &Path, name: &str) -> Launch {
        let python = &self.installed.python;
        let text = |text: &str| OsString::from(text);
        Launch::new(python, python)
            // Isolated from the user's own packages: what runs is what was pinned.
            .args([text("-I"), text("-S"), main.into()])
            .args([text("--packages"), self.installed.packages.clone().into()])
            .args([text("--dir"), self.dir.join("data").into()])
            .args([text("--port"), text(&self.port.to_string())])
            .args([text("--name"), text(name)])
            .args([text("--user"), text(&self.options.user)])
            .args(self.options.faults.then_some("--faults"))
            // Not an argument: those can be read by every user of the machine.
            .env("BACKFLEET_CLICKHOUSE_PASSWORD", &self.options.password)
    }

    fn server(&self, program: &Path, name: &str) -> Result<Launch> {
        let config = self.dir.join("config.xml");
        std::fs::write(&config, self.server_config(name)).map_err(Error::file("write", &config))?;
        let config = format!("--config-file={}", config.display());
        Ok(Launch::new(&self.installed.python, program)
            .arg("server")
            .arg(config))
    }

    fn server_config(&self, name: &str) -> String {
        let data = escaped(&format!("{}/", self.dir.join("data").display()));
        let (port, user, password) = (
            self.port,
            escaped(&self.options.user),
            escaped(&self.options.password),
        );
        format!(
            "<clickhouse>\n\
             <display_name>{name}</display_name>\n\
             <logger><level>information</level><console>1</console></logger>\n\
             <listen_host>127.0.0.1</listen_host>\n<http_port>{port}</http_port>\n\
             <path>{data}</path>\n<tmp_path>{data}tmp/</tmp_path>\n\
             <user_files_path>{data}user_files/</user_files_path>\n\
             <format_schema_path>{data}format_schemas/</format_schema_path>\n\
             <users><{user}><password>{password}</password><networks><ip>127.0.0.1</ip></networks>\
             <profile>default</profile><quota>default</quota></{user}></users>\n\
             <profiles><default/></profiles>\n<quotas><default/></quotas>\n\
             </clickhouse>\n"
        )
    }
}

/// Text inside an XML element.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

async fn is_ready(port: u16, engine: &Engine, name: &str) -> bool {
    // A real server does not say its name here; it ends when its port is taken.
    let named = |reply: &str| matches!(engine, Engine::Server(_)) || reply.contains(name);
    let reply = ready::get(port, "/ping").await;
    reply.is_some_and(|reply| reply.contains("Ok.") && named(&reply))
}
