//! Requests as people make them, and what planning makes of them.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
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
        let symbol = self.symbols.get(usize::try_from(number.checked_div(slices)?).ok()?)?;
        let offset = chrono::TimeDelta::milliseconds((number % slices * self.slice_ms()) as i64);
        let from = self.from + offset;
        let to = (from + chrono::TimeDelta::milliseconds(self.slice_ms() as i64)).min(self.to);
        let stamp = from.format("%Y%m%dT%H%M%SZ");
        let name = match symbol {
            Some(symbol) => format!("{symbol}_{stamp}"),
            None => stamp.to_string(),
        };
        Some((name, Work::Range { symbol: symbol.clone(), from, to }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dates;

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
        assert_eq!(names, ["A_20240101T000000Z", "A_20240102T000000Z", "B_20240101T000000Z", "B_20240102T000000Z"]);
        let Work::Range { from, to, .. } = plan.item(1).unwrap().1 else { panic!("a range") };
        assert_eq!((from, to), (dates::parse("2024-01-02").unwrap(), plan.to));
        assert_eq!(plan.item(4), None);
    }
}
