//! A real nats-server with JetStream, for the demo, the tests and the benchmarks.
//!
//! Bound to loopback, file storage below the given folder, and by default an fsync before every
//! acknowledgement, because the promises of the fleet are tested against this server.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::install::Installed;
use crate::port;
use crate::process::{Launch, Process};
use crate::ready::{self, Candidate};

/// Somebody else taking our port again and again is not bad luck any more.
const PORT_ATTEMPTS: usize = 5;
/// nats-server syncs its store on SIGTERM; its own lame-duck drain is not used.
const STOP_PATIENCE: Duration = Duration::from_secs(20);

/// How NATS asks who a client is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum NatsAuth {
    /// Nobody is asked.
    #[default]
    None,
    /// One user.
    User {
        /// Its name.
        user: String,
        /// Its password.
        password: String,
    },
    /// One token.
    Token(String),
}

/// What can be chosen about a nats-server.
#[derive(Debug, Clone)]
pub struct NatsOptions {
    /// fsync before every PubAck (`sync_interval: always`); false is the server's own two minutes.
    pub sync_always: bool,
    /// A fixed port; none takes a free one and keeps it.
    pub port: Option<u16>,
    /// Who may connect.
    pub auth: NatsAuth,
    /// Outlives this process (for `services up`) instead of dying with it.
    pub detached: bool,
}

impl Default for NatsOptions {
    fn default() -> Self {
        Self {
            sync_always: true,
            port: None,
            auth: NatsAuth::None,
            detached: false,
        }
    }
}

/// A nats-server with JetStream. Killed when dropped, unless detached.
#[derive(Debug)]
pub struct NatsServer {
    installed: Installed,
    dir: PathBuf,
    options: NatsOptions,
    port: u16,
    monitor_port: u16,
    url: String,
    process: Option<Process>,
}

impl NatsServer {
    /// Starts in `dir` (created; data, config and log are kept there); returns when JetStream answers.
    pub async fn start(installed: &Installed, dir: &Path, options: NatsOptions) -> Result<Self> {
        let dir = crate::install::create(dir)?;
        let mut server = Self {
            installed: installed.clone(),
            dir,
            options,
            port: 0,
            monitor_port: 0,
            url: String::new(),
            process: None,
        };
        let mut attempt = 1;
        loop {
            server.port = server.options.port.map_or_else(port::free, Ok)?;
            server.url = format!("nats://127.0.0.1:{}", server.port);
            match server.launch().await {
                Err(error) if port::was_taken(&error) && attempt < PORT_ATTEMPTS => attempt += 1,
                result => return result.map(|()| server),
            }
        }
    }

    /// `nats://127.0.0.1:PORT`, without credentials; the same after a restart.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// `http://127.0.0.1:PORT` of the monitoring pages (`/varz`, `/jsz`); another after a restart.
    pub fn monitor_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.monitor_port)
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
        self.monitor_port = port::free()?;
        // The name tells this very process from a stranger that sits on the monitoring port.
        let name = format!("backfleet-{:016x}", port::nonce());
        let config = self.dir.join("nats.conf");
        std::fs::write(&config, self.config(&name)).map_err(Error::file("write", &config))?;
        let log = self.dir.join("nats.log");
        let log_start = ready::length(&log);
        let process = Launch::new(&self.installed.python, &self.installed.nats_server)
            .arg("--config")
            .arg(config)
            .log(&log)
            .detached(self.options.detached)
            .spawn()
            .await?;
        let candidate = Candidate {
            server: "nats-server",
            process: &process,
            log: &log,
            log_start,
        };
        let result = candidate
            .wait(async || is_ready(self.monitor_port, &name).await)
            .await;
        if result.is_err() {
            process.signal(crate::process::Signal::KILL)?;
        }
        result.map(|()| self.process = Some(process))
    }

    fn config(&self, name: &str) -> String {
        let (port, monitor) = (self.port, self.monitor_port);
        let store = quoted(&self.dir.join("jetstream").display().to_string());
        let sync = if self.options.sync_always {
            "sync_interval: always"
        } else {
            ""
        };
        let auth = match &self.options.auth {
            NatsAuth::None => String::new(),
            NatsAuth::User { user, password } => {
                format!(
                    "authorization {{ user: {}, password: {} }}\n",
                    quoted(user),
                    quoted(password)
                )
            }
            NatsAuth::Token(token) => format!("authorization {{ token: {} }}\n", quoted(token)),
        };
        format!(
            "server_name: {name}\nlisten: \"127.0.0.1:{port}\"\nhttp: \"127.0.0.1:{monitor}\"\n\
             max_payload: 8MB\n{auth}jetstream {{\n  store_dir: {store}\n  {sync}\n}}\n"
        )
    }
}

/// A string of nats-server's configuration language.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

async fn is_ready(port: u16, name: &str) -> bool {
    let ours = ready::get(port, "/varz")
        .await
        .is_some_and(|reply| reply.contains(name));
    ours && ready::get(port, "/healthz?js-enabled-only=true")
        .await
        .is_some()
}

#[cfg(test)]
mod tests {
    #[test]
    fn quotes_are_escaped() {
        assert_eq!(super::quoted(r#"a"b\c"#), r#""a\"b\\c""#);
    }
}
