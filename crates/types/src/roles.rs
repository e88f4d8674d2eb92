//! Roles: what members of organizations may do.

use serde::{Deserialize, Serialize};

use crate::{Permission, PermissionId, RoleId};

/// A role that members of organizations can have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Role {
    /// Always `role`.
    pub object: String,
    /// The role's id (`role_…`).
    pub id: RoleId,
    /// Its name.
    pub name: String,
    /// Its key: `org:` and lower-case letters, digits and underscores.
    pub key: String,
    /// What it is for, for people.
    pub description: Option<String>,
    /// Whether it grants what whoever creates an organization must be granted.
    pub is_creator_eligible: bool,
    /// What it grants.
    pub permissions: Vec<Permission>,
    /// When it was created, in Unix milliseconds.
    pub created_at: i64,
    /// When it last changed, in Unix milliseconds.
    pub updated_at: i64,
}

/// Makes a role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CreateOrganizationRole {
    /// Its name: 1 to 256 characters.
    pub name: String,
    /// Its key, such as `org:editor`.
    pub key: String,
    /// What it is for, for people; at most 1,024 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What it grants, by id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Vec<PermissionId>>,
    /// Whether it is put into the role set that new organizations get.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_in_initial_role_set: Option<bool>,
}

impl CreateOrganizationRole {
    /// Makes a role of this key, called `name`, that grants nothing.
    pub fn new(key: impl Into<String>, name: impl Into<String>) -> Self {
        Self { name: name.into(), key: key.into(), ..Self::default() }
    }
}

/// Changes a role; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct UpdateOrganizationRole {
    /// Its name: 1 to 256 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its key; every member who has the role has it under the new key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What it is for, for people; at most 1,024 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What it grants from now on, by id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Vec<PermissionId>>,
}
