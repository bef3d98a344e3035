//! How a range of time is cut into the slices of items. Pure.
//!
//! Segments are kept with the job, because what is planned depends on the day of planning (an
//! archive grows, a retention moves), and the same items must be made whenever a job is resumed.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

const DAY_MS: i64 = 86_400_000;

/// A part of a range, cut in one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// First instant.
    pub from: DateTime<Utc>,
    /// First instant no longer wanted.
    pub to: DateTime<Utc>,
    /// How it is cut into slices.
    pub cut: Cut,
    /// Parameters of its items beside those of the request, such as `via`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
}

/// How a range is cut into slices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cut {
    /// So many milliseconds each, counted from the beginning of the segment.
    EveryMs(u64),
    /// At midnight UTC of every so many days since 1970.
    Days(u32),
    /// At the first of each month, UTC.
    Months,
}

/// A part of a range that the vendor cannot serve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// First instant.
    pub from: DateTime<Utc>,
    /// First instant that is served again.
    pub to: DateTime<Utc>,
    /// Why, and where it can be had instead.
    pub reason: String,
}

impl Cut {
    /// Slices of that length.
    #[must_use]
    pub fn every(slice: Duration) -> Self {
        Self::EveryMs(u64::try_from(slice.as_millis()).unwrap_or(u64::MAX).max(1))
    }
}

impl Segment {
    /// How many slices there are.
    #[must_use]
    pub fn slices(&self) -> u64 {
        let span = (self.to - self.from).num_milliseconds();
        if span <= 0 {
            return 0;
        }
        match self.cut {
            Cut::EveryMs(length) => span.unsigned_abs().div_ceil(length),
            Cut::Days(_) | Cut::Months => {
                let last = self.to - TimeDelta::milliseconds(1);
                (self.cut.period(last) - self.cut.period(self.from)).unsigned_abs() + 1
            }
        }
    }

    /// The slice with that number: its first instant, and the first no longer in it.
    #[must_use]
    pub fn slice(&self, number: u64) -> (DateTime<Utc>, DateTime<Utc>) {
        let (from, to) = match self.cut {
            Cut::EveryMs(length) => {
                let at = |number: u64| {
                    let offset = i64::try_from(number.saturating_mul(length)).unwrap_or(i64::MAX);
                    TimeDelta::try_milliseconds(offset)
                        .and_then(|offset| self.from.checked_add_signed(offset))
                        .unwrap_or(self.to)
                };
                (at(number), at(number.saturating_add(1)))
            }
            Cut::Days(_) | Cut::Months => {
                let period = self.cut.period(self.from) + i64::try_from(number).unwrap_or(0);
                (self.cut.start(period), self.cut.start(period + 1))
            }
        };
        (from.max(self.from), to.min(self.to))
    }
}

impl Cut {
    /// The number of the day or month (counted from 1970) that holds an instant.
    fn period(self, at: DateTime<Utc>) -> i64 {
        match self {
            Self::EveryMs(length) => at
                .timestamp_millis()
                .div_euclid(i64::try_from(length).unwrap_or(i64::MAX)),
            Self::Days(days) => at
                .timestamp_millis()
                .div_euclid(DAY_MS * i64::from(days.max(1))),
            Self::Months => i64::from(at.year()) * 12 + i64::from(at.month0()) - 1970 * 12,
        }
    }

    /// The first instant of that day or month.
    fn start(self, period: i64) -> DateTime<Utc> {
        let ms = match self {
            Self::EveryMs(length) => period * i64::try_from(length).unwrap_or(i64::MAX),
            Self::Days(days) => period * DAY_MS * i64::from(days.max(1)),
            Self::Months => {
                let (year, month) = (1970 + period.div_euclid(12), period.rem_euclid(12));
                return i32::try_from(year)
                    .ok()
                    .and_then(|year| chrono::NaiveDate::from_ymd_opt(year, month as u32 + 1, 1))
                    .map_or(DateTime::<Utc>::MAX_UTC, |day| {
                        day.and_time(chrono::NaiveTime::MIN).and_utc()
                    });
            }
        };
        DateTime::from_timestamp_millis(ms).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn slices_cover_the_segment_without_gap_or_overlap(
            from in 0i64..2_000_000_000_000,
            span in 1i64..100_000_000_000,
            cut in prop_oneof![
                (3_600_000u64..10_000_000_000).prop_map(Cut::EveryMs),
                (1u32..40).prop_map(Cut::Days),
                Just(Cut::Months),
            ],
        ) {
            let at = |ms| DateTime::from_timestamp_millis(ms).unwrap();
            let segment = Segment { from: at(from), to: at(from + span), cut, params: BTreeMap::new() };
            let mut next = segment.from;
            for number in 0..segment.slices() {
                let (first, end) = segment.slice(number);
                prop_assert_eq!(first, next);
                prop_assert!(end > first);
                next = end;
            }
            prop_assert_eq!(next, segment.to);
        }
    }

    #[test]
    fn an_empty_segment_has_no_slices() {
        let at = DateTime::UNIX_EPOCH;
        let segment = Segment {
            from: at,
            to: at,
            cut: Cut::Months,
            params: BTreeMap::new(),
        };
        assert_eq!(segment.slices(), 0);
    }
}
