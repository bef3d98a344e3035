//! The real program against a real nats-server: what a person meets, and what a crash leaves.

mod exactly_once;
mod fleet;
mod input;
mod status;
