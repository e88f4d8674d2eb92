//! How organizations look on a terminal.

use comfy_table::Table;
use guildhall_sdk::Organization;

use crate::output::{fields, rows};
use crate::text::{NOTHING, instant, limit, metadata, optional, yes_or_no};

/// Organizations, one a row.
pub(super) fn organizations(organizations: &[Organization]) -> Table {
    rows(
        ["ORGANIZATION", "NAME", "SLUG", "MEMBERS", "CREATED"],
        organizations.iter().map(|organization| {
            [
                organization.id.to_string(),
                organization.name.clone(),
                organization.slug.clone(),
                members(organization),
                instant(organization.created_at),
            ]
        }),
    )
}

/// One organization with all that people ask of it.
pub(super) fn organization(organization: &Organization) -> Table {
    let nobody = organization.missing_member_with_elevated_permissions;
    fields([
        ("organization", organization.id.to_string()),
        ("name", organization.name.clone()),
        ("slug", organization.slug.clone()),
        ("members", members(organization)),
        ("most members", limit(organization.max_allowed_memberships)),
        ("nobody manages it", nobody.map_or(NOTHING.to_owned(), yes_or_no)),
        ("admins may delete it", yes_or_no(organization.admin_delete_enabled)),
        ("created by", optional(organization.created_by.as_ref().map(|id| id.as_str()))),
        ("public metadata", metadata(&organization.public_metadata)),
        ("private metadata", metadata(&organization.private_metadata)),
        ("created", instant(organization.created_at)),
        ("updated", instant(organization.updated_at)),
    ])
}

/// The count is only there where it was asked for.
fn members(organization: &Organization) -> String {
    organization.members_count.map_or(NOTHING.to_owned(), |count| count.to_string())
}
