//! A server that looks like the vendors, and an oracle of the rows it must yield.
//!
//! Data is a pure function of (seed, symbol or id, time), so years can be served without any
//! state, and [`Oracle`] lists the exact normalised rows of any selection from the same model,
//! never from the JSON. End-to-end tests and the demo run it in their own process
//! ([`Simulator::start`]), people run the `simulator` program. It knows nothing of the parsers
//! under test.
//!
//! Vendors stand below prefixes of one port: `/binance`, `/okx`, `/football-data`, ... A further server
//! of a vendor stands below its prefix and an `@`: `/binance/@archive`.

mod alpaca;
mod answer;
mod binance;
mod binance_usdm;
mod calendar;
mod deribit;
mod faults;
mod football_data;
mod fotmob;
mod hash;
mod iex;
mod json;
mod json_api;
mod limits;
mod okx;
mod options;
mod oracle;
mod polygon;
mod replay;
mod reply;
mod requests;
mod server;
mod stocks;
mod xignite;
mod zip;

pub use answer::Vendor;
pub use faults::{Fault, Faults, Matcher, Planned, Rule};
pub use limits::Limits;
pub use options::{Clock, Options, Ties};
pub use oracle::{Oracle, Prints, Teller};
pub use replay::{Holdings, Series};
pub use requests::{Counts, Requests, Seen};
pub use server::Simulator;
