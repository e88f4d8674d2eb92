//! Roles: those that every instance has from the start, and how others are made and changed.

use std::collections::{BTreeSet, HashMap};

use guildhall_types::{Code, DeletedObject, Fault, RoleId};

use crate::batch::Rows;
use crate::catalogue::{Catalogue, RoleRecord, RoleView};
use crate::operation::{Context, Operation, Refusal, Wanted, set};
use crate::permissions::{MOST_CHARACTERS, is_word, key_taken};
use crate::role_sets::{self, RoleSetRecord};
use crate::rows::{Membership, Role};

/// A permission of the system, by key and name.
pub const SYSTEM_PERMISSIONS: [(&str, &str); 9] = [
    ("org:sys_profile:manage", "Manage organization"),
    ("org:sys_profile:delete", "Delete organization"),
    ("org:sys_memberships:read", "Read members"),
    ("org:sys_memberships:manage", "Manage members"),
    ("org:sys_domains:read", "Read domains"),
    ("org:sys_domains:manage", "Manage domains"),
    ("org:sys_billing:read", "Read billing"),
    ("org:sys_billing:manage", "Manage billing"),
    ("org:sys_entconns:manage", "Manage enterprise connections"),
];

/// What keys of the system's own permissions begin with.
pub(crate) const SYSTEM_PREFIX: &str = "org:sys_";

/// The role that may do everything.
pub const ADMIN: &str = "org:admin";
/// The role that may look.
pub const MEMBER: &str = "org:member";

/// The roles of a new instance: key, name, description, and the permissions granted.
pub fn defaults() -> [(&'static str, &'static str, &'static str, Vec<&'static str>); 2] {
    let all = SYSTEM_PERMISSIONS.iter().map(|(key, _)| *key).collect();
    let member = vec!["org:sys_memberships:read", "org:sys_billing:read"];
    [
        (ADMIN, "Admin", "Role with elevated permissions", all),
        (MEMBER, "Member", "Role with non-privileged permissions", member),
    ]
}

/// How many roles an instance begins with; they do not count against its limit.
const DEFAULT_ROLES: usize = 2;

/// The permissions that somebody in an organization must hold together.
pub(crate) const MINIMUM_PERMISSIONS: [&str; 3] =
    ["org:sys_memberships:manage", "org:sys_memberships:read", "org:sys_profile:delete"];

/// Tells whether a role grants all of the minimum permissions.
pub fn grants_minimum(role: &Role) -> bool {
    has_minimum(role.permissions.iter().map(String::as_str))
}

/// Tells whether all of the minimum permissions are among these keys.
pub(crate) fn has_minimum<'a>(keys: impl Iterator<Item = &'a str> + Clone) -> bool {
    MINIMUM_PERMISSIONS.iter().all(|minimum| keys.clone().any(|key| key == *minimum))
}

/// Tells whether nobody but this member of the organization holds the minimum permissions.
pub fn is_last_with_minimum(rows: &Rows, membership: &Membership) -> bool {
    rows.role_of(membership).is_some_and(|role| grants_minimum(role))
        && rows.members_with(membership.organization, grants_minimum) <= 1
}

/// Makes a role.
#[derive(Debug)]
pub struct Create {
    /// Its name.
    pub name: String,
    /// Its key, checked by [`key_fault`].
    pub key: String,
    /// What it is for, for people.
    pub description: Option<String>,
    /// The ids of the permissions that it grants.
    pub permissions: Vec<String>,
    /// Whether it is put into the role set of new organizations.
    pub include_in_initial_role_set: bool,
}

impl Operation for Create {
    type Answer = RoleView;
    const ALONE: bool = true;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.catalogue = true;
    }

    fn decide(&self, rows: &mut Rows, context: &mut Context<'_>) -> Result<RoleView, Refusal> {
        if rows.catalogue.role_by_key(&self.key).is_some() {
            return Err(key_taken().into());
        }
        let permissions = find_permissions(&rows.catalogue, &self.permissions)?;
        let limit = rows.settings().max_allowed_roles;
        let made = rows.catalogue.roles_count().saturating_sub(DEFAULT_ROLES);
        if usize::try_from(limit).is_ok_and(|limit| made >= limit) {
            return Err(Code::RoleQuotaExceeded.about(&[limit.to_string()]).into());
        }
        let role = RoleRecord {
            row: context.key(),
            id: context.id(RoleId::PREFIX),
            key: self.key.clone(),
            name: self.name.clone(),
            description: self.description.clone(),
            created_at: context.now(),
            updated_at: context.now(),
        };
        let row = role.row;
        rows.catalogue.put_role(role);
        rows.catalogue.grant(row, &permissions);
        if self.include_in_initial_role_set {
            role_sets::add_to_initial(rows, row, context)?;
        }
        view(rows, row)
    }
}

/// Changes a role; what is `None` stays.
#[derive(Debug, Default)]
pub struct Update {
    /// The id of the role.
    pub role_id: String,
    /// Its name.
    pub name: Option<String>,
    /// Its key, checked by [`key_fault`].
    pub key: Option<String>,
    /// What it is for, for people.
    pub description: Option<String>,
    /// The ids of the permissions that it grants from now on.
    pub permissions: Option<Vec<String>>,
}

impl Operation for Update {
    type Answer = RoleView;
    const ALONE: bool = true;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.catalogue = true;
    }

    fn decide(&self, rows: &mut Rows, context: &mut Context<'_>) -> Result<RoleView, Refusal> {
        let mut role = get(rows, &self.role_id)?;
        if let Some(key) = &self.key
            && rows.catalogue.role_by_key(key).is_some_and(|owner| owner.row != role.row)
        {
            return Err(key_taken().into());
        }
        let permissions = match &self.permissions {
            Some(ids) => find_permissions(&rows.catalogue, ids)?,
            None => rows.catalogue.granted(role.row),
        };
        set(&mut role.name, &self.name);
        set(&mut role.key, &self.key);
        if let Some(description) = &self.description {
            role.description = Some(description.clone());
        }
        save(rows, role, &permissions, context)
    }
}

/// Removes a role that nobody has and nothing uses.
#[derive(Debug)]
pub struct Delete {
    /// The id of the role.
    pub role_id: String,
}

impl Operation for Delete {
    type Answer = DeletedObject;
    const ALONE: bool = true;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.catalogue = true;
        wanted.assigned_roles.insert(self.role_id.clone());
    }

    fn decide(&self, rows: &mut Rows, _: &mut Context<'_>) -> Result<DeletedObject, Refusal> {
        let role = get(rows, &self.role_id)?;
        let of_a_set = |is_used: fn(&RoleSetRecord, i64) -> bool| {
            rows.role_sets.all().any(|set| is_used(set, role.row))
        };
        let uses = [
            (of_a_set(|set, role| set.creator_role == role), Code::RoleIsCreatorRole),
            (of_a_set(|set, role| set.default_role == role), Code::RoleIsDomainDefaultRole),
            (rows.role_sets.is_reassigned(role.row), Code::RoleMigrationInProgress),
            (rows.catalogue.is_assigned(role.row), Code::RoleIsAssigned),
        ];
        if let Some((_, code)) = uses.into_iter().find(|(is_used, _)| *is_used) {
            return Err(code.fault().into());
        }
        rows.role_sets.forget_role(role.row);
        rows.catalogue.remove_role(role.row);
        Ok(DeletedObject::new("role", role.id))
    }
}

/// Lets a role grant a permission.
#[derive(Debug)]
pub struct Assign {
    /// The id of the role.
    pub role_id: String,
    /// The id of the permission.
    pub permission_id: String,
}

impl Operation for Assign {
    type Answer = RoleView;
    const ALONE: bool = true;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.catalogue = true;
    }

    fn decide(&self, rows: &mut Rows, context: &mut Context<'_>) -> Result<RoleView, Refusal> {
        let role = get(rows, &self.role_id)?;
        let permission = find_permission(&rows.catalogue, &self.permission_id)?;
        let mut permissions = rows.catalogue.granted(role.row);
        if !permissions.insert(permission) {
            return Err(Code::PermissionIsAssigned.fault().into());
        }
        save(rows, role, &permissions, context)
    }
}

/// Lets a role no longer grant a permission.
#[derive(Debug)]
pub struct Unassign {
    /// The id of the role.
    pub role_id: String,
    /// The id of the permission.
    pub permission_id: String,
}

impl Operation for Unassign {
    type Answer = RoleView;
    const ALONE: bool = true;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.catalogue = true;
    }

    fn decide(&self, rows: &mut Rows, context: &mut Context<'_>) -> Result<RoleView, Refusal> {
        let role = get(rows, &self.role_id)?;
        let permission = find_permission(&rows.catalogue, &self.permission_id)?;
        let mut permissions = rows.catalogue.granted(role.row);
        if !permissions.remove(&permission) {
            return Err(Code::PermissionNotAssigned.fault().into());
        }
        save(rows, role, &permissions, context)
    }
}

/// What is wrong with the key of a role, if anything: it is `org:` and lower-case letters, digits
/// and underscores, in at most 256 characters.
pub fn key_fault(key: &str) -> Option<Fault> {
    let well_formed = key.strip_prefix("org:").is_some_and(is_word);
    if key.len() <= MOST_CHARACTERS && well_formed {
        return None;
    }
    let wanted = "`org:` followed by lower-case letters, digits and underscores";
    Some(Code::ParameterFormatInvalid.parameter("key").value(wanted))
}

fn get(rows: &Rows, id: &str) -> Result<RoleRecord, Refusal> {
    rows.catalogue.role(id).cloned().ok_or_else(|| Code::OrganizationRoleNotFound.fault().into())
}

fn find_permission(catalogue: &Catalogue, id: &str) -> Result<i64, Refusal> {
    let found = catalogue.permission(id).ok_or(Code::PermissionNotFound.fault())?;
    Ok(found.row)
}

fn find_permissions(catalogue: &Catalogue, ids: &[String]) -> Result<BTreeSet<i64>, Refusal> {
    let rows: HashMap<&str, i64> = catalogue
        .all_permissions()
        .map(|permission| (permission.id.as_str(), permission.row))
        .collect();
    let unknown = || Code::PermissionNotFound.fault().at("permissions").into();
    ids.iter().map(|id| rows.get(id.as_str()).copied().ok_or_else(unknown)).collect()
}

/// Stores a role and what it grants, if that changed, and tells it as it is now.
fn save(
    rows: &mut Rows,
    mut role: RoleRecord,
    permissions: &BTreeSet<i64>,
    context: &Context<'_>,
) -> Result<RoleView, Refusal> {
    let row = role.row;
    let before = rows.catalogue.granted(row);
    if rows.catalogue.role_at(row) != Some(&role) || before != *permissions {
        role.updated_at = context.later_than(role.updated_at);
        rows.catalogue.put_role(role);
        rows.catalogue.grant(row, permissions);
    }
    if rows.role_sets.all().any(|set| set.creator_role == row) {
        require_minimum(&rows.catalogue, row, None)?;
    }
    view(rows, row)
}

/// Refuses what would leave the role of creators without the minimum permissions.
pub(crate) fn require_minimum(
    catalogue: &Catalogue,
    role: i64,
    parameter: Option<&str>,
) -> Result<(), Refusal> {
    let missing = catalogue.missing_minimum(role);
    if missing.is_empty() {
        return Ok(());
    }
    let fault = Code::CreatorRolePermissionsMissing.about(&[MINIMUM_PERMISSIONS.join(", ")]);
    Err(parameter.map_or(fault.clone(), |name| fault.at(name)).into())
}

fn view(rows: &Rows, row: i64) -> Result<RoleView, Refusal> {
    rows.catalogue.view(row).ok_or_else(|| Code::OrganizationRoleNotFound.fault().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_word_after_the_prefix() {
        for key in ["org:editor", "org:a", "org:0_", "org:sys_x"] {
            assert_eq!(key_fault(key), None, "{key}");
        }
        let long = format!("org:{}", "b".repeat(253));
        let keys =
            ["", "org:", "editor", "org:a:b", "org:Editor", "org:ä", " org:a", "org:a-b", &long];
        for key in keys {
            assert!(key_fault(key).is_some(), "{key}");
        }
    }
}
