//! `cargo xtask bench`: what a row costs, and what an operator waits for. Always in release: the command starts itself again as a
//! release build, so that nobody reads figures of another one.

mod control;
mod normalise;

use std::path::PathBuf;
use std::process::Command as Process;

use anyhow::{Context, ensure};
use clap::{Args as ClapArgs, Subcommand};

#[derive(ClapArgs)]
pub(crate) struct Args {
    #[command(subcommand)]
    benchmark: Benchmark,
    /// Also write the figures to this file
    #[arg(long, global = true, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Run in this process, however it was built
    #[arg(long, global = true, hide = true)]
    here: bool,
}

#[derive(Subcommand)]
enum Benchmark {
    /// Ten million ids: enqueueing them, and what an operator asks meanwhile
    Control,
    /// Reply to Arrow batch, one core, every dataset: rows and bytes a second
    Normalise {
        /// Only datasets whose `source dataset` holds this text
        #[arg(default_value = "")]
        only: String,
    },
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    if !args.here {
        return again_in_release();
    }
    let figures = match &args.benchmark {
        Benchmark::Control => serde_json::to_string_pretty(&crate::block_on(control::run())?)?,
        Benchmark::Normalise { only } => {
            serde_json::to_string_pretty(&crate::block_on(normalise::run(only))?)?
        }
    };
    if let Some(file) = &args.json {
        std::fs::write(file, figures + "\n")
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}

/// The same command line, as a release build.
fn again_in_release() -> anyhow::Result<()> {
    let status = Process::new(env!("CARGO"))
        .args(["run", "--release", "--quiet", "--package", "xtask", "--"])
        .args(std::env::args_os().skip(1))
        .arg("--here")
        .status()
        .context("cannot run cargo")?;
    ensure!(status.success(), "the benchmark ended with {status}");
    Ok(())
}
