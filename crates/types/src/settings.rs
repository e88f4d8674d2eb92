//! What an instance is, and what it has set about organizations.

use serde::{Deserialize, Serialize};

use crate::RoleId;

/// An instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Instance {
    /// Always `instance`.
    pub object: String,
    /// The instance's id (`ins_…`).
    pub id: String,
    /// What it is for: `development` or `production`.
    pub environment_type: String,
    /// Where browser-like clients may come from; Guildhall only keeps it.
    pub allowed_origins: Option<Vec<String>>,
    /// The workspace that owns it; Guildhall has none.
    #[serde(default)]
    pub workspace_id: Option<String>,
}

/// What an instance has set about organizations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OrganizationSettings {
    /// Always `organization_settings`.
    pub object: String,
    /// Whether there are organizations at all.
    pub enabled: bool,
    /// The limit on members that new organizations get; 0 for none.
    pub max_allowed_memberships: i64,
    /// How many roles there may be beside the two that every instance begins with.
    pub max_allowed_roles: i64,
    /// How many role sets there may be.
    #[serde(default)]
    pub max_role_sets_allowed: i64,
    /// How many domains an organization may have.
    pub max_allowed_domains: i64,
    /// The key of the role that whoever creates an organization gets.
    pub creator_role: String,
    /// Whether admins may delete new organizations.
    pub admin_delete_enabled: bool,
    /// Whether organizations have domains.
    pub domains_enabled: bool,
    /// Whether requests may not name the slugs of organizations.
    #[serde(default)]
    pub slug_disabled: bool,
    /// How people join by their domain.
    pub domains_enrollment_modes: Vec<String>,
    /// The key of the role that people get who join by their domain.
    pub domains_default_role: String,
    /// The key of the role set that new organizations get.
    #[serde(default)]
    pub initial_role_set_key: Option<String>,
}

/// Changes what an instance has set about organizations; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct UpdateOrganizationSettings {
    /// Whether there are organizations at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// The limit on members that new organizations get; 0 for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_allowed_memberships: Option<i64>,
    /// Whether admins may delete new organizations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admin_delete_enabled: Option<bool>,
    /// Whether requests may not name the slugs of organizations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug_disabled: Option<bool>,
    /// The role that whoever creates an organization gets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creator_role_id: Option<RoleId>,
    /// The role that people get who join by their domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domains_default_role_id: Option<RoleId>,
}
