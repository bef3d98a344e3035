//! Binance rows: the taker sells when the buyer was the maker, no open bar is ever stored.

use chrono::{DateTime, Utc};
use common::Decimal;
use common::tables::{Batch, Kline, Trade};

use crate::binance::{Interval, Market};
use crate::calendar::nanos;

use super::{Oracle, batches};

/// Vendor numbers have eight digits after the point, ours eighteen.
const TEN_DIGITS: i128 = 10_000_000_000;
/// A product of two vendor numbers has sixteen.
const TWO_DIGITS: i128 = 100;

impl Oracle {
    /// Trades from `from` up to, not including, `to` (and `now`); none of an unknown symbol.
    pub fn trades(
        &self,
        symbol: &str,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> impl Iterator<Item = Batch> + '_ {
        let end = to
            .timestamp_millis()
            .min(self.world.options.clock.now().saturating_add(1));
        let market = self.market(symbol);
        let trades = market.into_iter().flat_map(move |market| {
            let ids = market.first_at(from.timestamp_millis())..market.first_at(end);
            market.trades(ids)
        });
        let normalised = market
            .map(|market| market.listing.normalised())
            .unwrap_or_default();
        let venue_symbol = market.map_or("", |market| market.listing.symbol);
        batches(trades, move |rows, trade| {
            let product = i128::from(trade.price) * i128::from(trade.quantity);
            rows.push(&Trade {
                source: "binance",
                symbol: &normalised,
                venue_symbol,
                trade_id: &trade.id.to_string(),
                ts: nanos(trade.ms),
                price: eight(trade.price),
                amount: eight(trade.quantity),
                side: if trade.buyer_is_maker { "sell" } else { "buy" },
                base_amount: Some(eight(trade.quantity)),
                quote_amount: Decimal::from_unscaled(product * TWO_DIGITS),
                flags: "",
            });
        })
    }

    /// How many trades those are, without listing them.
    #[must_use]
    pub fn trade_count(&self, symbol: &str, from: DateTime<Utc>, to: DateTime<Utc>) -> u64 {
        let end = to
            .timestamp_millis()
            .min(self.world.options.clock.now().saturating_add(1));
        self.market(symbol).map_or(0, |market| {
            market
                .first_at(end)
                .saturating_sub(market.first_at(from.timestamp_millis()))
        })
    }

    /// Bars that open from `from` up to, not including, `to`, and are closed at `now`.
    pub fn klines<'a>(
        &'a self,
        symbol: &str,
        interval: &'a str,
        (from, to): (DateTime<Utc>, DateTime<Utc>),
        now: DateTime<Utc>,
    ) -> impl Iterator<Item = Batch> + 'a {
        let (from, last, now) = (
            from.timestamp_millis(),
            to.timestamp_millis() - 1,
            now.timestamp_millis(),
        );
        let market = self.market(symbol);
        let bars = market.zip(Interval::named(interval)).into_iter().flat_map(
            move |(market, interval)| {
                market
                    .bars(interval, from, last, now)
                    .filter(move |bar| bar.close_time < now)
            },
        );
        let normalised = market
            .map(|market| market.listing.normalised())
            .unwrap_or_default();
        let venue_symbol = market.map_or("", |market| market.listing.symbol);
        batches(bars, move |rows, bar| {
            rows.push(&Kline {
                source: "binance",
                symbol: &normalised,
                venue_symbol,
                interval,
                open_time: nanos(bar.open_time),
                adjusted: "raw",
                open: eight(bar.open),
                high: eight(bar.high),
                low: eight(bar.low),
                close: eight(bar.close),
                volume: eight(bar.volume),
                quote_volume: Some(eight(bar.quote_volume)),
                trade_count: Some(bar.trades),
                taker_buy_volume: Some(eight(bar.taker_volume)),
                taker_buy_quote_volume: Some(eight(bar.taker_quote_volume)),
                vwap: None,
                close_time: Some(nanos(bar.close_time)),
            });
        })
    }

    fn market(&self, symbol: &str) -> Option<&Market> {
        self.world.binance.market(symbol)
    }
}

fn eight(units: i64) -> Decimal {
    Decimal::from_unscaled(i128::from(units) * TEN_DIGITS)
        .expect("an i64 has at most 19 digits, 29 with ten more")
}
