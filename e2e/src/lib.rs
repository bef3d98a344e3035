//! A whole fleet on real servers, for the end-to-end tests and the demo.
//!
//! [`Fleet`] starts a real nats-server, a real ClickHouse engine and the simulator, and runs the
//! real programs against them; [`compare`] holds what a reader of the store sees against the
//! simulator's oracle. Programs are built in the same profile and folder as the caller.

pub mod compare;
pub mod fleet;
pub mod pages;
pub mod programs;
pub mod servers;
pub mod wait;

pub use compare::{Comparison, Expected};
pub use fleet::{Fleet, FleetOptions};
pub use programs::{Finished, Program};
