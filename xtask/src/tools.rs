//! Cargo tools that the checks use, in pinned versions, installed once into the cache folder.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, ensure};
use embedded::Cache;

/// A tool: its crate, and the version that the checks were written for.
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
}

impl Tool {
    /// The program; installs it the first time.
    pub(crate) fn program(&self) -> anyhow::Result<PathBuf> {
        let folder = Cache::from_env()?
            .root()
            .join(format!("{}-{}", self.name, self.version));
        let program = folder.join("bin").join(self.name);
        if !program.exists() {
            println!(
                "    installing {} {} into {}",
                self.name,
                self.version,
                folder.display()
            );
            let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
                .args([
                    "install",
                    "--quiet",
                    "--locked",
                    self.name,
                    "--version",
                    self.version,
                    "--root",
                ])
                .arg(&folder)
                // Not our profile: a tool is built once and should be built fast.
                .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
                .env("CARGO_PROFILE_RELEASE_LTO", "off")
                .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
                .status()
                .context("cannot run cargo install")?;
            ensure!(
                status.success(),
                "{} {} could not be installed",
                self.name,
                self.version
            );
        }
        Ok(program)
    }
}
