//! The programs under test: built once, started as processes, watched.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, ensure};
use embedded::process::{Launch, Process};
use tokio::sync::OnceCell;

use crate::wait::until;

/// The folder of the built programs; builds them first, once a process.
///
/// # Errors
/// When they cannot be built.
pub async fn built() -> anyhow::Result<&'static Path> {
    static DIR: OnceCell<PathBuf> = OnceCell::const_new();
    DIR.get_or_try_init(build).await.map(PathBuf::as_path)
}

async fn build() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let dir = own
        .ancestors()
        .skip(1)
        .find(|dir| !dir.ends_with("deps"))
        .context("no folder of this program")?;
    let mut cargo =
        tokio::process::Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // The whole workspace, as `cargo test` builds it: other features would build everything twice.
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    cargo.args([
        "build",
        "--quiet",
        "--workspace",
        "--bins",
        "--exclude",
        "xtask",
        "--manifest-path",
        manifest,
    ]);
    if dir.ends_with("release") {
        cargo.arg("--release");
    }
    let status = cargo
        .stdin(Stdio::null())
        .status()
        .await
        .context("cannot run cargo")?;
    ensure!(status.success(), "the programs do not build");
    Ok(dir.to_owned())
}

/// Runs a program to its end.
///
/// # Errors
/// When it cannot be built or does not end within a minute.
pub async fn run(
    program: &str,
    args: &[&str],
    env: &[(String, String)],
) -> anyhow::Result<Finished> {
    let mut command = tokio::process::Command::new(built().await?.join(program));
    for key in crate::fleet::callers_settings() {
        command.env_remove(key);
    }
    command
        .args(args)
        .envs(env.iter().map(|(key, value)| (key, value)))
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = tokio::time::timeout(Duration::from_secs(60), command.output())
        .await
        .with_context(|| format!("{program} {args:?} did not end"))??;
    Ok(Finished {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// A running worker or writer.
#[derive(Debug)]
pub struct Program {
    process: Process,
    failpoints: PathBuf,
    log: PathBuf,
}

/// A command that has ended.
#[derive(Debug, Clone)]
pub struct Finished {
    /// Its exit code; -1 when a signal ended it.
    pub code: i32,
    /// What it answered.
    pub stdout: String,
    /// What it told people.
    pub stderr: String,
}

impl Finished {
    /// The answer as JSON.
    ///
    /// # Errors
    /// When the command failed or answered something else.
    pub fn json(&self) -> anyhow::Result<serde_json::Value> {
        serde_json::from_str(&self.stdout)
            .with_context(|| format!("exit code {}, {}{}", self.code, self.stdout, self.stderr))
    }

    /// Passes a success on.
    ///
    /// # Errors
    /// When the exit code is not 0.
    pub fn success(self) -> anyhow::Result<Self> {
        ensure!(
            self.code == 0,
            "exit code {}: {}{}",
            self.code,
            self.stdout,
            self.stderr
        );
        Ok(self)
    }
}

impl Program {
    /// Starts `launch`; `dir` is the program's own, for its log and the marks of failpoints.
    pub(crate) async fn start(
        launch: Launch,
        dir: &Path,
        failpoints: &str,
    ) -> anyhow::Result<Self> {
        let marks = dir.join("failpoints");
        std::fs::create_dir_all(&marks)?;
        let log = dir.join("log");
        let process = launch
            .env("BACKFLEET_FAILPOINTS", failpoints)
            .env("BACKFLEET_FAILPOINTS_DIR", &marks)
            .log(&log)
            .spawn()
            .await?;
        Ok(Self {
            process,
            failpoints: marks,
            log,
        })
    }

    /// Waits until it stands at a failpoint (`pause`) or has come past it (`kill`).
    ///
    /// # Errors
    /// When that does not happen in time; with the log.
    pub async fn reached(&self, failpoint: &str) -> anyhow::Result<()> {
        let mark = self.failpoints.join(failpoint);
        until(failpoint, Duration::from_secs(60), async || {
            mark.exists().then_some(())
        })
        .await
        .with_context(|| self.log())
    }

    /// Lets it go on from a failpoint.
    ///
    /// # Errors
    /// When it does not stand there.
    pub fn release(&self, failpoint: &str) -> anyhow::Result<()> {
        Ok(std::fs::remove_file(self.failpoints.join(failpoint))?)
    }

    /// Kills it as `kill -9` does.
    ///
    /// # Errors
    /// When the system refuses.
    pub async fn kill9(mut self) -> anyhow::Result<()> {
        self.process.kill9().await?;
        Ok(())
    }

    /// Waits for its end by itself; the exit code, or -1 after a signal.
    ///
    /// # Errors
    /// When it does not end within a minute; with the log.
    pub async fn ended(&mut self) -> anyhow::Result<i32> {
        let status = tokio::time::timeout(Duration::from_secs(60), self.process.wait())
            .await
            .with_context(|| format!("did not end:\n{}", self.log()))??;
        Ok(status.code().unwrap_or(-1))
    }

    /// Sends SIGTERM.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn terminate(&self) -> anyhow::Result<()> {
        Ok(self.process.signal(embedded::process::Signal::TERM)?)
    }

    /// Waits until it says where its endpoints are: `127.0.0.1:4711`.
    ///
    /// # Errors
    /// When it does not say so in time; with the log.
    pub async fn address(&self) -> anyhow::Result<String> {
        until("an address", Duration::from_secs(60), async || {
            self.lines().iter().find_map(|line| {
                let serves = line["message"].as_str()?.starts_with("serving");
                serves.then(|| line["address"].as_str().map(str::to_owned))?
            })
        })
        .await
        .with_context(|| self.log())
    }

    /// The log lines that are JSON objects; the last one may be cut off.
    #[must_use]
    pub fn lines(&self) -> Vec<serde_json::Value> {
        let log = self.log();
        let parsed = log.lines().map(serde_json::from_str);
        parsed.filter_map(Result::ok).collect()
    }

    /// What it has logged.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}
