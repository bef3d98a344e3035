//! From a file to rows: which reader, and how rows leave while the file is still read.

use common::tables::{Row as TableRow, Rows};

use super::super::market::Names;
use super::Market;
use super::{funding, klines, metrics, trades};
use crate::ask::ParseError;
use crate::csv::{self, Line};
use crate::source::{Reply, Stream};
use crate::window::Window;

/// Rows between two flushes: about a megabyte of columns.
const FLUSH_ROWS: u32 = 8_192;

/// What every row of a file shares.
pub(super) struct Head {
    pub(super) source: &'static str,
    pub(super) symbol: String,
    pub(super) venue_symbol: String,
    pub(super) window: Window,
}

/// Where rows go.
pub(super) struct Sink<'a> {
    rows: &'a mut Rows,
    flush: &'a mut dyn FnMut(&mut Rows),
    unflushed: u32,
}

impl Sink<'_> {
    pub(super) fn push<R: TableRow>(&mut self, row: &R) {
        if self.unflushed == FLUSH_ROWS {
            (self.flush)(self.rows);
            self.unflushed = 0;
        }
        self.rows.push(row);
        self.unflushed += 1;
    }
}

/// Hands every row of a file to `read`. Some files have a first line of names, others none, whatever
/// their age: the first byte tells, as every row begins with a number.
pub(super) fn each(
    body: &mut dyn Stream,
    mut read: impl FnMut(&Line<'_>) -> Result<(), ParseError>,
) -> Result<(), ParseError> {
    csv::read(body, |line| {
        let first = line.bytes(0).first();
        let is_name = first.is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
        match line.number == 1 && line.width > 1 && is_name {
            true => Ok(()),
            false => read(line),
        }
    })
}

pub(super) fn read(
    market: Market,
    reply: &Reply<'_>,
    body: &mut dyn Stream,
    rows: &mut Rows,
    flush: &mut dyn FnMut(&mut Rows),
) -> Result<(), ParseError> {
    let Names {
        symbol,
        venue_symbol,
    } = market.names(reply.item, reply.instruments);
    let head = Head {
        source: market.rest().name,
        symbol,
        venue_symbol,
        window: Window::of(reply.item),
    };
    let sink = Sink {
        rows,
        flush,
        unflushed: 0,
    };
    match (market, reply.item.dataset.as_str()) {
        (_, "trades") => trades::read(body, &head, sink),
        (_, "klines") => klines::read(market, body, &head, reply, sink),
        (Market::Usdm, "funding_rates") => funding::read(body, &head, sink),
        (Market::Usdm, "metrics" | "open_interest" | "long_short_ratios") => {
            metrics::read(body, &head, reply, sink)
        }
        (_, other) => Err(ParseError {
            at: "item".to_owned(),
            what: format!("the archive of {} has no {other}", market.rest().name),
        }),
    }
}
