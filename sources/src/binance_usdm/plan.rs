//! Cuts ranges of USD-M futures into items.
//!
//! Trades are served for two days, open interest and ratios for a month: what lies before is told
//! as a gap, or refused where nothing else was asked for.

use std::time::Duration;

use chrono::TimeDelta;

use super::{
    DATA_PER_MINUTE, FUNDING_PER_MINUTE, FUNDING_RATES, LIQUIDATIONS, LONG_SHORT_RATIOS, MARKET,
    OPEN_INTEREST, TRADES_REACH_HOURS, history, liquidations, ratios,
};
use crate::binance::plan::{self, Parts, TRADES_SLICE};
use crate::binance::{KLINES, TRADES};
use crate::plan::{Plan, PlanError, PlanRequest, time_at_limit};

const DAY: Duration = Duration::from_secs(86_400);
/// A page of fundings every eight hours, nearly; one of each hour is a few pages.
const FUNDING_SLICE: Duration = DAY.saturating_mul(300);
const PAGES_OF_HISTORY: u32 = 5;
/// What is planned at the edge of what is kept is asked for a little later.
const LATER: TimeDelta = TimeDelta::minutes(10);

pub(super) fn plan(request: &PlanRequest) -> Result<Plan, PlanError> {
    match request.dataset.as_str() {
        TRADES => plan::trades(&MARKET, request, TRADES_SLICE, split),
        KLINES => plan::bars(&MARKET, request, split),
        FUNDING_RATES => fundings(request),
        OPEN_INTEREST | LONG_SHORT_RATIOS => month(request),
        LIQUIDATIONS => Err(PlanError(liquidations::GONE.to_owned())),
        _ => plan::now(&MARKET, request),
    }
}

/// USD-M futures over REST: trades of two days, a month of statistics, everything of the others.
fn split(request: &PlanRequest, slice: Duration) -> Result<Parts, PlanError> {
    match request.dataset.as_str() {
        TRADES => plan::recent(
            request,
            slice,
            TimeDelta::hours(TRADES_REACH_HOURS) - LATER,
            "trades are served over REST for the past 48 hours; the archive \
             (data.binance.vision) has the days before",
        ),
        OPEN_INTEREST => plan::recent(
            request,
            slice,
            TimeDelta::days(history::REACH_DAYS) - LATER,
            "open interest is served over REST for the latest 30 days; the archive \
             (data.binance.vision, metrics) has the days before",
        ),
        LONG_SHORT_RATIOS => plan::recent(
            request,
            slice,
            TimeDelta::days(history::REACH_DAYS) - LATER,
            "ratios are served over REST for the latest 30 days; the archive \
             (data.binance.vision, metrics) has the days before",
        ),
        _ => Ok(Parts {
            segments: vec![plan::rest(request.from, request.to, slice)],
            gaps: Vec::new(),
        }),
    }
}

fn fundings(request: &PlanRequest) -> Result<Plan, PlanError> {
    request.check_range(request.now)?;
    let symbols = plan::symbols(&MARKET, &request.symbols)?;
    let slice = request.slice_or(FUNDING_SLICE, Duration::MAX)?;
    let mut plan = plan::planned(symbols, split(request, slice)?);
    plan.requests = plan.items();
    plan.time_at_limit = time_at_limit(plan.requests, 1, FUNDING_PER_MINUTE);
    Ok(plan)
}

fn month(request: &PlanRequest) -> Result<Plan, PlanError> {
    request.check_range(request.now)?;
    let symbols = plan::symbols(&MARKET, &request.symbols)?;
    let param = |name: &str| request.params.get(name).map_or("", String::as_str);
    if request.dataset == LONG_SHORT_RATIOS {
        ratios::named(param("kind")).map_err(PlanError)?;
    }
    let (_, length) = history::period(param("period")).map_err(PlanError)?;
    let page = Duration::from_millis((length * history::PAGE).unsigned_abs());
    let slice = request.slice_or(page * PAGES_OF_HISTORY, Duration::MAX)?;
    let mut plan = plan::planned(symbols, split(request, slice)?);
    let (mut rows, mut requests) = (0, 0);
    for segment in &plan.segments {
        for number in 0..segment.slices() {
            let (from, to) = segment.slice(number);
            let ends = |ms: i64| (ms - 1).div_euclid(length);
            let count = ends(to.timestamp_millis()) - ends(from.timestamp_millis());
            rows += count.unsigned_abs();
            requests += count.unsigned_abs().div_ceil(history::PAGE as u64).max(1);
        }
    }
    let symbols = plan.symbols.len() as u64;
    (plan.rows, plan.requests) = (Some(rows * symbols), requests * symbols);
    plan.time_at_limit = time_at_limit(plan.requests, 1, DATA_PER_MINUTE);
    Ok(plan)
}
