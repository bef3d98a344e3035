//! "Ready only when ready": asks a server over HTTP until it answers, and explains with the
//! server's own log why it does not.

use std::io::{Read, Seek, SeekFrom};
use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use crate::error::{Error, Result};
use crate::process::Process;

/// Opening a large store after a crash replays it; far beyond what the tests and the demo keep.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(15);
/// One probe: a server that accepts and stays silent is asked again.
const PROBE: Duration = Duration::from_secs(5);
/// Enough of a log to see the reason, short enough to read in an error.
const TAIL: u64 = 4_000;

/// A server that is coming up.
pub(crate) struct Candidate<'a> {
    pub(crate) server: &'static str,
    pub(crate) process: &'a Process,
    pub(crate) log: &'a Path,
    /// Where this run's part of the log begins.
    pub(crate) log_start: u64,
}

impl Candidate<'_> {
    /// Returns when `probe` says yes; fails when the process ends or takes too long.
    pub(crate) async fn wait(&self, mut probe: impl AsyncFnMut() -> bool) -> Result<()> {
        let begin = Instant::now();
        let mut ticks = interval(PAUSE);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while begin.elapsed() < PATIENCE {
            ticks.tick().await;
            if let Some(status) = self.process.ended() {
                return Err(Error::Ended {
                    server: self.server,
                    status: status.to_string(),
                    log: self.tail(),
                });
            }
            if timeout(PROBE, probe()).await.unwrap_or(false) {
                return Ok(());
            }
        }
        Err(Error::NotReady {
            server: self.server,
            waited: PATIENCE,
            log: self.tail(),
        })
    }

    fn tail(&self) -> String {
        tail(self.log, self.log_start).unwrap_or_else(|error| format!("no log: {error}"))
    }
}

/// The end of a log, at most [`TAIL`] bytes of what was written from `start` on.
fn tail(path: &Path, start: u64) -> std::io::Result<String> {
    let mut file = std::fs::File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(
        start.max(length.saturating_sub(TAIL)).min(length),
    ))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}

/// How long a file is, 0 when it is not there.
pub(crate) fn length(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |metadata| metadata.len())
}

/// The whole reply to `GET path` on loopback if its status is 200, headers included.
///
/// Written by hand because a full HTTP client wants a TLS provider to be chosen by the program,
/// and this is one line each way.
pub(crate) async fn get(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).await.ok()?;
    let reply = String::from_utf8_lossy(&reply).into_owned();
    reply.starts_with("HTTP/1.1 200").then_some(reply)
}
