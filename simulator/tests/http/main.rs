//! The simulator over HTTP, as a worker meets it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod binance;
mod binance_usdm;
mod faults;
mod football_data;
mod football_seasons;
mod fotmob;
mod replay;
mod support;
