//! The pages of Polygon: the envelope of its replies, and `next_url`.
//!
//! `next_url` is absolute and may name either of the vendor's hosts, whichever was asked: only its
//! path and query are kept, so the key goes to the configured server alone. What is kept of it
//! stands in the cursor, after the bar that is carried along where bars are built.

use std::borrow::Cow;

use common::Item;
use serde::Deserialize;
use url::Url;

use super::{GROUPED_DAILY, KLINES, OPEN_CLOSE, adjusted, get};
use crate::ask::{Ask, Cursor, Next, ParseError, Refusal};
use crate::json;
use crate::json::scan::{Plain, Scan, once};

const HOSTS: &[&str] = &["api.massive.com", "api.polygon.io"];

/// Parameters that the vendor documents; others it has never put into a `next_url`.
const PARAMETERS: &[&str] = &[
    "cursor",
    "limit",
    "sort",
    "order",
    "adjusted",
    "timestamp",
    "timestamp.gte",
    "timestamp.gt",
    "timestamp.lte",
    "timestamp.lt",
    "ticker",
    "ticker.gte",
    "ticker.gt",
    "ticker.lte",
    "ticker.lt",
    "execution_date.gte",
    "execution_date.gt",
    "execution_date.lte",
    "execution_date.lt",
    "ex_dividend_date.gte",
    "ex_dividend_date.gt",
    "ex_dividend_date.lte",
    "ex_dividend_date.lt",
    "reverse_split",
    "market",
    "exchange",
    "type",
    "active",
    "search",
    "date",
    "asset_class",
    "locale",
    "data_type",
    "sip",
    "include_otc",
];
/// Never kept: where the key stood in URLs of old.
const KEY: &str = "apiKey";

/// A page of any list.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub(super) struct Page<'a, T> {
    #[serde(default)]
    results: Option<Vec<T>>,
    #[serde(default)]
    pub(super) next_url: Option<String>,
    #[serde(default, borrow)]
    pub(super) ticker: Option<Cow<'a, str>>,
    #[serde(default)]
    pub(super) adjusted: Option<bool>,
    #[serde(default, borrow)]
    status: Option<Cow<'a, str>>,
    #[serde(default, alias = "resultsCount")]
    results_count: Option<i64>,
}

impl<'a, T: Plain<'a>> Plain<'a> for Page<'a, T> {
    fn scan(scan: &mut Scan<'a>) -> Option<Self> {
        let (mut results, mut next_url, mut ticker) = (None, None, None);
        let (mut adjusted, mut status, mut results_count) = (None, None, None);
        scan.object(|scan, name| match name {
            "results" => once(&mut results, Plain::scan(scan)),
            "next_url" => once(&mut next_url, scan.text().map(str::to_owned)),
            "ticker" => once(&mut ticker, Plain::scan(scan)),
            "adjusted" => once(&mut adjusted, scan.flag()),
            "status" => once(&mut status, Plain::scan(scan)),
            "results_count" | "resultsCount" => once(&mut results_count, scan.integer()),
            _ => scan.raw().map(drop),
        })?;
        Some(Self {
            results,
            next_url,
            ticker,
            adjusted,
            status,
            results_count,
        })
    }
}

impl<'a, T: Deserialize<'a> + Plain<'a>> Page<'a, T> {
    /// Reads a reply. Where nothing was found the vendor leaves the list out, but never the rest.
    pub(super) fn read(body: &'a [u8]) -> Result<Self, ParseError> {
        let page: Self = json::read_plain(body)?;
        let is_envelope = page.status.is_some() || page.results_count.is_some();
        if page.results.is_none() && !is_envelope {
            return Err(ParseError {
                at: ".".to_owned(),
                what: "missing field `results`, expected a list of rows".to_owned(),
            });
        }
        Ok(page)
    }

    pub(super) fn rows(&self) -> &[T] {
        self.results.as_deref().unwrap_or_default()
    }

    /// Whether the plan serves everything a quarter of an hour late.
    pub(super) fn is_delayed(&self) -> bool {
        self.status.as_deref() == Some("DELAYED")
    }

    /// Until when bars are complete: milliseconds since 1970.
    pub(super) fn complete_until(&self, fetched_at_ms: i64) -> i64 {
        const DELAY: i64 = 15 * 60_000;
        if self.is_delayed() && fetched_at_ms != i64::MAX {
            fetched_at_ms - DELAY
        } else {
            fetched_at_ms
        }
    }

    /// The ticker in the path of `next_url`: what a page of trades says of itself.
    pub(super) fn ticker_in_next(&self) -> Option<&str> {
        let path = self.next_url.as_deref()?.split('?').next()?;
        let (_, ticker) = path
            .split_once("/v3/trades/")
            .or_else(|| path.split_once("/v3/quotes/"))?;
        (!ticker.is_empty() && !ticker.contains('/')).then_some(ticker)
    }

    /// How to go on, carrying a text along where there is one.
    pub(super) fn next(&self, at: &Cursor, carried: Option<&str>) -> Result<Next, ParseError> {
        let Some(next_url) = self.next_url.as_deref().filter(|url| !url.is_empty()) else {
            return Ok(Next::End);
        };
        let place = place(next_url).map_err(|what| ParseError {
            at: "next_url".to_owned(),
            what,
        })?;
        if matches!(at, Cursor::Token(token) if split(token).1 == place) {
            return Err(ParseError {
                at: "next_url".to_owned(),
                what: "leads to the page it stands on, expected the next one".to_owned(),
            });
        }
        Ok(Next::More(Cursor::Token(match carried {
            Some(carried) => format!("{carried}\n{place}"),
            None => place,
        })))
    }
}

/// What is carried, and the place.
pub(super) fn split(token: &str) -> (Option<&str>, &str) {
    match token.split_once('\n') {
        Some((carried, place)) => (Some(carried), place),
        None => (None, token),
    }
}

/// The path and query of a `next_url`.
fn place(next_url: &str) -> Result<String, String> {
    let url = Url::parse(next_url)
        .map_err(|error| format!("{next_url:?}: {error}, expected an absolute URL"))?;
    if !url.host_str().is_some_and(|host| HOSTS.contains(&host)) {
        return Err(format!(
            "{:?}, expected a host of the vendor: {}",
            url.host_str().unwrap_or_default(),
            HOSTS.join(" or ")
        ));
    }
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in url.query_pairs().filter(|(name, _)| name != KEY) {
        if !PARAMETERS.contains(&&*name) {
            return Err(format!(
                "the parameter {name:?}, expected one that the vendor documents"
            ));
        }
        query.append_pair(&name, &value);
    }
    Ok(format!("{}?{}", url.path(), query.finish()))
}

/// Asks for the page at a cursor.
pub(super) fn ask(item: &Item, token: &str) -> Result<Ask, Refusal> {
    let (_, place) = split(token);
    let (path, query) = place
        .split_once('?')
        .filter(|(path, _)| path.starts_with('/'))
        .ok_or_else(|| Refusal(format!("{place:?} is no place of a page")))?;
    let mut pairs = Vec::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let known = PARAMETERS.iter().find(|known| **known == name);
        let known = known.ok_or_else(|| Refusal(format!("{name:?} is no parameter of a page")))?;
        pairs.push((*known, value.into_owned()));
    }
    let is_adjustable = matches!(item.dataset.as_str(), KLINES | GROUPED_DAILY | OPEN_CLOSE);
    // The vendor's cursors of bars do not always hold it, and its default is the other one.
    if is_adjustable && !pairs.iter().any(|(name, _)| *name == "adjusted") {
        let adjusted = adjusted(item).map_err(Refusal)?;
        pairs.push(("adjusted", adjusted.to_string()));
    }
    Ok(get(decoded(path), pairs))
}

/// A path as it is asked for: it is encoded again on its way.
fn decoded(path: &str) -> String {
    if !path.contains('%') {
        return path.to_owned();
    }
    // A plus sign in a path stands for itself.
    let pair = format!("={}", path.replace('+', "%2B"));
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map_or_else(|| path.to_owned(), |(_, path)| path.into_owned())
}
