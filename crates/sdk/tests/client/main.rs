//! The client against a real server on loopback whose answers are scripted.

mod errors;
mod loopback;
mod requests;
mod retries;
mod streams;
