//! `worker`: takes items from `WORK`, asks the vendors, publishes rows to `RECORDS`.

mod cache;
mod cli;
mod dead;
mod engine;
mod fetch;
mod history;
mod metrics;
mod ndjson;
mod once;
mod outcome;
mod pace;
mod parse;
mod publish;
mod queues;
mod run;
mod share;
mod stop;
mod vendor;

use std::process::ExitCode;

/// Keeps the memory of one batch for the next.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main()
}
