//! Begins the runs of schedules, and goes on with them: the effects behind the states of [`entry`].
//!
//! A due time is claimed in the entry, its job is enqueued, the entry says so. Whoever is killed in
//! between leaves a run that is `starting`, which the next one to look goes on with. Two at once
//! enqueue the same job, which is enqueued once.
//!
//! [`entry`]: super::entry

use anyhow::Context;
use chrono::{DateTime, Utc};
use common::bucket::BucketError;
use common::failpoint;
use common::item::Token;
use common::nats::Nats;
use common::service::{Service, chain};

use super::clock::Clock;
use super::entry::{Run, RunState, STAMP, STAMP_LENGTH, Schedule, Schedules};
use crate::enqueue::{self, Summary};
use crate::failure::Usage;
use crate::output::Output;
use crate::status::{self, Queues};

/// Runs whose jobs are kept, so that one can look at them; older ones are taken away, as each job is
/// a consumer that every worker lists.
const KEPT: usize = 20;
/// Older runs that are looked at each time: one is added at a time, the others were missed.
const LOOKED_AT: usize = 10;

/// What runs need.
#[derive(Clone)]
pub(super) struct Runs {
    pub(super) service: Service,
    pub(super) nats: Nats,
    pub(super) schedules: Schedules,
    pub(super) clock: Clock,
}

/// How far a run came.
pub(super) enum Begun {
    /// All of it is enqueued, or as much as there was time for before a signal.
    Stored(Box<Summary>),
    /// It is refused for good.
    Refused(anyhow::Error),
}

impl Runs {
    /// Whether the job of the last run is not over yet.
    pub(super) async fn is_busy(&self, schedule: &Schedule) -> anyhow::Result<bool> {
        match &schedule.last {
            None => Ok(false),
            Some(run) => match run.state {
                RunState::Starting => Ok(true),
                RunState::Failed { .. } => Ok(false),
                RunState::Enqueued => {
                    let standing = status::standing(&self.queues().await?, &run.job).await?;
                    Ok(standing.is_some_and(|job| !job.is_over))
                }
            },
        }
    }

    /// Claims a run in the entry as it was read.
    ///
    /// # Errors
    /// [`BucketError::Conflict`] when somebody else changed it first.
    pub(super) async fn claim(
        &self,
        mut schedule: Schedule,
        revision: u64,
        begin: impl FnOnce(&mut Schedule) -> Run,
    ) -> Result<Run, BucketError> {
        let run = begin(&mut schedule);
        self.schedules.update(&schedule, revision).await?;
        failpoint::reached("scheduler.claimed").await;
        Ok(run)
    }

    /// Enqueues a run that is starting, and writes down what became of it.
    ///
    /// # Errors
    /// When a server does not answer; the run is still starting then.
    pub(super) async fn go_on(&self, schedule: &Token, run: &Run) -> anyhow::Result<Begun> {
        let settings = &self.service.settings;
        let prepared = run
            .what
            .prepare(run.job.clone(), run.due, self.clock.now(), settings);
        let stored = match prepared {
            Ok(prepared) => enqueue::store(&self.service, &self.nats, prepared, Output::Json).await,
            Err(error) => Err(error),
        };
        match stored {
            Ok(summary) if summary.is_whole() => {
                failpoint::reached("scheduler.enqueued").await;
                self.end(schedule, run, &RunState::Enqueued).await?;
                if let Err(error) = self.forget(schedule).await {
                    let error = chain(error.as_ref());
                    tracing::warn!(%schedule, error, "old runs stay for now");
                }
                Ok(Begun::Stored(Box::new(summary)))
            }
            Ok(summary) => Ok(Begun::Stored(Box::new(summary))),
            Err(error) if error.is::<Usage>() => {
                let said = error.to_string();
                self.end(schedule, run, &RunState::Failed { error: said })
                    .await?;
                Ok(Begun::Refused(error))
            }
            Err(error) => Err(error),
        }
    }

    async fn end(&self, schedule: &Token, run: &Run, state: &RunState) -> anyhow::Result<()> {
        let changed = self
            .schedules
            .change(schedule, |entry| entry.end(&run.job, state));
        // A schedule that was removed meanwhile needs no word.
        changed.await.map(drop).map_err(Into::into)
    }

    /// Takes the jobs of old runs away, those that have dead letters excepted: what is refused is
    /// kept. Their rows and the lines of the ledger stay.
    async fn forget(&self, schedule: &Token) -> anyhow::Result<()> {
        let queues = self.queues().await?;
        let names = queues.jobs.names().await?;
        let runs = names.iter().filter(|name| is_run_of(schedule, name));
        for job in runs.rev().skip(KEPT).take(LOOKED_AT) {
            let standing = status::standing(&queues, job).await?;
            if standing.is_some_and(|job| job.is_over && !job.has_letters) {
                queues.remove(job).await?;
            }
        }
        Ok(())
    }

    async fn queues(&self) -> anyhow::Result<Queues> {
        let queues = Queues::open(&self.nats).await?;
        queues.context("the streams were removed; start again")
    }
}

/// Whether a job is a run of that schedule, by its name.
fn is_run_of(schedule: &Token, job: &Token) -> bool {
    let stamp = job
        .as_str()
        .strip_prefix(schedule.as_str())
        .filter(|rest| rest.len() == STAMP_LENGTH)
        .and_then(|rest| rest.strip_prefix('-'));
    stamp.is_some_and(|stamp| chrono::NaiveDateTime::parse_from_str(stamp, STAMP).is_ok())
}

/// The whole second of an instant, by which jobs are named.
pub(super) fn second(at: DateTime<Utc>) -> DateTime<Utc> {
    use chrono::SubsecRound;
    at.trunc_subsecs(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_known_by_their_names() {
        let token = |text| Token::new(text).unwrap();
        let is_run = |job| is_run_of(&token("bars"), &token(job));
        assert!(is_run("bars-20240304T120000Z"));
        for other in [
            "bars",
            "bars-2",
            "bars-20240304T120000",
            "bars-20241304T120000Z",
            "bars-5m-20240304T120000Z",
            "cars-20240304T120000Z",
        ] {
            assert!(!is_run(other), "{other}");
        }
    }
}
