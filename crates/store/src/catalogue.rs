//! Roles, permissions and settings as they are managed: loading, applying and reading.
//!
//! They are few, so that all of an instance are read.

use guildhall_rules::settings::OrganizationSettingsView;
use guildhall_rules::{
    Catalogue, Change, OrganizationSettings, PermissionRecord, RoleRecord, RoleView, Rows, Wanted,
};
use guildhall_types::{ListKeyed, Page};

use crate::db::{Calls, Row, Statements, Value};
use crate::error::Error;
use crate::keyed::{Keyed, page};
use crate::random::fill;
use crate::reading::{Cost, Snapshot};
use crate::{InstanceKey, Store, role_sets};

const ROLES: &str = "SELECT role, id, key, name, description, created_at, updated_at
                     FROM roles
                     WHERE instance = $1";
const PERMISSIONS: &str =
    "SELECT permission, id, key, name, description, type, created_at, updated_at
     FROM permissions
     WHERE instance = $1";
const GRANTS: &str = "SELECT role, permission FROM role_permissions WHERE instance = $1";
/// What [`read_settings`] reads, in its order.
pub(crate) const SETTINGS: &str = "organizations_enabled, max_allowed_memberships,
                                   max_allowed_roles, max_role_sets_allowed,
                                   admin_delete_enabled, slug_disabled";

fn read_role(row: &Row<'_>) -> Result<RoleRecord, Error> {
    Ok(RoleRecord {
        row: row.integer(0)?,
        id: row.text(1)?,
        key: row.text(2)?,
        name: row.text(3)?,
        description: row.optional_text(4)?,
        created_at: row.integer(5)?,
        updated_at: row.integer(6)?,
    })
}

fn read_permission(row: &Row<'_>) -> Result<PermissionRecord, Error> {
    Ok(PermissionRecord {
        row: row.integer(0)?,
        id: row.text(1)?,
        key: row.text(2)?,
        name: row.text(3)?,
        description: row.text(4)?,
        is_system: row.text(5)? == "system",
        created_at: row.integer(6)?,
        updated_at: row.integer(7)?,
    })
}

fn read_grant(row: &Row<'_>) -> Result<(i64, i64), Error> {
    Ok((row.integer(0)?, row.integer(1)?))
}

pub(crate) fn read_settings(row: &Row<'_>) -> Result<OrganizationSettings, Error> {
    Ok(OrganizationSettings {
        enabled: row.boolean(0)?,
        max_allowed_memberships: row.integer(1)?,
        max_allowed_roles: row.integer(2)?,
        max_role_sets_allowed: row.integer(3)?,
        admin_delete_enabled: row.boolean(4)?,
        slug_disabled: row.boolean(5)?,
    })
}

/// What a batch asked for of roles and permissions, before it is put together.
#[derive(Default)]
pub(crate) struct Asked {
    roles: Vec<RoleRecord>,
    permissions: Vec<PermissionRecord>,
    grants: Vec<(i64, i64)>,
    assigned: Vec<i64>,
}

/// Asks for every role and permission, if they are wanted, and which roles somebody has.
pub(crate) fn ask<'a>(
    statements: &mut Statements<'a>,
    instance: InstanceKey,
    wanted: &'a Wanted,
    asked: &'a mut Asked,
) {
    let Asked { roles, permissions, grants, assigned } = asked;
    if wanted.catalogue {
        statements.ask(ROLES, vec![vec![instance.into()]], |row| {
            roles.push(read_role(row)?);
            Ok(())
        });
        statements.ask(PERMISSIONS, vec![vec![instance.into()]], |row| {
            permissions.push(read_permission(row)?);
            Ok(())
        });
        statements.ask(GRANTS, vec![vec![instance.into()]], |row| {
            grants.push(read_grant(row)?);
            Ok(())
        });
    }
    let ids = wanted.assigned_roles.iter().map(|id| vec![instance.into(), id.into()]);
    // A membership that is still to be removed counts as well: its row names the role.
    statements.ask(
        "SELECT r.role
         FROM roles r
         WHERE r.instance = $1 AND r.id = $2
               AND EXISTS (SELECT 1
                           FROM memberships m
                           WHERE m.instance = r.instance AND m.role = r.role)",
        ids.collect(),
        |row| {
            assigned.push(row.integer(0)?);
            Ok(())
        },
    );
}

impl Asked {
    pub(crate) fn load(self, catalogue: &mut Catalogue) {
        self.roles.into_iter().for_each(|role| catalogue.load_role(role));
        self.permissions.into_iter().for_each(|permission| catalogue.load_permission(permission));
        self.grants
            .into_iter()
            .for_each(|(role, permission)| catalogue.load_grant(role, permission));
        self.assigned.into_iter().for_each(|role| catalogue.load_assigned(role));
    }
}

/// Writes what changed of roles, permissions and settings.
pub(crate) fn apply<'a>(statements: &mut Statements<'a>, instance: InstanceKey, rows: &'a Rows) {
    apply_grants(statements, instance, rows, |change| matches!(change, Change::Delete(())));
    apply_roles(statements, instance, rows);
    apply_permissions(statements, instance, rows);
    apply_grants(statements, instance, rows, |change| matches!(change, Change::Insert(())));
    apply_version(statements, instance, rows);
    if let Some(settings) = rows.changed_settings() {
        let call = vec![
            instance.into(),
            settings.enabled.into(),
            settings.max_allowed_memberships.into(),
            settings.max_allowed_roles.into(),
            settings.max_role_sets_allowed.into(),
            settings.admin_delete_enabled.into(),
            settings.slug_disabled.into(),
        ];
        statements.change(
            "UPDATE instances
             SET organizations_enabled = $2, max_allowed_memberships = $3,
                 max_allowed_roles = $4, max_role_sets_allowed = $5, admin_delete_enabled = $6,
                 slug_disabled = $7
             WHERE instance = $1",
            vec![call],
        );
    }
}

/// Gives the catalogue another version where a role, a permission or a grant changed.
///
/// It is a random one: in a database that was brought back to what it was once, the next change does
/// not get the version of a change that went with it.
fn apply_version(statements: &mut Statements<'_>, instance: InstanceKey, rows: &Rows) {
    let catalogue = &rows.catalogue;
    let has_changed = catalogue.roles().changes().next().is_some()
        || catalogue.permissions().changes().next().is_some()
        || catalogue.grants().changes().next().is_some();
    if has_changed {
        let mut bytes = [0; 8];
        fill(&mut bytes);
        let version = i64::from_be_bytes(bytes);
        let sql = "UPDATE instances SET catalogue = $2 WHERE instance = $1";
        statements.change(sql, vec![vec![instance.into(), version.into()]]);
    }
}

fn apply_grants(
    statements: &mut Statements<'_>,
    instance: InstanceKey,
    rows: &Rows,
    is_wanted: fn(&Change<'_, ()>) -> bool,
) {
    let changes = rows.catalogue.grants().changes().filter(|(_, change)| is_wanted(change));
    let calls: Calls<'_> = changes
        .map(|((role, permission), _)| vec![instance.into(), (*role).into(), (*permission).into()])
        .collect();
    let sql = if is_wanted(&Change::Delete(&())) {
        "DELETE FROM role_permissions WHERE instance = $1 AND role = $2 AND permission = $3"
    } else {
        "INSERT INTO role_permissions (instance, role, permission) VALUES ($1, $2, $3)"
    };
    statements.change(sql, calls);
}

fn apply_roles<'a>(statements: &mut Statements<'a>, instance: InstanceKey, rows: &'a Rows) {
    let (mut gone, mut changed, mut new): (Calls<'_>, Calls<'_>, Calls<'_>) = Default::default();
    for (row, change) in rows.catalogue.roles().changes() {
        match change {
            Change::Delete(_) => gone.push(vec![instance.into(), (*row).into()]),
            Change::Update(_, role) => changed.push(role_columns(instance, role)),
            Change::Insert(role) => new.push(role_columns(instance, role)),
        }
    }
    statements.change("DELETE FROM roles WHERE instance = $1 AND role = $2", gone);
    statements.change(
        "UPDATE roles
         SET id = $3, key = $4, name = $5, description = $6, created_at = $7, updated_at = $8
         WHERE instance = $1 AND role = $2",
        changed,
    );
    statements.change(
        "INSERT INTO roles
           (instance, role, id, key, name, description, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        new,
    );
}

fn role_columns(instance: InstanceKey, role: &RoleRecord) -> Vec<Value<'_>> {
    vec![
        instance.into(),
        role.row.into(),
        (&role.id).into(),
        (&role.key).into(),
        (&role.name).into(),
        role.description.as_ref().into(),
        role.created_at.into(),
        role.updated_at.into(),
    ]
}

fn apply_permissions<'a>(statements: &mut Statements<'a>, instance: InstanceKey, rows: &'a Rows) {
    let (mut gone, mut changed, mut new): (Calls<'_>, Calls<'_>, Calls<'_>) = Default::default();
    for (row, change) in rows.catalogue.permissions().changes() {
        match change {
            Change::Delete(_) => gone.push(vec![instance.into(), (*row).into()]),
            Change::Update(_, permission) => changed.push(permission_columns(instance, permission)),
            Change::Insert(permission) => new.push(permission_columns(instance, permission)),
        }
    }
    statements.change("DELETE FROM permissions WHERE instance = $1 AND permission = $2", gone);
    statements.change(
        "UPDATE permissions
         SET id = $3, key = $4, name = $5, description = $6, type = $7, created_at = $8,
             updated_at = $9
         WHERE instance = $1 AND permission = $2",
        changed,
    );
    statements.change(
        "INSERT INTO permissions
           (instance, permission, id, key, name, description, type, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        new,
    );
}

fn permission_columns(instance: InstanceKey, permission: &PermissionRecord) -> Vec<Value<'_>> {
    vec![
        instance.into(),
        permission.row.into(),
        (&permission.id).into(),
        (&permission.key).into(),
        (&permission.name).into(),
        (&permission.description).into(),
        if permission.is_system { "system" } else { "user" }.into(),
        permission.created_at.into(),
        permission.updated_at.into(),
    ]
}

impl Store {
    /// The role of that id with what it grants.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn role(&self, instance: InstanceKey, id: &str) -> Result<Option<RoleView>, Error> {
        let catalogue = self.catalogue(instance).await?;
        let row = catalogue.role(id).map(|role| role.row);
        Ok(row.and_then(|row| catalogue.view(row)))
    }

    /// A page of the roles of an instance.
    ///
    /// # Errors
    /// When the database fails or the read takes too long.
    pub async fn roles(
        &self,
        instance: InstanceKey,
        list: &ListKeyed,
    ) -> Result<Page<RoleView>, Error> {
        let views = self.catalogue(instance).await?.views();
        Ok(page(views, list, |view| Keyed {
            row: view.role.row,
            id: &view.role.id,
            key: &view.role.key,
            name: &view.role.name,
            created_at: view.role.created_at,
        }))
    }

    /// The permission of that id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn permission(
        &self,
        instance: InstanceKey,
        id: &str,
    ) -> Result<Option<PermissionRecord>, Error> {
        Ok(self.catalogue(instance).await?.permission(id).cloned())
    }

    /// A page of the permissions of an instance.
    ///
    /// # Errors
    /// When the database fails or the read takes too long.
    pub async fn permissions(
        &self,
        instance: InstanceKey,
        list: &ListKeyed,
    ) -> Result<Page<PermissionRecord>, Error> {
        let all = self.catalogue(instance).await?.all_permissions().cloned().collect();
        Ok(page(all, list, |permission: &PermissionRecord| Keyed {
            row: permission.row,
            id: &permission.id,
            key: &permission.key,
            name: &permission.name,
            created_at: permission.created_at,
        }))
    }

    /// What an instance has set about organizations.
    ///
    /// # Errors
    /// When the database fails, or there is no such instance.
    pub async fn organization_settings(
        &self,
        instance: InstanceKey,
    ) -> Result<OrganizationSettingsView, Error> {
        let mut snapshot = self.pool.snapshot(Cost::Page).await?;
        let sql = format!("SELECT {SETTINGS} FROM instances WHERE instance = $1");
        let found = snapshot.row(sql, vec![instance.into()], read_settings).await?;
        let settings = found.ok_or_else(|| Error::failed("there is no such instance"))?;
        let catalogue = read(&mut snapshot, instance).await?;
        let role_sets = role_sets::read(&mut snapshot, instance).await?;
        Ok(OrganizationSettingsView::new(settings, &role_sets, &catalogue))
    }

    /// Every role and permission; an instance may have many, so it is read off the workers.
    async fn catalogue(&self, instance: InstanceKey) -> Result<Catalogue, Error> {
        let mut snapshot = self.pool.snapshot(Cost::Scan).await?;
        read(&mut snapshot, instance).await
    }
}

pub(crate) async fn read(
    snapshot: &mut Snapshot,
    instance: InstanceKey,
) -> Result<Catalogue, Error> {
    let asked = Asked {
        roles: snapshot.rows(ROLES, vec![instance.into()], read_role).await?,
        permissions: snapshot.rows(PERMISSIONS, vec![instance.into()], read_permission).await?,
        grants: snapshot.rows(GRANTS, vec![instance.into()], read_grant).await?,
        assigned: Vec::new(),
    };
    let mut catalogue = Catalogue::default();
    asked.load(&mut catalogue);
    Ok(catalogue)
}
