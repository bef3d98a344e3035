//! The pure middle: from a request to a reply, whichever vendor and whether generated or recorded.

use serde::{Deserialize, Serialize};

use crate::binance::Binance;
use crate::football_data::FootballData;
use crate::fotmob::FotMob;
use crate::options::Options;
use crate::replay::Replay;
use crate::reply::{Asked, Reply};

/// A simulated vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Vendor {
    /// Binance spot.
    Binance,
    /// football-data.org.
    FootballData,
    /// FotMob.
    #[serde(rename = "fotmob")]
    FotMob,
}

impl Vendor {
    /// All vendors.
    pub const ALL: [Self; 3] = [Self::Binance, Self::FootballData, Self::FotMob];

    /// The name in rows, in configuration and in the URL's prefix.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Binance => "binance",
            Self::FootballData => "football-data",
            Self::FotMob => "fotmob",
        }
    }

    /// Splits a path into the vendor and what stands below its prefix.
    pub(crate) fn of_path(path: &str) -> Option<(Self, &str)> {
        Self::ALL.into_iter().find_map(|vendor| {
            let below = path.strip_prefix('/')?.strip_prefix(vendor.name())?;
            below.starts_with('/').then_some((vendor, below))
        })
    }
}

/// All that can be served.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) options: Options,
    pub(crate) binance: Binance,
    pub(crate) football_data: FootballData,
    pub(crate) fotmob: FotMob,
    pub(crate) replay: Option<Replay>,
}

impl World {
    pub(crate) fn new(options: Options) -> anyhow::Result<Self> {
        Ok(Self {
            binance: Binance::new(&options),
            football_data: FootballData::new(&options),
            fotmob: FotMob::new(&options),
            replay: options.replay.as_deref().map(Replay::read).transpose()?,
            options,
        })
    }

    pub(crate) fn answer(&self, vendor: Vendor, asked: &Asked) -> Reply {
        if let Some(replay) = &self.replay {
            return replay.answer(vendor, asked, &self.options.token);
        }
        match vendor {
            Vendor::Binance => self.binance.answer(asked),
            Vendor::FootballData => self.football_data.answer(asked),
            Vendor::FotMob => self.fotmob.answer(asked),
        }
    }
}
