//! Cuts ranges of OKX into items: what REST still serves, what only the archive has, and what
//! nobody can get any more.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Months, TimeDelta, Utc};

use super::interval::Interval;
use super::{
    FUNDING_RATES, INSTRUMENTS, KLINES, LIQUIDATIONS, LONG_SHORT_RATIOS, OPEN_INTEREST, TRADES,
    archive, datasets, klines, rubik, symbol, trades,
};
use crate::plan::{Cut, Gap, Plan, PlanError, PlanRequest, Segment, time_at_limit};

/// A busy swap has some hundred pages of trades in that time: enough to be worth an item, little
/// enough to be repeated when a worker dies.
const TRADES_SLICE: Duration = Duration::from_secs(900);
/// Full pages in an item of anything slower, for the same reason.
const PAGES: i64 = 20;
const DAY: Duration = Duration::from_secs(86_400);
/// Days of files in an item where files are small.
const DAYS_OF_SMALL_FILES: u64 = 10;
/// The vendor needs two days to make a file.
const READY_AFTER_DAYS: i64 = 2;
const LIQUIDATIONS_KEPT_HOURS: i64 = 24;

pub(super) fn plan(request: &PlanRequest) -> Result<Plan, PlanError> {
    let symbols = symbols(request)?;
    match request.dataset.as_str() {
        TRADES => {
            let kept = months_before(request.now);
            ranged(request, symbols, kept, TRADES_SLICE, trades::BUDGET)
        }
        FUNDING_RATES => {
            let kept = months_before(request.now);
            ranged(request, symbols, kept, 31 * DAY, super::funding::BUDGET)
        }
        KLINES => bars(request, symbols),
        OPEN_INTEREST | LONG_SHORT_RATIOS => statistics(request, symbols),
        LIQUIDATIONS => {
            let kept = request.now - TimeDelta::hours(LIQUIDATIONS_KEPT_HOURS);
            let gap = "its liquidations of more than about a day ago are gone; \
                       other vendors record them live";
            kept_only(request, symbols, kept, DAY, gap)
        }
        _ => {
            let length = (request.to - request.from).to_std().unwrap_or(DAY);
            let mut plan = Plan::new(request, symbols, length.max(Duration::from_secs(1)));
            plan.requests = plan.items();
            plan.time_at_limit = at_limit(plan.requests, super::tickers::BUDGET);
            Ok(plan)
        }
    }
}

fn at_limit(requests: u64, budget: &str) -> Duration {
    let found = datasets::BUDGETS.iter().find(|(name, _)| *name == budget);
    time_at_limit(
        requests,
        1,
        found.map_or(1, |(_, per_two_seconds)| per_two_seconds * 30),
    )
}

/// The symbols in capitals, each once however it was written.
fn symbols(request: &PlanRequest) -> Result<Vec<Option<String>>, PlanError> {
    if request.symbols.is_empty() {
        return Err(PlanError(
            "no symbols: use --symbols, such as BTC-USDT,BTC-USDT-PERP".to_owned(),
        ));
    }
    let mut seen = Vec::new();
    let mut symbols = Vec::new();
    for written in &request.symbols {
        let venue = symbol::venue(written);
        let ok = symbol::is_possible(written) || is_special(&request.dataset, &venue);
        if !ok {
            return Err(PlanError(format!(
                "{written:?} is no symbol of {}: write BTC-USDT, BTC-USDT-PERP, BTC-USDT-20250627 \
                 or the vendor's own name",
                request.dataset
            )));
        }
        if !seen.contains(&venue) {
            seen.push(venue);
            symbols.push(Some(written.trim().to_ascii_uppercase()));
        }
    }
    Ok(symbols)
}

/// Types of instruments, families of options, and currencies, where they stand for all of theirs.
fn is_special(dataset: &str, venue: &str) -> bool {
    match dataset {
        super::TICKERS | super::QUOTES | super::OPEN_INTEREST_NOW => symbol::TYPES.contains(&venue),
        INSTRUMENTS => symbol::TYPES.contains(&venue) || venue.starts_with("OPTION-"),
        LONG_SHORT_RATIOS => rubik::is_currency(venue),
        _ => false,
    }
}

/// What REST keeps of trades and fundings reaches back so far.
fn months_before(now: DateTime<Utc>) -> DateTime<Utc> {
    now.checked_sub_months(Months::new(3)).unwrap_or(now)
}

/// Which way a request wants its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Via {
    Auto,
    Archive,
    Rest,
}

fn via(request: &PlanRequest) -> Result<Via, PlanError> {
    match request.params.get("via").map_or("auto", String::as_str) {
        "auto" => Ok(Via::Auto),
        "archive" => Ok(Via::Archive),
        "rest" => Ok(Via::Rest),
        other => Err(PlanError(format!(
            "via={other}: write auto, archive or rest"
        ))),
    }
}

/// Trades and fundings: the archive for what REST no longer has.
fn ranged(
    request: &PlanRequest,
    symbols: Vec<Option<String>>,
    kept: DateTime<Utc>,
    slice: Duration,
    budget: &'static str,
) -> Result<Plan, PlanError> {
    request.check_range(request.now)?;
    let slice = request.slice_or(slice, Duration::MAX)?;
    let mut parts = Parts::new(request);
    match via(request)? {
        Via::Auto => {
            // What is about to be dropped may be gone when its turn comes.
            let kept = kept + TimeDelta::days(1);
            parts.archive(request.from, request.to.min(kept))?;
            parts.rest(request.from.max(kept), request.to, slice);
        }
        Via::Archive => parts.archive_only()?,
        Via::Rest => {
            let reason = format!(
                "over REST it serves {} of the last 3 months only; use via=archive for older days",
                request.dataset
            );
            parts.gap(request.from, request.to.min(kept), &reason);
            parts.rest(request.from.max(kept), request.to, slice);
        }
    }
    parts.plan(symbols, budget)
}

fn bars(request: &PlanRequest, symbols: Vec<Option<String>>) -> Result<Plan, PlanError> {
    request.check_range(request.now)?;
    let interval = request.params.get("interval").map_or("", String::as_str);
    let interval = match interval {
        "" => klines::DEFAULT_INTERVAL,
        given => given,
    };
    let interval = Interval::named(interval).map_err(PlanError)?;
    let default = interval.length * PAGES * klines::PAGE;
    let slice = request.slice_or(Duration::from_millis(default.unsigned_abs()), Duration::MAX)?;
    let mut parts = Parts::new(request);
    if via(request)? == Via::Archive {
        if interval.name != klines::DEFAULT_INTERVAL {
            return Err(PlanError(format!(
                "the archive has bars of 1m only, not of {}; use via=rest",
                interval.name
            )));
        }
        parts.archive_only()?;
    } else {
        let first = match interval.name {
            "1s" => months_before(request.now),
            _ => request.from,
        };
        let reason = "it serves bars of a second of the last 3 months only; \
                      build them from archived trades, or ask for 1m";
        parts.gap(request.from, request.to.min(first), reason);
        parts.rest(request.from.max(first), request.to, slice);
    }
    let mut plan = parts.plan(symbols, klines::HISTORY_BUDGET)?;
    estimate(&mut plan, interval.length, klines::PAGE);
    plan.time_at_limit = at_limit(plan.requests, klines::HISTORY_BUDGET);
    Ok(plan)
}

fn statistics(request: &PlanRequest, symbols: Vec<Option<String>>) -> Result<Plan, PlanError> {
    let period = request.params.get("period").map_or("", String::as_str);
    let period = match period {
        "" => rubik::DEFAULT_PERIOD,
        given => given,
    };
    let period = Interval::named(period).map_err(PlanError)?;
    if period.length < 300_000 {
        return Err(PlanError(format!(
            "{} of okx has no period {}; the shortest is 5m",
            request.dataset, period.name
        )));
    }
    if let Some(kind) = request.params.get("kind") {
        rubik::kind(kind).map_err(PlanError)?;
    }
    let kept = rubik::earliest(&request.dataset, period, request.now.timestamp_millis());
    let kept = DateTime::from_timestamp_millis(kept).unwrap_or(request.now);
    let slice = Duration::from_millis((period.length * PAGES * rubik::PAGE).unsigned_abs());
    let gap =
        "it keeps the latest 1,440 points of a period only; a longer period reaches further back";
    let mut plan = kept_only(request, symbols, kept, slice, gap)?;
    estimate(&mut plan, period.length, rubik::PAGE);
    plan.time_at_limit = at_limit(plan.requests, rubik::RATIO_BUDGET);
    Ok(plan)
}

/// REST alone, as far back as it goes.
fn kept_only(
    request: &PlanRequest,
    symbols: Vec<Option<String>>,
    kept: DateTime<Utc>,
    slice: Duration,
    reason: &str,
) -> Result<Plan, PlanError> {
    request.check_range(request.now)?;
    let slice = request.slice_or(slice, Duration::MAX)?;
    let mut parts = Parts::new(request);
    parts.gap(request.from, request.to.min(kept), reason);
    parts.rest(request.from.max(kept), request.to, slice);
    parts.plan(symbols, super::liquidations::BUDGET)
}

/// Rows and requests of rows that come every so many milliseconds.
fn estimate(plan: &mut Plan, every_ms: i64, page: i64) {
    let (mut rows, mut requests) = (0u64, 0u64);
    for segment in &plan.segments {
        let span = (segment.to - segment.from).num_milliseconds();
        let here = u64::try_from(span / every_ms).unwrap_or(0);
        rows += here;
        requests += here.div_ceil(page.unsigned_abs()).max(segment.slices());
    }
    plan.rows = Some(rows * plan.symbols.len() as u64);
    plan.requests = requests * plan.symbols.len() as u64;
}

/// Parts of a range, collected.
struct Parts<'a> {
    request: &'a PlanRequest,
    segments: Vec<Segment>,
    gaps: Vec<Gap>,
}

impl<'a> Parts<'a> {
    fn new(request: &'a PlanRequest) -> Self {
        Self {
            request,
            segments: Vec::new(),
            gaps: Vec::new(),
        }
    }

    fn gap(&mut self, from: DateTime<Utc>, to: DateTime<Utc>, reason: &str) {
        if from < to {
            let reason = format!("not available from this vendor: {reason}");
            self.gaps.push(Gap { from, to, reason });
        }
    }

    fn part(&mut self, from: DateTime<Utc>, to: DateTime<Utc>, slice: Duration, via: &str) {
        if from < to {
            let has_ways = matches!(
                self.request.dataset.as_str(),
                TRADES | KLINES | FUNDING_RATES
            );
            let params = has_ways.then(|| ("via".to_owned(), via.to_owned()));
            self.segments.push(Segment {
                from,
                to,
                cut: Cut::every(slice),
                params: BTreeMap::from_iter(params),
            });
        }
    }

    fn rest(&mut self, from: DateTime<Utc>, to: DateTime<Utc>, slice: Duration) {
        self.part(from, to, slice, "rest");
    }

    /// Slices begin with the vendor's days, so that no file is fetched for two items.
    fn archive(&mut self, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<(), PlanError> {
        if from >= to {
            return Ok(());
        }
        let days = match self.request.dataset.as_str() {
            TRADES => 1,
            _ => DAYS_OF_SMALL_FILES,
        };
        let longest = archive::LONGEST_DAYS;
        // The slice asked for is one of REST; files come whole.
        let asked = self
            .request
            .slice
            .map_or(days, |slice| slice.as_secs() / DAY.as_secs());
        let slice = DAY * u32::try_from(asked.clamp(1, longest)).unwrap_or(1);
        let next_day = archive::day_start(archive::day(from.timestamp_millis() - 1) + 1);
        let aligned = DateTime::from_timestamp_millis(next_day)
            .unwrap_or(from)
            .clamp(from, to);
        self.part(from, aligned, slice, "archive");
        self.part(aligned, to, slice, "archive");
        Ok(())
    }

    fn archive_only(&mut self) -> Result<(), PlanError> {
        let (request, now) = (self.request, self.request.now);
        let today = archive::day(now.timestamp_millis());
        let ready = archive::day_start(today - READY_AFTER_DAYS + 1);
        let ready = DateTime::from_timestamp_millis(ready).unwrap_or(now);
        self.archive(request.from, request.to.min(ready))?;
        let reason = "its archive files are ready two days later; use via=rest for the newest";
        self.gap(request.from.max(ready), request.to, reason);
        Ok(())
    }

    /// # Errors
    /// When nothing of the range can be had.
    fn plan(self, symbols: Vec<Option<String>>, budget: &str) -> Result<Plan, PlanError> {
        if let (true, Some(gap)) = (self.segments.is_empty(), self.gaps.first()) {
            return Err(PlanError(gap.reason.clone()));
        }
        let mut plan = Plan::of(symbols, self.segments);
        plan.gaps = self.gaps;
        plan.requests = plan.items();
        plan.time_at_limit = at_limit(plan.requests, budget);
        Ok(plan)
    }
}
