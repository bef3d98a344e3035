//! Requests as people make them, and what planning makes of them.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use common::item::Work;
use xxhash_rust::xxh3::xxh3_64;

pub use common::segment::{Cut, Gap, Segment};

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
    /// As in the request, or several of them joined by commas where one request can ask for many;
    /// a single `None` where the dataset has no symbols.
    pub symbols: Vec<Option<String>>,
    /// The parts of the range that are asked for, in order of time.
    pub segments: Vec<Segment>,
    /// The parts that the vendor cannot serve.
    pub gaps: Vec<Gap>,
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
    /// The slices of a request, all of one length and kind, not yet estimated.
    #[must_use]
    pub fn new(request: &PlanRequest, symbols: Vec<Option<String>>, slice: Duration) -> Self {
        let segment = Segment {
            from: request.from,
            to: request.to,
            cut: Cut::every(slice),
            params: BTreeMap::new(),
        };
        Self::of(symbols, vec![segment])
    }

    /// Several parts, each cut in its own way, not yet estimated.
    #[must_use]
    pub fn of(symbols: Vec<Option<String>>, segments: Vec<Segment>) -> Self {
        Self {
            symbols,
            segments,
            gaps: Vec::new(),
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
        self.segments.iter().map(Segment::slices).sum()
    }

    /// The item with that number, symbol after symbol, each in order of time.
    #[must_use]
    pub fn item(&self, number: u64) -> Option<Slice> {
        let slices = self.slices();
        let symbol = self
            .symbols
            .get(usize::try_from(number.checked_div(slices)?).ok()?)?;
        let mut slice = number % slices;
        let segment = self.segments.iter().find(|segment| {
            let inside = slice < segment.slices();
            if !inside {
                slice -= segment.slices();
            }
            inside
        })?;
        let (from, to) = segment.slice(slice);
        let stamp = from.format("%Y%m%dT%H%M%SZ");
        let name = match symbol {
            Some(symbol) => format!("{}_{stamp}", spelled(symbol)),
            None => stamp.to_string(),
        };
        let work = Work::Range {
            symbol: symbol.clone(),
            from,
            to,
        };
        let params = segment.params.clone();
        Some(Slice { name, work, params })
    }
}

/// One item of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    /// Its name within the job.
    pub name: String,
    /// The slice of time and the symbol.
    pub work: Work,
    /// Parameters that it has beside those of the request.
    pub params: BTreeMap<String, String>,
}

/// A symbol in the letters of a [`common::item::Token`], each symbol its own: what may not stand
/// in one becomes its code point. Of several symbols the first is named, and a hash of all.
fn spelled(symbol: &str) -> String {
    const LONGEST: usize = 60;
    let (first, more) = symbol.split_once(',').unwrap_or((symbol, ""));
    let name = letters(first);
    if more.is_empty() && name.len() <= LONGEST {
        return name;
    }
    let kept = &name[..name.len().min(LONGEST)];
    format!("{kept}_{:016x}", xxh3_64(symbol.as_bytes()))
}

fn letters(symbol: &str) -> String {
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
        assert_ne!(spelled("AAPL,MSFT"), spelled("AAPL,IBM"));
        assert!(spelled("AAPL,MSFT").starts_with("AAPL_"));
        assert!(spelled(&"币".repeat(50)).len() < 100);
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
    fn segments_follow_each_other_with_their_own_cuts() {
        let date = |text| dates::parse(text).unwrap();
        let segment = |from, to, cut, via: &str| Segment {
            from: date(from),
            to: date(to),
            cut,
            params: [("via".to_owned(), via.to_owned())].into(),
        };
        let plan = Plan::of(
            vec![Some("A".into())],
            vec![
                segment("2023-12-15T06:00:00Z", "2024-03-01", Cut::Months, "monthly"),
                segment("2024-03-01", "2024-03-02T12:00:00Z", Cut::Days(1), "daily"),
                segment(
                    "2024-03-02T12:00:00Z",
                    "2024-03-02T13:30:00Z",
                    Cut::every(Duration::from_secs(3_600)),
                    "rest",
                ),
            ],
        );
        let items: Vec<_> = (0..plan.items())
            .map(|number| {
                let slice = plan.item(number).unwrap();
                let Work::Range { from, to, .. } = slice.work else {
                    panic!("a range")
                };
                format!(
                    "{} {}..{}",
                    slice.params["via"],
                    from.format("%m-%dT%H:%M"),
                    to.format("%m-%dT%H:%M")
                )
            })
            .collect();
        assert_eq!(
            items,
            [
                "monthly 12-15T06:00..01-01T00:00",
                "monthly 01-01T00:00..02-01T00:00",
                "monthly 02-01T00:00..03-01T00:00",
                "daily 03-01T00:00..03-02T00:00",
                "daily 03-02T00:00..03-02T12:00",
                "rest 03-02T12:00..03-02T13:00",
                "rest 03-02T13:00..03-02T13:30",
            ]
        );
        assert_eq!(plan.item(7), None);
    }

    #[test]
    fn items_cover_the_range_without_gap_or_overlap() {
        let date = |text| dates::parse(text).unwrap();
        let segment = Segment {
            from: date("2024-01-01"),
            to: date("2024-01-02T12:00:00Z"),
            cut: Cut::every(Duration::from_secs(86_400)),
            params: BTreeMap::new(),
        };
        let plan = Plan::of(vec![Some("A".into()), Some("B".into())], vec![segment]);
        assert_eq!(plan.items(), 4);
        let names: Vec<_> = (0..4).map(|n| plan.item(n).unwrap().name).collect();
        assert_eq!(
            names,
            [
                "A_20240101T000000Z",
                "A_20240102T000000Z",
                "B_20240101T000000Z",
                "B_20240102T000000Z"
            ]
        );
        let Work::Range { from, to, .. } = plan.item(1).unwrap().work else {
            panic!("a range")
        };
        assert_eq!((from, to), (date("2024-01-02"), plan.segments[0].to));
        assert_eq!(plan.item(4), None);
    }
}
