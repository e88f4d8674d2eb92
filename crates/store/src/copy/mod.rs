//! Moves everything from one database to another, SQLite or PostgreSQL each: rows as they are, in
//! the order of their keys, in batches.
//!
//! The target says of itself that it is under copy, and nobody opens it until it was compared with
//! the source. A copy that was killed goes on behind the last row that the target has.

mod checksum;
mod ends;
mod error;
mod origin;
mod run;
mod tables;
mod target;
mod under_way;

pub use error::CopyError;
pub use origin::CopySource;
pub use run::{Copied, CopiedTable, CopyProgress, Restart, copy};
pub(crate) use tables::TABLES;
pub(crate) use under_way::refuse as refuse_unfinished;
