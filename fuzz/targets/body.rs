//! See `guildhall_server::fuzzing::body`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| guildhall_server::fuzzing::body(bytes));
