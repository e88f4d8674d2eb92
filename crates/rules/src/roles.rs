//! Roles and permissions that every instance has from the start.

use crate::batch::Rows;
use crate::rows::{Membership, Role};

/// A permission of the system, by key and name.
pub const SYSTEM_PERMISSIONS: [(&str, &str); 9] = [
    ("org:sys_profile:manage", "Manage organization"),
    ("org:sys_profile:delete", "Delete organization"),
    ("org:sys_memberships:read", "Read members"),
    ("org:sys_memberships:manage", "Manage members"),
    ("org:sys_domains:read", "Read domains"),
    ("org:sys_domains:manage", "Manage domains"),
    ("org:sys_billing:read", "Read billing"),
    ("org:sys_billing:manage", "Manage billing"),
    ("org:sys_entconns:manage", "Manage enterprise connections"),
];

/// The role that may do everything.
pub const ADMIN: &str = "org:admin";
/// The role that may look.
pub const MEMBER: &str = "org:member";

/// The roles of a new instance: key, name, description, and the permissions granted.
pub fn defaults() -> [(&'static str, &'static str, &'static str, Vec<&'static str>); 2] {
    let all = SYSTEM_PERMISSIONS.iter().map(|(key, _)| *key).collect();
    let member = vec!["org:sys_memberships:read", "org:sys_billing:read"];
    [
        (ADMIN, "Admin", "Role with elevated permissions", all),
        (MEMBER, "Member", "Role with non-privileged permissions", member),
    ]
}

/// The permissions that somebody in an organization must hold together.
const MINIMUM_PERMISSIONS: [&str; 3] =
    ["org:sys_memberships:manage", "org:sys_memberships:read", "org:sys_profile:delete"];

/// Tells whether a role grants all of the minimum permissions.
pub fn grants_minimum(role: &Role) -> bool {
    MINIMUM_PERMISSIONS
        .iter()
        .all(|minimum| role.permissions.iter().any(|permission| permission == minimum))
}

/// Tells whether nobody but this member of the organization holds the minimum permissions.
pub fn is_last_with_minimum(rows: &Rows, membership: &Membership) -> bool {
    rows.role_of(membership).is_some_and(grants_minimum)
        && rows.members_with(membership.organization, grants_minimum) <= 1
}
