//! Users.

mod change;
mod create;
mod identifiers;
mod list;
mod passwords;
mod remove;
