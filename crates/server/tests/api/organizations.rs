//! Organizations.

mod change;
mod create;
mod list;
mod names;
mod remove;
