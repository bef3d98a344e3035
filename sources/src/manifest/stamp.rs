//! How vendors write instants, in requests and in replies, to the nanosecond.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat};
use common::Decimal;

const NS_PER_DAY: i64 = 86_400_000_000_000;

/// How an instant is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stamp {
    /// Seconds since 1970, with a fraction perhaps.
    S,
    /// Milliseconds.
    Ms,
    /// Microseconds.
    Us,
    /// Nanoseconds.
    Ns,
    /// `2024-01-31T12:00:00Z`.
    Rfc3339,
    /// The same without a zone, UTC.
    Utc,
    /// `2024-01-31`: midnight UTC.
    Date,
}

impl Stamp {
    /// Every form by its name.
    pub(super) const NAMES: [(&'static str, Self); 7] = [
        ("s", Self::S),
        ("ms", Self::Ms),
        ("us", Self::Us),
        ("ns", Self::Ns),
        ("rfc3339", Self::Rfc3339),
        ("utc", Self::Utc),
        ("date", Self::Date),
    ];

    /// The form of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        let found = Self::NAMES.iter().find(|(own, _)| *own == name);
        found.map(|(_, stamp)| *stamp)
    }

    /// Nanoseconds between two instants that it can tell apart.
    pub(super) fn unit(self) -> i64 {
        match self {
            Self::S => 1_000_000_000,
            Self::Ms => 1_000_000,
            Self::Us => 1_000,
            Self::Ns | Self::Rfc3339 | Self::Utc => 1,
            Self::Date => NS_PER_DAY,
        }
    }

    /// An instant, what is finer than its unit cut off.
    pub(super) fn write(self, ns: i64) -> String {
        let instant = DateTime::from_timestamp_nanos(ns);
        match self {
            Self::S | Self::Ms | Self::Us | Self::Ns => ns.div_euclid(self.unit()).to_string(),
            Self::Rfc3339 => instant.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            Self::Utc => instant.format("%Y-%m-%dT%H:%M:%S%.f").to_string(),
            Self::Date => instant.format("%Y-%m-%d").to_string(),
        }
    }

    /// A vendor's text as nanoseconds since 1970.
    ///
    /// # Errors
    /// When it is not of the form, or finer than a nanosecond.
    pub(super) fn read(self, text: &str) -> Result<i64, String> {
        self.try_read(text)
            .ok_or_else(|| format!("{text:?}, expected {}", self.example()))
    }

    fn try_read(self, text: &str) -> Option<i64> {
        match self {
            Self::Ns => text.parse().ok(),
            Self::S | Self::Ms | Self::Us => match text.parse::<i64>() {
                Ok(whole) => whole.checked_mul(self.unit()),
                Err(_) => self.fraction(text),
            },
            Self::Rfc3339 => {
                let instant = DateTime::parse_from_rfc3339(text).ok()?;
                instant.timestamp_nanos_opt()
            }
            Self::Utc => ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"]
                .iter()
                .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())?
                .and_utc()
                .timestamp_nanos_opt(),
            Self::Date => {
                let day: NaiveDate = text.parse().ok()?;
                day.and_time(NaiveTime::MIN).and_utc().timestamp_nanos_opt()
            }
        }
    }

    /// `1688669597.8277369` seconds, exactly.
    fn fraction(self, text: &str) -> Option<i64> {
        const UNSCALED: i128 = 1_000_000_000_000_000_000;
        let number: Decimal = text.parse().ok()?;
        let scaled = number.unscaled().checked_mul(i128::from(self.unit()))?;
        (scaled % UNSCALED == 0).then(|| i64::try_from(scaled / UNSCALED).ok())?
    }

    fn example(self) -> &'static str {
        match self {
            Self::S => "seconds such as 1706702400 or 1706702400.25",
            Self::Ms => "milliseconds such as 1706702400000",
            Self::Us => "microseconds such as 1706702400000000",
            Self::Ns => "nanoseconds such as 1706702400000000000",
            Self::Rfc3339 => "a time with its zone such as 2024-01-31T12:00:00Z",
            Self::Utc => "a time without a zone such as 2024-01-31T12:00:00",
            Self::Date => "a date such as 2024-01-31",
        }
    }
}

/// The first instant after a bar, from its first one and its length such as `1m`; `None` for a
/// length that is none.
pub(super) fn bar_end(open: i64, length: &str) -> Option<i64> {
    let unit = length.chars().last()?;
    let number: i64 = length[..length.len() - unit.len_utf8()].parse().ok()?;
    let seconds: i64 = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        'M' => {
            let months = chrono::Months::new(u32::try_from(number).ok()?);
            let end = DateTime::from_timestamp_nanos(open).checked_add_months(months)?;
            return end.timestamp_nanos_opt();
        }
        _ => return None,
    };
    open.checked_add(number.checked_mul(seconds)?.checked_mul(1_000_000_000)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_exact_both_ways() {
        let ns = 1_706_702_400_123_456_789;
        for (stamp, text, read) in [
            (Stamp::Ns, "1706702400123456789", ns),
            (Stamp::Us, "1706702400123456", ns - 789),
            (Stamp::Ms, "1706702400123", ns - 456_789),
            (Stamp::S, "1706702400", ns - 123_456_789),
            (Stamp::Rfc3339, "2024-01-31T12:00:00.123456789Z", ns),
            (Stamp::Utc, "2024-01-31T12:00:00.123456789", ns),
            (Stamp::Date, "2024-01-31", 1_706_659_200_000_000_000),
        ] {
            assert_eq!(stamp.write(ns), text);
            assert_eq!(stamp.read(text), Ok(read));
            assert!(stamp.read("x").is_err() && stamp.read("").is_err());
        }
        assert_eq!(
            Stamp::S.read("1688669597.8277369"),
            Ok(1_688_669_597_827_736_900)
        );
        assert_eq!(
            Stamp::S.read("1.0000000005"),
            Err("\"1.0000000005\", expected seconds such as 1706702400 or 1706702400.25".into())
        );
        assert_eq!(
            Stamp::Utc.read("2024-01-31 12:00:00"),
            Ok(1_706_702_400_000_000_000)
        );
    }

    #[test]
    fn bars_end_by_their_length() {
        assert_eq!(bar_end(0, "1m"), Some(60_000_000_000));
        assert_eq!(bar_end(0, "1M"), Some(31 * NS_PER_DAY));
        assert_eq!(
            (bar_end(0, "60"), bar_end(0, ""), bar_end(0, "x m")),
            (None, None, None)
        );
    }
}
