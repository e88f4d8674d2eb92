//! How memberships look on a terminal.

use comfy_table::Table;
use guildhall_sdk::{OrganizationMembership, PublicUserData};

use crate::output::{fields, rows};
use crate::text::{full_name, instant, metadata, optional};

/// The members of one organization, one a row.
pub(super) fn memberships(memberships: &[OrganizationMembership]) -> Table {
    rows(
        ["USER", "ROLE", "NAME", "IDENTIFIER", "JOINED"],
        memberships.iter().map(|membership| {
            let user = membership.public_user_data.as_ref();
            [
                user_id(user),
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
        ("user", user_id(user)),
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

fn user_id(user: Option<&PublicUserData>) -> String {
    optional(user.map(|user| user.user_id.as_str()))
}

fn name(user: Option<&PublicUserData>) -> String {
    full_name(
        user.and_then(|user| user.first_name.as_deref()),
        user.and_then(|user| user.last_name.as_deref()),
    )
}

fn identifier(user: Option<&PublicUserData>) -> String {
    optional(user.and_then(|user| user.identifier.as_deref()))
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use serde_json::json;

    use super::*;
    use crate::output::render;

    fn ada() -> OrganizationMembership {
        serde_json::from_value(json!({
            "id": "orgmem_1",
            "object": "organization_membership",
            "role": "org:member",
            "permissions": ["org:sys_memberships:read", "org:sys_billing:read"],
            "public_metadata": {"team": "red"},
            "private_metadata": {},
            "organization": {
                "object": "organization",
                "id": "org_1",
                "name": "Analytical Engines",
                "slug": "engines",
                "has_image": false,
                "max_allowed_memberships": 0,
                "admin_delete_enabled": true,
                "public_metadata": {},
                "created_at": 1,
                "updated_at": 1
            },
            "public_user_data": {
                "user_id": "user_1",
                "first_name": "Ada",
                "last_name": null,
                "image_url": "",
                "has_image": false
            },
            "created_at": 1_350_717_320_902_i64,
            "updated_at": 1_350_717_320_902_i64
        }))
        .expect("it is a membership")
    }

    #[test]
    fn members_are_shown_one_a_row() {
        assert_snapshot!(render(memberships(&[ada()]), 80), @r"
        USER    ROLE        NAME  IDENTIFIER  JOINED
        user_1  org:member  Ada   -           2012-10-20 07:15:20Z
        ");
    }

    #[test]
    fn one_membership_is_shown_one_field_a_row() {
        assert_snapshot!(render(membership(&ada()), 60), @r#"
        membership        orgmem_1
        organization      org_1 (Analytical Engines)
        user              user_1
        name              Ada
        identifier        -
        role              org:member
        permissions       org:sys_memberships:read,
                          org:sys_billing:read
        public metadata   {"team":"red"}
        private metadata  {}
        joined            2012-10-20 07:15:20Z
        updated           2012-10-20 07:15:20Z
        "#);
    }
}
