//! Organizations.

use serde::{Deserialize, Serialize};

use crate::metadata::Metadata;
use crate::page::{OrderBy, order_fields};
use crate::{OrganizationId, Patch, UserId};

/// An organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Organization {
    /// Always `organization`.
    pub object: String,
    /// The organization's id (`org_…`).
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// Its name in addresses, unique in the instance.
    pub slug: String,
    /// Where its picture is.
    #[serde(default)]
    pub image_url: Option<String>,
    /// Whether the picture was uploaded; false for a drawn default.
    pub has_image: bool,
    /// How many members it has, where the answer says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members_count: Option<u64>,
    /// Whether nobody in it holds the minimum permissions, where asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_member_with_elevated_permissions: Option<bool>,
    /// The most members it may have; 0 for no limit.
    pub max_allowed_memberships: i64,
    /// Whether its admins may delete it.
    pub admin_delete_enabled: bool,
    /// Metadata that frontends may read.
    pub public_metadata: Metadata,
    /// Metadata that only backends see.
    #[serde(default)]
    pub private_metadata: Metadata,
    /// The user who created it; that user may be gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<UserId>,
    /// When it was created, in Unix milliseconds.
    pub created_at: i64,
    /// When it last changed, in Unix milliseconds.
    pub updated_at: i64,
    /// The key of the role set it draws its roles from.
    #[serde(default)]
    pub role_set_key: Option<String>,
}

/// Makes an organization.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CreateOrganization {
    /// Its name: at most 256 characters, neither a URL nor HTML.
    pub name: String,
    /// The user who becomes its first member, in the creator role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<UserId>,
    /// Its name in addresses; made from the name when `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// The most members it may have; 0 for no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_allowed_memberships: Option<i64>,
    /// Metadata that frontends may read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_metadata: Option<Metadata>,
    /// Metadata that only backends see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_metadata: Option<Metadata>,
    /// When it was created, as RFC 3339; now when `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// The key of the role set that it gets; the instance's initial one when `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_set_key: Option<String>,
}

impl CreateOrganization {
    /// Makes an organization called `name`.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

/// Changes an organization; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct UpdateOrganization {
    /// Its name: at most 256 characters, neither a URL nor HTML.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its name in addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// The most members it may have; 0 for no limit. Present members stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_allowed_memberships: Option<i64>,
    /// Whether its admins may delete it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admin_delete_enabled: Option<bool>,
    /// When it was created, as RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// Replaces the public metadata; refused from API version 2026-05-12 on.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub public_metadata: Patch<Metadata>,
    /// Replaces the private metadata; refused from API version 2026-05-12 on.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub private_metadata: Patch<Metadata>,
    /// The key of the role set that it gets; refused while members have roles that are not in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_set_key: Option<String>,
}

/// What to tell of an organization beyond its own fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct GetOrganization {
    /// Tells `members_count`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub include_members_count: bool,
    /// Tells `missing_member_with_elevated_permissions`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub include_missing_member_with_elevated_permissions: bool,
}

order_fields! {
    /// What organizations can be sorted by.
    OrganizationOrder {
        /// The name.
        Name = "name",
        /// When it was created.
        CreatedAt = "created_at",
        /// How many members it has.
        MembersCount = "members_count",
    }
}

/// Which organizations to list, and how.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ListOrganizations {
    /// How many to return: 1 to 500, 10 when `None`.
    pub limit: Option<u32>,
    /// How many to skip.
    pub offset: Option<u64>,
    /// The order; newest first when `None`.
    pub order_by: Option<OrderBy<OrganizationOrder>>,
    /// Tells `members_count` of each.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub include_members_count: bool,
    /// Tells `missing_member_with_elevated_permissions` of each.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub include_missing_member_with_elevated_permissions: bool,
    /// A whole id, or part of a name or slug.
    pub query: Option<String>,
    /// Ids of users one of whom must be a member, or with `-` in front must not.
    pub user_id: Vec<String>,
    /// Ids of organizations to include, or with `-` in front to exclude.
    pub organization_id: Vec<String>,
}
