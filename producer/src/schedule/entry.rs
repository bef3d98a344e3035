//! A schedule as it is kept in the bucket, and how it changes from one state to the next: pure.
//!
//! ```text
//!            due                enqueued                  over, and due again
//! waiting ────────> starting ──────────────> enqueued ───────────────────────> starting ...
//!                       └── the request is refused ──> failed ──────────────────┘
//! ```
//!
//! A due time is dealt with in the very change of the entry that writes its run down, so it is
//! taken once, however many programs run schedules. A run that is starting is gone on with by
//! whoever sees it: its job bears the due time in its name, and enqueueing doubles nothing.

use chrono::{DateTime, Utc};
use common::bucket::{Bucket, Entry};
use common::item::Token;
use common::streams::SCHEDULES;
use serde::{Deserialize, Serialize};

use super::what::What;
use super::when::When;

/// The end of the name of a job: the due time of its run.
pub(super) const STAMP: &str = "%Y%m%dT%H%M%SZ";
/// How long a stamp and the `-` before it are.
pub(super) const STAMP_LENGTH: usize = 17;

/// The bucket of schedules.
pub(crate) type Schedules = Bucket<Schedule>;

/// A recurring job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Schedule {
    pub(super) name: Token,
    pub(super) when: When,
    pub(super) what: What,
    pub(super) created_at: DateTime<Utc>,
    #[serde(default)]
    pub(super) paused: bool,
    /// Due times up to this one are dealt with.
    pub(super) handled: DateTime<Utc>,
    #[serde(default)]
    pub(super) last: Option<Run>,
}

/// A run of a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(super) due: DateTime<Utc>,
    pub(super) job: Token,
    /// As it was asked for: the schedule may be replaced meanwhile.
    pub(super) what: What,
    pub(super) state: RunState,
}

/// How far a run is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RunState {
    /// Its job is being enqueued, or was when somebody was killed.
    Starting,
    /// Its job is enqueued and tells the rest.
    Enqueued,
    /// Its request was refused; there is no job, or not all of it.
    Failed { error: String },
}

/// What there is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Enqueue what was begun.
    GoOn(Run),
    /// Begin the run of that due time, once the job of the run before is over.
    Begin(DateTime<Utc>),
    /// Nothing before that time.
    Wait(DateTime<Utc>),
    /// Nothing until somebody says so.
    Rest,
}

impl Entry for Schedule {
    const BUCKET: &'static str = SCHEDULES;
    const WORD: &'static str = "schedule";

    fn name(&self) -> &Token {
        &self.name
    }
}

impl Schedule {
    pub(super) fn new(name: Token, when: When, what: What, now: DateTime<Utc>) -> Self {
        Self {
            name,
            when,
            what,
            created_at: now,
            paused: false,
            handled: now,
            last: None,
        }
    }

    /// What there is to do at that time. Of several due times that have passed the latest counts.
    pub(super) fn step(&self, now: DateTime<Utc>) -> Step {
        if let Some(run) = &self.last
            && run.state == RunState::Starting
        {
            return Step::GoOn(run.clone());
        }
        let due = self.when.last_due(now);
        match (self.paused, due > self.handled) {
            (true, _) => Step::Rest,
            (false, true) => Step::Begin(due),
            // A clock that was put back makes nothing due again.
            (false, false) => Step::Wait(self.when.next_due(now.max(self.handled))),
        }
    }

    /// Writes down that the run of a due time begins.
    pub(super) fn begin(&mut self, due: DateTime<Utc>) -> Run {
        self.handled = due;
        self.begin_beside(due)
    }

    /// Writes down that a run begins which is not due: those that are due stay so.
    pub(super) fn begin_beside(&mut self, at: DateTime<Utc>) -> Run {
        let run = Run {
            due: at,
            job: self.job(at),
            what: self.what.clone(),
            state: RunState::Starting,
        };
        self.last.insert(run).clone()
    }

    /// Writes down what became of a run that was starting; a later one is left alone.
    pub(super) fn end(&mut self, job: &Token, state: &RunState) {
        if let Some(run) = &mut self.last
            && run.job == *job
            && run.state == RunState::Starting
        {
            run.state = state.clone();
        }
    }

    /// Whether the same is asked for at the same times.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.when == other.when && self.what == other.what
    }

    /// Takes the place of another: what is due from now on, and the last run as it was.
    pub(super) fn replaces(&mut self, other: &Self) {
        if self.when == other.when {
            self.handled = other.handled;
        }
        self.paused = other.paused;
        self.last.clone_from(&other.last);
    }

    /// The name of a run's job; the same due time has the same.
    pub(super) fn job(&self, due: DateTime<Utc>) -> Token {
        Token::from_lossy(&format!("{}-{}", self.name, due.format(STAMP)))
    }

    /// When the next run is due, or since when it is.
    pub(super) fn next_due(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let due = self.when.last_due(now);
        if due > self.handled {
            due
        } else {
            self.when.next_due(now.max(self.handled))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cache, Priority};
    use crate::schedule::what::Window;
    use proptest::prelude::*;

    fn utc(text: &str) -> DateTime<Utc> {
        format!("2024-03-04T{text}Z").parse().unwrap()
    }

    /// Every five minutes, made at noon.
    fn schedule() -> Schedule {
        let when = When::Every {
            seconds: 300,
            offset_s: 0,
        };
        let what = What {
            source: "binance".into(),
            dataset: "klines".into(),
            symbols: vec!["BTC-USDT".into()],
            params: [].into(),
            slice_s: None,
            cache: Cache::Off,
            fetch_only: false,
            priority: Priority::Usual,
            window: Window::Last { seconds: 3_600 },
        };
        let name = Token::new("bars").unwrap();
        Schedule::new(name, when, what, utc("12:00:00"))
    }

    #[test]
    fn nothing_is_due_before_it_was_made() {
        let mut made = schedule();
        assert_eq!(made.step(utc("12:00:01")), Step::Wait(utc("12:05:00")));
        assert_eq!(made.step(utc("12:05:00")), Step::Begin(utc("12:05:00")));
        made.paused = true;
        assert_eq!(made.step(utc("12:05:00")), Step::Rest);
    }

    #[test]
    fn of_missed_runs_the_latest_is_made_up_for_and_no_other() {
        let mut made = schedule();
        assert_eq!(made.step(utc("23:59:59")), Step::Begin(utc("23:55:00")));
        let run = made.begin(utc("23:55:00"));
        assert_eq!(made.step(utc("23:59:59")), Step::GoOn(run.clone()));
        assert_eq!(run.job.as_str(), "bars-20240304T235500Z");
        made.end(&run.job, &RunState::Enqueued);
        assert_eq!(
            made.step(utc("23:59:59")),
            Step::Wait("2024-03-05T00:00:00Z".parse().unwrap())
        );
    }

    #[test]
    fn what_was_begun_is_gone_on_with_whatever_was_said_since() {
        let mut made = schedule();
        let run = made.begin(utc("12:05:00"));
        made.paused = true;
        assert_eq!(made.step(utc("13:00:00")), Step::GoOn(run.clone()));
        let mut other = schedule();
        other.what.symbols = vec!["ETH-USDT".into()];
        other.replaces(&made);
        assert!(other.paused && other.handled == utc("12:05:00"));
        assert_eq!(other.step(utc("13:00:00")), Step::GoOn(run));
    }

    #[test]
    fn another_time_makes_nothing_due_that_has_passed() {
        let made = schedule();
        let mut other = schedule();
        (other.created_at, other.handled) = (utc("18:00:00"), utc("18:00:00"));
        other.when = When::Every {
            seconds: 3_600,
            offset_s: 0,
        };
        other.replaces(&made);
        assert_eq!(other.step(utc("18:00:01")), Step::Wait(utc("19:00:00")));
    }

    #[test]
    fn a_run_beside_shifts_nothing() {
        let mut made = schedule();
        let job = made.begin_beside(utc("12:03:07")).job;
        made.end(&job, &RunState::Enqueued);
        assert_eq!(made.step(utc("12:05:00")), Step::Begin(utc("12:05:00")));
        // A word about a run that is no longer the last changes nothing.
        made.begin(utc("12:05:00"));
        made.end(&job, &RunState::Enqueued);
        assert!(matches!(made.step(utc("12:05:00")), Step::GoOn(_)));
    }

    #[test]
    fn a_clock_that_was_put_back_repeats_nothing() {
        let mut made = schedule();
        let job = made.begin(utc("13:00:00")).job;
        made.end(&job, &RunState::Enqueued);
        assert_eq!(made.step(utc("12:30:00")), Step::Wait(utc("13:05:00")));
    }

    proptest! {
        /// However long runs take and schedulers are away: a due time runs at most once, each run is
        /// the latest that was due, and none begins while another is not over.
        #[test]
        fn one_run_at_a_time(looks in prop::collection::vec((1_i64..2_000, 0_i64..1_500), 1..60)) {
            let mut made = schedule();
            let mut now = utc("12:00:00");
            let mut busy_until = now;
            let mut ran = Vec::new();
            for (later, takes) in looks {
                now += chrono::TimeDelta::seconds(later);
                let Step::Begin(due) = made.step(now) else { continue };
                if now < busy_until {
                    continue;
                }
                prop_assert_eq!(due, made.when.last_due(now));
                let job = made.begin(due).job;
                made.end(&job, &RunState::Enqueued);
                busy_until = now + chrono::TimeDelta::seconds(takes);
                ran.push(due);
                prop_assert!(matches!(made.step(now), Step::Wait(_)));
            }
            prop_assert!(ran.is_sorted_by(|a, b| a < b));
        }
    }
}
