//! `schedule run`: begins what is due, for as long as the process lives.
//!
//! ```text
//! until the next due time, or a change of the bucket ──> all schedules ──┬─> attend ─> claim, go on
//!            ▲                                                           └─> attend ─> ...
//!            └──────────────────────────────────────────────────────────────────┘
//! ```
//!
//! Each schedule that has something to do is attended by a task of its own, so one that waits for
//! the end of its last run, or for room in the queue, holds up no other. Several of these processes
//! may run side by side.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use anyhow::Context;
use chrono::{DateTime, Utc};
use common::bucket::BucketError;
use common::item::Token;
use common::nats::{self, Nats, Patience};
use common::service::{Service, chain};
use common::streams;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use tokio::task::JoinSet;

use super::clock::Clock;
use super::entry::{Run, Schedules, Step};
use super::metrics::Metrics;
use super::runs::{Begun, Runs};

/// Between two looks at a run that is not over.
const LOOK: Duration = Duration::from_secs(1);
/// After an error; servers that restart take some seconds.
const PAUSE: Duration = Duration::from_secs(1);

struct Daemon {
    runs: Runs,
    metrics: Metrics,
    /// The schedules that are attended, each by one task.
    attended: HashSet<Token>,
    tasks: JoinSet<(Token, anyhow::Result<()>)>,
    /// What went wrong with schedules, until it goes well.
    problems: BTreeMap<Token, String>,
}

/// Runs schedules until the process stops.
pub(super) async fn run(service: Service, clock: Clock) -> anyhow::Result<()> {
    let metrics = Metrics::new(&service.metrics)?;
    let shutdown = service.shutdown.clone();
    let nats = nats::connect(&service.settings.nats, &service.instance, Patience::Wait).await?;
    let schedules = tokio::select! {
        schedules = set_up(&nats, &service) => schedules,
        () = shutdown.stopping() => return Ok(()),
    };
    let mut daemon = Daemon {
        runs: Runs {
            service,
            nats,
            schedules,
            clock,
        },
        metrics,
        attended: HashSet::new(),
        tasks: JoinSet::new(),
        problems: BTreeMap::new(),
    };
    tokio::select! {
        broken = daemon.watch() => broken?,
        () = shutdown.stopping() => {}
    }
    // What is being enqueued comes to the end of a part; what is left, the next process goes on with.
    while daemon.tasks.join_next().await.is_some() {}
    Ok(())
}

/// Makes the bucket, for as long as it takes.
async fn set_up(nats: &Nats, service: &Service) -> Schedules {
    let opened = async || {
        streams::ensure(nats, &service.settings.streams).await?;
        anyhow::Ok(Schedules::open(nats).await?)
    };
    loop {
        match opened().await {
            Ok(schedules) => return schedules,
            Err(error) => away(service, error.as_ref()),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn away(service: &Service, error: &(dyn std::error::Error + 'static)) {
    let error = chain(error);
    service.health.not_ready("nats", &error);
    tracing::warn!(error, "cannot look at the schedules; trying again");
}

impl Daemon {
    /// Looks at all schedules whenever something may have come to do; for ever.
    ///
    /// # Errors
    /// When a task broke.
    async fn watch(&mut self) -> anyhow::Result<()> {
        let mut changes = Changes::of(&self.runs.schedules);
        loop {
            let wake = match self.look().await {
                Ok(wake) => {
                    self.runs.service.health.ready("nats");
                    wake
                }
                Err(error) => {
                    away(&self.runs.service, &error);
                    self.runs.clock.now() + PAUSE
                }
            };
            tokio::select! {
                () = self.runs.clock.wait_until(wake) => {}
                () = changes.next() => {}
                Some(ended) = self.tasks.join_next() => {
                    let (name, result) = ended.context("the run of a schedule broke")?;
                    self.ended(name, result);
                }
            }
        }
    }

    /// Has every schedule attended that has something to do; says when the next one will have.
    async fn look(&mut self) -> Result<DateTime<Utc>, BucketError> {
        let now = self.runs.clock.now();
        let mut wake = DateTime::<Utc>::MAX_UTC;
        let names = self.runs.schedules.names().await?;
        self.metrics.schedules.set(names.len() as i64);
        self.problems.retain(|name, _| names.contains(name));
        for name in names {
            if self.attended.contains(&name) {
                continue;
            }
            match self.runs.schedules.get(&name).await {
                Ok(Some((schedule, _))) => match schedule.step(now) {
                    Step::Wait(next) => wake = wake.min(next),
                    Step::Rest => {}
                    Step::GoOn(_) | Step::Begin(_) => self.attend(name),
                },
                Ok(None) => {}
                // One that a newer version wrote is for a newer version.
                Err(error @ BucketError::Unreadable { .. }) => self.problem(name, &error),
                Err(error) => return Err(error),
            }
        }
        Ok(wake)
    }

    fn attend(&mut self, name: Token) {
        let (runs, metrics) = (self.runs.clone(), self.metrics.clone());
        self.attended.insert(name.clone());
        self.tasks.spawn(async move {
            let result = attend(&runs, &metrics, &name).await;
            if result.is_err() {
                pause(&runs.service, PAUSE).await;
            }
            (name, result)
        });
    }

    fn ended(&mut self, name: Token, result: anyhow::Result<()>) {
        self.attended.remove(&name);
        match result {
            Err(error) => self.problem(name, error.as_ref()),
            Ok(()) => {
                self.problems.remove(&name);
                self.tell();
            }
        }
    }

    fn problem(&mut self, name: Token, error: &(dyn std::error::Error + 'static)) {
        let error = chain(error);
        tracing::warn!(schedule = %name, error, "a schedule cannot be run; trying again");
        self.problems.insert(name, error);
        self.tell();
    }

    fn tell(&self) {
        let health = &self.runs.service.health;
        match self.problems.iter().next() {
            Some((name, error)) => health.not_ready("schedules", format!("{name}: {error}")),
            None => health.ready("schedules"),
        }
    }
}

/// The watch of the bucket, opened again whenever it ends.
struct Changes {
    schedules: Schedules,
    watch: Option<BoxStream<'static, Result<(), BucketError>>>,
}

impl Changes {
    fn of(schedules: &Schedules) -> Self {
        Self {
            schedules: schedules.clone(),
            watch: None,
        }
    }

    /// Ends when something was written, or may have been while nobody watched.
    async fn next(&mut self) {
        if let Some(watch) = &mut self.watch {
            if let Some(Ok(())) = watch.next().await {
                return;
            }
            self.watch = None;
        }
        match self.schedules.changes().await {
            Ok(watch) => self.watch = Some(watch),
            // Whoever looks at the schedules then says why.
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// Does what there is to do of one schedule, until nothing is.
async fn attend(runs: &Runs, metrics: &Metrics, name: &Token) -> anyhow::Result<()> {
    let late = metrics.late_seconds.with_label_values(&[name.as_str()]);
    while let Some((schedule, revision)) = runs.schedules.get(name).await? {
        if runs.service.shutdown.is_stopping() {
            return Ok(());
        }
        let now = runs.clock.now();
        match schedule.step(now) {
            Step::GoOn(run) => go_on(runs, metrics, name, &run).await?,
            Step::Begin(due) if runs.is_busy(&schedule).await? => {
                // Of those that were missed, the first.
                let since = schedule.when.next_due(schedule.handled).min(due);
                late.set((now - since).as_seconds_f64());
                pause(&runs.service, LOOK).await;
            }
            Step::Begin(due) => {
                match runs
                    .claim(schedule, revision, |entry| entry.begin(due))
                    .await
                {
                    // Somebody else was first: what is there now?
                    Ok(_) | Err(BucketError::Conflict { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            Step::Wait(_) | Step::Rest => break,
        }
    }
    late.set(0.0);
    Ok(())
}

async fn go_on(runs: &Runs, metrics: &Metrics, name: &Token, run: &Run) -> anyhow::Result<()> {
    let (job, due) = (&run.job, run.due);
    let outcome = match runs.go_on(name, run).await? {
        Begun::Stored(summary) if summary.is_whole() => {
            tracing::info!(schedule = %name, %job, %due, items = summary.items, "run enqueued");
            "enqueued"
        }
        Begun::Stored(_) => return Ok(()),
        Begun::Refused(error) => {
            let error = chain(error.as_ref());
            tracing::error!(schedule = %name, %job, %due, error, "run refused");
            "refused"
        }
    };
    let runs = metrics.runs.with_label_values(&[name.as_str(), outcome]);
    runs.inc();
    Ok(())
}

/// Waits, but not when the process shall stop.
async fn pause(service: &Service, time: Duration) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        () = service.shutdown.stopping() => {}
    }
}
