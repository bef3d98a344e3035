//! stub
use crate::error::Result;
use crate::install::Installed;
use std::path::{Path, PathBuf};

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

/// A running nats-server with JetStream. Killed when dropped, unless detached.
#[derive(Debug)]
pub struct NatsServer {
    url: String,
    dir: PathBuf,
}

impl NatsServer {
    /// Starts in `dir` (created; data, config and log are kept there); returns when JetStream answers.
    pub async fn start(_installed: &Installed, _dir: &Path, _options: NatsOptions) -> Result<Self> {
        Err(crate::Error::NoCacheFolder)
    }
    /// `nats://127.0.0.1:PORT`, without credentials; the same after a restart.
    pub fn url(&self) -> &str {
        &self.url
    }
    /// The folder given at the start.
    pub fn dir(&self) -> &Path {
        &self.dir
    }
    /// The process id while it runs.
    pub fn pid(&self) -> Option<u32> {
        None
    }
    /// SIGKILL, and waits until it is gone.
    pub async fn kill9(&mut self) -> Result<()> {
        Ok(())
    }
    /// SIGTERM, and waits until it is gone.
    pub async fn terminate(&mut self) -> Result<()> {
        Ok(())
    }
    /// Starts again on the same port with the same data, stopping it first if it runs.
    pub async fn restart(&mut self) -> Result<()> {
        Ok(())
    }
    /// [`Self::terminate`], by value.
    pub async fn stop(mut self) -> Result<()> {
        self.terminate().await
    }
}
