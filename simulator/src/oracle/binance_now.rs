//! Rows of what Binance only tells of the present, in both of its markets.
//!
//! They are those of a clock that stands still. Where a reply of spot has no time, the rows bear
//! the time of the worker's request: the caller says it (nanoseconds since 1970).

use common::Decimal;
use common::tables::{Batch, BookSnapshot, Instrument, Quote, Rows, Ticker};

use crate::binance::{self, Listing, best, depth, summary, update_id};
use crate::binance_usdm;
use crate::calendar::{DAY, nanos};

use super::Oracle;
use super::binance::{Place, eight};

/// How a reply is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prints {
    /// 24 hours with the best bid and ask.
    Full,
    /// 24 hours without them.
    Day,
    /// The last price.
    Price,
}

impl Oracle {
    /// The book of a symbol of `binance` or `binance-usdm`.
    #[must_use]
    pub fn binance_book(&self, source: &str, symbol: &str, levels: u64, ts: i64) -> Vec<Batch> {
        let now = self.now();
        self.rows_of(source, symbol, |place, rows| {
            let (bids, asks) = depth(place.market, levels, now);
            let side = |levels: &[(i64, i64)]| -> Vec<(Decimal, Decimal)> {
                let level = |(price, amount): &(i64, i64)| (eight(*price), eight(*amount));
                levels.iter().map(level).collect()
            };
            rows.push(&BookSnapshot {
                source: place.source,
                symbol: &place.symbol,
                venue_symbol: place.market.listing.symbol,
                ts: if place.source == "binance" {
                    ts
                } else {
                    nanos(now - 12)
                },
                sequence: update_id(now),
                bids: &side(&bids),
                asks: &side(&asks),
            });
        })
    }

    /// The best bid and ask of a symbol of `binance` or `binance-usdm`.
    #[must_use]
    pub fn binance_quote(&self, source: &str, symbol: &str, ts: i64) -> Vec<Batch> {
        let now = self.now();
        self.rows_of(source, symbol, |place, rows| {
            let (bid, ask) = best(place.market, now);
            rows.push(&Quote {
                source: place.source,
                symbol: &place.symbol,
                venue_symbol: place.market.listing.symbol,
                ts: if place.source == "binance" {
                    ts
                } else {
                    nanos(now)
                },
                sequence: 0,
                bid_price: Some(eight(bid.0)),
                bid_amount: Some(eight(bid.1)),
                ask_price: Some(eight(ask.0)),
                ask_amount: Some(eight(ask.1)),
                bid_exchange: None,
                ask_exchange: None,
                amount_unit: "base",
                tape: None,
                conditions: None,
            });
        })
    }

    /// The ticker of a symbol of `binance` or `binance-usdm`; `ts` counts for prices of spot.
    #[must_use]
    pub fn binance_ticker(
        &self,
        source: &str,
        symbol: &str,
        prints: Prints,
        ts: i64,
    ) -> Vec<Batch> {
        let now = self.now();
        self.rows_of(source, symbol, |place, rows| {
            let day = summary(place.market, now);
            let (bid, ask) = best(place.market, now);
            let of_day = |value: i64| (prints != Prints::Price).then(|| eight(value));
            let of_book = |value: i64| (prints == Prints::Full).then(|| eight(value));
            let has_time = prints != Prints::Price || place.source != "binance";
            rows.push(&Ticker {
                source: place.source,
                symbol: &place.symbol,
                venue_symbol: place.market.listing.symbol,
                ts: if has_time { nanos(now) } else { ts },
                last: Some(eight(day.last)),
                open: of_day(day.open),
                high: of_day(day.high),
                low: of_day(day.low),
                bid_price: of_book(bid.0),
                bid_amount: of_book(bid.1),
                ask_price: of_book(ask.0),
                ask_amount: of_book(ask.1),
                volume: of_day(day.volume),
                quote_volume: of_day(day.quote_volume),
                mark_price: None,
                index_price: None,
                open_interest: None,
                funding_rate: None,
            });
        })
    }

    /// The list of `binance` or `binance-usdm` as rows that hold from `ts` on.
    #[must_use]
    pub fn binance_instruments(&self, source: &str, ts: i64) -> Vec<Batch> {
        let now = self.now();
        let mut rows = Rows::default();
        if source == "binance" {
            for listing in binance::LISTINGS {
                push_listed(("binance", &listing.normalised()), listing, ts, &mut rows);
            }
        } else {
            for market in self.world.binance_usdm.listed(now) {
                let listing = &market.listing;
                let symbol = binance_usdm::normalised(listing);
                push_listed(("binance-usdm", &symbol), listing, ts, &mut rows);
            }
        }
        rows.take(0)
    }

    /// The symbols that `binance` or `binance-usdm` lists.
    #[must_use]
    pub fn binance_symbols(&self, source: &str) -> Vec<&'static str> {
        if source == "binance" {
            binance::LISTINGS
                .iter()
                .map(|listing| listing.symbol)
                .collect()
        } else {
            let listed = self.world.binance_usdm.listed(self.now());
            listed.map(|market| market.listing.symbol).collect()
        }
    }

    pub(super) fn now(&self) -> i64 {
        self.world.options.clock.now()
    }

    pub(super) fn rows_of(
        &self,
        source: &str,
        symbol: &str,
        push: impl Fn(&Place<'_>, &mut Rows),
    ) -> Vec<Batch> {
        let place = if source == "binance" {
            self.spot(symbol)
        } else {
            self.usdm(symbol)
        };
        let mut rows = Rows::default();
        if let Some(place) = place {
            push(&place, &mut rows);
        }
        rows.take(0)
    }
}

fn push_listed((source, symbol): (&str, &str), listing: &Listing, ts: i64, rows: &mut Rows) {
    let is_spot = source == "binance";
    let expires_at = binance_usdm::expires_at(listing);
    rows.push(&Instrument {
        source,
        symbol,
        venue_symbol: listing.symbol,
        valid_from: ts,
        kind: match expires_at {
            _ if is_spot => "spot",
            Some(_) => "future",
            None => "perpetual",
        },
        base: Some(listing.base),
        quote: Some(listing.quote),
        settle: Some(listing.quote),
        amount_unit: "base",
        multiplier: None,
        inverse: Some(false),
        tick_size: Some(eight(listing.tick)),
        listed_at: (!is_spot).then(|| nanos(listing.listed * DAY)),
        expires_at: expires_at.map(nanos),
        status: Some("TRADING"),
    });
}
