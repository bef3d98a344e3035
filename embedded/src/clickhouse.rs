//! stub
use crate::error::Result;
use crate::install::Installed;
use std::path::{Path, PathBuf};

/// What can be chosen about a ClickHouse engine.
#[derive(Debug, Clone)]
pub struct ClickHouseOptions {
    /// A fixed port; none takes a free one and keeps it.
    pub port: Option<u16>,
    /// The one user.
    pub user: String,
    /// Its password, may be empty.
    pub password: String,
    /// Accepts planned faults on `POST /__fault`.
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

/// A running ClickHouse engine behind HTTP. Killed when dropped, unless detached.
#[derive(Debug)]
pub struct ClickHouse {
    url: String,
    dir: PathBuf,
    options: ClickHouseOptions,
}

impl ClickHouse {
    /// Starts in `dir` (created; data, config and log are kept there); returns when `/ping` answers.
    pub async fn start(
        _installed: &Installed,
        _dir: &Path,
        _options: ClickHouseOptions,
    ) -> Result<Self> {
        Err(crate::Error::NoCacheFolder)
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
