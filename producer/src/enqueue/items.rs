//! The items of a job, numbered and cut into parts. Pure but for reading back the ids.
//!
//! Part `n` always holds the same items, made from the request alone: this is what lets a second
//! run, or a second producer, go on where the first one stopped. A part is stored whole or not at
//! all (see [`super::parts`]), and nothing but the part at hand is in memory.

use std::collections::BTreeMap;

use anyhow::Context;
use bytes::Bytes;
use common::item::{Item, Token};
use common::jobs::{Request, Window};
use common::nats::{BATCH_LIMIT, Outgoing};
use common::segment::{Gap, Segment};
use common::streams;
use serde::Serialize;
use sources::Plan;
use sources::plan::Slice;
use xxhash_rust::xxh3::xxh3_64;

use super::spool::Spool;
use super::wanted;

/// Items in a part: an atomic batch less the mark.
pub(crate) const PART_ITEMS: u64 = BATCH_LIMIT as u64 - 1;

/// All items of a job.
#[derive(Debug)]
pub(crate) struct Items {
    job: Token,
    source: String,
    dataset: String,
    params: BTreeMap<String, String>,
    request_hash: String,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Range(Plan),
    /// Plans of one symbol and one segment each, one after the other.
    Windows(Vec<Plan>),
    Ids {
        ids: Spool,
        chunk: usize,
    },
}

/// The messages of one part; the mark is the last of them.
///
/// It must be: a server that dies while it stores a batch may keep its first messages only, and a
/// mark without its items would be taken for all of them.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) number: u64,
    pub(crate) items: u64,
    pub(crate) messages: Vec<Outgoing>,
}

/// The body of a mark.
#[derive(Debug, Serialize, serde::Deserialize)]
pub(crate) struct Mark {
    /// Items in the part.
    pub(crate) items: u64,
    /// Its first item.
    pub(crate) first: String,
    /// Its last item.
    pub(crate) last: String,
    /// Hash of the request: a mark of another request is not ours.
    pub(crate) request: String,
}

impl Items {
    /// The slices of a plan.
    pub(super) fn of_range(job: &Token, request: &Request, plan: Plan) -> Self {
        Self::new(job, request, Kind::Range(plan))
    }

    /// The slices of windows, as the request has them.
    pub(crate) fn of_windows(job: &Token, request: &Request, windows: &[Window]) -> Self {
        Self::new(
            job,
            request,
            Kind::Windows(windows.iter().map(plan_of).collect()),
        )
    }

    /// Chunks of ids.
    pub(super) fn of_ids(job: &Token, request: &Request, ids: Spool, chunk: usize) -> Self {
        Self::new(job, request, Kind::Ids { ids, chunk })
    }

    fn new(job: &Token, request: &Request, kind: Kind) -> Self {
        Self {
            job: job.clone(),
            source: request.source.clone(),
            dataset: request.dataset.clone(),
            params: request.params.clone(),
            request_hash: format!("{:016x}", wanted::hash(request)),
            kind,
        }
    }

    /// The job.
    pub(super) fn job(&self) -> &Token {
        &self.job
    }

    /// What marks of this request carry.
    pub(super) fn request_hash(&self) -> &str {
        &self.request_hash
    }

    /// The plan of a range.
    pub(super) fn plan(&self) -> Option<&Plan> {
        match &self.kind {
            Kind::Range(plan) => Some(plan),
            Kind::Windows(_) | Kind::Ids { .. } => None,
        }
    }

    /// How a range is cut and what of it cannot be had; nothing for ids.
    pub(super) fn segments(&self) -> (Vec<Segment>, Vec<Gap>) {
        match &self.kind {
            Kind::Range(plan) => (plan.segments.clone(), plan.gaps.clone()),
            Kind::Windows(_) | Kind::Ids { .. } => (Vec::new(), Vec::new()),
        }
    }

    /// Cuts a range as it was cut when the job was first enqueued: planned today, it might be cut
    /// in another way.
    pub(super) fn cut_as(&mut self, segments: &[Segment], gaps: &[Gap]) {
        if let Kind::Range(plan) = &mut self.kind {
            plan.segments = segments.to_vec();
            plan.gaps = gaps.to_vec();
        }
    }

    /// How many items there are.
    pub(crate) fn count(&self) -> u64 {
        match &self.kind {
            Kind::Range(plan) => plan.items(),
            Kind::Windows(plans) => plans.iter().map(Plan::items).sum(),
            Kind::Ids { ids, chunk } => ids.count().div_ceil(*chunk as u64),
        }
    }

    /// How many parts there are.
    pub(super) fn parts(&self) -> u64 {
        self.count().div_ceil(PART_ITEMS)
    }

    /// How many items a part holds.
    pub(super) fn in_part(&self, part: u64) -> u64 {
        self.count()
            .saturating_sub(part * PART_ITEMS)
            .min(PART_ITEMS)
    }

    /// The first item, for what can be told of all by one.
    pub(super) fn first(&self) -> anyhow::Result<Option<Item>> {
        if self.count() == 0 {
            return Ok(None);
        }
        let part = self.part(0)?;
        Ok(Some(serde_json::from_slice(&part.messages[0].payload)?))
    }

    /// The messages of a part.
    pub(super) fn part(&self, number: u64) -> anyhow::Result<Part> {
        let items = self.in_part(number);
        let first = number * PART_ITEMS;
        let mut named = match &self.kind {
            Kind::Range(plan) => self.slices(|number| plan.item(number), first, items)?,
            Kind::Windows(plans) => self.slices(|number| item_of(plans, number), first, items)?,
            Kind::Ids { ids, chunk } => self.chunks(ids, *chunk, first, items)?,
        };
        let mark = self.mark(number, &named)?;
        let mut messages: Vec<_> = named
            .drain(..)
            .map(|(id, body)| outgoing(streams::work(&self.job, &id), body))
            .collect();
        messages.push(mark);
        Ok(Part {
            number,
            items,
            messages,
        })
    }

    fn slices(
        &self,
        item: impl Fn(u64) -> Option<Slice>,
        first: u64,
        items: u64,
    ) -> anyhow::Result<Vec<(Token, Bytes)>> {
        (first..first + items)
            .map(|number| {
                let slice = item(number).context("the plan has fewer items than it says")?;
                let id = token(&slice.name);
                let mut params = self.params.clone();
                params.extend(slice.params);
                let item = Item {
                    job: self.job.clone(),
                    id: id.clone(),
                    source: self.source.clone(),
                    dataset: self.dataset.clone(),
                    work: slice.work,
                    params,
                    retry: common::Retry::default(),
                };
                Ok((id, serde_json::to_vec(&item)?.into()))
            })
            .collect()
    }

    fn chunks(
        &self,
        ids: &Spool,
        chunk: usize,
        first: u64,
        items: u64,
    ) -> anyhow::Result<Vec<(Token, Bytes)>> {
        let per_item = chunk as u64;
        let ids = ids
            .read(first * per_item, items * per_item)
            .context("cannot read back the ids")?;
        (first..)
            .zip(ids.iter().collect::<Vec<_>>().chunks(chunk))
            .map(|(number, ids)| {
                let id = Token::from_lossy(&format!("ids-{number:08}"));
                let body = serde_json::to_vec(&self.lean(&id, ids))?;
                Ok((id, body.into()))
            })
            .collect()
    }

    fn lean<'a>(&'a self, id: &'a Token, ids: &'a [&'a str]) -> LeanItem<'a> {
        LeanItem {
            job: self.job.as_str(),
            id: id.as_str(),
            source: &self.source,
            dataset: &self.dataset,
            work: LeanWork::Ids(ids),
            params: &self.params,
        }
    }

    fn mark(&self, number: u64, named: &[(Token, Bytes)]) -> anyhow::Result<Outgoing> {
        let id =
            |item: Option<&(Token, Bytes)>| item.map(|(id, _)| id.to_string()).unwrap_or_default();
        let mark = Mark {
            items: named.len() as u64,
            first: id(named.first()),
            last: id(named.last()),
            request: self.request_hash.clone(),
        };
        let body = serde_json::to_vec(&mark)?;
        Ok(outgoing(streams::mark(&self.job, number), body.into()))
    }
}

/// The plan of a window of one symbol.
pub(crate) fn plan_of(window: &Window) -> Plan {
    Plan::of(vec![window.symbol.clone()], vec![window.segment.clone()])
}

/// The item with that number over several plans.
fn item_of(plans: &[Plan], mut number: u64) -> Option<Slice> {
    plans.iter().find_map(|plan| {
        let items = plan.items();
        let inside = number < items;
        let item = inside.then(|| plan.item(number)).flatten();
        number = number.saturating_sub(items);
        item
    })
}

fn outgoing(subject: async_nats::Subject, payload: Bytes) -> Outgoing {
    Outgoing {
        subject,
        headers: async_nats::HeaderMap::new(),
        payload,
    }
}

/// The name of a slice as a token; one that had to be changed gets a hash, so that no two become the same.
pub(crate) fn token(name: &str) -> Token {
    let plain = Token::from_lossy(name);
    if plain.as_str() == name {
        return plain;
    }
    let kept: String = plain.as_str().chars().take(80).collect();
    Token::from_lossy(&format!("{kept}-{:016x}", xxh3_64(name.as_bytes())))
}

/// [`Item`] of ids as it is written, without a text allocated for each id: ten million of them
/// pass through here.
#[derive(Serialize)]
struct LeanItem<'a> {
    job: &'a str,
    id: &'a str,
    source: &'a str,
    dataset: &'a str,
    work: LeanWork<'a>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    params: &'a BTreeMap<String, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum LeanWork<'a> {
    Ids(&'a [&'a str]),
}

#[cfg(test)]
mod tests;
