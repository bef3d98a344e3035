//! Cuts ranges of Xignite into items.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{DAY, Kind, NAME, REQUESTS_PER_MINUTE};
use crate::plan::{Cut, Plan, PlanError, PlanRequest, Segment, time_at_limit};

/// Clients of the vendor ask for years of days at once; a week of five minutes is as many rows.
const DAYS_OF_DAYS: u32 = 3_653;
const DAYS_OF_MINUTES: u32 = 7;

pub(super) fn plan(request: &PlanRequest) -> Result<Plan, PlanError> {
    request.check_range(request.now)?;
    let param = |name: &str| request.params.get(name).map_or("", String::as_str);
    let interval = match param("interval") {
        "" => DAY,
        given => given,
    };
    Kind::check_interval(interval).map_err(PlanError)?;
    let cut = match request.slice {
        Some(slice) => Cut::every(request.slice_or(slice, Duration::MAX)?),
        None if interval == DAY => Cut::Days(DAYS_OF_DAYS),
        None => Cut::Days(DAYS_OF_MINUTES),
    };
    let segment = Segment {
        from: request.from,
        to: request.to,
        cut,
        params: BTreeMap::new(),
    };
    let mut plan = Plan::of(symbols(request, param("kind"))?, vec![segment]);
    plan.requests = plan.items();
    plan.time_at_limit = time_at_limit(plan.requests, 1, REQUESTS_PER_MINUTE);
    Ok(plan)
}

fn symbols(request: &PlanRequest, kind: &str) -> Result<Vec<Option<String>>, PlanError> {
    if request.symbols.is_empty() {
        return Err(PlanError(
            "no symbols: use --symbols, such as 7203.XTKS,151.INDXJPX".to_owned(),
        ));
    }
    let mut symbols: Vec<Option<String>> = Vec::new();
    for symbol in &request.symbols {
        let symbol = symbol.trim().to_ascii_uppercase();
        check_symbol(&symbol).map_err(PlanError)?;
        Kind::of(kind, &symbol).map_err(PlanError)?;
        if !symbols.iter().flatten().any(|known| *known == symbol) {
            symbols.push(Some(symbol));
        }
    }
    Ok(symbols)
}

/// A code and its exchange or group.
pub(super) fn check_symbol(symbol: &str) -> Result<(), String> {
    let is_word = |text: &str| {
        (1..=20).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let fits = symbol
        .split_once('.')
        .is_some_and(|(code, group)| is_word(code) && is_word(group));
    if fits {
        Ok(())
    } else {
        Err(format!(
            "{symbol:?} is no symbol of {NAME}: write a code and its exchange or group, such as 7203.XTKS or 151.INDXJPX"
        ))
    }
}
