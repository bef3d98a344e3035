//! Rows of Binance USD-M futures: trades and bars as those of spot, and what futures have alone.

use chrono::{DateTime, Utc};
use common::tables::{Batch, FundingRate, LongShortRatio, OpenInterest};

use crate::binance_usdm::{
    KIND_FROM, RATIOS, fundings, normalised, open_interest, period, premium_prices, ratio, running,
};
use crate::calendar::{HOUR, nanos};

use super::binance::{Place, eight};
use super::{Oracle, batches};

/// From, and up to but not including.
type Range = (DateTime<Utc>, DateTime<Utc>);

impl Oracle {
    /// Trades of a contract, as [`Oracle::trades`].
    pub fn usdm_trades(
        &self,
        symbol: &str,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> impl Iterator<Item = Batch> + '_ {
        self.trades_of(self.usdm(symbol), (from, to))
    }

    /// Bars of a contract, as [`Oracle::klines`].
    pub fn usdm_klines<'a>(
        &'a self,
        symbol: &str,
        interval: &'a str,
        range: Range,
        now: DateTime<Utc>,
    ) -> impl Iterator<Item = Batch> + 'a {
        self.klines_of(self.usdm(symbol), interval, range, now)
    }

    /// Fundings that were paid.
    pub fn usdm_fundings(
        &self,
        symbol: &str,
        (from, to): Range,
    ) -> impl Iterator<Item = Batch> + '_ {
        let (from, to) = (from.timestamp_millis(), to.timestamp_millis());
        let end = to.min(self.now() + 1);
        let rows = self.usdm(symbol).into_iter().flat_map(move |place| {
            fundings(place.market, from - HOUR, end)
                .filter(move |row| (from..end).contains(&row.time))
                .map(move |row| (place.clone(), row))
        });
        batches(rows, |rows, (place, row)| {
            let special = row.special && row.time >= KIND_FROM;
            rows.push(&FundingRate {
                source: place.source,
                symbol: &place.symbol,
                venue_symbol: place.market.listing.symbol,
                funding_time: nanos(row.time),
                funding_rate: eight(row.rate),
                mark_price: row.mark_price.map(eight),
                interval_hours: row.hours,
                kind: if special { "special" } else { "regular" },
                index_price: None,
                rate_8h: None,
            });
        })
    }

    /// The running funding of a contract; none of one that expires.
    #[must_use]
    pub fn usdm_running_funding(&self, symbol: &str) -> Vec<Batch> {
        let now = self.now();
        self.rows_of("binance-usdm", symbol, |place, rows| {
            let Some((time, rate)) = running(place.market, now) else {
                return;
            };
            let (mark, index) = premium_prices(place.market, now);
            rows.push(&FundingRate {
                source: place.source,
                symbol: &place.symbol,
                venue_symbol: place.market.listing.symbol,
                funding_time: nanos(time),
                funding_rate: eight(rate),
                mark_price: Some(eight(mark)),
                interval_hours: None,
                kind: "predicted",
                index_price: Some(eight(index)),
                rate_8h: None,
            });
        })
    }

    /// Open interest at the ends of periods.
    pub fn usdm_open_interest(
        &self,
        symbol: &str,
        every: &str,
        range: Range,
    ) -> impl Iterator<Item = Batch> + '_ {
        let rows = self.usdm(symbol).into_iter().zip(period(every));
        let rows = rows.flat_map(move |(place, length)| {
            ends(range, length).map(move |at| (place.clone(), at))
        });
        batches(rows, |rows, (place, at)| {
            let (amount, value) = open_interest(place.market, at);
            rows.push(&interest(&place, at, amount, Some(value)));
        })
    }

    /// Open interest as it is now.
    #[must_use]
    pub fn usdm_open_interest_now(&self, symbol: &str) -> Vec<Batch> {
        let now = self.now();
        self.rows_of("binance-usdm", symbol, |place, rows| {
            let (amount, _) = open_interest(place.market, now);
            rows.push(&interest(place, now, amount, None));
        })
    }

    /// Ratios of a kind at the ends of periods.
    pub fn usdm_ratios<'a>(
        &'a self,
        symbol: &str,
        kind: &'a str,
        every: &'a str,
        range: Range,
    ) -> impl Iterator<Item = Batch> + 'a {
        let rows = self.usdm(symbol).into_iter().zip(period(every));
        let rows = rows.flat_map(move |(place, length)| {
            ends(range, length).map(move |at| (place.clone(), at))
        });
        let number = RATIOS.iter().position(|name| *name == kind).unwrap_or(0);
        batches(rows, move |rows, (place, at)| {
            let row = ratio(place.market, number as u64, at);
            rows.push(&LongShortRatio {
                source: place.source,
                symbol: &place.symbol,
                venue_symbol: place.market.listing.symbol,
                kind,
                period: every,
                ts: nanos(at),
                long: Some(eight(row.long)),
                short: Some(eight(row.short)),
                ratio: Some(eight(row.ratio)),
            });
        })
    }

    /// A contract.
    pub(super) fn usdm(&self, symbol: &str) -> Option<Place<'_>> {
        let market = self.world.binance_usdm.market(symbol)?;
        Some(Place {
            source: "binance-usdm",
            symbol: normalised(&market.listing),
            market,
        })
    }
}

pub(super) fn interest<'a>(
    place: &'a Place<'_>,
    at: i64,
    amount: i64,
    value: Option<i64>,
) -> OpenInterest<'a> {
    OpenInterest {
        source: place.source,
        symbol: &place.symbol,
        venue_symbol: place.market.listing.symbol,
        ts: nanos(at),
        open_interest: Some(eight(amount)),
        open_interest_base: Some(eight(amount)),
        open_interest_value: value.map(eight),
    }
}

/// The ends of periods in a range.
fn ends((from, to): Range, length: i64) -> impl Iterator<Item = i64> {
    let step = |at: DateTime<Utc>| (at.timestamp_millis() + length - 1).div_euclid(length);
    (step(from)..step(to)).map(move |step| step * length)
}
