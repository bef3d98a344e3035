//! Bars, built from the trades that were not broken.
//!
//! The vendor's rules: trades outside of the regular session and odd lots count for the volume
//! alone, all others for prices too. A bar is complete when a later trade of its symbol comes, or
//! the day is over: a file holds a whole day and appears after it, so none is open at its end.
//! One bar a symbol is kept meanwhile.

use std::collections::HashMap;

use common::tables::Rows;

use super::message::{self, EXTENDED_HOURS, ODD_LOT, Symbol};
use super::tape::Wanted;
use super::{FLUSH, NAME, trades};
use crate::ask::ParseError;
use crate::bars::{Bar, BarsOf, Builder, Counts, Grid};
use crate::source::{Reply, Stream};
use crate::window::Window;

pub(super) const DEFAULT_INTERVAL: &str = "1m";
/// How much later than its trades a segment may be sent.
const DELAY: i64 = 1_000_000_000;

/// Bars on their way to rows.
struct Bars<'a> {
    window: Window,
    interval: &'a str,
    rows: &'a mut Rows,
    flush: &'a mut dyn FnMut(&mut Rows),
}

impl Bars<'_> {
    /// A bar belongs to the slice of time in which it opens.
    fn push(&mut self, symbol: Symbol, bar: &Bar) {
        if !self.window.contains(bar.open_time) {
            return;
        }
        let of = BarsOf {
            source: NAME,
            symbol: symbol.as_str(),
            venue_symbol: symbol.as_str(),
            interval: self.interval,
        };
        bar.push(&of, self.rows);
        if self.rows.len() >= FLUSH {
            (self.flush)(self.rows);
        }
    }
}

pub(super) fn parse(
    reply: &Reply<'_>,
    body: &mut dyn Stream,
    rows: &mut Rows,
    flush: &mut dyn FnMut(&mut Rows),
) -> Result<(), ParseError> {
    let wanted = Wanted::of(reply)?;
    let interval = interval(reply.item.param("interval"));
    let grid = Grid::named(interval).map_err(|what| ParseError {
        at: "item".to_owned(),
        what,
    })?;
    let mut bars = Bars {
        window: Window::of(reply.item),
        interval,
        rows,
        flush,
    };
    let mut builders: HashMap<Symbol, Builder> = HashMap::new();
    let mut latest = i64::MIN;
    let take = |trade: &message::Trade| {
        let symbol = trade.of.symbol;
        let builder = builders
            .entry(symbol)
            .or_insert_with(|| Builder::new(grid, None));
        let figures = (message::price(trade.price), message::shares(trade.size));
        let closed = builder
            .add(trade.of.ts, figures, counts(trade.of.flags))
            .map_err(|error| error.to_string())?;
        if let Some(bar) = closed {
            bars.push(symbol, &bar);
        }
        Ok(())
    };
    let read = trades::each(body, &wanted, take, |sent| latest = latest.max(sent));
    // Of a capture that breaks off only what ended long enough before.
    let end = if read.is_ok() {
        i64::MAX
    } else {
        latest.saturating_sub(DELAY)
    };
    let mut last: Vec<_> = builders
        .into_iter()
        .filter_map(|(symbol, builder)| Some((symbol, builder.finish()?)))
        .filter(|(_, bar)| grid.end_of(bar.open_time) <= end)
        .collect();
    last.sort_unstable_by_key(|(symbol, _)| *symbol);
    for (symbol, bar) in &last {
        bars.push(*symbol, bar);
    }
    read
}

/// The interval of an item, the default where it has none.
pub(super) fn interval(param: &str) -> &str {
    if param.is_empty() {
        DEFAULT_INTERVAL
    } else {
        param
    }
}

fn counts(flags: u8) -> Counts {
    if flags & (EXTENDED_HOURS | ODD_LOT) == 0 {
        Counts::ALL
    } else {
        Counts::VOLUME
    }
}
