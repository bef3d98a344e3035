//! `producer`: the command line people use to ask for history and to see how far it is.
//!
//! [`cli`] says what can be written, [`run`] what happens then. The commands: [`enqueue`] writes
//! the items of a job, exactly once, and [`schedule`] does so again and again; [`status`] counts what
//! became of them, and [`audit`] says what is stored and what is not; [`sample`] and [`listing`] show
//! what can be asked for. This program asks no vendor and writes no rows.

mod audit;
mod cli;
mod control;
mod enqueue;
mod export;
mod failure;
mod failures;
mod listing;
mod output;
mod prune;
mod run;
mod sample;
mod schedule;
mod status;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    run::run(cli::Cli::parse())
}
