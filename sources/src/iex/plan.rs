//! Cuts ranges of IEX HIST into days, one file each.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, NaiveTime, Utc};

use super::tape::Wanted;
use super::{KLINES, UNITS_PER_MINUTE, catalogue, feed, klines};
use crate::bars::Grid;
use crate::plan::{Cut, Gap, Plan, PlanError, PlanRequest, Segment, time_at_limit};

const DAY: Duration = Duration::from_secs(86_400);
/// The catalogue and the file.
const REQUESTS_OF_A_DAY: u64 = 2;

pub(super) fn plan(request: &PlanRequest) -> Result<Plan, PlanError> {
    request.check_range(request.now)?;
    check(request)?;
    let published = request.now.date_naive().and_time(NaiveTime::MIN).and_utc();
    if request.from >= published {
        return Err(PlanError(unpublished(request.from)));
    }
    let segment = Segment {
        from: request.from,
        to: request.to.min(published),
        cut: Cut::Days(1),
        params: BTreeMap::new(),
    };
    let symbols = match request.symbols.as_slice() {
        [] => None,
        symbols => Some(symbols.join(",")),
    };
    let mut plan = Plan::of(vec![symbols], vec![segment]);
    if request.to > published {
        plan.gaps.push(Gap {
            from: published,
            to: request.to,
            reason: unpublished(published),
        });
    }
    plan.requests = plan.items() * REQUESTS_OF_A_DAY;
    plan.time_at_limit = time_at_limit(plan.requests, 1, UNITS_PER_MINUTE);
    Ok(plan)
}

fn unpublished(from: DateTime<Utc>) -> String {
    let day = from.date_naive();
    let elsewhere = catalogue::ELSEWHERE;
    format!("not available from this vendor: no file of {day} yet; {elsewhere}")
}

/// Checks what would otherwise be refused item by item.
fn check(request: &PlanRequest) -> Result<(), PlanError> {
    let param = |name: &str| request.params.get(name).map_or("", String::as_str);
    if request.slice.is_some_and(|slice| slice != DAY) {
        let what = "a file holds a day, so slices of other lengths would fetch it several times";
        return Err(PlanError(format!("{what}: leave out --slice")));
    }
    let given = request.symbols.iter().map(String::as_str);
    Wanted::named(given.chain([param("symbols")])).map_err(PlanError)?;
    feed(&request.dataset, param("feed")).map_err(PlanError)?;
    if request.dataset == KLINES {
        Grid::named(klines::interval(param("interval"))).map_err(PlanError)?;
    }
    Ok(())
}
