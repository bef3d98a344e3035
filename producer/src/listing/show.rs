//! `sources show`: everything that is known of one source.

use std::collections::BTreeMap;

use common::settings::Settings;
use serde::Serialize;
use sources::{Dataset, Source};

use super::asked_by;
use crate::failure::usage;
use crate::output::{self, Output};

#[derive(Serialize)]
struct Shown {
    name: &'static str,
    base_url: String,
    servers: BTreeMap<String, String>,
    /// What kind of key it wants and where that is had; nothing where none is needed.
    key: Option<&'static str>,
    key_set: bool,
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
    tables: Vec<&'static str>,
    retention: &'static str,
    paging: &'static str,
    limits: &'static str,
    document: &'static str,
}

/// Prints one source.
pub(crate) fn print(name: &str, settings: &Settings, output: Output) -> anyhow::Result<()> {
    let source = sources::find_or_list(name).map_err(|error| usage(error.to_string()))?;
    output.print(&shown(source, settings), human)
}

fn shown(source: &dyn Source, settings: &Settings) -> Shown {
    let section = settings.source(source.name());
    let own = source.servers().iter();
    let own = own.map(|(name, url)| ((*name).to_owned(), (*url).to_owned()));
    let mut servers: BTreeMap<_, _> = own.collect();
    servers.extend(section.iter().flat_map(|section| section.urls.clone()));
    Shown {
        name: source.name(),
        base_url: section.map_or_else(|| source.base_url().to_owned(), |s| s.base_url.clone()),
        servers,
        key: source.key(),
        key_set: section.is_some_and(|section| !section.token.expose().is_empty()),
        requests_per_minute: section.map(|section| section.requests_per_minute),
        window_ms: section.map(|section| section.window_ms),
        concurrency: section.map(|section| section.concurrency),
        delay_ms: section.map(|section| section.delay_ms),
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
        tables: dataset.tables.iter().map(|table| table.name()).collect(),
        retention: dataset.retention,
        paging: dataset.paging,
        limits: dataset.limits,
        document: dataset.document,
    }
}

fn human(shown: &Shown) -> String {
    let servers = shown
        .servers
        .iter()
        .map(|(name, url)| format!("{name}: {url}"));
    let mut facts = vec![
        ("source", shown.name.to_owned()),
        ("server", shown.base_url.clone()),
    ];
    facts.extend(servers.map(|server| ("", server)));
    let key = match (shown.key, shown.key_set) {
        (None, _) => "none needed".to_owned(),
        (Some(key), true) => format!("{key} (set)"),
        (Some(key), false) => format!("{key} (not set)"),
    };
    facts.push(("key", key));
    facts.push(("pace of a worker", pace(shown)));
    if let Some(terms) = shown.terms {
        let state = if shown.accepted {
            "accepted"
        } else {
            "not accepted"
        };
        facts.push(("terms", format!("{state}: {terms}")));
    }
    let datasets: String = shown
        .datasets
        .iter()
        .map(|offer| format!("\n{}", about(offer)))
        .collect();
    output::pairs(&facts) + &datasets
}

fn pace(shown: &Shown) -> String {
    let mut facts = Vec::new();
    if let (Some(requests), Some(window)) = (shown.requests_per_minute, shown.window_ms) {
        facts.push(match window {
            60_000 => format!("{requests} requests a minute"),
            window => format!("{requests} requests in {window} ms"),
        });
    }
    facts.extend(
        shown
            .concurrency
            .map(|items| format!("{items} items at once")),
    );
    if let Some([least, most]) = shown.delay_ms.filter(|delay| delay[1] > 0) {
        facts.push(format!("{least} to {most} ms between two requests"));
    }
    facts.join(", ")
}

fn about(offer: &Offer) -> String {
    let params: Vec<_> = offer
        .params
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let mut facts = vec![
        ("dataset", offer.name.to_owned()),
        ("about", offer.about.to_owned()),
        ("asked by", offer.selection.to_owned()),
        ("parameters", params.join(" ")),
        ("tables", offer.tables.join(", ")),
        ("retention", offer.retention.to_owned()),
        ("paging", offer.paging.to_owned()),
        ("limits", offer.limits.to_owned()),
        ("document", offer.document.to_owned()),
    ];
    facts.retain(|(_, fact)| !fact.is_empty());
    output::pairs(&facts)
}
