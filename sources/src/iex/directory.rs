//! Instruments: the security directory that both feeds send before a day begins.

use common::tables::{Instrument, Rows};

use super::message::{self, DIRECTORY_FLAGS, Prefix};
use super::tape::{self, Feeds, Wanted};
use super::{FLUSH, NAME};
use crate::ask::ParseError;
use crate::instrument::Kind;
use crate::source::{Reply, Stream};
use crate::window::Window;

pub(super) fn parse(
    reply: &Reply<'_>,
    body: &mut dyn Stream,
    rows: &mut Rows,
    flush: &mut dyn FnMut(&mut Rows),
) -> Result<(), ParseError> {
    let (window, wanted) = (Window::of(reply.item), Wanted::of(reply)?);
    let words = message::words(&DIRECTORY_FLAGS);
    tape::each(body, Feeds::ALL, |message| {
        if message.kind() != message::DIRECTORY {
            return Ok(());
        }
        let security = message.prefix()?;
        if wanted.has(security.symbol) && window.contains(security.ts) {
            push(&security, &words, rows);
            if rows.len() >= FLUSH {
                flush(rows);
            }
        }
        Ok(())
    })
}

fn push(security: &Prefix, words: &[String], rows: &mut Rows) {
    let status = words[usize::from(security.flags)].as_str();
    rows.push(&Instrument {
        source: NAME,
        symbol: security.symbol.as_str(),
        venue_symbol: security.symbol.as_str(),
        valid_from: security.ts,
        kind: Kind::Equity.name(),
        base: None,
        quote: Some("USD"),
        settle: None,
        amount_unit: "shares",
        multiplier: None,
        inverse: None,
        tick_size: None,
        listed_at: None,
        expires_at: None,
        status: (!status.is_empty()).then_some(status),
    });
}
