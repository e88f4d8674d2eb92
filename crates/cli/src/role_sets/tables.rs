//! How role sets look on a terminal.

use comfy_table::Table;
use guildhall_sdk::{RoleSet, RoleSetItem, RoleSetMigration};

use crate::output::{fields, rows};
use crate::text::{instant, list, optional};

/// Role sets, one a row.
pub(super) fn role_sets(sets: &[RoleSet]) -> Table {
    rows(
        ["ROLE SET", "NAME", "TYPE", "ROLES", "CREATED"],
        sets.iter().map(|set| {
            [
                set.key.clone(),
                set.name.clone(),
                set.kind.clone(),
                list(set.roles.iter().map(|role| role.key.as_str())),
                instant(set.created_at),
            ]
        }),
    )
}

/// One role set with all that people ask of it.
pub(super) fn role_set(set: &RoleSet) -> Table {
    let roles: Vec<String> = set.roles.iter().map(role).collect();
    let key = |role: &Option<RoleSetItem>| optional(role.as_ref().map(|role| role.key.as_str()));
    let migration = set.role_set_migration.as_ref().map(migration);
    fields([
        ("role set", set.id.to_string()),
        ("key", set.key.clone()),
        ("name", set.name.clone()),
        ("description", optional(set.description.as_deref())),
        ("type", set.kind.clone()),
        ("roles", list(roles.iter().map(String::as_str))),
        ("creators get", key(&set.creator_role)),
        ("new members get", key(&set.default_role)),
        ("migration", optional(migration.as_deref())),
        ("created", instant(set.created_at)),
        ("updated", instant(set.updated_at)),
    ])
}

fn role(role: &RoleSetItem) -> String {
    match role.members_count {
        Some(members) => format!("{} ({members})", role.key),
        None => role.key.clone(),
    }
}

fn migration(migration: &RoleSetMigration) -> String {
    format!("{}, {} members so far", migration.status, migration.migrated_members)
}
