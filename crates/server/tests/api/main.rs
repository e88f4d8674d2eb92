//! The API over HTTP: the real router, SQLite on disk, JSON in and out.

mod instance;
mod instances;
mod kept;
mod lists;
mod memberships;
mod metadata;
mod organizations;
mod permission_checks;
mod races;
mod requests;
mod role_sets;
mod roles;
mod sessions;
mod settings;
mod users;
