//! Replies of `market-data-history`: which files there are of which days.

use serde::Deserialize;

use super::super::envelope::{self, Messages};
use super::super::fields::{milliseconds, time};
use super::super::symbol::{self, Namer};
use super::{MISSING, day, day_start, days};
use crate::ask::{Cursor, Next, ParseError};
use crate::json::scan::Plain;
use crate::json::{Raw, Word};
use crate::source::Reply;
use crate::window::Window;

/// Beginning of a body that tells what it is.
const HEAD: usize = 4_096;

/// A list of files as it stands in a reply.
#[derive(Debug, Deserialize)]
struct Recorded<'a> {
    #[serde(borrow)]
    details: Vec<Group<'a>>,
}

impl<'a> Plain<'a> for Recorded<'a> {}

/// Files of an instrument or a family.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group<'a> {
    #[serde(default, borrow)]
    inst_id: Option<Word<'a>>,
    #[serde(default, borrow)]
    inst_family: Option<Word<'a>>,
    #[serde(borrow)]
    group_details: Vec<File<'a>>,
}

/// A file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct File<'a> {
    #[serde(borrow)]
    date_ts: Raw<'a>,
    #[serde(default, borrow)]
    filename: Option<Word<'a>>,
    #[serde(borrow)]
    url: Word<'a>,
}

/// Whether a body is such a list.
pub(super) fn is_one(body: &[u8]) -> bool {
    const WORD: &[u8] = b"\"dateAggrType\"";
    let head = &body[..body.len().min(HEAD)];
    head.windows(WORD.len()).any(|window| window == WORD)
}

/// Whether a list names no file.
pub(crate) fn is_empty(body: &[u8]) -> bool {
    let list: Result<Messages<'_, Recorded<'_>>, _> = envelope::read(body);
    list.is_ok_and(|list| {
        list.rows()
            .flat_map(|(_, _, list)| &list.details)
            .all(|group| group.group_details.is_empty())
    })
}

/// The files of an item, the oldest first, then the days that have none.
pub(super) fn parse(reply: &Reply<'_>) -> Result<Next, ParseError> {
    let list: Messages<'_, Recorded<'_>> = envelope::read(reply.body)?;
    let mut namer = Namer::new(reply.item, reply.instruments);
    let venue = namer.name(None, None).venue.clone();
    let mut files = Vec::new();
    for (_, place, list) in list.rows() {
        let groups = list.details.iter().filter(|group| is_of(group, &venue));
        for file in groups.flat_map(|group| &group.group_details) {
            let ts = time(file.date_ts, place, ".details.groupDetails.dateTs")?;
            let name = file.filename.as_ref().map_or("", Word::as_str);
            if !is_of_another(name, &venue) {
                files.push((day(milliseconds(ts)), file.url.as_str()));
            }
        }
    }
    if files.is_empty() {
        return Err(ParseError {
            at: "data[0].details".to_owned(),
            what: "not available from this vendor: it lists no archive file of that time"
                .to_owned(),
        });
    }
    files.sort_unstable();
    files.dedup();
    Ok(next(reply, &files))
}

/// Groups are of a family, of an instrument or of all.
fn is_of(group: &Group<'_>, venue: &str) -> bool {
    let named = |word: &Option<Word<'_>>, name: &str| {
        let word = word.as_ref().map_or("", Word::as_str);
        matches!(word, "" | "ANY") || word == name || name.is_empty()
    };
    named(&group.inst_id, venue) && named(&group.inst_family, symbol::family(venue))
}

/// Files of a contract say its whole name, files of a family only that.
fn is_of_another(filename: &str, venue: &str) -> bool {
    let end = |parts: usize| filename.match_indices('-').nth(parts - 1).map(|(at, _)| at);
    [5, 3]
        .into_iter()
        .filter_map(|parts| Some(&filename[..end(parts)?]))
        .find(|name| symbol::kind(name).is_some())
        .is_some_and(|name| !venue.is_empty() && name != venue)
}

fn next(reply: &Reply<'_>, files: &[(i64, &str)]) -> Next {
    let window = Window::of(reply.item);
    let by_range = super::is_range(reply.item);
    let (first, last) = match by_range {
        true => days(&reply.item.dataset, window),
        false => (i64::MIN, i64::MAX),
    };
    let wanted = files.iter().filter(|(day, _)| (first..=last).contains(day));
    let mut lines: Vec<String> = wanted.map(|(_, url)| (*url).to_owned()).collect();
    if by_range {
        lines.extend(missing(reply, window, files));
    }
    match lines.is_empty() {
        true => Next::End,
        false => Next::More(Cursor::Token(lines.join("\n"))),
    }
}

/// The days without a file, as a line of the cursor. Nothing is missing before a listing.
fn missing(reply: &Reply<'_>, window: Window, files: &[(i64, &str)]) -> Option<String> {
    let known = reply.instruments.find(symbol::written(reply.item));
    let listed_at = known.and_then(|known| known.now().listed_at);
    let listed = listed_at.map_or(i64::MIN, |ns| day(milliseconds(ns)));
    let days: Vec<String> = (day(window.first_ms()).max(listed)..=day(window.last_ms()))
        .filter(|wanted| !files.iter().any(|(day, _)| day == wanted))
        // The first instant of a day of UTC+8 is still the day before in UTC.
        .filter_map(|day| chrono::DateTime::from_timestamp_millis(day_start(day + 1)))
        .map(|at| at.format("%Y-%m-%d").to_string())
        .collect();
    (!days.is_empty()).then(|| format!("{MISSING}{} (UTC+8)", days.join(", ")))
}

/// A line of a cursor: the time of the newest funding before the file, where it is known, and the
/// link.
pub(super) fn split(line: &str) -> (Option<i64>, &str) {
    match line.split_once(' ') {
        Some((before, link)) => (before.parse().ok(), link),
        None => (None, line),
    }
}
