//! How memberships look on a terminal.

use comfy_table::Table;
use guildhall_sdk::{Metadata, OrganizationMembership, PublicUserData};

use crate::output::{fields, rows};
use crate::text::instant;

/// What stands where there is no value.
const NOTHING: &str = "-";

/// The members of one organization, one a row.
pub(super) fn memberships(memberships: &[OrganizationMembership]) -> Table {
    rows(
        ["USER", "ROLE", "NAME", "IDENTIFIER", "JOINED"],
        memberships.iter().map(|membership| {
            let user = membership.public_user_data.as_ref();
            [
                user.map_or_else(|| NOTHING.to_owned(), |user| user.user_id.to_string()),
                membership.role.clone(),
                name(user),
                identifier(user),
                instant(membership.created_at),
            ]
        }),
    )
}

/// One membership with all that people ask of it.
pub(super) fn membership(membership: &OrganizationMembership) -> Table {
    let user = membership.public_user_data.as_ref();
    fields([
        ("membership", membership.id.to_string()),
        (
            "organization",
            format!("{} ({})", membership.organization.id, membership.organization.name),
        ),
        ("user", user.map_or_else(|| NOTHING.to_owned(), |user| user.user_id.to_string())),
        ("name", name(user)),
        ("identifier", identifier(user)),
        ("role", membership.role.clone()),
        ("permissions", membership.permissions.join(", ")),
        ("public metadata", metadata(&membership.public_metadata)),
        ("private metadata", metadata(&membership.private_metadata)),
        ("joined", instant(membership.created_at)),
        ("updated", instant(membership.updated_at)),
    ])
}

fn name(user: Option<&PublicUserData>) -> String {
    let names = user.map(|user| [&user.first_name, &user.last_name]);
    let names: Vec<&str> = names.iter().flatten().filter_map(|name| name.as_deref()).collect();
    if names.is_empty() { NOTHING.to_owned() } else { names.join(" ") }
}

fn identifier(user: Option<&PublicUserData>) -> String {
    user.and_then(|user| user.identifier.clone()).unwrap_or_else(|| NOTHING.to_owned())
}

fn metadata(metadata: &Metadata) -> String {
    serde_json::to_string(metadata).expect("a map with text keys always has a JSON form")
}
