//! The sources, driven as the worker drives them: one program, because linking takes longer than
//! testing.
#![cfg(test)]

mod alpaca;
mod bench;
mod binance;
mod binance_archive;
mod binance_archive_flow;
mod binance_archive_plan;
mod binance_live;
mod binance_now;
mod binance_usdm;
mod binance_usdm_plans;
mod deribit;
mod deribit_numbers;
mod deribit_pages;
mod deribit_plans;
mod football_data;
mod football_details;
mod football_seasons;
mod fotmob;
mod fotmob_details;
mod fotmob_layouts;
mod fotmob_pages;
mod iex;
mod manifest;
mod manifest_pages;
mod okx;
mod okx_pages;
mod polygon;
mod recorded;
mod recorded_binance;
mod recorded_deribit;
mod recorded_football;
mod recorded_okx;
mod recorded_us;
mod xignite;
