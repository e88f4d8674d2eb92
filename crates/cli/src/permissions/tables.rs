//! How permissions look on a terminal.

use comfy_table::Table;
use guildhall_sdk::Permission;

use crate::output::{fields, rows};
use crate::text::instant;

/// Permissions, one a row.
pub(super) fn permissions(permissions: &[Permission]) -> Table {
    rows(
        ["PERMISSION", "KEY", "NAME", "TYPE", "CREATED"],
        permissions.iter().map(|permission| {
            [
                permission.id.to_string(),
                permission.key.clone(),
                permission.name.clone(),
                permission.r#type.clone(),
                instant(permission.created_at),
            ]
        }),
    )
}

/// One permission with all that people ask of it.
pub(super) fn permission(permission: &Permission) -> Table {
    fields([
        ("permission", permission.id.to_string()),
        ("key", permission.key.clone()),
        ("name", permission.name.clone()),
        ("description", permission.description.clone()),
        ("type", permission.r#type.clone()),
        ("created", instant(permission.created_at)),
        ("updated", instant(permission.updated_at)),
    ])
}
