//! Rows that the files of USD-M futures have, where they are not those of REST.

use chrono::{DateTime, Utc};
use common::tables::{Batch, FundingRate, LongShortRatio};

use crate::binance_usdm::{METRICS, fundings, open_interest, ratio};
use crate::calendar::{HOUR, MINUTE, nanos};

use super::binance::eight;
use super::binance_usdm::interest;
use super::{Oracle, batches};

const STEP: i64 = 5 * MINUTE;

/// From, and up to but not including.
type Range = (DateTime<Utc>, DateTime<Utc>);

/// After the first instant, up to the second: what stands in the files of whole days.
fn steps((from, to): Range) -> impl Iterator<Item = i64> {
    let step = |at: DateTime<Utc>| at.timestamp_millis().div_euclid(STEP);
    (step(from) + 1..=step(to)).map(|step| step * STEP)
}

impl Oracle {
    /// The single trades of a contract.
    pub fn usdm_single_trades(
        &self,
        symbol: &str,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> impl Iterator<Item = Batch> + '_ {
        self.single_trades_of(self.usdm(symbol), (from, to))
    }

    /// Open interest out of the files of whole days.
    pub fn usdm_filed_interest(
        &self,
        symbol: &str,
        range: Range,
    ) -> impl Iterator<Item = Batch> + '_ {
        let rows = self.usdm(symbol).into_iter();
        let rows = rows.flat_map(move |place| steps(range).map(move |at| (place.clone(), at)));
        batches(rows, |rows, (place, at)| {
            let (amount, value) = open_interest(place.market, at);
            rows.push(&interest(&place, at, amount, Some(value)));
        })
    }

    /// Ratios of these kinds out of the files of whole days.
    pub fn usdm_filed_ratios<'a>(
        &'a self,
        symbol: &str,
        kinds: &'a [&'a str],
        range: Range,
    ) -> impl Iterator<Item = Batch> + 'a {
        let rows = self.usdm(symbol).into_iter();
        let rows = rows.flat_map(move |place| steps(range).map(move |at| (place.clone(), at)));
        batches(rows, move |rows, (place, at)| {
            for (number, kind) in METRICS.iter().filter(|(_, kind)| kinds.contains(kind)) {
                rows.push(&LongShortRatio {
                    source: place.source,
                    symbol: &place.symbol,
                    venue_symbol: place.market.listing.symbol,
                    kind,
                    period: "5m",
                    ts: nanos(at),
                    long: None,
                    short: None,
                    ratio: Some(eight(ratio(place.market, *number, at).ratio)),
                });
            }
        })
    }

    /// Fundings out of the files of whole months.
    pub fn usdm_filed_fundings(
        &self,
        symbol: &str,
        (from, to): Range,
    ) -> impl Iterator<Item = Batch> + '_ {
        let (from, to) = (from.timestamp_millis(), to.timestamp_millis());
        let rows = self.usdm(symbol).into_iter().flat_map(move |place| {
            fundings(place.market, from, to - HOUR)
                .filter(|row| !row.special)
                .map(move |row| (place.clone(), row))
        });
        batches(rows, |rows, (place, row)| {
            rows.push(&FundingRate {
                source: place.source,
                symbol: &place.symbol,
                venue_symbol: place.market.listing.symbol,
                funding_time: nanos(row.time),
                funding_rate: eight(row.rate),
                mark_price: None,
                interval_hours: Some(row.hours.unwrap_or(8)),
                kind: "regular",
                index_price: None,
                rate_8h: None,
            });
        })
    }
}
