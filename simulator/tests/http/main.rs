//! The simulator over HTTP, as a worker meets it.

mod binance;
mod faults;
mod support;
