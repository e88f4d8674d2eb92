//! Giving the members of a role set other roles: a few at once with the change, many little by
//! little behind it.
//!
//! When a migration begins, nobody can be given a role any more that it takes away: whoever gave one
//! before has committed, since giving locks the sets. So each role is looked through once, in the
//! order of its memberships, and what was seen is remembered with the step, also for a restart.

use std::collections::BTreeMap;

use guildhall_rules::{Change, Rows};

use crate::InstanceKey;
use crate::db::{Db, Row, Value};
use crate::dialect::{LOCK_TO_CHANGE, LOCK_WHAT_IS_FREE};
use crate::error::Error;
use crate::memberships::ADD_TO_COUNT;

/// How many memberships or organizations one step looks at.
const STEP: i64 = 200;
/// How many steps are done at once with the change that asked for them.
const STEPS_AT_ONCE: usize = 8;

/// A migration that is under way.
struct Migration {
    row: i64,
    source: i64,
    destination: Option<i64>,
}

/// A role that is taken away, the one that is given, and the last membership that was looked at.
struct Reassignment {
    from: i64,
    to: i64,
    seen: i64,
}

/// Does the first steps of the migrations that a batch began; tells whether more are to be done.
pub(crate) async fn begin(
    db: &mut Db,
    instance: InstanceKey,
    rows: &Rows,
    now: i64,
) -> Result<bool, Error> {
    let begun = rows.role_sets.migrations().changes();
    let begun = begun.filter(|(_, change)| matches!(change, Change::Insert(_)));
    let mut has_more = false;
    for (migration, _) in begun {
        let mut steps = 0;
        while steps < STEPS_AT_ONCE && step(db, instance, *migration, now).await? {
            steps += 1;
        }
        has_more |= steps == STEPS_AT_ONCE;
    }
    Ok(has_more)
}

/// Goes on a little with the first migration of an instance whose row is not below `first`; false
/// when there is none, or others are at it.
pub(crate) async fn step(
    db: &mut Db,
    instance: InstanceKey,
    first: i64,
    now: i64,
) -> Result<bool, Error> {
    let sql = format!(
        "SELECT migration, source, destination
         FROM role_set_migrations
         WHERE instance = $1 AND migration >= $2
         LIMIT 1{LOCK_WHAT_IS_FREE}"
    );
    let read = |row: &Row<'_>| {
        Ok(Migration {
            row: row.integer(0)?,
            source: row.integer(1)?,
            destination: row.optional_integer(2)?,
        })
    };
    let found = db.rows(&sql, vec![instance.into(), first.into()], read).await?;
    let Some(migration) = found.into_iter().next() else { return Ok(false) };
    let sql = "SELECT from_role, to_role, seen
               FROM role_reassignments
               WHERE instance = $1 AND migration = $2 AND is_done = 0
               LIMIT 1";
    let read = |row: &Row<'_>| {
        Ok(Reassignment { from: row.integer(0)?, to: row.integer(1)?, seen: row.integer(2)? })
    };
    let found = db.rows(sql, vec![instance.into(), migration.row.into()], read).await?;
    let step = Step { db, instance, migration, now };
    match found.into_iter().next() {
        Some(reassignment) => step.reassign(&reassignment).await?,
        None => step.hand_over().await?,
    }
    Ok(true)
}

/// One step of a migration.
struct Step<'a> {
    db: &'a mut Db,
    instance: InstanceKey,
    migration: Migration,
    now: i64,
}

impl Step<'_> {
    fn call<'v, const N: usize>(&self, values: [Value<'v>; N]) -> Vec<Value<'v>> {
        [self.instance.into()].into_iter().chain(values).collect()
    }

    /// Gives the next members who have a role the other one.
    async fn reassign(mut self, reassignment: &Reassignment) -> Result<(), Error> {
        let Reassignment { from, to, seen } = *reassignment;
        // The rows of an index alone; members of other sets are passed over.
        let sql = "SELECT m.organization, m.membership, coalesce(o.role_set, 0)
                   FROM (SELECT c.organization, c.membership
                         FROM memberships c
                         WHERE c.instance = $1 AND c.role = $2 AND c.membership > $3
                         ORDER BY c.membership
                         LIMIT $4) m
                   LEFT JOIN organizations o
                     ON o.instance = $1 AND o.organization = m.organization
                   ORDER BY m.membership";
        let read = |row: &Row<'_>| Ok((row.integer(0)?, row.integer(1)?, row.integer(2)?));
        let call = self.call([from.into(), seen.into(), STEP.into()]);
        let found = self.db.rows(sql, call, read).await?;
        let Some((_, last, _)) = found.last().copied() else {
            let sql = "UPDATE role_reassignments
                       SET is_done = 1
                       WHERE instance = $1 AND migration = $2 AND from_role = $3";
            let call = self.call([self.migration.row.into(), from.into()]);
            return self.db.execute(sql, [call]).await.map(drop);
        };
        let mut of_source: Vec<(i64, i64)> = found
            .into_iter()
            .filter(|(_, _, role_set)| *role_set == self.migration.source)
            .map(|(organization, membership, _)| (organization, membership))
            .collect();
        of_source.sort_unstable();
        self.lock(of_source.iter().map(|(organization, _)| *organization).collect()).await?;
        let members = self.still_there(&of_source, from).await?;
        self.give(&members, from, to).await?;
        let sql = "UPDATE role_reassignments
                   SET seen = $4
                   WHERE instance = $1 AND migration = $2 AND from_role = $3";
        let call = self.call([self.migration.row.into(), from.into(), last.into()]);
        self.db.execute(sql, [call]).await?;
        self.count(members.len()).await
    }

    async fn lock(&mut self, mut organizations: Vec<i64>) -> Result<(), Error> {
        organizations.dedup();
        let sql = format!(
            "SELECT 1
             FROM organizations
             WHERE instance = $1 AND organization = $2{LOCK_TO_CHANGE}"
        );
        let calls: Vec<_> = organizations.into_iter().map(|it| self.call([it.into()])).collect();
        self.db.each(&sql, calls, |_| Ok(())).await
    }

    /// Those of several memberships that still have the role, in an organization that still has the
    /// set, now that their organizations are locked.
    async fn still_there(
        &mut self,
        memberships: &[(i64, i64)],
        role: i64,
    ) -> Result<Vec<(i64, i64)>, Error> {
        let sql = "SELECT m.organization, m.membership
                   FROM memberships m
                   JOIN organizations o
                     ON o.instance = m.instance AND o.organization = m.organization
                   WHERE m.instance = $1 AND m.organization = $2 AND m.membership = $3
                         AND m.role = $4 AND o.role_set = $5";
        let source = self.migration.source;
        let calls: Vec<_> = memberships
            .iter()
            .map(|(organization, membership)| {
                let values =
                    [(*organization).into(), (*membership).into(), role.into(), source.into()];
                self.call(values)
            })
            .collect();
        let mut found = Vec::new();
        self.db
            .each(sql, calls, |row| {
                found.push((row.integer(0)?, row.integer(1)?));
                Ok(())
            })
            .await?;
        Ok(found)
    }

    /// Gives memberships another role; the counts of members follow.
    async fn give(&mut self, members: &[(i64, i64)], from: i64, to: i64) -> Result<(), Error> {
        let now = self.now;
        let calls: Vec<_> = members
            .iter()
            .map(|(organization, membership)| {
                let values = [(*organization).into(), (*membership).into(), to.into(), now.into()];
                self.call(values)
            })
            .collect();
        let sql = "UPDATE memberships
                   SET role = $4,
                       updated_at = CASE WHEN updated_at < $5 THEN $5 ELSE updated_at + 1 END
                   WHERE instance = $1 AND organization = $2 AND membership = $3";
        self.db.execute(sql, calls).await?;
        let mut counts: BTreeMap<i64, i64> = BTreeMap::new();
        for (organization, _) in members {
            *counts.entry(*organization).or_default() += 1;
        }
        let calls = |step: &Self, role: i64| -> Vec<_> {
            let counts = counts.iter();
            counts
                .map(|(organization, members)| {
                    step.call([(*organization).into(), role.into(), (*members).into()])
                })
                .collect()
        };
        let taken = "UPDATE member_counts
                     SET members = members - $4
                     WHERE instance = $1 AND organization = $2 AND role = $3";
        let (less, more) = (calls(self, from), calls(self, to));
        self.db.execute(taken, less).await?;
        self.db.execute(ADD_TO_COUNT, more).await.map(drop)
    }

    /// Notes that so many members more were given another role.
    async fn count(&mut self, members: usize) -> Result<(), Error> {
        let sql = "UPDATE role_set_migrations
                   SET migrated_members = migrated_members + $3, updated_at = $4,
                       started_at = coalesce(started_at, $4)
                   WHERE instance = $1 AND migration = $2";
        let members = i64::try_from(members).unwrap_or(i64::MAX);
        let call = self.call([self.migration.row.into(), members.into(), self.now.into()]);
        self.db.execute(sql, [call]).await.map(drop)
    }

    /// Gives the next organizations the set that takes the place of theirs; ends the migration when
    /// none is left.
    async fn hand_over(mut self) -> Result<(), Error> {
        let Some(destination) = self.migration.destination else { return self.end().await };
        let sql = "SELECT organization
                   FROM organizations
                   WHERE instance = $1 AND role_set = $2
                   ORDER BY organization
                   LIMIT $3";
        let call = self.call([self.migration.source.into(), STEP.into()]);
        let organizations = self.db.rows(sql, call, |row| row.integer(0)).await?;
        if organizations.is_empty() {
            return self.end().await;
        }
        self.lock(organizations.clone()).await?;
        let (source, now) = (self.migration.source, self.now);
        let calls: Vec<_> = organizations
            .into_iter()
            .map(|organization| {
                let values = [organization.into(), source.into(), destination.into(), now.into()];
                self.call(values)
            })
            .collect();
        // One that was given another set meanwhile keeps that.
        let sql = "UPDATE organizations
                   SET role_set = $4,
                       updated_at = CASE WHEN updated_at < $5 THEN $5 ELSE updated_at + 1 END
                   WHERE instance = $1 AND organization = $2 AND role_set = $3";
        self.db.execute(sql, calls).await?;
        self.count(0).await
    }

    async fn end(self) -> Result<(), Error> {
        let migration = self.call([self.migration.row.into()]);
        let source = self.call([self.migration.source.into()]);
        let mut gone = vec![
            ("DELETE FROM role_reassignments WHERE instance = $1 AND migration = $2", &migration),
            ("DELETE FROM role_set_migrations WHERE instance = $1 AND migration = $2", &migration),
        ];
        if self.migration.destination.is_some() {
            gone.extend([
                ("DELETE FROM role_set_roles WHERE instance = $1 AND role_set = $2", &source),
                ("DELETE FROM role_sets WHERE instance = $1 AND role_set = $2", &source),
            ]);
        }
        for (sql, call) in gone {
            self.db.execute(sql, [call.clone()]).await?;
        }
        Ok(())
    }
}
