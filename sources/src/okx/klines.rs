//! Bars: `GET /api/v5/market/history-candles`, and `candles` for the newest, which the history
//! lacks for a while.
//!
//! Newest first, both ends of a window excluded. A first page that does not reach the item's last
//! bar is completed from `candles` before older pages are asked for; bars of a second exist in the
//! history alone. Volume is told in contracts, base and quote currency, in columns whose meaning
//! depends on the kind of instrument.

use common::Decimal;
use common::item::Item;
use common::tables::{Kline, Rows};
use serde::{Deserialize, Deserializer};

use super::envelope::{self, Message, Messages, Place};
use super::fields::{Columns, decimal, milliseconds, nanoseconds, time};
use super::interval::Interval;
use super::symbol::Namer;
use super::{KLINES, get, wrong_cursor};
use crate::ask::{Ask, Cursor, Next, ParseError, Refusal};
use crate::instrument::Kind;
use crate::json::Raw;
use crate::json::scan::{Plain, Scan};
use crate::source::Reply;
use crate::window::Window;

const HISTORY: &str = "/api/v5/market/history-candles";
const NEWEST: &str = "/api/v5/market/candles";
pub(super) const HISTORY_BUDGET: &str = "okx.history-candles";
pub(super) const NEWEST_BUDGET: &str = "okx.candles";
pub(super) const DEFAULT_INTERVAL: &str = "1m";
/// Bars asked for; the vendor may give fewer.
pub(super) const PAGE: i64 = 300;
const SECOND: i64 = 1_000;

/// Where in an item a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// In the history, before that instant.
    History { after: i64 },
    /// In the newest bars, between two instants (milliseconds, both excluded); the history goes on
    /// before `then`, where anything is left of it.
    Newest {
        after: i64,
        floor: i64,
        then: Option<i64>,
    },
}

impl Stage {
    fn of(cursor: &Cursor, window: Window) -> Result<Self, Refusal> {
        let wrong = || wrong_cursor(KLINES, cursor);
        match cursor {
            Cursor::Start => Ok(Self::History {
                after: window.last_ms() + 1,
            }),
            Cursor::Time(after) => Ok(Self::History { after: *after }),
            Cursor::Token(token) => {
                let parts: Vec<i64> = token
                    .split(' ')
                    .map_while(|part| part.parse().ok())
                    .collect();
                match parts.as_slice() {
                    [after, floor] => Ok(Self::Newest {
                        after: *after,
                        floor: *floor,
                        then: None,
                    }),
                    [after, floor, then] => Ok(Self::Newest {
                        after: *after,
                        floor: *floor,
                        then: Some(*then),
                    }),
                    _ => Err(wrong()),
                }
            }
            _ => Err(wrong()),
        }
    }

    fn cursor(self) -> Cursor {
        match self {
            Self::History { after } => Cursor::Time(after),
            Self::Newest { after, floor, then } => {
                let then = then.map_or_else(String::new, |then| format!(" {then}"));
                Cursor::Token(format!("{after} {floor}{then}"))
            }
        }
    }

    fn after(self) -> i64 {
        match self {
            Self::History { after } | Self::Newest { after, .. } => after,
        }
    }
}

/// The interval that an item asks for.
pub(super) fn interval(item: &Item) -> Result<Interval, String> {
    Interval::named(match item.param("interval") {
        "" => DEFAULT_INTERVAL,
        given => given,
    })
}

pub(super) fn ask(
    item: &Item,
    window: Window,
    venue: String,
    cursor: &Cursor,
) -> Result<Ask, Refusal> {
    let interval = interval(item).map_err(Refusal)?;
    let stage = Stage::of(cursor, window)?;
    let (path, budget, floor) = match stage {
        Stage::History { .. } => (HISTORY, HISTORY_BUDGET, window.first_ms() - 1),
        Stage::Newest { floor, .. } => (NEWEST, NEWEST_BUDGET, floor),
    };
    let query = vec![
        ("instId", venue),
        ("bar", interval.bar.to_owned()),
        ("after", stage.after().to_string()),
        ("before", floor.to_string()),
        ("limit", PAGE.to_string()),
    ];
    Ok(get(path, budget, query))
}

/// A bar as it stands in a reply: open time, open, high, low, close, volume in contracts (base
/// currency of spot pairs), volume in base currency (quote currency of spot pairs), volume in
/// quote currency, and 1 once it is closed. The last two are younger than the rest.
type Values<'a> = Columns<'a, 9>;

/// The same, read at once where all nine are plain.
#[derive(Debug)]
enum Recorded<'a> {
    Read(Bar),
    /// Apart, as there is seldom one and it is large.
    Values(Box<Values<'a>>),
}

impl<'de: 'a, 'a> Deserialize<'de> for Recorded<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Values::deserialize(deserializer).map(|values| Self::Values(Box::new(values)))
    }
}

impl<'a> Plain<'a> for Recorded<'a> {
    fn scan(scan: &mut Scan<'a>) -> Option<Self> {
        let bar = scan.places(|scan| {
            let open_time = nanoseconds(Raw::scan(scan)?)?;
            let mut number = || {
                scan.comma()?;
                scan.decimal()
            };
            let prices = [number()?, number()?, number()?, number()?];
            let volumes = (number()?, number()?, Some(number()?));
            scan.comma()?;
            let confirmed = Some(is_confirmed(scan.text()?)?);
            Some(Bar {
                open_time,
                prices,
                volumes,
                confirmed,
            })
        })?;
        Some(Self::Read(bar))
    }
}

fn is_confirmed(text: &str) -> Option<bool> {
    match text {
        "1" => Some(true),
        "0" => Some(false),
        _ => None,
    }
}

/// A bar of any origin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bar {
    pub(super) open_time: i64,
    /// Open, high, low, close.
    pub(super) prices: [Decimal; 4],
    /// The three volumes as the vendor orders them.
    pub(super) volumes: (Decimal, Decimal, Option<Decimal>),
    pub(super) confirmed: Option<bool>,
}

impl Bar {
    fn of(recorded: &Recorded<'_>, place: Place) -> Result<Self, ParseError> {
        let values = match recorded {
            Recorded::Read(bar) => return Ok(*bar),
            Recorded::Values(values) => values,
        };
        if values.len < 7 {
            let what = format!("{} columns, expected 7 or 9", values.len);
            return Err(place.error("", what));
        }
        let number = |column: usize| {
            let raw = values.must(column, place)?;
            decimal(raw, place, format_args!("[{column}]"))
        };
        let confirmed = |raw: Raw<'_>| {
            let text = raw.digits();
            is_confirmed(text)
                .ok_or_else(|| place.error("[8]", format!("{text:?}, expected 0 or 1")))
        };
        let confirmed = values.get(8).map(confirmed).transpose()?;
        let quote = values.get(7).map(|_| number(7)).transpose()?;
        Ok(Self {
            open_time: time(values.must(0, place)?, place, "[0]")?,
            prices: [number(1)?, number(2)?, number(3)?, number(4)?],
            volumes: (number(5)?, number(6)?, quote),
            confirmed,
        })
    }

    fn is_open(&self, interval: Interval, fetched_at_ms: i64) -> bool {
        let closes = milliseconds(self.open_time).saturating_add(interval.length);
        self.confirmed
            .map_or(closes > fetched_at_ms, |confirmed| !confirmed)
    }

    /// Base and quote volume. Where nobody says what the instrument is, equal second and third
    /// volumes tell a spot pair: there both are in quote currency.
    pub(super) fn base_and_quote(&self, kind: Option<Kind>) -> (Decimal, Option<Decimal>) {
        let (first, second, third) = self.volumes;
        let is_spot = match kind {
            Some(kind) => kind == Kind::Spot,
            None => third == Some(second),
        };
        if is_spot {
            (first, Some(third.unwrap_or(second)))
        } else {
            (second, third)
        }
    }
}

pub(super) fn parse(reply: &Reply<'_>, rows: &mut Rows) -> Result<Next, ParseError> {
    let of_item = interval(reply.item).map_err(|what| ParseError {
        at: "item".to_owned(),
        what,
    })?;
    let messages: Messages<'_, Recorded<'_>> = envelope::read(reply.body)?;
    let mut page = Vec::with_capacity(messages.len());
    for (message, place, recorded) in messages.rows() {
        page.push((message, Bar::of(recorded, place)?));
    }
    page.sort_by_key(|(_, bar)| bar.open_time);
    let window = Window::of(reply.item);
    let next = match reply.item.work {
        common::item::Work::Ids(_) => Next::End,
        _ => next(reply, of_item, window, &page)?,
    };
    push(reply, of_item, &page, rows);
    Ok(next)
}

fn push(
    reply: &Reply<'_>,
    of_item: Interval,
    page: &[(&Message<'_, Recorded<'_>>, Bar)],
    rows: &mut Rows,
) {
    let window = Window::of(reply.item);
    let mut namer = Namer::new(reply.item, reply.instruments);
    for (message, bar) in page {
        let interval = message
            .channel()
            .and_then(Interval::of_channel)
            .unwrap_or(of_item);
        if window.contains(bar.open_time) && !bar.is_open(interval, reply.fetched_at_ms) {
            push_bar(namer.name(None, message.instrument()), interval, bar, rows);
        }
    }
}

pub(super) fn push_bar(
    named: &super::symbol::Named<'_>,
    interval: Interval,
    bar: &Bar,
    rows: &mut Rows,
) {
    let (volume, quote_volume) = bar.base_and_quote(named.kind);
    let [open, high, low, close] = bar.prices;
    rows.push(&Kline {
        source: super::NAME,
        symbol: &named.symbol,
        venue_symbol: &named.venue,
        interval: interval.name,
        open_time: bar.open_time,
        adjusted: "raw",
        open,
        high,
        low,
        close,
        volume,
        quote_volume,
        trade_count: None,
        taker_buy_volume: None,
        taker_buy_quote_volume: None,
        vwap: None,
        close_time: None,
    });
}

fn next(
    reply: &Reply<'_>,
    interval: Interval,
    window: Window,
    page: &[(&Message<'_, Recorded<'_>>, Bar)],
) -> Result<Next, ParseError> {
    let refused = |refusal: Refusal| ParseError {
        at: "item".to_owned(),
        what: refusal.0,
    };
    let stage = Stage::of(reply.cursor, window).map_err(refused)?;
    let edge =
        |bar: Option<&(&Message<'_, _>, Bar)>| bar.map(|(_, bar)| milliseconds(bar.open_time));
    let (oldest, newest) = (edge(page.first()), edge(page.last()));
    if oldest.is_some_and(|oldest| oldest >= stage.after()) {
        return Err(super::no_progress(stage.after()));
    }
    let floor = window.first_ms() - 1;
    let left = |oldest: i64, floor: i64| oldest > floor + 1 && has_room(interval, oldest, floor);
    let then = oldest.filter(|oldest| left(*oldest, floor));
    let next = match stage {
        Stage::History { after } if *reply.cursor == Cursor::Start => {
            // What could be closed by now and belongs to the item.
            let last = window
                .last_ms()
                .min(reply.fetched_at_ms.saturating_sub(interval.length));
            let lacks = match newest {
                Some(newest) => has_room(interval, last.saturating_add(1), newest),
                None => last >= window.first_ms(),
            };
            if lacks && interval.length > SECOND {
                let floor = newest.unwrap_or(floor);
                Some(Stage::Newest { after, floor, then })
            } else {
                then.map(|after| Stage::History { after })
            }
        }
        Stage::History { .. } => then.map(|after| Stage::History { after }),
        Stage::Newest { floor, then, .. } => match oldest.filter(|oldest| left(*oldest, floor)) {
            Some(after) => Some(Stage::Newest { after, floor, then }),
            None => then.map(|after| Stage::History { after }),
        },
    };
    Ok(next.map_or(Next::End, |stage| Next::More(stage.cursor())))
}

/// Whether a bar can open after `floor` and before `before`, if there is one at either end.
fn has_room(interval: Interval, before: i64, floor: i64) -> bool {
    let shortest = if interval.is_months() {
        28 * 86_400_000
    } else {
        interval.length
    };
    before.saturating_sub(floor) > shortest
}
