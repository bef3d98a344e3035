//! Replies of okx.

#![no_main]

libfuzzer_sys::fuzz_target!(|reply: &[u8]| fuzz::read("okx", reply));
