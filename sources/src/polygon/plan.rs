//! Cuts ranges of Polygon into items.
//!
//! How far back a key may look depends on its plan, which nobody knows here: the vendor refuses
//! what lies beyond with its own words.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{
    BARS_FROM_TRADES, GROUPED_DAILY, KLINES, NAME, OPEN_CLOSE, QUOTES, REQUESTS_PER_MINUTE, TRADES,
};
use crate::bars::Grid;
use crate::plan::{Cut, Plan, PlanError, PlanRequest, Segment, time_at_limit};
use crate::stock_interval::{Interval, Unit};

/// Lists of all tickers have some thousand rows a year.
const YEAR: Duration = Duration::from_secs(366 * 86_400);

pub(super) fn plan(request: &PlanRequest) -> Result<Plan, PlanError> {
    request.check_range(request.now)?;
    let param = |name: &str| request.params.get(name).map_or("", String::as_str);
    if !matches!(param("adjusted"), "" | "true" | "false") {
        return Err(PlanError(format!(
            "adjusted is {:?}: write true or false",
            param("adjusted")
        )));
    }
    for class in ["market", "asset_class"].map(param) {
        if !class.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(PlanError(format!(
                "{class:?} is no market or asset class: write a word such as stocks"
            )));
        }
    }
    let cut = match request.dataset.as_str() {
        KLINES => {
            let interval = Interval::named(param("interval")).map_err(PlanError)?;
            chosen(request, bars_of_a_page(interval))?
        }
        BARS_FROM_TRADES => {
            Grid::named(param("interval")).map_err(PlanError)?;
            chosen(request, Cut::Days(1))?
        }
        TRADES | QUOTES => chosen(request, Cut::Days(1))?,
        GROUPED_DAILY | OPEN_CLOSE if request.slice.is_some() => {
            return Err(PlanError(format!(
                "{} of {NAME} comes a day a request: leave --slice out",
                request.dataset
            )));
        }
        GROUPED_DAILY | OPEN_CLOSE => Cut::Days(1),
        _ => chosen(request, Cut::every(YEAR))?,
    };
    let segment = Segment {
        from: request.from,
        to: request.to,
        cut,
        params: BTreeMap::new(),
    };
    let mut plan = Plan::of(symbols(request)?, vec![segment]);
    plan.requests = plan.items();
    plan.time_at_limit = time_at_limit(plan.requests, 1, REQUESTS_PER_MINUTE);
    Ok(plan)
}

/// Fewer bars than a page, as the vendor advises: minutes and hours a month at a time.
fn bars_of_a_page(interval: Interval) -> Cut {
    match interval.unit {
        Unit::Second => Cut::Days(1),
        Unit::Minute | Unit::Hour => Cut::Months,
        _ => Cut::Days(3_653),
    }
}

/// The cut that was asked for, else the usual one.
fn chosen(request: &PlanRequest, usual: Cut) -> Result<Cut, PlanError> {
    match request.slice {
        Some(slice) => Ok(Cut::every(request.slice_or(slice, Duration::MAX)?)),
        None => Ok(usual),
    }
}

fn symbols(request: &PlanRequest) -> Result<Vec<Option<String>>, PlanError> {
    let with_symbols = [KLINES, TRADES, QUOTES, BARS_FROM_TRADES, OPEN_CLOSE];
    if !with_symbols.contains(&request.dataset.as_str()) {
        return Ok(vec![None]);
    }
    if request.symbols.is_empty() {
        return Err(PlanError(
            "no symbols: use --symbols, such as AAPL,BRK.A".to_owned(),
        ));
    }
    let mut symbols: Vec<Option<String>> = Vec::new();
    for symbol in &request.symbols {
        let symbol = symbol.trim();
        check_symbol(symbol).map_err(PlanError)?;
        if !symbols.iter().flatten().any(|known| known == symbol) {
            symbols.push(Some(symbol.to_owned()));
        }
    }
    Ok(symbols)
}

/// Tickers such as `AAPL`, `BRK.A`, `BACpB`, `X:BTCUSD`: case matters.
pub(super) fn check_symbol(symbol: &str) -> Result<(), String> {
    let fits = (1..=40).contains(&symbol.len())
        && symbol
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".:-_".contains(&byte))
        && symbol.bytes().any(|byte| byte.is_ascii_alphanumeric());
    if fits {
        Ok(())
    } else {
        Err(format!(
            "{symbol:?} is no ticker: write letters, digits, '.', ':', '-' or '_', such as AAPL or BRK.A"
        ))
    }
}
