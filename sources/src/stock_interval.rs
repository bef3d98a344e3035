//! Intervals of American bars: `5m` is five times a minute, `1M` a month.
//!
//! Vendors say where a bar begins, never where it ends; that is needed to leave out bars that
//! are still open. Days and longer begin at midnight in New York.

use chrono::{Days, Months};

use crate::new_york;

const NS_PER_SECOND: i64 = 1_000_000_000;

/// An interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Interval {
    pub(crate) multiplier: u32,
    pub(crate) unit: Unit,
}

/// What an interval is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl Interval {
    /// The interval of that name. Case matters: `1m` is a minute, `1M` a month.
    pub(crate) fn named(name: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "{name:?} is no interval: write a number and s, m, h, d, w, M, q or y, such as 5m or 1d"
            )
        };
        let unit_at = name.len().saturating_sub(1);
        let (count, unit) = name.split_at_checked(unit_at).ok_or_else(wrong)?;
        let unit = match unit {
            "s" => Unit::Second,
            "m" => Unit::Minute,
            "h" => Unit::Hour,
            "d" => Unit::Day,
            "w" => Unit::Week,
            "M" => Unit::Month,
            "q" => Unit::Quarter,
            "y" => Unit::Year,
            _ => return Err(wrong()),
        };
        let multiplier = count
            .parse()
            .ok()
            .filter(|count| (1..=10_000).contains(count));
        Ok(Self {
            multiplier: multiplier.ok_or_else(wrong)?,
            unit,
        })
    }

    /// Where a bar ends that begins at an instant: the first instant no longer in it.
    pub(crate) fn end_of(self, open: i64) -> i64 {
        let count = i64::from(self.multiplier);
        // Only what is counted in days needs the date, which takes its time to find.
        let day = || new_york::date(open);
        let months = |months: u32| day().checked_add_months(Months::new(self.multiplier * months));
        let days = |days: u32| day().checked_add_days(Days::new(u64::from(self.multiplier * days)));
        let end = match self.unit {
            Unit::Second => return open.saturating_add(count * NS_PER_SECOND),
            Unit::Minute => return open.saturating_add(count * 60 * NS_PER_SECOND),
            Unit::Hour => return open.saturating_add(count * 3_600 * NS_PER_SECOND),
            Unit::Day => days(1),
            Unit::Week => days(7),
            Unit::Month => months(1),
            Unit::Quarter => months(3),
            Unit::Year => months(12),
        };
        end.map_or(i64::MAX, new_york::midnight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_a_number_and_a_unit() {
        let five = Interval::named("5m").unwrap();
        assert_eq!((five.multiplier, five.unit), (5, Unit::Minute));
        assert_eq!(Interval::named("1M").unwrap().unit, Unit::Month);
        for bad in ["", "m", "0m", "5x", "1mo", "-1d", "1.5h", "5é"] {
            assert!(
                Interval::named(bad).unwrap_err().contains("such as 5m"),
                "{bad}"
            );
        }
    }

    #[test]
    fn days_end_at_the_next_midnight_of_new_york() {
        let midnight = |date: &str| new_york::midnight(date.parse().unwrap());
        let end = |name: &str, date: &str| Interval::named(name).unwrap().end_of(midnight(date));
        assert_eq!(end("1d", "2024-03-10"), midnight("2024-03-11"));
        assert_eq!(end("1w", "2024-03-04"), midnight("2024-03-11"));
        assert_eq!(end("1M", "2024-01-01"), midnight("2024-02-01"));
        assert_eq!(end("1q", "2024-01-01"), midnight("2024-04-01"));
        assert_eq!(end("1y", "2024-01-01"), midnight("2025-01-01"));
        let minute = Interval::named("5m").unwrap();
        assert_eq!(minute.end_of(0), 300 * NS_PER_SECOND);
    }
}
