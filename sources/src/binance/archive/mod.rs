//! The archive of Binance, `data.binance.vision`: every closed day and month of a symbol as one
//! file, for spot and USD-M.
//!
//! An item is one file: a month or a day of one symbol, `params["file"]` says which. Its checksum
//! is asked for first, then the zip, which must have it ([`Step`]). A month that is missing goes on
//! with its days; a day that is missing goes on over REST where the planner allowed it
//! (`params["missing"] = "rest"`), so a symbol's first day and a file that the vendor forgot need
//! nobody's attention. Rows are those of REST, column for column.
//!
//! The vendor replaces files later, when it finds them wrong. Nothing remembers what a file held
//! before: whoever fetches it again stores its rows with a later `version`, which win.
//!
//! Facts from the `README` of `binance-public-data`: daily files come on the next day, monthly ones
//! on the first Monday of the next month; times on spot are microseconds from 2025-01-01 on.

mod funding;
mod klines;
mod market;
mod metrics;
mod place;
mod plan;
mod rows;
mod step;
mod trades;

use common::item::{Item, Work};
use common::tables::Rows;

pub(crate) use market::Market;
pub(crate) use plan::RestPlan;

use self::place::File;
use self::step::Step;
use crate::ask::{Ask, At, Body, Cost, Cursor, Next, ParseError, Refusal, Server};
use crate::plan::{Plan, PlanError, PlanRequest};
use crate::source::{Reply, Stream};
use crate::verdict::{self, ReplyHead, Verdict};
use crate::window::Window;

const BUDGET: &str = "binance.archive";
/// Nothing is documented; the files lie on a network that is made for many readers.
const REQUESTS_PER_MINUTE: u32 = 600;
/// The parameter with which a person says where rows come from, and the planner passes it on.
const VIA: &str = "via";
/// Which files an item is made of: `monthly` or `daily`.
const FILE: &str = "file";
/// How an item goes on where a day is missing: `rest`, or not at all.
const MISSING: &str = "missing";

/// The parameter of datasets that the archive has too.
pub(crate) const VIA_PARAM: (&str, &str) = (VIA, "auto");
/// Parameters of trades, aggregated or single.
pub(crate) const TRADES_PARAMS: &[(&str, &str)] = &[VIA_PARAM, ("raw", "")];

/// The archive of one market, with what the market is over REST.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Archive {
    pub(crate) market: Market,
    pub(crate) ask: fn(&At<'_>) -> Result<Ask, Refusal>,
    pub(crate) parse: fn(&Reply<'_>, &mut Rows) -> Result<Next, ParseError>,
}

impl Archive {
    /// As [`crate::Source::plan`]; `rest` plans what comes over REST.
    pub(crate) fn plan(&self, request: &PlanRequest, rest: RestPlan) -> Result<Plan, PlanError> {
        plan::plan(self, request, rest)
    }

    /// As [`crate::Source::ask`], for items of either kind.
    pub(crate) fn ask(&self, at: &At<'_>) -> Result<Ask, Refusal> {
        if !is_of_files(at.item) {
            return self.ask_rest(at);
        }
        let step = self
            .step(at.item, at.cursor)
            .ok_or_else(|| unknown_step(at))?;
        match step {
            Step::Rest(file, cursor) => {
                let item = part(at.item, file);
                self.ask_rest(&At {
                    item: &item,
                    cursor: &cursor,
                    ..*at
                })
            }
            Step::Checksum(file) => {
                let path = format!("{}.CHECKSUM", self.path(at, file)?);
                Ok(from_archive(path, Body::Memory))
            }
            Step::Zip(file, sha256) => {
                let sha256 = Some(sha256);
                Ok(from_archive(self.path(at, file)?, Body::Disk { sha256 }))
            }
        }
    }

    /// Over REST times come as precise as in the files: what was fetched both ways is one row.
    fn ask_rest(&self, at: &At<'_>) -> Result<Ask, Refusal> {
        let mut ask = (self.ask)(at)?;
        let since = self.market.microseconds_since();
        let precise = since.is_some_and(|since| window(at.item).begins_at_or_after(since));
        if precise && self.market.kind(at.item).is_some() {
            ask.headers
                .push(("x-mbx-time-unit", "MICROSECOND".to_owned()));
        }
        Ok(ask)
    }

    /// As [`crate::Source::parse`], for items of either kind.
    pub(crate) fn parse(&self, reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
        if !is_of_files(reply.item) {
            return (self.parse)(reply, rows);
        }
        match self.step(reply.item, reply.cursor) {
            Some(Step::Rest(file, cursor)) => {
                let item = part(reply.item, file);
                let reply_of_part = Reply {
                    item: &item,
                    cursor: &cursor,
                    ..*reply
                };
                Ok(match (self.parse)(&reply_of_part, rows)? {
                    Next::More(next) => Next::More(Step::Rest(file, next).cursor()),
                    Next::End => after(reply.item, file),
                })
            }
            Some(Step::Checksum(file)) => {
                Ok(Next::More(Step::Zip(file, checksum(reply.body)?).cursor()))
            }
            _ => Err(ParseError {
                at: "item".to_owned(),
                what: format!("{:?} asks for no reply in memory", reply.cursor),
            }),
        }
    }

    /// As [`crate::Source::parse_stream`].
    pub(crate) fn parse_stream(
        &self,
        reply: &Reply<'_>,
        body: &mut dyn Stream,
        rows: &mut Rows,
        flush: &mut dyn FnMut(&mut Rows),
    ) -> Result<Next, ParseError> {
        rows::read(self.market, reply, body, rows, flush)?;
        Ok(match Step::read(reply.cursor) {
            Some(Step::Zip(file, _)) if is_of_files(reply.item) => after(reply.item, file),
            _ => Next::End,
        })
    }

    /// As [`crate::Source::absent`], for items of either kind.
    pub(crate) fn absent(&self, at: &At<'_>, reason: &str) -> Result<Next, Refusal> {
        let step = is_of_files(at.item)
            .then(|| self.step(at.item, at.cursor))
            .flatten();
        let (Some(Step::Checksum(file) | Step::Zip(file, _)), Some(kind)) =
            (step, self.market.kind(at.item))
        else {
            return Err(Refusal(reason.to_owned()));
        };
        let may_ask_rest = at.item.param(MISSING) == "rest";
        match file {
            File::Month(first) if kind.has_days() => {
                let first = first.max(window(at.item).first_day());
                Ok(Next::More(Step::Checksum(File::Day(first)).cursor()))
            }
            _ if may_ask_rest => Ok(Next::More(Step::Rest(file, Cursor::Start).cursor())),
            _ => Err(Refusal(format!(
                "not available from this vendor: its archive has no {}: {reason}",
                self.path(at, file)?
            ))),
        }
    }

    /// The step of an item of files.
    fn step(&self, item: &Item, cursor: &Cursor) -> Option<Step> {
        if *cursor != Cursor::Start {
            return Step::read(cursor);
        }
        let day = window(item).first_day();
        Some(Step::Checksum(match item.param(FILE) {
            "monthly" => File::month_of(day),
            _ => File::Day(day),
        }))
    }

    fn path(&self, at: &At<'_>, file: File) -> Result<String, Refusal> {
        let At {
            item, instruments, ..
        } = *at;
        let refused = || {
            Refusal(format!(
                "the archive has no {} of {}",
                item.dataset, item.source
            ))
        };
        let kind = self.market.kind(item).ok_or_else(refused)?;
        let symbol = self.market.names(item, instruments).venue_symbol;
        Ok(file.path(self.market, kind, &symbol))
    }
}

/// What a reply means that the archive alone gives; `None` for any other.
pub(crate) fn judge(head: &ReplyHead, body: &[u8]) -> Option<Verdict> {
    let kind = head.header("content-type").unwrap_or_default();
    let is_file = kind.contains("zip") || kind.contains("octet-stream") || body.starts_with(b"PK");
    match head.status {
        200..=299 if is_file => Some(Verdict::Ok),
        404 if !body.trim_ascii_start().starts_with(b"{") => Some(Verdict::Absent {
            reason: format!("status 404: {}", verdict::words(body)),
        }),
        _ => None,
    }
}

/// As [`crate::Source::units_per_minute`], for the archive's own budget.
pub(crate) fn units_per_minute(budget: &str) -> Option<u32> {
    (budget == BUDGET).then_some(REQUESTS_PER_MINUTE)
}

fn is_of_files(item: &Item) -> bool {
    !item.param(FILE).is_empty()
}

fn window(item: &Item) -> Window {
    Window::of(item)
}

fn unknown_step(at: &At<'_>) -> Refusal {
    Refusal(format!(
        "a file of {} cannot be at {:?}",
        at.item.source, at.cursor
    ))
}

fn from_archive(path: String, body: Body) -> Ask {
    let cost = Cost {
        budget: BUDGET,
        units: 1,
    };
    Ask {
        server: Server::Other("archive"),
        body,
        ..Ask::get(path, cost)
    }
}

/// The part of an item that a file covers, as an item over REST.
fn part(item: &Item, file: File) -> Item {
    let mut part = item.clone();
    part.params.remove(FILE);
    if let Work::Range { from, to, .. } = &mut part.work {
        let (first, end) = file.span();
        (*from, *to) = ((*from).max(first), (*to).min(end));
    }
    part
}

/// How an item goes on after a file: the days of a month that was missing follow each other.
fn after(item: &Item, file: File) -> Next {
    let next = file.day_after();
    match file {
        File::Day(_) if next <= window(item).last_day() => {
            Next::More(Step::Checksum(File::Day(next)).cursor())
        }
        _ => Next::End,
    }
}

/// The SHA-256 in a file of the form that `sha256sum` writes: `<64 digits>  <name>`.
fn checksum(body: &[u8]) -> Result<String, ParseError> {
    let text = String::from_utf8_lossy(body);
    let sum = text.split_whitespace().next().unwrap_or_default();
    if sum.len() == 64 && sum.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(sum.to_ascii_lowercase());
    }
    Err(ParseError {
        at: "byte 0".to_owned(),
        what: format!(
            "found {:?}, expected a SHA-256 of 64 hexadecimal digits and the name of a file",
            verdict::words(body)
        ),
    })
}
