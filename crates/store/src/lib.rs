//! All SQL of Guildhall, and nothing else.
//!
//! A write is an [`Operation`](guildhall_rules::Operation): it is queued, loaded, decided and
//! applied with others of its instance in one transaction ([`Store::write`]). A read is a method
//! of [`Store`] in the file of its noun. The first argument of both is the instance, and what
//! belongs to another one does not exist. Only this crate names a database; it knows no HTTP.
//!
//! To add a table: a step in `migrations/`, a file named for the noun with `load` and `apply`, a
//! line in `load.rs` and `apply.rs`.

mod apply;
mod background;
mod backup;
mod cards;
mod catalogue;
mod check;
mod checkpoints;
mod cleaner;
mod clock;
mod copy;
mod cursors;
mod database;
mod db;
mod dialect;
mod error;
mod files;
mod filters;
mod folder;
#[cfg(test)]
mod fresh;
mod gathering;
mod instance_settings;
mod instances;
mod jobs;
mod kept;
mod kept_reads;
mod keyed;
mod keys;
mod listed;
mod load;
mod member_of;
mod members;
mod membership_lists;
mod membership_pages;
mod memberships;
mod migrations;
mod observer;
mod orders;
mod organizations;
mod own_order;
mod permission_checks;
mod plain_lists;
#[cfg(test)]
mod plans;
mod population;
mod postgres;
mod random;
mod reading;
mod recent;
mod removals;
mod role_set_migrations;
mod role_sets;
mod roles;
mod rosters;
mod search;
mod sessions;
#[cfg(test)]
mod shards;
mod signing_keys;
mod sources;
mod sqlite;
mod standing;
mod store;
mod user_lists;
mod users;
mod whole_lists;
mod writer;
mod writing;

pub use backup::{Backup, BackupError, Contents, Progress, Restored, backup, restore};
pub use check::{Finding, Verdict};
pub use clock::{Clock, SystemClock};
pub use copy::{Copied, CopiedTable, CopyError, CopyProgress, CopySource, Restart, copy};
pub use database::{Database, Migrate};
pub use error::{Error, Failure, OpenError, with_causes};
pub use folder::{DataFolder, FolderLock};
pub use guildhall_rules::tokens::TokenVersion;
pub use instances::{Environment, Instance, InstanceChanges};
pub use kept::{Kept, State};
pub use keys::{Key, KeyHash, KeyOrigin, NewKey};
pub use listed::Listed;
pub use membership_lists::MembershipPage;
pub use observer::{Cache, CommittedBatch, Lookup, Observer, Purpose, Unobserved};
pub use plain_lists::kept_list_statements;
pub use postgres::{PostgresSettings, distribute};
pub use signing_keys::SigningKey;
pub use store::{InstanceKey, Options, Store, migrate};
