//! Role sets as they are stored, and what a batch makes of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalogue::RoleRecord;
use crate::table::Table;

/// A role set as it is stored, without its roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleSetRecord {
    /// Its row.
    pub row: i64,
    /// Its id.
    pub id: String,
    /// Its key, unique in the instance.
    pub key: String,
    /// Its name.
    pub name: String,
    /// What it is for, for people.
    pub description: Option<String>,
    /// The row of the role that new members get.
    pub default_role: i64,
    /// The row of the role that creators get.
    pub creator_role: i64,
    /// Whether new organizations get it; one set of an instance is.
    pub is_initial: bool,
    /// When it was created, in Unix milliseconds.
    pub created_at: i64,
    /// When it last changed, in Unix milliseconds.
    pub updated_at: i64,
}

/// A reassignment of members to other roles that is under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleSetMigration {
    /// Its row.
    pub row: i64,
    /// Its id.
    pub id: String,
    /// The row of the set whose members are reassigned.
    pub source: i64,
    /// The row of the set that takes the place of the source, where one does.
    pub destination: Option<i64>,
    /// How many members were given another role so far.
    pub migrated_members: i64,
    /// When it began, in Unix milliseconds.
    pub started_at: Option<i64>,
    /// When it was asked for, in Unix milliseconds.
    pub created_at: i64,
    /// When it last went on, in Unix milliseconds.
    pub updated_at: i64,
}

/// Whether members of an organization may get a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Assignable {
    Yes,
    /// The role set of the organization has no such role.
    No,
    /// Those who have it are being reassigned.
    NotYet,
}

/// Every role set of an instance, where they are wanted.
#[derive(Debug, Default)]
pub struct RoleSets {
    sets: Table<i64, RoleSetRecord>,
    roles: Table<(i64, i64), ()>,
    migrations: Table<i64, RoleSetMigration>,
    reassignments: Table<(i64, i64), i64>,
    /// The roles that members have in the organizations of a set; `None` where it has too many.
    held: BTreeMap<i64, Option<BTreeSet<i64>>>,
}

impl RoleSets {
    /// Takes in a role set as it is stored.
    pub fn load(&mut self, set: RoleSetRecord) {
        self.sets.load(set.row, set);
    }

    /// Takes in that a role is in a set, both named by row.
    pub fn load_role(&mut self, set: i64, role: i64) {
        self.roles.load((set, role), ());
    }

    /// Takes in a migration that is under way.
    pub fn load_migration(&mut self, migration: RoleSetMigration) {
        self.migrations.load(migration.row, migration);
    }

    /// Takes in that a migration gives those who have the role `from` the role `to`.
    pub fn load_reassignment(&mut self, migration: i64, from: i64, to: i64) {
        self.reassignments.load((migration, from), to);
    }

    /// Takes in which roles members have in the organizations of a set, if that could be told.
    pub fn load_held(&mut self, set: i64, roles: Option<BTreeSet<i64>>) {
        self.held.insert(set, roles);
    }

    /// Every set, in the order of their rows.
    pub fn all(&self) -> impl Iterator<Item = &RoleSetRecord> {
        self.sets.from(i64::MIN).map(|(_, set)| set)
    }

    /// The set of that row.
    pub fn at(&self, row: i64) -> Option<&RoleSetRecord> {
        self.sets.get(&row)
    }

    /// The set of that key or id.
    pub fn named(&self, key_or_id: &str) -> Option<&RoleSetRecord> {
        self.all().find(|set| set.key == key_or_id || set.id == key_or_id)
    }

    /// The set that new organizations get.
    pub fn initial(&self) -> Option<&RoleSetRecord> {
        self.all().find(|set| set.is_initial)
    }

    /// The rows of the roles in a set.
    pub fn roles_of(&self, set: i64) -> BTreeSet<i64> {
        let of_set = self.roles.from((set, i64::MIN)).take_while(|((of, _), ())| *of == set);
        of_set.map(|((_, role), ())| *role).collect()
    }

    /// The migration whose source is that set.
    pub fn migration_of(&self, set: i64) -> Option<&RoleSetMigration> {
        self.all_migrations().find(|migration| migration.source == set)
    }

    /// The roles that a migration gives, by those that it takes away.
    pub fn reassigned(&self, migration: i64) -> BTreeMap<i64, i64> {
        let from = self.reassignments.from((migration, i64::MIN));
        let of_it = from.take_while(|((of, _), _)| *of == migration);
        of_it.map(|((_, from), to)| (*from, *to)).collect()
    }

    /// Tells whether a set is the source or the destination of a migration.
    pub(crate) fn is_migrating(&self, set: i64) -> bool {
        self.all_migrations().any(|it| it.source == set || it.destination == Some(set))
    }

    /// Tells whether another set is taking the place of that one.
    pub(crate) fn is_going(&self, set: i64) -> bool {
        self.migration_of(set).is_some_and(|migration| migration.destination.is_some())
    }

    /// Tells whether a migration takes that role away or gives it.
    pub(crate) fn is_reassigned(&self, role: i64) -> bool {
        let all = self.reassignments.from((i64::MIN, i64::MIN));
        all.into_iter().any(|((_, from), to)| *from == role || *to == role)
    }

    /// Whether members of an organization of that set may get that role. While another set takes
    /// its place, those of the other one count.
    pub(crate) fn assignable(&self, set: i64, role: i64) -> Assignable {
        let migration = self.migration_of(set);
        let present = migration.and_then(|migration| migration.destination).unwrap_or(set);
        if self.roles.get(&(present, role)).is_none() {
            return Assignable::No;
        }
        let is_taken =
            |migration: &RoleSetMigration| self.reassignments.get(&(migration.row, role)).is_some();
        if migration.is_some_and(is_taken) { Assignable::NotYet } else { Assignable::Yes }
    }

    /// The roles that members have in the organizations of a set, if that is known.
    pub(crate) fn held(&self, set: i64) -> Option<&BTreeSet<i64>> {
        self.held.get(&set)?.as_ref()
    }

    fn all_migrations(&self) -> impl Iterator<Item = &RoleSetMigration> {
        self.migrations.from(i64::MIN).map(|(_, migration)| migration)
    }

    pub(crate) fn put(&mut self, set: RoleSetRecord) {
        self.sets.put(set.row, set);
    }

    pub(crate) fn put_role(&mut self, set: i64, role: i64) {
        if self.roles.get(&(set, role)).is_none() {
            self.roles.put((set, role), ());
        }
    }

    pub(crate) fn remove_role(&mut self, set: i64, role: i64) {
        self.roles.remove(&(set, role));
    }

    /// Takes a role out of every set.
    pub(crate) fn forget_role(&mut self, role: i64) {
        let sets: Vec<i64> = self.all().map(|set| set.row).collect();
        for set in sets {
            if self.roles.get(&(set, role)).is_some() {
                self.remove_role(set, role);
            }
        }
    }

    pub(crate) fn put_migration(
        &mut self,
        migration: RoleSetMigration,
        reassignments: &BTreeMap<i64, i64>,
    ) {
        for (from, to) in reassignments {
            self.reassignments.put((migration.row, *from), *to);
        }
        self.migrations.put(migration.row, migration);
    }

    /// The sets, to see what changed.
    pub fn sets(&self) -> &Table<i64, RoleSetRecord> {
        &self.sets
    }

    /// The roles of sets, by set and role, to see what changed.
    pub fn roles(&self) -> &Table<(i64, i64), ()> {
        &self.roles
    }

    /// The migrations, to see what began.
    pub fn migrations(&self) -> &Table<i64, RoleSetMigration> {
        &self.migrations
    }

    /// What migrations reassign, by migration and role, to see what began.
    pub fn reassignments(&self) -> &Table<(i64, i64), i64> {
        &self.reassignments
    }

    /// Tells whether anything is to be written.
    pub fn are_changed(&self) -> bool {
        self.sets.changes().next().is_some()
            || self.roles.changes().next().is_some()
            || self.migrations.changes().next().is_some()
    }

    pub(crate) fn mark(&mut self) {
        self.sets.mark();
        self.roles.mark();
        self.migrations.mark();
        self.reassignments.mark();
    }

    pub(crate) fn rollback(&mut self) {
        self.sets.rollback();
        self.roles.rollback();
        self.migrations.rollback();
        self.reassignments.rollback();
    }
}

/// A role set with all that answers tell of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleSetView {
    /// The role set.
    pub set: RoleSetRecord,
    /// Its roles in the order in which they were made, and how many members of its organizations
    /// have each, where that is told.
    pub roles: Vec<(RoleRecord, Option<i64>)>,
    /// The migration that is under way.
    pub migration: Option<RoleSetMigrationView>,
}

/// A migration with all that answers tell of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleSetMigrationView {
    /// The migration.
    pub migration: RoleSetMigration,
    /// The id of the set that takes the place of the source, where one does.
    pub destination: Option<String>,
    /// Which role becomes which, by key.
    pub mappings: BTreeMap<String, String>,
}
