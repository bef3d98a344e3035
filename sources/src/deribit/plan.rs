//! Cuts ranges of Deribit into items.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::klines::{self, Interval};
use super::name::{Form, Name};
use super::volatility::{self, Resolution};
use super::{
    BOOK_SNAPSHOTS, CREDITS_OF_CALL, CREDITS_PER_MINUTE, FUNDING_RATES, HISTORY, KLINES,
    LIQUIDATIONS, TRADES, VOLATILITY_INDEX, books, funding, instruments, paging,
};
use crate::plan::{Cut, Plan, PlanError, PlanRequest, Segment, time_at_limit};
use crate::source::{Dataset, Selection};

/// The busiest instrument has some pages of the history host a day.
const SLICE_OF_HISTORY: Duration = Duration::from_secs(86_400);
/// Pages of the main host are a tenth as long.
const SLICE_OF_RECENT: Duration = Duration::from_secs(3_600);
/// Requests in an item of bars: enough to be worth one, few enough to be repeated.
const REQUESTS_OF_ITEM: i64 = 10;
/// What exists only now is asked for by the second.
const NOW: Duration = Duration::from_secs(60);
const HOUR_MS: i64 = 3_600_000;

pub(super) fn plan(dataset: &Dataset, request: &PlanRequest) -> Result<Plan, PlanError> {
    request.check_range(request.now)?;
    let symbols = symbols(request)?;
    let mut plan = match dataset.name {
        _ if dataset.selection == Selection::Snapshot => now(request, symbols)?,
        TRADES | LIQUIDATIONS => trades(request, symbols)?,
        KLINES => {
            let interval = Interval::named(param(request, "interval")).map_err(PlanError)?;
            steps(request, symbols, interval.ms, klines::PAGE)?
        }
        FUNDING_RATES => {
            only_perpetuals(&symbols)?;
            steps(request, symbols, HOUR_MS, funding::STEP_HOURS)?
        }
        VOLATILITY_INDEX => {
            let resolution = Resolution::named(param(request, "resolution")).map_err(PlanError)?;
            steps(request, symbols, resolution.ms, volatility::PAGE)?
        }
        other => return Err(PlanError(super::unknown(other).0)),
    };
    plan.time_at_limit = time_at_limit(plan.requests, CREDITS_OF_CALL, CREDITS_PER_MINUTE);
    Ok(plan)
}

fn param<'a>(request: &'a PlanRequest, name: &str) -> &'a str {
    request.params.get(name).map_or("", String::as_str)
}

/// The symbols as they were written, each instrument once.
fn symbols(request: &PlanRequest) -> Result<Vec<Option<String>>, PlanError> {
    if request.symbols.is_empty() {
        return Err(PlanError(
            "no symbols: use --symbols, such as BTC-PERPETUAL,ETH-USD-PERP".to_owned(),
        ));
    }
    let mut seen = Vec::new();
    let mut symbols = Vec::new();
    for text in &request.symbols {
        if !instruments::is_possible(text) {
            return Err(PlanError(format!(
                "{text:?} is no symbol: write BTC-PERPETUAL or BTC-USD-PERP, BTC-27DEC24 or BTC-USD-20241227"
            )));
        }
        let venue = Name::of(text).venue;
        if !seen.contains(&venue) {
            seen.push(venue);
            symbols.push(Some(text.trim().to_owned()));
        }
    }
    Ok(symbols)
}

fn only_perpetuals(symbols: &[Option<String>]) -> Result<(), PlanError> {
    let other = |symbol: &&String| Name::of(symbol).form != Form::Perpetual;
    match symbols.iter().flatten().find(other) {
        Some(other) => Err(PlanError(format!(
            "only perpetuals have funding, such as BTC-PERPETUAL or BTC-USDC-PERP; {other} is none"
        ))),
        None => Ok(()),
    }
}

fn now(request: &PlanRequest, symbols: Vec<Option<String>>) -> Result<Plan, PlanError> {
    if request.dataset == BOOK_SNAPSHOTS {
        books::depth(param(request, "depth")).map_err(PlanError)?;
    }
    let span = (request.to - request.from).to_std().unwrap_or_default();
    if span > NOW {
        return Err(PlanError(format!(
            "not available from this vendor: {} exists only as it is now (enqueue it with `now`); Tardis sells what was",
            request.dataset
        )));
    }
    let mut plan = Plan::new(request, symbols, span.max(Duration::from_secs(1)));
    plan.requests = plan.items();
    Ok(plan)
}

/// What is older than the main host shows comes from the history host. How many trades there are
/// nobody says beforehand: the estimate of requests is the least possible, one an item.
fn trades(request: &PlanRequest, symbols: Vec<Option<String>>) -> Result<Plan, PlanError> {
    let edge = request.now - TimeDelta::milliseconds(paging::RETENTION_MS);
    let edge = edge.clamp(request.from, request.to);
    let via = [("via".to_owned(), HISTORY.to_owned())];
    let parts = [
        (request.from, edge, SLICE_OF_HISTORY, via.into()),
        (edge, request.to, SLICE_OF_RECENT, BTreeMap::new()),
    ];
    let mut segments = Vec::new();
    for (from, to, slice, params) in parts {
        let cut = Cut::every(request.slice_or(slice, Duration::MAX)?);
        if from < to {
            segments.push(Segment {
                from,
                to,
                cut,
                params,
            });
        }
    }
    let mut plan = Plan::of(symbols, segments);
    plan.requests = plan.items();
    Ok(plan)
}

/// Rows at regular times, so many a request.
fn steps(
    request: &PlanRequest,
    symbols: Vec<Option<String>>,
    length_ms: i64,
    page: i64,
) -> Result<Plan, PlanError> {
    let default = Duration::from_millis((length_ms * page * REQUESTS_OF_ITEM).unsigned_abs());
    let slice = request.slice_or(default, Duration::MAX)?;
    let mut plan = Plan::new(request, symbols, slice);
    let (mut rows, mut requests) = (0, 0);
    for segment in &plan.segments {
        for number in 0..segment.slices() {
            let (from, to) = segment.slice(number);
            let opens = opens_before(to, length_ms) - opens_before(from, length_ms);
            rows += opens.unsigned_abs();
            let span = (to - from).num_milliseconds();
            requests += span
                .unsigned_abs()
                .div_ceil((length_ms * page).unsigned_abs());
        }
    }
    let symbols = plan.symbols.len() as u64;
    plan.rows = Some(rows * symbols);
    plan.requests = requests * symbols;
    Ok(plan)
}

/// How many bars opened before an instant, since 1970.
fn opens_before(instant: DateTime<Utc>, length_ms: i64) -> i64 {
    (instant.timestamp_millis() - 1).div_euclid(length_ms) + 1
}
