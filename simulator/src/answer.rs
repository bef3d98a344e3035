//! The pure middle: from a request to a reply, whichever vendor and whether generated or recorded.

use serde::{Deserialize, Serialize};

use crate::alpaca::Alpaca;
use crate::binance::Binance;
use crate::binance_usdm::BinanceUsdm;
use crate::deribit::Deribit;
use crate::football_data::FootballData;
use crate::fotmob::FotMob;
use crate::iex::Iex;
use crate::json_api::JsonApi;
use crate::okx::Okx;
use crate::options::Options;
use crate::polygon::Polygon;
use crate::replay::Replay;
use crate::reply::{Asked, Reply};
use crate::xignite::Xignite;

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
    /// Binance USD-M futures.
    BinanceUsdm,
    /// OKX.
    Okx,
    /// Deribit.
    Deribit,
    /// Polygon.
    Polygon,
    /// Alpaca.
    Alpaca,
    /// IEX HIST.
    Iex,
    /// Xignite.
    Xignite,
    /// An API that only a manifest knows.
    JsonApi,
}

impl Vendor {
    /// All vendors.
    pub const ALL: [Self; 11] = [
        Self::Binance,
        Self::FootballData,
        Self::FotMob,
        Self::BinanceUsdm,
        Self::Okx,
        Self::Deribit,
        Self::Polygon,
        Self::Alpaca,
        Self::Iex,
        Self::Xignite,
        Self::JsonApi,
    ];

    /// The name in rows, in configuration and in the URL's prefix.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Binance => "binance",
            Self::FootballData => "football-data",
            Self::FotMob => "fotmob",
            Self::BinanceUsdm => "binance-usdm",
            Self::Okx => "okx",
            Self::Deribit => "deribit",
            Self::Polygon => "polygon",
            Self::Alpaca => "alpaca",
            Self::Iex => "iex",
            Self::Xignite => "xignite",
            Self::JsonApi => "json-api",
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

/// A vendor as the server sees it.
pub(crate) trait Served: std::fmt::Debug + Send + Sync {
    /// What it says, its limits aside.
    fn answer(&self, asked: &Asked) -> Reply;

    /// Counts a request of `client` (an address) against its limits: headers for the reply, or
    /// the refusal instead of it.
    fn pass(&self, _client: &str, _asked: &Asked) -> Result<Vec<(&'static str, String)>, Reply> {
        Ok(Vec::new())
    }

    /// What it says to who asks too much, for planned faults.
    fn too_much(&self, retry_after: i64) -> Reply {
        Reply::json(429, "text/plain", "Too Many Requests").with("retry-after", retry_after)
    }
}

fn not_found() -> Reply {
    Reply::json(404, "text/plain", "not found")
}

/// All that can be served.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) options: Options,
    pub(crate) binance: Binance,
    pub(crate) football_data: FootballData,
    pub(crate) fotmob: FotMob,
    pub(crate) binance_usdm: BinanceUsdm,
    pub(crate) okx: Okx,
    pub(crate) deribit: Deribit,
    pub(crate) polygon: Polygon,
    pub(crate) alpaca: Alpaca,
    pub(crate) iex: Iex,
    pub(crate) xignite: Xignite,
    pub(crate) json_api: JsonApi,
    pub(crate) replay: Option<Replay>,
}

impl World {
    pub(crate) fn new(options: Options) -> anyhow::Result<Self> {
        Ok(Self {
            binance: Binance::new(&options),
            football_data: FootballData::new(&options),
            fotmob: FotMob::new(&options),
            binance_usdm: BinanceUsdm::new(&options),
            okx: Okx::new(&options),
            deribit: Deribit::new(&options),
            polygon: Polygon::new(&options),
            alpaca: Alpaca::new(&options),
            iex: Iex::new(&options),
            xignite: Xignite::new(&options),
            json_api: JsonApi::new(&options),
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
            other => self
                .served(other)
                .map_or_else(not_found, |served| served.answer(asked)),
        }
    }

    /// A vendor that keeps its own limits.
    pub(crate) fn served(&self, vendor: Vendor) -> Option<&dyn Served> {
        match vendor {
            Vendor::Binance | Vendor::FootballData | Vendor::FotMob => None,
            Vendor::BinanceUsdm => Some(&self.binance_usdm),
            Vendor::Okx => Some(&self.okx),
            Vendor::Deribit => Some(&self.deribit),
            Vendor::Polygon => Some(&self.polygon),
            Vendor::Alpaca => Some(&self.alpaca),
            Vendor::Iex => Some(&self.iex),
            Vendor::Xignite => Some(&self.xignite),
            Vendor::JsonApi => Some(&self.json_api),
        }
    }
}
