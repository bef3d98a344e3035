//! Where a file of the archive lies, by the vendor's `README` of `binance-public-data`:
//! `/data/{spot|futures/um}/{daily|monthly}/{type}/{SYMBOL}/[{interval}/]{SYMBOL}-{type or
//! interval}-{YYYY-MM[-DD]}.zip`, each with a `.CHECKSUM` beside it.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::super::klines::Interval;
use super::Market;

const DAY_MS: i64 = 86_400_000;

/// What lies in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    AggTrades,
    Trades,
    Klines(Interval),
    FundingRate,
    Metrics,
}

impl Kind {
    /// The folder of all its files, and the word in their names where it is not the interval.
    fn folder(self) -> &'static str {
        match self {
            Self::AggTrades => "aggTrades",
            Self::Trades => "trades",
            Self::Klines(_) => "klines",
            Self::FundingRate => "fundingRate",
            Self::Metrics => "metrics",
        }
    }

    pub(super) fn has_months(self) -> bool {
        self != Self::Metrics
    }

    pub(super) fn has_days(self) -> bool {
        match self {
            // Bars longer than a day would stand in the files of some days alone.
            Self::Klines(interval) => interval.length.is_some_and(|length| length <= DAY_MS),
            kind => kind != Self::FundingRate,
        }
    }
}

/// The span of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum File {
    /// By its first day.
    Month(NaiveDate),
    Day(NaiveDate),
}

impl File {
    pub(super) fn month_of(day: NaiveDate) -> Self {
        Self::Month(day.with_day(1).unwrap_or(day))
    }

    pub(super) fn first_day(self) -> NaiveDate {
        match self {
            Self::Month(day) | Self::Day(day) => day,
        }
    }

    /// Its first instant, and the first no longer in it.
    pub(super) fn span(self) -> (DateTime<Utc>, DateTime<Utc>) {
        let first = self.first_day();
        let end = match self {
            Self::Month(_) => first.checked_add_months(Months::new(1)),
            Self::Day(_) => first.succ_opt(),
        };
        let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        // The calendar ends in the year 262142.
        (
            midnight(first),
            end.map_or(DateTime::<Utc>::MAX_UTC, midnight),
        )
    }

    /// The day after its last.
    pub(super) fn day_after(self) -> NaiveDate {
        self.span().1.date_naive()
    }

    /// The path of its zip.
    pub(super) fn path(self, market: Market, kind: Kind, symbol: &str) -> String {
        let period = match self {
            Self::Month(_) => "monthly",
            Self::Day(_) => "daily",
        };
        let (folder, files) = (market.folder(), kind.folder());
        match kind {
            Kind::Klines(interval) => {
                // Names of files are the same in both cases on some disks: a month is not `1M`.
                let name = if interval.name == "1M" {
                    "1mo"
                } else {
                    interval.name
                };
                format!(
                    "/data/{folder}/{period}/{files}/{symbol}/{name}/{symbol}-{name}-{self}.zip"
                )
            }
            _ => format!("/data/{folder}/{period}/{files}/{symbol}/{symbol}-{files}-{self}.zip"),
        }
    }
}

/// `2024-01` or `2024-01-05`, as in the names of files.
impl fmt::Display for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Month(first) => write!(f, "{}", first.format("%Y-%m")),
            Self::Day(day) => write!(f, "{day}"),
        }
    }
}

impl FromStr for File {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let day = |text: &str| text.parse::<NaiveDate>().map_err(|_| ());
        match text.len() {
            0..=7 => day(&format!("{text}-01")).map(Self::Month),
            _ => day(text).map(Self::Day),
        }
    }
}

/// Midnight of the day that holds an instant.
pub(super) fn day_floor(at: DateTime<Utc>) -> DateTime<Utc> {
    File::Day(at.date_naive()).span().0
}

/// The next midnight, or the instant itself if it is one.
pub(super) fn day_ceil(at: DateTime<Utc>) -> DateTime<Utc> {
    let floor = day_floor(at);
    if floor == at {
        at
    } else {
        floor + TimeDelta::days(1)
    }
}

/// The beginning of the month that holds an instant.
pub(super) fn month_floor(at: DateTime<Utc>) -> DateTime<Utc> {
    File::month_of(at.date_naive()).span().0
}

/// The next beginning of a month, or the instant itself if it is one.
pub(super) fn month_ceil(at: DateTime<Utc>) -> DateTime<Utc> {
    let (first, next) = File::month_of(at.date_naive()).span();
    if first == at { at } else { next }
}
