//! IEX HIST: everything that IEX sent over its feeds on a day, as a capture of the network.
//!
//! An item is a day: its catalogue is asked, then the file that the catalogue names, which is read
//! as a stream: gzip, pcap or pcap-ng (`capture`), Ethernet to IEX-TP (`transport`), TOPS or
//! DEEP (`message`). Each dataset picks its messages (`tape`). One file holds all symbols, so
//! several are asked for at once and those that are not wanted are left out while reading.
//!
//! A damaged or truncated capture is an error with its byte in the unpacked file; what came before
//! stays. Facts: IEX's specifications of IEX-TP 1.25, TOPS 1.6 and DEEP 1.0.

mod breaks;
pub(crate) mod calendar;
mod capture;
mod catalogue;
mod directory;
mod input;
mod klines;
mod levels;
mod message;
mod plan;
mod quotes;
mod tape;
mod trades;
mod transport;

use std::time::Duration;

use common::tables::{Rows, Table};

use crate::ask::{Ask, At, Next, ParseError, Refusal};
use crate::continuity::Continuity;
use crate::plan::{Plan, PlanError, PlanRequest};
use crate::source::{Dataset, Reply, Selection, Source, Stream};
use crate::verdict::{self, ReplyHead, Verdict};

const NAME: &str = "iex";
/// No limit is documented; this is polite.
const REQUESTS: &str = "iex.requests";
const UNITS_PER_MINUTE: u32 = 60;
const WAIT_AFTER_429: Duration = Duration::from_secs(60);
/// Rows that wait at most.
const FLUSH: usize = 4_096;

const TRADES: &str = "trades";
const QUOTES: &str = "quotes";
const BOOK_DELTAS: &str = "book_deltas";
const KLINES: &str = "klines";
const INSTRUMENTS: &str = "instruments";

const TOPS: &str = "TOPS";
const DEEP: &str = "DEEP";

const RETENTION: &str = "whole days from the day after on, as far back as the catalogue lists them; none of weekends and holidays";
const PAGING: &str = "the catalogue of a day, then its file, read as a stream";
const LIMITS: &str = "none documented; 60 requests a minute";
const DOCUMENT: &str = "https://iextrading.com/trading/market-data/";

const fn dataset(
    name: &'static str,
    about: &'static str,
    params: &'static [(&'static str, &'static str)],
    tables: &'static [Table],
) -> Dataset {
    Dataset {
        name,
        about,
        selection: Selection::Range,
        params,
        tables,
        retention: RETENTION,
        paging: PAGING,
        limits: LIMITS,
        document: DOCUMENT,
        continuity: Continuity::Sessions(calendar::is_quiet),
    }
}

const DATASETS: &[Dataset] = &[
    dataset(
        TRADES,
        "trades on IEX alone (some percent of the market's volume), broken ones left out; all symbols or \
         symbols=AAPL,MSFT; feed TOPS or DEEP; \"Data provided for free by IEX\", terms of use apply",
        &[("symbols", ""), ("feed", TOPS)],
        &[Table::Trade],
    ),
    dataset(
        QUOTES,
        "best bid and ask on IEX alone, in shares; all symbols or symbols=AAPL,MSFT; \
         \"Data provided for free by IEX\", terms of use apply",
        &[("symbols", "")],
        &[Table::Quote],
    ),
    dataset(
        BOOK_DELTAS,
        "price levels of IEX's book (DEEP), in shares; all symbols or symbols=AAPL,MSFT; \
         \"Data provided for free by IEX\", terms of use apply",
        &[("symbols", "")],
        &[Table::BookDelta],
    ),
    dataset(
        KLINES,
        "bars built from the trades on IEX alone: extended hours and odd lots count for the volume only; \
         interval 1d (New York) or seconds, minutes or hours that divide a day; feed TOPS or DEEP; \
         \"Data provided for free by IEX\", terms of use apply",
        &[
            ("interval", klines::DEFAULT_INTERVAL),
            ("symbols", ""),
            ("feed", TOPS),
        ],
        &[Table::Kline],
    ),
    dataset(
        INSTRUMENTS,
        "the security directory of a day, test symbols marked; feed TOPS or DEEP; \
         \"Data provided for free by IEX\", terms of use apply",
        &[("symbols", ""), ("feed", TOPS)],
        &[Table::Instrument],
    ),
];

/// IEX HIST.
#[derive(Debug)]
pub struct Iex;

impl Source for Iex {
    fn name(&self) -> &'static str {
        NAME
    }

    fn base_url(&self) -> &'static str {
        "https://iextrading.com"
    }

    fn datasets(&self) -> &'static [Dataset] {
        DATASETS
    }

    fn plan(&self, request: &PlanRequest) -> Result<Plan, PlanError> {
        self.dataset(&request.dataset)?;
        plan::plan(request)
    }

    fn ask(&self, at: &At<'_>) -> Result<Ask, Refusal> {
        self.dataset(&at.item.dataset)
            .map_err(|error| Refusal(error.0))?;
        catalogue::ask(at)
    }

    fn judge(&self, head: &ReplyHead, body: &[u8]) -> Verdict {
        judge(head, body)
    }

    fn parse(&self, reply: &Reply<'_>, _rows: &mut Rows) -> Result<Next, ParseError> {
        let feed = feed(&reply.item.dataset, reply.item.param("feed")).map_err(of_item)?;
        catalogue::parse(reply, feed)
    }

    fn parse_stream(
        &self,
        reply: &Reply<'_>,
        body: &mut dyn Stream,
        rows: &mut Rows,
        flush: &mut dyn FnMut(&mut Rows),
    ) -> Result<Next, ParseError> {
        let parse = match reply.item.dataset.as_str() {
            TRADES => trades::parse,
            QUOTES => quotes::parse,
            BOOK_DELTAS => levels::parse,
            KLINES => klines::parse,
            INSTRUMENTS => directory::parse,
            other => return Err(of_item(format!("{NAME} has no dataset {other:?}"))),
        };
        parse(reply, body, rows, flush).map(|()| Next::End)
    }

    fn absent(&self, at: &At<'_>, reason: &str) -> Result<Next, Refusal> {
        catalogue::absent(at, reason)
    }

    fn units_per_minute(&self, budget: &str) -> Option<u32> {
        (budget == REQUESTS).then_some(UNITS_PER_MINUTE)
    }
}

fn of_item(what: String) -> ParseError {
    ParseError {
        at: "item".to_owned(),
        what,
    }
}

/// The feed whose file holds a dataset.
fn feed(dataset: &str, param: &str) -> Result<&'static str, String> {
    let asked = match param.trim() {
        "" if dataset == BOOK_DELTAS => DEEP,
        "" => TOPS,
        asked if asked.eq_ignore_ascii_case(TOPS) => TOPS,
        asked if asked.eq_ignore_ascii_case(DEEP) => DEEP,
        other => return Err(format!("no feed {other:?}: write {TOPS} or {DEEP}")),
    };
    match (dataset, asked) {
        (QUOTES, DEEP) => Err(format!("{QUOTES} are in {TOPS} alone")),
        (BOOK_DELTAS, TOPS) => Err(format!("{BOOK_DELTAS} are in {DEEP} alone")),
        _ => Ok(asked),
    }
}

/// What a reply of the catalogue, or one in place of a file, means.
fn judge(head: &ReplyHead, body: &[u8]) -> Verdict {
    let reason = format!("status {}: {}", head.status, verdict::words(body));
    match head.status {
        200..=299 if verdict::is_json(head, body) => Verdict::Ok,
        200..=299 => Verdict::Retry {
            reason: format!("expected JSON, {reason}"),
        },
        404 | 410 => Verdict::Absent { reason },
        429 => Verdict::Blocked {
            wait: head.retry_after().unwrap_or(WAIT_AFTER_429),
            reason,
        },
        408 | 500.. => Verdict::Retry { reason },
        _ => Verdict::Reject { reason },
    }
}
