//! See `guildhall_server::fuzzing::query`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| guildhall_server::fuzzing::query(bytes));
