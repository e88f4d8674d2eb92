//! Recorded histories: what many clients of several servers are told amid kills of servers and of
//! the database, and whether it can be true.
//!
//! [`drive`] starts real servers, has clients call them, kills what can be killed, and records
//! every call with its answer and times by a [`Recorder`]. [`judge`] decides afterwards, from the
//! [`history`] alone: the [`checker`] looks for an order of the calls of each organization in
//! which the [`model`] gives every answer that was seen, and [`invariants`] looks at what must hold
//! in every answer. A history that was kept can be judged again.
//!
//! It is no benchmark, and no part of the product.

pub mod arguments;
mod cable;
pub mod checker;
mod clients;
mod drive;
pub mod history;
mod http;
pub mod invariants;
mod judge;
pub mod model;
mod nemesis;
pub mod partition;
mod postgres;
mod process;
mod recorder;
mod run;
mod tell;
mod world;

pub use drive::{Driven, HISTORY, drive};
pub use judge::{Judgement, judge};
pub use recorder::Recorder;
pub use run::run;
