//! Ports for servers that are killed and come back on the same port.
//!
//! A port the kernel hands out for `:0` lies in the range of outgoing connections. While a server is
//! down, a client that keeps connecting to such a port on loopback can be given that very port as
//! its own end, is then connected to itself, and the server can never come back. So ports are taken
//! below that range. Somebody may still take one between this check and the server's start: the
//! caller tries another.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::{Ipv4Addr, TcpListener};

use crate::error::{Error, Result};

/// Below this, well-known services are common.
const LOWEST: u16 = 10_240;
/// More misses in a row than this means the machine has no ports left, not bad luck.
const ATTEMPTS: usize = 200;

/// A port of 127.0.0.1 nobody listens on at this moment.
pub(crate) fn free() -> Result<u16> {
    let end = first_outgoing();
    if end <= LOWEST + 1_000 {
        return probe(0).map_err(Error::NoPort);
    }
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..ATTEMPTS {
        match probe(LOWEST + random() % (end - LOWEST)) {
            Ok(port) => return Ok(port),
            Err(error) => last = error,
        }
    }
    Err(Error::NoPort(last))
}

fn probe(port: u16) -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, port))?
        .local_addr()?
        .port())
}

/// The lower end of the range for outgoing connections.
fn first_outgoing() -> u16 {
    let range = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    range
        .split_whitespace()
        .next()
        .and_then(|low| low.parse().ok())
        .unwrap_or(32_768)
}

fn random() -> u16 {
    (nonce() % u64::from(u16::MAX)) as u16
}

/// A number nobody else has: freshly seeded hash keys are the randomness of the standard library.
pub(crate) fn nonce() -> u64 {
    RandomState::new().hash_one(std::process::id())
}

/// Whether a server ended because somebody else took the port between the check and its start.
pub(crate) fn was_taken(error: &Error) -> bool {
    matches!(error, Error::Ended { log, .. } if log.to_ascii_lowercase().contains("address already in use"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_free_port_can_be_listened_on() {
        let port = super::free().unwrap();
        std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    }
}
