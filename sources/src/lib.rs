//! What is known about each vendor, and nothing else: how to cut a request into items, what to
//! ask, how to read a reply, and what a reply's status means.
//!
//! Pure: no async, no clock, no I/O. The producer plans with it, the worker asks and reads with
//! it, and a vendor is tested with recorded replies alone. A new vendor is one module that
//! implements [`Source`] and one line in [`ALL`], or a TOML file ([`manifest`]).

pub mod alpaca;
pub mod ask;
mod bars;
pub mod binance;
pub mod binance_usdm;
pub mod continuity;
mod csv;
pub mod dates;
pub mod deribit;
pub mod extent;
pub mod football_data;
pub mod fotmob;
pub mod iex;
mod instant;
pub mod instrument;
mod json;
pub mod manifest;
mod ndjson;
mod new_york;
pub mod okx;
pub mod plan;
pub mod polygon;
pub mod source;
mod stock_interval;
pub mod verdict;
mod window;
pub mod xignite;
mod zip;

pub use ask::{Ask, At, Body, Cost, Cursor, Next, ParseError, Refusal, Server, TokenIn};
pub use continuity::{Continuity, Grid};
pub use instrument::Instruments;
pub use plan::{Cut, Gap, Plan, PlanError, PlanRequest, Segment};
pub use source::{Dataset, Reply, Selection, Source, Stream};
pub use verdict::{ReplyHead, Verdict};

/// Every built-in vendor, in the order in which they are listed to people.
pub const ALL: &[&dyn Source] = &[
    &binance::Binance,
    &binance_usdm::BinanceUsdm,
    &okx::Okx,
    &deribit::Deribit,
    &football_data::FootballData,
    &fotmob::FotMob,
    &polygon::Polygon,
    &alpaca::Alpaca,
    &iex::Iex,
    &xignite::Xignite,
];

/// Every source of this process: the vendors of [`ALL`], then what manifests describe.
pub fn all() -> impl Iterator<Item = &'static dyn Source> {
    ALL.iter().copied().chain(manifest::registered())
}

/// The source of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static dyn Source> {
    all().find(|source| source.name() == name)
}

/// The source of that name, or what to write instead.
///
/// # Errors
/// With a list of the sources there are.
pub fn find_or_list(name: &str) -> Result<&'static dyn Source, PlanError> {
    find(name).ok_or_else(|| {
        let names: Vec<_> = all().map(|source| source.name()).collect();
        PlanError(format!(
            "no source {name:?}; there are {}",
            names.join(", ")
        ))
    })
}
