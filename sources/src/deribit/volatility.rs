//! Bars of the volatility index of a currency: `public/get_volatility_index_data`.
//!
//! The newest bars of a range come first; `continuation`, where there is one, is the
//! `end_timestamp` of the page with those before. A bar is closed when its length is over at the
//! time of asking.

use common::Decimal;
use common::item::Work;
use common::tables::{Rows, VolatilityIndex};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::reply::{self, Held};
use super::{VOLATILITY_INDEX, call, name, number, wrong_cursor};
use crate::ask::{Ask, At, Cursor, Next, ParseError, Refusal};
use crate::continuity::{Grid, Params};
use crate::json::Raw;
use crate::json::scan::{Plain, Scan, plain_object};
use crate::source::Reply;
use crate::window::Window;

pub(super) const DEFAULT_RESOLUTION: &str = "1h";
/// Bars of a page.
pub(super) const PAGE: i64 = 1_000;

/// Our names, the vendor's, and milliseconds.
const RESOLUTIONS: &[(&str, &str, i64)] = &[
    ("1s", "1", 1_000),
    ("1m", "60", 60_000),
    ("1h", "3600", 3_600_000),
    ("12h", "43200", 43_200_000),
    ("1d", "1D", 86_400_000),
];

/// A length of bars.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resolution {
    name: &'static str,
    vendors: &'static str,
    pub(super) ms: i64,
}

impl Resolution {
    fn all() -> impl Iterator<Item = Self> {
        RESOLUTIONS
            .iter()
            .map(|&(name, vendors, ms)| Self { name, vendors, ms })
    }

    /// By our name or the vendor's; the default for an empty one.
    pub(super) fn named(name: &str) -> Result<Self, String> {
        let name = if name.is_empty() {
            DEFAULT_RESOLUTION
        } else {
            name
        };
        Self::all()
            .find(|known| known.name == name || known.vendors == name)
            .ok_or_else(|| {
                let names: Vec<_> = Self::all().map(|known| known.name).collect();
                format!(
                    "{} has no resolution {name:?} of {VOLATILITY_INDEX}; it has {}",
                    super::NAME,
                    names.join(", ")
                )
            })
    }
}

/// What a resolution is called in rows.
pub(super) fn name(given: &str) -> Result<&'static str, String> {
    Resolution::named(given).map(|resolution| resolution.name)
}

/// Where the bars of a request are.
pub(super) fn grid(params: &Params) -> Option<Grid> {
    let name = params.get("resolution").map_or("", String::as_str);
    let resolution = Resolution::named(name).ok()?;
    Some(Grid::every_ms(resolution.ms))
}

pub(super) fn ask(at: &At<'_>, window: Window, written: &str) -> Result<Ask, Refusal> {
    let resolution = Resolution::named(at.item.param("resolution")).map_err(Refusal)?;
    let end = match at.cursor {
        Cursor::Start => window.last_ms(),
        Cursor::Time(end) => *end,
        other => return Err(wrong_cursor(VOLATILITY_INDEX, other)),
    };
    let query = vec![
        ("currency", name::currency(written)),
        ("start_timestamp", window.first_ms().to_string()),
        ("end_timestamp", end.to_string()),
        ("resolution", resolution.vendors.to_owned()),
    ];
    Ok(call("get_volatility_index_data", query))
}

#[derive(Debug, Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    data: Vec<Recorded<'a>>,
    #[serde(default)]
    continuation: Option<i64>,
}

/// Time, open, high, low, close.
#[derive(Debug, Deserialize)]
struct Recorded<'a>(
    i64,
    #[serde(borrow)] Raw<'a>,
    #[serde(borrow)] Raw<'a>,
    #[serde(borrow)] Raw<'a>,
    #[serde(borrow)] Raw<'a>,
);

plain_object!(Page {
    "data" => data,
    or_default { "continuation" => continuation, }
});

impl<'a> Plain<'a> for Recorded<'a> {
    fn scan(scan: &mut Scan<'a>) -> Option<Self> {
        scan.places(|scan| {
            let ms = scan.integer()?;
            let mut value = || {
                scan.comma()?;
                Raw::scan(scan)
            };
            Some(Self(ms, value()?, value()?, value()?, value()?))
        })
    }
}

struct Bar {
    open_ms: i64,
    open_time: i64,
    values: [Decimal; 4],
}

impl Bar {
    fn of(recorded: &Recorded<'_>, row: usize) -> Result<Self, ParseError> {
        let at = |place: usize| format!("result.data[{row}][{place}]");
        let Recorded(ms, o, h, l, c) = recorded;
        let mut values = [Decimal::ZERO; 4];
        for (place, (value, raw)) in values.iter_mut().zip([o, h, l, c]).enumerate() {
            *value = number::exact(*raw, || at(place + 1))?;
        }
        Ok(Self {
            open_ms: *ms,
            open_time: number::ns_of_ms(*ms, || at(0))?,
            values,
        })
    }
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let resolution = Resolution::named(reply.item.param("resolution")).map_err(|what| {
        let at = "item".to_owned();
        ParseError { at, what }
    })?;
    let mut bars = Vec::new();
    let mut continuation = None;
    for envelope in reply::read::<Page<'_>, IgnoredAny>(reply.body)? {
        let Held::Answer(page) = envelope.held()? else {
            return Err(ParseError {
                at: "params".to_owned(),
                what: "a notification, expected the bars of an answer".to_owned(),
            });
        };
        continuation = page.continuation;
        for (row, recorded) in page.data.iter().enumerate() {
            bars.push(Bar::of(recorded, row)?);
        }
    }
    let next = next(reply, continuation)?;
    let window = Window::of(reply.item);
    let closed = |bar: &Bar| bar.open_ms.saturating_add(resolution.ms) <= reply.fetched_at_ms;
    bars.retain(|bar| closed(bar) && window.contains(bar.open_time));
    bars.sort_by_key(|bar| bar.open_ms);
    push(reply, resolution, &bars, rows);
    Ok(next)
}

fn next(reply: &Reply<'_>, continuation: Option<i64>) -> Result<Next, ParseError> {
    let (Work::Range { .. }, Some(end)) = (&reply.item.work, continuation) else {
        return Ok(Next::End);
    };
    let window = Window::of(reply.item);
    let before = match reply.cursor {
        Cursor::Time(before) => *before,
        _ => window.last_ms(),
    };
    if end >= before {
        return Err(ParseError {
            at: "result.continuation".to_owned(),
            what: format!("{end}, expected an end before {before}, that of this page"),
        });
    }
    Ok(if end < window.first_ms() {
        Next::End
    } else {
        Next::More(Cursor::Time(end))
    })
}

fn push(reply: &Reply<'_>, resolution: Resolution, bars: &[Bar], rows: &mut Rows) {
    let currency = name::currency(reply::asked_symbol(reply.item));
    let symbol = if currency.is_empty() {
        String::new()
    } else {
        format!("{currency}-DVOL")
    };
    for bar in bars {
        let [open, high, low, close] = bar.values;
        rows.push(&VolatilityIndex {
            source: super::NAME,
            symbol: &symbol,
            venue_symbol: &currency,
            resolution: resolution.name,
            open_time: bar.open_time,
            open,
            high,
            low,
            close,
        });
    }
}
