//! When a schedule is due: pure functions of the time.
//!
//! A schedule by the clock of a place is due once a day there, also when that clock is changed: a
//! time that is skipped becomes the first instant after, one that comes twice is taken the first
//! time.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono::{Timelike, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// Further than the next day of a week or a month can be.
const DAYS_AHEAD: usize = 40;
/// Clocks were put forward by a whole day where a country changed the side of the date line.
const LONGEST_GAP_MINUTES: i64 = 24 * 60;

/// When a schedule is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum When {
    /// Each time that so many seconds have passed, counted from 1970 and the offset, UTC.
    Every { seconds: u32, offset_s: u32 },
    /// When the clock of a zone shows that, on some days or all.
    At {
        time: NaiveTime,
        zone: Tz,
        days: Days,
    },
}

/// The days of [`When::At`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Days {
    All,
    OfWeek(Vec<Weekday>),
    OfMonth(u32),
}

impl When {
    /// The first due time after an instant; the end of time when there is none.
    pub(crate) fn next_due(&self, after: DateTime<Utc>) -> DateTime<Utc> {
        let due = match self {
            Self::Every { seconds, offset_s } => {
                multiple(after, (*seconds).into(), (*offset_s).into(), 1)
            }
            Self::At { time, zone, days } => day_of(after, *zone)
                .pred_opt()
                .into_iter()
                .flat_map(|day| day.iter_days().take(DAYS_AHEAD))
                .filter(|day| days.have(*day))
                .map(|day| shown(day.and_time(*time), *zone))
                .find(|due| *due > after),
        };
        due.unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// The last due time up to an instant and with it; the beginning of time when there is none.
    pub(crate) fn last_due(&self, until: DateTime<Utc>) -> DateTime<Utc> {
        let due = match self {
            Self::Every { seconds, offset_s } => {
                multiple(until, (*seconds).into(), (*offset_s).into(), 0)
            }
            Self::At { time, zone, days } => day_of(until, *zone)
                .succ_opt()
                .into_iter()
                .flat_map(|day| day.iter_days().rev().take(DAYS_AHEAD))
                .filter(|day| days.have(*day))
                .map(|day| shown(day.and_time(*time), *zone))
                .find(|due| *due <= until),
        };
        due.unwrap_or(DateTime::<Utc>::MIN_UTC)
    }
}

impl Days {
    fn have(&self, day: NaiveDate) -> bool {
        match self {
            Self::All => true,
            Self::OfWeek(days) => days.contains(&day.weekday()),
            Self::OfMonth(number) => day.day() == *number,
        }
    }
}

/// The last multiple up to an instant, and so many further.
fn multiple(at: DateTime<Utc>, length: i64, offset: i64, further: i64) -> Option<DateTime<Utc>> {
    let passed = (at.timestamp() - offset).div_euclid(length.max(1));
    DateTime::from_timestamp((passed + further) * length + offset, 0)
}

/// The day that the calendar of a zone shows.
pub(super) fn day_of(at: DateTime<Utc>, zone: Tz) -> NaiveDate {
    at.with_timezone(&zone).date_naive()
}

/// The first instant at which the clock of a zone shows that, or has been put forward over it.
pub(super) fn shown(local: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    let at = |local: NaiveDateTime| zone.from_local_datetime(&local).earliest();
    let minute = local.with_second(0).unwrap_or(local);
    let after_gap =
        || (1..=LONGEST_GAP_MINUTES).find_map(|minutes| at(minute + TimeDelta::minutes(minutes)));
    at(local)
        .or_else(after_gap)
        .map_or(DateTime::<Utc>::MAX_UTC, |found| found.to_utc())
}

/// As it is written on the command line.
impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every { seconds, offset_s } => {
                write!(f, "every {}", length(*seconds))?;
                match offset_s {
                    0 => Ok(()),
                    offset => write!(f, " and {}", length(*offset)),
                }
            }
            Self::At { time, zone, days } => {
                let form = if time.second() == 0 {
                    "%H:%M"
                } else {
                    "%H:%M:%S"
                };
                write!(f, "{} {zone}", time.format(form))?;
                match days {
                    Days::All => Ok(()),
                    Days::OfWeek(days) => {
                        let names: Vec<_> = days.iter().map(Weekday::to_string).collect();
                        write!(f, " on {}", names.join(","))
                    }
                    Days::OfMonth(day) => write!(f, " on day {day} of the month"),
                }
            }
        }
    }
}

/// Seconds in the largest unit that holds them: `90s`, `5m`, `1d`.
pub(super) fn length(seconds: u32) -> String {
    let units = [(86_400, 'd'), (3_600, 'h'), (60, 'm')];
    let fits = units.iter().find(|(unit, _)| seconds.is_multiple_of(*unit));
    match fits {
        Some((unit, letter)) => format!("{}{letter}", seconds / unit),
        None => format!("{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn at(time: &str, zone: &str, days: Days) -> When {
        When::At {
            time: time.parse().unwrap(),
            zone: zone.parse().unwrap(),
            days,
        }
    }

    fn next(when: &When, after: &str, count: usize) -> Vec<String> {
        let mut after = utc(after);
        let mut due = || {
            after = when.next_due(after);
            after.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
        };
        (0..count).map(|_| due()).collect()
    }

    #[test]
    fn multiples_are_counted_from_the_offset() {
        let every = |seconds, offset_s| When::Every { seconds, offset_s };
        assert_eq!(
            next(&every(300, 10), "2024-03-04T12:00:09.5Z", 3),
            [
                "2024-03-04T12:00:10Z",
                "2024-03-04T12:05:10Z",
                "2024-03-04T12:10:10Z"
            ]
        );
        assert_eq!(
            next(&every(300, 0), "2024-03-04T12:00:00Z", 1),
            ["2024-03-04T12:05:00Z"]
        );
        assert_eq!(
            every(300, 10).last_due(utc("2024-03-04T12:00:10Z")),
            utc("2024-03-04T12:00:10Z")
        );
    }

    #[test]
    fn a_time_that_is_skipped_is_the_first_instant_after() {
        let berlin = at("02:30:15", "Europe/Berlin", Days::All);
        assert_eq!(
            next(&berlin, "2024-03-29T12:00:00Z", 3),
            [
                "2024-03-30T01:30:15Z",
                "2024-03-31T01:00:00Z",
                "2024-04-01T00:30:15Z"
            ]
        );
        // Lord Howe Island changes by half an hour.
        assert_eq!(
            next(
                &at("02:10:00", "Australia/Lord_Howe", Days::All),
                "2024-10-05T00:00:00Z",
                1
            ),
            ["2024-10-05T15:30:00Z"]
        );
    }

    #[test]
    fn a_time_that_comes_twice_is_taken_the_first_time() {
        let berlin = at("02:30:00", "Europe/Berlin", Days::All);
        assert_eq!(
            next(&berlin, "2024-10-26T12:00:00Z", 2),
            ["2024-10-27T00:30:00Z", "2024-10-28T01:30:00Z"]
        );
        // Between the two, and at the second.
        for after in ["2024-10-27T00:30:00Z", "2024-10-27T01:30:00Z"] {
            assert_eq!(next(&berlin, after, 1), ["2024-10-28T01:30:00Z"]);
            assert_eq!(berlin.last_due(utc(after)), utc("2024-10-27T00:30:00Z"));
        }
    }

    #[test]
    fn a_day_that_was_skipped_runs_with_the_next() {
        // Samoa had no 30th of December.
        assert_eq!(
            next(
                &at("00:00:00", "Pacific/Apia", Days::All),
                "2011-12-28T12:00:00Z",
                3
            ),
            [
                "2011-12-29T10:00:00Z",
                "2011-12-30T10:00:00Z",
                "2011-12-31T10:00:00Z"
            ]
        );
    }

    #[test]
    fn days_are_those_of_the_zone() {
        let tokyo = at(
            "08:00:00",
            "Asia/Tokyo",
            Days::OfWeek(vec![Weekday::Mon, Weekday::Thu]),
        );
        assert_eq!(
            next(&tokyo, "2024-03-02T00:00:00Z", 3),
            [
                "2024-03-03T23:00:00Z",
                "2024-03-06T23:00:00Z",
                "2024-03-10T23:00:00Z"
            ]
        );
        assert_eq!(
            next(
                &at("12:00:00", "UTC", Days::OfMonth(28)),
                "2024-02-28T12:00:00Z",
                2
            ),
            ["2024-03-28T12:00:00Z", "2024-04-28T12:00:00Z"]
        );
    }

    #[test]
    fn words_are_those_of_the_command_line() {
        let every = |seconds, offset_s| When::Every { seconds, offset_s }.to_string();
        assert_eq!(every(300, 10), "every 5m and 10s");
        assert_eq!(every(86_400, 0), "every 1d");
        let days = Days::OfWeek(vec![Weekday::Mon, Weekday::Tue]);
        assert_eq!(
            at("02:30:00", "Europe/Berlin", days).to_string(),
            "02:30 Europe/Berlin on Mon,Tue"
        );
    }

    fn any_when() -> impl Strategy<Value = When> {
        let every = (1_u32..200_000, 0_u32..100_000).prop_map(|(seconds, offset)| When::Every {
            seconds,
            offset_s: offset % seconds,
        });
        let days = prop_oneof![
            Just(Days::All),
            (1_u32..=28).prop_map(Days::OfMonth),
            (0_u8..7).prop_map(|day| Days::OfWeek(vec![Weekday::try_from(day).unwrap()])),
        ];
        let zones = prop::sample::select(chrono_tz::TZ_VARIANTS.to_vec());
        let at = (0_u32..86_400, zones, days).prop_map(|(seconds, zone, days)| When::At {
            time: NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0).unwrap(),
            zone,
            days,
        });
        prop_oneof![every, at]
    }

    proptest! {
        #[test]
        fn due_times_only_grow_and_none_is_between(
            when in any_when(),
            // 1970 to 2060: changes of clocks that were, and those that are foreseen.
            seconds in 0_i64..2_840_000_000,
        ) {
            let start = DateTime::from_timestamp(seconds, 0).unwrap();
            let first = when.next_due(start);
            let second = when.next_due(first);
            prop_assert!(start < first && first < second);
            prop_assert_eq!(when.last_due(first), first);
            prop_assert_eq!(when.last_due(second - TimeDelta::seconds(1)), first);
            prop_assert!(when.last_due(start) <= start);
            prop_assert_eq!(when.next_due(when.last_due(start)), first);
        }

        #[test]
        fn what_is_kept_is_read_again(when in any_when()) {
            let text = serde_json::to_string(&when).unwrap();
            prop_assert_eq!(serde_json::from_str::<When>(&text).unwrap(), when);
        }
    }
}
