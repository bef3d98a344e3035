//! Messages of live channels, as somebody saved them: read by the datasets whose rows they hold.
//!
//! A message says its event in `e`; where it does not, as of best bids and asks and of books on
//! spot, the name of its stream tells, or its fields do. Most are replies of REST with shorter
//! names and are read by the same code; trades and bars are read here, so that nothing of them is
//! looked for in a page of REST. Layouts are those of the vendor's `web-socket-streams.md`.

use common::tables::{Rows, Trade};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::klines::{Bar, Interval, push_bar};
use super::market::Market;
use super::page::{self, Page, decimal};
use super::{BOOK_SNAPSHOTS, KLINES, QUOTES, TICKERS, TRADES};
use crate::ask::{Next, ParseError};
use crate::instrument::Unit;
use crate::json::scan::Plain;
use crate::json::{Raw, Word};
use crate::source::Reply;
use crate::window::Window;

/// The event of a change of a book. On the market of futures, whole books with few levels are called
/// so too: those of [`is_whole_book`].
pub(super) const BOOK_CHANGE: &str = "depthUpdate";

/// Whether a channel is one of whole books with so many levels, sent again and again.
pub(super) fn is_whole_book(channel: &str) -> bool {
    matches!(channel, "depth5" | "depth10" | "depth20")
}

/// Kinds of messages, by their events or else their channels, with the datasets that read them.
const KINDS: &[(&str, &[&str])] = &[
    ("aggTrade", &[TRADES]),
    ("trade", &[TRADES]),
    ("kline", &[KLINES]),
    ("bookTicker", &[QUOTES, TICKERS]),
    ("24hrTicker", &[TICKERS, QUOTES]),
    ("24hrMiniTicker", &[TICKERS]),
    ("depth5", &[BOOK_SNAPSHOTS]),
    ("depth10", &[BOOK_SNAPSHOTS]),
    ("depth20", &[BOOK_SNAPSHOTS]),
    (BOOK_CHANGE, &[BOOK_SNAPSHOTS]),
    ("markPriceUpdate", &["funding_rates_now", "funding_rates"]),
    ("forceOrder", &["liquidations"]),
    // Polls of collectors.
    ("depthSnapshot", &[BOOK_SNAPSHOTS]),
    ("openInterest", &["open_interest_now", "open_interest"]),
];

/// Whether a body begins as a message does, or the confirmation of a channel before it: with a
/// name that no reply of REST begins with.
pub(crate) fn is_one(body: &[u8]) -> bool {
    matches!(
        first_key(body),
        b"e" | b"u" | b"stream" | b"data" | b"result"
    )
}

/// The first name in a body, or of the first object of its list; empty where none stands there.
pub(super) fn first_key(body: &[u8]) -> &[u8] {
    const LONGEST: usize = 64;
    let head = &body[..body.len().min(LONGEST)];
    let mut parts = head.split(|byte| *byte == b'"');
    let before = parts.next().unwrap_or_default();
    match before.iter().all(|byte| b" \t\r\n[{".contains(byte)) {
        true => parts.next().unwrap_or_default(),
        false => &[],
    }
}

#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(borrow)]
    e: Option<Word<'a>>,
    /// The number of the update, of best bids and asks.
    u: Option<IgnoredAny>,
}

impl Plain<'_> for Kind<'_> {}

/// Refuses messages that a dataset does not read, with who does.
pub(super) fn check(dataset: &str, body: &[u8]) -> Result<(), ParseError> {
    let page: Page<Kind<'_>> = page::read(body)?;
    for (row, Kind { e, u }) in page.rows.iter().enumerate() {
        let (_, channel) = page.stream(row);
        let kind = match e.as_ref().map(Word::as_str) {
            Some(event) => event,
            None if u.is_some() => "bookTicker",
            None => channel,
        };
        let known = KINDS.iter().find(|(known, _)| *known == kind);
        let readers = known.map_or(&[][..], |(_, readers)| readers);
        if !readers.contains(&dataset) {
            return Err(ParseError {
                at: page.at(row, "e"),
                what: refusal(dataset, kind, readers),
            });
        }
    }
    Ok(())
}

fn refusal(dataset: &str, kind: &str, readers: &[&str]) -> String {
    let read = match readers {
        [] => "no dataset reads".to_owned(),
        readers => format!("the dataset {} reads", readers.join(" or ")),
    };
    let wanted = KINDS
        .iter()
        .filter(|(_, readers)| readers.contains(&dataset));
    let wanted: Vec<_> = wanted.map(|(kind, _)| *kind).collect();
    let expected = match wanted[..] {
        [] => "a reply of REST".to_owned(),
        _ => wanted.join(", "),
    };
    format!("a message {kind:?}, which {read}; {dataset} expected {expected}")
}

/// `aggTrade` or `trade`.
#[derive(Debug, Deserialize)]
struct RecordedTrade<'a> {
    #[serde(borrow)]
    s: Word<'a>,
    /// The id of an aggregated trade; of a single one that of the seller's order, where it is said.
    a: Option<u64>,
    /// The id of a single trade.
    t: Option<u64>,
    #[serde(borrow)]
    p: Raw<'a>,
    #[serde(borrow)]
    q: Raw<'a>,
    #[serde(rename = "T")]
    time: i64,
    /// Whether the buyer was the maker.
    m: Option<bool>,
    /// What a single trade of futures comes from.
    #[serde(borrow, rename = "X")]
    origin: Option<Word<'a>>,
}

impl Plain<'_> for RecordedTrade<'_> {}

impl RecordedTrade<'_> {
    /// Whether it came about on the market: those of the insurance fund and of deleveraging are
    /// not in replies of REST either.
    fn is_of_market(&self) -> bool {
        self.origin
            .as_ref()
            .is_none_or(|origin| origin.as_str() == "MARKET")
    }
}

pub(super) fn trades(
    market: &Market,
    reply: &Reply<'_>,
    rows: &mut Rows,
) -> Result<Next, ParseError> {
    let page: Page<RecordedTrade<'_>> = page::read(reply.body)?;
    let mut read = Vec::with_capacity(page.rows.len());
    for (row, trade) in page.rows.iter().enumerate() {
        let at = |field: &str| page.at(row, field);
        let id = trade.t.or(trade.a).ok_or_else(|| ParseError {
            at: at("a"),
            what: "nothing, expected the id of the trade".to_owned(),
        })?;
        let figures = (decimal(trade.p, || at("p"))?, decimal(trade.q, || at("q"))?);
        read.push((id.to_string(), page::time(trade.time, || at("T"))?, figures));
    }
    let window = Window::of(reply.item);
    let mut namer = market.namer(reply);
    for (trade, (trade_id, ts, (price, amount))) in page.rows.iter().zip(read) {
        if !trade.is_of_market() || !window.contains(ts) {
            continue;
        }
        let names = namer.of(trade.s.as_str());
        let (base_amount, quote_amount) = Unit::Base.amounts(price, amount);
        rows.push(&Trade {
            source: market.name,
            symbol: &names.symbol,
            venue_symbol: &names.venue_symbol,
            trade_id: &trade_id,
            ts,
            price,
            amount,
            side: trade
                .m
                .map_or("unknown", |maker| if maker { "sell" } else { "buy" }),
            base_amount,
            quote_amount,
            flags: "",
            exchange: "",
        });
    }
    Ok(Next::End)
}

/// `kline`.
#[derive(Debug, Deserialize)]
struct RecordedBar<'a> {
    #[serde(borrow)]
    s: Word<'a>,
    #[serde(borrow)]
    k: Candle<'a>,
}

impl Plain<'_> for RecordedBar<'_> {}

#[derive(Debug, Deserialize)]
struct Candle<'a> {
    t: i64,
    #[serde(rename = "T")]
    close_time: i64,
    #[serde(borrow)]
    i: Word<'a>,
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
    #[serde(borrow)]
    q: Raw<'a>,
    #[serde(borrow, rename = "V")]
    taker_volume: Raw<'a>,
    #[serde(borrow, rename = "Q")]
    taker_quote_volume: Raw<'a>,
    n: i64,
    /// Whether the bar is closed.
    x: bool,
}

impl Candle<'_> {
    fn read(
        &self,
        market: &Market,
        at: impl Fn(&str) -> String,
    ) -> Result<(Interval, Bar), ParseError> {
        let number = |raw, field: &str| decimal(raw, || at(field));
        let interval = Interval::named(market, self.i.as_str()).map_err(|what| ParseError {
            at: at("k.i"),
            what,
        })?;
        let bar = Bar {
            open_time: page::time(self.t, || at("k.t"))?,
            close_time: page::time(self.close_time, || at("k.T"))?,
            figures: [
                number(self.o, "k.o")?,
                number(self.h, "k.h")?,
                number(self.l, "k.l")?,
                number(self.c, "k.c")?,
                number(self.v, "k.v")?,
                number(self.q, "k.q")?,
                number(self.taker_volume, "k.V")?,
                number(self.taker_quote_volume, "k.Q")?,
            ],
            trade_count: self.n,
        };
        Ok((interval, bar))
    }
}

pub(super) fn klines(
    market: &Market,
    reply: &Reply<'_>,
    rows: &mut Rows,
) -> Result<Next, ParseError> {
    let page: Page<RecordedBar<'_>> = page::read(reply.body)?;
    let mut read = Vec::with_capacity(page.rows.len());
    for (row, bar) in page.rows.iter().enumerate() {
        read.push(bar.k.read(market, |field| page.at(row, field))?);
    }
    let window = Window::of(reply.item);
    let mut namer = market.namer(reply);
    for (recorded, (interval, bar)) in page.rows.iter().zip(read) {
        if recorded.k.x && window.contains(bar.open_time) {
            let names = namer.of(recorded.s.as_str());
            push_bar(market, names, interval, &bar, rows);
        }
    }
    Ok(Next::End)
}
