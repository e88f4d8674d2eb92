//! Role sets: which roles the members of an organization may get.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{RoleId, RoleSetId};

/// The roles that members of the organizations of this set may get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RoleSet {
    /// Always `role_set`.
    pub object: String,
    /// The role set's id.
    pub id: RoleSetId,
    /// Its name.
    pub name: String,
    /// Its key: `role_set:` and lower-case letters, digits and underscores.
    pub key: String,
    /// What it is for, for people.
    pub description: Option<String>,
    /// The roles in it.
    pub roles: Vec<RoleSetItem>,
    /// The role that new members get.
    #[serde(default)]
    pub default_role: Option<RoleSetItem>,
    /// The role that whoever creates an organization gets.
    #[serde(default)]
    pub creator_role: Option<RoleSetItem>,
    /// `initial` for the one that new organizations get, otherwise `custom`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The reassignment of members to other roles that is under way.
    #[serde(default)]
    pub role_set_migration: Option<RoleSetMigration>,
    /// When it was created, in Unix milliseconds.
    pub created_at: i64,
    /// When it last changed, in Unix milliseconds.
    pub updated_at: i64,
}

/// A role in a role set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RoleSetItem {
    /// Always `role_set_item`.
    pub object: String,
    /// The role's id (`role_…`).
    pub id: RoleId,
    /// Its name.
    pub name: String,
    /// Its key.
    pub key: String,
    /// What it is for, for people.
    pub description: Option<String>,
    /// How many members have it in the organizations of the set; Guildhall tells it of sets of up
    /// to 10,000 organizations.
    #[serde(default)]
    pub members_count: Option<i64>,
    /// Whether members have it in the organizations of the set, where that is told.
    #[serde(default)]
    pub has_members: Option<bool>,
    /// When it was created, in Unix milliseconds.
    pub created_at: i64,
    /// When it last changed, in Unix milliseconds.
    pub updated_at: i64,
}

/// The reassignment of members to other roles that is under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RoleSetMigration {
    /// Always `role_set_migration`.
    pub object: String,
    /// Names the migration.
    pub id: String,
    /// The organization, where it is about one alone.
    #[serde(default)]
    pub organization_id: Option<String>,
    /// The instance (`ins_…`).
    pub instance_id: String,
    /// The role set that members are moved from.
    pub source_role_set_id: RoleSetId,
    /// The role set that members are moved to, where it is another.
    #[serde(default)]
    pub dest_role_set_id: Option<RoleSetId>,
    /// Why: `role_set_deletion` or `role_removal`.
    pub trigger_type: String,
    /// `enqueued` or `in_progress`.
    pub status: String,
    /// How many members were given another role so far.
    pub migrated_members: i64,
    /// Which role becomes which, by key.
    #[serde(default)]
    pub mappings: Option<BTreeMap<String, String>>,
    /// When it began, in Unix milliseconds.
    #[serde(default)]
    pub started_at: Option<i64>,
    /// When it was done, in Unix milliseconds.
    #[serde(default)]
    pub completed_at: Option<i64>,
    /// When it was asked for, in Unix milliseconds.
    pub created_at: i64,
    /// When it last went on, in Unix milliseconds.
    pub updated_at: i64,
}

/// Makes a role set, of fields by their names: keys of roles are easily mistaken for one another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CreateRoleSet {
    /// Its name: 1 to 256 characters.
    pub name: String,
    /// Its key, such as `role_set:pro`; made from the name when `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What it is for, for people; at most 1,024 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The key of the role that new members get; one of `roles`.
    pub default_role_key: String,
    /// The key of the role that whoever creates an organization gets; one of `roles`.
    pub creator_role_key: String,
    /// `initial` makes it the set that new organizations get.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The keys of its roles: 1 to 10.
    pub roles: Vec<String>,
}

/// Changes a role set; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct UpdateRoleSet {
    /// Its name: 1 to 256 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What it is for, for people; at most 1,024 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `initial` makes it the set that new organizations get.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The key of the role that new members get; one of its roles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_role_key: Option<String>,
    /// The key of the role that whoever creates an organization gets; one of its roles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creator_role_key: Option<String>,
}

/// Adds roles to a role set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AddRolesToRoleSet {
    /// The keys of the roles: 1 to 10.
    pub role_keys: Vec<String>,
    /// The key of the role that new members get from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_role_key: Option<String>,
    /// The key of the role that whoever creates an organization gets from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creator_role_key: Option<String>,
}

/// Puts one role in the place of another in a role set; its members get the new one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ReplaceRoleInRoleSet {
    /// The key of the role that goes.
    pub role_key: String,
    /// The key of the role that its members get.
    pub to_role_key: String,
}

/// Puts another role set in the place of one, which is deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ReplaceRoleSet {
    /// The key of the set that its organizations get.
    pub dest_role_set_key: String,
    /// Which role members get instead of one that the new set has not, by key.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub reassignment_mappings: BTreeMap<String, String>,
}
