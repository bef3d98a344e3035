//! Binance rows: the taker sells when the buyer was the maker, no open bar is ever stored.
//!
//! Trades and bars of futures come from the same models as those of spot, under other names.

use chrono::{DateTime, Utc};
use common::Decimal;
use common::tables::{Batch, Kline, Rows, Trade};

use crate::binance::{self, Interval, Market};
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
        self.trades_of(self.spot(symbol), (from, to))
    }

    pub(super) fn trades_of<'a>(
        &'a self,
        place: Option<Place<'a>>,
        (from, to): (DateTime<Utc>, DateTime<Utc>),
    ) -> impl Iterator<Item = Batch> + 'a {
        let end = to
            .timestamp_millis()
            .min(self.world.options.clock.now().saturating_add(1));
        let trades = place.clone().into_iter().flat_map(move |place| {
            let market = place.market;
            market.trades(market.first_at(from.timestamp_millis())..market.first_at(end))
        });
        let place = place.unwrap_or_else(|| self.anywhere());
        batches(trades, move |rows, trade| push_trade(rows, &place, &trade))
    }

    /// The single trades behind those, as files of the archive have them; of spot.
    pub fn single_trades(
        &self,
        symbol: &str,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> impl Iterator<Item = Batch> + '_ {
        self.single_trades_of(self.spot(symbol), (from, to))
    }

    pub(super) fn single_trades_of<'a>(
        &'a self,
        place: Option<Place<'a>>,
        (from, to): (DateTime<Utc>, DateTime<Utc>),
    ) -> impl Iterator<Item = Batch> + 'a {
        let trades = place.into_iter().flat_map(move |place| {
            let (from, to) = (from.timestamp_millis(), to.timestamp_millis());
            let trades = place.market.single_trades(from, to);
            trades.map(move |trade| (place.clone(), trade))
        });
        batches(trades, |rows, (place, trade)| {
            push_trade(rows, &place, &trade)
        })
    }

    /// How many trades those are, without listing them.
    #[must_use]
    pub fn trade_count(&self, symbol: &str, from: DateTime<Utc>, to: DateTime<Utc>) -> u64 {
        let end = to
            .timestamp_millis()
            .min(self.world.options.clock.now().saturating_add(1));
        self.spot(symbol).map_or(0, |Place { market, .. }| {
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
        range: (DateTime<Utc>, DateTime<Utc>),
        now: DateTime<Utc>,
    ) -> impl Iterator<Item = Batch> + 'a {
        self.klines_of(self.spot(symbol), interval, range, now)
    }

    pub(super) fn klines_of<'a>(
        &'a self,
        place: Option<Place<'a>>,
        interval: &'a str,
        (from, to): (DateTime<Utc>, DateTime<Utc>),
        now: DateTime<Utc>,
    ) -> impl Iterator<Item = Batch> + 'a {
        let (from, last, now) = (
            from.timestamp_millis(),
            to.timestamp_millis() - 1,
            now.timestamp_millis(),
        );
        let bars = place.clone().zip(Interval::named(interval)).into_iter();
        let bars = bars.flat_map(move |(place, interval)| {
            let bars = place.market.bars(interval, from, last, now);
            bars.filter(move |bar| bar.close_time < now)
        });
        let place = place.unwrap_or_else(|| self.anywhere());
        batches(bars, move |rows, bar| {
            rows.push(&Kline {
                source: place.source,
                symbol: &place.symbol,
                venue_symbol: place.market.listing.symbol,
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
                close_time: Some(place.precise(bar.close_time, bar.close_micros())),
            });
        })
    }

    /// A pair of spot.
    pub(super) fn spot(&self, symbol: &str) -> Option<Place<'_>> {
        let market = self.world.binance.market(symbol)?;
        Some(Place {
            source: "binance",
            symbol: market.listing.normalised(),
            market,
        })
    }

    /// Where there is nothing to list, names do not matter.
    fn anywhere(&self) -> Place<'_> {
        self.spot("BTCUSDT").expect("the exchange lists BTCUSDT")
    }
}

fn push_trade(rows: &mut Rows, place: &Place<'_>, trade: &binance::Trade) {
    let product = i128::from(trade.price) * i128::from(trade.quantity);
    rows.push(&Trade {
        source: place.source,
        symbol: &place.symbol,
        venue_symbol: place.market.listing.symbol,
        trade_id: &trade.id.to_string(),
        ts: place.precise(trade.ms, trade.micros()),
        price: eight(trade.price),
        amount: eight(trade.quantity),
        side: if trade.buyer_is_maker { "sell" } else { "buy" },
        base_amount: Some(eight(trade.quantity)),
        quote_amount: Decimal::from_unscaled(product * TWO_DIGITS),
        flags: "",
        exchange: "",
    });
}

/// A market with the names that its rows bear.
#[derive(Debug, Clone)]
pub(super) struct Place<'a> {
    pub(super) source: &'static str,
    pub(super) symbol: String,
    pub(super) market: &'a Market,
}

impl Place<'_> {
    /// An instant in nanoseconds: spot alone tells more than milliseconds.
    fn precise(&self, ms: i64, micros: i64) -> i64 {
        if self.source == "binance" {
            micros * 1_000
        } else {
            nanos(ms)
        }
    }
}

/// A number of the vendor, in units of 10^-8.
pub(super) fn eight(units: i64) -> Decimal {
    Decimal::from_unscaled(i128::from(units) * TEN_DIGITS)
        .expect("an i64 has at most 19 digits, 29 with ten more")
}
