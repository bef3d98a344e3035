//! The real program against a real nats-server: what a person meets, and what a crash leaves.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod exactly_once;
mod fleet;
mod input;
mod schedule;
mod status;
