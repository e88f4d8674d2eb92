//! Judges histories that are known to be right or wrong: written by hand, generated, and those of
//! a server in memory that can be told to forget its locks.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

mod generated;
mod invariants;
mod kept;
mod memory;
mod partitions;
mod plan;
mod racing;
mod story;
mod wrong;
