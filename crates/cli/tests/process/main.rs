//! The server as a process: killed, short of disk, watched at its log, started and stopped.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

mod api;
mod backup;
mod copy;
mod crash;
mod database;
mod disk;
mod distribute;
mod logs;
mod server;
mod start;
mod stop;
