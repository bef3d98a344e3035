//! `cargo xtask test`: every check of the repository, in the order in which they fail fastest.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context, ensure};

use crate::{root, tidy};

/// What to check.
#[derive(clap::Args)]
pub struct Args {
    /// Leave out the tests: formatting, lints, docs and dependencies only
    #[arg(long)]
    no_tests: bool,
}

struct Step {
    name: &'static str,
    args: &'static str,
    env: Option<(&'static str, &'static str)>,
}

const LINTS: [Step; 3] = [
    Step {
        name: "formatting",
        args: "fmt --all --check",
        env: None,
    },
    Step {
        name: "lints",
        args: "clippy --workspace --all-targets --locked -- -D warnings",
        env: None,
    },
    Step {
        name: "docs",
        args: "doc --workspace --no-deps --document-private-items --locked",
        env: Some(("RUSTDOCFLAGS", "-D warnings")),
    },
];

const TESTS: [Step; 1] = [
    // One test at a time where real servers run: two cores hold one fleet.
    Step {
        name: "tests",
        args: "test --workspace --locked",
        env: None,
    },
];

/// Runs all steps; the first that fails ends it.
pub fn run(args: &Args) -> anyhow::Result<()> {
    println!("==> tidy");
    tidy::run()?;
    let tests: &[Step] = if args.no_tests { &[] } else { &TESTS };
    for step in LINTS.iter().chain(tests) {
        println!("==> {}: cargo {}", step.name, step.args);
        let started = Instant::now();
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo
            .args(step.args.split(' '))
            .current_dir(root())
            .envs(step.env);
        let status = cargo.status().context("cannot run cargo")?;
        ensure!(status.success(), "{} failed", step.name);
        println!("    {} took {} s", step.name, started.elapsed().as_secs());
    }
    Ok(())
}
