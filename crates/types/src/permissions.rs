//! Permissions: what roles grant.

use serde::{Deserialize, Serialize};

use crate::PermissionId;
use crate::page::{OrderBy, order_fields};

/// A permission, which roles grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Permission {
    /// Always `permission`.
    pub object: String,
    /// The permission's id (`perm_…`).
    pub id: PermissionId,
    /// Its name.
    pub name: String,
    /// Its key: `org:`, the feature, `:` and the action.
    pub key: String,
    /// What it allows, for people.
    pub description: String,
    /// `system` for those that every instance has and nobody can change, else `user`.
    pub r#type: String,
    /// When it was created, in Unix milliseconds.
    pub created_at: i64,
    /// When it last changed, in Unix milliseconds.
    pub updated_at: i64,
}

/// Makes a permission.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CreateOrganizationPermission {
    /// Its name: 1 to 256 characters.
    pub name: String,
    /// Its key, such as `org:billing:manage`; `org:sys_…` is not allowed.
    pub key: String,
    /// What it allows, for people; at most 1,024 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl CreateOrganizationPermission {
    /// Makes a permission of this key, called `name`.
    pub fn new(key: impl Into<String>, name: impl Into<String>) -> Self {
        Self { name: name.into(), key: key.into(), description: None }
    }
}

/// Changes a permission; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct UpdateOrganizationPermission {
    /// Its name: 1 to 256 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its key; every role that grants the permission grants it under the new key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What it allows, for people; at most 1,024 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

order_fields! {
    /// What roles and permissions can be sorted by.
    KeyedOrder {
        /// When it was created.
        CreatedAt = "created_at",
        /// The name.
        Name = "name",
        /// The key.
        Key = "key",
    }
}

/// Which roles or permissions to list, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ListKeyed {
    /// How many to return: 1 to 500, 10 when `None`.
    pub limit: Option<u32>,
    /// How many to skip.
    pub offset: Option<u64>,
    /// The order; newest first when `None`.
    pub order_by: Option<OrderBy<KeyedOrder>>,
    /// A whole id, or part of a name or key.
    pub query: Option<String>,
}
