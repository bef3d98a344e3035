//! What the broker knows of jobs that were to fill a range: which items wait or are in work, which
//! were refused, and how far their job is.
//!
//! Read in this order: items, then record batches, and only then the store. An item that is not on
//! `WORK` has published its line of the ledger; when no record batch waits either, the line is stored.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use common::item::Token;
use common::jobs::{Job, State};
use common::streams::{self, Letter};
use futures_util::TryStreamExt;
use serde::Deserialize;
use sources::Plan;

use super::expect::{self, Expected, ns};
use super::facts::{Claim, Span};
use super::stored::Names;
use crate::enqueue::items;
use crate::status::Queues;

/// More letters than this are known by name alone.
const MOST_LETTERS: usize = 1_000;

/// A job that was to fill a part of the range.
#[derive(Debug)]
pub(super) struct Filler {
    job: Token,
    state: State,
    is_cancelled: bool,
    plans: Vec<Slices>,
    /// Its items on `WORK`.
    waiting: BTreeSet<String>,
    /// Whether lines of its ledger may be on the way to the store.
    pub(super) has_records: bool,
    letters: BTreeMap<String, Refused>,
}

/// A plan and its slices of time, in order, the same for each of its symbols.
#[derive(Debug)]
struct Slices {
    plan: Plan,
    spans: Vec<Span>,
}

/// What a dead letter says.
#[derive(Debug, Clone, Default, Deserialize)]
struct Refused {
    #[serde(default)]
    step: String,
    #[serde(default)]
    reason: String,
}

/// The jobs that were to fill a part of what is expected.
pub(super) async fn fillers(queues: &Queues, expected: &Expected) -> anyhow::Result<Vec<Filler>> {
    let hull = expected.hull();
    let mut fillers = Vec::new();
    for job in queues.jobs.list().await? {
        let request = &job.request;
        if request.source != expected.source
            || request.dataset != expected.dataset.name
            || !expected.is_same(&request.params)
        {
            continue;
        }
        // A job of an older version that cannot be planned any more says nothing.
        let Ok(plans) = expect::plans(&job) else {
            continue;
        };
        let plans: Vec<_> = plans.into_iter().map(Slices::of).collect();
        if plans.iter().any(|plan| plan.meets(hull)) {
            fillers.push(Filler::read(queues, job, plans).await?);
        }
    }
    Ok(fillers)
}

impl Slices {
    fn of(plan: Plan) -> Self {
        let slices = plan.segments.iter().flat_map(|segment| {
            (0..segment.slices()).map(|number| {
                let (from, to) = segment.slice(number);
                Span::new(ns(from), ns(to))
            })
        });
        Self {
            spans: slices.collect(),
            plan,
        }
    }

    fn meets(&self, span: Span) -> bool {
        self.spans.iter().any(|slice| slice.overlaps(span))
    }
}

impl Filler {
    async fn read(queues: &Queues, job: Job, plans: Vec<Slices>) -> anyhow::Result<Self> {
        let waiting = subjects(&queues.work, &streams::work_of(&job.name)).await?;
        let waiting = waiting
            .iter()
            .filter_map(|subject| subject.rsplit('.').next());
        let waiting = waiting.map(str::to_owned).collect();
        let has_records = queues.has_records(&job.name).await?;
        Ok(Self {
            waiting,
            has_records,
            letters: letters(queues, &job.name).await?,
            state: job.state,
            is_cancelled: job.cancelled.is_some(),
            plans,
            job: job.name,
        })
    }

    /// The ends of its slices.
    pub(super) fn edges(&self) -> impl Iterator<Item = i64> {
        let spans = self.plans.iter().flat_map(|plan| &plan.spans);
        spans.flat_map(|span| [span.from, span.to])
    }
}

/// What jobs were to do about spans of each symbol.
pub(super) struct Claims<'a> {
    fillers: &'a [Filler],
    /// The places of each stored symbol: filler, plan, and symbol in the plan.
    places: HashMap<String, Vec<(usize, usize, usize)>>,
}

impl<'a> Claims<'a> {
    pub(super) fn new(fillers: &'a [Filler], names: &Names) -> Self {
        let mut places: HashMap<_, Vec<_>> = HashMap::new();
        for (filler, of) in fillers.iter().enumerate() {
            for (plan, slices) in of.plans.iter().enumerate() {
                for (place, symbols) in slices.plan.symbols.iter().enumerate() {
                    for symbol in symbols.as_deref().unwrap_or("").split(',') {
                        let name = names.stored(symbol);
                        places.entry(name).or_default().push((filler, plan, place));
                    }
                }
            }
        }
        Self { fillers, places }
    }

    /// What they were to do about a span of a symbol.
    pub(super) fn of(&self, symbol: &str, span: Span) -> Vec<Claim> {
        let places = self.places.get(symbol).into_iter().flatten();
        places
            .flat_map(|&(filler, plan, place)| {
                let of = &self.fillers[filler];
                let slices = &of.plans[plan];
                let first = slices.spans.partition_point(|slice| slice.to <= span.from);
                let spans = slices.spans[first..]
                    .iter()
                    .take_while(move |slice| slice.from < span.to);
                (first..)
                    .zip(spans)
                    .filter_map(move |(number, _)| of.claim(slices, place, number))
            })
            .collect()
    }
}

impl Filler {
    fn claim(&self, slices: &Slices, place: usize, number: usize) -> Option<Claim> {
        let number = place * slices.spans.len() + number;
        let item = items::token(&slices.plan.item(number as u64)?.name).to_string();
        let job = self.job.to_string();
        Some(if self.waiting.contains(&item) || self.has_records {
            Claim::Waiting { job }
        } else if let Some(Refused { step, reason }) = self.letters.get(&item).cloned() {
            Claim::Refused { step, reason }
        } else if self.is_cancelled {
            Claim::Cancelled { job }
        } else if self.state == State::Enqueueing {
            Claim::NotEnqueued { job }
        } else {
            Claim::Lost { job, item }
        })
    }
}

async fn subjects(
    stream: &async_nats::jetstream::stream::Stream,
    filter: &str,
) -> anyhow::Result<Vec<String>> {
    let subjects = stream.info_with_subjects(filter).await?;
    Ok(subjects
        .map_ok(|(subject, _)| subject)
        .try_collect()
        .await?)
}

/// The letters of a job, by item; those of refused record batches count for their item.
async fn letters(queues: &Queues, job: &Token) -> anyhow::Result<BTreeMap<String, Refused>> {
    let mut letters = BTreeMap::new();
    for subject in subjects(&queues.dead, &streams::dead_of(job)).await? {
        if matches!(Letter::of(&subject), Letter::Stopped(_)) {
            continue;
        }
        let Some(item) = subject.split('.').nth(2) else {
            continue;
        };
        let read = match letters.len() < MOST_LETTERS {
            true => queues
                .dead
                .get_last_raw_message_by_subject(&subject)
                .await
                .ok(),
            false => None,
        };
        let read = read.and_then(|message| serde_json::from_slice(&message.payload).ok());
        letters.insert(item.to_owned(), read.unwrap_or_default());
    }
    Ok(letters)
}
