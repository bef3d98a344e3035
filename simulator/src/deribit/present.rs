//! The methods that tell how things stand: book, ticker, summaries of a currency, instruments.

use crate::calendar::DAY;
use crate::json::{Json, Raw, member, object};
use crate::reply::{Asked, Query, Reply};

use super::contracts::{Contract, Sort};
use super::market::{Now, Traded};
use super::print::{Float, eight, invalid, number};

/// How long the main host still lists what is over.
const LISTED_AFTER_END: i64 = 30 * DAY;

fn open(mut raw: Raw) -> String {
    raw.0.pop();
    raw.0
}

fn closed(mut out: String) -> Raw {
    out.push('}');
    Raw(out)
}

pub(crate) fn book(traded: &Traded, asked: &Asked) -> Result<Raw, Reply> {
    let depth = number(&asked.query, "depth")?.unwrap_or(5);
    if ![1, 5, 10, 20, 50, 100, 1_000, 10_000].contains(&depth) {
        return Err(invalid("depth", "unsupported depth"));
    }
    let now = traded.now(asked.now);
    let levels = |levels: &[(i64, i64)]| -> Vec<[Float; 2]> {
        let levels = levels.iter().take(depth as usize);
        levels
            .map(|(price, amount)| [eight(*price), eight(*amount)])
            .collect()
    };
    let mut out = open(ticked(traded, &now));
    member(&mut out, "change_id", &now.change_id);
    member(&mut out, "bids", &levels(&now.bids));
    member(&mut out, "asks", &levels(&now.asks));
    Ok(closed(out))
}

pub(crate) fn ticker(traded: &Traded, asked: &Asked) -> Raw {
    ticked(traded, &traded.now(asked.now))
}

fn ticked(traded: &Traded, now: &Now) -> Raw {
    let (bid, ask) = best(now);
    let mut stats = open(
        object! { "volume": eight(now.volume), "low": eight(now.low), "high": eight(now.high) },
    );
    member(
        &mut stats,
        "volume_usd",
        &eight(now.volume_usd * 100_000_000),
    );
    let mut out = open(object! {
        "timestamp": now.ms,
        "stats": closed(stats),
        "state": "open",
        "last_price": eight(now.last),
        "instrument_name": traded.contract.name(),
        "mark_price": eight(now.mark),
        "index_price": eight(now.index),
        "best_bid_price": eight(bid.0),
        "best_bid_amount": eight(bid.1),
        "best_ask_price": eight(ask.0),
        "best_ask_amount": eight(ask.1),
    });
    if traded.contract.sort != Sort::Spot {
        member(&mut out, "open_interest", &eight(now.open_interest));
    }
    if traded.contract.sort == Sort::Perpetual {
        let funding = Float {
            units: now.funding,
            scale: 10,
        };
        member(&mut out, "current_funding", &funding);
        member(&mut out, "funding_8h", &funding);
    }
    closed(out)
}

/// Zeros where nobody is.
fn best(now: &Now) -> ((i64, i64), (i64, i64)) {
    let first = |levels: &[(i64, i64)]| levels.first().copied().unwrap_or_default();
    (first(&now.bids), first(&now.asks))
}

pub(crate) fn summaries<'a>(of: impl Iterator<Item = &'a Traded>, asked: &Asked) -> Raw {
    let rows: Vec<Raw> = of
        .map(|traded| {
            let now = traded.now(asked.now);
            let price = |(price, _): (i64, i64)| (price != 0).then(|| eight(price));
            let (bid, ask) = best(&now);
            let mut out = open(object! {
                "volume": eight(now.volume),
                "volume_usd": eight(now.volume_usd * 100_000_000),
                "quote_currency": traded.contract.listing.quote,
                "price_change": (),
                "mark_price": eight(now.mark),
                "low": eight(now.low),
                "last": eight(now.last),
                "instrument_name": traded.contract.name(),
                "high": eight(now.high),
                "creation_timestamp": now.ms,
                "bid_price": price(bid),
                "base_currency": traded.contract.listing.base,
                "ask_price": price(ask),
            });
            if traded.contract.sort != Sort::Spot {
                member(&mut out, "open_interest", &eight(now.open_interest));
            }
            closed(out)
        })
        .collect();
    list(&rows)
}

/// What `get_instruments` selects by.
pub(crate) fn is_listed(contract: &Contract, query: &Query, now: i64, history: bool) -> bool {
    let currency = query.get("currency").unwrap_or("any");
    let over = contract.expires() <= now;
    let wanted = query.get("expired") == Some("true");
    let still = history || now - contract.expires() < LISTED_AFTER_END;
    let listed = contract.listing.listed * DAY <= now;
    listed
        && over == wanted
        && (!over || still)
        && ["any", contract.settle].contains(&currency)
        && query.get("kind").is_none_or(|kind| kind == contract.kind())
}

pub(crate) fn instruments<'a>(of: impl Iterator<Item = &'a Contract>, now: i64) -> Raw {
    let rows: Vec<Raw> = of.map(|contract| instrument(contract, now)).collect();
    list(&rows)
}

pub(crate) fn instrument(contract: &Contract, now: i64) -> Raw {
    let over = contract.expires() <= now;
    let mut out = open(object! {
        "tick_size": eight(contract.listing.tick),
        "settlement_currency": contract.settle,
        "quote_currency": contract.listing.quote,
        "min_trade_amount": eight(contract.listing.step),
        "kind": contract.kind(),
        "is_active": !over,
        "instrument_name": contract.name(),
        "expiration_timestamp": contract.expires(),
        "creation_timestamp": contract.listing.listed * DAY,
        "contract_size": eight(contract.listing.step),
        "base_currency": contract.listing.base,
        "instrument_type": if contract.inverse || contract.listing.quote == contract.listing.base { "reversed" } else { "linear" },
        "state": if over { "closed" } else { "open" },
    });
    match contract.sort {
        Sort::Perpetual => member(&mut out, "settlement_period", &"perpetual"),
        Sort::Spot => {}
        _ => member(&mut out, "settlement_period", &"month"),
    }
    closed(out)
}

fn list(rows: &[Raw]) -> Raw {
    let mut out = String::new();
    rows.write(&mut out);
    Raw(out)
}
