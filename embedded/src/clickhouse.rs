//! A real ClickHouse engine behind HTTP, for the demo, the tests and the benchmarks.
//!
//! Normally the engine as a library with this crate's HTTP front (`front/`), because that installs
//! without root on any Linux; a `clickhouse` program on the PATH is started as a real server
//! instead. Both answer the same interface, and callers cannot tell them apart except for
//! [`ClickHouseOptions::faults`], which only the front has.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::install::{Engine, Installed};
use crate::process::Launch;
use crate::ready;
use crate::server::{Kind, Server};

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
pub type ClickHouse = Server<ClickHouseEngine>;

/// What a ClickHouse engine needs to know.
#[derive(Debug)]
pub struct ClickHouseEngine {
    installed: Installed,
    options: ClickHouseOptions,
}

impl ClickHouse {
    /// Starts in `dir` (created; data, config and log are kept there); returns when `/ping` answers.
    pub async fn start(
        installed: &Installed,
        dir: &Path,
        options: ClickHouseOptions,
    ) -> Result<Self> {
        let installed = installed.clone();
        Self::start_kind(ClickHouseEngine { installed, options }, dir).await
    }

    /// The user to send as `X-ClickHouse-User`.
    pub fn user(&self) -> &str {
        &self.kind.options.user
    }

    /// The password to send as `X-ClickHouse-Key`.
    pub fn password(&self) -> &str {
        &self.kind.options.password
    }
}

impl Kind for ClickHouseEngine {
    const PROGRAM: &'static str = "clickhouse";
    const LOG: &'static str = "clickhouse.log";
    const SCHEME: &'static str = "http";
    /// It finishes running queries and merges.
    const PATIENCE: Duration = Duration::from_secs(30);

    fn fixed_port(&self) -> Option<u16> {
        self.options.port
    }

    fn detached(&self) -> bool {
        self.options.detached
    }

    fn launch(&mut self, dir: &Path, port: u16, name: &str) -> Result<Launch> {
        let place = Place { dir, port, name };
        match &self.installed.engine {
            Engine::Front(main) => Ok(self.front(main, place)),
            Engine::Server(program) => self.server(program, place),
        }
    }

    async fn is_ready(&self, port: u16, name: &str) -> bool {
        is_ready(port, &self.installed.engine, name).await
    }
}

/// Where an engine runs, and as whom.
#[derive(Clone, Copy)]
struct Place<'a> {
    dir: &'a Path,
    port: u16,
    name: &'a str,
}

impl ClickHouseEngine {
    fn front(&self, main: &Path, place: Place<'_>) -> Launch {
        let python = &self.installed.python;
        let text = |text: &str| OsString::from(text);
        Launch::new(python, python)
            // Isolated from the user's own packages: what runs is what was pinned.
            .args([text("-I"), text("-S"), main.into()])
            .args([text("--packages"), self.installed.packages.clone().into()])
            .args([text("--dir"), place.dir.join("data").into()])
            .args([text("--port"), text(&place.port.to_string())])
            .args([text("--name"), text(place.name)])
            .args([text("--user"), text(&self.options.user)])
            .args(self.options.faults.then_some("--faults"))
            // Not an argument: those can be read by every user of the machine.
            .env("BACKFLEET_CLICKHOUSE_PASSWORD", &self.options.password)
    }

    fn server(&self, program: &Path, place: Place<'_>) -> Result<Launch> {
        let config = place.dir.join("config.xml");
        std::fs::write(&config, self.server_config(place))
            .map_err(Error::file("write", &config))?;
        let config = format!("--config-file={}", config.display());
        Ok(Launch::new(&self.installed.python, program)
            .arg("server")
            .arg(config))
    }

    fn server_config(&self, place: Place<'_>) -> String {
        let Place { dir, port, name } = place;
        let data = escaped(&format!("{}/", dir.join("data").display()));
        let (user, password) = (escaped(&self.options.user), escaped(&self.options.password));
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
