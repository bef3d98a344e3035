//! `sources try`: has the program `worker` ask one request, as only it speaks with vendors.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, bail};

const WORKER: &str = "worker";

/// Runs `worker try` with the same configuration and arguments, and ends as it does.
pub(crate) fn run(config: Option<&Path>, arguments: &[OsString]) -> anyhow::Result<ExitCode> {
    let program = program();
    let mut command = Command::new(&program);
    if let Some(config) = config {
        command.arg("--config").arg(config);
    }
    let status = match command.arg("try").args(arguments).status() {
        Ok(status) => status,
        Err(error) if error.kind() == ErrorKind::NotFound => bail!(
            "sources try needs the program worker, which stands neither beside producer nor in PATH"
        ),
        Err(error) => {
            return Err(error).with_context(|| format!("cannot run {}", program.display()));
        }
    };
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Where the program worker is.
pub(crate) fn program() -> PathBuf {
    beside().unwrap_or_else(|| PathBuf::from(WORKER))
}

/// The worker in the folder of this program.
fn beside() -> Option<PathBuf> {
    let own = std::env::current_exe().ok()?;
    let worker = own.with_file_name(WORKER);
    worker.is_file().then_some(worker)
}
