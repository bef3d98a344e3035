//! How fast a job goes, how long it will take, and how far the estimate was off. Pure.

use std::time::Duration;

use chrono::{DateTime, Utc};
use common::jobs::{Job, Part};
use common::segment::Gap;
use serde::Serialize;

use super::ledger::{LATELY, Totals};
use super::progress::Progress;
use crate::output::{known_span, number, span};

/// Items and rows a minute.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Rate {
    pub(super) items_per_minute: f64,
    pub(super) rows_per_minute: f64,
}

/// How fast a job goes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Pace {
    /// Over the last minute; 0 when nothing was settled.
    pub(super) now: Rate,
    /// Since it was enqueued, until its last item was settled.
    pub(super) overall: Rate,
    /// What is left at the rate of now, or overall where nothing was settled lately; `null` when
    /// nothing is left or nothing was settled yet.
    pub(super) time_left_s: Option<u64>,
    /// Workers that settled an item in the last minute.
    pub(super) workers: u64,
}

impl Pace {
    pub(super) fn of(job: &Job, progress: &Progress, totals: &Totals) -> Self {
        let minutes = |seconds: f64| (seconds / 60.0).max(1.0 / 60.0);
        let rate = |items: u64, rows: u64, minutes: f64| Rate {
            items_per_minute: items as f64 / minutes,
            rows_per_minute: rows as f64 / minutes,
        };
        let last = DateTime::from_timestamp_millis(totals.last_ms).unwrap_or_default();
        let took = (last - job.created_at).as_seconds_f64();
        let now = rate(
            totals.late_lines,
            totals.late_rows,
            minutes((LATELY as f64).min(took)),
        );
        let overall = rate(totals.lines, totals.rows, minutes(took));
        let pace = [now, overall].map(|rate| rate.items_per_minute);
        let pace = pace.into_iter().find(|rate| *rate > 0.0);
        let time_left_s = pace
            .filter(|_| progress.left > 0)
            .map(|pace| (progress.left as f64 * 60.0 / pace).ceil() as u64);
        Self {
            now,
            overall,
            time_left_s,
            workers: totals.workers,
        }
    }

    /// `12 items and 3,400 rows a minute (10 and 2,900 overall)`.
    pub(super) fn text(&self) -> String {
        let whole = |value: f64| number(value.round() as u64);
        format!(
            "{} items and {} rows a minute ({} and {} overall)",
            whole(self.now.items_per_minute),
            whole(self.now.rows_per_minute),
            whole(self.overall.items_per_minute),
            whole(self.overall.rows_per_minute)
        )
    }

    /// How long what is left will take.
    pub(super) fn left(&self) -> String {
        known_span(self.time_left_s)
    }
}

/// Which part of what was asked for is where. The parts of a range are shares of its time, those of
/// ids shares of their number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Coverage {
    /// Was fetched and handed on. Whether it is all that there is, `audit` says.
    pub(super) done: f64,
    /// Was refused, as a whole or in part.
    pub(super) refused: f64,
    /// Is not settled yet, or was taken away.
    pub(super) left: f64,
    /// The vendor does not have it.
    pub(super) not_available: f64,
}

impl Coverage {
    pub(super) fn of(job: &Job, progress: &Progress) -> Self {
        let asked = match job.request.part {
            Part::Range { from, to, .. } => to - from,
            Part::Windows { .. } | Part::Ids { .. } => chrono::TimeDelta::zero(),
        };
        let length = |gap: &Gap| (gap.to - gap.from).as_seconds_f64();
        // The sum of none is -0.
        let lacking = job.gaps.iter().map(length).fold(0.0, std::ops::Add::add);
        let not_available = if asked.is_zero() {
            0.0
        } else {
            (lacking / asked.as_seconds_f64()).min(1.0)
        };
        let items = progress.items.max(1) as f64;
        let share = |count: u64| (1.0 - not_available) * count as f64 / items;
        Self {
            done: share(progress.done),
            refused: share(progress.dead),
            left: share(progress.items.saturating_sub(progress.done + progress.dead)),
            not_available,
        }
    }

    /// `93.1% done, 0.2% refused, 6.7% left`.
    pub(super) fn text(&self) -> String {
        let parts = [
            (self.done, "done"),
            (self.refused, "refused"),
            (self.left, "left"),
            (self.not_available, "not available"),
        ];
        let parts = parts.into_iter().filter(|(share, _)| *share > 0.0);
        let parts: Vec<_> = parts
            .map(|(share, what)| format!("{} {what}", percent(share)))
            .collect();
        parts.join(", ")
    }
}

/// A share in percent; only all of it is 100%, and only nothing is 0%.
fn percent(share: f64) -> String {
    let tenths = (share * 1_000.0).round().clamp(1.0, 1_000.0);
    let tenths = if share < 1.0 {
        tenths.min(999.0)
    } else {
        tenths
    };
    format!("{:.1}%", tenths / 10.0)
}

/// What was expected when the job was enqueued, and what it came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Forecast {
    pub(super) requests: u64,
    pub(super) rows: Option<u64>,
    pub(super) time_at_limit_s: Option<u64>,
    /// How far each was off, as a share of what it came to; once the job is over.
    pub(super) requests_off: Option<f64>,
    pub(super) rows_off: Option<f64>,
    pub(super) time_off: Option<f64>,
}

impl Forecast {
    pub(super) fn of(job: &Job, progress: &Progress, totals: Option<&Totals>) -> Option<Self> {
        let estimate = job.estimate.as_ref()?;
        let totals = totals.filter(|_| progress.state.is_over());
        let off = |expected: Option<u64>, is: fn(&Totals, DateTime<Utc>) -> f64| {
            let is = is(totals?, job.created_at);
            (is > 0.0).then_some((expected? as f64 - is) / is)
        };
        Some(Self {
            requests: estimate.requests,
            rows: estimate.rows,
            time_at_limit_s: estimate.time_at_limit_s,
            requests_off: off(Some(estimate.requests), |totals, _| totals.requests as f64),
            rows_off: off(estimate.rows, |totals, _| totals.rows as f64),
            time_off: off(estimate.time_at_limit_s, |totals, since| {
                totals.last_ms as f64 / 1e3 - since.timestamp_millis() as f64 / 1e3
            }),
        })
    }

    /// `120 requests (3% too many), ...`.
    pub(super) fn text(&self) -> String {
        let off = |off: Option<f64>| {
            off.map_or_else(String::new, |off| format!(" (off by {:+.1}%)", off * 100.0))
        };
        let mut parts = vec![format!(
            "{} requests{}",
            number(self.requests),
            off(self.requests_off)
        )];
        if let Some(rows) = self.rows {
            parts.push(format!("{} rows{}", number(rows), off(self.rows_off)));
        }
        if let Some(seconds) = self.time_at_limit_s {
            let time = span(Duration::from_secs(seconds));
            parts.push(format!("{time}{}", off(self.time_off)));
        }
        parts.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::counts::tests::counts;
    use common::jobs::State;

    fn totals(lines: u64, late: u64, last_s: i64) -> Totals {
        Totals {
            lines,
            requests: lines * 2,
            rows: lines * 10,
            bytes: 0,
            ids: 0,
            api_ms: 0,
            wait_ms: 0,
            write_ms: 0,
            last_ms: last_s * 1_000,
            late_lines: late,
            late_rows: late * 10,
            late_requests: late * 2,
            workers: 1,
        }
    }

    #[test]
    fn what_is_left_takes_as_long_as_now_or_as_ever() {
        let counts = counts(State::Enqueued, 100, 60, 0, 0);
        let progress = Progress::of(&counts);
        let pace = |totals| Pace::of(&counts.job, &progress, &totals);
        // 40 items in 400 seconds, 12 of them in the last minute.
        let busy = pace(totals(40, 12, 400));
        assert_eq!(
            (busy.time_left_s, busy.now.items_per_minute),
            (Some(300), 12.0)
        );
        assert_eq!(busy.overall.rows_per_minute, 60.0);
        let idle = pace(totals(40, 0, 400));
        assert_eq!(idle.time_left_s, Some(600));
        assert_eq!(pace(totals(0, 0, 0)).time_left_s, None);
    }

    #[test]
    fn coverage_is_whole() {
        let mut counts = counts(State::Enqueued, 10, 3, 0, 1);
        let coverage = Coverage::of(&counts.job, &Progress::of(&counts));
        assert_eq!(coverage.text(), "60.0% done, 10.0% refused, 30.0% left");
        let at = |day: i64| DateTime::from_timestamp(day * 86_400, 0).unwrap();
        counts.job.request.part = Part::Range {
            symbols: Vec::new(),
            from: at(0),
            to: at(10),
            slice_s: None,
        };
        counts.job.gaps = vec![Gap {
            from: at(0),
            to: at(2),
            reason: String::new(),
        }];
        let coverage = Coverage::of(&counts.job, &Progress::of(&counts));
        assert_eq!(
            coverage.text(),
            "48.0% done, 8.0% refused, 24.0% left, 20.0% not available"
        );
        assert_eq!(
            [percent(1.0), percent(0.99999), percent(0.000_01)],
            ["100.0%", "99.9%", "0.1%"]
        );
    }

    #[test]
    fn an_estimate_is_judged_at_the_end() {
        let mut counts = counts(State::Enqueued, 10, 1, 0, 0);
        counts.job.estimate = Some(common::jobs::Estimate {
            requests: 22,
            rows: Some(100),
            time_at_limit_s: Some(50),
            ..common::jobs::Estimate::default()
        });
        let forecast = |counts: &crate::status::counts::Counts| {
            let (progress, totals) = (Progress::of(counts), totals(10, 0, 40));
            Forecast::of(&counts.job, &progress, Some(&totals))
                .unwrap()
                .text()
        };
        assert_eq!(forecast(&counts), "22 requests, 100 rows, 50s");
        counts.waiting = 0;
        assert_eq!(
            forecast(&counts),
            "22 requests (off by +10.0%), 100 rows (off by +0.0%), 50s (off by +25.0%)"
        );
    }
}
