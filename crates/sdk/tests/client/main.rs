//! The client against servers on loopback: one whose answers are scripted, and the real one.

mod cursors;
mod errors;
mod loopback;
mod requests;
mod retries;
mod streams;
mod verify;
mod walks;
