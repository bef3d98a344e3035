//! `audit --repair`: a job whose items are exactly the intervals that are missing, failed or stale,
//! and that nobody is working on. What it finds stands in the ledger beside what was found before, so
//! the next audit has one answer more.

use chrono::{DateTime, Utc};
use common::item::Token;
use common::jobs::{Estimate, Part, Request, State, Window};
use common::settings::Settings;
use serde::Serialize;
use sources::{PlanRequest, Source};

use super::Audit;
use super::expect::at;
use super::facts::{Span, united};
use crate::enqueue::Prepared;
use crate::enqueue::items::Items;
use crate::status::Queues;

/// Parts of time in one job: the list must fit one entry of `JOBS`.
const MOST_WINDOWS: usize = 4_000;
const NS_PER_SECOND: i64 = 1_000_000_000;

/// What a repair comes to.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Repaired {
    /// The job; nothing where there is nothing to repair.
    pub(super) job: Option<Token>,
    pub(super) windows: usize,
    pub(super) items: u64,
    pub(super) dry_run: bool,
    /// What cannot be asked for again, and why.
    pub(super) left_out: Vec<String>,
}

impl Repaired {
    /// What was done, in words.
    pub(super) fn human(&self) -> String {
        let left_out: String = self
            .left_out
            .iter()
            .map(|why| format!("left out: {why}\n"))
            .collect();
        let done = match (&self.job, self.dry_run) {
            (None, _) => "repair: nothing to enqueue\n".to_owned(),
            (Some(job), true) => format!(
                "repair: job {job} would have {} items; nothing was written\n",
                self.items
            ),
            (Some(job), false) => format!(
                "repair: {} items are enqueued as job {job}; audit again when it is finished\n",
                self.items
            ),
        };
        left_out + &done
    }
}

/// The gaps of a symbol, in whole seconds (items are named by them), adjacent ones as one.
fn gaps(audit: &Audit) -> Vec<(Option<String>, Vec<Span>)> {
    let second = |ns: i64| ns.div_euclid(NS_PER_SECOND) * NS_PER_SECOND;
    let of = |symbol: &super::report::Symbol| {
        let gaps = symbol
            .intervals
            .iter()
            .filter(|shown| shown.is_repairable());
        let spans = gaps.map(|shown| {
            Span::new(
                second(shown.span.from),
                second(shown.span.to + NS_PER_SECOND - 1),
            )
        });
        (symbol.asked.clone(), united(spans.collect()))
    };
    let all = audit.report.symbols().iter().map(of);
    all.filter(|(_, spans)| !spans.is_empty()).collect()
}

/// Cuts the gaps into items, as they would be cut today.
///
/// # Errors
/// When the broker cannot be asked which jobs there are.
pub(super) async fn prepare(
    audit: &mut Audit,
    settings: &Settings,
    dry_run: bool,
) -> anyhow::Result<Option<Prepared>> {
    let source = sources::find_or_list(audit.expected.source)?;
    let (mut windows, mut left_out, mut requests) = (Vec::new(), Vec::new(), 0);
    for (symbol, spans) in gaps(audit) {
        for span in spans {
            match cut(source, audit, symbol.as_deref(), span) {
                Ok((mut found, told, asks)) => {
                    windows.append(&mut found);
                    left_out.extend(told);
                    requests += asks;
                }
                Err(error) => left_out.push(error),
            }
        }
    }
    if windows.len() > MOST_WINDOWS {
        left_out.push(format!(
            "{} parts are left for the next --repair",
            windows.len() - MOST_WINDOWS
        ));
        windows.truncate(MOST_WINDOWS);
    }
    let mut repaired = Repaired {
        job: None,
        windows: windows.len(),
        items: 0,
        dry_run,
        left_out,
    };
    let prepared = match windows.is_empty() {
        true => None,
        false => Some(job(audit, settings, windows, requests).await?),
    };
    if let Some(prepared) = &prepared {
        repaired.job = Some(prepared.job.clone());
        repaired.items = prepared.items.count();
    }
    audit.report.repair = Some(repaired);
    Ok(prepared)
}

type CutUp = (Vec<Window>, Vec<String>, u64);

/// The windows of a gap, what of it is not served any more, and the requests that it takes.
fn cut(
    source: &dyn Source,
    audit: &Audit,
    symbol: Option<&str>,
    span: Span,
) -> Result<CutUp, String> {
    let expected = &audit.expected;
    let now = Utc::now();
    let params = expected.params.iter();
    let known = |name: &str| {
        expected
            .dataset
            .params
            .iter()
            .any(|(known, _)| *known == name)
    };
    let request = PlanRequest {
        dataset: expected.dataset.name.to_owned(),
        symbols: symbol.map(str::to_owned).into_iter().collect(),
        from: at(span.from),
        to: at(span.to).min(now),
        slice: None,
        params: params
            .filter(|(name, _)| known(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        now,
    };
    let named = |from: DateTime<Utc>, to: DateTime<Utc>, why: &str| {
        format!("{} {from} to {to}: {why}", symbol.unwrap_or_default())
            .trim()
            .to_owned()
    };
    let plan = source
        .plan(&request)
        .map_err(|error| named(request.from, request.to, &error.0))?;
    let told = plan
        .gaps
        .iter()
        .map(|gap| named(gap.from, gap.to, &gap.reason))
        .collect();
    let symbols = plan.symbols.iter();
    let windows = symbols.flat_map(|symbol| {
        plan.segments.iter().map(|segment| Window {
            symbol: symbol.clone(),
            segment: segment.clone(),
        })
    });
    Ok((windows.collect(), told, plan.requests))
}

/// The job: the next free number, or the one that was interrupted while it was enqueued.
async fn job(
    audit: &Audit,
    settings: &Settings,
    windows: Vec<Window>,
    requests: u64,
) -> anyhow::Result<Prepared> {
    let expected = &audit.expected;
    // A kept reply says again what it said before, and what is only fetched is not stored.
    let params = expected
        .params
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "cache" | "fetch_only"));
    let items = &windows;
    let request = Request {
        source: expected.source.to_owned(),
        dataset: expected.dataset.name.to_owned(),
        params: params
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        part: Part::Windows {
            windows: items.clone(),
        },
    };
    let queues = Queues::open(&crate::run::connect(settings).await?).await?;
    let mut number = 1;
    let name = loop {
        let base: String = expected.name.as_str().chars().take(80).collect();
        let name = Token::from_lossy(&format!("{base}-repair-{number}"));
        let there = match &queues {
            Some(queues) => queues.jobs.get(&name).await?,
            None => None,
        };
        match there {
            None => break name,
            Some((job, _))
                if job.request == request
                    && job.state == State::Enqueueing
                    && job.cancelled.is_none() =>
            {
                break name;
            }
            Some(_) => number += 1,
        }
    };
    let items = Items::of_windows(&name, &request, items);
    Ok(Prepared {
        job: name,
        items,
        request,
        estimate: Estimate {
            requests,
            ..Estimate::default()
        },
        tables: expected.dataset.tables,
        tally: None,
        notes: Vec::new(),
        fresh: false,
    })
}
