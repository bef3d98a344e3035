//! `status --wait`: a bar on a terminal, plain lines elsewhere, until the job is finished.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use common::item::Token;
use common::settings::Settings;
use indicatif::ProgressBar;
use tokio::time::Instant;

use super::counts::Queues;
use super::progress::Progress;
use super::report::Report;
use crate::failure::INCOMPLETE;
use crate::output::{Output, note, number};

/// Often enough for a bar that moves; a look costs the server some milliseconds.
const LOOK: Duration = Duration::from_millis(500);
/// Between two plain lines.
const LINE: Duration = Duration::from_secs(5);
/// A server that restarts is waited for, one that stays away is reported.
const PATIENCE: Duration = Duration::from_secs(120);

/// Waits, then prints the report; exit code 3 when there are dead letters or it was cancelled.
pub(super) async fn until_finished(
    queues: &Queues,
    name: &Token,
    output: Output,
    settings: &Settings,
) -> anyhow::Result<ExitCode> {
    let mut view = View::new(output);
    let mut looks = tokio::time::interval(LOOK);
    let mut answered = Instant::now();
    loop {
        looks.tick().await;
        match queues.one(name).await {
            Ok(counts) => {
                answered = Instant::now();
                let progress = Progress::of(&counts);
                view.show(&progress);
                if progress.state.is_over() {
                    break;
                }
            }
            Err(error) if answered.elapsed() > PATIENCE => return Err(error),
            Err(_) => view.away(),
        }
    }
    view.bar.finish_and_clear();
    let report = Report::of(queues, name, settings).await?;
    report.print(output)?;
    Ok(if report.is_whole() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(INCOMPLETE)
    })
}

/// What a person sees meanwhile.
struct View {
    bar: ProgressBar,
    plain: bool,
    last: Option<(Instant, Progress)>,
    was_away: bool,
}

impl View {
    fn new(output: Output) -> Self {
        Self {
            bar: output.bar(0, "items"),
            plain: output == Output::Human && !std::io::stderr().is_terminal(),
            last: None,
            was_away: false,
        }
    }

    fn show(&mut self, progress: &Progress) {
        self.was_away = false;
        self.bar.set_length(progress.items);
        self.bar.set_position(progress.done + progress.dead);
        let due = match &self.last {
            Some((at, last)) => at.elapsed() >= LINE && last != progress,
            None => true,
        };
        if self.plain && due {
            eprintln!(
                "{}: {} of {} items, {} dead, {} batches to write",
                progress.words(),
                number(progress.done),
                number(progress.items),
                number(progress.dead),
                number(progress.records_waiting)
            );
            self.last = Some((Instant::now(), progress.clone()));
        }
    }

    fn away(&mut self) {
        if !std::mem::replace(&mut self.was_away, true) {
            self.bar
                .suspend(|| note("the server does not answer; trying again"));
        }
    }
}
