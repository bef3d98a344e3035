//! Bars of Alpaca built from its trades.
//!
//! Pages are sorted by symbol, then time: a symbol is complete when the next one comes, and the bar
//! that is open at the end of a page travels in the cursor with its symbol. Trades with an `u`
//! (cancelled, corrected, incorrect) are left out.

use common::tables::Rows;
use common::{Item, Work};

use super::page::{self, Page};
use super::trades::{Read, Recorded};
use super::{NAME, conditions, get};
use crate::ask::{Ask, Cursor, Next, ParseError, Refusal};
use crate::bars::{Bar, BarsOf, Builder, Grid};
use crate::source::Reply;
use crate::window::Window;

const PATH: &str = "/v2/stocks/trades";
const DEFAULT_INTERVAL: &str = "1m";

fn interval(item: &Item) -> &str {
    match item.param("interval") {
        "" => DEFAULT_INTERVAL,
        name => name,
    }
}

pub(super) fn ask(item: &Item, cursor: &Cursor) -> Result<Ask, Refusal> {
    let (window, _) = Window::asked(item)?;
    let grid = Grid::named(interval(item)).map_err(Refusal)?;
    let (from, to) = window.bounds_ns();
    match grid.span(from, to) {
        Some(span) => get(item, cursor, PATH, span, Vec::new()),
        None => {
            // No bar begins here; an instant is the least that can be asked for.
            get(item, cursor, PATH, (from, from + 1), Vec::new())
        }
    }
}

/// What a reply is read with.
struct Frame<'a> {
    grid: Grid,
    span: (i64, i64),
    item: &'a Item,
    is_saved: bool,
}

impl<'a> Frame<'a> {
    /// `None` where no bar begins in the slice.
    fn of(item: &'a Item) -> Result<Option<Self>, ParseError> {
        let grid = Grid::named(interval(item)).map_err(|what| ParseError {
            at: "item".to_owned(),
            what,
        })?;
        let is_saved = matches!(item.work, Work::Ids(_));
        let (from, to) = Window::of(item).bounds_ns();
        let span = if is_saved {
            Some((from, to))
        } else {
            grid.span(from, to)
        };
        Ok(span.map(|span| Self {
            grid,
            span,
            item,
            is_saved,
        }))
    }

    /// The bars of one symbol that are complete, and the last one.
    fn build(
        &self,
        symbol: &str,
        rows: &[Recorded<'_>],
        carried: Option<Bar>,
    ) -> Result<(Vec<Bar>, Option<Bar>), ParseError> {
        let trades = rows.iter().enumerate();
        let trades = trades.map(|(row, recorded)| Ok((row, Read::of(recorded, symbol, row)?)));
        let mut trades = trades.collect::<Result<Vec<_>, ParseError>>()?;
        if self.is_saved {
            trades.sort_by_key(|(_, trade)| trade.ts);
        }
        let mut builder = Builder::new(self.grid, carried);
        let mut bars = Vec::new();
        for (row, trade) in trades {
            let is_inside = self.span.0 <= trade.ts && trade.ts < self.span.1;
            if !is_inside || trade.recorded.u.is_some() {
                continue;
            }
            let letters = trade.conditions.each();
            let counts = conditions::counts(letters, &trade.recorded.z, self.grid, trade.ts);
            let closed = builder.add(trade.ts, (trade.price, trade.amount), counts);
            bars.extend(closed.map_err(|error| ParseError {
                at: format!("trades.{symbol}[{row}]"),
                what: error.to_string(),
            })?);
        }
        Ok((bars, builder.finish()))
    }
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let Some(frame) = Frame::of(reply.item)? else {
        return Ok(Next::End);
    };
    let page = Page::<Recorded<'_>>::read(reply.body, &["latestTrade"])?;
    let mut open = carried(reply)?;
    let mut bars: Vec<(String, Bar)> = Vec::new();
    for of in page.symbols.iter().filter(|of| !of.rows.is_empty()) {
        let symbol = page::symbol(&of.symbol, frame.item);
        let same = open.take_if(|(of, _)| of == symbol).map(|(_, bar)| bar);
        bars.extend(open.take());
        let (closed, last) = frame.build(symbol, &of.rows, same)?;
        bars.extend(closed.into_iter().map(|bar| (symbol.to_owned(), bar)));
        open = last.map(|bar| (symbol.to_owned(), bar));
    }
    let text = open.as_ref().filter(|_| !frame.is_saved);
    let text = text.map(|(symbol, bar)| format!("{symbol}|{}", bar.to_text()));
    let next = page.next(reply.cursor, text)?;
    if next == Next::End || frame.is_saved {
        bars.extend(open);
    }
    for (symbol, bar) in &bars {
        let end = frame.grid.end_of(bar.open_time);
        if end.div_euclid(1_000_000) <= reply.fetched_at_ms {
            let of = BarsOf {
                source: NAME,
                symbol,
                venue_symbol: symbol,
                interval: interval(frame.item),
            };
            bar.push(&of, rows);
        }
    }
    Ok(next)
}

/// The bar that the page before left open, and its symbol.
fn carried(reply: &Reply<'_>) -> Result<Option<(String, Bar)>, ParseError> {
    let Some(text) = page::carried(reply) else {
        return Ok(None);
    };
    let read = text
        .split_once('|')
        .and_then(|(symbol, bar)| Some((symbol.to_owned(), Bar::from_text(bar)?)));
    read.map(Some).ok_or_else(|| ParseError {
        at: "cursor".to_owned(),
        what: format!("{text:?}, expected a bar of the page before"),
    })
}
