//! `enqueue range`: a range of time, cut by the source into slices.

use chrono::Utc;
use common::jobs::{Part, Request};
use common::settings::Settings;
use sources::{PlanRequest, Selection};

use super::Prepared;
use super::estimate::{self, Estimate};
use super::items::Items;
use super::wanted::{self, Checked, Kind};
use crate::cli::RangeArgs;
use crate::failure::usage;

/// Checks the request and plans it; contacts nobody.
pub(crate) fn prepare(mut args: RangeArgs, settings: &Settings) -> anyhow::Result<Prepared> {
    let interval = args
        .interval
        .take()
        .map(|value| ("interval".to_owned(), value));
    args.wanted.params.extend(interval);
    let checked = wanted::check(&args.wanted, settings, Kind::Range)?;
    let (symbols, notes) = symbols(&args.symbols, &checked)?;
    let plan = checked
        .source
        .plan(&PlanRequest {
            dataset: checked.dataset.name.to_owned(),
            symbols: symbols.clone(),
            from: args.from,
            to: args.to,
            slice: args.slice,
            params: checked.params.clone(),
            now: Utc::now(),
        })
        .map_err(|error| usage(error.to_string()))?;
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
    let job = wanted::name(args.wanted.job, &request);
    let mut estimate = Estimate {
        requests: plan.requests,
        rows: plan.rows,
        time_at_limit: Some(plan.time_at_limit),
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
        tally: None,
        notes,
    })
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
        (Selection::Range, false) => Err(usage(format!(
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
