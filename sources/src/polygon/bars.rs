//! Bars of Polygon built from its trades.
//!
//! The trades are those of `/v3/trades`, in the vendor's order. The bar that is open at the end of
//! a page travels in the cursor, so that pages may end anywhere. Cancelled and corrected trades
//! (`correction` other than 0) are left out.

use common::tables::Rows;
use common::{Item, Work};

use super::next::{self, Page};
use super::trades::{Recorded, page as ask_page};
use super::{NAME, asked, conditions, get, ticker_of};
use crate::ask::{Ask, Cursor, Next, ParseError, Refusal};
use crate::bars::{Bar, BarsOf, Builder, Grid};
use crate::source::Reply;
use crate::window::Window;

pub(super) const DEFAULT_INTERVAL: &str = "1m";

fn interval(item: &Item) -> &str {
    match item.param("interval") {
        "" => DEFAULT_INTERVAL,
        name => name,
    }
}

pub(super) fn ask(item: &Item) -> Result<Ask, Refusal> {
    let (window, ticker) = asked(item)?;
    let grid = Grid::named(interval(item)).map_err(Refusal)?;
    let (from, to) = window.bounds_ns();
    let Some(span) = grid.span(from, to) else {
        // No bar begins here; one trade is the least that can be asked for.
        let mut ask = get(format!("/v3/trades/{ticker}"), Vec::new());
        ask.query = vec![("timestamp", from.to_string()), ("limit", "1".to_owned())];
        return Ok(ask);
    };
    Ok(ask_page("trades", ticker, span))
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let grid = Grid::named(interval(reply.item)).map_err(|what| ParseError {
        at: "item".to_owned(),
        what,
    })?;
    let is_saved = matches!(reply.item.work, Work::Ids(_));
    let (from, to) = Window::of(reply.item).bounds_ns();
    let span = if is_saved {
        Some((from, to))
    } else {
        grid.span(from, to)
    };
    let Some(span) = span else {
        return Ok(Next::End);
    };
    let page = Page::<Recorded<'_>>::read(reply.body)?;
    let mut builder = Builder::new(grid, carried(reply.cursor)?);
    let mut bars = build(&page, &mut builder, grid, span, is_saved)?;
    let last = builder.finish();
    let carried = last.filter(|_| !is_saved).map(Bar::to_text);
    let next = page.next(reply.cursor, carried.as_deref())?;
    if next == Next::End || is_saved {
        bars.extend(last);
    }
    let ticker = ticker_of(reply.item).or(page.ticker.as_deref());
    let ticker = ticker.or_else(|| page.ticker_in_next()).unwrap_or_default();
    let of = BarsOf {
        source: NAME,
        symbol: ticker,
        venue_symbol: ticker,
        interval: interval(reply.item),
    };
    let complete_until = page.complete_until(reply.fetched_at_ms);
    let closed = |bar: &&Bar| grid.end_of(bar.open_time).div_euclid(1_000_000) <= complete_until;
    bars.iter()
        .filter(closed)
        .for_each(|bar| bar.push(&of, rows));
    Ok(next)
}

/// The bar that the page before left open.
fn carried(cursor: &Cursor) -> Result<Option<Bar>, ParseError> {
    let Cursor::Token(token) = cursor else {
        return Ok(None);
    };
    let text = next::split(token).0;
    let bar = text.map(|text| {
        Bar::from_text(text).ok_or_else(|| ParseError {
            at: "cursor".to_owned(),
            what: format!("{text:?}, expected a bar of the page before"),
        })
    });
    bar.transpose()
}

/// The bars that a page closes. Saved pages may be newest first.
fn build(
    page: &Page<'_, Recorded<'_>>,
    builder: &mut Builder,
    grid: Grid,
    (from, to): (i64, i64),
    is_saved: bool,
) -> Result<Vec<Bar>, ParseError> {
    let mut order: Vec<usize> = (0..page.rows().len()).collect();
    if is_saved {
        order.sort_by_key(|row| {
            let trade = &page.rows()[*row];
            (trade.sip_timestamp, trade.sequence_number)
        });
    }
    let mut bars = Vec::new();
    for row in order {
        let trade = &page.rows()[row];
        let figures = trade.figures(row)?;
        let codes = trade.conditions(row)?;
        let ts = trade.sip_timestamp;
        let is_valid = trade.correction.is_none_or(|correction| correction == 0);
        if !is_valid || ts < from || ts >= to {
            continue;
        }
        let counts = conditions::counts(codes.each(), || grid.is_extended(ts));
        let closed = builder
            .add(ts, figures, counts)
            .map_err(|error| ParseError {
                at: format!("results[{row}]"),
                what: error.to_string(),
            })?;
        bars.extend(closed);
    }
    Ok(bars)
}
