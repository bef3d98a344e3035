//! Cuts ranges of Alpaca into items: slices of time, and symbols in groups that one request asks
//! for together.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    AUCTIONS, BARS_FROM_TRADES, KLINES, NAME, REQUESTS_PER_MINUTE, SIP, SYMBOLS_PER_ITEM, klines,
};
use crate::bars::Grid;
use crate::plan::{Cut, Gap, Plan, PlanError, PlanRequest, Segment, time_at_limit};
use crate::stock_interval::{Interval, Unit};

/// What the basic plan does not serve of the newest trades and quotes, and a minute for clocks that
/// differ.
const RECENT: TimeDelta = TimeDelta::minutes(16);
/// The length of an address bounds it; other programs ask for a hundred.
const MOST_SYMBOLS: usize = 200;
const ADJUSTMENTS: &[&str] = &["raw", "split", "dividend", "spin-off", "all"];

pub(super) fn plan(request: &PlanRequest) -> Result<Plan, PlanError> {
    request.check_range(request.now)?;
    check_params(request)?;
    let (to, gaps) = clamped(request)?;
    let segment = Segment {
        from: request.from,
        to,
        cut: cut(request)?,
        params: BTreeMap::new(),
    };
    let mut plan = Plan::of(groups(request)?, vec![segment]);
    plan.gaps = gaps;
    plan.requests = plan.items();
    plan.time_at_limit = time_at_limit(plan.requests, 1, REQUESTS_PER_MINUTE);
    Ok(plan)
}

fn param<'r>(request: &'r PlanRequest, name: &str) -> &'r str {
    request.params.get(name).map_or("", String::as_str)
}

fn check_params(request: &PlanRequest) -> Result<(), PlanError> {
    let adjustment = param(request, "adjustment");
    if !adjustment.is_empty() {
        for one in adjustment.split(',') {
            if !ADJUSTMENTS.contains(&one) {
                return Err(PlanError(format!(
                    "adjustment {one:?}: write one of {}",
                    ADJUSTMENTS.join(", ")
                )));
            }
        }
    }
    match param(request, "subscription") {
        "" | "basic" | "plus" => Ok(()),
        other => Err(PlanError(format!(
            "subscription {other:?}: write basic or plus"
        ))),
    }
}

/// What is asked for, and what the basic plan does not serve of it.
fn clamped(request: &PlanRequest) -> Result<(DateTime<Utc>, Vec<Gap>), PlanError> {
    let latest = request.now - RECENT;
    let is_late = matches!(param(request, "feed"), "" | SIP)
        && param(request, "subscription") != "plus"
        && request.to > latest;
    if !is_late {
        return Ok((request.to, Vec::new()));
    }
    let reason = "not available from this vendor: the basic plan serves the sip feed 15 minutes late; \
                  ask again later, with --param feed=iex (one exchange) or with --param subscription=plus"
        .to_owned();
    if request.from >= latest {
        return Err(PlanError(reason));
    }
    let gap = Gap {
        from: latest,
        to: request.to,
        reason,
    };
    Ok((latest, vec![gap]))
}

fn cut(request: &PlanRequest) -> Result<Cut, PlanError> {
    let interval = param(request, "interval");
    let usual = match request.dataset.as_str() {
        KLINES => {
            klines::timeframe(interval).map_err(PlanError)?;
            match Interval::named(interval).map_err(PlanError)?.unit {
                Unit::Minute => Cut::Days(7),
                Unit::Hour => Cut::Months,
                _ => Cut::Days(3_653),
            }
        }
        BARS_FROM_TRADES => {
            Grid::named(interval).map_err(PlanError)?;
            Cut::Days(1)
        }
        // A row a day and symbol.
        AUCTIONS => Cut::Months,
        // A busy share has some dozen pages an hour, and there are many in an item.
        _ => Cut::every(Duration::from_secs(3_600)),
    };
    match request.slice {
        Some(slice) => Ok(Cut::every(request.slice_or(slice, Duration::MAX)?)),
        None => Ok(usual),
    }
}

/// The symbols in alphabetical order, in groups of as many as an item holds.
fn groups(request: &PlanRequest) -> Result<Vec<Option<String>>, PlanError> {
    if request.symbols.is_empty() {
        return Err(PlanError(
            "no symbols: use --symbols, such as AAPL,BRK.B".to_owned(),
        ));
    }
    let mut symbols = Vec::new();
    for symbol in &request.symbols {
        let symbol = symbol.trim().to_ascii_uppercase();
        check_symbol(&symbol).map_err(PlanError)?;
        symbols.push(symbol);
    }
    symbols.sort();
    symbols.dedup();
    let count = match param(request, SYMBOLS_PER_ITEM.0) {
        "" => SYMBOLS_PER_ITEM.1,
        given => given,
    };
    let count = count
        .parse()
        .ok()
        .filter(|count| (1..=MOST_SYMBOLS).contains(count))
        .ok_or_else(|| {
            PlanError(format!(
                "symbols_per_item {count:?}: write 1 to {MOST_SYMBOLS}"
            ))
        })?;
    let groups = symbols.chunks(count);
    Ok(groups.map(|group| Some(group.join(","))).collect())
}

/// Symbols such as `AAPL` or `BRK.B`.
pub(super) fn check_symbol(symbol: &str) -> Result<(), String> {
    let fits = (1..=20).contains(&symbol.len())
        && symbol
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-/".contains(&byte));
    if fits {
        Ok(())
    } else {
        Err(format!(
            "{symbol:?} is no symbol of {NAME}: write letters, digits, '.', '-' or '/', such as AAPL or BRK.B"
        ))
    }
}
