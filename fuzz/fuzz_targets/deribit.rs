//! Replies of deribit.

#![no_main]

libfuzzer_sys::fuzz_target!(|reply: &[u8]| fuzz::read("deribit", reply));
