//! `enqueue range`: a range of time, cut by the source into slices.

use chrono::{DateTime, SecondsFormat, SubsecRound, TimeDelta, Utc};
use common::jobs::{Estimate, Part, Request};
use common::settings::Settings;
use sources::{Gap, PlanRequest, Selection};

use super::Prepared;
use super::estimate;
use super::items::Items;
pub(crate) use super::wanted::Kind;
use super::wanted::{self, Checked};
use crate::cli::{NowArgs, Priority, RangeArgs};
use crate::failure::usage;

/// The same for what exists only now: the range is the second that has just passed, by which the
/// job is named.
pub(crate) fn prepare_now(args: NowArgs, settings: &Settings) -> anyhow::Result<Prepared> {
    let to = Utc::now().trunc_subsecs(0);
    let range = RangeArgs {
        wanted: args.wanted,
        symbols: args.symbols,
        from: to - TimeDelta::seconds(1),
        to,
        slice: None,
        interval: None,
    };
    plan(range, settings, Kind::Now, to)
}

/// Checks the request and plans it; contacts nobody.
pub(crate) fn prepare(args: RangeArgs, settings: &Settings) -> anyhow::Result<Prepared> {
    plan(args, settings, Kind::Range, Utc::now())
}

/// Checks and plans what is asked for at `now`.
pub(crate) fn plan(
    mut args: RangeArgs,
    settings: &Settings,
    kind: Kind,
    now: DateTime<Utc>,
) -> anyhow::Result<Prepared> {
    let interval = args
        .interval
        .take()
        .map(|value| ("interval".to_owned(), value));
    args.wanted.params.extend(interval);
    let checked = wanted::check(&args.wanted, settings, kind)?;
    let (symbols, mut notes) = symbols(&args.symbols, &checked)?;
    let plan = checked
        .source
        .plan(&PlanRequest {
            dataset: checked.dataset.name.to_owned(),
            symbols: symbols.clone(),
            from: args.from,
            to: args.to,
            slice: args.slice,
            params: checked.params.clone(),
            now,
        })
        .map_err(|error| usage(error.to_string()))?;
    notes.extend(plan.gaps.iter().map(not_available));
    let request = Request {
        source: checked.source.name().to_owned(),
        dataset: checked.dataset.name.to_owned(),
        params: checked.params.clone(),
        part: Part::Range {
            symbols,
            from: args.from,
            to: args.to,
            slice_s: args.slice.map(|slice| slice.as_secs()),
        },
    };
    let fresh = args.wanted.priority == Priority::Fresh;
    let job = wanted::name(args.wanted.job, &request);
    let mut estimate = Estimate {
        requests: plan.requests,
        rows: plan.rows,
        time_at_limit_s: Some(plan.time_at_limit.as_secs()),
        bytes_on_disk: None,
        limit: None,
    };
    let items = Items::of_range(&job, &request, plan);
    estimate.limit = items
        .first()?
        .and_then(|item| estimate::limit(checked.source, &item));
    Ok(Prepared {
        job,
        request,
        items,
        estimate,
        tables: checked.dataset.tables,
        tally: None,
        notes,
        fresh,
    })
}

/// What a person should know of a part of the range that cannot be had.
fn not_available(gap: &Gap) -> String {
    let shown = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    let (from, to) = (shown(gap.from), shown(gap.to));
    format!("{from} to {to} is left out: {}", gap.reason)
}

/// The symbols in their order, each once, and a note when some were given twice.
fn symbols(given: &[String], checked: &Checked) -> anyhow::Result<(Vec<String>, Vec<String>)> {
    let (kept, again) = each_once(given);
    let dataset = checked.dataset;
    match (dataset.selection, kept.is_empty()) {
        (Selection::SymbolRange | Selection::Snapshot, true) => Err(usage(format!(
            "{} of {} needs symbols: add --symbols",
            dataset.name,
            checked.source.name()
        ))),
        (Selection::Range | Selection::Now, false) => Err(usage(format!(
            "{} of {} has no symbols: leave out --symbols",
            dataset.name,
            checked.source.name()
        ))),
        _ if again.is_empty() => Ok((kept, Vec::new())),
        _ => {
            let note = format!(
                "symbols given more than once are taken once: {}",
                again.join(", ")
            );
            Ok((kept, vec![note]))
        }
    }
}

fn each_once(given: &[String]) -> (Vec<String>, Vec<String>) {
    let (mut kept, mut again) = (Vec::new(), Vec::new());
    for symbol in given.iter().map(|symbol| symbol.trim()) {
        let place = match (symbol.is_empty(), kept.iter().any(|k| k == symbol)) {
            (true, _) => continue,
            (false, true) => &mut again,
            (false, false) => &mut kept,
        };
        place.push(symbol.to_owned());
    }
    (kept, again)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_keep_their_order_and_are_taken_once() {
        let given = ["B", " A", "", "B ", "C"].map(str::to_owned);
        let (kept, again) = each_once(&given);
        assert_eq!(kept, ["B", "A", "C"]);
        assert_eq!(again, ["B"]);
    }
}
