//! The lines of the ledger that tell of a range: everybody's, whichever job they are of.

use std::collections::{BTreeMap, BTreeSet};

use clickhouse::Row;
use common::tables::Table;
use serde::Deserialize;

use super::expect::Expected;
use super::facts::{Line, Outcome, Span};
use super::stored::{Names, Shelf, instant, text, texts};

#[derive(Debug, Row, Deserialize)]
struct Recorded {
    job: String,
    item: String,
    run: u64,
    symbol: String,
    from: i64,
    to: i64,
    outcome: String,
    step: String,
    reason: String,
    rows: u64,
    requests: u64,
    params: String,
    at: i64,
}

/// Reads the lines whose window meets the span and that are about one of the symbols, however it
/// was written.
pub(super) async fn read(
    shelf: &Shelf<'_>,
    expected: &Expected,
    names: &Names,
    span: Span,
) -> anyhow::Result<Vec<Line>> {
    let asked = expected
        .tracks
        .iter()
        .filter_map(|track| track.symbol.as_ref());
    let asked = asked.map(|symbol| symbol.to_uppercase());
    let spellings: BTreeSet<_> = names
        .spellings()
        .cloned()
        .chain(asked)
        .chain([String::new()])
        .collect();
    let sql = format!(
        "SELECT job, item, run, symbol, toUnixTimestamp64Nano(window_from) AS from, \
         toUnixTimestamp64Nano(window_to) AS to, outcome, step, reason, rows, requests, params, \
         toUnixTimestamp64Nano(at) AS at FROM `{}`.{} FINAL \
         WHERE source = {} AND dataset = {} AND window_to > {} AND window_from < {} \
         AND (upper(symbol) IN ({}) OR position(symbol, ',') > 0)",
        shelf.settings.database,
        Table::WorkLog.name(),
        text(shelf.source),
        text(expected.dataset.name),
        instant(span.from),
        instant(span.to),
        texts(&spellings),
    );
    let recorded: Vec<Recorded> = shelf.fetch(&sql).await?;
    Ok(recorded
        .into_iter()
        .filter_map(|line| understood(line, expected, names))
        .collect())
}

fn understood(line: Recorded, expected: &Expected, names: &Names) -> Option<Line> {
    let params: BTreeMap<String, String> = serde_json::from_str(&line.params).ok()?;
    let param = |name: &str| params.get(name).map_or("", String::as_str);
    // Of what was only fetched nothing was to be stored.
    if !expected.is_same(&params) || param("fetch_only") == "true" {
        return None;
    }
    let window = Span::new(line.from, line.to);
    let outcome = match line.outcome.as_str() {
        "done" => Outcome::Done,
        "cancelled" => Outcome::Cancelled,
        _ => Outcome::Refused {
            step: line.step,
            reason: line.reason,
        },
    };
    let is_served =
        outcome == Outcome::Done && expected.was_served(&line.symbol, window, &params, line.at);
    Some(Line {
        symbols: line
            .symbol
            .split(',')
            .map(|symbol| names.stored(symbol))
            .collect(),
        is_fresh: line.requests > 0 && param("cache") != "read",
        is_served,
        outcome,
        window,
        job: line.job,
        item: line.item,
        run: line.run,
        rows: line.rows,
        at: line.at,
    })
}
