//! The servers as their users see them: real processes, real clients.
//!
//! One program for all of it, because linking the clients is the slow part.
//! `cfg(test)` stands on every module so that what the tests share counts as a test, too.

#[cfg(test)]
mod clients;
#[cfg(test)]
mod compression;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod http;
#[cfg(test)]
mod inserts;
#[cfg(test)]
mod nats;
#[cfg(test)]
mod orphans;
#[cfg(test)]
mod servers;
#[cfg(test)]
mod services;
#[cfg(test)]
mod setup;
