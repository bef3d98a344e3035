//! The command line of the worker.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use common::service;

use crate::once::{self, TryArgs};
use crate::parse::{self, ParseArgs};
use crate::vendor::Vendors;

/// Fetches what the producer enqueued.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Example:\n  worker --config /etc/backfleet.toml\n\nSIGTERM or Ctrl-C: finishes the items in work and ends; a second one ends at once, nothing is lost."
)]
struct Cli {
    /// Configuration file (TOML); see `config check` for every key
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Work until told to stop (the default)
    Run,
    /// Print the rows of one saved reply, one JSON object a line
    Parse(ParseArgs),
    /// Ask one request of a vendor and print the rows, one JSON object a line
    Try(TryArgs),
    /// Look at the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Check it, and print the values in force, secrets hidden
    #[command(after_help = "Example:\n  BACKFLEET__WORKER__CONCURRENCY=32 worker config check")]
    Check,
}

pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    let settings = match service::settings(cli.config.as_deref()) {
        Ok(settings) => settings,
        Err(code) => return code,
    };
    if let Err(problems) = sources::manifest::load(&settings.manifests.files) {
        eprintln!("error: {problems}");
        return ExitCode::from(service::USAGE);
    }
    match cli.command.unwrap_or(Command::Run) {
        Command::Run => match Vendors::new(&settings) {
            Ok(vendors) => service::run("worker", settings, |service| {
                crate::run::run(service, vendors)
            }),
            Err(problems) => unusable(&problems),
        },
        Command::Parse(args) => parse::run(&args),
        Command::Try(args) => once::run(&args, &settings),
        Command::Config(ConfigCommand::Check) => match Vendors::new(&settings) {
            Ok(_) => service::print_settings(&settings),
            Err(problems) => unusable(&problems),
        },
    }
}

/// Says what is wrong in the sections of the vendors.
fn unusable(problems: &anyhow::Error) -> ExitCode {
    eprintln!("error: {problems:#}");
    ExitCode::from(service::USAGE)
}
