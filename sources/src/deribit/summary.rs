//! What Deribit says of a market as it is now: tickers, the best bid and ask, open interest.
//!
//! `public/ticker` of one instrument and `public/get_book_summary_by_currency` of all of a currency
//! have much the same under different names; order books and notifications hold these figures too.
//! A best price of 0 with an amount of 0 says that there is none.

use std::rc::Rc;

use common::Decimal;
use common::tables::{OpenInterest, Quote, Rows, Ticker};
use serde::Deserialize;

use super::name::{Form, Name};
use super::reply::{self, Held, Many, Owners, Who};
use super::{call, instruments, number};
use crate::ask::{Ask, At, Next, ParseError, Refusal};
use crate::instrument::Unit;
use crate::json::Raw;
use crate::json::scan::plain_object;
use crate::source::Reply;

pub(super) const DOCUMENT: &str =
    "https://docs.deribit.com/api-reference/market-data/public-ticker";

pub(super) fn ask(at: &At<'_>, written: &str) -> Result<Ask, Refusal> {
    let name = Name::of(written);
    if name.form == Form::Currency {
        let query = vec![("currency", name.venue)];
        return Ok(call("get_book_summary_by_currency", query));
    }
    let query = vec![("instrument_name", instruments::venue(at, written)?)];
    Ok(call("ticker", query))
}

#[derive(Debug, Deserialize)]
struct Recorded<'a> {
    #[serde(default)]
    instrument_name: Option<&'a str>,
    #[serde(default)]
    timestamp: Option<i64>,
    #[serde(default)]
    creation_timestamp: Option<i64>,
    #[serde(default)]
    change_id: Option<i64>,
    #[serde(default, borrow, alias = "last_price")]
    last: Option<Raw<'a>>,
    #[serde(default, borrow, alias = "best_bid_price")]
    bid_price: Option<Raw<'a>>,
    #[serde(default, borrow)]
    best_bid_amount: Option<Raw<'a>>,
    #[serde(default, borrow, alias = "best_ask_price")]
    ask_price: Option<Raw<'a>>,
    #[serde(default, borrow)]
    best_ask_amount: Option<Raw<'a>>,
    #[serde(default, borrow)]
    mark_price: Option<Raw<'a>>,
    #[serde(default, borrow)]
    index_price: Option<Raw<'a>>,
    #[serde(default, borrow)]
    open_interest: Option<Raw<'a>>,
    #[serde(default, borrow)]
    current_funding: Option<Raw<'a>>,
    #[serde(default, borrow)]
    stats: Option<Day<'a>>,
    #[serde(default, borrow)]
    high: Option<Raw<'a>>,
    #[serde(default, borrow)]
    low: Option<Raw<'a>>,
    #[serde(default, borrow)]
    volume: Option<Raw<'a>>,
    #[serde(default, borrow)]
    volume_usd: Option<Raw<'a>>,
    #[serde(default, borrow)]
    volume_notional: Option<Raw<'a>>,
}

/// The last 24 hours.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
struct Day<'a> {
    #[serde(default, borrow)]
    high: Option<Raw<'a>>,
    #[serde(default, borrow)]
    low: Option<Raw<'a>>,
    #[serde(default, borrow)]
    volume: Option<Raw<'a>>,
    #[serde(default, borrow)]
    volume_usd: Option<Raw<'a>>,
    #[serde(default, borrow)]
    volume_notional: Option<Raw<'a>>,
}

plain_object!(Recorded {
    or_default {
        "instrument_name" => instrument_name,
        "timestamp" => timestamp,
        "creation_timestamp" => creation_timestamp,
        "change_id" => change_id,
        "last" | "last_price" => last,
        "bid_price" | "best_bid_price" => bid_price,
        "best_bid_amount" => best_bid_amount,
        "ask_price" | "best_ask_price" => ask_price,
        "best_ask_amount" => best_ask_amount,
        "mark_price" => mark_price,
        "index_price" => index_price,
        "open_interest" => open_interest,
        "current_funding" => current_funding,
        "stats" => stats,
        "high" => high,
        "low" => low,
        "volume" => volume,
        "volume_usd" => volume_usd,
        "volume_notional" => volume_notional,
    }
});

plain_object!(Day {
    or_default {
        "high" => high,
        "low" => low,
        "volume" => volume,
        "volume_usd" => volume_usd,
        "volume_notional" => volume_notional,
    }
});

impl<'a> Recorded<'a> {
    fn day(&self) -> Day<'a> {
        self.stats.unwrap_or(Day {
            high: self.high,
            low: self.low,
            volume: self.volume,
            volume_usd: self.volume_usd,
            volume_notional: self.volume_notional,
        })
    }
}

struct Read<'a> {
    who: Rc<Who<'a>>,
    ts: i64,
    sequence: i64,
    last: Option<Decimal>,
    high: Option<Decimal>,
    low: Option<Decimal>,
    volume: Option<Decimal>,
    quote_volume: Option<Decimal>,
    bid: (Option<Decimal>, Option<Decimal>),
    ask: (Option<Decimal>, Option<Decimal>),
    mark_price: Option<Decimal>,
    index_price: Option<Decimal>,
    open_interest: Option<Decimal>,
    funding_rate: Option<Decimal>,
}

impl<'a> Read<'a> {
    fn of(
        reply: &Reply<'a>,
        recorded: &Recorded<'a>,
        owners: &mut Owners<'a>,
        us_out: Option<i64>,
        at: impl Fn(&str) -> String,
    ) -> Result<Self, ParseError> {
        let named = [recorded.bid_price, recorded.ask_price, recorded.last];
        if recorded.instrument_name.is_none() && named.iter().all(Option::is_none) {
            return Err(ParseError {
                at: at("instrument_name"),
                what: "nothing, expected a market".to_owned(),
            });
        }
        let ts = match recorded.timestamp.or(recorded.creation_timestamp) {
            Some(ms) => number::ns_of_ms(ms, || at("timestamp"))?,
            None => reply::time_of(reply, us_out)?,
        };
        let who = owners.of(reply, recorded.instrument_name);
        let exact = |raw, name: &str| number::exact_or_none(raw, || at(name));
        let computed = |raw, name: &str| number::computed_or_none(raw, name, &at);
        let day = recorded.day();
        // The dollars of an option's premium are not its quote currency.
        let in_dollars = who.name.quote() == "USD" && who.name.unit() == Unit::Quote;
        let of_dollars = day.volume_usd.filter(|_| in_dollars);
        let quote_volume = match day.volume_notional {
            Some(notional) => computed(Some(notional), "volume_notional")?,
            None => computed(of_dollars, "volume_usd")?,
        };
        let side = |price, amount, name: &str| {
            let (price, amount) = (exact(price, name)?, exact(amount, name)?);
            let none = [price, amount]
                .iter()
                .flatten()
                .all(|value| value.is_zero());
            Ok::<_, ParseError>(if none { (None, None) } else { (price, amount) })
        };
        Ok(Self {
            ts,
            sequence: recorded.change_id.unwrap_or(0),
            last: exact(recorded.last, "last")?,
            high: exact(day.high, "high")?,
            low: exact(day.low, "low")?,
            volume: computed(day.volume, "volume")?,
            quote_volume,
            bid: side(recorded.bid_price, recorded.best_bid_amount, "bid_price")?,
            ask: side(recorded.ask_price, recorded.best_ask_amount, "ask_price")?,
            mark_price: exact(recorded.mark_price, "mark_price")?,
            index_price: exact(recorded.index_price, "index_price")?,
            open_interest: exact(recorded.open_interest, "open_interest")?,
            funding_rate: computed(recorded.current_funding, "current_funding")?,
            who,
        })
    }
}

fn read<'a>(reply: &Reply<'a>) -> Result<Vec<Read<'a>>, ParseError> {
    let mut all = Vec::new();
    let mut owners = Owners::default();
    for envelope in reply::read::<Many<Recorded<'_>>, Many<Recorded<'_>>>(reply.body)? {
        let us_out = envelope.us_out;
        let (Many(recorded), path) = match envelope.held()? {
            Held::Answer(recorded) => (recorded, "result"),
            Held::Notice(_, recorded) => (recorded, "params.data"),
        };
        for (row, recorded) in recorded.iter().enumerate() {
            let at = |name: &str| format!("{path}[{row}].{name}");
            all.push(Read::of(reply, recorded, &mut owners, us_out, at)?);
        }
    }
    Ok(all)
}

/// Refuses what has nothing of what is looked for.
fn some<'a>(
    reply: &Reply<'a>,
    looked_for: &str,
    has: impl Fn(&Read<'_>) -> bool,
) -> Result<Vec<Read<'a>>, ParseError> {
    let mut all = read(reply)?;
    let count = all.len();
    all.retain(has);
    if all.is_empty() && count > 0 {
        return Err(ParseError {
            at: "result".to_owned(),
            what: format!("nothing of it, expected {looked_for}"),
        });
    }
    Ok(all)
}

pub(super) fn parse_tickers(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let has_price = |read: &Read<'_>| {
        let prices = [read.last, read.mark_price, read.bid.0, read.ask.0];
        prices.iter().any(Option::is_some)
    };
    for read in some(reply, "a last, best or mark price", has_price)? {
        rows.push(&Ticker {
            source: super::NAME,
            symbol: &read.who.symbol,
            venue_symbol: &read.who.venue,
            ts: read.ts,
            last: read.last,
            open: None,
            high: read.high,
            low: read.low,
            bid_price: read.bid.0,
            bid_amount: read.bid.1,
            ask_price: read.ask.0,
            ask_amount: read.ask.1,
            volume: read.volume,
            quote_volume: read.quote_volume,
            mark_price: read.mark_price,
            index_price: read.index_price,
            open_interest: read.open_interest,
            funding_rate: read.funding_rate,
        });
    }
    Ok(Next::End)
}

pub(super) fn parse_quotes(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    for read in read(reply)? {
        rows.push(&Quote {
            source: super::NAME,
            symbol: &read.who.symbol,
            venue_symbol: &read.who.venue,
            ts: read.ts,
            sequence: read.sequence,
            bid_price: read.bid.0,
            bid_amount: read.bid.1,
            ask_price: read.ask.0,
            ask_amount: read.ask.1,
            bid_exchange: None,
            ask_exchange: None,
            amount_unit: read.who.unit_at(read.ts).name(),
            tape: None,
            conditions: None,
        });
    }
    Ok(Next::End)
}

pub(super) fn parse_open_interest(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let has_interest = |read: &Read<'_>| read.open_interest.is_some();
    for read in some(reply, "open_interest", has_interest)? {
        let unit = read.who.unit_at(read.ts);
        let dollars = read.open_interest.filter(|_| unit == Unit::Quote);
        rows.push(&OpenInterest {
            source: super::NAME,
            symbol: &read.who.symbol,
            venue_symbol: &read.who.venue,
            ts: read.ts,
            open_interest: read.open_interest,
            open_interest_base: read.open_interest.and_then(|amount| unit.base(amount)),
            open_interest_value: dollars,
        });
    }
    Ok(Next::End)
}
