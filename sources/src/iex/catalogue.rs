//! Which file holds a day: `GET /api/1.0/hist?date=YYYYMMDD`.
//!
//! The reply is a list of the day's files, or, without a date, an object of such lists by day.
//! Of a feed's files the highest version counts and then the largest: in November 2017 some days
//! list a tiny TOPS 1.5 beside the whole TOPS 1.6. The link is taken as it is, never built.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::NaiveDate;
use common::item::{Item, Work};
use serde::Deserialize;

use super::{NAME, REQUESTS, calendar};
use crate::ask::{Ask, At, Body, Cost, Cursor, Next, ParseError, Refusal, Server};
use crate::json::{self, Word};
use crate::source::Reply;
use crate::window::Window;

const PATH: &str = "/api/1.0/hist";
const PROTOCOL: &str = "IEXTP1";
const UNAVAILABLE: &str = "not available from this vendor";
/// Where else such data is.
pub(super) const ELSEWHERE: &str =
    "files appear on the day after; alpaca with feed=iex has the days since 2016 and recent ones";

/// The catalogue of the day, and then the file it names.
pub(super) fn ask(at: &At<'_>) -> Result<Ask, Refusal> {
    let cost = Cost {
        budget: REQUESTS,
        units: 1,
    };
    let day = day_asked(at.item)?;
    match at.cursor {
        Cursor::Start => {
            let date = day.format("%Y%m%d").to_string();
            Ok(Ask::get(PATH, cost).with_query(vec![("date", date)]))
        }
        Cursor::Token(token) if is_link(token) => {
            let mut ask = Ask::get("", cost);
            ask.server = Server::Link(token.clone());
            ask.body = Body::Disk { sha256: None };
            Ok(ask)
        }
        Cursor::Token(reason) => Err(Refusal(format!("{UNAVAILABLE}: {reason}"))),
        other => Err(Refusal(format!(
            "{} of {NAME} cannot start at {other:?}",
            at.item.dataset
        ))),
    }
}

/// What the vendor's "not found" means: nothing of a day without trading.
pub(super) fn absent(at: &At<'_>, reason: &str) -> Result<Next, Refusal> {
    let day = day_asked(at.item)?;
    if *at.cursor == Cursor::Start && calendar::is_closed(day) {
        return Ok(Next::End);
    }
    Err(Refusal(format!(
        "{UNAVAILABLE}: no file of {day} ({reason}); {ELSEWHERE}"
    )))
}

fn day_asked(item: &Item) -> Result<NaiveDate, Refusal> {
    let (window, _) = Window::asked(item)?;
    let (first, last) = (window.first_day(), window.last_day());
    if first == last {
        Ok(first)
    } else {
        Err(Refusal(format!(
            "an item of {NAME} is one day at most, not {first} to {last}"
        )))
    }
}

fn is_link(token: &str) -> bool {
    token.starts_with("https://") || token.starts_with("http://")
}

/// A file as the catalogue lists it.
#[derive(Debug, Deserialize)]
struct Listed<'a> {
    link: Cow<'a, str>,
    #[serde(default, borrow)]
    date: Option<Word<'a>>,
    #[serde(borrow)]
    feed: Word<'a>,
    #[serde(borrow)]
    version: Word<'a>,
    #[serde(default, borrow)]
    protocol: Option<Word<'a>>,
    /// Bytes, written as a text.
    #[serde(default, borrow)]
    size: Option<Word<'a>>,
}

/// The catalogue of a day, or of all days.
enum Catalogue<'a> {
    Day(Vec<Listed<'a>>),
    All(BTreeMap<Cow<'a, str>, Vec<Listed<'a>>>),
}

impl<'a> Catalogue<'a> {
    fn read(body: &'a [u8]) -> Result<Self, ParseError> {
        if body.trim_ascii_start().starts_with(b"{") {
            json::read(body).map(Self::All)
        } else {
            json::read(body).map(Self::Day)
        }
    }

    /// The files of a day, each with its JSON path.
    fn of(&self, day: Option<NaiveDate>) -> Result<Vec<(String, &Listed<'a>)>, ParseError> {
        let key = day.map(|day| day.format("%Y%m%d").to_string());
        match (self, key) {
            (Self::Day(files), key) => {
                let same = |file: &Listed<'_>| match (&file.date, &key) {
                    (Some(date), Some(key)) => date.as_str() == *key,
                    _ => true,
                };
                let paths = files.iter().enumerate();
                Ok(paths
                    .filter(|(_, file)| same(file))
                    .map(|(place, file)| (format!("[{place}]"), file))
                    .collect())
            }
            (Self::All(days), Some(key)) => Ok(days
                .get(key.as_str())
                .map_or_else(Vec::new, |files| with_paths(&key, files))),
            (Self::All(days), None) => match days.iter().next() {
                Some((key, files)) if days.len() == 1 => Ok(with_paths(key, files)),
                _ => Err(ParseError {
                    at: ".".to_owned(),
                    what: format!(
                        "{} days, expected to be told which one is meant",
                        days.len()
                    ),
                }),
            },
        }
    }
}

fn with_paths<'f, 'a>(key: &str, files: &'f [Listed<'a>]) -> Vec<(String, &'f Listed<'a>)> {
    let files = files.iter().enumerate();
    files
        .map(|(place, file)| (format!("{key}[{place}]"), file))
        .collect()
}

/// Reads a catalogue, and goes on with the file of the day.
pub(super) fn parse(reply: &Reply<'_>, feed: &str) -> Result<Next, ParseError> {
    let catalogue = Catalogue::read(reply.body)?;
    let day = day_of(reply.item)?;
    let files = catalogue.of(day)?;
    let mut best: Option<(Rank, &str)> = None;
    for (path, file) in &files {
        let rank = file.rank(path)?;
        if file.is_of(feed) && best.as_ref().is_none_or(|(other, _)| rank > *other) {
            best = Some((rank, file.checked_link(path)?));
        }
    }
    if let Some((_, link)) = best {
        return Ok(Next::More(Cursor::Token(link.to_owned())));
    }
    if files.is_empty() && day.is_some_and(calendar::is_closed) {
        return Ok(Next::End);
    }
    let day = day.map_or_else(String::new, |day| format!(" of {day}"));
    let listed = if files.is_empty() {
        "none is listed".to_owned()
    } else {
        let names = files.iter().map(|(_, file)| file.name());
        format!("listed are {}", names.collect::<Vec<_>>().join(", "))
    };
    let reason = format!("no {feed} file{day} ({listed}); {ELSEWHERE}");
    Ok(Next::More(Cursor::Token(reason)))
}

/// The day that is meant, where the item tells.
fn day_of(item: &Item) -> Result<Option<NaiveDate>, ParseError> {
    match (&item.work, item.param("date")) {
        (Work::Range { .. }, _) => Ok(Some(Window::of(item).first_day())),
        (Work::Ids(_), "") => Ok(None),
        (Work::Ids(_), date) => date.parse().map(Some).map_err(|_| ParseError {
            at: "item".to_owned(),
            what: format!("the date {date:?}, expected YYYY-MM-DD"),
        }),
    }
}

/// Version and size: by them the right one of several files is found.
type Rank = (Vec<u32>, u64);

impl Listed<'_> {
    fn is_of(&self, feed: &str) -> bool {
        let protocol = self.protocol.as_ref().map_or(PROTOCOL, Word::as_str);
        self.feed.as_str().eq_ignore_ascii_case(feed) && protocol.eq_ignore_ascii_case(PROTOCOL)
    }

    fn name(&self) -> String {
        format!("{} {}", self.feed.as_str(), self.version.as_str())
    }

    fn rank(&self, path: &str) -> Result<Rank, ParseError> {
        let error = |field: &str, found: &Word<'_>, expected: &str| ParseError {
            at: format!("{path}.{field}"),
            what: format!("{:?}, expected {expected}", found.as_str()),
        };
        let parts = self.version.as_str().split('.').map(str::parse);
        let version: Result<Vec<u32>, _> = parts.collect();
        let version =
            version.map_err(|_| error("version", &self.version, "a version such as 1.6"))?;
        let size = match &self.size {
            Some(size) => size
                .as_str()
                .parse()
                .map_err(|_| error("size", size, "a number of bytes"))?,
            None => 0,
        };
        Ok((version, size))
    }

    fn checked_link(&self, path: &str) -> Result<&str, ParseError> {
        if is_link(&self.link) {
            return Ok(&self.link);
        }
        Err(ParseError {
            at: format!("{path}.link"),
            what: format!("{:?}, expected a URL", json::head(&self.link)),
        })
    }
}
