//! Replies of binance-usdm.

#![no_main]

libfuzzer_sys::fuzz_target!(|reply: &[u8]| fuzz::read("binance-usdm", reply));
