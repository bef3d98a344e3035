//! Auctions of Alpaca, kept as they came: `GET /v2/stocks/auctions`.
//!
//! Their prints stand in the trades already, so they become documents, one for a symbol's day. The
//! vendor's limit counts days and a page holds whole ones, but a slice of time may cut one: so the
//! first print's time is part of the id.

use common::tables::{Document, Rows};
use serde::Deserialize;

use super::page::{self, Page};
use super::{AUCTIONS, NAME};
use crate::ask::{Next, ParseError};
use crate::instant;
use crate::json::scan::plain_object;
use crate::json::{self, Raw, Word};
use crate::source::Reply;

#[derive(Debug, Deserialize)]
struct Day<'a> {
    #[serde(borrow)]
    d: Word<'a>,
    #[serde(borrow, default)]
    o: Option<Vec<Print<'a>>>,
    #[serde(borrow, default)]
    c: Option<Vec<Print<'a>>>,
}

#[derive(Debug, Deserialize)]
struct Print<'a> {
    #[serde(borrow)]
    t: Word<'a>,
}

plain_object!(Day {
    "d" => d,
    or_default { "o" => o, "c" => c, }
});

plain_object!(Print {
    "t" => t,
    or_default {}
});

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let page = Page::<Raw<'_>>::read(reply.body, &[])?;
    let mut documents = Vec::new();
    for of in &page.symbols {
        let symbol = page::symbol(&of.symbol, reply.item);
        for (row, raw) in of.rows.iter().enumerate() {
            let place = |inside: &str| format!("auctions.{symbol}[{row}]{inside}");
            let day: Day<'_> =
                json::read_plain(raw.get().as_bytes()).map_err(|error| ParseError {
                    at: place(&format!(".{}", error.at)),
                    what: error.what,
                })?;
            let prints = [&day.o, &day.c].into_iter().flatten().flatten();
            let mut first = None;
            for print in prints {
                instant::rfc3339(print.t.as_str(), || place(": t"))?;
                first = first.or(Some(print.t.as_str()));
            }
            let id = format!("{symbol}:{}:{}", day.d.as_str(), first.unwrap_or_default());
            documents.push((id, raw.get()));
        }
    }
    let next = page.next(reply.cursor, None)?;
    for (id, body) in &documents {
        rows.push(&Document {
            source: NAME,
            dataset: AUCTIONS,
            id,
            body,
        });
    }
    Ok(next)
}
