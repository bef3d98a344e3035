//! What both kinds of request share: the source, the dataset, its parameters and the vendor's
//! terms, checked; and the name of a job.

use std::collections::BTreeMap;

use chrono::Utc;
use common::item::Token;
use common::jobs::{Job, Request, State};
use common::settings::Settings;
use sources::{Dataset, Selection, Source};
use xxhash_rust::xxh3::xxh3_64;

use super::Prepared;
use crate::cli::{Cache, Wanted};
use crate::failure::usage;

/// A source and a dataset that exist and may be asked.
#[derive(Clone)]
pub(super) struct Checked {
    pub(super) source: &'static dyn Source,
    pub(super) dataset: &'static Dataset,
    pub(super) params: BTreeMap<String, String>,
}

/// Checks the common part of a request; `kind` says which command it came by.
pub(super) fn check(wanted: &Wanted, settings: &Settings, kind: Kind) -> anyhow::Result<Checked> {
    let source = sources::find_or_list(&wanted.source).map_err(|e| usage(e.to_string()))?;
    let dataset = source
        .dataset(&wanted.dataset)
        .map_err(|e| usage(e.to_string()))?;
    check_kind(source, dataset, kind)?;
    check_terms(source, settings)?;
    let mut params = dataset
        .fill_params(&given(&wanted.params)?)
        .map_err(|e| usage(e.to_string()))?;
    params.extend(caching(wanted)?);
    Ok(Checked {
        source,
        dataset,
        params,
    })
}

/// Which command a request came by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Range,
    Now,
    Ids,
}

fn check_kind(source: &dyn Source, dataset: &Dataset, kind: Kind) -> anyhow::Result<()> {
    let wants = match dataset.selection {
        Selection::SymbolRange | Selection::Range => Kind::Range,
        Selection::Snapshot | Selection::Now => Kind::Now,
        Selection::Ids => Kind::Ids,
    };
    if wants == kind {
        return Ok(());
    }
    let (by, command) = match wants {
        Kind::Range => ("time", "range"),
        Kind::Now => ("as it is now", "now"),
        Kind::Ids => ("id", "ids"),
    };
    Err(usage(format!(
        "{} of {} is asked for by {by}: use producer enqueue {command}",
        dataset.name,
        source.name()
    )))
}

fn check_terms(source: &dyn Source, settings: &Settings) -> anyhow::Result<()> {
    let accepted = settings
        .source(source.name())
        .is_some_and(|section| section.accept_terms);
    match source.terms() {
        Some(terms) if !accepted => Err(usage(format!(
            "{name} is off: {terms}; it is used only after accept_terms = true in [sources.{section}] of the configuration",
            name = source.name(),
            section = source.name().replace('-', "_"),
        ))),
        _ => Ok(()),
    }
}

/// What the workers are told about the cache, in parameters that no dataset has.
fn caching(wanted: &Wanted) -> anyhow::Result<Vec<(String, String)>> {
    let mode = match wanted.cache {
        Cache::Off if wanted.fetch_only => {
            return Err(usage("--fetch-only fills the cache: add --cache write"));
        }
        Cache::Off => return Ok(Vec::new()),
        Cache::Write => "write",
        Cache::Read => "read",
    };
    let mut told = vec![("cache".to_owned(), mode.to_owned())];
    if wanted.fetch_only {
        told.push(("fetch_only".to_owned(), "true".to_owned()));
    }
    Ok(told)
}

pub(crate) fn given(params: &[(String, String)]) -> anyhow::Result<BTreeMap<String, String>> {
    let mut all = BTreeMap::new();
    for (name, value) in params {
        if all.insert(name.clone(), value.clone()).is_some() {
            return Err(usage(format!("the parameter {name} is given twice")));
        }
    }
    Ok(all)
}

/// The request as bytes that are the same whenever the request is.
pub(super) fn hash(request: &Request) -> u64 {
    let canonical = serde_json::to_vec(request).expect("a request is plain data");
    xxh3_64(&canonical)
}

/// The name given, or one that the same request always gets.
pub(super) fn name(given: Option<Token>, request: &Request) -> Token {
    given.unwrap_or_else(|| {
        let short = hash(request) >> 32;
        Token::from_lossy(&format!(
            "{}-{}-{short:08x}",
            request.source, request.dataset
        ))
    })
}

/// The entry of a job that begins.
pub(super) fn job(prepared: &Prepared) -> Job {
    let (segments, gaps) = prepared.items.segments();
    Job {
        name: prepared.job.clone(),
        request: prepared.request.clone(),
        state: State::Enqueueing,
        items: 0,
        created_at: Utc::now(),
        segments,
        gaps,
        estimate: Some(prepared.estimate.clone()),
        cancelled: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::jobs::Part;

    fn request(chunk: usize) -> Request {
        Request {
            source: "fotmob".into(),
            dataset: "match_details".into(),
            params: BTreeMap::new(),
            part: Part::Ids {
                fingerprint: "00".into(),
                ids: 1,
                chunk,
            },
        }
    }

    #[test]
    fn the_same_request_has_the_same_name() {
        assert_eq!(name(None, &request(1)), name(None, &request(1)));
        assert_ne!(name(None, &request(1)), name(None, &request(2)));
        let derived = name(None, &request(1));
        let hash = derived
            .as_str()
            .strip_prefix("fotmob-match_details-")
            .unwrap();
        assert_eq!(hash.len(), 8);
        let given = Token::new("mine").unwrap();
        assert_eq!(name(Some(given.clone()), &request(1)), given);
    }

    #[test]
    fn a_parameter_is_given_once() {
        let twice = [("a".into(), "1".into()), ("a".into(), "2".into())];
        assert!(given(&twice).unwrap_err().to_string().contains("twice"));
    }
}
