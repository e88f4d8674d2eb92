//! Role sets: loading, applying and reading.
//!
//! As roles they are few, so that all of an instance are read. Who gives a role to a member keeps
//! them from changing until the commit.

use std::collections::{BTreeMap, BTreeSet};

use guildhall_rules::{
    Catalogue, Change, RoleSetMigration, RoleSetMigrationView, RoleSetRecord, RoleSetView,
    RoleSets, Rows, Wanted,
};
use guildhall_types::{ListKeyed, Page};

use crate::db::{Calls, Db, Row, Statements, Value};
use crate::dialect::{LOCK_TO_REFER, LOCK_TO_REMOVE};
use crate::error::Error;
use crate::keyed::{self, Keyed};
use crate::reading::{Cost, Snapshot};
use crate::{InstanceKey, Store, catalogue};

/// Of sets with up to how many organizations it is told how many members have which role.
const COUNTED: i64 = 10_000;

const SETS: &str = "SELECT role_set, id, key, name, description, default_role, creator_role,
                           is_initial, created_at, updated_at
                    FROM role_sets
                    WHERE instance = $1";
const ROLES: &str = "SELECT role_set, role FROM role_set_roles WHERE instance = $1";
const MIGRATIONS: &str = "SELECT migration, id, source, destination, migrated_members, started_at,
                                 created_at, updated_at
                          FROM role_set_migrations
                          WHERE instance = $1";
const REASSIGNMENTS: &str =
    "SELECT migration, from_role, to_role FROM role_reassignments WHERE instance = $1";
/// How many organizations a set has, up to the number that is bound.
const ORGANIZATIONS: &str = "SELECT count(*)
                             FROM (SELECT 1
                                   FROM organizations
                                   WHERE instance = $1 AND role_set = $2
                                   LIMIT $3) found";
/// How many members have which role in the organizations of a set.
const HELD: &str = "SELECT c.role, CAST(sum(c.members) AS BIGINT)
                    FROM organizations o
                    JOIN member_totals c
                      ON c.instance = o.instance AND c.organization = o.organization
                    WHERE o.instance = $1 AND o.role_set = $2
                    GROUP BY c.role";

fn read_set(row: &Row<'_>) -> Result<RoleSetRecord, Error> {
    Ok(RoleSetRecord {
        row: row.integer(0)?,
        id: row.text(1)?,
        key: row.text(2)?,
        name: row.text(3)?,
        description: row.optional_text(4)?,
        default_role: row.integer(5)?,
        creator_role: row.integer(6)?,
        is_initial: row.boolean(7)?,
        created_at: row.integer(8)?,
        updated_at: row.integer(9)?,
    })
}

fn read_migration(row: &Row<'_>) -> Result<RoleSetMigration, Error> {
    Ok(RoleSetMigration {
        row: row.integer(0)?,
        id: row.text(1)?,
        source: row.integer(2)?,
        destination: row.optional_integer(3)?,
        migrated_members: row.integer(4)?,
        started_at: row.optional_integer(5)?,
        created_at: row.integer(6)?,
        updated_at: row.integer(7)?,
    })
}

fn read_pair(row: &Row<'_>) -> Result<(i64, i64), Error> {
    Ok((row.integer(0)?, row.integer(1)?))
}

fn read_reassignment(row: &Row<'_>) -> Result<(i64, i64, i64), Error> {
    Ok((row.integer(0)?, row.integer(1)?, row.integer(2)?))
}

/// What a batch asked for of role sets, before it is put together.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    sets: Vec<RoleSetRecord>,
    roles: Vec<(i64, i64)>,
    migrations: Vec<RoleSetMigration>,
    reassignments: Vec<(i64, i64, i64)>,
}

/// Asks for every role set, if they are wanted or `all` is, and locks those that are wanted: first, so
/// that what belongs to them is read as it is while they are locked.
pub(crate) fn ask<'a>(
    statements: &mut Statements<'a>,
    instance: InstanceKey,
    wanted: &Wanted,
    all: bool,
    asked: &'a mut Asked,
) {
    let lock = match wanted {
        Wanted { catalogue: true, .. } => LOCK_TO_REMOVE,
        Wanted { role_sets: true, .. } => LOCK_TO_REFER,
        _ if all => "",
        _ => return,
    };
    let Asked { sets, roles, migrations, reassignments } = asked;
    let call = || vec![vec![instance.into()]];
    statements.ask(format!("{SETS}{lock}"), call(), |row| {
        sets.push(read_set(row)?);
        Ok(())
    });
    statements.ask(ROLES, call(), |row| {
        roles.push(read_pair(row)?);
        Ok(())
    });
    statements.ask(MIGRATIONS, call(), |row| {
        migrations.push(read_migration(row)?);
        Ok(())
    });
    statements.ask(REASSIGNMENTS, call(), |row| {
        reassignments.push(read_reassignment(row)?);
        Ok(())
    });
}

impl Asked {
    pub(crate) fn load(&self, role_sets: &mut RoleSets) {
        self.sets.iter().for_each(|set| role_sets.load(set.clone()));
        self.roles.iter().for_each(|(set, role)| role_sets.load_role(*set, *role));
        self.migrations.iter().for_each(|it| role_sets.load_migration(it.clone()));
        for (migration, from, to) in &self.reassignments {
            role_sets.load_reassignment(*migration, *from, *to);
        }
    }
}

/// Loads which roles members have in the organizations of the sets of which that is wanted.
pub(crate) async fn load_held(
    db: &mut Db,
    instance: InstanceKey,
    wanted: &Wanted,
    rows: &mut Rows,
) -> Result<(), Error> {
    for named in &wanted.held_in_role_sets {
        let Some(set) = rows.role_sets.named(named).map(|set| set.row) else { continue };
        let call = || vec![instance.into(), set.into()];
        let most = vec![instance.into(), set.into(), (COUNTED + 1).into()];
        let found = db.rows(ORGANIZATIONS, most, |row| row.integer(0)).await?;
        let mut held = None;
        if found.first().is_some_and(|found| *found <= COUNTED) {
            let counts = db.rows(HELD, call(), read_pair).await?;
            let roles = counts.into_iter().filter(|(_, members)| *members > 0);
            held = Some(roles.map(|(role, _)| role).collect::<BTreeSet<i64>>());
        }
        rows.role_sets.load_held(set, held);
    }
    Ok(())
}

/// Takes roles out of sets, before roles are removed.
pub(crate) fn apply_removals(statements: &mut Statements<'_>, instance: InstanceKey, rows: &Rows) {
    let gone = rows.role_sets.roles().changes().filter_map(|((set, role), change)| match change {
        Change::Delete(()) => Some(vec![instance.into(), (*set).into(), (*role).into()]),
        Change::Insert(()) | Change::Update((), ()) => None,
    });
    statements.change(
        "DELETE FROM role_set_roles WHERE instance = $1 AND role_set = $2 AND role = $3",
        gone.collect(),
    );
}

/// Writes the sets that changed, what is new in them, and what begins with them.
pub(crate) fn apply<'a>(statements: &mut Statements<'a>, instance: InstanceKey, rows: &'a Rows) {
    let (mut changed, mut new): (Calls<'_>, Calls<'_>) = Default::default();
    for (_, change) in rows.role_sets.sets().changes() {
        match change {
            // Sets go when nothing has them any more, behind the migration.
            Change::Delete(_) => {}
            Change::Update(_, set) => changed.push(columns(instance, set)),
            Change::Insert(set) => new.push(columns(instance, set)),
        }
    }
    statements.change(
        "UPDATE role_sets
         SET id = $3, key = $4, name = $5, description = $6, default_role = $7, creator_role = $8,
             is_initial = $9, created_at = $10, updated_at = $11
         WHERE instance = $1 AND role_set = $2",
        changed,
    );
    statements.change(INSERT, new);
    let added = rows.role_sets.roles().changes().filter_map(|((set, role), change)| match change {
        Change::Insert(()) => Some(vec![instance.into(), (*set).into(), (*role).into()]),
        Change::Delete(()) | Change::Update((), ()) => None,
    });
    statements.change(INSERT_ROLE, added.collect());
    let begun = rows.role_sets.migrations().changes().filter_map(|(_, change)| match change {
        Change::Insert(migration) => Some(migration),
        Change::Delete(_) | Change::Update(..) => None,
    });
    statements.change(
        "INSERT INTO role_set_migrations
           (instance, migration, id, source, destination, migrated_members, started_at,
            created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        begun.map(|migration| migration_columns(instance, migration)).collect(),
    );
    let begun = rows.role_sets.reassignments().changes().filter_map(|(key, change)| match change {
        Change::Insert(to) => Some((key, to)),
        Change::Delete(_) | Change::Update(..) => None,
    });
    statements.change(
        "INSERT INTO role_reassignments
           (instance, migration, from_role, to_role, seen, is_done)
         VALUES ($1, $2, $3, $4, 0, 0)",
        begun
            .map(|((migration, from), to)| {
                vec![instance.into(), (*migration).into(), (*from).into(), (*to).into()]
            })
            .collect(),
    );
}

/// Makes a role set.
pub(crate) const INSERT: &str = "INSERT INTO role_sets
           (instance, role_set, id, key, name, description, default_role, creator_role,
            is_initial, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
/// Puts a role into a set.
pub(crate) const INSERT_ROLE: &str =
    "INSERT INTO role_set_roles (instance, role_set, role) VALUES ($1, $2, $3)";

/// What [`INSERT`] binds.
pub(crate) fn columns(instance: InstanceKey, set: &RoleSetRecord) -> Vec<Value<'_>> {
    vec![
        instance.into(),
        set.row.into(),
        (&set.id).into(),
        (&set.key).into(),
        (&set.name).into(),
        set.description.as_ref().into(),
        set.default_role.into(),
        set.creator_role.into(),
        set.is_initial.into(),
        set.created_at.into(),
        set.updated_at.into(),
    ]
}

fn migration_columns(instance: InstanceKey, migration: &RoleSetMigration) -> Vec<Value<'_>> {
    vec![
        instance.into(),
        migration.row.into(),
        (&migration.id).into(),
        migration.source.into(),
        migration.destination.into(),
        migration.migrated_members.into(),
        migration.started_at.into(),
        migration.created_at.into(),
        migration.updated_at.into(),
    ]
}

/// Reads every role set of an instance.
pub(crate) async fn read(
    snapshot: &mut Snapshot,
    instance: InstanceKey,
) -> Result<RoleSets, Error> {
    let call = || vec![instance.into()];
    let asked = Asked {
        sets: snapshot.rows(SETS, call(), read_set).await?,
        roles: snapshot.rows(ROLES, call(), read_pair).await?,
        migrations: snapshot.rows(MIGRATIONS, call(), read_migration).await?,
        reassignments: snapshot.rows(REASSIGNMENTS, call(), read_reassignment).await?,
    };
    let mut role_sets = RoleSets::default();
    asked.load(&mut role_sets);
    Ok(role_sets)
}

impl Store {
    /// The role set of that key or id.
    ///
    /// # Errors
    /// When the database fails or the read takes too long.
    pub async fn role_set(
        &self,
        instance: InstanceKey,
        key_or_id: &str,
    ) -> Result<Option<RoleSetView>, Error> {
        let mut snapshot = self.pool.snapshot(Cost::Scan).await?;
        let role_sets = read(&mut snapshot, instance).await?;
        let Some(set) = role_sets.named(key_or_id).cloned() else { return Ok(None) };
        let views = views(&mut snapshot, instance, &role_sets, vec![set]).await?;
        Ok(views.into_iter().next())
    }

    /// A page of the role sets of an instance.
    ///
    /// # Errors
    /// When the database fails or the read takes too long.
    pub async fn role_sets(
        &self,
        instance: InstanceKey,
        list: &ListKeyed,
    ) -> Result<Page<RoleSetView>, Error> {
        let mut snapshot = self.pool.snapshot(Cost::Scan).await?;
        let role_sets = read(&mut snapshot, instance).await?;
        let all = role_sets.all().cloned().collect();
        let page = keyed::page(all, list, |set: &RoleSetRecord| Keyed {
            row: set.row,
            id: &set.id,
            key: &set.key,
            name: &set.name,
            created_at: set.created_at,
        });
        let data = views(&mut snapshot, instance, &role_sets, page.data).await?;
        Ok(Page { data, total_count: page.total_count })
    }
}

async fn views(
    snapshot: &mut Snapshot,
    instance: InstanceKey,
    role_sets: &RoleSets,
    sets: Vec<RoleSetRecord>,
) -> Result<Vec<RoleSetView>, Error> {
    let catalogue = catalogue::read(snapshot, instance).await?;
    let mut views = Vec::new();
    for set in sets {
        let call = || vec![instance.into(), set.row.into()];
        let read_count = |row: &Row<'_>| row.integer(0);
        let most = vec![instance.into(), set.row.into(), (COUNTED + 1).into()];
        let found = snapshot.row(ORGANIZATIONS, most, read_count).await?;
        let is_counted = found.is_some_and(|found| found <= COUNTED);
        let counts: BTreeMap<i64, i64> = match is_counted {
            true => snapshot.rows(HELD, call(), read_pair).await?.into_iter().collect(),
            false => BTreeMap::new(),
        };
        let members = |role| is_counted.then(|| counts.get(&role).copied().unwrap_or(0));
        let roles = role_sets.roles_of(set.row).into_iter();
        let roles =
            roles.filter_map(|role| Some((catalogue.role_at(role)?.clone(), members(role))));
        views.push(RoleSetView {
            roles: roles.collect(),
            migration: migration_view(role_sets, &catalogue, set.row),
            set,
        });
    }
    Ok(views)
}

fn migration_view(
    role_sets: &RoleSets,
    catalogue: &Catalogue,
    set: i64,
) -> Option<RoleSetMigrationView> {
    let migration = role_sets.migration_of(set)?.clone();
    let key = |role| catalogue.role_at(role).map(|role| role.key.clone());
    let mappings = role_sets.reassigned(migration.row).into_iter();
    Some(RoleSetMigrationView {
        destination: migration.destination.and_then(|row| Some(role_sets.at(row)?.id.clone())),
        mappings: mappings.filter_map(|(from, to)| Some((key(from)?, key(to)?))).collect(),
        migration,
    })
}
