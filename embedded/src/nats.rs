//! A real nats-server with JetStream, for the demo, the tests and the benchmarks.
//!
//! Bound to loopback, file storage below the given folder, and by default an fsync before every
//! acknowledgement, because the promises of the fleet are tested against this server.

use std::path::Path;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::install::Installed;
use crate::port;
use crate::process::Launch;
use crate::ready;
use crate::server::{Kind, Server};

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
pub type NatsServer = Server<Nats>;

/// What a nats-server needs to know.
#[derive(Debug)]
pub struct Nats {
    installed: Installed,
    options: NatsOptions,
    monitor_port: u16,
}

impl NatsServer {
    /// Starts in `dir` (created; data, config and log are kept there); returns when JetStream answers.
    pub async fn start(installed: &Installed, dir: &Path, options: NatsOptions) -> Result<Self> {
        let installed = installed.clone();
        let kind = Nats {
            installed,
            options,
            monitor_port: 0,
        };
        Self::start_kind(kind, dir).await
    }

    /// `http://127.0.0.1:PORT` of the monitoring pages (`/varz`, `/jsz`); another after a restart.
    pub fn monitor_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.kind.monitor_port)
    }
}

impl Kind for Nats {
    const PROGRAM: &'static str = "nats-server";
    const LOG: &'static str = "nats.log";
    const SCHEME: &'static str = "nats";
    /// It syncs its store on SIGTERM; its own lame-duck drain is not used.
    const PATIENCE: Duration = Duration::from_secs(20);

    fn fixed_port(&self) -> Option<u16> {
        self.options.port
    }

    fn detached(&self) -> bool {
        self.options.detached
    }

    fn launch(&mut self, dir: &Path, port: u16, name: &str) -> Result<Launch> {
        self.monitor_port = port::free()?;
        let config = dir.join("nats.conf");
        std::fs::write(&config, self.config(dir, port, name))
            .map_err(Error::file("write", &config))?;
        let launch = Launch::new(&self.installed.python, &self.installed.nats_server);
        Ok(launch.arg("--config").arg(config))
    }

    async fn is_ready(&self, _port: u16, name: &str) -> bool {
        let ours = ready::get(self.monitor_port, "/varz")
            .await
            .is_some_and(|reply| reply.contains(name));
        ours && ready::get(self.monitor_port, "/healthz?js-enabled-only=true")
            .await
            .is_some()
    }
}

impl Nats {
    fn config(&self, dir: &Path, port: u16, name: &str) -> String {
        let monitor = self.monitor_port;
        let store = quoted(&dir.join("jetstream").display().to_string());
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

#[cfg(test)]
mod tests {
    #[test]
    fn quotes_are_escaped() {
        assert_eq!(super::quoted(r#"a"b\c"#), r#""a\"b\\c""#);
    }
}
