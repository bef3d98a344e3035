//! The sources, driven as the worker drives them: one program, because linking takes longer than
//! testing.
#![cfg(test)]

mod bench;
mod binance;
mod football_data;
mod fotmob;
mod fotmob_details;
mod fotmob_layouts;
mod iex;
mod recorded;
