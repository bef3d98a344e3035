//! What a schedule asks for: a request whose range follows from the due time.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use common::item::Token;
use common::settings::Settings;
use serde::{Deserialize, Serialize};
use sources::{PlanError, Selection};

use super::when::{day_of, length, shown};
use crate::cli::{Cache, Priority, RangeArgs, Wanted};
use crate::enqueue::Prepared;
use crate::enqueue::range::{self, Kind};
use crate::failure::usage;

/// A request without its range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct What {
    pub(super) source: String,
    pub(super) dataset: String,
    #[serde(default)]
    pub(super) symbols: Vec<String>,
    #[serde(default)]
    pub(super) params: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) slice_s: Option<u64>,
    #[serde(default)]
    pub(super) cache: Cache,
    #[serde(default)]
    pub(super) fetch_only: bool,
    #[serde(default)]
    pub(super) priority: Priority,
    pub(super) window: Window,
}

/// The range of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Window {
    /// The seconds before the due time.
    Last { seconds: u32 },
    /// The whole days of a calendar before the due time.
    Days { days: u32, zone: Tz },
    /// What exists only now.
    Now,
}

impl Window {
    /// From and to, cut down to multiples of `grid` where bars have a length.
    fn range(&self, due: DateTime<Utc>, grid: Option<u32>) -> (DateTime<Utc>, DateTime<Utc>) {
        match self {
            Self::Last { seconds } => {
                let from = due - TimeDelta::seconds((*seconds).into());
                (floor(from, grid), floor(due, grid))
            }
            Self::Days { days, zone } => {
                let today = day_of(due, *zone);
                let first = today - chrono::Days::new((*days).into());
                let midnight = |day: chrono::NaiveDate| shown(day.and_time(NaiveTime::MIN), *zone);
                (midnight(first), midnight(today))
            }
            Self::Now => (due - TimeDelta::seconds(1), due),
        }
    }
}

fn floor(at: DateTime<Utc>, grid: Option<u32>) -> DateTime<Utc> {
    let grid = i64::from(grid.unwrap_or(1));
    let whole = at.timestamp().div_euclid(grid) * grid;
    DateTime::from_timestamp(whole, 0).unwrap_or(at)
}

/// Seconds from one row to the next, where a parameter says so.
fn grid(params: &BTreeMap<String, String>) -> Option<u32> {
    let named = ["interval", "period", "resolution"];
    let value = named.iter().find_map(|name| params.get(*name))?;
    let digits = value.trim_end_matches(|c: char| !c.is_ascii_digit());
    let number: u32 = digits.parse().ok()?;
    let unit = match &value[digits.len()..] {
        "" | "s" => 1,
        "m" => 60,
        "h" | "H" => 3_600,
        "d" | "D" => 86_400,
        // Weeks and months begin on days of their own: whole days are as near as can be said here.
        _ => return Some(86_400),
    };
    number.checked_mul(unit).filter(|grid| *grid > 0)
}

impl What {
    /// The request of the run that is due then, checked and planned; contacts nobody.
    ///
    /// # Errors
    /// When the source, the configuration or the vendor's limits do not allow it.
    pub(crate) fn prepare(
        &self,
        job: Token,
        due: DateTime<Utc>,
        now: DateTime<Utc>,
        settings: &Settings,
    ) -> anyhow::Result<Prepared> {
        let refused = |error: PlanError| usage(error.to_string());
        let source = sources::find_or_list(&self.source).map_err(refused)?;
        let dataset = source.dataset(&self.dataset).map_err(refused)?;
        let kind = self.kind(dataset.selection)?;
        let grid = grid(&dataset.fill_params(&self.params).map_err(refused)?);
        if let (Window::Last { seconds }, Some(grid)) = (&self.window, grid)
            && *seconds < grid
        {
            let (last, bar) = (length(*seconds), length(grid));
            return Err(usage(format!(
                "--last {last} holds no whole {bar}: write --last {bar} or more"
            )));
        }
        let (from, to) = self.window.range(due, grid);
        let wanted = Wanted {
            source: self.source.clone(),
            dataset: self.dataset.clone(),
            params: self.params.clone().into_iter().collect(),
            cache: self.cache,
            fetch_only: self.fetch_only,
            job: Some(job),
            priority: self.priority,
            dry_run: false,
        };
        let args = RangeArgs {
            wanted,
            symbols: self.symbols.clone(),
            from,
            to,
            slice: self.slice_s.map(Duration::from_secs),
            interval: None,
        };
        range::plan(args, settings, kind, now)
    }

    /// How the dataset is asked for; the window must be of that kind.
    fn kind(&self, selection: Selection) -> anyhow::Result<Kind> {
        let of = format!("{} of {}", self.dataset, self.source);
        match (selection, &self.window) {
            (Selection::Ids, _) => Err(usage(format!(
                "{of} is asked for by id, which schedules cannot: use producer enqueue ids"
            ))),
            (Selection::SymbolRange | Selection::Range, Window::Now) => Err(usage(format!(
                "{of} is asked for by time: add --last 5d or --days 1"
            ))),
            (Selection::SymbolRange | Selection::Range, _) => Ok(Kind::Range),
            (Selection::Snapshot | Selection::Now, Window::Now) => Ok(Kind::Now),
            (Selection::Snapshot | Selection::Now, _) => Err(usage(format!(
                "{of} exists only as it is now: leave out --last and --days"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn params(interval: &str) -> BTreeMap<String, String> {
        [("interval".to_owned(), interval.to_owned())].into()
    }

    #[test]
    fn the_last_days_end_with_a_whole_bar() {
        let window = Window::Last {
            seconds: 5 * 86_400,
        };
        let due = utc("2024-03-09T12:05:10Z");
        assert_eq!(
            window.range(due, grid(&params("5m"))),
            (utc("2024-03-04T12:05:00Z"), utc("2024-03-09T12:05:00Z"))
        );
        assert_eq!(
            window.range(due, grid(&params("1M"))),
            (utc("2024-03-04T00:00:00Z"), utc("2024-03-09T00:00:00Z"))
        );
        assert_eq!(
            window.range(due, grid(&BTreeMap::new())),
            (utc("2024-03-04T12:05:10Z"), due)
        );
    }

    #[test]
    fn yesterday_is_a_day_of_the_place() {
        let yesterday = Window::Days {
            days: 1,
            zone: "Europe/Berlin".parse().unwrap(),
        };
        // The day on which clocks are put forward has 23 hours.
        assert_eq!(
            yesterday.range(utc("2024-04-01T00:30:00Z"), None),
            (utc("2024-03-30T23:00:00Z"), utc("2024-03-31T22:00:00Z"))
        );
    }

    #[test]
    fn lengths_of_bars_are_read() {
        let read = |interval| grid(&params(interval));
        assert_eq!(read("5m"), Some(300));
        assert_eq!(read("1H"), Some(3_600));
        assert_eq!(read("1mo"), Some(86_400));
        assert_eq!(read("60"), Some(60));
        assert_eq!((read("0m"), read(""), read("raw")), (None, None, None));
    }
}
