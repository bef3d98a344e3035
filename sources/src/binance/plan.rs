//! Cuts ranges into items: what both markets share, and where spot begins.
//!
//! Which parts of a range are served, and by what, each market says in one function of its own (a
//! [`Split`]); the rest follows from the parts.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::klines::Interval;
use super::market::Market;
use super::{BOOK_SNAPSHOTS, INSTRUMENTS, KLINES, PAGE, SPOT, TICKERS, books, tickers};
use crate::plan::{Cut, Gap, Plan, PlanError, PlanRequest, Segment, time_at_limit};

/// A busy symbol has some dozens of pages of trades an hour: enough to be worth an item, little
/// enough to be repeated when a worker dies.
pub(crate) const TRADES_SLICE: Duration = Duration::from_secs(3_600);
/// Full pages of bars in an item, for the same reason.
const PAGES_OF_BARS: i64 = 10;
const LONGEST_MONTH_MS: i64 = 31 * 86_400_000;

/// A range as it can be had.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    pub(crate) segments: Vec<Segment>,
    pub(crate) gaps: Vec<Gap>,
}

/// Says how a range can be had; slices have that length where the market has no other reason.
pub(crate) type Split = fn(&PlanRequest, Duration) -> Result<Parts, PlanError>;

pub(super) fn plan(request: &PlanRequest) -> Result<Plan, PlanError> {
    match request.dataset.as_str() {
        KLINES => bars(&SPOT, request, split),
        super::TRADES => trades(&SPOT, request, Duration::MAX, split),
        _ => now(&SPOT, request),
    }
}

/// Spot over REST: the whole history.
fn split(request: &PlanRequest, slice: Duration) -> Result<Parts, PlanError> {
    Ok(Parts {
        segments: vec![rest(request.from, request.to, slice)],
        gaps: Vec::new(),
    })
}

/// A part of a range that is asked for over REST.
pub(crate) fn rest(from: DateTime<Utc>, to: DateTime<Utc>, slice: Duration) -> Segment {
    Segment {
        from,
        to,
        cut: Cut::every(slice),
        params: std::collections::BTreeMap::new(),
    }
}

/// A range of which only the last `reach` is served over REST.
pub(crate) fn recent(
    request: &PlanRequest,
    slice: Duration,
    reach: TimeDelta,
    words: &str,
) -> Result<Parts, PlanError> {
    let reason = format!("not available from this vendor: {words}");
    let edge = request.now - reach;
    if request.to <= edge {
        return Err(PlanError(reason));
    }
    let gap = (request.from < edge).then_some(Gap {
        from: request.from,
        to: edge,
        reason,
    });
    Ok(Parts {
        segments: vec![rest(request.from.max(edge), request.to, slice)],
        gaps: gap.into_iter().collect(),
    })
}

/// The symbols in capitals, each once however it was written.
pub(crate) fn symbols(
    market: &Market,
    written: &[String],
) -> Result<Vec<Option<String>>, PlanError> {
    if written.is_empty() {
        return Err(PlanError(
            "no symbols: use --symbols, such as BTC-USDT,ETH-USDT".to_owned(),
        ));
    }
    let mut seen = Vec::new();
    let mut symbols = Vec::new();
    for text in written {
        if !(market.is_possible)(text) {
            return Err(PlanError(format!(
                "{text:?} is no symbol: write BTC-USDT or BTCUSDT"
            )));
        }
        let venue = (market.venue)(text);
        if !seen.contains(&venue) {
            seen.push(venue);
            symbols.push(Some(text.trim().to_ascii_uppercase()));
        }
    }
    Ok(symbols)
}

/// How many trades there are nobody says beforehand: the estimate of requests is the least
/// possible, one an item.
pub(crate) fn trades(
    market: &Market,
    request: &PlanRequest,
    longest: Duration,
    split: Split,
) -> Result<Plan, PlanError> {
    request.check_range(request.now)?;
    let symbols = symbols(market, &request.symbols)?;
    let slice = request.slice_or(TRADES_SLICE, longest)?;
    let mut plan = planned(symbols, split(request, slice)?);
    plan.requests = plan.items();
    plan.time_at_limit = time_at_limit(plan.requests, market.trades_weight, market.per_minute);
    Ok(plan)
}

pub(crate) fn bars(
    market: &Market,
    request: &PlanRequest,
    split: Split,
) -> Result<Plan, PlanError> {
    request.check_range(request.now)?;
    let symbols = symbols(market, &request.symbols)?;
    let interval = request.params.get("interval").map_or("", String::as_str);
    let interval = Interval::named(market, interval).map_err(PlanError)?;
    let length = interval.length.unwrap_or(LONGEST_MONTH_MS);
    let default = Duration::from_millis((length * PAGES_OF_BARS * PAGE as i64).unsigned_abs());
    let slice = request.slice_or(default, Duration::MAX)?;
    let mut plan = planned(symbols, split(request, slice)?);
    let (rows, requests) = estimate(&plan, interval);
    let symbols = plan.symbols.len() as u64;
    plan.rows = Some(rows * symbols);
    plan.requests = requests * symbols;
    let weight = (market.klines_weight)(PAGE as u64);
    plan.time_at_limit = time_at_limit(plan.requests, weight, market.per_minute);
    Ok(plan)
}

/// What a person writes for every symbol.
const ALL: &str = "all";

/// What exists only now: an item a symbol, or one for all.
pub(crate) fn now(market: &Market, request: &PlanRequest) -> Result<Plan, PlanError> {
    let param = |name: &str| request.params.get(name).map_or("", String::as_str);
    let mut everything = true;
    match request.dataset.as_str() {
        BOOK_SNAPSHOTS => {
            everything = false;
            books::depth(market, param("depth")).map_err(PlanError)?;
        }
        TICKERS => {
            tickers::kind(market, param("type")).map_err(PlanError)?;
        }
        _ => {}
    }
    let all = request
        .symbols
        .iter()
        .all(|symbol| symbol.eq_ignore_ascii_case(ALL));
    let one = request.dataset == INSTRUMENTS || (everything && all);
    let symbols = if one {
        vec![None]
    } else {
        symbols(market, &request.symbols)?
    };
    let span = (request.to - request.from).to_std().unwrap_or_default();
    let segment = rest(request.from, request.to, span);
    let mut plan = Plan::of(symbols, vec![segment]);
    plan.requests = plan.items();
    plan.time_at_limit = time_at_limit(plan.requests, 1, market.per_minute);
    Ok(plan)
}

pub(crate) fn planned(symbols: Vec<Option<String>>, parts: Parts) -> Plan {
    let mut plan = Plan::of(symbols, parts.segments);
    plan.gaps = parts.gaps;
    plan
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
