//! Starts a real Guildhall server on a free port for tests, yours and ours.

pub mod contract;
