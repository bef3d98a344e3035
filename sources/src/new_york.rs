//! New York's wall clock, by which American markets keep their days.
//!
//! Computed from the rules of the law instead of a time zone database: one zone, three rules since
//! 1976, nothing to update. Bars of a day open at its midnight, the regular session lasts from
//! 09:30 to 16:00.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Weekday};

const NS_PER_SECOND: i64 = 1_000_000_000;
const HOUR: i64 = 3_600 * NS_PER_SECOND;
/// Behind UTC in winter and in summer.
const STANDARD: i64 = -5 * HOUR;
const SUMMER: i64 = -4 * HOUR;
/// The regular session, from midnight.
const SESSION: (i64, i64) = (9 * HOUR + HOUR / 2, 16 * HOUR);

/// The first day and the day after the last on whose midnight it is summer time: clocks change at
/// two in the morning.
fn summer(year: i32) -> (NaiveDate, NaiveDate) {
    let (first, last) = match year {
        2007.. => (nth_sunday(year, 3, 2), nth_sunday(year, 11, 1)),
        1987..=2006 => (nth_sunday(year, 4, 1), last_sunday(year, 10)),
        _ => (last_sunday(year, 4), last_sunday(year, 10)),
    };
    let after = |day: NaiveDate| day.succ_opt().unwrap_or(day);
    (after(first), after(last))
}

fn nth_sunday(year: i32, month: u32, nth: u8) -> NaiveDate {
    NaiveDate::from_weekday_of_month_opt(year, month, Weekday::Sun, nth).unwrap_or(NaiveDate::MAX)
}

fn last_sunday(year: i32, month: u32) -> NaiveDate {
    NaiveDate::from_weekday_of_month_opt(year, month, Weekday::Sun, 5)
        .unwrap_or_else(|| nth_sunday(year, month, 4))
}

/// Midnight of a date, nanoseconds since 1970.
pub(crate) fn midnight(date: NaiveDate) -> i64 {
    let (first, end) = summer(date.year());
    let offset = if (first..end).contains(&date) {
        SUMMER
    } else {
        STANDARD
    };
    let utc = date.and_time(NaiveTime::MIN).and_utc();
    utc.timestamp_nanos_opt()
        .map_or(i64::MAX, |utc| utc.saturating_sub(offset))
}

/// The date of an instant.
pub(crate) fn date(ns: i64) -> NaiveDate {
    // It is the UTC date of some hours earlier; which of two is right its midnights say.
    let later = DateTime::from_timestamp_nanos(ns.saturating_add(SUMMER)).date_naive();
    if ns < midnight(later) {
        later.pred_opt().unwrap_or(later)
    } else {
        later
    }
}

/// The midnight at or before an instant.
pub(crate) fn day_start(ns: i64) -> i64 {
    midnight(date(ns))
}

/// The midnight after an instant.
pub(crate) fn day_end(ns: i64) -> i64 {
    date(ns).succ_opt().map_or(i64::MAX, midnight)
}

/// Whether a part of `[from, to)`, which is shorter than a day, belongs to a regular session.
/// Half days count as whole ones.
pub(crate) fn in_session(from: i64, to: i64) -> bool {
    let meets = |instant: i64| {
        // Counted from the end of the day: on the days on which clocks change, they do so before.
        let start = day_end(instant).saturating_sub(24 * HOUR);
        from < start.saturating_add(SESSION.1) && to > start.saturating_add(SESSION.0)
    };
    meets(from) || meets(to.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ns(text: &str) -> i64 {
        DateTime::parse_from_rfc3339(text)
            .unwrap()
            .timestamp_nanos_opt()
            .unwrap()
    }

    #[test]
    fn days_begin_at_midnight_of_the_wall_clock() {
        for (date, start) in [
            ("2024-01-02", "2024-01-02T05:00:00Z"),
            ("2024-03-10", "2024-03-10T05:00:00Z"),
            ("2024-03-11", "2024-03-11T04:00:00Z"),
            ("2024-11-03", "2024-11-03T04:00:00Z"),
            ("2024-11-04", "2024-11-04T05:00:00Z"),
            ("2005-04-01", "2005-04-01T05:00:00Z"),
            ("2005-04-04", "2005-04-04T04:00:00Z"),
            ("2006-10-30", "2006-10-30T05:00:00Z"),
            ("1980-04-28", "1980-04-28T04:00:00Z"),
        ] {
            let start = ns(start);
            let day: NaiveDate = date.parse().unwrap();
            assert_eq!(midnight(day), start, "{date}");
            assert_eq!(super::date(start), day);
            assert_eq!(super::date(start - 1), day.pred_opt().unwrap());
            assert_eq!(day_start(start + HOUR), start);
        }
        assert_eq!(
            day_end(ns("2024-11-03T12:00:00Z")),
            ns("2024-11-04T05:00:00Z")
        );
    }

    #[test]
    fn the_session_follows_the_wall_clock() {
        let meets = |from: &str, to: &str| in_session(ns(from), ns(to));
        assert!(!meets("2024-01-02T14:29:00Z", "2024-01-02T14:30:00Z"));
        assert!(meets("2024-01-02T14:30:00Z", "2024-01-02T14:31:00Z"));
        assert!(meets("2024-01-02T20:59:00Z", "2024-01-02T21:00:00Z"));
        assert!(!meets("2024-01-02T21:00:00Z", "2024-01-02T21:01:00Z"));
        assert!(!meets("2024-01-03T01:00:00Z", "2024-01-03T01:01:00Z"));
        assert!(meets("2024-07-02T13:00:00Z", "2024-07-02T14:00:00Z"));
        assert!(!meets("2024-07-02T13:00:00Z", "2024-07-02T13:30:00Z"));
        // The Monday after the clocks changed, and the Sunday itself.
        assert!(meets("2024-03-11T13:30:00Z", "2024-03-11T13:31:00Z"));
        assert!(meets("2024-03-10T13:30:00Z", "2024-03-10T13:31:00Z"));
        assert!(!meets("2024-03-10T20:00:00Z", "2024-03-10T20:01:00Z"));
    }
}
