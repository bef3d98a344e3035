//! What both servers have in common: started on a free port, ready only when ready, killed,
//! restarted on the same port with the same data.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::Result;
use crate::install::create;
use crate::port;
use crate::process::{Launch, Process, Signal};
use crate::ready::{self, Candidate};

/// Somebody else taking our port again and again is not bad luck any more.
const PORT_ATTEMPTS: usize = 5;

/// What differs between the servers.
pub trait Kind: fmt::Debug + Send + Sync {
    /// The program, as errors name it.
    const PROGRAM: &'static str;
    /// Its log in the server's folder.
    const LOG: &'static str;
    /// Of its URL.
    const SCHEME: &'static str;
    /// How long it may take to stop.
    const PATIENCE: Duration;

    /// The port that was asked for, if one was.
    fn fixed_port(&self) -> Option<u16>;

    /// Whether it outlives this process.
    fn detached(&self) -> bool;

    /// How to start it; `name` tells this very process from a stranger on its port.
    fn launch(&mut self, dir: &Path, port: u16, name: &str) -> Result<Launch>;

    /// Whether the process of that name does its work.
    fn is_ready(&self, port: u16, name: &str) -> impl Future<Output = bool> + Send;
}

/// A server in a folder. Killed when dropped, unless detached.
#[derive(Debug)]
pub struct Server<K> {
    pub(crate) kind: K,
    dir: PathBuf,
    port: u16,
    url: String,
    process: Option<Process>,
}

impl<K: Kind> Server<K> {
    /// Starts in `dir` (created; data, config and log are kept there); returns when it is ready.
    pub(crate) async fn start_kind(kind: K, dir: &Path) -> Result<Self> {
        let mut server = Self {
            kind,
            dir: create(dir)?,
            port: 0,
            url: String::new(),
            process: None,
        };
        let mut attempt = 1;
        loop {
            server.port = server.kind.fixed_port().map_or_else(port::free, Ok)?;
            server.url = format!("{}://127.0.0.1:{}", K::SCHEME, server.port);
            match server.launch().await {
                Err(error) if port::was_taken(&error) && attempt < PORT_ATTEMPTS => attempt += 1,
                result => return result.map(|()| server),
            }
        }
    }

    /// Where clients connect, without credentials; the same after a restart.
    pub fn url(&self) -> &str {
        &self.url
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
            process.terminate(K::PATIENCE).await?;
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
        let name = format!("backfleet-{:016x}", port::nonce());
        let log = self.dir.join(K::LOG);
        let log_start = ready::length(&log);
        let launch = self.kind.launch(&self.dir, self.port, &name)?;
        let launch = launch.log(&log).detached(self.kind.detached());
        let process = launch.spawn().await?;
        let candidate = Candidate {
            server: K::PROGRAM,
            process: &process,
            log: &log,
            log_start,
        };
        let result = candidate
            .wait(async || self.kind.is_ready(self.port, &name).await)
            .await;
        if result.is_err() {
            process.signal(Signal::KILL)?;
        }
        result.map(|()| self.process = Some(process))
    }
}
