//! From the TOML of a manifest to what it says; everything that is wrong is told at once.

use std::collections::BTreeMap;
use std::time::Duration;

use super::dataset;
use super::model::{Errors, Manifest, Named};
use super::path::Path;
use super::section::{Notes, Section};
use super::select::Tree;
use super::template::Template;
use crate::ask::TokenIn;

const A_MINUTE: u64 = 60;
const REQUESTS_PER_MINUTE: u64 = 60;

impl Manifest {
    /// Reads and checks a manifest; `file` is how it is called in messages.
    ///
    /// What it holds is kept for the rest of the process: manifests are read once, at its start.
    ///
    /// # Errors
    /// With everything that is wrong, each as `file: key: what is wrong, what to write`.
    pub fn read(file: &str, text: &str) -> Result<Self, Vec<String>> {
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let before = error
                .span()
                .map_or("", |span| &text[..span.start.min(text.len())]);
            let line = before.matches('\n').count() + 1;
            vec![format!("{file}: line {line}: {}", error.message())]
        })?;
        let notes = Notes::default();
        let manifest = whole(Section::new(String::new(), &table, &notes));
        let problems = notes.take();
        match manifest {
            Some(manifest) if problems.is_empty() => Ok(manifest),
            _ => Err(problems
                .into_iter()
                .map(|problem| format!("{file}: {problem}"))
                .collect()),
        }
    }
}

/// Keeps a text for the rest of the process.
pub(super) fn keep(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

fn whole(top: Section<'_>) -> Option<Manifest> {
    let name = top
        .need("name", "my-source")
        .map(|name| checked_name(&top, name));
    top.text("about");
    top.list("redirect_hosts");
    let document = top.text("document").unwrap_or_default();
    let base_url = top.need("base_url", "https://api.example.com");
    let servers = servers(&top, base_url);
    let token = top.section("auth").map_or(Some(TokenIn::Nowhere), auth);
    let headers = named(&top, "headers");
    let limits = top.section("limits").map_or_else(Limits::default, limits);
    let errors = top.section("errors").map_or_else(Errors::new, errors);
    let symbols: BTreeMap<_, _> = top
        .texts("symbols")
        .into_iter()
        .map(|(ours, venue)| (ours.to_owned(), venue))
        .collect();
    let key = top.text("key").map(keep);
    let terms = top.text("terms").map(keep);
    let sections = top.sections("dataset");
    if sections.is_empty() {
        top.wrong("dataset", "is missing; write at least one [[dataset]]");
    }
    let common = dataset::Common {
        headers: &headers,
        servers,
        document,
        limits: format!("{} requests a minute", limits.requests_per_minute),
    };
    let (mut offers, mut datasets) = (Vec::new(), Vec::new());
    for section in sections {
        let at = section.key("name");
        let Some((offer, dataset)) = dataset::read(section, &common) else {
            continue;
        };
        if offers
            .iter()
            .any(|other: &super::model::Offer| other.name == offer.name)
        {
            top.wrong(
                &at,
                format_args!(
                    "{:?} is the name of two datasets; give each its own",
                    offer.name
                ),
            );
        }
        offers.push(offer);
        datasets.push(dataset);
    }
    top.done();
    Some(Manifest {
        name: name?,
        base_url: keep(base_url?.trim_end_matches('/')),
        servers,
        key,
        terms,
        token: token?,
        requests_per_minute: limits.requests_per_minute,
        delay: limits.delay,
        errors,
        symbols,
        offers,
        datasets: Box::leak(datasets.into_boxed_slice()),
    })
}

/// A name that can stand in items, on the command line and, with `_`, in configuration.
fn checked_name(top: &Section<'_>, name: &str) -> &'static str {
    let fits = name
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !fits {
        top.wrong(
            "name",
            format_args!(
                "{name:?} is no name; write lower-case letters, digits and -, such as my-source"
            ),
        );
    } else if crate::ALL.iter().any(|source| source.name() == name) {
        top.wrong(
            "name",
            format_args!("{name:?} is a built-in source; write another, such as my-{name}"),
        );
    }
    keep(name)
}

fn servers(top: &Section<'_>, base_url: Option<&str>) -> &'static [(&'static str, &'static str)] {
    let others = top.texts("servers");
    let given = base_url.map(|url| ("base_url".to_owned(), url));
    let named = others
        .iter()
        .map(|(name, url)| (format!("servers.{name}"), url.as_str()));
    for (key, url) in given.into_iter().chain(named) {
        let rest = ["http://", "https://"]
            .iter()
            .find_map(|scheme| url.strip_prefix(scheme));
        if rest.is_none_or(str::is_empty) {
            top.wrong(&key, format_args!("{url:?} is no URL; write https://host"));
        }
    }
    let kept = others
        .iter()
        .map(|(name, url)| (keep(name), keep(url.trim_end_matches('/'))));
    Box::leak(kept.collect::<Vec<_>>().into_boxed_slice())
}

fn auth(section: Section<'_>) -> Option<TokenIn> {
    let styles = [
        ("header", 0),
        ("bearer", 1),
        ("query", 2),
        ("form", 3),
        ("header_pair", 4),
    ];
    if section.table.get("style").is_none() {
        section.wrong(
            "style",
            "is missing; write header, bearer, query, form or header_pair",
        );
    }
    let style = section.choice("style", &styles);
    let name = match style {
        Some(0 | 2 | 3) => section.need("name", "X-Api-Key"),
        _ => section.text("name"),
    };
    let names = section.list("names");
    if style == Some(4) && names.len() != 2 {
        section.wrong(
            "names",
            "must be two; write names = [\"X-Key\", \"X-Secret\"]",
        );
    }
    let headers = name
        .filter(|_| style == Some(0))
        .into_iter()
        .chain(names.iter().copied());
    for header in headers {
        if !is_header(header) {
            section.wrong("", format_args!("{header:?} is no name of a header"));
        }
    }
    section.done();
    match style? {
        0 => Some(TokenIn::Header(keep(name?))),
        1 => Some(TokenIn::Bearer),
        2 => Some(TokenIn::Query(keep(name?))),
        3 => Some(TokenIn::Form(keep(name?))),
        _ => Some(TokenIn::HeaderPair(
            keep(names.first()?),
            keep(names.get(1)?),
        )),
    }
}

fn is_header(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

struct Limits {
    requests_per_minute: u32,
    delay: (Duration, Duration),
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests_per_minute: REQUESTS_PER_MINUTE as u32,
            delay: (Duration::ZERO, Duration::ZERO),
        }
    }
}

fn limits(section: Section<'_>) -> Limits {
    let least_one = |key| {
        let number = section.number(key);
        if number == Some(0) {
            section.wrong(key, "must be at least 1");
        }
        number
    };
    let requests = least_one("requests_per_minute").unwrap_or(REQUESTS_PER_MINUTE);
    least_one("concurrency");
    least_one("window_ms");
    let delay: Vec<u64> = match section.get("delay_ms") {
        None => vec![0, 0],
        Some(value) => value
            .as_array()
            .map(|all| {
                all.iter()
                    .filter_map(|one| u64::try_from(one.as_integer()?).ok())
                    .collect()
            })
            .unwrap_or_default(),
    };
    let (least, most) = match delay[..] {
        [least, most] if least <= most => (least, most),
        _ => {
            section.wrong(
                "delay_ms",
                "must be [least, most]; write delay_ms = [500, 1500]",
            );
            (0, 0)
        }
    };
    section.done();
    Limits {
        requests_per_minute: u32::try_from(requests).unwrap_or(u32::MAX),
        delay: (Duration::from_millis(least), Duration::from_millis(most)),
    }
}

impl Errors {
    fn new() -> Self {
        Self {
            wait_for: Duration::from_secs(A_MINUTE),
            ..Self::default()
        }
    }
}

fn errors(section: Section<'_>) -> Errors {
    let tree = |key| path(&section, key).map(|path| Tree::new([&path]));
    let owned = |words: Vec<&str>| words.into_iter().map(str::to_owned).collect::<Vec<_>>();
    let (status, good) = (tree("status"), owned(section.list("status_ok")));
    if status.is_some() == good.is_empty() {
        section.wrong("status", "status and status_ok belong together; write status = \"status\" and status_ok = [\"OK\"]");
    }
    let errors = Errors {
        message: tree("message"),
        present: tree("present"),
        status: status.map(|status| (status, good)),
        wait: owned(section.list("wait_words")),
        retry: owned(section.list("retry_words")),
        wait_for: Duration::from_secs(section.number("wait_s").unwrap_or(A_MINUTE)),
    };
    section.done();
    errors
}

/// The path at a key, if given.
pub(super) fn path(section: &Section<'_>, key: &'static str) -> Option<Path> {
    let path = Path::parse(section.text(key)?);
    path.map_err(|what| section.wrong(key, what)).ok()
}

/// The texts with holes at a key.
pub(super) fn named(section: &Section<'_>, key: &'static str) -> Vec<Named> {
    let one = |(name, text): (&str, String)| {
        if key == "headers" && !is_header(name) {
            section.wrong(&format!("{key}.{name}"), "is no name of a header");
        }
        let template = Template::parse(&text);
        let template = template
            .map_err(|what| section.wrong(&format!("{key}.{name}"), what))
            .ok()?;
        Some((keep(name), template))
    };
    section.texts(key).into_iter().filter_map(one).collect()
}
