//! From what a person writes to a schedule: everything is checked before anything is written.

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, NaiveTime, Utc};
use chrono_tz::Tz;
use common::item::Token;
use common::settings::Settings;
use serde::Deserialize;

use super::entry::{STAMP_LENGTH, Schedule};
use super::what::{What, Window};
use super::when::{Days, When};
use crate::cli::{AddArgs, Definition};
use crate::enqueue::wanted;
use crate::failure::{Usage, usage};

/// Longer than any history, and short enough for every sum.
const LONGEST_S: u32 = 100 * 366 * 86_400;
/// Each name must leave room for the due time in the names of jobs.
const LONGEST_NAME: usize = 100 - STAMP_LENGTH;

/// A file of schedules.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    schedule: Vec<Definition>,
}

/// The schedules that are asked for, each checked by planning its next run.
///
/// # Errors
/// With everything that is wrong in a file.
pub(super) fn read(
    args: AddArgs,
    now: DateTime<Utc>,
    settings: &Settings,
) -> anyhow::Result<Vec<Schedule>> {
    match args.file {
        None => Ok(vec![schedule(args.definition, now, settings)?]),
        Some(path) => from_file(&path, now, settings),
    }
}

fn from_file(
    path: &Path,
    now: DateTime<Utc>,
    settings: &Settings,
) -> anyhow::Result<Vec<Schedule>> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| usage(format!("cannot read {shown}: {error}")))?;
    let file: File = toml::from_str(&text).map_err(|error| usage(format!("{shown}: {error}")))?;
    if file.schedule.is_empty() {
        return Err(usage(format!("{shown} holds no [[schedule]]")));
    }
    let (mut schedules, mut problems) = (Vec::<Schedule>::new(), Vec::new());
    for (number, definition) in (1..).zip(file.schedule) {
        let of = match &definition.name {
            Some(name) => format!("schedule {name}"),
            None => format!("schedule number {number}"),
        };
        match schedule(definition, now, settings) {
            Ok(new) if schedules.iter().any(|other| other.name == new.name) => {
                problems.push(format!("{of} is there twice"));
            }
            Ok(new) => schedules.push(new),
            Err(error) if error.is::<Usage>() => problems.push(format!("{of}: {error}")),
            Err(error) => return Err(error.context(of)),
        }
    }
    if problems.is_empty() {
        return Ok(schedules);
    }
    Err(usage(format!("{shown}:\n  {}", problems.join("\n  "))))
}

fn schedule(
    definition: Definition,
    now: DateTime<Utc>,
    settings: &Settings,
) -> anyhow::Result<Schedule> {
    let name = needed(definition.name.clone(), "NAME")?;
    if name.as_str().len() > LONGEST_NAME {
        return Err(usage(format!(
            "{name} is too long: its jobs add the time to the name, so {LONGEST_NAME} letters are the most"
        )));
    }
    let when = when(&definition)?;
    let what = what(definition)?;
    let schedule = Schedule::new(name, when, what, now);
    let due = schedule.when.next_due(now);
    let job: Token = schedule.job(due);
    schedule.what.prepare(job, due, due, settings)?;
    Ok(schedule)
}

fn when(definition: &Definition) -> anyhow::Result<When> {
    let has_days = !definition.on.is_empty() || definition.day_of_month.is_some();
    match (definition.every, definition.at) {
        (None, None) => Err(usage("say when: --every 5m or --at 02:30")),
        (Some(_), Some(_)) => Err(usage("--every and --at are two schedules: leave out one")),
        (Some(_), None) if has_days => Err(usage("--on and --day-of-month go with --at")),
        (Some(every), None) => {
            let (seconds, offset_s) = (
                seconds(every)?,
                seconds(definition.offset.unwrap_or_default())?,
            );
            if offset_s >= seconds {
                return Err(usage("--offset must be shorter than --every"));
            }
            Ok(When::Every { seconds, offset_s })
        }
        (None, Some(_)) if definition.offset.is_some() => Err(usage(
            "--offset goes with --every; --at names the time itself",
        )),
        (None, Some(time)) => at(time, definition),
    }
}

fn at(time: NaiveTime, definition: &Definition) -> anyhow::Result<When> {
    let days = match (definition.on.as_slice(), definition.day_of_month) {
        ([], None) => Days::All,
        ([], Some(day @ 1..=28)) => Days::OfMonth(day),
        ([], Some(day)) => {
            return Err(usage(format!(
                "--day-of-month {day} is not in every month: use 1 to 28"
            )));
        }
        (_, Some(_)) => return Err(usage("--on and --day-of-month exclude each other")),
        (on, None) => {
            let mut on = on.to_vec();
            on.sort_by_key(chrono::Weekday::num_days_from_monday);
            on.dedup();
            Days::OfWeek(on)
        }
    };
    let zone = definition.zone.unwrap_or(Tz::UTC);
    Ok(When::At { time, zone, days })
}

fn what(definition: Definition) -> anyhow::Result<What> {
    let window = match (definition.last, definition.days) {
        (None, None) => Window::Now,
        (Some(last), None) => Window::Last {
            seconds: seconds(last)?,
        },
        (None, Some(days @ 1..=36_600)) => Window::Days {
            days,
            zone: definition.zone.unwrap_or(Tz::UTC),
        },
        (None, Some(days)) => {
            return Err(usage(format!("--days {days} cannot be: use 1 to 36600")));
        }
        (Some(_), Some(_)) => return Err(usage("--last and --days exclude each other")),
    };
    if definition.zone.is_some() && definition.at.is_none() && definition.days.is_none() {
        return Err(usage("--zone goes with --at or --days"));
    }
    let interval = definition
        .interval
        .map(|value| ("interval".to_owned(), value));
    let params: Vec<_> = definition.params.into_iter().chain(interval).collect();
    Ok(What {
        source: needed(definition.source, "--source")?,
        dataset: needed(definition.dataset, "--dataset")?,
        symbols: definition.symbols,
        params: wanted::given(&params)?,
        slice_s: definition.slice.map(|slice| slice.as_secs()),
        cache: definition.cache,
        fetch_only: definition.fetch_only,
        priority: definition.priority,
        window,
    })
}

fn needed<T>(value: Option<T>, name: &str) -> anyhow::Result<T> {
    value.ok_or_else(|| usage(format!("{name} is missing")))
}

fn seconds(span: Duration) -> anyhow::Result<u32> {
    let seconds = u32::try_from(span.as_secs()).ok();
    seconds
        .filter(|seconds| *seconds <= LONGEST_S)
        .ok_or_else(|| usage("a length of time is longer than 100 years"))
}
