//! The writer as a program between a real nats-server and a real ClickHouse engine.
//!
//! Each test has its own servers, so that it may kill them. `cfg(test)` stands on every module so
//! that what the tests share counts as a test, too.

#[cfg(test)]
mod kills;
#[cfg(test)]
mod outages;
#[cfg(test)]
mod poison;
#[cfg(test)]
mod rows;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod setup;
#[cfg(test)]
mod stopping;
#[cfg(test)]
mod tables;
