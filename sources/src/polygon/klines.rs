//! Bars of Polygon: `GET /v2/aggs/ticker/...` and the daily bars of all tickers,
//! `GET /v2/aggs/grouped/...`.
//!
//! A bar's `t` is where it begins, except in the grouped reply, where it is the close of the
//! session: such a bar begins at midnight of its date in New York like every daily bar, and `t`
//! becomes its close time. The replies tell themselves apart: a grouped one names a ticker a bar
//! and none for the whole.

use std::borrow::Cow;

use common::tables::{Kline, Rows};
use common::{Decimal, Item};
use serde::Deserialize;

use super::next::Page;
use super::{NAME, PAGE, adjusted, asked, get, ticker_of};
use crate::ask::{Ask, Next, ParseError, Refusal};
use crate::json::scan::plain_object;
use crate::json::{self, Raw};
use crate::new_york;
use crate::source::Reply;
use crate::stock_interval::{Interval, Unit};
use crate::window::Window;

const NS_PER_MS: i64 = 1_000_000;

pub(super) fn ask(item: &Item) -> Result<Ask, Refusal> {
    let (window, ticker) = asked(item)?;
    let interval = Interval::named(item.param("interval")).map_err(Refusal)?;
    let path = format!(
        "/v2/aggs/ticker/{ticker}/range/{}/{}/{}/{}",
        interval.multiplier,
        timespan(interval.unit),
        window.first_ms(),
        window.last_ms()
    );
    let query = vec![
        ("adjusted", adjusted(item).map_err(Refusal)?.to_string()),
        ("sort", "asc".to_owned()),
        ("limit", PAGE.to_owned()),
    ];
    Ok(get(path, query))
}

/// The vendor's word for a unit.
fn timespan(unit: Unit) -> &'static str {
    match unit {
        Unit::Second => "second",
        Unit::Minute => "minute",
        Unit::Hour => "hour",
        Unit::Day => "day",
        Unit::Week => "week",
        Unit::Month => "month",
        Unit::Quarter => "quarter",
        Unit::Year => "year",
    }
}

/// The date of a slice is the one on which a day of New York begins in it.
pub(super) fn ask_grouped(item: &Item) -> Result<Ask, Refusal> {
    let (window, _) = Window::asked(item)?;
    let path = format!(
        "/v2/aggs/grouped/locale/us/market/stocks/{}",
        window.first_day()
    );
    let query = vec![
        ("adjusted", adjusted(item).map_err(Refusal)?.to_string()),
        ("include_otc", "false".to_owned()),
    ];
    Ok(get(path, query))
}

/// A bar as it stands in a reply.
#[derive(Debug, Deserialize)]
struct Recorded<'a> {
    t: i64,
    #[serde(borrow)]
    o: Raw<'a>,
    #[serde(borrow)]
    h: Raw<'a>,
    #[serde(borrow)]
    l: Raw<'a>,
    #[serde(borrow)]
    c: Raw<'a>,
    #[serde(borrow)]
    v: Raw<'a>,
    #[serde(borrow, default)]
    vw: Option<Raw<'a>>,
    #[serde(default)]
    n: Option<i64>,
    #[serde(borrow, default, rename = "T")]
    ticker: Option<Cow<'a, str>>,
}

plain_object!(Recorded {
    "t" => t,
    "o" => o,
    "h" => h,
    "l" => l,
    "c" => c,
    "v" => v,
    or_default { "vw" => vw, "n" => n, "T" => ticker, }
});

struct Bar<'a> {
    ticker: &'a str,
    open_time: i64,
    close_time: Option<i64>,
    /// Open, high, low, close, volume.
    figures: [Decimal; 5],
    vwap: Option<Decimal>,
    trade_count: Option<i64>,
}

/// What all bars of a page share.
struct Layout<'a> {
    /// The ticker of the item, else of the whole reply.
    ticker: &'a str,
    /// Whether `t` is the end of a day.
    is_grouped: bool,
}

impl<'a> Bar<'a> {
    fn of(recorded: &'a Recorded<'_>, row: usize, layout: &Layout<'a>) -> Result<Self, ParseError> {
        let t = recorded
            .t
            .checked_mul(NS_PER_MS)
            .ok_or_else(|| ParseError {
                at: format!("results[{row}].t"),
                what: format!("{}, expected milliseconds since 1970", recorded.t),
            })?;
        let Recorded { o, h, l, c, v, .. } = recorded;
        let mut figures = [Decimal::ZERO; 5];
        for ((figure, raw), name) in figures
            .iter_mut()
            .zip([o, h, l, c, v])
            .zip(["o", "h", "l", "c", "v"])
        {
            *figure = json::decimal(*raw, || format!("results[{row}].{name}"))?;
        }
        let vwap = recorded
            .vw
            .map(|raw| json::decimal(raw, || format!("results[{row}].vw")))
            .transpose()?;
        Ok(Self {
            ticker: recorded.ticker.as_deref().unwrap_or(layout.ticker),
            open_time: if layout.is_grouped {
                new_york::day_start(t)
            } else {
                t
            },
            close_time: layout.is_grouped.then_some(t),
            figures,
            vwap,
            trade_count: recorded.n,
        })
    }
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let page = Page::<Recorded<'_>>::read(reply.body)?;
    let adjusted = adjustment(reply.item, page.adjusted)?;
    let is_grouped = page.ticker.is_none() && page.rows().iter().any(|row| row.ticker.is_some());
    let layout = Layout {
        ticker: ticker_of(reply.item)
            .or(page.ticker.as_deref())
            .unwrap_or_default(),
        is_grouped,
    };
    let bars = page.rows().iter().enumerate();
    let bars = bars
        .map(|(row, recorded)| Bar::of(recorded, row, &layout))
        .collect::<Result<Vec<_>, _>>()?;
    let name = interval_name(reply.item, is_grouped, &bars);
    let interval = Interval::named(name).map_err(|what| ParseError {
        at: "item".to_owned(),
        what,
    })?;
    let next = page.next(reply.cursor, None)?;
    let window = Window::of(reply.item);
    let complete_until = page.complete_until(reply.fetched_at_ms);
    let closed =
        |bar: &&Bar<'_>| interval.end_of(bar.open_time).div_euclid(NS_PER_MS) <= complete_until;
    let inside = bars.iter().filter(|bar| window.contains(bar.open_time));
    for bar in inside.filter(closed) {
        push(bar, name, adjusted, rows);
    }
    Ok(next)
}

/// The word in the column `adjusted`; the vendor repeats what it did, and must have done what was
/// asked for.
fn adjustment(item: &Item, replied: Option<bool>) -> Result<&'static str, ParseError> {
    let wanted = adjusted(item).map_err(|what| ParseError {
        at: "item".to_owned(),
        what,
    })?;
    match replied {
        Some(replied) if item.params.contains_key("adjusted") && replied != wanted => {
            Err(ParseError {
                at: "adjusted".to_owned(),
                what: format!("{replied}, expected {wanted} as asked for"),
            })
        }
        replied => Ok(if replied.unwrap_or(wanted) {
            "split"
        } else {
            "raw"
        }),
    }
}

/// The interval that was asked for. A saved reply does not say it, but bars that all begin at
/// midnight are daily ones.
fn interval_name<'i>(item: &'i Item, is_grouped: bool, bars: &[Bar<'_>]) -> &'i str {
    let midnights = || {
        !bars.is_empty()
            && bars
                .iter()
                .all(|bar| new_york::day_start(bar.open_time) == bar.open_time)
    };
    match item.param("interval") {
        _ if is_grouped || item.dataset == super::GROUPED_DAILY => "1d",
        "" if midnights() => "1d",
        "" => "1m",
        name => name,
    }
}

fn push(bar: &Bar<'_>, interval: &str, adjusted: &str, rows: &mut Rows) {
    let [open, high, low, close, volume] = bar.figures;
    rows.push(&Kline {
        source: NAME,
        symbol: bar.ticker,
        venue_symbol: bar.ticker,
        interval,
        open_time: bar.open_time,
        adjusted,
        open,
        high,
        low,
        close,
        volume,
        quote_volume: None,
        trade_count: bar.trade_count,
        taker_buy_volume: None,
        taker_buy_quote_volume: None,
        vwap: bar.vwap,
        close_time: bar.close_time,
    });
}
