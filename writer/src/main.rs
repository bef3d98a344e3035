//! `writer`: takes record batches from `RECORDS`, joins them and inserts them into ClickHouse.
//!
//! The files in the order in which a row meets them: [`pull`] → [`record`] → [`fill`] (which
//! decides by [`batch`]) → [`store`] → [`insert`] (one attempt: [`join`], [`insert_error`]) →
//! [`settle`] or [`dead`]. [`run`] wires them. A message is acknowledged only after ClickHouse
//! answered OK, or after the dead letter that holds it is stored.

mod batch;
mod bisect;
mod dead;
mod fill;
mod gate;
mod insert;
mod insert_error;
mod join;
mod layout;
mod metrics;
mod migrate;
mod probe;
mod pull;
mod record;
mod run;
mod schema;
mod settle;
mod store;
mod trouble;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use common::service;

/// Keeps the memory of one batch for the next.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Writes record batches from NATS into ClickHouse.
#[derive(Parser)]
#[command(version)]
struct Cli {
    /// Settings over the defaults; the environment (BACKFLEET__SECTION__KEY) wins over both.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Write until stopped (the default).
    Run,
    /// Create or update the tables, then exit.
    Migrate,
    /// What is known about the tables.
    #[command(subcommand)]
    Schema(Schema),
    /// What is known about the settings.
    #[command(subcommand)]
    Config(Config),
}

#[derive(Subcommand)]
enum Schema {
    /// Print the SQL that `migrate` applies.
    Print,
}

#[derive(Subcommand)]
enum Config {
    /// Check the settings and print those in force, secrets hidden.
    Check,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Some(Command::Schema(Schema::Print)) = cli.command {
        print!("{}", schema::text());
        return ExitCode::SUCCESS;
    }
    let settings = match service::settings(cli.config.as_deref()) {
        Ok(settings) => settings,
        Err(code) => return code,
    };
    match cli.command {
        Some(Command::Config(Config::Check)) => service::print_settings(&settings),
        Some(Command::Migrate) => migrate::command(&settings),
        _ => service::run("writer", settings, run::run),
    }
}
