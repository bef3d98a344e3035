//! Replies of xignite.

#![no_main]

libfuzzer_sys::fuzz_target!(|reply: &[u8]| fuzz::read("xignite", reply));
