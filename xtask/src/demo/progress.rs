//! Progress of the demo's jobs: bars on a terminal, lines otherwise.

use std::fmt::Write;
use std::io::IsTerminal;
use std::time::Duration;

use anyhow::Context;
use async_nats::jetstream::consumer::PullConsumer;
use common::item::Token;
use common::jobs::Jobs;
use common::streams;
use e2e::Fleet;
use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};

use super::jobs::Job;

/// How often the broker is asked.
const LOOK_EVERY: Duration = Duration::from_millis(200);

struct Watched {
    name: &'static str,
    consumer: PullConsumer,
    items: u64,
    bar: ProgressBar,
}

/// Shows the jobs until all are finished and stored.
pub(crate) async fn watch(fleet: &Fleet, jobs: &[Job]) -> anyhow::Result<()> {
    let nats = fleet.broker().await?;
    let stream = nats.jetstream.get_stream(streams::WORK).await?;
    let known = Jobs::open(&nats).await?;
    let bars = MultiProgress::new();
    let style = ProgressStyle::with_template(
        "{prefix:>14} [{wide_bar}] {pos}/{len} items  {rate}  {eta} left",
    )?
    .with_key("rate", |state: &ProgressState, text: &mut dyn Write| {
        // A bar that cannot be written to a terminal any more needs no rate either.
        let _ = write!(text, "{:.0}/s", state.per_sec());
    });
    let mut watched = Vec::new();
    for job in jobs {
        let name = Token::new(job.name)?;
        let (entry, _) = known
            .get(&name)
            .await?
            .with_context(|| format!("job {name} is gone"))?;
        let bar = bars.add(
            ProgressBar::new(entry.items)
                .with_style(style.clone())
                .with_prefix(job.name),
        );
        let consumer = stream
            .get_consumer(job.name)
            .await
            .map_err(anyhow::Error::from_boxed)?;
        watched.push(Watched {
            name: job.name,
            consumer,
            items: entry.items,
            bar,
        });
    }
    let mut interval = tokio::time::interval(LOOK_EVERY);
    loop {
        interval.tick().await;
        let mut left = 0;
        for job in &mut watched {
            let info = job.consumer.info().await?;
            let of_job = info.num_pending + info.num_ack_pending as u64;
            job.bar.set_position(job.items.saturating_sub(of_job));
            left += of_job;
            if of_job == 0 && !job.bar.is_finished() {
                job.bar.finish();
            }
        }
        if left == 0 {
            break;
        }
    }
    for job in &watched {
        if !std::io::stderr().is_terminal() {
            println!("    {}: {} items fetched", job.name, job.items);
        }
        fleet.finished(job.name).await?;
    }
    Ok(())
}
