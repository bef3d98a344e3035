//! What lies in the files of trades and bars: comma separated values, in the layouts of both
//! markets.

use std::fmt::Write;

use crate::calendar::DAY;

use super::super::market::{Market, Trade, tells_microseconds};
use super::super::trades::Eight;
use super::super::{Bar, Interval};
use super::Name;

/// What differs between files of one kind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    is_spot: bool,
    has_header: bool,
}

impl Style {
    pub(super) fn of(name: &Name<'_>) -> Self {
        Self {
            is_spot: name.market == "spot",
            has_header: name.has_header(),
        }
    }

    /// A file that begins with these names if it has any.
    fn begin(self, names: &str) -> String {
        if self.has_header {
            format!("{names}\n")
        } else {
            String::new()
        }
    }

    /// An instant: spot has microseconds from a day on.
    fn time(self, ms: i64, micros: i64) -> i64 {
        if self.is_spot && tells_microseconds(ms) {
            micros
        } else {
            ms
        }
    }

    /// Spot ends rows of trades with whether the price was the best there was.
    fn best(self, ms: i64) -> String {
        if self.is_spot {
            format!(",{}", flag(true, ms))
        } else {
            String::new()
        }
    }
}

/// A boolean, in capitals on even days as in older files.
fn flag(yes: bool, ms: i64) -> &'static str {
    match (yes, ms.div_euclid(DAY) % 2 == 0) {
        (true, true) => "True",
        (false, true) => "False",
        (true, false) => "true",
        (false, false) => "false",
    }
}

/// Rows, or nothing at all where there are none: no file is published then.
fn finish(out: String, rows: usize) -> String {
    if rows == 0 { String::new() } else { out }
}

/// Aggregated trades of a span.
pub(super) fn aggregated(market: &Market, (from, to): (i64, i64), style: Style) -> String {
    let mut out = style.begin(
        "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker",
    );
    let ids = market.first_at(from)..market.first_at(to);
    let rows = (ids.end - ids.start) as usize;
    for trade in market.trades(ids) {
        let (price, quantity) = (Eight(trade.price), Eight(trade.quantity));
        let at = style.time(trade.ms, trade.micros());
        let (is, best) = (flag(trade.buyer_is_maker, trade.ms), style.best(trade.ms));
        let Trade {
            id, first, last, ..
        } = trade;
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "{id},{price},{quantity},{first},{last},{at},{is}{best}"
        );
    }
    finish(out, rows)
}

/// The single trades of a span.
pub(super) fn single(market: &Market, (from, to): (i64, i64), style: Style) -> String {
    let mut out = style.begin("id,price,qty,quote_qty,time,is_buyer_maker");
    let mut rows = 0;
    for trade in market.single_trades(from, to) {
        let (price, quantity) = (Eight(trade.price), Eight(trade.quantity));
        let quote = i128::from(trade.price) * i128::from(trade.quantity) / 100_000_000;
        let (quote, at) = (Eight(quote as i64), style.time(trade.ms, trade.micros()));
        let (is, best) = (flag(trade.buyer_is_maker, trade.ms), style.best(trade.ms));
        let _ = writeln!(
            out,
            "{},{price},{quantity},{quote},{at},{is}{best}",
            trade.id
        );
        rows += 1;
    }
    finish(out, rows)
}

/// Bars that open from the first instant to the second, as far as they have come at the third.
pub(super) fn bars(
    market: &Market,
    interval: Interval,
    (from, to, now): (i64, i64, i64),
    style: Style,
) -> String {
    let mut out = style.begin(
        "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,\
         taker_buy_quote_volume,ignore",
    );
    let mut rows = 0;
    for bar in market.bars(interval, from, to, now) {
        let Bar {
            open_time,
            close_time,
            trades,
            ..
        } = bar;
        let open = style.time(open_time, open_time * 1_000);
        let close = style.time(close_time, bar.close_micros());
        let [o, h, l, c] = [bar.open, bar.high, bar.low, bar.close].map(Eight);
        let [volume, quote] = [bar.volume, bar.quote_volume].map(Eight);
        let [taker, taker_quote] = [bar.taker_volume, bar.taker_quote_volume].map(Eight);
        let _ = writeln!(
            out,
            "{open},{o},{h},{l},{c},{volume},{close},{quote},{trades},{taker},{taker_quote},0"
        );
        rows += 1;
    }
    finish(out, rows)
}

impl Market {
    /// The trades that were aggregated: their amounts add up to the aggregate's.
    pub(crate) fn single_trades(&self, from: i64, to: i64) -> impl Iterator<Item = Trade> + '_ {
        let trades = self.trades(self.first_at(from)..self.first_at(to));
        trades.flat_map(|trade| {
            let each = trade.quantity / (trade.last - trade.first + 1) as i64;
            let before_last = each * (trade.last - trade.first) as i64;
            (trade.first..=trade.last).map(move |id| Trade {
                id,
                quantity: if id == trade.last {
                    trade.quantity - before_last
                } else {
                    each
                },
                ..trade
            })
        })
    }
}
