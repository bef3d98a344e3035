//! Lengths of bars and periods, by our names and the vendor's.
//!
//! The vendor cuts bars of six hours and longer at midnight of UTC+8, unless their name ends in
//! `utc`. Ours (`6h`, `1d`, `1w`, `1M`) mean UTC; the vendor's own names (`6H`, `1D`, `1W`) mean
//! what they mean there and are kept apart in rows. Its months of UTC+8 (`1M`, `3M`) are spelled
//! like our months, which win.

use crate::continuity::{Grid, Params};

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A length of bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interval {
    /// In rows.
    pub(super) name: &'static str,
    /// In requests.
    pub(super) bar: &'static str,
    /// Milliseconds; the longest of a month.
    pub(super) length: i64,
}

const fn of(name: &'static str, bar: &'static str, length: i64) -> Interval {
    Interval { name, bar, length }
}

const ALL: &[Interval] = &[
    of("1s", "1s", SECOND),
    of("1m", "1m", MINUTE),
    of("3m", "3m", 3 * MINUTE),
    of("5m", "5m", 5 * MINUTE),
    of("15m", "15m", 15 * MINUTE),
    of("30m", "30m", 30 * MINUTE),
    of("1h", "1H", HOUR),
    of("2h", "2H", 2 * HOUR),
    of("4h", "4H", 4 * HOUR),
    of("6h", "6Hutc", 6 * HOUR),
    of("12h", "12Hutc", 12 * HOUR),
    of("1d", "1Dutc", DAY),
    of("2d", "2Dutc", 2 * DAY),
    of("3d", "3Dutc", 3 * DAY),
    of("1w", "1Wutc", 7 * DAY),
    of("1M", "1Mutc", 31 * DAY),
    of("3M", "3Mutc", 92 * DAY),
    of("6H", "6H", 6 * HOUR),
    of("12H", "12H", 12 * HOUR),
    of("1D", "1D", DAY),
    of("2D", "2D", 2 * DAY),
    of("3D", "3D", 3 * DAY),
    of("1W", "1W", 7 * DAY),
];

impl Interval {
    /// The interval of that name, ours or the vendor's.
    pub(super) fn named(name: &str) -> Result<Self, String> {
        let found = ALL.iter().find(|known| known.name == name);
        found
            .or_else(|| ALL.iter().find(|known| known.bar == name))
            .copied()
            .ok_or_else(|| {
                let names: Vec<_> = ALL.iter().map(|known| known.name).collect();
                format!(
                    "{NAME} has no interval {name:?}; it has {}",
                    names.join(", "),
                    NAME = super::NAME
                )
            })
    }

    /// Of a channel of bars: `candle1H` of the live channel, where months are those of UTC+8.
    pub(super) fn of_channel(channel: &str) -> Option<Self> {
        let (_, bar) = channel.split_once("candle")?;
        Self::named(bar).ok()
    }

    /// The grid of a parameter that names an interval; none where the vendor does not say on which
    /// days it begins.
    pub(super) fn grid(params: &Params, name: &str, default: &str) -> Option<Grid> {
        let given = params.get(name).filter(|given| !given.is_empty());
        let interval = Self::named(given.map_or(default, String::as_str)).ok()?;
        let is_odd = interval.length > DAY && interval.length != 7 * DAY;
        if interval.is_months() || is_odd {
            return None;
        }
        let grid = Grid::every_ms(interval.length);
        let ahead = interval.name.ends_with(['H', 'D', 'W']);
        Some(if ahead {
            grid.earlier_ms(8 * HOUR)
        } else {
            grid
        })
    }

    /// Whether it has no fixed length.
    pub(super) fn is_months(self) -> bool {
        self.name.ends_with('M')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_names_mean_utc_and_the_vendors_what_they_say() {
        let pairs = [
            ("1h", "1h", "1H"),
            ("1H", "1h", "1H"),
            ("6h", "6h", "6Hutc"),
            ("6Hutc", "6h", "6Hutc"),
            ("6H", "6H", "6H"),
            ("1d", "1d", "1Dutc"),
            ("1D", "1D", "1D"),
            ("1w", "1w", "1Wutc"),
            ("1M", "1M", "1Mutc"),
            ("1m", "1m", "1m"),
        ];
        for (asked, name, bar) in pairs {
            let interval = Interval::named(asked).unwrap();
            assert_eq!((interval.name, interval.bar), (name, bar), "{asked}");
        }
        assert!(Interval::named("7m").unwrap_err().contains("it has 1s, 1m"));
        assert_eq!(Interval::of_channel("candle1D").unwrap().name, "1D");
        assert_eq!(Interval::of_channel("trades"), None);
    }
}
