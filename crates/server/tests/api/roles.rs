//! Roles and permissions.

mod change;
mod create;
mod grants;
mod list;
mod members;
mod permissions;
mod remove;
