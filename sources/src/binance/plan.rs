//! Cuts ranges of Binance spot into items.

use std::time::Duration;

use super::klines::{self, Interval};
use super::{KLINES, PAGE, WEIGHT_PER_MINUTE, symbol, trades};
use crate::plan::{Plan, PlanError, PlanRequest, time_at_limit};

/// A busy symbol has some dozens of pages of trades an hour: enough to be worth an item, little
/// enough to be repeated when a worker dies.
const TRADES_SLICE: Duration = Duration::from_secs(3_600);
/// Full pages of bars in an item, for the same reason.
const PAGES_OF_BARS: i64 = 10;
const LONGEST_MONTH_MS: i64 = 31 * 86_400_000;

pub(super) fn plan(request: &PlanRequest) -> Result<Plan, PlanError> {
    request.check_range(request.now)?;
    let symbols = symbols(&request.symbols)?;
    if request.dataset == KLINES {
        bars(request, symbols)
    } else {
        trades(request, symbols)
    }
}

/// The symbols in capitals, each once however it was written.
fn symbols(written: &[String]) -> Result<Vec<Option<String>>, PlanError> {
    if written.is_empty() {
        return Err(PlanError(
            "no symbols: use --symbols, such as BTC-USDT,ETH-USDT".to_owned(),
        ));
    }
    let mut seen = Vec::new();
    let mut symbols = Vec::new();
    for text in written {
        if !symbol::is_possible(text) {
            return Err(PlanError(format!(
                "{text:?} is no symbol: write BTC-USDT or BTCUSDT"
            )));
        }
        let venue = symbol::venue(text);
        if !seen.contains(&venue) {
            seen.push(venue);
            symbols.push(Some(text.trim().to_ascii_uppercase()));
        }
    }
    Ok(symbols)
}

/// How many trades there are nobody says beforehand: the estimate of requests is the least
/// possible, one an item.
fn trades(request: &PlanRequest, symbols: Vec<Option<String>>) -> Result<Plan, PlanError> {
    let slice = request.slice_or(TRADES_SLICE, Duration::MAX)?;
    let mut plan = Plan::new(request, symbols, slice);
    plan.requests = plan.items();
    plan.time_at_limit = time_at_limit(plan.requests, trades::WEIGHT_OF_PAGE, WEIGHT_PER_MINUTE);
    Ok(plan)
}

fn bars(request: &PlanRequest, symbols: Vec<Option<String>>) -> Result<Plan, PlanError> {
    let interval = request.params.get("interval").map_or("", String::as_str);
    let interval = Interval::named(interval).map_err(PlanError)?;
    let length = interval.length.unwrap_or(LONGEST_MONTH_MS);
    let default = Duration::from_millis((length * PAGES_OF_BARS * PAGE as i64).unsigned_abs());
    let slice = request.slice_or(default, Duration::MAX)?;
    let mut plan = Plan::new(request, symbols, slice);
    let (rows, requests) = estimate(&plan, interval);
    let symbols = plan.symbols.len() as u64;
    plan.rows = Some(rows * symbols);
    plan.requests = requests * symbols;
    plan.time_at_limit = time_at_limit(plan.requests, klines::WEIGHT_OF_PAGE, WEIGHT_PER_MINUTE);
    Ok(plan)
}

/// Bars and requests of one symbol, if none is missing.
fn estimate(plan: &Plan, interval: Interval) -> (u64, u64) {
    let (mut rows, mut requests) = (0, 0);
    for segment in &plan.segments {
        for number in 0..segment.slices() {
            let (from, to) = segment.slice(number);
            let bars = interval.opens_between(from.timestamp_millis(), to.timestamp_millis());
            rows += bars;
            requests += bars.div_ceil(PAGE as u64).max(1);
        }
    }
    (rows, requests)
}
