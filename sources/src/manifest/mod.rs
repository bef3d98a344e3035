//! Any HTTP API that answers in JSON, described by a TOML file instead of a module.
//!
//! `check` reads a manifest and tells all that is wrong in it at once; what comes out
//! ([`Manifest`]) is a [`Source`] as any other. `ask` fills the templates of requests, `parse`
//! takes the values of a reply by their paths, `page` remembers where to go on. Values travel as
//! the text they stand as, so numbers and times are exact.
//!
//! `docs/manifests.md` documents every key. Programs read the folder `manifests.dir` at their
//! start and [`register`] what is in it.

mod ask;
mod check;
mod columns;
mod cursor;
mod dataset;
mod judge;
mod model;
mod page;
mod parse;
mod path;
mod plan;
mod section;
mod select;
mod stamp;
mod template;
mod value;

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use common::tables::{Rows, Table};

pub use self::model::Manifest;
use self::model::Offer;
use crate::ask::{Ask, At, Next, ParseError, Refusal};
use crate::plan::{Plan, PlanError, PlanRequest};
use crate::source::{Dataset, Reply, Source};
use crate::verdict::{ReplyHead, Verdict};

/// The manifests of this process.
static REGISTERED: RwLock<Vec<&'static dyn Source>> = RwLock::new(Vec::new());

/// Makes manifests known for the rest of the process; one of a name that is known already is left
/// out.
pub fn register(manifests: Vec<Manifest>) {
    let mut known = REGISTERED.write().unwrap_or_else(PoisonError::into_inner);
    for manifest in manifests {
        if !known.iter().any(|source| source.name() == manifest.name) {
            known.push(Box::leak(Box::new(manifest)));
        }
    }
}

/// Those that were made known, in that order.
pub(crate) fn registered() -> Vec<&'static dyn Source> {
    let known = REGISTERED.read().unwrap_or_else(PoisonError::into_inner);
    known.clone()
}

/// Reads, checks and registers manifests, given as their files' names and texts.
///
/// # Errors
/// With everything that is wrong in any of them; none is registered then.
pub fn load(files: &[(String, String)]) -> Result<(), Problems> {
    let (mut manifests, mut problems) = (Vec::<Manifest>::new(), Vec::new());
    for (file, text) in files {
        match Manifest::read(file, text) {
            Ok(manifest) if manifests.iter().any(|other| other.name == manifest.name) => {
                let name = manifest.name;
                problems.push(format!(
                    "{file}: name: {name:?} is the name of another manifest too; give each its own"
                ));
            }
            Ok(manifest) => manifests.push(manifest),
            Err(wrong) => problems.extend(wrong),
        }
    }
    if problems.is_empty() {
        register(manifests);
        Ok(())
    } else {
        Err(Problems(problems))
    }
}

/// What is wrong in manifests, each with its file and key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} wrong in manifests:\n  {}", .0.len(), .0.join("\n  "))]
pub struct Problems(pub Vec<String>);

impl Manifest {
    fn offer(&self, name: &str) -> Result<&Offer, String> {
        let found = self.offers.iter().find(|offer| offer.name == name);
        found.ok_or_else(|| format!("{} has no dataset {name:?}", self.name))
    }
}

impl Source for Manifest {
    fn name(&self) -> &'static str {
        self.name
    }

    /// What an id of any vendor looks like, nobody knows.
    fn ids_are_numbers(&self) -> bool {
        false
    }

    fn base_url(&self) -> &'static str {
        self.base_url
    }

    fn servers(&self) -> &'static [(&'static str, &'static str)] {
        self.servers
    }

    fn key(&self) -> Option<&'static str> {
        self.key
    }

    fn datasets(&self) -> &'static [Dataset] {
        self.datasets
    }

    fn plan(&self, request: &PlanRequest) -> Result<Plan, PlanError> {
        self.dataset(&request.dataset)?;
        let offer = self.offer(&request.dataset).map_err(PlanError)?;
        self.cut(offer, request)
    }

    fn ask(&self, at: &At<'_>) -> Result<Ask, Refusal> {
        let offer = self.offer(&at.item.dataset).map_err(Refusal)?;
        self.request(offer, at)
    }

    fn judge(&self, head: &ReplyHead, body: &[u8]) -> Verdict {
        self.errors.judge(head, body)
    }

    fn constants(
        &self,
        dataset: &str,
        table: Table,
        params: &BTreeMap<String, String>,
    ) -> Vec<(&'static str, String)> {
        let offer = self
            .offer(dataset)
            .ok()
            .filter(|offer| offer.table == table);
        offer.map_or_else(Vec::new, |offer| offer.constants(params))
    }

    fn parse(&self, reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
        let offer = self.offer(&reply.item.dataset).map_err(|what| ParseError {
            at: "item".to_owned(),
            what,
        })?;
        self.rows(offer, reply, rows)
    }

    fn units_per_minute(&self, budget: &str) -> Option<u32> {
        (budget == self.name).then_some(self.requests_per_minute)
    }

    fn polite_delay(&self) -> (Duration, Duration) {
        self.delay
    }

    fn terms(&self) -> Option<&'static str> {
        self.terms
    }
}
