//! `cargo xtask`: everything that is done with this repository by one command each.

mod bench;
mod checks;
mod demo;
mod services;
mod tidy;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// As in the worker and the writer, which the benchmarks stand for.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Fill a real ClickHouse through a real nats-server, and compare with what must be there
    Demo(demo::Args),
    /// What a row costs, measured in a release build
    Bench(bench::Args),
    /// Formatting, lints, docs, dependency checks and every test
    Test(checks::Args),
    /// A nats-server and a ClickHouse engine for development
    #[command(subcommand)]
    Services(services::Command),
    /// Only the checks of this repository's own rules
    Tidy,
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Demo(args) => demo::run(args),
        Command::Bench(args) => bench::run(&args),
        Command::Test(args) => checks::run(&args),
        Command::Services(command) => services::run(command),
        Command::Tidy => tidy::run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs something async to its end.
fn block_on<F: Future<Output = anyhow::Result<T>>, T>(future: F) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(future)
}

/// The top folder of the repository.
fn root() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
