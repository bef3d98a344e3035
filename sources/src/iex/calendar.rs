//! The days on which American stock exchanges are closed: no file of such a day is a fact, no
//! file of another is a gap.
//!
//! By the rules of the exchanges since 2016, before which IEX was none. A day of mourning that is
//! not listed here counts as a trading day, so its missing file is told rather than passed over.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Weekday};

use crate::new_york;

const NS_PER_HOUR: i64 = 3_600_000_000_000;

/// Closed beside the rules: days of mourning.
const MOURNING: [(i32, u32, u32); 2] = [(2018, 12, 5), (2025, 1, 9)];
/// Since when the nineteenth of June is kept.
const JUNETEENTH: i32 = 2022;

/// Whether there is no trading at an instant, before and after the session neither.
pub(crate) fn is_quiet(ns: i64) -> bool {
    const OPEN: std::ops::Range<i64> = 4..20;
    let day = new_york::date(ns);
    let hour = (ns - new_york::midnight(day)).div_euclid(NS_PER_HOUR);
    is_closed(day) || !OPEN.contains(&hour)
}

/// Whether an instant is on a weekend in UTC.
pub(crate) fn is_weekend_utc(ns: i64) -> bool {
    is_weekend(DateTime::from_timestamp_nanos(ns).date_naive())
}

/// Whether there is no trading on a day.
pub(super) fn is_closed(day: NaiveDate) -> bool {
    is_weekend(day) || is_holiday(day)
}

fn is_weekend(day: NaiveDate) -> bool {
    matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

fn is_holiday(day: NaiveDate) -> bool {
    let (year, month, date) = (day.year(), day.month(), day.day());
    let nth_monday = |nth: u32| day.weekday() == Weekday::Mon && (date - 1) / 7 + 1 == nth;
    let last_monday = day.weekday() == Weekday::Mon && date + 7 > 31;
    let moving = match month {
        1 => nth_monday(3),
        2 => nth_monday(3),
        5 => last_monday,
        9 => nth_monday(1),
        11 => day.weekday() == Weekday::Thu && (date - 1) / 7 + 1 == 4,
        _ => false,
    };
    moving
        || is_kept(day, 1, 1)
        || (year >= JUNETEENTH && is_kept(day, 6, 19))
        || is_kept(day, 7, 4)
        || is_kept(day, 12, 25)
        || good_friday(year) == Some(day)
        || MOURNING.contains(&(year, month, date))
}

/// A feast on a Saturday is kept the day before, on a Sunday the day after; New Year's Day on a
/// Saturday is not kept at all, as the day before ends the year.
fn is_kept(day: NaiveDate, month: u32, date: u32) -> bool {
    let Some(feast) = NaiveDate::from_ymd_opt(day.year(), month, date) else {
        return false;
    };
    let kept = match feast.weekday() {
        Weekday::Sat => feast.pred_opt(),
        Weekday::Sun => feast.succ_opt(),
        _ => Some(feast),
    };
    kept == Some(day)
}

/// Two days before Easter (the anonymous Gregorian rule).
fn good_friday(year: i32) -> Option<NaiveDate> {
    let golden = year % 19;
    let (century, rest) = (year / 100, year % 100);
    let moon =
        (19 * golden + century - century / 4 - (century - (century + 8) / 25 + 1) / 3 + 15) % 30;
    let week = (32 + 2 * (century % 4) + 2 * (rest / 4) - moon - rest % 4) % 7;
    let late = (golden + 11 * moon + 22 * week) / 451;
    let days = moon + week - 7 * late + 114;
    let easter = NaiveDate::from_ymd_opt(
        year,
        u32::try_from(days / 31).ok()?,
        u32::try_from(days % 31 + 1).ok()?,
    )?;
    easter.checked_sub_signed(TimeDelta::days(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closed_weekdays_of_some_years() {
        let closed = |year: i32| -> Vec<String> {
            let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
            first
                .iter_days()
                .take_while(|day| day.year() == year)
                .filter(|day| is_closed(*day) && !is_weekend(*day))
                .map(|day| day.format("%m-%d").to_string())
                .collect()
        };
        assert_eq!(
            closed(2018),
            [
                "01-01", "01-15", "02-19", "03-30", "05-28", "07-04", "09-03", "11-22", "12-05",
                "12-25"
            ]
        );
        assert_eq!(
            closed(2021),
            [
                "01-01", "01-18", "02-15", "04-02", "05-31", "07-05", "09-06", "11-25", "12-24"
            ]
        );
        assert_eq!(
            closed(2022),
            [
                "01-17", "02-21", "04-15", "05-30", "06-20", "07-04", "09-05", "11-24", "12-26"
            ]
        );
        assert_eq!(
            closed(2025),
            [
                "01-01", "01-09", "01-20", "02-17", "04-18", "05-26", "06-19", "07-04", "09-01",
                "11-27", "12-25"
            ]
        );
    }
}
