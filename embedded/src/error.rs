//! What can go wrong between "install" and "ready", one variant per operation that failed.
//!
//! A server that does not come up is explained by its own log, so those variants carry its tail.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The result of everything in this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// A failed operation, with the values a reader needs to act on it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No place for the cache is known.
    #[error("no cache folder: set BACKFLEET_CACHE, XDG_CACHE_HOME or HOME")]
    NoCacheFolder,
    /// `python3` is not on the PATH, or does not run.
    #[error("python3 does not run: install it, e.g. `apt-get install python3 python3-pip`")]
    NoPython(#[source] io::Error),
    /// `python3` is older than what the engine's wheels ask for.
    #[error("python3 at {program} is version {version}, 3.9 or newer is needed")]
    OldPython {
        /// The interpreter that was found.
        program: PathBuf,
        /// What it says it is.
        version: String,
    },
    /// `python3 -m pip` does not run.
    #[error("python3 has no pip: install it, e.g. `apt-get install python3-pip`")]
    NoPip,
    /// pip ran and refused or failed.
    #[error("pip could not install the pinned packages into {target} ({status}): {output}")]
    Pip {
        /// The folder it was to fill.
        target: PathBuf,
        /// How it ended.
        status: String,
        /// The end of what it said.
        output: String,
    },
    /// A file or folder could not be read or written.
    #[error("cannot {action} {path}")]
    File {
        /// Read, write, create, lock, rename, remove.
        action: &'static str,
        /// What it was about.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A state file is not what `services up` writes.
    #[error("state file {path} cannot be understood")]
    State {
        /// The file.
        path: PathBuf,
        /// Where it is broken.
        #[source]
        source: serde_json::Error,
    },
    /// A program could not be spawned or signalled.
    #[error("cannot {action} {program}")]
    Process {
        /// Spawn, signal, wait for.
        action: &'static str,
        /// What it was about.
        program: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// No port could be found.
    #[error("no free port on 127.0.0.1")]
    NoPort(#[source] io::Error),
    /// The server ended before it was ready.
    #[error("{server} ended before it was ready ({status}); end of its log:\n{log}")]
    Ended {
        /// Which server.
        server: &'static str,
        /// How it ended.
        status: String,
        /// The end of its log.
        log: String,
    },
    /// The server runs and does not answer.
    #[error("{server} is not ready after {waited:?}; end of its log:\n{log}")]
    NotReady {
        /// Which server.
        server: &'static str,
        /// How long was waited.
        waited: Duration,
        /// The end of its log.
        log: String,
    },
    /// A signal was sent and the process is still there.
    #[error("process {pid} is still there {waited:?} after the signal")]
    StillThere {
        /// Its id.
        pid: u32,
        /// How long was waited.
        waited: Duration,
    },
}

impl Error {
    pub(crate) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::File {
            action,
            path,
            source,
        }
    }
}
