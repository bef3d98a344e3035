//! `schedule`: recurring jobs, kept in the bucket `SCHEDULES`.
//!
//! ```text
//! command line ─┐
//! file ─────────┴─> definition (checked, planned once) ──> entry (SCHEDULES)
//!                                                              │
//!                       when, what (pure) ──> daemon ──> runs ─┴─> a job, as enqueue makes it
//! ```
//!
//! `schedule run` is the process that begins runs; every other command changes or shows entries.
//! A run is a job like any other, so whatever shows or steers jobs does so with runs.

mod clock;
mod daemon;
mod definition;
mod entry;
mod list;
mod metrics;
mod runs;
mod what;
mod when;

use std::process::ExitCode;

use common::item::Token;
use common::nats::Nats;
use common::service::{self, Service};
use common::settings::Settings;
use common::streams;

use crate::cli::{self, ScheduleArgs};
use crate::failure::usage;
use crate::output::{Output, note};
use clock::Clock;
use entry::{Schedule, Schedules};
use runs::{Begun, Runs};

/// Carries out a command about schedules.
pub(crate) fn run(
    args: ScheduleArgs,
    output: Output,
    settings: Settings,
) -> anyhow::Result<ExitCode> {
    let clock = Clock::new(args.now);
    let change = |name: Token, change: fn(&mut Schedule)| {
        let changed = async {
            let (nats, schedules) = open(&settings).await?;
            let changed = schedules.change(&name, change).await?;
            let Some(schedule) = changed else {
                return Err(unknown(&schedules, &name).await);
            };
            list::print(&nats, vec![schedule], clock.now(), output).await
        };
        success(&settings, changed)
    };
    match args.command {
        cli::Schedule::Add(args) => {
            let replace = args.replace;
            let wanted = definition::read(*args, clock.now(), &settings)?;
            success(&settings, add(wanted, replace, clock, output, &settings))
        }
        cli::Schedule::List => success(&settings, all(clock, output, &settings)),
        cli::Schedule::Remove(args) => {
            success(&settings, remove(&args.name, clock, output, &settings))
        }
        cli::Schedule::Pause(args) => change(args.name, |schedule| schedule.paused = true),
        cli::Schedule::Resume(args) => change(args.name, |schedule| schedule.paused = false),
        cli::Schedule::RunNow(args) => Ok(crate::run::as_service(settings, async move |service| {
            run_now(service, &args.name, clock, output).await
        })),
        cli::Schedule::Run => Ok(service::run("scheduler", settings, move |service| {
            daemon::run(service, clock)
        })),
    }
}

fn success(
    settings: &Settings,
    command: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Result<ExitCode> {
    crate::run::block_on(settings, async {
        command.await.map(|()| ExitCode::SUCCESS)
    })
}

/// Connects, and makes the bucket where nobody has.
async fn open(settings: &Settings) -> anyhow::Result<(Nats, Schedules)> {
    let nats = crate::run::connect(settings).await?;
    streams::ensure(&nats, &settings.streams).await?;
    let schedules = Schedules::open(&nats).await?;
    Ok((nats, schedules))
}

async fn unknown(schedules: &Schedules, name: &Token) -> anyhow::Error {
    let names = match schedules.names().await {
        Ok(names) => names,
        Err(error) => return error.into(),
    };
    let names: Vec<_> = names.iter().map(Token::as_str).collect();
    usage(match names.as_slice() {
        [] => format!("there is no schedule {name}, and no other"),
        names => format!(
            "there is no schedule {name}; there are {}",
            names.join(", ")
        ),
    })
}

/// Writes schedules: all, or none when a name is taken by another.
async fn add(
    wanted: Vec<Schedule>,
    replace: bool,
    clock: Clock,
    output: Output,
    settings: &Settings,
) -> anyhow::Result<()> {
    let (nats, schedules) = open(settings).await?;
    let mut there = Vec::new();
    for schedule in &wanted {
        let found = schedules.get(&schedule.name).await?;
        if let Some((other, _)) = &found
            && !other.is_same(schedule)
            && !replace
        {
            return Err(usage(format!(
                "schedule {} is another one: {}, {} of {}; choose another name or add --replace",
                other.name, other.when, other.what.dataset, other.what.source
            )));
        }
        there.push(found);
    }
    let mut written = Vec::new();
    for (mut schedule, found) in wanted.into_iter().zip(there) {
        match found {
            None => {
                schedules.create(&schedule).await?;
            }
            Some((other, _)) if other.is_same(&schedule) => {
                note(&format!("schedule {} is there already", other.name));
                schedule = other;
            }
            Some((other, revision)) => {
                schedule.replaces(&other);
                schedules.update(&schedule, revision).await?;
            }
        }
        written.push(schedule);
    }
    list::print(&nats, written, clock.now(), output).await
}

async fn all(clock: Clock, output: Output, settings: &Settings) -> anyhow::Result<()> {
    let nats = crate::run::connect(settings).await?;
    let schedules = match Schedules::open(&nats).await {
        Ok(schedules) => schedules.list().await?,
        Err(error) if error.is_missing() => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    list::print(&nats, schedules, clock.now(), output).await
}

async fn remove(
    name: &Token,
    clock: Clock,
    output: Output,
    settings: &Settings,
) -> anyhow::Result<()> {
    let (nats, schedules) = open(settings).await?;
    let Some((schedule, _)) = schedules.get(name).await? else {
        return Err(unknown(&schedules, name).await);
    };
    schedules.remove(name).await?;
    list::print(&nats, vec![schedule], clock.now(), output).await
}

/// Begins a run for this second and enqueues it.
async fn run_now(
    service: Service,
    name: &Token,
    clock: Clock,
    output: Output,
) -> anyhow::Result<()> {
    let (nats, schedules) = open(&service.settings).await?;
    let runs = Runs {
        service,
        nats,
        schedules,
        clock,
    };
    let Some((schedule, revision)) = runs.schedules.get(name).await? else {
        return Err(unknown(&runs.schedules, name).await);
    };
    if let Some(last) = &schedule.last
        && runs.is_busy(&schedule).await?
    {
        return Err(usage(format!(
            "the last run of {name} is not over: wait for it with producer status --wait {}",
            last.job
        )));
    }
    let at = runs::second(clock.now());
    let run = runs
        .claim(schedule, revision, |entry| entry.begin_beside(at))
        .await?;
    match runs.go_on(name, &run).await? {
        Begun::Stored(summary) => summary.print(output)?.whole(),
        Begun::Refused(error) => Err(error),
    }
}
