//! How longs compare to shorts: of the top traders by positions and by accounts, and of all
//! accounts.
//!
//! The three replies look the same: which it is, the item says.

use common::item::Item;
use common::tables::{LongShortRatio, Rows};
use serde::Deserialize;

use super::{MARKET, history};
use crate::ask::{Next, ParseError};
use crate::binance::page::{self, Page, optional};
use crate::json::scan::plain_object;
use crate::json::{Raw, Word};
use crate::source::Reply;
use crate::window::Window;

pub(super) const DEFAULT_KIND: &str = "accounts";

const KINDS: &[(&str, &str)] = &[
    ("top_positions", "/futures/data/topLongShortPositionRatio"),
    ("top_accounts", "/futures/data/topLongShortAccountRatio"),
    ("accounts", "/futures/data/globalLongShortAccountRatio"),
];

/// A kind of ratio, with where it is had.
pub(super) fn kind(item: &Item) -> Result<(&'static str, &'static str), String> {
    named(item.param("kind"))
}

pub(super) fn named(kind: &str) -> Result<(&'static str, &'static str), String> {
    let kind = if kind.is_empty() { DEFAULT_KIND } else { kind };
    KINDS
        .iter()
        .find(|(known, _)| *known == kind)
        .copied()
        .ok_or_else(|| {
            let kinds: Vec<_> = KINDS.iter().map(|(kind, _)| *kind).collect();
            format!(
                "{} has no ratios of kind {kind:?}; it has {}",
                MARKET.name,
                kinds.join(", ")
            )
        })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recorded<'a> {
    #[serde(borrow, alias = "pair")]
    symbol: Word<'a>,
    #[serde(borrow)]
    long_short_ratio: Raw<'a>,
    #[serde(borrow, alias = "longPosition")]
    long_account: Option<Raw<'a>>,
    #[serde(borrow, alias = "shortPosition")]
    short_account: Option<Raw<'a>>,
    #[serde(borrow)]
    timestamp: Word<'a>,
}

plain_object!(Recorded {
    "symbol" | "pair" => symbol,
    "longShortRatio" => long_short_ratio,
    "timestamp" => timestamp,
    or_default {
        "longAccount" | "longPosition" => long_account,
        "shortAccount" | "shortPosition" => short_account,
    }
});

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let wrong = |what: String| ParseError {
        at: "item".to_owned(),
        what,
    };
    let (kind, _) = kind(reply.item).map_err(wrong)?;
    let (period, _) = history::period(reply.item.param("period")).map_err(wrong)?;
    let page: Page<Recorded<'_>> = page::read(reply.body)?;
    let mut read = Vec::with_capacity(page.rows.len());
    for (row, recorded) in page.rows.iter().enumerate() {
        let at = |field: &str| page.at(row, field);
        let time = history::milliseconds(&recorded.timestamp, || at("timestamp"))?;
        let figures = [
            optional(recorded.long_account, || at("longAccount"))?,
            optional(recorded.short_account, || at("shortAccount"))?,
            optional(Some(recorded.long_short_ratio), || at("longShortRatio"))?,
        ];
        let ts = page::time(time, || at("timestamp"))?;
        read.push((time, ts, figures));
    }
    let next = history::next(reply, read.iter().map(|(time, ..)| *time))?;
    let window = Window::of(reply.item);
    let mut namer = MARKET.namer(reply);
    for (recorded, (_, ts, [long, short, ratio])) in page.rows.iter().zip(read) {
        if !window.contains(ts) {
            continue;
        }
        let names = namer.of(recorded.symbol.as_str());
        rows.push(&LongShortRatio {
            source: MARKET.name,
            symbol: &names.symbol,
            venue_symbol: &names.venue_symbol,
            kind,
            period,
            ts,
            long,
            short,
            ratio,
        });
    }
    Ok(next)
}
