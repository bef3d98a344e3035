//! The methods that give trades, of either host.
//!
//! The main host shows those of the last 24 hours, and nothing (no error) of what is older; the
//! history host shows the rest, and lags by half an hour. A page is the oldest with `sorting=asc`,
//! else the newest first; `has_more` tells whether there are more in the asked range.

use std::ops::Range;

use crate::calendar::{DAY, MINUTE};
use crate::json::{Raw, member, object};
use crate::reply::{Asked, Reply};

use super::contracts::Sort;
use super::market::{COMBO, Deal, Traded};
use super::print::{eight, invalid, needed, number};

/// How far the history host is behind.
const LAG: i64 = 30 * MINUTE;

pub(crate) fn by_time(traded: &Traded, asked: &Asked, history: bool) -> Result<Raw, Reply> {
    let from = needed(&asked.query, "start_timestamp")?;
    let to = needed(&asked.query, "end_timestamp")?;
    if to < from {
        return Err(invalid("end_timestamp", "must be after start_timestamp"));
    }
    let shown = shown(asked.now, history);
    let places = traded.between(from.max(shown.start), (to + 1).min(shown.end));
    page(traded, places, asked, history)
}

pub(crate) fn by_number(traded: &Traded, asked: &Asked, history: bool) -> Result<Raw, Reply> {
    let shown = shown(asked.now, history);
    let shown = traded.between(shown.start, shown.end);
    let place = |seq: i64| (seq - 1).max(0) as u64;
    let first = number(&asked.query, "start_seq")?.map_or(0, place);
    let end = number(&asked.query, "end_seq")?.map_or(u64::MAX, |seq| seq.max(0) as u64);
    let places = shown.start.max(first)..shown.end.min(end);
    page(traded, places, asked, history)
}

/// What a host shows, by time.
fn shown(now: i64, history: bool) -> Range<i64> {
    if history {
        0..now - LAG
    } else {
        now - DAY..now + 1
    }
}

fn page(traded: &Traded, places: Range<u64>, asked: &Asked, history: bool) -> Result<Raw, Reply> {
    let most = if history { 10_000 } else { 1_000 };
    let count = number(&asked.query, "count")?.unwrap_or(10);
    if !(1..=most).contains(&count) {
        return Err(invalid("count", &format!("must be between 1 and {most}")));
    }
    let count = (count as u64).min(asked.twist.at_most.unwrap_or(u64::MAX));
    let start = places.start.saturating_sub(asked.twist.repeat);
    let places = start.min(places.end)..places.end.max(places.start.min(places.end));
    let total = places.end.saturating_sub(places.start);
    let mut deals: Vec<_> = if asked.query.get("sorting") == Some("asc") {
        let end = places.end.min(places.start.saturating_add(count));
        traded.deals(places.start..end).collect()
    } else {
        let start = places.end.saturating_sub(count).max(places.start);
        let mut newest: Vec<_> = traded.deals(start..places.end).collect();
        newest.reverse();
        newest
    };
    let trades: Vec<Raw> = deals.drain(..).map(|deal| print(traded, &deal)).collect();
    Ok(object! { "trades": trades, "has_more": total > count })
}

fn print(traded: &Traded, deal: &Deal) -> Raw {
    let contract = &traded.contract;
    let Raw(mut out) = object! {
        "trade_seq": deal.seq,
        "trade_id": deal.id,
        "timestamp": deal.ms,
        "tick_direction": deal.tick,
        "price": eight(deal.price),
        "mark_price": eight(deal.price + contract.listing.tick),
        "instrument_name": contract.name(),
        "index_price": eight(deal.price - contract.listing.tick),
        "direction": if deal.taker_buys { "buy" } else { "sell" },
        "amount": eight(deal.amount),
    };
    out.pop();
    if contract.sort == Sort::Option {
        member(&mut out, "iv", &eight(6_521_000_000));
    }
    if deal.ms % 2 == 0 {
        // Rows of some years have it.
        member(&mut out, "contracts", &eight(deal.amount / 10));
    }
    if let Some(liquidation) = deal.liquidation {
        member(&mut out, "liquidation", &liquidation);
    }
    if let Some(block) = &deal.block {
        member(&mut out, "block_trade_id", block);
        member(&mut out, "block_trade_leg_count", &1);
    }
    if let Some(combo) = deal.combo {
        member(&mut out, "combo_id", &COMBO);
        member(&mut out, "combo_trade_id", &combo);
    }
    out.push('}');
    Raw(out)
}
