//! What may happen to organizations, users and memberships.
//!
//! Pure functions over a few rows held in memory: no I/O, no clock, no SQL, no HTTP. A write names
//! the rows it wants ([`Operation::wants`]), looks at them and changes them
//! ([`Operation::decide`]); `guildhall-store` loads them before and applies what changed after.
//! Start with [`memberships::Create`]. To add an operation, implement [`Operation`] in the file of
//! its noun.

mod batch;
mod catalogue;
pub mod contacts;
mod ids;
pub mod instance;
pub mod memberships;
pub mod metadata;
mod operation;
pub mod organizations;
pub mod permissions;
pub mod role_sets;
pub mod roles;
mod rows;
pub mod sessions;
pub mod settings;
mod table;
pub mod text;
pub mod tokens;
pub mod users;

pub use batch::Rows;
pub use catalogue::{Catalogue, PermissionRecord, RoleRecord, RoleView};
pub use ids::{Keys, new_id};
pub use operation::{Context, Operation, Refusal, Wanted};
pub use role_sets::{RoleSetMigration, RoleSetMigrationView, RoleSetRecord, RoleSetView, RoleSets};
pub use rows::{
    CountDelta, Identifier, IdentifierKind, Membership, MembershipView, Organization,
    OrganizationSettings, Role, User, UserCard, UserView,
};
pub use table::{Change, Table};
