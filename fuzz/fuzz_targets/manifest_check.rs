//! Texts of manifests. What one says is kept for the rest of the process: run with
//! `-- -detect_leaks=0`.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &[u8]| fuzz::check_manifest(text));
