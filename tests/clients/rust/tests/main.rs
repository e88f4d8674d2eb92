//! Every operation that the server has and `clerk-rs` offers.

mod lists;
mod memberships;
mod organizations;
mod roles;
mod sessions;
mod settings;
mod user_lists;
mod users;
