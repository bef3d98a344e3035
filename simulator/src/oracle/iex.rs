//! IEX rows: trades that were not broken, quotes, price levels, and bars by the vendor's rules.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use common::Decimal;
use common::tables::{Batch, BookDelta, Kline, Quote, Trade};

use super::{Oracle, batches};
use crate::calendar::{DAY, day_of};
use crate::iex::{self, Feed, Message, SYMBOLS};

/// Prices have four digits after the point, ours eighteen.
const FOURTEEN_DIGITS: i128 = 100_000_000_000_000;

impl Oracle {
    /// Trades of some symbols (all, if none is named) from `from` up to, not including, `to`.
    pub fn iex_trades<'a>(
        &'a self,
        symbols: &'a [&'a str],
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> impl Iterator<Item = Batch> + 'a {
        let trades = self.good_trades(symbols, from, to);
        let slice = slice(from, to);
        let trades = trades.filter(move |trade| slice.contains(&trade.ns));
        batches(trades, |rows, trade| {
            let symbol = SYMBOLS[trade.symbol].0;
            let value = i128::from(trade.price) * i128::from(trade.size);
            rows.push(&Trade {
                source: "iex",
                symbol,
                venue_symbol: symbol,
                trade_id: &trade.id.to_string(),
                ts: trade.ns,
                price: four(trade.price.into()),
                amount: shares(trade.size.into()),
                side: "unknown",
                base_amount: Some(shares(trade.size.into())),
                quote_amount: Some(four(value)),
                flags: &flags(trade.flags),
                exchange: "",
            });
        })
    }

    /// Quotes of some symbols.
    pub fn iex_quotes<'a>(
        &'a self,
        symbols: &'a [&'a str],
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> impl Iterator<Item = Batch> + 'a {
        let messages = self.iex_messages(Feed::Tops, symbols, from, to);
        batches(messages, |rows, (sequence, message)| {
            let Message::Quote(symbol, ts, flags, bid, ask) = message else {
                return;
            };
            let side = |(size, price): (u32, i64)| {
                (size > 0).then(|| (four(price.into()), shares(size.into())))
            };
            let (bid, ask) = (side(bid), side(ask));
            let conditions = match (flags & 0x80 != 0, flags & 0x40 != 0) {
                (true, true) => Some("unavailable,extended_hours"),
                (true, false) => Some("unavailable"),
                (false, true) => Some("extended_hours"),
                (false, false) => None,
            };
            rows.push(&Quote {
                source: "iex",
                symbol: SYMBOLS[symbol].0,
                venue_symbol: SYMBOLS[symbol].0,
                ts,
                sequence,
                bid_price: bid.map(|(price, _)| price),
                bid_amount: bid.map(|(_, size)| size),
                ask_price: ask.map(|(price, _)| price),
                ask_amount: ask.map(|(_, size)| size),
                bid_exchange: None,
                ask_exchange: None,
                amount_unit: "shares",
                tape: None,
                conditions,
            });
        })
    }

    /// Price levels of some symbols.
    pub fn iex_book_deltas<'a>(
        &'a self,
        symbols: &'a [&'a str],
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> impl Iterator<Item = Batch> + 'a {
        let messages = self.iex_messages(Feed::Deep, symbols, from, to);
        batches(messages, |rows, (sequence, message)| {
            let Message::Level(symbol, ts, buy, flags, (size, price)) = message else {
                return;
            };
            rows.push(&BookDelta {
                source: "iex",
                symbol: SYMBOLS[symbol].0,
                venue_symbol: SYMBOLS[symbol].0,
                ts,
                sequence,
                side: if buy { "bid" } else { "ask" },
                price: four(price.into()),
                amount: shares(size.into()),
                previous_sequence: None,
                flags: if flags == 1 { "event_complete" } else { "" },
            });
        })
    }

    /// Bars of some symbols that open from `from` up to, not including, `to`; `interval` of that
    /// many minutes.
    pub fn iex_klines<'a>(
        &'a self,
        symbols: &'a [&'a str],
        (interval, minutes): (&'a str, i64),
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> impl Iterator<Item = Batch> + 'a {
        let length = minutes * 60_000_000_000;
        let mut bars: BTreeMap<(i64, usize), Vec<iex::Trade>> = BTreeMap::new();
        for trade in self.good_trades(symbols, from, to) {
            let open = trade.ns - trade.ns.rem_euclid(length);
            bars.entry((open, trade.symbol)).or_default().push(trade);
        }
        let slice = slice(from, to);
        let bars = bars
            .into_iter()
            .filter(move |((open, _), _)| slice.contains(open));
        batches(bars, move |rows, ((open_time, symbol), trades)| {
            let prices: Vec<i128> = trades
                .iter()
                .filter(|trade| trade.is_eligible())
                .map(|trade| trade.price.into())
                .collect();
            let (Some(open), Some(close)) = (prices.first(), prices.last()) else {
                return;
            };
            let volume: i128 = trades.iter().map(|trade| i128::from(trade.size)).sum();
            let value = trades
                .iter()
                .map(|trade| i128::from(trade.price) * i128::from(trade.size));
            let (volume, value) = (shares(volume), four(value.sum()));
            rows.push(&Kline {
                source: "iex",
                symbol: SYMBOLS[symbol].0,
                venue_symbol: SYMBOLS[symbol].0,
                interval,
                open_time,
                adjusted: "from_trades",
                open: four(*open),
                high: four(prices.iter().copied().max().unwrap_or(*open)),
                low: four(prices.iter().copied().min().unwrap_or(*open)),
                close: four(*close),
                volume,
                quote_volume: Some(value),
                trade_count: Some(trades.len() as i64),
                taker_buy_volume: None,
                taker_buy_quote_volume: None,
                vwap: value.div_rounded(volume),
                close_time: None,
            });
        })
    }

    /// The trades of all days that a slice touches, broken ones left out.
    fn good_trades<'a>(
        &'a self,
        symbols: &'a [&'a str],
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> impl Iterator<Item = iex::Trade> + 'a {
        let sessions = self.iex_days(from, to);
        sessions
            .flat_map(|day| self.world.iex.session(day).trades())
            .filter(|trade| !trade.is_broken() && wanted(symbols, trade.symbol))
    }

    /// The messages of a slice, numbered from 1 each day.
    fn iex_messages<'a>(
        &'a self,
        feed: Feed,
        symbols: &'a [&'a str],
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> impl Iterator<Item = (i64, Message)> + 'a {
        let slice = slice(from, to);
        self.iex_days(from, to)
            .flat_map(move |day| (1..).zip(self.world.iex.session(day).messages(feed)))
            .filter(move |(_, message)| match message {
                Message::Quote(symbol, ns, ..) | Message::Level(symbol, ns, ..) => {
                    slice.contains(ns) && wanted(symbols, *symbol)
                }
                _ => false,
            })
    }

    /// The days with files that a slice touches.
    fn iex_days(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> impl Iterator<Item = i64> {
        let today = day_of(self.world.options.clock.now());
        let (first, last) = (from.timestamp_millis(), to.timestamp_millis() - 1);
        (first.div_euclid(DAY)..=last.div_euclid(DAY))
            .filter(move |day| *day < today && iex::is_open(*day))
    }
}

fn slice(from: DateTime<Utc>, to: DateTime<Utc>) -> std::ops::Range<i64> {
    let ns = |instant: DateTime<Utc>| instant.timestamp_nanos_opt().unwrap_or_default();
    ns(from)..ns(to)
}

fn wanted(symbols: &[&str], symbol: usize) -> bool {
    symbols.is_empty() || symbols.contains(&SYMBOLS[symbol].0)
}

fn flags(flags: u8) -> String {
    let words = [(0x80, "iso"), (0x40, "extended_hours"), (0x20, "odd_lot")];
    let set = words.iter().filter(|(flag, _)| flags & flag != 0);
    set.map(|(_, word)| *word).collect::<Vec<_>>().join(",")
}

fn four(units: i128) -> Decimal {
    Decimal::from_unscaled(units * FOURTEEN_DIGITS).expect("prices and their sums are small")
}

fn shares(count: i128) -> Decimal {
    four(count * 10_000)
}
