//! `watch` and `status --wait`: jobs as they go on. Bars on a terminal, which follow its size; plain
//! lines elsewhere; one JSON object a look for programs, or a file that is always current.

use std::collections::HashMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use chrono::Utc;
use common::item::Token;
use common::settings::Settings;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;
use tokio::time::Instant;

use super::counts::{Counts, Queues};
use super::report::{Line, Report};
use super::trend::Trend;
use crate::cli::WatchArgs;
use crate::failure::{INCOMPLETE, usage};
use crate::output::{Output, known_span, note, number, to_stdout};

/// Often enough for a bar that moves; a look costs the server some milliseconds.
const LOOK: Duration = Duration::from_millis(500);
/// Between two plain lines of a job.
const LINE: Duration = Duration::from_secs(5);
/// A server that restarts is waited for, one that stays away is reported.
const PATIENCE: Duration = Duration::from_secs(120);

/// Shows jobs until they are over; without a name all of them, until it is stopped.
pub(super) async fn run(
    queues: &Queues,
    args: &WatchArgs,
    output: Output,
) -> anyhow::Result<ExitCode> {
    let streams = output == Output::Json;
    let mut watch = Watch::new(queues, &args.jobs, args.progress_file.as_deref(), output)?;
    let whole = watch.until_over(streams).await?;
    watch.view.all.clear()?;
    if output == Output::Human {
        super::report::print_all(watch.look().await?, output)?;
    }
    Ok(code(whole))
}

/// Waits for one job, then prints all about it; exit code 3 when there are dead letters or it was
/// cancelled.
pub(super) async fn until_finished(
    queues: &Queues,
    name: &Token,
    progress_file: Option<&Path>,
    output: Output,
    settings: &Settings,
) -> anyhow::Result<ExitCode> {
    let names = std::slice::from_ref(name);
    let mut watch = Watch::new(queues, names, progress_file, output)?;
    watch.until_over(false).await?;
    watch.view.all.clear()?;
    let report = Report::of(queues, name, settings).await?;
    report.print(output)?;
    Ok(code(report.is_whole()))
}

fn code(is_whole: bool) -> ExitCode {
    if is_whole {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(INCOMPLETE)
    }
}

struct Watch<'a> {
    queues: &'a Queues,
    /// All where none is named.
    names: &'a [Token],
    progress_file: Option<&'a Path>,
    trends: HashMap<Token, Trend>,
    view: View,
}

impl<'a> Watch<'a> {
    fn new(
        queues: &'a Queues,
        names: &'a [Token],
        progress_file: Option<&'a Path>,
        output: Output,
    ) -> anyhow::Result<Self> {
        if let Some(file) = progress_file
            && (file.is_dir() || !folder(file).is_dir())
        {
            return Err(usage(format!(
                "--progress-file {} must be a file in a folder that exists",
                file.display()
            )));
        }
        Ok(Self {
            queues,
            names,
            progress_file,
            trends: HashMap::new(),
            view: View::new(output),
        })
    }

    async fn look(&self) -> anyhow::Result<Vec<Counts>> {
        if self.names.is_empty() {
            return self.queues.all().await;
        }
        let mut counts = Vec::new();
        for name in self.names {
            counts.push(self.queues.one(name).await?);
        }
        Ok(counts)
    }

    /// Looks until all named jobs are over; says whether all of them are whole.
    async fn until_over(&mut self, streams: bool) -> anyhow::Result<bool> {
        let mut looks = tokio::time::interval(LOOK);
        let mut answered = Instant::now();
        loop {
            looks.tick().await;
            let counts = match self.look().await {
                Ok(counts) => counts,
                Err(error) if answered.elapsed() > PATIENCE => return Err(error),
                Err(_) => {
                    self.view.away();
                    continue;
                }
            };
            answered = Instant::now();
            let lines = self.lines(&counts);
            self.view.show(&lines);
            let told = json!({ "at": Utc::now(), "jobs": lines }).to_string() + "\n";
            if streams {
                to_stdout(&told)?;
            }
            if let Some(file) = self.progress_file {
                replace(file, &told).with_context(|| format!("cannot write {}", file.display()))?;
            }
            if !self.names.is_empty() && lines.iter().all(|line| line.progress.state.is_over()) {
                return Ok(lines.iter().all(Line::is_whole));
            }
        }
    }

    fn lines(&mut self, counts: &[Counts]) -> Vec<Line> {
        let now = Instant::now().into_std();
        let mut lines: Vec<_> = counts.iter().map(Line::of).collect();
        for line in &mut lines {
            let trend = self.trends.entry(line.job.clone()).or_default();
            line.trend = Some(trend.saw(now, &line.progress));
        }
        lines
    }
}

fn folder(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Replaces a file at once: whoever reads it reads all of the old or all of the new one.
fn replace(file: &Path, text: &str) -> std::io::Result<()> {
    let mut new = file.as_os_str().to_owned();
    new.push(".new");
    let new = PathBuf::from(new);
    std::fs::write(&new, text)?;
    std::fs::rename(&new, file)
}

/// What a person sees.
struct View {
    all: MultiProgress,
    bars: HashMap<Token, ProgressBar>,
    plain: bool,
    /// What was last told of a job, and when.
    told: HashMap<Token, (Instant, String)>,
    was_away: bool,
}

impl View {
    fn new(output: Output) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        let target = if output == Output::Human && is_terminal {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        Self {
            all: MultiProgress::with_draw_target(target),
            bars: HashMap::new(),
            plain: output == Output::Human && !is_terminal,
            told: HashMap::new(),
            was_away: false,
        }
    }

    fn show(&mut self, lines: &[Line]) {
        self.was_away = false;
        self.bars.retain(|job, bar| {
            let is_there = lines.iter().any(|line| line.job == *job);
            if !is_there {
                self.all.remove(bar);
            }
            is_there
        });
        for line in lines {
            let progress = &line.progress;
            let bar = self.bars.entry(line.job.clone()).or_insert_with(|| {
                let bar = self.all.add(ProgressBar::new(0));
                let style = ProgressStyle::with_template("{prefix}  {wide_bar}  {msg}");
                bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
                bar.set_prefix(line.job.to_string());
                bar
            });
            bar.set_length(progress.items);
            bar.set_position(progress.done + progress.dead + progress.cancelled);
            bar.set_message(text(line));
            bar.tick();
            if self.plain {
                self.tell(line);
            }
        }
    }

    /// A plain line, where something changed and the last one is a while ago.
    fn tell(&mut self, line: &Line) {
        let text = text(line);
        let due = match self.told.get(&line.job) {
            Some((at, told)) => at.elapsed() >= LINE && *told != text,
            None => true,
        };
        if due {
            eprintln!("{}  {text}", line.job);
            self.told.insert(line.job.clone(), (Instant::now(), text));
        }
    }

    fn away(&mut self) {
        if !std::mem::replace(&mut self.was_away, true) {
            let tell = || note("the server does not answer; trying again");
            self.all.suspend(tell);
        }
    }
}

/// `running: 12 of 40 items, 1 dead, 3 batches to write, 120 items a minute, 14s left`.
fn text(line: &Line) -> String {
    let progress = &line.progress;
    let mut text = format!(
        "{}: {} of {} items, {} dead, {} batches to write",
        progress.words(),
        number(progress.done),
        number(progress.items),
        number(progress.dead),
        number(progress.records_waiting)
    );
    if let Some(trend) = line.trend.filter(|_| progress.left > 0) {
        let rate = number(trend.items_per_minute.round() as u64);
        let left = known_span(trend.time_left_s);
        text += &format!(", {rate} items a minute, {left} left");
    }
    text
}
