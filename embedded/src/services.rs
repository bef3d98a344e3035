//! stub
use crate::error::Result;
use crate::install::Installed;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What `services up` started, as written to the state file and shown to people and programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Services {
    /// `nats://127.0.0.1:PORT`.
    pub nats_url: String,
    /// `http://127.0.0.1:PORT`.
    pub clickhouse_url: String,
    /// The ClickHouse user.
    pub user: String,
    /// Its password.
    pub password: String,
    /// The nats-server process.
    pub nats: Running,
    /// The ClickHouse process.
    pub clickhouse: Running,
}

/// One detached process, named so that a reused process id is never mistaken for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// Its process id.
    pub pid: u32,
    /// Its start time in clock ticks since boot, from `/proc/<pid>/stat`.
    pub started: u64,
    /// Its folder: data, config and log.
    pub dir: PathBuf,
}

/// What a later process finds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The state file, if there is one.
    pub services: Option<Services>,
    /// Whether the nats-server of the state file runs.
    pub nats_running: bool,
    /// Whether the ClickHouse engine of the state file runs.
    pub clickhouse_running: bool,
}

/// Starts what does not run yet; the same call again changes nothing. Ports and data are kept in
/// `folder` from one `up` to the next.
pub async fn up(_installed: &Installed, _folder: &Path) -> Result<Services> {
    Err(crate::Error::NoCacheFolder)
}
/// What runs at this moment.
pub async fn status(_folder: &Path) -> Result<Status> {
    Err(crate::Error::NoCacheFolder)
}
/// Stops what runs; with `purge` the data goes too. Returns what was running before.
pub async fn down(_folder: &Path, _purge: bool) -> Result<Status> {
    Err(crate::Error::NoCacheFolder)
}
