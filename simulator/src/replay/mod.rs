//! Recorded replies, served under the vendors' own rules.
//!
//! A folder of recordings has an `INDEX.md` whose table names, for each file, its endpoint and
//! parameters. Trades and bars of all pages are united per symbol, football-data matches over
//! all files, FotMob replies are served as they are. What cannot be placed (no symbol, no id,
//! another vendor) is left out.

mod binance;
mod football;
mod fotmob;
mod index;

use std::path::Path;

use anyhow::Context;

use crate::answer::Vendor;
use crate::reply::{Asked, Reply};

use binance::Exchange;
use football::Matches;
use fotmob::Pages;
use index::File;

/// A folder of recordings, read.
#[derive(Debug, Default)]
pub(crate) struct Replay {
    exchange: Exchange,
    matches: Matches,
    pages: Pages,
}

/// What a folder of recordings holds, so that a test can ask for exactly that.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holdings {
    /// Trades by symbol.
    pub trades: Vec<Series>,
    /// Bars by symbol and interval.
    pub klines: Vec<Series>,
    /// football-data matches: their ids with kick-off, milliseconds, in order of time.
    pub football_matches: Vec<(u64, i64)>,
    /// FotMob days (`YYYYMMDD`), each with the number of its matches.
    pub fotmob_days: Vec<(String, usize)>,
    /// FotMob match ids, each with the number of its events and shots.
    pub fotmob_details: Vec<(u64, usize, usize)>,
}

/// Rows of one symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// `BTCUSDT`.
    pub symbol: String,
    /// Of bars.
    pub interval: Option<String>,
    /// Time of the first row, milliseconds.
    pub first_ms: i64,
    /// Time of the last row, milliseconds.
    pub last_ms: i64,
    /// Different rows.
    pub rows: usize,
}

impl Replay {
    /// Reads a folder.
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Self> {
        let index = folder.join("INDEX.md");
        let table = std::fs::read_to_string(&index)
            .with_context(|| format!("cannot read {}", index.display()))?;
        let mut replay = Self::default();
        for file in table.lines().filter_map(File::of_line) {
            let path = folder.join(file.name);
            // A folder may hold fewer files than its index.
            let Ok(text) = std::fs::read_to_string(&path) else {
                continue;
            };
            replay
                .add(&file, text)
                .with_context(|| format!("cannot place {}", path.display()))?;
        }
        replay.exchange.sort();
        replay.matches.sort();
        Ok(replay)
    }

    fn add(&mut self, file: &File<'_>, text: String) -> anyhow::Result<()> {
        match file.folder() {
            "binance-spot" => self.exchange.add(file, &text),
            "football-data" => self.matches.add(file, &text),
            "fotmob" => self.pages.add(file, text),
            _ => Ok(()),
        }
    }

    pub(crate) fn answer(&self, vendor: Vendor, asked: &Asked, token: &str) -> Reply {
        match vendor {
            Vendor::Binance => self.exchange.answer(asked),
            Vendor::FootballData => self.matches.answer(asked, token),
            Vendor::FotMob => self.pages.answer(asked),
            _ => Reply::json(404, "text/plain", "not replayed"),
        }
    }

    pub(crate) fn holdings(&self) -> Holdings {
        Holdings {
            trades: self.exchange.trade_series(),
            klines: self.exchange.kline_series(),
            football_matches: self.matches.held(),
            fotmob_days: self.pages.days_held(),
            fotmob_details: self.pages.details_held(),
        }
    }
}
