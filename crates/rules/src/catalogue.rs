//! Roles and permissions as they are managed, and what a batch makes of them.

use std::collections::BTreeSet;

use crate::roles::{MINIMUM_PERMISSIONS, has_minimum};
use crate::table::Table;

/// A permission as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionRecord {
    /// Its row.
    pub row: i64,
    /// Its id (`perm_…`).
    pub id: String,
    /// Its key, unique in the instance.
    pub key: String,
    /// Its name.
    pub name: String,
    /// What it allows, for people.
    pub description: String,
    /// Whether every instance has it and nobody can change it.
    pub is_system: bool,
    /// When it was created, in Unix milliseconds.
    pub created_at: i64,
    /// When it last changed, in Unix milliseconds.
    pub updated_at: i64,
}

/// A role as it is stored, without what it grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleRecord {
    /// Its row.
    pub row: i64,
    /// Its id (`role_…`).
    pub id: String,
    /// Its key, unique in the instance.
    pub key: String,
    /// Its name.
    pub name: String,
    /// What it is for, for people.
    pub description: Option<String>,
    /// When it was created, in Unix milliseconds.
    pub created_at: i64,
    /// When it last changed, in Unix milliseconds.
    pub updated_at: i64,
}

/// A role with what it grants, in the order in which the permissions were made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleView {
    /// The role.
    pub role: RoleRecord,
    /// What it grants.
    pub permissions: Vec<PermissionRecord>,
}

impl RoleView {
    /// Tells whether it grants what creators of organizations must be granted.
    pub fn is_creator_eligible(&self) -> bool {
        has_minimum(self.permissions.iter().map(|permission| permission.key.as_str()))
    }
}

/// Every role and permission of an instance.
#[derive(Debug, Default)]
pub struct Catalogue {
    roles: Table<i64, RoleRecord>,
    permissions: Table<i64, PermissionRecord>,
    grants: Table<(i64, i64), ()>,
    assigned: BTreeSet<i64>,
}

impl Catalogue {
    /// Takes in a role as it is stored.
    pub fn load_role(&mut self, role: RoleRecord) {
        self.roles.load(role.row, role);
    }

    /// Takes in a permission as it is stored.
    pub fn load_permission(&mut self, permission: PermissionRecord) {
        self.permissions.load(permission.row, permission);
    }

    /// Takes in that a role grants a permission, both named by row.
    pub fn load_grant(&mut self, role: i64, permission: i64) {
        self.grants.load((role, permission), ());
    }

    /// Takes in that somebody has the role of that row.
    pub fn load_assigned(&mut self, role: i64) {
        self.assigned.insert(role);
    }

    /// The role of that id.
    pub fn role(&self, id: &str) -> Option<&RoleRecord> {
        self.all_roles().find(|role| role.id == id)
    }

    /// The role of that row.
    pub fn role_at(&self, row: i64) -> Option<&RoleRecord> {
        self.roles.get(&row)
    }

    /// The role of that key.
    pub fn role_by_key(&self, key: &str) -> Option<&RoleRecord> {
        self.all_roles().find(|role| role.key == key)
    }

    /// The permission of that id.
    pub fn permission(&self, id: &str) -> Option<&PermissionRecord> {
        self.all_permissions().find(|permission| permission.id == id)
    }

    /// The permission of that key.
    pub fn permission_by_key(&self, key: &str) -> Option<&PermissionRecord> {
        self.all_permissions().find(|permission| permission.key == key)
    }

    /// How many roles there are.
    pub fn roles_count(&self) -> usize {
        self.all_roles().count()
    }

    /// Tells whether somebody has the role of that row; known only where it was asked for.
    pub fn is_assigned(&self, role: i64) -> bool {
        self.assigned.contains(&role)
    }

    /// The rows of what a role grants.
    pub fn granted(&self, role: i64) -> BTreeSet<i64> {
        let of_role = self.grants.from((role, i64::MIN)).take_while(|((of, _), ())| *of == role);
        of_role.map(|((_, permission), ())| *permission).collect()
    }

    /// The role of that row with what it grants.
    pub fn view(&self, row: i64) -> Option<RoleView> {
        let granted = self.granted(row);
        let permissions = granted.iter().filter_map(|row| self.permissions.get(row).cloned());
        Some(RoleView { role: self.roles.get(&row)?.clone(), permissions: permissions.collect() })
    }

    /// Every role with what it grants, in the order of their rows.
    pub fn views(&self) -> Vec<RoleView> {
        self.all_roles().filter_map(|role| self.view(role.row)).collect()
    }

    /// Every permission, in the order of their rows.
    pub fn all_permissions(&self) -> impl Iterator<Item = &PermissionRecord> {
        self.permissions.from(i64::MIN).map(|(_, permission)| permission)
    }

    fn all_roles(&self) -> impl Iterator<Item = &RoleRecord> {
        self.roles.from(i64::MIN).map(|(_, role)| role)
    }

    /// The keys of the minimum permissions that a role does not grant.
    pub fn missing_minimum(&self, role: i64) -> Vec<&'static str> {
        let granted = self.granted(role);
        let has = |key: &str| {
            self.permission_by_key(key).is_some_and(|permission| granted.contains(&permission.row))
        };
        MINIMUM_PERMISSIONS.into_iter().filter(|key| !has(key)).collect()
    }

    /// Makes or replaces a role.
    pub fn put_role(&mut self, role: RoleRecord) {
        self.roles.put(role.row, role);
    }

    /// Removes a role with what it grants.
    pub fn remove_role(&mut self, role: i64) {
        self.grant(role, &BTreeSet::new());
        self.roles.remove(&role);
    }

    /// Makes or replaces a permission.
    pub fn put_permission(&mut self, permission: PermissionRecord) {
        self.permissions.put(permission.row, permission);
    }

    /// Removes a permission from every role, and then itself.
    pub fn remove_permission(&mut self, permission: i64) {
        let roles: Vec<i64> = self.all_roles().map(|role| role.row).collect();
        for role in roles {
            self.grants.remove(&(role, permission));
        }
        self.permissions.remove(&permission);
    }

    /// Lets a role grant exactly these permissions, all named by row.
    pub fn grant(&mut self, role: i64, permissions: &BTreeSet<i64>) {
        let before = self.granted(role);
        for permission in before.difference(permissions) {
            self.grants.remove(&(role, *permission));
        }
        for permission in permissions.difference(&before) {
            self.grants.put((role, *permission), ());
        }
    }

    /// The roles, to see what changed.
    pub fn roles(&self) -> &Table<i64, RoleRecord> {
        &self.roles
    }

    /// The permissions, to see what changed.
    pub fn permissions(&self) -> &Table<i64, PermissionRecord> {
        &self.permissions
    }

    /// What roles grant, by role and permission, to see what changed.
    pub fn grants(&self) -> &Table<(i64, i64), ()> {
        &self.grants
    }

    /// Tells whether anything is to be written.
    pub fn is_changed(&self) -> bool {
        self.roles.changes().next().is_some()
            || self.permissions.changes().next().is_some()
            || self.grants.changes().next().is_some()
    }

    pub(crate) fn mark(&mut self) {
        self.roles.mark();
        self.permissions.mark();
        self.grants.mark();
    }

    pub(crate) fn rollback(&mut self) {
        self.roles.rollback();
        self.permissions.rollback();
        self.grants.rollback();
    }
}
