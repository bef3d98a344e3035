//! Requests as people make them, and what planning makes of them.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use common::item::Work;

/// A request for a range of time. Requests by id are cut by the producer itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanRequest {
    /// The dataset.
    pub dataset: String,
    /// The symbols as the person wrote them; empty where the dataset has none.
    pub symbols: Vec<String>,
    /// First instant wanted.
    pub from: DateTime<Utc>,
    /// First instant no longer wanted.
    pub to: DateTime<Utc>,
    /// Length of one item's slice; the source's own choice when absent.
    pub slice: Option<Duration>,
    /// Further parameters, such as `interval`; defaults of the dataset already filled in.
    pub params: BTreeMap<String, String>,
    /// The time of planning: nothing after it exists yet.
    pub now: DateTime<Utc>,
}

impl PlanRequest {
    /// Checks that the range has a length and ends no later than `latest`.
    ///
    /// # Errors
    /// With what is wrong and what to write instead.
    pub fn check_range(&self, latest: DateTime<Utc>) -> Result<(), PlanError> {
        let (from, to) = (shown(self.from), shown(self.to));
        if self.from == self.to {
            return Err(PlanError(format!(
                "the range is empty: --from and --to are both {from}, and --to is exclusive"
            )));
        }
        if self.from > self.to {
            return Err(PlanError(format!(
                "the range is reversed: --from {from} is later than --to {to}"
            )));
        }
        if self.to > latest {
            let latest = shown(latest);
            return Err(PlanError(format!(
                "--to {to} is in the future: nothing exists after {latest}; use --to {latest}"
            )));
        }
        if self.from < DateTime::UNIX_EPOCH {
            return Err(PlanError(format!("--from {from} is before 1970")));
        }
        Ok(())
    }

    /// The length of a slice: as asked for, or the source's own choice.
    ///
    /// # Errors
    /// When it is shorter than a second, by which items are named, or longer than `longest`.
    pub fn slice_or(&self, default: Duration, longest: Duration) -> Result<Duration, PlanError> {
        let slice = self.slice.unwrap_or(default);
        if slice < Duration::from_secs(1) {
            return Err(PlanError(format!(
                "a slice of {slice:?} is shorter than a second"
            )));
        }
        if slice > longest {
            return Err(PlanError(format!(
                "a slice of {slice:?} is longer than {longest:?}, the most that {} allows",
                self.dataset
            )));
        }
        Ok(slice)
    }
}

fn shown(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// How long `requests` of `units` each take where `units_per_minute` are allowed.
#[must_use]
pub fn time_at_limit(requests: u64, units: u32, units_per_minute: u32) -> Duration {
    let total = requests as f64 * f64::from(units);
    // A century is as good as never, and a Duration can hold it.
    Duration::from_secs_f64((total * 60.0 / f64::from(units_per_minute.max(1))).min(3.2e9))
}

/// What a request comes to. Its items are made one by one: a plan of millions costs no memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// As in the request; a single `None` where the dataset has no symbols.
    pub symbols: Vec<Option<String>>,
    /// First instant.
    pub from: DateTime<Utc>,
    /// First instant no longer wanted.
    pub to: DateTime<Utc>,
    /// Length of a slice.
    pub slice: Duration,
    /// Requests that it will take, as far as can be told beforehand.
    pub requests: u64,
    /// Rows that it will yield, where that can be told beforehand.
    pub rows: Option<u64>,
    /// Time it takes at the vendor's documented limit.
    pub time_at_limit: Duration,
}

/// A request that the vendor cannot serve.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PlanError(pub String);

impl Plan {
    /// The slices of a request, not yet estimated.
    #[must_use]
    pub fn new(request: &PlanRequest, symbols: Vec<Option<String>>, slice: Duration) -> Self {
        Self {
            symbols,
            from: request.from,
            to: request.to,
            slice,
            requests: 0,
            rows: None,
            time_at_limit: Duration::ZERO,
        }
    }

    /// How many items there are.
    #[must_use]
    pub fn items(&self) -> u64 {
        self.symbols.len() as u64 * self.slices()
    }

    fn slices(&self) -> u64 {
        let span = (self.to - self.from).num_milliseconds().max(0) as u64;
        span.div_ceil(self.slice_ms())
    }

    fn slice_ms(&self) -> u64 {
        (self.slice.as_millis() as u64).max(1)
    }

    /// The item with that number, symbol after symbol, each in order of time: `(name, work)`.
    #[must_use]
    pub fn item(&self, number: u64) -> Option<(String, Work)> {
        let slices = self.slices();
        let symbol = self
            .symbols
            .get(usize::try_from(number.checked_div(slices)?).ok()?)?;
        let offset = chrono::TimeDelta::milliseconds((number % slices * self.slice_ms()) as i64);
        let from = self.from + offset;
        let to = (from + chrono::TimeDelta::milliseconds(self.slice_ms() as i64)).min(self.to);
        let stamp = from.format("%Y%m%dT%H%M%SZ");
        let name = match symbol {
            Some(symbol) => format!("{}_{stamp}", spelled(symbol)),
            None => stamp.to_string(),
        };
        Some((
            name,
            Work::Range {
                symbol: symbol.clone(),
                from,
                to,
            },
        ))
    }
}

/// A symbol in the letters of a [`common::item::Token`], each symbol its own: what may not stand
/// in one becomes its code point.
fn spelled(symbol: &str) -> String {
    symbol.chars().fold(String::new(), |mut name, c| {
        if c.is_ascii_alphanumeric() || c == '-' {
            name.push(c);
        } else {
            name.push_str(&format!("u{:x}", u32::from(c)));
        }
        name
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dates;

    #[test]
    fn names_of_symbols_stay_apart() {
        assert_eq!(spelled("BTC-USDT"), "BTC-USDT");
        assert_eq!(spelled("安USDT"), "u5b89USDT");
        assert_ne!(spelled("币USDT"), spelled("安USDT"));
    }

    #[test]
    fn ranges_that_cannot_be_are_refused_with_a_way_out() {
        let date = |text| dates::parse(text).unwrap();
        let check = |from, to| {
            let request = PlanRequest {
                dataset: "d".into(),
                symbols: vec![],
                from: date(from),
                to: date(to),
                slice: None,
                params: BTreeMap::new(),
                now: date("2024-03-01"),
            };
            request
                .check_range(request.now)
                .map_err(|error| error.to_string())
        };
        assert_eq!(check("2024-01-01", "2024-03-01"), Ok(()));
        assert!(
            check("2024-01-02", "2024-01-02")
                .unwrap_err()
                .contains("is empty")
        );
        assert!(
            check("2024-01-02", "2024-01-01")
                .unwrap_err()
                .contains("reversed")
        );
        assert!(
            check("2024-01-02", "2024-03-02")
                .unwrap_err()
                .ends_with("use --to 2024-03-01T00:00:00Z")
        );
        assert!(
            check("1969-01-02", "2024-01-02")
                .unwrap_err()
                .contains("1970")
        );
    }

    #[test]
    fn time_follows_the_limit() {
        assert_eq!(time_at_limit(1500, 4, 6000), Duration::from_secs(60));
        assert!(time_at_limit(u64::MAX, u32::MAX, 1) < Duration::MAX);
    }

    #[test]
    fn items_cover_the_range_without_gap_or_overlap() {
        let plan = Plan {
            symbols: vec![Some("A".into()), Some("B".into())],
            from: dates::parse("2024-01-01").unwrap(),
            to: dates::parse("2024-01-02T12:00:00Z").unwrap(),
            slice: Duration::from_secs(86_400),
            requests: 0,
            rows: None,
            time_at_limit: Duration::ZERO,
        };
        assert_eq!(plan.items(), 4);
        let names: Vec<_> = (0..4).map(|n| plan.item(n).unwrap().0).collect();
        assert_eq!(
            names,
            [
                "A_20240101T000000Z",
                "A_20240102T000000Z",
                "B_20240101T000000Z",
                "B_20240102T000000Z"
            ]
        );
        let Work::Range { from, to, .. } = plan.item(1).unwrap().1 else {
            panic!("a range")
        };
        assert_eq!((from, to), (dates::parse("2024-01-02").unwrap(), plan.to));
        assert_eq!(plan.item(4), None);
    }
}
