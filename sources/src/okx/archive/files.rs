//! Rows of archive files. Columns are found by their names; old files have names in GBK behind a
//! slash (`trade_id/...`) or none at all, and then a known order.

use common::tables::{Rows, Trade};

use super::super::funding::{self, Funding};
use super::super::interval::Interval;
use super::super::klines::{self, Bar};
use super::super::symbol::Namer;
use super::super::trades;
use super::super::{FUNDING_RATES, KLINES, TRADES};
use super::is_range;
use crate::ask::ParseError;
use crate::csv::{self, Line};
use crate::source::{Reply, Stream};
use crate::window::Window;

/// Bars of the archive.
const MINUTE: &str = "1m";

/// Columns in their known orders, the one with most columns first.
const TRADE_ORDERS: &[&[&str]] = &[
    &[
        "instrument_name",
        "trade_id",
        "side",
        "price",
        "size",
        "created_time",
        "source",
    ],
    &[
        "instrument_name",
        "trade_id",
        "side",
        "price",
        "size",
        "created_time",
    ],
    &["trade_id", "side", "size", "price", "created_time"],
];
const BAR_ORDERS: &[&[&str]] = &[&[
    "instrument_name",
    "open",
    "high",
    "low",
    "close",
    "vol",
    "vol_ccy",
    "vol_quote",
    "open_time",
    "confirm",
]];
const FUNDING_ORDERS: &[&[&str]] = &[&["instrument_name", "funding_rate", "funding_time"]];

/// Reads a file; gives the time of its newest funding, in milliseconds.
pub(super) fn read(
    reply: &Reply<'_>,
    before: Option<i64>,
    body: &mut dyn Stream,
    rows: &mut Rows,
    flush: &mut dyn FnMut(&mut Rows),
) -> Result<Option<i64>, ParseError> {
    match reply.item.dataset.as_str() {
        TRADES => read_trades(reply, body, rows, flush).map(|()| None),
        KLINES => read_bars(reply, body, rows, flush).map(|()| None),
        FUNDING_RATES => read_fundings(reply, before, body, rows),
        other => Err(ParseError {
            at: "byte 0".to_owned(),
            what: format!(
                "a file, but {other} of {} comes as JSON",
                super::super::NAME
            ),
        }),
    }
}

/// Where the columns of a file stand, in the order of its first known order's names.
#[derive(Debug)]
struct Columns {
    orders: &'static [&'static [&'static str]],
    names: Option<Vec<String>>,
    width: usize,
}

impl Columns {
    fn new(orders: &'static [&'static [&'static str]]) -> Self {
        Self {
            orders,
            names: None,
            width: 0,
        }
    }

    /// Learns the names from a first line; whether that line is used up.
    fn learn(&mut self, line: &Line<'_>) -> bool {
        let is_header = !line.has_numbers();
        if is_header || self.names.is_none() {
            let named = (0..line.width).map(|column| name(line.bytes(column)));
            let named: Vec<String> = named.collect();
            let known = named
                .iter()
                .any(|name| self.orders[0].contains(&name.as_str()));
            let order = self.orders.iter().find(|order| order.len() == line.width);
            self.names = Some(match order {
                Some(order) if !known => order.iter().map(|name| (*name).to_owned()).collect(),
                _ => named,
            });
            self.width = line.width;
        }
        is_header
    }

    fn find(&self, wanted: &str) -> Option<usize> {
        self.names.as_ref()?.iter().position(|name| name == wanted)
    }

    fn must(&self, line: &Line<'_>, wanted: &str) -> Result<usize, ParseError> {
        self.find(wanted)
            .ok_or_else(|| line.error(0, &format!("columns with one named {wanted}")))
    }
}

/// The Latin part of a column's name.
fn name(column: &[u8]) -> String {
    let end = column
        .iter()
        .position(|byte| !byte.is_ascii() || b"/(".contains(byte));
    let name = &column[..end.unwrap_or(column.len())];
    String::from_utf8_lossy(name)
        .trim()
        .trim_matches('"')
        .to_ascii_lowercase()
}

/// What every kind of file needs of a line: whether it is of the item at all.
struct Filter<'a> {
    window: Window,
    /// The instrument of an item; all of a saved file.
    only: Option<String>,
    namer: Namer<'a>,
}

impl<'a> Filter<'a> {
    fn new(reply: &Reply<'a>) -> Self {
        let mut namer = Namer::new(reply.item, reply.instruments);
        let only = namer.name(None, None).venue.clone();
        Self {
            window: Window::of(reply.item),
            only: is_range(reply.item).then_some(only),
            namer,
        }
    }

    fn takes(&self, instrument: Option<&str>) -> bool {
        match (&self.only, instrument) {
            (Some(only), Some(instrument)) => only == instrument,
            _ => true,
        }
    }
}

#[derive(Clone, Copy)]
struct TradeColumns {
    instrument: Option<usize>,
    id: usize,
    side: usize,
    price: usize,
    size: usize,
    time: usize,
    source: Option<usize>,
}

impl TradeColumns {
    fn of(columns: &Columns, line: &Line<'_>) -> Result<Self, ParseError> {
        Ok(Self {
            instrument: columns.find("instrument_name"),
            id: columns.must(line, "trade_id")?,
            side: columns.must(line, "side")?,
            price: columns.must(line, "price")?,
            size: columns.must(line, "size")?,
            time: columns.must(line, "created_time")?,
            source: columns.find("source"),
        })
    }
}

fn read_trades(
    reply: &Reply<'_>,
    body: &mut dyn Stream,
    rows: &mut Rows,
    flush: &mut dyn FnMut(&mut Rows),
) -> Result<(), ParseError> {
    let mut filter = Filter::new(reply);
    let mut columns = Columns::new(TRADE_ORDERS);
    let mut places = None;
    csv::read(body, |line| {
        if columns.width != line.width || places.is_none() || !line.has_numbers() {
            let used_up = columns.learn(line);
            places = Some(TradeColumns::of(&columns, line)?);
            if used_up {
                return Ok(());
            }
        }
        let places = places.expect("learnt from the first line");
        push_trade(&mut filter, places, line, rows)?;
        flush(rows);
        Ok(())
    })
}

fn push_trade(
    filter: &mut Filter<'_>,
    places: TradeColumns,
    line: &Line<'_>,
    rows: &mut Rows,
) -> Result<(), ParseError> {
    let instrument = places
        .instrument
        .map(|column| line.text(column))
        .transpose()?;
    let ts = line.time(places.time)?;
    let (price, amount) = (line.decimal(places.price)?, line.decimal(places.size)?);
    let side = match line.bytes(places.side) {
        side if side.eq_ignore_ascii_case(b"buy") => "buy",
        side if side.eq_ignore_ascii_case(b"sell") => "sell",
        _ => return Err(line.error(places.side, "buy or sell")),
    };
    let trade_id = line.text(places.id)?;
    let source = places.source.map(|column| line.text(column)).transpose()?;
    if !filter.window.contains(ts) || !filter.takes(instrument) {
        return Ok(());
    }
    let named = filter.namer.name(instrument, None);
    let (base_amount, quote_amount) = named.unit_at(ts).amounts(price, amount);
    rows.push(&Trade {
        source: super::super::NAME,
        symbol: &named.symbol,
        venue_symbol: &named.venue,
        trade_id,
        ts,
        price,
        amount,
        side,
        base_amount,
        quote_amount,
        flags: &trades::flags(source, None),
        exchange: "",
    });
    Ok(())
}

fn read_bars(
    reply: &Reply<'_>,
    body: &mut dyn Stream,
    rows: &mut Rows,
    flush: &mut dyn FnMut(&mut Rows),
) -> Result<(), ParseError> {
    let minute = Interval::named(MINUTE).expect("the vendor has bars of a minute");
    let mut filter = Filter::new(reply);
    let mut columns = Columns::new(BAR_ORDERS);
    csv::read(body, |line| {
        if (columns.names.is_none() || !line.has_numbers()) && columns.learn(line) {
            return Ok(());
        }
        let instrument = columns
            .find("instrument_name")
            .map(|column| line.text(column));
        let instrument = instrument.transpose()?;
        let bar = bar(&columns, line)?;
        if bar.confirmed == Some(true)
            && filter.window.contains(bar.open_time)
            && filter.takes(instrument)
        {
            klines::push_bar(filter.namer.name(instrument, None), minute, &bar, rows);
            flush(rows);
        }
        Ok(())
    })
}

fn bar(columns: &Columns, line: &Line<'_>) -> Result<Bar, ParseError> {
    let number = |name: &str| line.decimal(columns.must(line, name)?);
    // Files of days long over that lack the column hold closed bars.
    let confirmed = columns
        .find("confirm")
        .map_or(b"1".as_slice(), |column| line.bytes(column));
    Ok(Bar {
        open_time: line.time(columns.must(line, "open_time")?)?,
        prices: [
            number("open")?,
            number("high")?,
            number("low")?,
            number("close")?,
        ],
        volumes: (
            number("vol")?,
            number("vol_ccy")?,
            Some(number("vol_quote")?),
        ),
        confirmed: Some(confirmed == b"1"),
    })
}

/// A file of all contracts holds some thousand rows at most: they are sorted before they go.
fn read_fundings(
    reply: &Reply<'_>,
    before: Option<i64>,
    body: &mut dyn Stream,
    rows: &mut Rows,
) -> Result<Option<i64>, ParseError> {
    const NS_PER_MS: i64 = 1_000_000;
    let mut filter = Filter::new(reply);
    let mut columns = Columns::new(FUNDING_ORDERS);
    let mut all: Vec<(Option<String>, Funding)> = Vec::new();
    csv::read(body, |line| {
        if (columns.names.is_none() || !line.has_numbers()) && columns.learn(line) {
            return Ok(());
        }
        let instrument = columns
            .find("instrument_name")
            .map(|column| line.text(column));
        let instrument = instrument.transpose()?;
        let funding = Funding {
            time: line.time(columns.must(line, "funding_time")?)?,
            rate: Some(line.decimal(columns.must(line, "funding_rate")?)?),
            predicted: false,
            hours: None,
        };
        if filter.takes(instrument) {
            all.push((instrument.map(str::to_owned), funding));
        }
        Ok(())
    })?;
    all.sort_by(|a, b| (&a.0, a.1.time).cmp(&(&b.0, b.1.time)));
    let mut last = filter.only.as_ref().and(before).map(|ms| ms * NS_PER_MS);
    let mut of: Option<String> = all.first().and_then(|(instrument, _)| instrument.clone());
    for (instrument, funding) in &mut all {
        if *instrument != of {
            of.clone_from(instrument);
            last = None;
        }
        funding.hours = last.and_then(|last| funding::hours(last, funding.time));
        last = Some(funding.time);
        funding::push(
            reply,
            &mut filter.namer,
            instrument.as_deref(),
            funding,
            rows,
        );
    }
    Ok(last.map(|ns| ns / NS_PER_MS))
}
