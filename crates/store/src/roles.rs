//! Roles as memberships tell them, the settings of the instance, and what a new instance begins
//! with.

use guildhall_rules::role_sets::DEFAULT_KEY;
use guildhall_rules::{OrganizationSettings, Role, RoleSetRecord, roles};
use guildhall_types::RoleSetId;

use crate::catalogue::{SETTINGS, read_settings};
use crate::db::{Db, Row, Statements};
use crate::error::Error;
use crate::random::random_id;
use crate::reading::{Question, Snapshot};
use crate::{InstanceKey, role_sets};

/// Every role with every permission it grants, one a row.
const ROLES: &str = "SELECT r.role, r.key, r.name, p.key
                     FROM roles r
                     LEFT JOIN role_permissions g ON g.instance = r.instance AND g.role = r.role
                     LEFT JOIN permissions p
                       ON p.instance = g.instance AND p.permission = g.permission
                     WHERE r.instance = $1
                     ORDER BY r.role, p.permission";

/// Asks for the settings of the instance and all its roles.
pub(crate) fn ask<'a>(
    statements: &mut Statements<'a>,
    instance: InstanceKey,
    settings: &'a mut OrganizationSettings,
    granted: &'a mut Vec<Granted>,
) {
    let sql = format!("SELECT {SETTINGS} FROM instances WHERE instance = $1");
    statements.ask(sql, vec![vec![instance.into()]], |row| {
        *settings = read_settings(row)?;
        Ok(())
    });
    statements.ask(ROLES, vec![vec![instance.into()]], |row| {
        granted.push(read(row)?);
        Ok(())
    });
}

/// Every role of an instance.
pub(crate) async fn list(
    snapshot: &mut Snapshot,
    instance: InstanceKey,
) -> Result<Vec<Role>, Error> {
    Ok(group(snapshot.rows(ROLES, vec![instance.into()], read).await?))
}

/// What asks for every role of an instance; [`group`] puts the answer together.
pub(crate) fn question(instance: InstanceKey) -> Question<Granted> {
    Question { sql: ROLES.into(), parameters: vec![instance.into()], read }
}

/// A role, and the key of a permission that it grants.
pub(crate) type Granted = (Role, Option<String>);

fn read(row: &Row<'_>) -> Result<Granted, Error> {
    let role = Role {
        row: row.integer(0)?,
        key: row.text(1)?,
        name: row.text(2)?,
        permissions: Vec::new(),
    };
    Ok((role, row.optional_text(3)?))
}

/// Roles with all their permissions, from rows that stand together by role.
pub(crate) fn group(rows: Vec<Granted>) -> Vec<Role> {
    let mut all: Vec<Role> = Vec::new();
    for (role, permission) in rows {
        if all.last().is_none_or(|last| last.row != role.row) {
            all.push(role);
        }
        if let Some(last) = all.last_mut() {
            last.permissions.extend(permission);
        }
    }
    all
}

/// Gives a new instance the roles and permissions of the system, and the role set of both roles.
pub(crate) async fn seed(
    db: &mut Db,
    instance: InstanceKey,
    mut next_key: impl FnMut() -> i64,
    now: i64,
) -> Result<(), Error> {
    let mut seeded = Vec::new();
    let mut permissions = Vec::new();
    for (key, name) in roles::SYSTEM_PERMISSIONS {
        let row = next_key();
        permissions.push((key, row));
        let id = random_id("perm_", now);
        let call =
            vec![instance.into(), row.into(), id.into(), key.into(), name.into(), now.into()];
        db.execute(
            "INSERT INTO permissions
               (instance, permission, id, key, name, description, type, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $5, 'system', $6, $6)",
            [call],
        )
        .await?;
    }
    for (key, name, description, granted) in roles::defaults() {
        let role = next_key();
        seeded.push((key, role));
        let id = random_id("role_", now);
        let call = vec![
            instance.into(),
            role.into(),
            id.into(),
            key.into(),
            name.into(),
            description.into(),
            now.into(),
        ];
        db.execute(
            "INSERT INTO roles
               (instance, role, id, key, name, description, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
            [call],
        )
        .await?;
        let grants = permissions
            .iter()
            .filter(|(key, _)| granted.contains(key))
            .map(|(_, permission)| vec![instance.into(), role.into(), (*permission).into()]);
        db.execute(
            "INSERT INTO role_permissions (instance, role, permission) VALUES ($1, $2, $3)",
            grants,
        )
        .await?;
    }
    let role = |wanted| seeded.iter().find(|(key, _)| *key == wanted).map_or(0, |(_, row)| *row);
    let set = RoleSetRecord {
        row: next_key(),
        id: random_id(RoleSetId::PREFIX, now),
        key: DEFAULT_KEY.to_owned(),
        name: "Primary role set".to_owned(),
        description: None,
        default_role: role(roles::MEMBER),
        creator_role: role(roles::ADMIN),
        is_initial: true,
        created_at: now,
        updated_at: now,
    };
    db.execute(role_sets::INSERT, [role_sets::columns(instance, &set)]).await?;
    let calls =
        seeded.iter().map(|(_, role)| vec![instance.into(), set.row.into(), (*role).into()]);
    db.execute(role_sets::INSERT_ROLE, calls).await.map(drop)
}
