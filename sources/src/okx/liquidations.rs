//! Forced orders: `GET /api/v5/public/liquidation-orders`, which is no longer documented, and the
//! live channel.
//!
//! Asked by family, so a reply may hold instruments beside the one wanted; rows stand in `details`
//! of their instrument, newest first. The vendor gives no id: what tells a row apart is all that
//! it says.

use std::fmt::Write as _;

use common::Decimal;
use common::item::Work;
use common::tables::{Liquidation, Rows};
use serde::Deserialize;

use super::envelope::{self, Messages, Place};
use super::fields::{decimal, milliseconds, time};
use super::symbol::{self, Namer};
use super::trades::side;
use super::{LIQUIDATIONS, get, wrong_cursor};
use crate::ask::{Ask, Cursor, Next, ParseError, Refusal};
use crate::json::scan::plain_object;
use crate::json::{Raw, Word};
use crate::source::Reply;
use crate::window::Window;

pub(super) const BUDGET: &str = "okx.liquidation-orders";
const PAGE: usize = 100;

pub(super) fn ask(window: Window, venue: String, cursor: &Cursor) -> Result<Ask, Refusal> {
    let after = match cursor {
        Cursor::Start => window.last_ms() + 1,
        Cursor::Time(after) => *after,
        other => return Err(wrong_cursor(LIQUIDATIONS, other)),
    };
    let kind = symbol::kind(&venue).map_or("SWAP", symbol::instrument_type);
    let query = vec![
        ("instType", kind.to_owned()),
        ("uly", symbol::family(&venue).to_owned()),
        ("state", "filled".to_owned()),
        ("after", after.to_string()),
        ("before", (window.first_ms() - 1).to_string()),
        ("limit", PAGE.to_string()),
    ];
    Ok(get("/api/v5/public/liquidation-orders", BUDGET, query))
}

/// Forced orders of an instrument.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recorded<'a> {
    #[serde(default, borrow)]
    inst_id: Option<Word<'a>>,
    #[serde(default, borrow)]
    details: Option<Vec<Detail<'a>>>,
    /// In an old layout the row is the order itself.
    #[serde(default, borrow)]
    side: Option<Word<'a>>,
    #[serde(default, borrow)]
    pos_side: Option<Word<'a>>,
    #[serde(default, borrow)]
    bk_px: Option<Raw<'a>>,
    #[serde(default, borrow)]
    sz: Option<Raw<'a>>,
    #[serde(default, borrow)]
    ts: Option<Raw<'a>>,
}

/// A forced order as it stands in a reply.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail<'a> {
    #[serde(borrow)]
    side: Word<'a>,
    #[serde(default, borrow)]
    pos_side: Option<Word<'a>>,
    #[serde(borrow)]
    bk_px: Raw<'a>,
    #[serde(borrow)]
    sz: Raw<'a>,
    #[serde(borrow)]
    ts: Raw<'a>,
}

plain_object!(Recorded {
    or_default {
        "instId" => inst_id,
        "details" => details,
        "side" => side,
        "posSide" => pos_side,
        "bkPx" => bk_px,
        "sz" => sz,
        "ts" => ts,
    }
});

plain_object!(Detail {
    "side" => side,
    "bkPx" => bk_px,
    "sz" => sz,
    "ts" => ts,
    or_default { "posSide" => pos_side, }
});

#[derive(Debug)]
struct Read<'a> {
    inst_id: Option<&'a str>,
    ts: i64,
    side: &'static str,
    position: &'a str,
    price: Decimal,
    amount: Decimal,
}

impl<'a> Recorded<'a> {
    fn all(
        &'a self,
        channel: Option<&'a str>,
        place: Place,
        page: &mut Vec<Read<'a>>,
    ) -> Result<(), ParseError> {
        let inst_id = self.inst_id.as_ref().map(Word::as_str).or(channel);
        if let Some(details) = &self.details {
            for (number, detail) in details.iter().enumerate() {
                let position = detail.pos_side.as_ref();
                page.push(Read {
                    inst_id,
                    ts: time(detail.ts, place, format_args!(".details[{number}].ts"))?,
                    side: side(
                        detail.side.as_str(),
                        place,
                        format_args!(".details[{number}].side"),
                    )?,
                    position: position.map_or("", Word::as_str),
                    price: decimal(detail.bk_px, place, format_args!(".details[{number}].bkPx"))?,
                    amount: decimal(detail.sz, place, format_args!(".details[{number}].sz"))?,
                });
            }
            return Ok(());
        }
        let (Some(word), Some(price), Some(amount), Some(ts)) =
            (&self.side, self.bk_px, self.sz, self.ts)
        else {
            let what = "expected details, or side, bkPx, sz and ts".to_owned();
            return Err(place.error("", what));
        };
        page.push(Read {
            inst_id,
            ts: time(ts, place, ".ts")?,
            side: side(word.as_str(), place, ".side")?,
            position: self.pos_side.as_ref().map_or("", Word::as_str),
            price: decimal(price, place, ".bkPx")?,
            amount: decimal(amount, place, ".sz")?,
        });
        Ok(())
    }
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let messages: Messages<'_, Recorded<'_>> = envelope::read(reply.body)?;
    let mut page = Vec::new();
    for (message, place, recorded) in messages.rows() {
        recorded.all(message.instrument(), place, &mut page)?;
    }
    page.sort_by_key(|order| order.ts);
    let oldest = page.first().map(|order| milliseconds(order.ts));
    let window = Window::of(reply.item);
    let next = match (reply.cursor, oldest) {
        (_, None) => Next::End,
        (Cursor::Time(after), Some(oldest)) if oldest >= *after => {
            return Err(super::no_progress(after));
        }
        (_, Some(oldest)) if oldest <= window.first_ms() => Next::End,
        // Orders of one millisecond may span pages.
        (Cursor::Time(after), Some(oldest)) if oldest + 1 == *after => {
            Next::More(Cursor::Time(oldest))
        }
        (_, Some(oldest)) => Next::More(Cursor::Time(oldest + 1)),
    };
    push(reply, &page, rows);
    Ok(next)
}

fn push(reply: &Reply<'_>, page: &[Read<'_>], rows: &mut Rows) {
    let window = Window::of(reply.item);
    let mut namer = Namer::new(reply.item, reply.instruments);
    let wanted = match reply.item.work {
        Work::Range { .. } => Some(namer.name(None, None).venue.clone()),
        Work::Ids(_) => None,
    };
    let mut id = String::new();
    for order in page.iter().filter(|order| window.contains(order.ts)) {
        let named = namer.name(order.inst_id, None);
        if wanted.as_ref().is_some_and(|wanted| *wanted != named.venue) {
            continue;
        }
        write_id(order, &mut id);
        let (base_amount, quote_amount) =
            named.unit_at(order.ts).amounts(order.price, order.amount);
        rows.push(&Liquidation {
            source: super::NAME,
            symbol: &named.symbol,
            venue_symbol: &named.venue,
            ts: order.ts,
            liquidation_id: &id,
            side: order.side,
            price: order.price,
            amount: order.amount,
            base_amount,
            quote_amount,
            flags: order.position,
        });
    }
}

/// All that tells an order from others of its instrument and millisecond.
fn write_id(order: &Read<'_>, id: &mut String) {
    let Read {
        side,
        position,
        price,
        amount,
        ..
    } = order;
    id.clear();
    id.push_str(itoa::Buffer::new().format(milliseconds(order.ts)));
    for word in ["-", side, "-", position] {
        id.push_str(word);
    }
    // Writing to a String cannot fail.
    let _ = write!(id, "-{price}-{amount}");
}
