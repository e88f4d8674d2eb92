//! How settings look on a terminal.

use comfy_table::Table;
use guildhall_sdk::{Instance, OrganizationSettings};

use crate::output::fields;
use crate::text::{limit, yes_or_no};

/// What an instance has set about organizations.
pub(super) fn settings(settings: &OrganizationSettings) -> Table {
    fields([
        ("organizations", on_or_off(settings.enabled)),
        ("most members", limit(settings.max_allowed_memberships)),
        ("most further roles", settings.max_allowed_roles.to_string()),
        ("admins may delete them", yes_or_no(settings.admin_delete_enabled)),
        ("slugs may be chosen", yes_or_no(!settings.slug_disabled)),
        ("role of creators", settings.creator_role.clone()),
        ("domains", on_or_off(settings.domains_enabled)),
        ("role by domain", settings.domains_default_role.clone()),
    ])
}

/// An instance.
pub(super) fn instance(instance: &Instance) -> Table {
    fields([
        ("instance", instance.id.clone()),
        ("environment", instance.environment_type.clone()),
        ("allowed origins", instance.allowed_origins.as_deref().unwrap_or_default().join(" ")),
    ])
}

fn on_or_off(is_on: bool) -> String {
    if is_on { "on".to_owned() } else { "off".to_owned() }
}
