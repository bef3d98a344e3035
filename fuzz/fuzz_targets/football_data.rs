//! Replies of football-data.

#![no_main]

libfuzzer_sys::fuzz_target!(|reply: &[u8]| fuzz::read("football-data", reply));
