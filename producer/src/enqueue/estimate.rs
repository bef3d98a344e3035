//! What a request will come to: requests, rows, disk, and the time at the vendor's limit. Printed by
//! `plan` and by a dry run, and part of the summary of a real one.

use std::time::Duration;

use common::item::{Item, Work};
use common::jobs::Limit;
use serde::Serialize;
use sources::{At, Cursor, Instruments, Source};

use super::Prepared;
use crate::output::{self, Output, known, number, span};

/// The limit that requests for `item` count against.
pub(super) fn limit(source: &dyn Source, item: &Item) -> Option<Limit> {
    let id = match &item.work {
        Work::Ids(ids) => ids.first().map(String::as_str),
        Work::Range { .. } => None,
    };
    let at = At {
        item,
        id,
        cursor: &Cursor::Start,
        instruments: &Instruments::default(),
    };
    let cost = source.ask(&at).ok()?.cost;
    Some(Limit {
        budget: cost.budget.to_owned(),
        units_per_minute: source.units_per_minute(cost.budget)?,
        units_per_request: cost.units,
    })
}

fn text(limit: &Limit) -> String {
    let (budget, units) = (&limit.budget, limit.units_per_request);
    let allowed = number(limit.units_per_minute.into());
    match units {
        1 => format!("{allowed} a minute ({budget})"),
        _ => format!("{allowed} units a minute ({budget}), {units} a request"),
    }
}

#[derive(Serialize)]
struct DryRun<'a> {
    dry_run: bool,
    job: &'a str,
    source: &'a str,
    dataset: &'a str,
    items: u64,
    requests: u64,
    rows: Option<u64>,
    time_at_limit_s: Option<u64>,
    /// In the vendor's units.
    units: Option<u64>,
    bytes_on_disk: Option<u64>,
    limit: Option<&'a Limit>,
    ids: Option<u64>,
    duplicates: Option<u64>,
    skipped: Option<u64>,
    notes: &'a [String],
}

/// Prints what would be enqueued.
pub(crate) fn print(prepared: &Prepared, output: Output) -> anyhow::Result<()> {
    let (estimate, tally) = (&prepared.estimate, prepared.tally.as_ref());
    let answer = DryRun {
        dry_run: true,
        job: prepared.job.as_str(),
        source: &prepared.request.source,
        dataset: &prepared.request.dataset,
        items: prepared.items.count(),
        requests: estimate.requests,
        rows: estimate.rows,
        time_at_limit_s: estimate.time_at_limit_s,
        units: estimate
            .limit
            .as_ref()
            .map(|limit| estimate.requests * u64::from(limit.units_per_request)),
        bytes_on_disk: estimate.bytes_on_disk,
        limit: estimate.limit.as_ref(),
        ids: tally.map(|tally| tally.ids),
        duplicates: tally.map(|tally| tally.duplicates),
        skipped: tally.map(|tally| tally.skipped),
        notes: &prepared.notes,
    };
    output.print(&answer, human)
}

fn human(answer: &DryRun<'_>) -> String {
    let time = answer.time_at_limit_s.map(Duration::from_secs).map_or_else(
        || "unknown".to_owned(),
        |time| match answer.limit {
            Some(limit) => format!("{} at {}", span(time), text(limit)),
            None => span(time),
        },
    );
    let mut lines = vec![
        ("job", answer.job.to_owned()),
        ("source", format!("{} {}", answer.source, answer.dataset)),
        ("items", number(answer.items)),
        ("requests", number(answer.requests)),
        ("rows", known(answer.rows)),
        ("time", time),
    ];
    if let Some(bytes) = answer.bytes_on_disk {
        let bytes = indicatif::BinaryBytes(bytes).to_string();
        lines.push(("disk", format!("{bytes}, as the rows that are stored take")));
    }
    if let Some(ids) = answer.ids {
        lines.insert(2, ("ids", number(ids)));
    }
    let notes: String = answer
        .notes
        .iter()
        .map(|note| format!("note: {note}\n"))
        .collect();
    output::pairs(&lines) + &notes + "nothing was written\n"
}
