//! Bars of Deribit: `public/get_tradingview_chart_data`.
//!
//! The reply has columns, not rows; columns of different lengths are refused. A request covers at
//! most 5,000 bars, so a range is walked in such steps, also over `no_data`, which only says that
//! there was nothing in one of them. A bar is closed when its length is over at the time of asking.

use common::Decimal;
use common::item::Work;
use common::tables::{Kline, Rows};
use serde::Deserialize;

use super::reply::{self, Held, Who};
use super::{KLINES, call, number, wrong_cursor};
use crate::ask::{Ask, At, Cursor, Next, ParseError, Refusal};
use crate::continuity::{Grid, Params};
use crate::json::Raw;
use crate::json::scan::plain_object;
use crate::source::Reply;
use crate::window::Window;

/// Bars of one request.
pub(super) const PAGE: i64 = 5_000;
pub(super) const DEFAULT_INTERVAL: &str = "1m";
const MINUTE_MS: i64 = 60_000;

/// Our names, the vendor's, and minutes.
const INTERVALS: &[(&str, &str, i64)] = &[
    ("1m", "1", 1),
    ("3m", "3", 3),
    ("5m", "5", 5),
    ("10m", "10", 10),
    ("15m", "15", 15),
    ("30m", "30", 30),
    ("1h", "60", 60),
    ("2h", "120", 120),
    ("3h", "180", 180),
    ("6h", "360", 360),
    ("12h", "720", 720),
    ("1d", "1D", 1_440),
];

/// A length of bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interval {
    name: &'static str,
    resolution: &'static str,
    pub(super) ms: i64,
}

impl Interval {
    fn all() -> impl Iterator<Item = Self> {
        INTERVALS.iter().map(|&(name, resolution, minutes)| Self {
            name,
            resolution,
            ms: minutes * MINUTE_MS,
        })
    }

    /// By our name or the vendor's; the default for an empty one.
    pub(super) fn named(name: &str) -> Result<Self, String> {
        let name = if name.is_empty() {
            DEFAULT_INTERVAL
        } else {
            name
        };
        Self::all()
            .find(|known| known.name == name || known.resolution == name)
            .ok_or_else(|| {
                let names: Vec<_> = Self::all().map(|known| known.name).collect();
                format!(
                    "{} has no interval {name:?}; it has {}",
                    super::NAME,
                    names.join(", ")
                )
            })
    }

    /// The last millisecond of a request that starts there.
    fn reach(self, start: i64, last: i64) -> i64 {
        start.saturating_add((PAGE - 1) * self.ms).min(last)
    }
}

/// What an interval is called in rows.
pub(super) fn name(given: &str) -> Result<&'static str, String> {
    Interval::named(given).map(|interval| interval.name)
}

/// Where the bars of a request are.
pub(super) fn grid(params: &Params) -> Option<Grid> {
    let given = params.get("interval").map_or("", String::as_str);
    let interval = Interval::named(given).ok()?;
    Some(Grid::every_ms(interval.ms))
}

pub(super) fn ask(at: &At<'_>, window: Window, venue: String) -> Result<Ask, Refusal> {
    let interval = Interval::named(at.item.param("interval")).map_err(Refusal)?;
    let start = match at.cursor {
        Cursor::Start => window.first_ms(),
        Cursor::Time(start) => *start,
        other => return Err(wrong_cursor(KLINES, other)),
    };
    let end = interval.reach(start, window.last_ms());
    let query = vec![
        ("instrument_name", venue),
        ("start_timestamp", start.to_string()),
        ("end_timestamp", end.to_string()),
        ("resolution", interval.resolution.to_owned()),
    ];
    Ok(call("get_tradingview_chart_data", query))
}

#[derive(Debug, Deserialize)]
struct Columns<'a> {
    #[serde(default)]
    status: Option<&'a str>,
    #[serde(default)]
    ticks: Vec<i64>,
    #[serde(default, borrow)]
    open: Vec<Raw<'a>>,
    #[serde(default, borrow)]
    high: Vec<Raw<'a>>,
    #[serde(default, borrow)]
    low: Vec<Raw<'a>>,
    #[serde(default, borrow)]
    close: Vec<Raw<'a>>,
    #[serde(default, borrow)]
    volume: Vec<Raw<'a>>,
    #[serde(default, borrow)]
    cost: Vec<Raw<'a>>,
}

plain_object!(Columns {
    or_default {
        "status" => status,
        "ticks" => ticks,
        "open" => open,
        "high" => high,
        "low" => low,
        "close" => close,
        "volume" => volume,
        "cost" => cost,
    }
});

/// The bar of a notification.
#[derive(Debug, Deserialize)]
struct Notified<'a> {
    tick: i64,
    #[serde(borrow)]
    open: Raw<'a>,
    #[serde(borrow)]
    high: Raw<'a>,
    #[serde(borrow)]
    low: Raw<'a>,
    #[serde(borrow)]
    close: Raw<'a>,
    #[serde(borrow)]
    volume: Raw<'a>,
    #[serde(borrow)]
    cost: Raw<'a>,
}

struct Bar {
    open_ms: i64,
    /// Open, high, low, close.
    prices: [Decimal; 4],
    volume: Decimal,
    cost: Decimal,
}

/// The bars of one instrument in one length.
struct Series<'a> {
    who: Who<'a>,
    interval: Interval,
    bars: Vec<Bar>,
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let interval = Interval::named(reply.item.param("interval")).map_err(|what| ParseError {
        at: "item".to_owned(),
        what,
    })?;
    let mut all = Vec::new();
    for envelope in reply::read::<Columns<'_>, Notified<'_>>(reply.body)? {
        all.push(match envelope.held()? {
            Held::Answer(columns) => Series {
                who: Who::of(reply, None),
                interval: told(reply, interval, &columns.ticks),
                bars: bars(&columns)?,
            },
            Held::Notice(channel, bar) => {
                let channel = channel.as_ref().map(|channel| channel.as_str());
                notified(reply, channel, &bar, interval)?
            }
        });
    }
    let window = Window::of(reply.item);
    let start = match reply.cursor {
        Cursor::Time(start) => *start,
        _ => i64::MIN,
    };
    for series in &all {
        push(series, rows, |bar, open_time| {
            let closes = bar.open_ms.saturating_add(series.interval.ms);
            bar.open_ms >= start && closes <= reply.fetched_at_ms && window.contains(open_time)
        });
    }
    Ok(next(reply, interval, window))
}

/// The length of the bars of a saved reply that nothing is known of: the distance between them,
/// for the vendor leaves no bar out between two others.
fn told(reply: &Reply<'_>, asked: Interval, ticks: &[i64]) -> Interval {
    if matches!(reply.item.work, Work::Range { .. }) || asked.name != DEFAULT_INTERVAL {
        return asked;
    }
    let distances = ticks.windows(2).map(|pair| pair[1].saturating_sub(pair[0]));
    let told = distances
        .min()
        .and_then(|least| Interval::all().find(|known| known.ms == least));
    told.unwrap_or(asked)
}

fn next(reply: &Reply<'_>, interval: Interval, window: Window) -> Next {
    let start = match (&reply.item.work, reply.cursor) {
        (Work::Ids(_), _) => return Next::End,
        (Work::Range { .. }, Cursor::Time(start)) => *start,
        (Work::Range { .. }, _) => window.first_ms(),
    };
    let next = start.saturating_add(PAGE * interval.ms);
    if next > window.last_ms() || next > reply.fetched_at_ms {
        Next::End
    } else {
        Next::More(Cursor::Time(next))
    }
}

fn bars(columns: &Columns<'_>) -> Result<Vec<Bar>, ParseError> {
    if let Some(status) = columns.status
        && !["ok", "no_data"].contains(&status)
    {
        return Err(ParseError {
            at: "result.status".to_owned(),
            what: format!("{status:?}, expected ok or no_data"),
        });
    }
    let count = columns.ticks.len();
    if count == 0 && columns.status.is_none() {
        return Err(ParseError {
            at: "result.ticks".to_owned(),
            what: "nothing, expected ticks or the status no_data".to_owned(),
        });
    }
    for (name, column) in [
        ("open", &columns.open),
        ("high", &columns.high),
        ("low", &columns.low),
        ("close", &columns.close),
        ("volume", &columns.volume),
        ("cost", &columns.cost),
    ] {
        if column.len() != count {
            return Err(ParseError {
                at: format!("result.{name}"),
                what: format!(
                    "{} values, expected {count}, as many as ticks",
                    column.len()
                ),
            });
        }
    }
    (0..count)
        .map(|row| {
            let at = |name: &str| format!("result.{name}[{row}]");
            Ok(Bar {
                open_ms: columns.ticks[row],
                prices: [
                    number::exact(columns.open[row], || at("open"))?,
                    number::exact(columns.high[row], || at("high"))?,
                    number::exact(columns.low[row], || at("low"))?,
                    number::exact(columns.close[row], || at("close"))?,
                ],
                volume: number::computed(columns.volume[row], "volume", at)?,
                cost: number::computed(columns.cost[row], "cost", at)?,
            })
        })
        .collect()
}

/// The channel says whose bar it is, and how long: `chart.trades.BTC-PERPETUAL.1`.
fn notified<'a>(
    reply: &Reply<'a>,
    channel: Option<&str>,
    bar: &Notified<'_>,
    asked: Interval,
) -> Result<Series<'a>, ParseError> {
    let named = channel
        .and_then(|channel| channel.strip_prefix("chart.trades."))
        .and_then(|rest| rest.rsplit_once('.'));
    let (who, interval) = match named {
        Some((instrument, resolution)) => {
            let interval = Interval::named(resolution).map_err(|what| ParseError {
                at: "params.channel".to_owned(),
                what,
            })?;
            (Who::of(reply, Some(instrument)), interval)
        }
        None => (Who::of(reply, None), asked),
    };
    let at = |name: &str| format!("params.data.{name}");
    let bar = Bar {
        open_ms: bar.tick,
        prices: [
            number::exact(bar.open, || at("open"))?,
            number::exact(bar.high, || at("high"))?,
            number::exact(bar.low, || at("low"))?,
            number::exact(bar.close, || at("close"))?,
        ],
        volume: number::computed(bar.volume, "volume", at)?,
        cost: number::computed(bar.cost, "cost", at)?,
    };
    number::ns_of_ms(bar.open_ms, || at("tick"))?;
    Ok(Series {
        who,
        interval,
        bars: vec![bar],
    })
}

fn push(series: &Series<'_>, rows: &mut Rows, wanted: impl Fn(&Bar, i64) -> bool) {
    let who = &series.who;
    for bar in &series.bars {
        let open_time = bar.open_ms.saturating_mul(1_000_000);
        if !wanted(bar, open_time) {
            continue;
        }
        let [open, high, low, close] = bar.prices;
        rows.push(&Kline {
            source: super::NAME,
            symbol: &who.symbol,
            venue_symbol: &who.venue,
            interval: series.interval.name,
            open_time,
            adjusted: "raw",
            open,
            high,
            low,
            close,
            volume: bar.volume,
            quote_volume: Some(bar.cost),
            trade_count: None,
            taker_buy_volume: None,
            taker_buy_quote_volume: None,
            vwap: None,
            close_time: None,
        });
    }
}
