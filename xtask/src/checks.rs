//! `cargo xtask test`: every check of the repository, in the order in which they fail fastest.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context, ensure};

use crate::tools::Tool;
use crate::{root, tidy};

/// What to check.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Leave out the tests: formatting, lints, docs and dependencies only
    #[arg(long)]
    no_tests: bool,
    /// Also look up known vulnerabilities of dependencies; needs the network
    #[arg(long)]
    advisories: bool,
}

/// Licences, sources and versions of dependencies, by deny.toml.
const DENY: Tool = Tool {
    name: "cargo-deny",
    version: "0.20.2",
};
/// Dependencies that are declared and not used.
const MACHETE: Tool = Tool {
    name: "cargo-machete",
    version: "0.9.2",
};

/// Runs all steps; the first that fails ends it.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    step("tidy", tidy::run)?;
    step("formatting", || cargo("fmt --all --check"))?;
    step("unused dependencies", || tool(&MACHETE, ""))?;
    let what = if args.advisories {
        "check"
    } else {
        "check bans licenses sources"
    };
    step("dependencies", || {
        tool(
            &DENY,
            &format!("--log-level warn {what} --hide-inclusion-graph"),
        )
    })?;
    step("lints", || {
        cargo("clippy --workspace --all-targets --locked --quiet -- -D warnings")
    })?;
    step("docs", || {
        cargo("doc --workspace --no-deps --document-private-items --locked --quiet")
    })?;
    if !args.no_tests {
        step("tests", || cargo("test --workspace --locked"))?;
    }
    Ok(())
}

fn step(name: &str, run: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    println!("==> {name}");
    let started = Instant::now();
    run().with_context(|| format!("{name} failed"))?;
    println!("    {name} took {} s", started.elapsed().as_secs());
    Ok(())
}

fn cargo(args: &str) -> anyhow::Result<()> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    finish(
        cargo
            .args(args.split(' '))
            .env("RUSTDOCFLAGS", "-D warnings"),
    )
}

fn tool(tool: &Tool, args: &str) -> anyhow::Result<()> {
    let mut command = Command::new(tool.program()?);
    finish(command.args(args.split_whitespace()))
}

fn finish(command: &mut Command) -> anyhow::Result<()> {
    let status = command
        .current_dir(root())
        .status()
        .with_context(|| format!("cannot run {command:?}"))?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(())
}
