//! The vendor's statistics: open interest and long/short ratios over time
//! (`/api/v5/rubik/stat/contracts/...`), and open interest as it is now.
//!
//! Rows of statistics are arrays that begin with a time, newest first; `end` is older than,
//! `begin` newer than, and only the latest 1,440 points are kept. The current open interest comes
//! as objects that name their instrument.

use std::fmt;
use std::marker::PhantomData;

use common::Decimal;
use common::item::Item;
use common::tables::{LongShortRatio, OpenInterest, Rows};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::envelope::{self, Messages, Place};
use super::fields::{Columns, ColumnsVisitor, decimal, milliseconds, optional, time};
use super::interval::Interval;
use super::symbol::{self, Namer};
use super::{LONG_SHORT_RATIOS, OPEN_INTEREST, get, wrong_cursor};
use crate::ask::{Ask, Cursor, Next, ParseError, Refusal};
use crate::json::scan::{Plain, Scan, plain_object};
use crate::json::{Raw, Word};
use crate::source::Reply;
use crate::window::Window;

pub(super) const HISTORY_BUDGET: &str = "okx.open-interest-history";
pub(super) const NOW_BUDGET: &str = "okx.open-interest";
pub(super) const RATIO_BUDGET: &str = "okx.long-short-ratio";
pub(super) const DEFAULT_PERIOD: &str = "5m";
pub(super) const DEFAULT_KIND: &str = "accounts";
pub(super) const PAGE: i64 = 100;

/// Kinds of ratios with the last part of their path.
const KINDS: &[(&str, &str)] = &[
    ("accounts", "long-short-account-ratio-contract"),
    (
        "top_accounts",
        "long-short-account-ratio-contract-top-trader",
    ),
    (
        "top_positions",
        "long-short-position-ratio-contract-top-trader",
    ),
];
/// Of all contracts of a currency.
const OF_CURRENCY: &str = "long-short-account-ratio";

/// The period that an item asks for.
pub(super) fn period(item: &Item) -> Result<Interval, String> {
    Interval::named(match item.param("period") {
        "" => DEFAULT_PERIOD,
        given => given,
    })
}

/// The kind of ratio that was asked for, with its path.
pub(super) fn kind(given: &str) -> Result<(&'static str, &'static str), String> {
    let wanted = if given.is_empty() {
        DEFAULT_KIND
    } else {
        given
    };
    let found = KINDS.iter().find(|(kind, _)| *kind == wanted);
    found.copied().ok_or_else(|| {
        let names: Vec<_> = KINDS.iter().map(|(kind, _)| *kind).collect();
        format!("no kind of ratio {given:?}; there are {}", names.join(", "))
    })
}

/// Whether a symbol is a currency alone.
pub(super) fn is_currency(venue: &str) -> bool {
    !venue.is_empty() && venue.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

pub(super) fn ask_open_interest(
    item: &Item,
    window: Window,
    venue: String,
    cursor: &Cursor,
) -> Result<Ask, Refusal> {
    let path = "/api/v5/rubik/stat/contracts/open-interest-history";
    let query = query(item, window, ("instId", venue), cursor)?;
    Ok(get(path, HISTORY_BUDGET, query))
}

pub(super) fn ask_ratios(
    item: &Item,
    window: Window,
    venue: String,
    cursor: &Cursor,
) -> Result<Ask, Refusal> {
    let (kind, path) = kind(item.param("kind")).map_err(Refusal)?;
    let (path, of) = match is_currency(&venue) {
        true if kind == DEFAULT_KIND => (OF_CURRENCY, ("ccy", venue)),
        true => {
            return Err(Refusal(format!(
                "{kind} of {venue}: the vendor has them by contract, such as {venue}-USDT-PERP"
            )));
        }
        false => (path, ("instId", venue)),
    };
    let query = query(item, window, of, cursor)?;
    Ok(get(
        format!("/api/v5/rubik/stat/contracts/{path}"),
        RATIO_BUDGET,
        query,
    ))
}

fn query(
    item: &Item,
    window: Window,
    of: (&'static str, String),
    cursor: &Cursor,
) -> Result<Vec<(&'static str, String)>, Refusal> {
    let end = match cursor {
        Cursor::Start => window.last_ms() + 1,
        Cursor::Time(end) => *end,
        other => return Err(wrong_cursor(&item.dataset, other)),
    };
    Ok(vec![
        of,
        ("period", period(item).map_err(Refusal)?.bar.to_owned()),
        ("begin", (window.first_ms() - 1).to_string()),
        ("end", end.to_string()),
        ("limit", PAGE.to_string()),
    ])
}

pub(super) fn ask_now(venue: String) -> Ask {
    let path = "/api/v5/public/open-interest";
    let kind = symbol::kind(&venue).map_or("SWAP", symbol::instrument_type);
    let query = if symbol::TYPES.contains(&venue.as_str()) {
        vec![("instType", venue)]
    } else {
        vec![("instType", kind.to_owned()), ("instId", venue)]
    };
    get(path, NOW_BUDGET, query)
}

/// Open interest over time, or now.
#[derive(Debug)]
enum Recorded<'a> {
    Point(Columns<'a, 4>),
    Now(Now<'a>),
}

impl<'de: 'a, 'a> Deserialize<'de> for Recorded<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RecordedVisitor(PhantomData))
    }
}

impl<'a> Plain<'a> for Recorded<'a> {
    fn scan(scan: &mut Scan<'a>) -> Option<Self> {
        if scan.is_at_object() {
            Now::scan(scan).map(Self::Now)
        } else {
            Columns::scan(scan).map(Self::Point)
        }
    }
}

struct RecordedVisitor<'a>(PhantomData<&'a ()>);

impl<'de: 'a, 'a> Visitor<'de> for RecordedVisitor<'a> {
    type Value = Recorded<'a>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[ts, oi, oiCcy, oiUsd], or an object with oi and ts")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        ColumnsVisitor(PhantomData)
            .visit_seq(seq)
            .map(Recorded::Point)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Now::deserialize(MapAccessDeserializer::new(map)).map(Recorded::Now)
    }
}

/// Open interest now, as it stands in a reply.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Now<'a> {
    #[serde(default, borrow)]
    inst_id: Option<Word<'a>>,
    #[serde(borrow)]
    oi: Raw<'a>,
    #[serde(default, borrow)]
    oi_ccy: Option<Raw<'a>>,
    #[serde(default, borrow)]
    oi_usd: Option<Raw<'a>>,
    #[serde(borrow)]
    ts: Raw<'a>,
}

plain_object!(Now {
    "oi" => oi,
    "ts" => ts,
    or_default { "instId" => inst_id, "oiCcy" => oi_ccy, "oiUsd" => oi_usd, }
});

struct Open<'a> {
    inst_id: Option<&'a str>,
    ts: i64,
    contracts: Option<Decimal>,
    base: Option<Decimal>,
    value: Option<Decimal>,
}

impl<'a> Open<'a> {
    fn of(recorded: &'a Recorded<'a>, place: Place) -> Result<Self, ParseError> {
        match recorded {
            Recorded::Point(columns) => {
                if columns.len < 2 {
                    let what = format!("{} columns, expected ts, oi, oiCcy, oiUsd", columns.len);
                    return Err(place.error("", what));
                }
                let number = |column: usize| {
                    let field = format_args!("[{column}]");
                    optional(columns.get(column), place, field)
                };
                Ok(Self {
                    inst_id: None,
                    ts: time(columns.must(0, place)?, place, "[0]")?,
                    contracts: number(1)?,
                    base: number(2)?,
                    value: number(3)?,
                })
            }
            Recorded::Now(now) => Ok(Self {
                inst_id: now.inst_id.as_ref().map(Word::as_str),
                ts: time(now.ts, place, ".ts")?,
                contracts: Some(decimal(now.oi, place, ".oi")?),
                base: optional(now.oi_ccy, place, ".oiCcy")?,
                value: optional(now.oi_usd, place, ".oiUsd")?,
            }),
        }
    }
}

pub(super) fn parse_open_interest(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let messages: Messages<'_, Recorded<'_>> = envelope::read(reply.body)?;
    let mut page = Vec::with_capacity(messages.len());
    for (message, place, recorded) in messages.rows() {
        page.push((message.instrument(), Open::of(recorded, place)?));
    }
    page.sort_by_key(|(_, open)| open.ts);
    let by_range = reply.item.dataset == OPEN_INTEREST;
    let next = match by_range {
        true => older(reply, page.first().map(|(_, open)| open.ts))?,
        false => Next::End,
    };
    let window = Window::of(reply.item);
    let mut namer = Namer::new(reply.item, reply.instruments);
    for (channel, open) in &page {
        if by_range && !window.contains(open.ts) {
            continue;
        }
        let named = namer.name(open.inst_id, *channel);
        rows.push(&OpenInterest {
            source: super::NAME,
            symbol: &named.symbol,
            venue_symbol: &named.venue,
            ts: open.ts,
            open_interest: open.contracts,
            open_interest_base: open.base,
            open_interest_value: open.value,
        });
    }
    Ok(next)
}

pub(super) fn parse_ratios(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let of_item = |what| ParseError {
        at: "item".to_owned(),
        what,
    };
    let period = period(reply.item).map_err(of_item)?;
    let (kind, _) = kind(reply.item.param("kind")).map_err(of_item)?;
    let messages: Messages<'_, (Raw<'_>, Raw<'_>)> = envelope::read(reply.body)?;
    let mut page = Vec::with_capacity(messages.len());
    for (_, place, &(ts, ratio)) in messages.rows() {
        page.push((time(ts, place, "[0]")?, decimal(ratio, place, "[1]")?));
    }
    page.sort_unstable_by_key(|(ts, _)| *ts);
    let next = older(reply, page.first().map(|(ts, _)| *ts))?;
    let window = Window::of(reply.item);
    let mut namer = Namer::new(reply.item, reply.instruments);
    let named = namer.name(None, None);
    for (ts, ratio) in page.into_iter().filter(|(ts, _)| window.contains(*ts)) {
        rows.push(&LongShortRatio {
            source: super::NAME,
            symbol: &named.symbol,
            venue_symbol: &named.venue,
            kind,
            period: period.name,
            ts,
            long: None,
            short: None,
            ratio: Some(ratio),
        });
    }
    Ok(next)
}

/// On to what is older than a page, until nothing of the item can be.
fn older(reply: &Reply<'_>, oldest_ns: Option<i64>) -> Result<Next, ParseError> {
    let Some(oldest) = oldest_ns.map(milliseconds) else {
        return Ok(Next::End);
    };
    match reply.cursor {
        Cursor::Time(end) if oldest >= *end => Err(super::no_progress(end)),
        _ if oldest <= Window::of(reply.item).first_ms() => Ok(Next::End),
        _ => Ok(Next::More(Cursor::Time(oldest))),
    }
}

/// How far back an item of that period can be asked for, milliseconds since 1970.
pub(super) fn earliest(dataset: &str, period: Interval, now_ms: i64) -> i64 {
    const POINTS: i64 = 1_440;
    /// 2024-01-01.
    const FIRST_DAYS: i64 = 1_704_067_200_000;
    let by_points = now_ms - POINTS * period.length;
    let daily = matches!(period.name, "1d" | "1D") && dataset != LONG_SHORT_RATIOS;
    if daily {
        by_points.max(FIRST_DAYS)
    } else {
        by_points
    }
}
