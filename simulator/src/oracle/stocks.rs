//! Rows of Polygon and Alpaca: the same market, told by each in its own way.
//!
//! Sizes of quotes are lots on both until November 2025. Bars built from trades follow what each
//! kind of trade may change, leave cancelled ones out and need a trade that sets open and close.

use chrono::{DateTime, NaiveDate, Utc};
use common::Decimal;
use common::tables::{Batch, Document, Kline, Quote, Rows, Split, Trade};

use super::{Oracle, batches};
use crate::alpaca;
use crate::calendar::{MINUTE, day_number, nanos};
use crate::polygon::{self, Polygon};
use crate::stocks::{Bar, Best, Print, SHARES, Stocks, new_york};

type Range = (DateTime<Utc>, DateTime<Utc>);

/// Whose rows they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Teller {
    /// Polygon.
    Polygon,
    /// Alpaca.
    Alpaca,
}

impl Teller {
    fn source(self) -> &'static str {
        match self {
            Self::Polygon => "polygon",
            Self::Alpaca => "alpaca",
        }
    }

    /// The exchange and the flags of a trade.
    fn words(self, print: &Print) -> (String, String) {
        match self {
            Self::Polygon => {
                let exchange = match polygon::VENUES[print.venue] {
                    (exchange, Some(facility)) => format!("{exchange}:{facility}"),
                    (exchange, None) => exchange.to_string(),
                };
                let mut flags = format!("q={},z=3", print.sequence);
                let codes: Vec<String> = polygon::conditions(print.kind)
                    .iter()
                    .map(i64::to_string)
                    .collect();
                if !codes.is_empty() {
                    flags += &format!(",c={}", codes.join("+"));
                }
                if print.cancelled {
                    flags += ",e=1";
                }
                (exchange, flags)
            }
            Self::Alpaca => {
                let letters = alpaca::conditions(print.kind).join("+");
                let update = if print.cancelled { ",u=canceled" } else { "" };
                (
                    alpaca::VENUES[print.venue].to_owned(),
                    format!("z=C,c={letters}{update}"),
                )
            }
        }
    }

    /// The words for bars that are adjusted for splits, and for those that are not.
    fn adjusted(halved: bool) -> &'static str {
        if halved { "split" } else { "raw" }
    }
}

impl Oracle {
    fn stocks(&self, teller: Teller) -> &Stocks {
        match teller {
            Teller::Polygon => &self.world.polygon.stocks,
            Teller::Alpaca => &self.world.alpaca.stocks,
        }
    }

    /// Trades of a share.
    pub fn share_trades(
        &self,
        teller: Teller,
        symbol: &str,
        range: Range,
    ) -> impl Iterator<Item = Batch> {
        let (from, to) = bounds(range);
        let prints = self.stocks(teller).prints(symbol, from, to);
        let symbol = symbol.to_owned();
        batches(prints.into_iter(), move |rows, print| {
            let (exchange, flags) = teller.words(&print);
            let amount = units(print.size, 2);
            rows.push(&Trade {
                source: teller.source(),
                symbol: &symbol,
                venue_symbol: &symbol,
                trade_id: &print.id.to_string(),
                ts: print.ts,
                price: units(print.price, 4),
                amount,
                side: "unknown",
                base_amount: Some(amount),
                quote_amount: Some(units_of(value(&print), 6)),
                flags: &flags,
                exchange: &exchange,
            });
        })
    }

    /// Quotes of a share.
    pub fn share_quotes(
        &self,
        teller: Teller,
        symbol: &str,
        range: Range,
    ) -> impl Iterator<Item = Batch> {
        let (from, to) = bounds(range);
        let quotes = self.stocks(teller).quotes(symbol, from, to);
        let symbol = symbol.to_owned();
        let mut last = (i64::MIN, 0);
        batches(quotes.into_iter(), move |rows, best| {
            last = if last.0 == best.ts {
                (best.ts, last.1 + 1)
            } else {
                (best.ts, 0)
            };
            let sequence = match teller {
                Teller::Polygon => best.sequence,
                Teller::Alpaca => last.1,
            };
            quote(teller, &symbol, &best, sequence, rows);
        })
    }

    /// Bars of so many minutes that open in a range.
    pub fn share_minutes(
        &self,
        teller: Teller,
        symbol: &str,
        minutes: i64,
        range: Range,
    ) -> impl Iterator<Item = Batch> {
        let interval = format!("{minutes}m");
        let bars = self.stocks(teller).minutes(symbol, minutes, millis(range));
        let symbol = symbol.to_owned();
        batches(bars.into_iter(), move |rows, bar| {
            push(teller, &symbol, &interval, (&bar, false, None), rows);
        })
    }

    /// Daily bars adjusted for splits that open in a range.
    pub fn share_days(
        &self,
        teller: Teller,
        symbol: &str,
        range: Range,
    ) -> impl Iterator<Item = Batch> {
        let bars = self.stocks(teller).days(symbol, millis(range));
        let symbol = symbol.to_owned();
        batches(bars.into_iter(), move |rows, bar| {
            push(teller, &symbol, "1d", (&bar.halved(), true, None), rows);
        })
    }

    /// Daily bars of all shares as they were traded, with the close of the session.
    pub fn polygon_grouped(&self, range: Range) -> impl Iterator<Item = Batch> {
        let stocks = *self.stocks(Teller::Polygon);
        let all = SHARES.into_iter().flat_map(move |(symbol, _)| {
            let bars = stocks.days(symbol, millis(range)).into_iter();
            bars.map(move |bar| (symbol, bar))
        });
        batches(all, |rows, (symbol, bar)| {
            let close = nanos(bar.open_time + 16 * 60 * MINUTE);
            push(
                Teller::Polygon,
                symbol,
                "1d",
                (&bar, false, Some(close)),
                rows,
            );
        })
    }

    /// Bars of so many minutes made of trades, that open in a range.
    pub fn share_bars_from_trades(
        &self,
        teller: Teller,
        symbol: &str,
        minutes: i64,
        range: Range,
    ) -> impl Iterator<Item = Batch> {
        let (from, to) = bounds(range);
        let length = nanos(minutes * MINUTE);
        let (stocks, symbol) = (*self.stocks(teller), symbol.to_owned());
        let interval = format!("{minutes}m");
        let first = from.div_euclid(length) + i64::from(from.rem_euclid(length) != 0);
        let opens = (first..)
            .map(move |n| n * length)
            .take_while(move |open| *open < to);
        batches(opens, move |rows, open| {
            let prints = stocks.prints(&symbol, open, open + length);
            if let Some(row) = built(teller, (&symbol, &interval), open, &prints) {
                rows.push(&row);
            }
        })
    }

    /// Splits by day, both days included.
    pub fn polygon_splits(from: NaiveDate, to: NaiveDate) -> impl Iterator<Item = Batch> {
        batches(
            Polygon::splits(from, to).into_iter(),
            |rows, (day, symbol)| {
                let id = format!("E{symbol}{day}");
                rows.push(&Split {
                    source: "polygon",
                    symbol,
                    venue_symbol: symbol,
                    execution_date: nanos(day_number(day) * 24 * 60 * MINUTE),
                    split_from: units(1, 0),
                    split_to: units(2, 0),
                    split_id: &id,
                });
            },
        )
    }

    /// Dividends by ex-dividend date, both days included.
    pub fn polygon_dividends(from: NaiveDate, to: NaiveDate) -> impl Iterator<Item = Batch> {
        let dividends = Polygon::dividends(from, to).into_iter();
        let all = dividends.map(|dividend| (dividend.id(), dividend.text()));
        documents(Teller::Polygon, "dividends", all)
    }

    /// What a list of reference data, named as its dataset, has of a market or an asset class.
    pub fn polygon_listed(list: &'static str, class: &str) -> impl Iterator<Item = Batch> {
        let all = Polygon::listed(list, Some(class));
        let all = all.map(|(name, text)| (name.to_owned(), text.to_owned()));
        documents(Teller::Polygon, list, all)
    }

    /// Auctions of a share, a document a day.
    pub fn alpaca_auctions(&self, symbol: &str, range: Range) -> impl Iterator<Item = Batch> {
        let (from, to) = bounds(range);
        let days = self.stocks(Teller::Alpaca).auctions(symbol, from, to);
        let symbol = symbol.to_owned();
        let all = days.into_iter().map(move |day| {
            let first = day.prints().next().map_or(0, |print| print.ts);
            let id = format!("{symbol}:{}:{}", day.date, alpaca::time(first));
            (id, alpaca::auctions(&day))
        });
        documents(Teller::Alpaca, "auctions", all)
    }

    /// What is said of a share's days as they were traded, one a trading day.
    pub fn polygon_open_close(&self, symbol: &str, range: Range) -> impl Iterator<Item = Batch> {
        let days = self.stocks(Teller::Polygon).days(symbol, millis(range));
        let symbol = symbol.to_owned();
        let all = days.into_iter().map(move |bar| {
            let date = crate::calendar::date(new_york::day(bar.open_time)).to_string();
            let body = Polygon::day(&symbol, &date, &bar);
            (format!("{symbol}:{date}:raw"), body)
        });
        documents(Teller::Polygon, "open_close", all)
    }
}

/// Documents of one dataset, by id.
fn documents(
    teller: Teller,
    dataset: &'static str,
    all: impl Iterator<Item = (String, String)>,
) -> impl Iterator<Item = Batch> {
    batches(all, move |rows, (id, body)| {
        rows.push(&Document {
            source: teller.source(),
            dataset,
            id: &id,
            body: &body,
        });
    })
}

fn quote(teller: Teller, symbol: &str, best: &Best, sequence: i64, rows: &mut Rows) {
    let names = match teller {
        Teller::Polygon => [best.bid.map(|_| "19"), best.ask.map(|_| "12")],
        // The exchange of an empty side is named.
        Teller::Alpaca => [Some("K"), Some("Q")],
    };
    let (tape, conditions) = match teller {
        Teller::Polygon => ("3", "1"),
        Teller::Alpaca => ("C", "R"),
    };
    rows.push(&Quote {
        source: teller.source(),
        symbol,
        venue_symbol: symbol,
        ts: best.ts,
        sequence,
        bid_price: best.bid.map(|(price, _)| units(price, 4)),
        bid_amount: best.bid.map(|(_, size)| units(size, 0)),
        ask_price: best.ask.map(|(price, _)| units(price, 4)),
        ask_amount: best.ask.map(|(_, size)| units(size, 0)),
        bid_exchange: names[0],
        ask_exchange: names[1],
        amount_unit: "lots",
        tape: Some(tape),
        conditions: Some(conditions),
    });
}

fn push(
    teller: Teller,
    symbol: &str,
    interval: &str,
    (bar, halved, close_time): (&Bar, bool, Option<i64>),
    rows: &mut Rows,
) {
    rows.push(&Kline {
        source: teller.source(),
        symbol,
        venue_symbol: symbol,
        interval,
        open_time: nanos(bar.open_time),
        adjusted: Teller::adjusted(halved),
        open: units(bar.open, 4),
        high: units(bar.high, 4),
        low: units(bar.low, 4),
        close: units(bar.close, 4),
        volume: units(bar.volume, 1),
        quote_volume: None,
        trade_count: Some(bar.trades),
        taker_buy_volume: None,
        taker_buy_quote_volume: None,
        vwap: Some(units(bar.vwap, 6)),
        close_time,
    });
}

/// The bar of some trades; `None` when none of them sets open and close.
fn built<'a>(
    teller: Teller,
    (symbol, interval): (&'a str, &'a str),
    open_time: i64,
    prints: &[Print],
) -> Option<Kline<'a>> {
    let valid = || prints.iter().filter(|print| !print.cancelled);
    let of = |which: fn((bool, bool, bool)) -> bool| {
        valid().filter(move |print| which(print.kind.changes()))
    };
    let last = |(_, last, _): (bool, bool, bool)| last;
    let any = |(high_low, last, _): (bool, bool, bool)| high_low || last;
    let volume = |(_, _, volume): (bool, bool, bool)| volume;
    let (open, close) = (of(last).next()?, of(last).next_back()?);
    let size: i128 = of(volume).map(|print| i128::from(print.size)).sum();
    let traded: i128 = of(volume).map(value).sum();
    Some(Kline {
        source: teller.source(),
        symbol,
        venue_symbol: symbol,
        interval,
        open_time,
        adjusted: "from_trades",
        open: units(open.price, 4),
        high: units(of(any).map(|print| print.price).max()?, 4),
        low: units(of(any).map(|print| print.price).min()?, 4),
        close: units(close.price, 4),
        volume: units_of(size, 2),
        quote_volume: Some(units_of(traded, 6)),
        trade_count: i64::try_from(of(volume).count()).ok(),
        taker_buy_volume: None,
        taker_buy_quote_volume: None,
        vwap: average(traded, size),
        close_time: None,
    })
}

/// 10^-6 by 10^-2, rounded half to even at the 18th digit.
fn average(traded: i128, size: i128) -> Option<Decimal> {
    let scaled = traded.checked_mul(10i128.pow(14))?;
    let (quotient, rest) = (scaled.checked_div(size)?, scaled % size);
    let up = 2 * rest > size || (2 * rest == size && quotient % 2 == 1);
    Decimal::from_unscaled(quotient + i128::from(up))
}

/// What was paid for a trade, in units of 10^-6.
fn value(print: &Print) -> i128 {
    i128::from(print.price) * i128::from(print.size)
}

fn units(value: i64, digits: u32) -> Decimal {
    units_of(i128::from(value), digits)
}

fn units_of(value: i128, digits: u32) -> Decimal {
    Decimal::from_unscaled(value * 10i128.pow(18 - digits))
        .expect("prices and sizes of the model are small")
}

fn bounds((from, to): Range) -> (i64, i64) {
    (nanos(from.timestamp_millis()), nanos(to.timestamp_millis()))
}

fn millis((from, to): Range) -> (i64, i64) {
    (from.timestamp_millis(), to.timestamp_millis())
}
