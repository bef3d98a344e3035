//! stub
use crate::error::{Error, Result};
use std::path::{Path, PathBuf};

/// The folder that keeps installed programs between runs.
#[derive(Debug, Clone)]
pub struct Cache {
    root: PathBuf,
}

impl Cache {
    /// `$BACKFLEET_CACHE`, else `$XDG_CACHE_HOME/backfleet`, else `~/.cache/backfleet`.
    pub fn from_env() -> Result<Self> {
        Err(Error::NoCacheFolder)
    }
    /// A folder of the caller's choice.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }
    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }
}

/// What speaks ClickHouse's HTTP interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Engine {
    /// The engine as a library, behind the HTTP front of this crate.
    Front,
    /// A `clickhouse` program of this machine.
    Server(PathBuf),
}

/// Programs that are ready to be started.
#[derive(Debug, Clone)]
pub struct Installed {
    /// The interpreter that runs the front and the launcher.
    pub python: PathBuf,
    /// The folder pip filled.
    pub packages: PathBuf,
    /// The nats-server program.
    pub nats_server: PathBuf,
    /// What to run as ClickHouse.
    pub engine: Engine,
}

/// Installs what is missing and says where everything is; quick when nothing is missing.
pub async fn install(_cache: &Cache) -> Result<Installed> {
    Err(Error::NoCacheFolder)
}
