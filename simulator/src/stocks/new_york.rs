//! New York's wall clock since 2007: from the second Sunday of March to the first one of November
//! it is four hours behind UTC, else five.

use chrono::{Datelike, NaiveDate};

use crate::calendar::{DAY, HOUR, date, day_number, day_of, weekday};

/// Midnight of a day (counted from 1970), milliseconds.
pub(crate) fn midnight(day: i64) -> i64 {
    let year = date(day).year();
    let sunday = |month: u32, nth: i64| {
        let first = day_number(NaiveDate::from_ymd_opt(year, month, 1).unwrap_or_default());
        first + (6 - weekday(first)) + 7 * (nth - 1)
    };
    let summer = sunday(3, 2) < day && day <= sunday(11, 1);
    day * DAY + if summer { 4 * HOUR } else { 5 * HOUR }
}

/// The day of an instant.
pub(crate) fn day(ms: i64) -> i64 {
    let later = day_of(ms - 4 * HOUR);
    if ms < midnight(later) {
        later - 1
    } else {
        later
    }
}

/// Whether the minute that begins there belongs to the regular session; `None` when nothing is
/// traded.
pub(crate) fn session(ms: i64) -> Option<bool> {
    let day = day(ms);
    let wall = ms - midnight(day);
    let trades = weekday(day) < 5 && (4 * HOUR..20 * HOUR).contains(&wall);
    trades.then(|| (9 * HOUR + HOUR / 2..16 * HOUR).contains(&wall))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_change_in_march_and_november() {
        for (text, hours) in [
            ("2024-03-10", 5),
            ("2024-03-11", 4),
            ("2024-11-03", 4),
            ("2024-11-04", 5),
        ] {
            let day = day_number(text.parse().unwrap());
            assert_eq!(midnight(day), day * DAY + hours * HOUR, "{text}");
            assert_eq!(super::day(midnight(day)), day);
            assert_eq!(super::day(midnight(day) - 1), day - 1);
        }
    }
}
