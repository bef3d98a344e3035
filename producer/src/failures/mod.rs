//! `failures`, `dead show` and `retry`: what was refused, why, and once more.
//!
//! Which items failed, grouped by step and reason, the ledger in ClickHouse tells without reading
//! them one by one; which ids, and what the vendor said, stands in the dead letters.

mod groups;
mod ids;
mod letters;
mod lines;
pub(crate) mod retry;
mod show;

use std::process::ExitCode;

use common::item::Token;
use common::nats::Nats;
use common::settings::Settings;

use crate::cli::{DeadArgs, FailuresArgs};
use crate::output::Output;
use crate::status::{self, Queues};

/// Groups the failures of a job, or lists their ids.
pub(crate) async fn run(
    args: &FailuresArgs,
    output: Output,
    settings: &Settings,
) -> anyhow::Result<ExitCode> {
    let nats = crate::run::connect(settings).await?;
    let queues = open(&args.job, &nats).await?;
    if args.ids {
        ids::print(&queues, &args.job, output).await?;
    } else {
        groups::of(&args.job, settings).await?.print(output)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Shows one dead letter whole.
pub(crate) async fn show(
    args: &DeadArgs,
    output: Output,
    settings: &Settings,
) -> anyhow::Result<ExitCode> {
    let nats = crate::run::connect(settings).await?;
    let queues = open(&args.job, &nats).await?;
    show::print(&queues, &args.job, &args.item, output).await?;
    Ok(ExitCode::SUCCESS)
}

async fn open(job: &Token, nats: &Nats) -> anyhow::Result<Queues> {
    let Some(queues) = Queues::open(nats).await? else {
        return Err(status::unknown(job, &[]));
    };
    status::known(&queues, job).await?;
    Ok(queues)
}
