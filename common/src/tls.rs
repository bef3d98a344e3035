//! The one TLS provider of all programs.
//!
//! `ring` serves the broker's client and the HTTP client alike; a second provider would have to be
//! built, audited and shipped as well.

/// Makes `ring` the provider of this process; a call after the first changes nothing.
pub fn use_ring() {
    // Only fails when a provider is installed already, which is all that is wanted.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
