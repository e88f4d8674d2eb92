//! Roles, permissions and settings.

use guildhall_rules::settings::OrganizationSettingsView;
use guildhall_rules::{PermissionRecord, RoleView};
use guildhall_store::Instance;
use guildhall_types::Page;

use super::{Json, Object, envelope};

/// A role with its permissions.
pub(crate) fn role(view: &RoleView) -> Json {
    role_json(view).into()
}

/// A page of roles.
pub(crate) fn roles(page: &Page<RoleView>) -> Json {
    let rows: Vec<String> = page.data.iter().map(role_json).collect();
    envelope(&rows, page.total_count)
}

fn role_json(view: &RoleView) -> String {
    let permissions: Vec<String> = view.permissions.iter().map(permission_json).collect();
    Object::new()
        .raw("object", "\"role\"")
        .value("id", &view.role.id)
        .value("name", &view.role.name)
        .value("key", &view.role.key)
        .value("description", &view.role.description)
        .value("is_creator_eligible", view.is_creator_eligible())
        .raw("permissions", &format!("[{}]", permissions.join(",")))
        .value("created_at", view.role.created_at)
        .value("updated_at", view.role.updated_at)
        .finish()
}

/// A permission.
pub(crate) fn permission(permission: &PermissionRecord) -> Json {
    permission_json(permission).into()
}

/// A page of permissions.
pub(crate) fn permissions(page: &Page<PermissionRecord>) -> Json {
    let rows: Vec<String> = page.data.iter().map(permission_json).collect();
    envelope(&rows, page.total_count)
}

fn permission_json(permission: &PermissionRecord) -> String {
    Object::new()
        .raw("object", "\"permission\"")
        .value("id", &permission.id)
        .value("name", &permission.name)
        .value("key", &permission.key)
        .value("description", &permission.description)
        .value("type", if permission.is_system { "system" } else { "user" })
        .value("created_at", permission.created_at)
        .value("updated_at", permission.updated_at)
        .finish()
}

/// An instance, and where it has set that browser-like clients may come from.
pub(crate) fn instance(instance: &Instance, allowed_origins: Option<&[String]>) -> Json {
    let object = Object::new()
        .raw("object", "\"instance\"")
        .value("id", &instance.id)
        .value("environment_type", instance.environment.as_str())
        .value("allowed_origins", allowed_origins)
        .raw("workspace_id", "null");
    object.finish().into()
}

/// What an instance has set about organizations. There are no domains.
pub(crate) fn organization_settings(view: &OrganizationSettingsView) -> Json {
    let settings = &view.settings;
    let object = Object::new()
        .raw("object", "\"organization_settings\"")
        .value("enabled", settings.enabled)
        .value("max_allowed_memberships", settings.max_allowed_memberships)
        .value("max_allowed_roles", settings.max_allowed_roles)
        .value("max_role_sets_allowed", settings.max_role_sets_allowed)
        .raw("max_allowed_domains", "0")
        .value("creator_role", &view.creator_role)
        .value("admin_delete_enabled", settings.admin_delete_enabled)
        .raw("domains_enabled", "false")
        .value("slug_disabled", settings.slug_disabled)
        .raw("domains_enrollment_modes", "[]")
        .value("domains_default_role", &view.domains_default_role)
        .value("initial_role_set_key", &view.initial_role_set);
    object.finish().into()
}
