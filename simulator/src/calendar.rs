//! Days and wall clocks, in milliseconds since 1970.
//!
//! Oslo's clock is computed by the European rule (last Sundays of March and October, 01:00 UTC):
//! a time zone database would be a large dependency for one zone.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};

/// Milliseconds of a second.
pub(crate) const SECOND: i64 = 1_000;
/// Milliseconds of a minute.
pub(crate) const MINUTE: i64 = 60 * SECOND;
/// Milliseconds of an hour.
pub(crate) const HOUR: i64 = 60 * MINUTE;
/// Milliseconds of a day.
pub(crate) const DAY: i64 = 24 * HOUR;

/// Nanoseconds of an instant given in milliseconds, as row times are.
pub(crate) fn nanos(ms: i64) -> i64 {
    ms * 1_000_000
}

/// The instant as chrono's; times outside chrono's range become 1970, no vendor serves them.
pub(crate) fn utc(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).unwrap_or_default()
}

/// The day of an instant, counted from 1970.
pub(crate) fn day_of(ms: i64) -> i64 {
    ms.div_euclid(DAY)
}

/// The date of a day counted from 1970.
pub(crate) fn date(day: i64) -> NaiveDate {
    utc(day * DAY).date_naive()
}

/// The day, counted from 1970, of a date.
pub(crate) fn day_number(date: NaiveDate) -> i64 {
    i64::from(date.num_days_from_ce()) - i64::from(NaiveDate::default().num_days_from_ce())
}

/// Monday 0 to Sunday 6.
pub(crate) fn weekday(day: i64) -> i64 {
    // 1970-01-01 was a Thursday.
    (day + 3).rem_euclid(7)
}

/// How far a central European wall clock is ahead of UTC.
pub(crate) fn central_european_offset(ms: i64) -> i64 {
    let year = utc(ms).year();
    let summer = last_sunday(year, 3) + HOUR..last_sunday(year, 10) + HOUR;
    if summer.contains(&ms) { 2 * HOUR } else { HOUR }
}

/// The same wall clock as an instant of UTC would have it: only for formatting.
pub(crate) fn central_european(ms: i64) -> DateTime<Utc> {
    utc(ms + central_european_offset(ms))
}

/// Midnight UTC of the last Sunday of a month of 31 days.
fn last_sunday(year: i32, month: u32) -> i64 {
    let last = NaiveDate::from_ymd_opt(year, month, 31).unwrap_or_default();
    let back = i64::from(last.weekday().num_days_from_sunday());
    day_number(last - TimeDelta::days(back)) * DAY
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> i64 {
        text.parse::<DateTime<Utc>>().unwrap().timestamp_millis()
    }

    #[test]
    fn oslo_changes_its_clock_when_europe_does() {
        for (instant, wall) in [
            ("2024-03-31T00:59:59Z", "01:59"),
            ("2024-03-31T01:00:00Z", "03:00"),
            ("2024-10-27T00:59:00Z", "02:59"),
            ("2024-10-27T01:00:00Z", "02:00"),
            ("2020-09-20T11:00:00Z", "13:00"),
        ] {
            assert_eq!(
                central_european(ms(instant)).format("%H:%M").to_string(),
                wall,
                "{instant}"
            );
        }
    }

    #[test]
    fn days_and_dates_agree() {
        assert_eq!(weekday(day_of(ms("2026-11-21T12:00:00Z"))), 5);
        let day = day_of(ms("2024-02-29T23:59:59Z"));
        assert_eq!(date(day).to_string(), "2024-02-29");
        assert_eq!(day_number(date(day)), day);
    }
}
