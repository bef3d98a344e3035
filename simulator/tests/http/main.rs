//! The simulator over HTTP, as a worker meets it.

mod binance;
mod faults;
mod football_data;
mod fotmob;
mod replay;
mod support;
