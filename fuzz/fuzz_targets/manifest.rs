//! Replies read by manifests.

#![no_main]

libfuzzer_sys::fuzz_target!(|reply: &[u8]| fuzz::read_by_manifest(reply));
