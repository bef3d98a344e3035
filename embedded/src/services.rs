//! The servers of `cargo xtask services up | status | down`: they outlive the program that started
//! them, and a later program finds and stops them.
//!
//! What is known between programs stands in `services.json`; a process is named there by its
//! number and its start time, so a number that was used again is never signalled. Ports and data
//! stay the same from one `up` to the next until `down` is told to purge; only a port that somebody
//! else has taken meanwhile is replaced.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::{Instant, interval};

use crate::clickhouse::{ClickHouse, ClickHouseOptions};
use crate::error::{Error, Result};
use crate::install::{Installed, create, lock, remove};
use crate::nats::{NatsOptions, NatsServer};
use crate::port::was_taken;
use crate::process::{Signal, Stranger};

/// After SIGTERM; the engine finishes running merges.
const STOP_PATIENCE: Duration = Duration::from_secs(30);
/// After SIGKILL.
const KILL_PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(20);

/// What `services up` started, as written to the state file and shown to people and programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Services {
    /// `nats://127.0.0.1:PORT`.
    pub nats_url: String,
    /// `http://127.0.0.1:PORT` of its monitoring.
    pub nats_monitor_url: String,
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

impl Running {
    fn new(pid: Option<u32>, dir: &Path) -> Self {
        // Both are known: the server has just answered. If it has died since, 0 says "not running".
        let process = pid
            .and_then(Stranger::of)
            .unwrap_or(Stranger { pid: 0, started: 0 });
        Self {
            pid: process.pid,
            started: process.started,
            dir: dir.to_path_buf(),
        }
    }

    fn process(&self) -> Stranger {
        Stranger {
            pid: self.pid,
            started: self.started,
        }
    }
}

/// Starts what does not run yet; the same call again changes nothing. Ports and data are kept in
/// `folder` from one `up` to the next.
pub async fn up(installed: &Installed, folder: &Path) -> Result<Services> {
    let folder = create(folder)?;
    let _lock = lock(folder.join("lock")).await?;
    let before = look(&folder)?;
    let (nats_url, nats_monitor_url, nats) = match &before.services {
        Some(services) if before.nats_running => (
            services.nats_url.clone(),
            services.nats_monitor_url.clone(),
            services.nats.clone(),
        ),
        services => start_nats(installed, &folder, services.as_ref()).await?,
    };
    let (clickhouse_url, clickhouse) = match &before.services {
        Some(services) if before.clickhouse_running => {
            (services.clickhouse_url.clone(), services.clickhouse.clone())
        }
        services => match start_clickhouse(installed, &folder, services.as_ref()).await {
            Ok(started) => started,
            Err(error) => {
                // Not in the state file yet, so nobody could stop it later.
                stop(&nats).await?;
                return Err(error);
            }
        },
    };
    let ClickHouseOptions { user, password, .. } = ClickHouseOptions::default();
    let services = Services {
        nats_url,
        nats_monitor_url,
        clickhouse_url,
        user,
        password,
        nats,
        clickhouse,
    };
    write(&folder, &services)?;
    Ok(services)
}

/// What runs at this moment.
pub async fn status(folder: &Path) -> Result<Status> {
    look(folder)
}

/// Stops what runs; with `purge` the data goes too. Returns what was running before.
pub async fn down(folder: &Path, purge: bool) -> Result<Status> {
    if !folder.is_dir() {
        return look(folder);
    }
    let _lock = lock(folder.join("lock")).await?;
    let before = look(folder)?;
    if let Some(services) = &before.services {
        stop(&services.nats).await?;
        stop(&services.clickhouse).await?;
    }
    if purge {
        remove(folder)?;
    }
    Ok(before)
}

async fn start_nats(
    installed: &Installed,
    folder: &Path,
    before: Option<&Services>,
) -> Result<(String, String, Running)> {
    let dir = folder.join("nats");
    let start = async |port| {
        let options = NatsOptions {
            port,
            detached: true,
            ..NatsOptions::default()
        };
        NatsServer::start(installed, &dir, options).await
    };
    let port = before.and_then(|services| port_of(&services.nats_url));
    let server = match start(port).await {
        Err(error) if port.is_some() && was_taken(&error) => start(None).await?,
        result => result?,
    };
    Ok((
        server.url().to_owned(),
        server.monitor_url(),
        Running::new(server.pid(), server.dir()),
    ))
}

async fn start_clickhouse(
    installed: &Installed,
    folder: &Path,
    before: Option<&Services>,
) -> Result<(String, Running)> {
    let dir = folder.join("clickhouse");
    let start = async |port| {
        let options = ClickHouseOptions {
            port,
            detached: true,
            ..ClickHouseOptions::default()
        };
        ClickHouse::start(installed, &dir, options).await
    };
    let port = before.and_then(|services| port_of(&services.clickhouse_url));
    let server = match start(port).await {
        Err(error) if port.is_some() && was_taken(&error) => start(None).await?,
        result => result?,
    };
    Ok((
        server.url().to_owned(),
        Running::new(server.pid(), server.dir()),
    ))
}

fn port_of(url: &str) -> Option<u16> {
    url.rsplit_once(':')?.1.parse().ok()
}

fn look(folder: &Path) -> Result<Status> {
    let path = folder.join("services.json");
    let services: Option<Services> = match fs::read(&path) {
        Ok(text) => {
            Some(serde_json::from_slice(&text).map_err(|source| Error::State { path, source })?)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(Error::file("read", &path)(error)),
    };
    let runs = |of: fn(&Services) -> &Running| {
        services
            .as_ref()
            .is_some_and(|services| of(services).process().runs())
    };
    let nats_running = runs(|services| &services.nats);
    let clickhouse_running = runs(|services| &services.clickhouse);
    Ok(Status {
        services,
        nats_running,
        clickhouse_running,
    })
}

/// Under a temporary name first: a reader never sees half of it.
fn write(folder: &Path, services: &Services) -> Result<()> {
    let (path, temporary) = (
        folder.join("services.json"),
        folder.join("services.json.tmp"),
    );
    let state = |source| Error::State {
        path: path.clone(),
        source,
    };
    let text = serde_json::to_vec_pretty(services).map_err(state)?;
    fs::write(&temporary, text).map_err(Error::file("write", &temporary))?;
    fs::rename(&temporary, &path).map_err(Error::file("rename", &temporary))
}

/// SIGTERM, and SIGKILL for one that does not listen.
async fn stop(running: &Running) -> Result<()> {
    let process = running.process();
    for (signal, patience) in [(Signal::TERM, STOP_PATIENCE), (Signal::KILL, KILL_PATIENCE)] {
        process.signal(signal)?;
        if has_ended(process, patience).await {
            return Ok(());
        }
    }
    Err(Error::StillThere {
        pid: process.pid,
        waited: KILL_PATIENCE,
    })
}

async fn has_ended(process: Stranger, patience: Duration) -> bool {
    let begin = Instant::now();
    let mut ticks = interval(PAUSE);
    while process.runs() {
        if begin.elapsed() > patience {
            return false;
        }
        ticks.tick().await;
    }
    true
}
