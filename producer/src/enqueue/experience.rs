//! What the ledger has seen of a dataset, and what a request will come to by that: requests, rows,
//! disk and time.
//!
//! Without any the source's own reckoning stands, which knows pages and limits but not how much
//! happened on a day.

use std::collections::BTreeMap;
use std::time::Duration;

use clickhouse::Row;
use common::jobs::Estimate;
use common::settings::{self, Settings};
use serde::Deserialize;
use sources::Plan;

use super::Prepared;
use crate::status::ledger;

/// Symbols and kinds of items of one dataset that are looked at.
const MOST: usize = 20_000;
/// Lengths of slices that differ by no more than this share are the same.
const SAME: f64 = 0.05;

/// What was seen of items of one symbol and kind.
#[derive(Debug, Clone, PartialEq, Deserialize, Row)]
struct Seen {
    /// As it was asked for; empty where there is none.
    symbol: String,
    /// As a JSON object.
    params: String,
    items: u64,
    /// Of all their windows.
    seconds: f64,
    ids: u64,
    rows: u64,
    requests: u64,
    api_ms: u64,
}

/// What the tables of a dataset take.
#[derive(Debug, Deserialize, Row)]
struct Size {
    rows: u64,
    bytes: u64,
}

/// What is known of a dataset.
#[derive(Debug, Default)]
pub(crate) struct Experience {
    seen: Vec<Seen>,
    /// Bytes on disk a row.
    bytes_per_row: Option<f64>,
}

impl Experience {
    /// Asks the ledger; an error when it does not tell.
    pub(crate) async fn of(prepared: &Prepared, settings: &Settings) -> anyhow::Result<Self> {
        let store = &settings.clickhouse;
        let query = format!(
            "SELECT l.symbol AS symbol, l.params AS params, count() AS items, \
             sum((toUnixTimestamp64Milli(l.window_to) - toUnixTimestamp64Milli(l.window_from)) / 1000) AS seconds, \
             toUInt64(sum(length(l.ids))) AS ids, sum(l.rows) AS rows, sum(l.requests) AS requests, \
             sum(l.api_ms) AS api_ms FROM {} AS l FINAL \
             WHERE l.source = ? AND l.dataset = ? AND l.outcome = 'done' AND l.requests > 0 \
             GROUP BY symbol, params ORDER BY items DESC LIMIT {MOST}",
            ledger::table(store)
        );
        let client = ledger::client(store);
        let request = &prepared.request;
        let seen = client
            .query(&query)
            .bind(&request.source)
            .bind(&request.dataset);
        let seen = ledger::patiently(seen.fetch_all()).await?;
        let tables: Vec<_> = prepared.tables.iter().map(|table| table.name()).collect();
        let size = client
            .query(
                "SELECT toUInt64(sum(p.rows)) AS rows, toUInt64(sum(p.bytes_on_disk)) AS bytes \
                 FROM system.parts AS p WHERE p.active AND p.database = ? AND p.table IN ?",
            )
            .bind(&store.database)
            .bind(tables);
        let size: Size = ledger::patiently(size.fetch_one()).await?;
        Ok(Self {
            seen,
            bytes_per_row: (size.rows > 0).then(|| size.bytes as f64 / size.rows as f64),
        })
    }

    /// The estimate of a request by what was seen, where anything was.
    pub(crate) fn refine(&self, prepared: &mut Prepared, settings: &Settings) {
        let params = &prepared.request.params;
        let expected = match (prepared.items.plan(), &prepared.tally) {
            (Some(plan), _) => self.of_plan(plan, params),
            (None, Some(tally)) => self.of_ids(tally.ids, params),
            (None, None) => None,
        };
        let Some(expected) = expected else { return };
        let section = settings.source(&prepared.request.source);
        let estimate = &mut prepared.estimate;
        estimate.requests = expected.requests.round() as u64;
        estimate.rows = Some(expected.rows.round() as u64);
        let bytes = self.bytes_per_row.map(|bytes| bytes * expected.rows);
        estimate.bytes_on_disk = bytes.map(|bytes| bytes.round() as u64);
        if let Some(section) = section {
            let time = time(estimate, section, expected.api);
            estimate.time_at_limit_s = Some(time.as_secs_f64().ceil() as u64);
        }
    }

    fn of_ids(&self, ids: u64, params: &BTreeMap<String, String>) -> Option<Expected> {
        let known = self.all_of(&spelled(params)).filter(|seen| seen.ids > 0)?;
        let share = ids as f64 / known.ids as f64;
        Some(Expected {
            requests: known.requests as f64 * share,
            rows: known.rows as f64 * share,
            api: known.api(),
        })
    }

    fn of_plan(&self, plan: &Plan, params: &BTreeMap<String, String>) -> Option<Expected> {
        let mut expected = Expected::default();
        let mut api = (0.0, 0.0);
        for segment in &plan.segments {
            let mut params = params.clone();
            params.extend(segment.params.clone());
            let params = spelled(&params);
            let slices = segment.slices() as f64;
            let seconds = (segment.to - segment.from).as_seconds_f64();
            let usual = self.all_of(&params);
            for symbol in &plan.symbols {
                let symbol = plain(symbol.as_deref().unwrap_or(""));
                let same = |seen: &&Seen| seen.params == params && plain(&seen.symbol) == symbol;
                let known = self.seen.iter().find(same).or(usual.as_ref())?;
                let (share, of_items) = known.share(slices, seconds)?;
                expected.requests += (known.requests as f64 * of_items).max(slices);
                expected.rows += known.rows as f64 * share;
                api.0 += known.api_ms as f64;
                api.1 += known.requests as f64;
            }
        }
        expected.api = Duration::from_secs_f64(api.0 / 1e3 / f64::max(api.1, 1.0));
        Some(expected)
    }

    /// All symbols of a kind together.
    fn all_of(&self, params: &str) -> Option<Seen> {
        let same = self.seen.iter().filter(|seen| seen.params == params);
        same.cloned().reduce(|all, seen| Seen {
            items: all.items + seen.items,
            seconds: all.seconds + seen.seconds,
            ids: all.ids + seen.ids,
            rows: all.rows + seen.rows,
            requests: all.requests + seen.requests,
            api_ms: all.api_ms + seen.api_ms,
            ..all
        })
    }
}

impl Seen {
    /// How much `seconds` in so many slices are of what was seen: of its rows, and of its requests,
    /// which count by item where items are of the same length.
    fn share(&self, slices: f64, seconds: f64) -> Option<(f64, f64)> {
        if self.seconds <= 0.0 || slices <= 0.0 {
            return None;
        }
        let share = seconds / self.seconds;
        let items = self.items as f64;
        let lengths = (seconds / slices) / (self.seconds / items);
        let is_same = (lengths - 1.0).abs() <= SAME;
        Some((share, if is_same { slices / items } else { share }))
    }

    /// The usual time of a request.
    fn api(&self) -> Duration {
        Duration::from_millis(self.api_ms.checked_div(self.requests).unwrap_or(0))
    }
}

/// What a request will come to.
#[derive(Debug, Clone, PartialEq, Default)]
struct Expected {
    requests: f64,
    rows: f64,
    /// The usual time of a request.
    api: Duration,
}

/// How long the requests take one worker: what the vendor and the settings allow in a window goes out
/// at once, and as many as may be in work are.
fn time(estimate: &Estimate, section: &settings::Source, api: Duration) -> Duration {
    let requests = estimate.requests;
    let windows = |most: u64, window: Duration| {
        let full = requests.saturating_sub(1).checked_div(most).unwrap_or(0);
        window.mul_f64(full as f64)
    };
    let own = windows(
        u64::from(section.requests_per_minute),
        Duration::from_millis(section.window_ms),
    );
    let vendors = estimate.limit.as_ref().map_or(Duration::ZERO, |limit| {
        let most = limit.units_per_minute / limit.units_per_request.max(1);
        windows(u64::from(most), Duration::from_secs(60))
    });
    let [least, most] = section.delay_ms;
    let delays = Duration::from_millis((least + most) / 2).mul_f64(requests as f64);
    let answers = api.mul_f64(requests as f64 / section.concurrency.max(1) as f64);
    [own, vendors, delays, answers]
        .into_iter()
        .max()
        .unwrap_or_default()
}

/// As the ledger writes parameters.
fn spelled(params: &BTreeMap<String, String>) -> String {
    serde_json::to_string(params).unwrap_or_default()
}

/// A symbol without what people write in different ways.
fn plain(symbol: &str) -> String {
    let kept = symbol.chars().filter(char::is_ascii_alphanumeric);
    kept.map(|letter| letter.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, TimeDelta};
    use sources::plan::{Cut, Segment};

    fn seen(symbol: &str, items: u64, hours: f64, requests: u64, rows: u64) -> Seen {
        Seen {
            symbol: symbol.to_owned(),
            params: r#"{"interval":"1m"}"#.to_owned(),
            items,
            seconds: hours * 3_600.0,
            ids: items,
            rows,
            requests,
            api_ms: requests * 200,
        }
    }

    fn plan(symbols: &[&str], hours: i64, slice_h: u64) -> Plan {
        let from = DateTime::UNIX_EPOCH;
        let segment = Segment {
            from,
            to: from + TimeDelta::hours(hours),
            cut: Cut::every(Duration::from_secs(slice_h * 3_600)),
            params: BTreeMap::new(),
        };
        let symbols = symbols.iter().map(|symbol| Some((*symbol).to_owned()));
        Plan::of(symbols.collect(), vec![segment])
    }

    #[test]
    fn what_was_seen_is_expected_again() {
        let experience = Experience {
            seen: vec![
                seen("BTC-USDT", 24, 24.0, 48, 4_800),
                seen("ETHUSDT", 24, 24.0, 24, 240),
            ],
            bytes_per_row: None,
        };
        let params = [("interval".to_owned(), "1m".to_owned())].into();
        let expected = |plan: &Plan| {
            let expected = experience.of_plan(plan, &params).unwrap();
            (expected.requests, expected.rows)
        };
        // By item where slices are as they were, by time where not.
        assert_eq!(expected(&plan(&["btcusdt"], 12, 1)), (24.0, 2_400.0));
        assert_eq!(expected(&plan(&["BTC-USDT"], 12, 2)), (24.0, 2_400.0));
        // An unknown symbol is as all are together.
        assert_eq!(expected(&plan(&["X", "ETH-USDT"], 24, 1)), (60.0, 2_760.0));
        // No item without a request.
        assert_eq!(expected(&plan(&["ETHUSDT"], 1, 1)), (1.0, 10.0));
        let other = [("interval".to_owned(), "5m".to_owned())].into();
        assert_eq!(experience.of_plan(&plan(&["X"], 1, 1), &other), None);
    }

    #[test]
    fn the_slowest_of_all_limits_decides() {
        let section = |per_minute: u32, delay_ms: u64| {
            let section = serde_json::json!({
                "base_url": "http://x", "token": "", "token_file": "", "accept_terms": false,
                "delay_ms": [delay_ms, delay_ms], "concurrency": 4,
                "requests_per_minute": per_minute, "redirect_hosts": [],
            });
            serde_json::from_value::<settings::Source>(section).unwrap()
        };
        let estimate = Estimate {
            requests: 21,
            ..Estimate::default()
        };
        let took = |per_minute, delay_ms, api_ms| {
            let api = Duration::from_millis(api_ms);
            time(&estimate, &section(per_minute, delay_ms), api).as_secs_f64()
        };
        // Ten go out at once, ten after a minute, one after the next.
        assert_eq!(took(10, 0, 0), 120.0);
        assert_eq!(took(1_000, 2_000, 0), 42.0);
        assert_eq!(took(1_000, 0, 4_000), 21.0);
    }
}
