//! The main job, end to end, on real servers: everything a user may do and everything that may
//! break on the way. Every test ends by comparing what a reader sees with the oracle.
//!
//! One binary, so that the programs are built and linked once.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod audit;
mod binance_archive;
mod binance_markets;
mod cache;
mod config;
mod control;
mod counts;
mod deribit;
mod endpoints;
mod export;
mod football;
mod iex;
mod jobs;
mod kills;
mod main_job;
mod manifest;
mod okx;
mod outages;
mod prune;
mod refusals;
mod replay;
mod retry;
mod schedule;
mod stopping;
mod us_markets;
