//! How roles look on a terminal.

use comfy_table::Table;
use guildhall_sdk::Role;

use crate::output::{fields, rows};
use crate::text::{instant, list, optional, yes_or_no};

/// Roles, one a row.
pub(super) fn roles(roles: &[Role]) -> Table {
    rows(
        ["ROLE", "KEY", "NAME", "PERMISSIONS", "CREATED"],
        roles.iter().map(|role| {
            [
                role.id.to_string(),
                role.key.clone(),
                role.name.clone(),
                role.permissions.len().to_string(),
                instant(role.created_at),
            ]
        }),
    )
}

/// One role with all that people ask of it.
pub(super) fn role(role: &Role) -> Table {
    fields([
        ("role", role.id.to_string()),
        ("key", role.key.clone()),
        ("name", role.name.clone()),
        ("description", optional(role.description.as_deref())),
        ("permissions", list(role.permissions.iter().map(|it| it.key.as_str()))),
        ("creators may get it", yes_or_no(role.is_creator_eligible)),
        ("created", instant(role.created_at)),
        ("updated", instant(role.updated_at)),
    ])
}
