//! `sources`: what can be asked for, and what the vendors and the configuration allow.
//!
//! This file lists; [`show`] tells all of one source, [`check`] looks at manifests, [`attempt`]
//! has the worker ask one request.

pub(crate) mod attempt;
pub(crate) mod check;
pub(crate) mod show;

use std::collections::BTreeMap;

use common::settings::Settings;
use serde::Serialize;
use sources::{Dataset, Selection, Source};

use crate::output::{self, Output};

#[derive(Serialize)]
struct Listing {
    sources: Vec<Vendor>,
}

#[derive(Serialize)]
struct Vendor {
    name: &'static str,
    base_url: String,
    requests_per_minute: Option<u32>,
    window_ms: Option<u64>,
    concurrency: Option<usize>,
    delay_ms: Option<[u64; 2]>,
    terms: Option<&'static str>,
    accepted: bool,
    datasets: Vec<Offer>,
}

#[derive(Serialize)]
struct Offer {
    name: &'static str,
    about: &'static str,
    selection: &'static str,
    params: BTreeMap<&'static str, &'static str>,
}

/// Prints every source with its datasets.
pub(crate) fn print(settings: &Settings, output: Output) -> anyhow::Result<()> {
    let sources = sources::all()
        .map(|source| vendor(source, settings))
        .collect();
    output.print(&Listing { sources }, human)
}

fn vendor(source: &dyn Source, settings: &Settings) -> Vendor {
    let section = settings.source(source.name());
    Vendor {
        name: source.name(),
        base_url: section.map_or_else(|| source.base_url().to_owned(), |s| s.base_url.clone()),
        requests_per_minute: section.map(|s| s.requests_per_minute),
        window_ms: section.map(|s| s.window_ms),
        concurrency: section.map(|s| s.concurrency),
        delay_ms: section.map(|s| s.delay_ms),
        terms: source.terms(),
        accepted: source.terms().is_none() || section.is_some_and(|s| s.accept_terms),
        datasets: source.datasets().iter().map(offer).collect(),
    }
}

fn offer(dataset: &Dataset) -> Offer {
    Offer {
        name: dataset.name,
        about: dataset.about,
        selection: asked_by(dataset.selection),
        params: dataset.params.iter().copied().collect(),
    }
}

/// How a dataset is asked for, in words.
fn asked_by(selection: Selection) -> &'static str {
    match selection {
        Selection::SymbolRange => "symbols and range",
        Selection::Range => "range",
        Selection::Ids => "ids",
        Selection::Snapshot => "symbols, now",
        Selection::Now => "now",
    }
}

fn human(listing: &Listing) -> String {
    let mut text = String::new();
    let header = ["source", "dataset", "asked by", "parameters", "about"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for vendor in &listing.sources {
        rows.extend(vendor.datasets.iter().map(|offer| row(vendor.name, offer)));
    }
    text += &output::table(&rows);
    for vendor in &listing.sources {
        text += &format!("\n{}: {}", vendor.name, limits(vendor));
    }
    text + "\n"
}

fn row(vendor: &str, offer: &Offer) -> Vec<String> {
    let params: Vec<_> = offer
        .params
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let cells = [vendor, offer.name, offer.selection, &params.join(" ")];
    let mut row: Vec<String> = cells.map(str::to_owned).to_vec();
    row.push(offer.about.to_owned());
    row
}

fn limits(vendor: &Vendor) -> String {
    let mut facts = vec![vendor.base_url.clone()];
    match (vendor.requests_per_minute, vendor.window_ms) {
        (Some(requests), Some(60_000)) => {
            facts.push(format!("{requests} requests a minute per worker"));
        }
        (Some(requests), Some(window)) => {
            facts.push(format!("{requests} requests in {window} ms per worker"));
        }
        _ => {}
    }
    if let Some([least, most]) = vendor.delay_ms.filter(|delay| delay[1] > 0) {
        facts.push(format!("{least} to {most} ms between two requests"));
    }
    if let Some(terms) = vendor.terms {
        let state = if vendor.accepted {
            "accepted"
        } else {
            "not accepted"
        };
        facts.push(format!("terms {state}: {terms}"));
    }
    facts.join("; ")
}
