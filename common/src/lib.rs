//! The contract between backfleet's programs.
//!
//! Everything that two programs must agree on stands here and nowhere else: what an item and a
//! record are ([`item`], [`records`], [`tables`]), how streams and subjects are named
//! ([`streams`]), how a delivery is settled ([`delivery`]), and how a process starts, is observed
//! and stops ([`settings`], [`service`]). Nothing here knows a vendor or talks to ClickHouse.

pub mod backoff;
pub mod bucket;
pub mod control;
pub mod decimal;
pub mod delivery;
pub mod durability;
pub mod failpoint;
pub mod item;
pub mod jobs;
pub mod letter;
pub mod nats;
pub mod records;
pub mod secret;
pub mod segment;
pub mod service;
pub mod settings;
pub mod streams;
pub mod tables;
pub mod tls;

pub use decimal::Decimal;
pub use item::{Item, Retry, Work};
pub use secret::Secret;
