//! Users: names, identifiers, metadata.

mod change;
mod create;
mod profile;

pub use change::{Delete, MergeMetadata, NewMetadata, Update};
pub use create::{Contact, Create};
