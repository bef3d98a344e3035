//! Times of Alpaca: RFC 3339 in UTC with as many digits of the second as are not zero, up to nine.
//!
//! Every row has one, so the usual form is read by hand; anything else goes the slow way.

use chrono::NaiveDate;

use crate::ask::ParseError;
use crate::window;

const NS_PER_SECOND: i64 = 1_000_000_000;

/// Nanoseconds since 1970.
pub(super) fn ns(text: &str, at: impl FnOnce() -> String) -> Result<i64, ParseError> {
    match usual(text.as_bytes()) {
        Some(ns) => Ok(ns),
        None => window::from_rfc3339(text, &at()),
    }
}

/// `2024-08-18T19:30:00.123456789Z`, with none to nine digits after the second.
fn usual(text: &[u8]) -> Option<i64> {
    let (head, rest) = text.split_at_checked(19)?;
    let number = |from: usize, to: usize| {
        head[from..to].iter().try_fold(0u32, |number, byte| {
            byte.is_ascii_digit()
                .then(|| number * 10 + u32::from(byte - b'0'))
        })
    };
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if marks.iter().any(|(place, mark)| head[*place] != *mark) {
        return None;
    }
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let year = i32::try_from(number(0, 4)?).ok()?;
    let day = NaiveDate::from_ymd_opt(year, number(5, 7)?, number(8, 10)?)?;
    let days = i64::from(day.to_epoch_days());
    let seconds = days * 86_400 + i64::from(hour * 3_600 + minute * 60 + second);
    seconds
        .checked_mul(NS_PER_SECOND)?
        .checked_add(fraction(rest)?)
}

/// What follows the second: `Z`, or a point, one to nine digits and `Z`.
fn fraction(text: &[u8]) -> Option<i64> {
    let digits = match text {
        b"Z" => return Some(0),
        [b'.', digits @ .., b'Z'] if (1..=9).contains(&digits.len()) => digits,
        _ => return None,
    };
    let mut value = 0;
    for place in 0..9 {
        let digit = digits.get(place).copied().unwrap_or(b'0');
        if !digit.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i64::from(digit - b'0');
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_digits_is_read() {
        let read = |text: &str| ns(text, || "t".to_owned());
        let second = 1_634_112_000_000_000_000;
        for (text, fraction) in [
            ("2021-10-13T08:00:00Z", 0),
            ("2021-10-13T08:00:00.08960768Z", 89_607_680),
            ("2021-10-13T08:00:00.000000001Z", 1),
            ("2021-10-13T08:00:00.5Z", 500_000_000),
            ("2021-10-13T04:00:00.25-04:00", 250_000_000),
        ] {
            assert_eq!(read(text), Ok(second + fraction), "{text}");
            assert_eq!(usual(text.as_bytes()).is_some(), text.ends_with('Z'));
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
}
