//! Changes of the book: the price level updates of DEEP. A size of 0 deletes the level; updates
//! of a symbol up to one with `event_complete` belong together.

use common::tables::{BookDelta, Rows};

use super::message::{self, EVENT_COMPLETE, Level};
use super::tape::{self, Feeds, Wanted};
use super::{FLUSH, NAME};
use crate::ask::ParseError;
use crate::source::{Reply, Stream};
use crate::window::Window;

pub(super) fn parse(
    reply: &Reply<'_>,
    body: &mut dyn Stream,
    rows: &mut Rows,
    flush: &mut dyn FnMut(&mut Rows),
) -> Result<(), ParseError> {
    let (window, wanted) = (Window::of(reply.item), Wanted::of(reply)?);
    tape::each(body, Feeds::DEEP, |message| {
        let side = match message.kind() {
            message::BUY_LEVEL => "bid",
            message::SELL_LEVEL => "ask",
            _ => return Ok(()),
        };
        let level = message.level()?;
        if wanted.has(level.of.symbol) && window.contains(level.of.ts) {
            push(&level, side, message.sequence, rows);
            if rows.len() >= FLUSH {
                flush(rows);
            }
        }
        Ok(())
    })
}

fn push(level: &Level, side: &'static str, sequence: i64, rows: &mut Rows) {
    let complete = level.of.flags & EVENT_COMPLETE != 0;
    rows.push(&BookDelta {
        source: NAME,
        symbol: level.of.symbol.as_str(),
        venue_symbol: level.of.symbol.as_str(),
        ts: level.of.ts,
        sequence,
        side,
        price: message::price(level.price),
        amount: message::shares(level.size),
        previous_sequence: None,
        flags: if complete { "event_complete" } else { "" },
    });
}
