//! See `guildhall_server::fuzzing::bearer_header`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| guildhall_server::fuzzing::bearer_header(bytes));
