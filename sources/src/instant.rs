//! Times as vendors write them, as nanoseconds since 1970 in UTC.
//!
//! Every row has one, so the usual forms are read by hand; anything else goes the slow way, which
//! knows the rest of the standard.

use chrono::{DateTime, NaiveDate};

use crate::ask::ParseError;

const NS_PER_SECOND: i64 = 1_000_000_000;
const NS_PER_MS: i64 = 1_000_000;

/// An integer of milliseconds, or of microseconds by its digits (16 of them from 2001 on;
/// milliseconds have 13 until 2286).
pub(crate) fn ms_or_us(time: i64) -> Option<i64> {
    const FIRST_WITH_16_DIGITS: i64 = 1_000_000_000_000_000;
    let factor = if time >= FIRST_WITH_16_DIGITS {
        1_000
    } else {
        NS_PER_MS
    };
    time.checked_mul(factor)
}

/// RFC 3339, with as many digits of the second as there are.
pub(crate) fn rfc3339(text: &str, at: impl FnOnce() -> String) -> Result<i64, ParseError> {
    utc(text.as_bytes())
        .or_else(|| {
            DateTime::parse_from_rfc3339(text)
                .ok()?
                .timestamp_nanos_opt()
        })
        .ok_or_else(|| ParseError {
            at: at(),
            what: format!("{text:?}, expected a time such as 2024-08-18T19:30:00Z"),
        })
}

/// `2024-08-18T19:30:00.123456789Z`, with none to nine digits after the second.
fn utc(text: &[u8]) -> Option<i64> {
    let (head, rest) = text.split_at_checked(19)?;
    clock(head, b'-', b'T')?.checked_add(fraction(rest)?)
}

/// A date and a time of the day without a zone, `2024/01/05 09:00:00` with these marks, as if it
/// were UTC.
pub(crate) fn clock(text: &[u8], of_date: u8, between: u8) -> Option<i64> {
    let (date, time) = text.split_at_checked(10)?;
    let &[gap, h1, h2, b':', m1, m2, b':', s1, s2] = time else {
        return None;
    };
    let (hour, minute, second) = (number(&[h1, h2])?, number(&[m1, m2])?, number(&[s1, s2])?);
    if gap != between || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = i64::from(hour * 3_600 + minute * 60 + second);
    midnight(date, of_date)?.checked_add(seconds * NS_PER_SECOND)
}

/// The beginning of a date with this mark, `2024/01/05`, as if it were one of UTC.
pub(crate) fn midnight(text: &[u8], mark: u8) -> Option<i64> {
    let &[y1, y2, y3, y4, first, m1, m2, second, d1, d2] = text else {
        return None;
    };
    if first != mark || second != mark {
        return None;
    }
    let year = i32::try_from(number(&[y1, y2, y3, y4])?).ok()?;
    let date = NaiveDate::from_ymd_opt(year, number(&[m1, m2])?, number(&[d1, d2])?)?;
    i64::from(date.to_epoch_days()).checked_mul(86_400 * NS_PER_SECOND)
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |number, digit| {
        digit
            .is_ascii_digit()
            .then(|| number * 10 + u32::from(digit - b'0'))
    })
}

/// What follows the second: `Z`, or a point, one to nine digits and `Z`.
fn fraction(text: &[u8]) -> Option<i64> {
    let digits = match text {
        b"Z" => return Some(0),
        [b'.', digits @ .., b'Z'] if (1..=9).contains(&digits.len()) => digits,
        _ => return None,
    };
    let missing = 9 - u32::try_from(digits.len()).ok()?;
    Some(i64::from(number(digits)?) * 10i64.pow(missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_digits_is_read() {
        let read = |text: &str| rfc3339(text, || "t".to_owned());
        let second = 1_634_112_000_000_000_000;
        for (text, fraction) in [
            ("2021-10-13T08:00:00Z", 0),
            ("2021-10-13T08:00:00.08960768Z", 89_607_680),
            ("2021-10-13T08:00:00.000000001Z", 1),
            ("2021-10-13T08:00:00.999999999Z", 999_999_999),
            ("2021-10-13T08:00:00.5Z", 500_000_000),
            ("2021-10-13T04:00:00.25-04:00", 250_000_000),
        ] {
            assert_eq!(read(text), Ok(second + fraction), "{text}");
            assert_eq!(utc(text.as_bytes()).is_some(), text.ends_with('Z'));
        }
        for bad in [
            "",
            "2021-10-13",
            "2021-13-01T00:00:00Z",
            "2021-10-13T24:00:00Z",
            "2021-10-13T08:00:00.x1Z",
        ] {
            assert_eq!(read(bad).unwrap_err().at, "t", "{bad}");
        }
    }

    #[test]
    fn marks_are_what_was_said() {
        let ns = clock(b"2024/01/05 09:00:01", b'/', b' ');
        assert_eq!(ns, Some(1_704_445_201_000_000_000));
        assert_eq!(clock(b"2024-01-05 09:00:01", b'/', b' '), None);
        assert_eq!(clock(b"2024/01/05T09:00:01", b'/', b' '), None);
        assert_eq!(clock(b"2024/01/05 09:00", b'/', b' '), None);
        assert_eq!(midnight(b"2024/02/30", b'/'), None);
        assert_eq!(midnight(b"2024/1/05", b'/'), None);
        assert_eq!(midnight(b"9999/01/05", b'/'), None);
    }

    #[test]
    fn units_are_told_by_digits() {
        assert_eq!(ms_or_us(1_577_977_445_200), Some(1_577_977_445_200_000_000));
        assert_eq!(
            ms_or_us(1_577_977_445_200_123),
            Some(1_577_977_445_200_123_000)
        );
        assert_eq!(ms_or_us(i64::MAX), None);
    }
}
