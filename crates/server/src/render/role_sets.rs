//! Role sets.

use guildhall_rules::{RoleRecord, RoleSetMigrationView, RoleSetView};
use guildhall_store::Instance;
use guildhall_types::Page;

use super::{Json, Object, envelope};

/// A role set with its roles.
pub(crate) fn role_set(instance: &Instance, view: &RoleSetView) -> Json {
    role_set_json(instance, view).into()
}

/// A page of role sets.
pub(crate) fn role_sets(instance: &Instance, page: &Page<RoleSetView>) -> Json {
    let rows: Vec<String> = page.data.iter().map(|view| role_set_json(instance, view)).collect();
    envelope(&rows, page.total_count)
}

fn role_set_json(instance: &Instance, view: &RoleSetView) -> String {
    let set = &view.set;
    let items = view.roles.iter().map(|(role, members)| (role.row, item_json(role, *members)));
    let items: Vec<(i64, String)> = items.collect();
    let of_role = |wanted| {
        let item = items.iter().find(|(role, _)| *role == wanted);
        item.map_or("null", |(_, json)| json.as_str())
    };
    let all: Vec<&str> = items.iter().map(|(_, json)| json.as_str()).collect();
    let migration = view.migration.as_ref();
    let migration = migration.map(|migration| migration_json(instance, &set.id, migration));
    Object::new()
        .raw("object", "\"role_set\"")
        .value("id", &set.id)
        .value("name", &set.name)
        .value("key", &set.key)
        .value("description", &set.description)
        .raw("roles", &format!("[{}]", all.join(",")))
        .raw("default_role", of_role(set.default_role))
        .raw("creator_role", of_role(set.creator_role))
        .value("type", if set.is_initial { "initial" } else { "custom" })
        .raw("role_set_migration", migration.as_deref().unwrap_or("null"))
        .value("created_at", set.created_at)
        .value("updated_at", set.updated_at)
        .finish()
}

fn item_json(role: &RoleRecord, members: Option<i64>) -> String {
    Object::new()
        .raw("object", "\"role_set_item\"")
        .value("id", &role.id)
        .value("name", &role.name)
        .value("key", &role.key)
        .value("description", &role.description)
        .value("members_count", members)
        .value("has_members", members.map(|members| members > 0))
        .value("created_at", role.created_at)
        .value("updated_at", role.updated_at)
        .finish()
}

fn migration_json(instance: &Instance, source: &str, view: &RoleSetMigrationView) -> String {
    let migration = &view.migration;
    let trigger = match migration.destination {
        Some(_) => "role_set_deletion",
        None => "role_removal",
    };
    let status = if migration.started_at.is_some() { "in_progress" } else { "enqueued" };
    Object::new()
        .raw("object", "\"role_set_migration\"")
        .value("id", &migration.id)
        .raw("organization_id", "null")
        .value("instance_id", &instance.id)
        .value("source_role_set_id", source)
        .value("dest_role_set_id", &view.destination)
        .value("trigger_type", trigger)
        .value("status", status)
        .value("migrated_members", migration.migrated_members)
        .value("mappings", &view.mappings)
        .value("started_at", migration.started_at)
        .raw("completed_at", "null")
        .value("created_at", migration.created_at)
        .value("updated_at", migration.updated_at)
        .finish()
}
