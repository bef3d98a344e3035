//! Child processes that cannot outlive their parent, unless asked to.
//!
//! The kernel can kill a child when its parent dies (`PR_SET_PDEATHSIG`), also on kill -9 of the
//! parent, with two catches that shape this file. The child itself has to ask for it, which from
//! Rust needs `unsafe`, so a few lines of Python (`front/launch.py`) do it and then become the
//! program. And "parent" means the *thread* that forked: threads of tokio's pool come and go, so
//! one thread that never ends spawns everything.
//!
//! Signals go through a pidfd, so a process id that was used again is never hit.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{LazyLock, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

pub use rustix::process::Signal;
use rustix::process::{Pid, PidfdFlags, pidfd_open, pidfd_send_signal};
use tokio::sync::{oneshot, watch};

use crate::error::{Error, Result};

const LAUNCHER: &str = include_str!("../front/launch.py");

/// A program to be started.
#[derive(Debug)]
pub struct Launch {
    python: PathBuf,
    program: PathBuf,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    removed: Vec<OsString>,
    log: Option<PathBuf>,
    detached: bool,
}

impl Launch {
    /// `python` is [`crate::Installed::python`], `program` an absolute path.
    pub fn new(python: impl Into<PathBuf>, program: impl Into<PathBuf>) -> Self {
        let (python, program) = (python.into(), program.into());
        Self {
            python,
            program,
            args: Vec::new(),
            env: Vec::new(),
            removed: Vec::new(),
            log: None,
            detached: false,
        }
    }

    /// Adds one argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<I: IntoIterator<Item: Into<OsString>>>(mut self, args: I) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets one environment variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Keeps one variable of our own environment from it.
    #[must_use]
    pub fn env_remove(mut self, name: impl Into<OsString>) -> Self {
        self.removed.push(name.into());
        self
    }

    /// Appends stdout and stderr to this file; without it they are the parent's.
    #[must_use]
    pub fn log(mut self, path: impl Into<PathBuf>) -> Self {
        self.log = Some(path.into());
        self
    }

    /// Lets the process outlive this one, and its handle.
    #[must_use]
    pub fn detached(mut self, detached: bool) -> Self {
        self.detached = detached;
        self
    }

    /// Starts it.
    pub async fn spawn(self) -> Result<Process> {
        let name = self.program.display().to_string();
        let command = self.command()?;
        let child = spawn_from_own_thread(command)
            .await
            .map_err(|e| process_error("spawn", &name, e))?;
        Process::watch(child, name, self.detached)
    }

    fn command(&self) -> Result<Command> {
        let mode = if self.detached { "detached" } else { "bound" };
        let mut command = Command::new(&self.python);
        command
            .args(["-I", "-S", "-c", LAUNCHER, mode])
            .arg(std::process::id().to_string());
        command.arg(&self.program).args(&self.args);
        for name in &self.removed {
            command.env_remove(name);
        }
        command
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        if let Some(path) = &self.log {
            let open = || OpenOptions::new().create(true).append(true).open(path);
            let log = open().map_err(Error::file("open", path))?;
            command
                .stderr(log.try_clone().map_err(Error::file("open", path))?)
                .stdout(log);
        }
        Ok(command)
    }
}

/// A started child. Dropping it kills the child and waits for its end, unless it is detached.
#[derive(Debug)]
pub struct Process {
    pid: u32,
    name: String,
    detached: bool,
    fd: OwnedFd,
    ended: watch::Receiver<Option<ExitStatus>>,
    waiter: Option<JoinHandle<()>>,
}

impl Process {
    fn watch(mut child: Child, name: String, detached: bool) -> Result<Self> {
        let pid = child.id();
        let fd = open_pidfd(pid).map_err(|e| process_error("watch", &name, e))?;
        let (tell, ended) = watch::channel(None);
        // A thread and not tokio's reaper: the handle must work from any runtime, or none.
        let waiter = thread::Builder::new().name("waiter".into()).spawn(move || {
            tell.send_replace(child.wait().ok());
        });
        let waiter = waiter.map_err(|e| process_error("watch", &name, e))?;
        Ok(Self {
            pid,
            name,
            detached,
            fd,
            ended,
            waiter: Some(waiter),
        })
    }

    /// The process id, also after its end.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// How it ended, or none while it runs.
    pub fn ended(&self) -> Option<ExitStatus> {
        *self.ended.borrow()
    }

    /// Sends a signal; none is sent and no error given when it has ended.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        match pidfd_send_signal(&self.fd, signal) {
            Err(rustix::io::Errno::SRCH) | Ok(()) => Ok(()),
            Err(error) => Err(process_error("signal", &self.name, error.into())),
        }
    }

    /// Waits for its end.
    pub async fn wait(&mut self) -> Result<ExitStatus> {
        let status = self
            .ended
            .wait_for(Option::is_some)
            .await
            .ok()
            .and_then(|status| *status);
        status.ok_or_else(|| process_error("wait for", &self.name, io::ErrorKind::Other.into()))
    }

    /// SIGKILL, and waits for its end.
    pub async fn kill9(&mut self) -> Result<ExitStatus> {
        self.signal(Signal::KILL)?;
        self.wait().await
    }

    /// SIGTERM, and waits for its end; still there after `patience` is an error.
    pub async fn terminate(&mut self, patience: Duration) -> Result<ExitStatus> {
        self.signal(Signal::TERM)?;
        let late = Error::StillThere {
            pid: self.pid,
            waited: patience,
        };
        tokio::time::timeout(patience, self.wait())
            .await
            .map_err(|_| late)?
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.detached {
            return;
        }
        // Joining blocks for the few milliseconds a SIGKILL takes; in exchange the port and the
        // folder are free when the handle is gone.
        if self.signal(Signal::KILL).is_ok()
            && let Some(waiter) = self.waiter.take()
        {
            waiter.join().ok();
        }
    }
}

fn open_pidfd(pid: u32) -> io::Result<OwnedFd> {
    let pid = i32::try_from(pid)
        .ok()
        .and_then(Pid::from_raw)
        .ok_or(io::ErrorKind::InvalidInput)?;
    Ok(pidfd_open(pid, PidfdFlags::empty())?)
}

fn process_error(action: &'static str, program: &str, source: io::Error) -> Error {
    Error::Process {
        action,
        program: program.to_owned(),
        source,
    }
}

type Order = (Command, oneshot::Sender<io::Result<Child>>);

/// Children die with the thread that forked them, so this one lives as long as the program.
static SPAWNER: LazyLock<mpsc::Sender<Order>> = LazyLock::new(|| {
    let (orders, inbox) = mpsc::channel::<Order>();
    thread::spawn(move || {
        for (mut command, answer) in inbox {
            if let Err(Ok(mut unwanted)) = answer.send(command.spawn()) {
                unwanted.kill().and_then(|()| unwanted.wait()).ok();
            }
        }
    });
    orders
});

async fn spawn_from_own_thread(command: Command) -> io::Result<Child> {
    let (answer, result) = oneshot::channel();
    let gone = || io::Error::other("the spawning thread has ended");
    SPAWNER.send((command, answer)).map_err(|_| gone())?;
    result.await.map_err(|_| gone())?
}

/// A process known only by its number, for `services down` of a later program.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stranger {
    pub(crate) pid: u32,
    /// Start time in clock ticks since boot: tells a process from a later one with its number.
    pub(crate) started: u64,
}

impl Stranger {
    /// What the process with this number is at this moment.
    pub(crate) fn of(pid: u32) -> Option<Self> {
        Some(Self {
            pid,
            started: start_time(pid)?,
        })
    }

    pub(crate) fn runs(self) -> bool {
        start_time(self.pid) == Some(self.started)
    }

    /// Sends a signal if it still runs.
    pub(crate) fn signal(self, signal: Signal) -> Result<()> {
        let Ok(fd) = open_pidfd(self.pid) else {
            return Ok(());
        };
        // Asked after the descriptor is open: from here on it cannot become another process.
        if !self.runs() {
            return Ok(());
        }
        match pidfd_send_signal(&fd, signal) {
            Err(rustix::io::Errno::SRCH) | Ok(()) => Ok(()),
            Err(error) => Err(process_error("signal", &self.pid.to_string(), error.into())),
        }
    }
}

/// Field 22 of `/proc/<pid>/stat`; none for a process that has ended, reaped or not.
fn start_time(pid: u32) -> Option<u64> {
    let stat =
        std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).ok()?;
    // The second field is the program's name in parentheses and may itself contain any character.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    if matches!(state, "Z" | "X") {
        None
    } else {
        fields.nth(18)?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_runs_and_a_reused_number_does_not() {
        let me = Stranger::of(std::process::id()).unwrap();
        assert!(me.runs());
        assert!(
            !Stranger {
                started: me.started + 1,
                ..me
            }
            .runs()
        );
    }
}
