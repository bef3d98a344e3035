//! What differs between the markets of the archive.

use chrono::{DateTime, TimeDelta, Utc};
use common::item::Item;

use crate::csv;
use crate::instrument::Instruments;

use super::super::SPOT;
use super::super::klines::Interval;
use super::super::market::{self, Names};
use super::place::Kind;

/// A market with files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Market {
    Spot,
    Usdm,
}

/// How far back REST serves what a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// From the first day on.
    All,
    /// For so long.
    Past(TimeDelta),
    /// Not at all.
    Never,
}

/// The vendor's 48 hours, less one in which a request may still wait for its turn.
const REST_TRADES_USDM: TimeDelta = TimeDelta::hours(47);
/// "The latest month", which has 30 days, less one.
const REST_METRICS: TimeDelta = TimeDelta::days(29);

/// 2025-01-01, in seconds since 1970.
const MICROSECONDS_SINCE: i64 = 1_735_689_600;

impl Market {
    /// The same market over REST.
    pub(super) fn rest(self) -> &'static market::Market {
        match self {
            Self::Spot => &SPOT,
            Self::Usdm => &crate::binance_usdm::MARKET,
        }
    }

    /// The normalised and the vendor's form of an item's symbol.
    pub(super) fn names(self, item: &Item, instruments: &Instruments) -> Names {
        self.rest().names(market::written(item), instruments)
    }

    /// Its folder in the archive.
    pub(super) fn folder(self) -> &'static str {
        match self {
            Self::Spot => "spot",
            Self::Usdm => "futures/um",
        }
    }

    /// What the files of an item's dataset hold; `None` where there are none.
    pub(super) fn kind(self, item: &Item) -> Option<Kind> {
        self.kind_of(&item.dataset, |name| item.param(name))
    }

    pub(super) fn kind_of<'a>(
        self,
        dataset: &str,
        param: impl Fn(&str) -> &'a str,
    ) -> Option<Kind> {
        let five_minutes = || matches!(param("period"), "" | "5m");
        match (self, dataset) {
            (_, "trades") => Some(match csv::flag(param("raw").as_bytes()) {
                Some(true) => Kind::Trades,
                _ => Kind::AggTrades,
            }),
            (_, "klines") => self.interval(param("interval")).ok().map(Kind::Klines),
            (Self::Usdm, "funding_rates") => Some(Kind::FundingRate),
            (Self::Usdm, "metrics") => Some(Kind::Metrics),
            (Self::Usdm, "open_interest" | "long_short_ratios") => {
                five_minutes().then_some(Kind::Metrics)
            }
            _ => None,
        }
    }

    pub(super) fn reach(self, dataset: &str, kind: Kind) -> Reach {
        match (self, kind) {
            (Self::Spot, Kind::AggTrades) | (_, Kind::Klines(_) | Kind::FundingRate) => Reach::All,
            (Self::Usdm, Kind::AggTrades) => Reach::Past(REST_TRADES_USDM),
            (_, Kind::Metrics) if dataset != "metrics" => Reach::Past(REST_METRICS),
            (_, Kind::Trades | Kind::Metrics) => Reach::Never,
        }
    }

    /// The interval of that name.
    pub(super) fn interval(self, name: &str) -> Result<Interval, String> {
        Interval::named(self.rest(), name)
    }

    /// From when on its files have microseconds, and milliseconds before.
    pub(super) fn microseconds_since(self) -> Option<DateTime<Utc>> {
        match self {
            Self::Spot => DateTime::from_timestamp(MICROSECONDS_SINCE, 0),
            Self::Usdm => None,
        }
    }
}
