//! `cargo xtask bench`: what a row costs, and what an operator waits for. Always in release: the
//! command starts itself again as a release build, so that nobody reads figures of another one.

mod audit;
mod control;
mod normalise;

use std::path::PathBuf;
use std::process::Command as Process;

use anyhow::{Context, ensure};
use clap::{Args as ClapArgs, Subcommand};
use serde::Serialize;

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
    /// `producer audit` of 52 million bars
    Audit,
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
    match &args.benchmark {
        Benchmark::Audit => written(args, &crate::block_on(audit::run())?),
        Benchmark::Control => written(args, &crate::block_on(control::run())?),
        Benchmark::Normalise { only } => written(args, &crate::block_on(normalise::run(only))?),
    }
}

/// Writes the figures where they are wanted.
fn written(args: &Args, figures: &impl Serialize) -> anyhow::Result<()> {
    let Some(file) = &args.json else {
        return Ok(());
    };
    let text = serde_json::to_string_pretty(figures)?;
    std::fs::write(file, text + "\n").with_context(|| format!("cannot write {}", file.display()))
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
