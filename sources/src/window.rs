//! The slice of time that an item covers, in the units in which vendors are asked and answer.

use chrono::{DateTime, Days, NaiveDate, Utc};
use common::item::{Item, Work};

use crate::ask::Refusal;

const NS_PER_MS: i64 = 1_000_000;

/// A half-open slice of time, nanoseconds since 1970 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    from: i64,
    to: i64,
}

impl Window {
    /// The slice of an item; all of time for one without.
    pub(crate) fn of(item: &Item) -> Self {
        match &item.work {
            Work::Range { from, to, .. } => Self::between(*from, *to),
            Work::Ids(_) => Self {
                from: i64::MIN,
                to: i64::MAX,
            },
        }
    }

    pub(crate) fn between(from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        Self {
            from: nanoseconds(from, i64::MIN),
            to: nanoseconds(to, i64::MAX),
        }
    }

    /// The slice and symbol of an item that must have a slice.
    pub(crate) fn asked(item: &Item) -> Result<(Self, Option<&str>), Refusal> {
        match &item.work {
            Work::Range { symbol, .. } => Ok((Self::of(item), symbol.as_deref())),
            Work::Ids(_) => Err(Refusal(format!(
                "{} of {} is asked for by time, not by id",
                item.dataset, item.source
            ))),
        }
    }

    /// The first instant, and the first that no longer belongs to it.
    pub(crate) fn bounds(self) -> (i64, i64) {
        (self.from, self.to)
    }

    pub(crate) fn contains(self, ns: i64) -> bool {
        self.from <= ns && ns < self.to
    }

    /// Whether all of the slice lies at or after an instant.
    pub(crate) fn begins_at_or_after(self, instant: DateTime<Utc>) -> bool {
        self.from >= nanoseconds(instant, i64::MAX)
    }

    /// Whether an instant lies past the slice.
    pub(crate) fn ends_before(self, ns: i64) -> bool {
        ns >= self.to
    }

    /// Whether an instant lies before the slice.
    pub(crate) fn starts_after(self, ns: i64) -> bool {
        ns < self.from
    }

    /// The first instant, and the first no longer in the slice.
    pub(crate) fn bounds_ns(self) -> (i64, i64) {
        (self.from, self.to)
    }

    /// The first millisecond of which a part belongs to the slice.
    pub(crate) fn first_ms(self) -> i64 {
        self.from.div_euclid(NS_PER_MS)
    }

    /// The last such millisecond.
    pub(crate) fn last_ms(self) -> i64 {
        (self.to - 1).div_euclid(NS_PER_MS)
    }

    /// The UTC day of the first instant.
    pub(crate) fn first_day(self) -> NaiveDate {
        DateTime::from_timestamp_nanos(self.from).date_naive()
    }

    /// The UTC day of the last instant.
    pub(crate) fn last_day(self) -> NaiveDate {
        DateTime::from_timestamp_nanos(self.to - 1).date_naive()
    }
}

/// The day so many days later; the last there is where the calendar ends.
pub(crate) fn days_after(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days))
        .unwrap_or(NaiveDate::MAX)
}

/// An instant before 1678 or after 2262 has no nanoseconds: it becomes the end of time instead.
fn nanoseconds(instant: DateTime<Utc>, beyond: i64) -> i64 {
    instant.timestamp_nanos_opt().unwrap_or(beyond)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_cover_the_slice() {
        let window = Window {
            from: 1_500_000,
            to: 3_000_000,
        };
        assert_eq!((window.first_ms(), window.last_ms()), (1, 2));
        assert!(!window.contains(1_499_999) && window.contains(1_500_000));
        assert!(window.contains(2_999_999) && window.ends_before(3_000_000));
    }
}
