//! Open interest: `futures/data/openInterestHist`, and as it is now `openInterest`.
//!
//! Contracts are worth one unit of the base currency, except where a reply is of another market of
//! the vendor.

use common::Decimal;
use common::tables::{OpenInterest, Rows};
use serde::Deserialize;

use super::{MARKET, history};
use crate::ask::{Ask, Next, ParseError};
use crate::binance::market::fetched_ns;
use crate::binance::page::{self, Page, decimal, optional};
use crate::json::scan::plain_object;
use crate::json::{Raw, Word};
use crate::source::Reply;
use crate::window::Window;

pub(super) const PATH: &str = "/futures/data/openInterestHist";

pub(super) fn ask_now(venue_symbol: String) -> Ask {
    MARKET.get("openInterest", vec![("symbol", venue_symbol)], 1)
}

/// A row of either layout.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recorded<'a> {
    #[serde(borrow)]
    symbol: Word<'a>,
    #[serde(borrow, alias = "sumOpenInterest")]
    open_interest: Raw<'a>,
    #[serde(borrow, alias = "sumOpenInterestUsd")]
    sum_open_interest_value: Option<Raw<'a>>,
    #[serde(borrow, alias = "timestamp")]
    time: Option<Word<'a>>,
}

plain_object!(Recorded {
    "symbol" => symbol,
    "openInterest" | "sumOpenInterest" => open_interest,
    or_default {
        "sumOpenInterestValue" | "sumOpenInterestUsd" => sum_open_interest_value,
        "time" | "timestamp" => time,
    }
});

struct Read {
    /// Milliseconds, where the reply says when.
    time: Option<i64>,
    ts: i64,
    amount: Decimal,
    value: Option<Decimal>,
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let page: Page<Recorded<'_>> = page::read(reply.body)?;
    let read = page
        .rows
        .iter()
        .enumerate()
        .map(|(row, recorded)| read(&page, row, recorded, reply))
        .collect::<Result<Vec<_>, _>>()?;
    let is_history = reply.item.dataset == super::OPEN_INTEREST;
    let next = if is_history {
        history::next(reply, read.iter().filter_map(|row| row.time))?
    } else {
        Next::End
    };
    let window = Window::of(reply.item);
    let mut namer = MARKET.namer(reply);
    for (recorded, row) in page.rows.iter().zip(&read) {
        if is_history && !window.contains(row.ts) {
            continue;
        }
        let names = namer.of(recorded.symbol.as_str());
        // Contracts of the market that is settled in coins are worth dollars.
        let is_linear = !names.symbol.contains("-USD-");
        rows.push(&OpenInterest {
            source: MARKET.name,
            symbol: &names.symbol,
            venue_symbol: &names.venue_symbol,
            ts: row.ts,
            open_interest: Some(row.amount),
            open_interest_base: is_linear.then_some(row.amount),
            open_interest_value: row.value,
        });
    }
    Ok(next)
}

fn read(
    page: &Page<Recorded<'_>>,
    row: usize,
    recorded: &Recorded<'_>,
    reply: &Reply<'_>,
) -> Result<Read, ParseError> {
    let at = |field: &str| page.at(row, field);
    let time = recorded.time.as_ref();
    let time = time
        .map(|time| history::milliseconds(time, || at("time")))
        .transpose()?;
    Ok(Read {
        time,
        ts: match time {
            Some(time) => page::time(time, || at("time"))?,
            None => fetched_ns(reply),
        },
        amount: decimal(recorded.open_interest, || at("openInterest"))?,
        value: optional(recorded.sum_open_interest_value, || {
            at("sumOpenInterestValue")
        })?,
    })
}
