//! Trades of Alpaca: `GET /v2/stocks/trades`, its latest trades and those of snapshots.
//!
//! A trade's number is unique per exchange and tape on a day only. A share has one tape, so its
//! trades are told apart by `exchange`, a letter. Trades that were cancelled or corrected later stay;
//! the `u` among the flags says so.

use std::borrow::Cow;

use common::Decimal;
use common::tables::{Rows, Trade};
use serde::Deserialize;

use super::page::{self, Page};
use super::{NAME, other_feed};
use crate::ask::{Next, ParseError};
use crate::instant;
use crate::json::scan::plain_object;
use crate::json::{self, Raw, Word};
use crate::source::Reply;
use crate::window::Window;

/// A trade as it stands in a reply.
#[derive(Debug, Deserialize)]
pub(super) struct Recorded<'a> {
    #[serde(borrow)]
    t: Cow<'a, str>,
    #[serde(borrow, default)]
    x: Cow<'a, str>,
    #[serde(borrow)]
    p: Raw<'a>,
    #[serde(borrow)]
    s: Raw<'a>,
    #[serde(borrow, default)]
    c: Option<Raw<'a>>,
    #[serde(borrow)]
    i: Word<'a>,
    #[serde(borrow, default)]
    pub(super) z: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) u: Option<Cow<'a, str>>,
}

plain_object!(Recorded {
    "t" => t,
    "p" => p,
    "s" => s,
    "i" => i,
    or_default { "x" => x, "c" => c, "z" => z, "u" => u, }
});

/// The exact part of a trade.
#[derive(Debug, Clone, Copy)]
pub(super) struct Read<'a> {
    pub(super) recorded: &'a Recorded<'a>,
    pub(super) ts: i64,
    pub(super) price: Decimal,
    pub(super) amount: Decimal,
    pub(super) conditions: Conditions<'a>,
}

impl<'a> Read<'a> {
    pub(super) fn of(
        recorded: &'a Recorded<'a>,
        symbol: &str,
        row: usize,
    ) -> Result<Self, ParseError> {
        let at = |name: &str| format!("trades.{symbol}[{row}].{name}");
        Ok(Self {
            recorded,
            ts: instant::rfc3339(&recorded.t, || at("t"))?,
            price: json::decimal(recorded.p, || at("p"))?,
            amount: json::decimal(recorded.s, || at("s"))?,
            conditions: Conditions::of(recorded.c).ok_or_else(|| ParseError {
                at: at("c"),
                what: "no list of texts, expected one such as [\"@\",\"I\"]".to_owned(),
            })?,
        })
    }

    fn write_flags(&self, more: &[(&str, &str)], text: &mut String) {
        text.clear();
        if !self.recorded.z.is_empty() {
            push_flag("z", &self.recorded.z, text);
        }
        if !self.conditions.is_empty() {
            push_flag("c", "", text);
            self.conditions.write('+', text);
        }
        let update = self.recorded.u.as_deref().map(|update| ("u", update));
        for (name, value) in update.iter().chain(more) {
            push_flag(name, value, text);
        }
    }
}

fn push_flag(name: &str, value: &str, text: &mut String) {
    let comma = if text.is_empty() { "" } else { "," };
    for part in [comma, name, "=", value] {
        text.push_str(part);
    }
}

/// Conditions, as the text of a JSON list of texts without escapes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Conditions<'a>(&'a str);

impl<'a> Conditions<'a> {
    /// `None` where the text is another one.
    pub(super) fn of(raw: Option<Raw<'a>>) -> Option<Self> {
        let text = raw.map_or("[]", Raw::get);
        if text == "null" {
            return Some(Self(""));
        }
        let inner = text.strip_prefix('[')?.strip_suffix(']')?.trim();
        let texts_only = inner.is_empty()
            || inner.split(',').all(|one| {
                let one = one.trim();
                one.len() >= 2 && one.starts_with('"') && one.ends_with('"') && !one.contains('\\')
            });
        texts_only.then_some(Self(inner))
    }

    pub(super) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Adds them, with something between.
    pub(super) fn write(self, between: char, text: &mut String) {
        for (place, condition) in self.each().enumerate() {
            if place > 0 {
                text.push(between);
            }
            text.push_str(condition);
        }
    }

    /// One after the other.
    pub(super) fn each(self) -> impl Iterator<Item = &'a str> {
        let each = self.0.split(',').map(|one| one.trim());
        each.filter(|one| !one.is_empty())
            .map(|one| one.trim_start_matches('"').trim_end_matches('"'))
    }
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let page = Page::<Recorded<'_>>::read(reply.body, &["latestTrade"])?;
    let mut symbols = Vec::with_capacity(page.symbols.len());
    for of in &page.symbols {
        let symbol = page::symbol(&of.symbol, reply.item);
        let trades = of.rows.iter().enumerate();
        let trades = trades.map(|(row, recorded)| Read::of(recorded, symbol, row));
        symbols.push((symbol, trades.collect::<Result<Vec<_>, _>>()?));
    }
    let next = page.next(reply.cursor, None)?;
    let window = Window::of(reply.item);
    let mut more = Vec::new();
    more.extend(
        page.currency
            .as_deref()
            .map(|currency| ("currency", currency)),
    );
    more.extend(other_feed(&reply.item.params).map(|feed| ("feed", feed)));
    let mut flags = String::new();
    for (symbol, trades) in &symbols {
        for trade in trades.iter().filter(|trade| window.contains(trade.ts)) {
            trade.write_flags(&more, &mut flags);
            rows.push(&Trade {
                source: NAME,
                symbol,
                venue_symbol: symbol,
                trade_id: trade.recorded.i.as_str(),
                ts: trade.ts,
                price: trade.price,
                amount: trade.amount,
                side: "unknown",
                base_amount: Some(trade.amount),
                quote_amount: trade.price.checked_mul(trade.amount),
                flags: &flags,
                exchange: &trade.recorded.x,
            });
        }
    }
    Ok(next)
}
