//! The writer from the outside: batches, panics, a full queue, callers that go away, the end.

mod batches;
mod operations;
mod panics;
mod queue;
mod stopping;
mod world;
