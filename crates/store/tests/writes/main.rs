//! The writer from the outside: batches, panics, a full queue, callers that go away, the end.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

mod batches;
mod operations;
mod panics;
mod queue;
mod stopping;
mod world;
