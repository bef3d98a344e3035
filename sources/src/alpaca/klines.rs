//! Bars of Alpaca: `GET /v2/stocks/bars`, its latest bars and the bars of snapshots.
//!
//! A bar's `t` is where it begins; days begin at midnight in New York. The vendor serves bars that
//! are still open: they are left out by where they end.

use std::borrow::Cow;

use common::tables::{Kline, Rows};
use common::{Decimal, Item};
use serde::Deserialize;

use super::page::{self, Of, Page};
use super::{NAME, get, other_feed};
use crate::ask::{Ask, Cursor, Next, ParseError, Refusal};
use crate::instant;
use crate::json::scan::plain_object;
use crate::json::{self, Raw};
use crate::new_york;
use crate::source::Reply;
use crate::stock_interval::{Interval, Unit};
use crate::window::Window;

const NS_PER_MS: i64 = 1_000_000;
const RAW: &str = "raw";

/// The vendor's word for an interval.
pub(super) fn timeframe(name: &str) -> Result<String, String> {
    let interval = Interval::named(name)?;
    let count = interval.multiplier;
    let unit = match interval.unit {
        Unit::Minute if count <= 59 => "Min",
        Unit::Hour if count <= 23 => "Hour",
        Unit::Day if count == 1 => "Day",
        Unit::Week if count == 1 => "Week",
        Unit::Month if matches!(count, 1..=4 | 6 | 12) => "Month",
        _ => {
            return Err(format!(
                "{NAME} has no interval {name:?}; it has 1m to 59m, 1h to 23h, 1d, 1w, 1M, 2M, 3M, 4M, 6M and 12M"
            ));
        }
    };
    Ok(format!("{count}{unit}"))
}

fn adjustment(item: &Item) -> &str {
    match item.param("adjustment") {
        "" => RAW,
        given => given,
    }
}

/// The word in the column `adjusted`.
pub(super) fn adjusted(item: &Item) -> String {
    match other_feed(item) {
        Some(feed) => format!("{}@{feed}", adjustment(item)),
        None => adjustment(item).to_owned(),
    }
}

pub(super) fn ask(item: &Item, cursor: &Cursor) -> Result<Ask, Refusal> {
    let (window, _) = Window::asked(item)?;
    let timeframe = timeframe(item.param("interval")).map_err(Refusal)?;
    let more = vec![
        ("timeframe", timeframe),
        ("adjustment", adjustment(item).to_owned()),
    ];
    get(item, cursor, "/v2/stocks/bars", window.bounds_ns(), more)
}

/// A bar as it stands in a reply.
#[derive(Debug, Deserialize)]
struct Recorded<'a> {
    #[serde(borrow)]
    t: Cow<'a, str>,
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
    #[serde(default)]
    n: Option<i64>,
    #[serde(borrow, default)]
    vw: Option<Raw<'a>>,
}

plain_object!(Recorded {
    "t" => t,
    "o" => o,
    "h" => h,
    "l" => l,
    "c" => c,
    "v" => v,
    or_default { "n" => n, "vw" => vw, }
});

struct Bar {
    open_time: i64,
    /// Open, high, low, close, volume.
    figures: [Decimal; 5],
    vwap: Option<Decimal>,
    trade_count: Option<i64>,
}

impl Bar {
    fn of(recorded: &Recorded<'_>, at: impl Fn(&str) -> String) -> Result<Self, ParseError> {
        let Recorded { o, h, l, c, v, .. } = recorded;
        let mut figures = [Decimal::ZERO; 5];
        let named = [(o, "o"), (h, "h"), (l, "l"), (c, "c"), (v, "v")];
        for (figure, (raw, name)) in figures.iter_mut().zip(named) {
            *figure = json::decimal(*raw, || at(name))?;
        }
        let vwap = recorded.vw.map(|raw| json::decimal(raw, || at("vw")));
        Ok(Self {
            open_time: instant::rfc3339(&recorded.t, || at("t"))?,
            figures,
            vwap: vwap.transpose()?,
            trade_count: recorded.n,
        })
    }
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let item = reply.item;
    let parts = ["minuteBar", "dailyBar", "prevDailyBar"];
    let page = Page::<Recorded<'_>>::read(reply.body, &parts)?;
    let mut symbols = Vec::with_capacity(page.symbols.len());
    for of in &page.symbols {
        symbols.push(read(of, item)?);
    }
    let next = page.next(reply.cursor, None)?;
    let window = Window::of(item);
    let adjusted = adjusted(item);
    for (symbol, name, bars) in symbols {
        let interval = Interval::named(name).map_err(in_item)?;
        let is_closed = |bar: &&Bar| {
            interval.end_of(bar.open_time).div_euclid(NS_PER_MS) <= reply.fetched_at_ms
        };
        let inside = bars.iter().filter(|bar| window.contains(bar.open_time));
        for bar in inside.filter(is_closed) {
            push(bar, (symbol, name, &adjusted), rows);
        }
    }
    Ok(next)
}

/// The symbol, the interval and the bars of a part of a page.
fn read<'p>(
    of: &'p Of<'_, Recorded<'_>>,
    item: &'p Item,
) -> Result<(&'p str, &'p str, Vec<Bar>), ParseError> {
    let symbol = page::symbol(&of.symbol, item);
    let bars = of.rows.iter().enumerate();
    let bars = bars
        .map(|(row, recorded)| Bar::of(recorded, |name| format!("bars.{symbol}[{row}].{name}")))
        .collect::<Result<Vec<_>, _>>()?;
    let midnights = || {
        let mut opens = bars.iter().map(|bar| bar.open_time);
        !bars.is_empty() && opens.all(|open| new_york::day_start(open) == open)
    };
    let interval = match (of.part, item.param("interval")) {
        (Some("minuteBar"), _) => "1m",
        (Some(_), _) => "1d",
        // A saved reply does not say it, but bars that all begin at midnight are daily ones.
        (None, "") if midnights() => "1d",
        (None, "") => "1m",
        (None, name) => name,
    };
    Interval::named(interval).map_err(in_item)?;
    Ok((symbol, interval, bars))
}

fn in_item(what: String) -> ParseError {
    ParseError {
        at: "item".to_owned(),
        what,
    }
}

fn push(bar: &Bar, (symbol, interval, adjusted): (&str, &str, &str), rows: &mut Rows) {
    let [open, high, low, close, volume] = bar.figures;
    rows.push(&Kline {
        source: NAME,
        symbol,
        venue_symbol: symbol,
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
        close_time: None,
    });
}
