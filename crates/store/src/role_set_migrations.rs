//! Giving the members of a role set other roles: a few at once with the change, many little by
//! little behind it.
//!
//! When a migration begins, nobody can be given a role any more that it takes away: whoever gave one
//! before has committed, since giving locks the sets. So for each role the organizations of the set
//! are looked through once, in the order of their rows, and which were seen is remembered with the
//! step, also for a restart. Who removes members locks their organizations as well.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use guildhall_rules::{Change, Rows};

use crate::InstanceKey;
use crate::db::{Db, Row, Value};
use crate::dialect::{LOCK_TO_CHANGE, LOCK_WHAT_IS_FREE};
use crate::error::Error;
use crate::memberships::{ADD_TO_COUNT, CHANGE_COUNT};

/// How many members one step gives another role, or organizations another set.
const STEP: usize = 200;
/// How many organizations one step looks at.
const LOOK: i64 = 500;
/// How many steps are done at once with the change that asked for them, and for how long: others
/// wait meanwhile.
const STEPS_AT_ONCE: usize = 8;
const TIME_AT_ONCE: Duration = Duration::from_millis(100);

/// A migration that is under way.
struct Migration {
    row: i64,
    source: i64,
    destination: Option<i64>,
}

/// A role that is taken away, the one that is given, and the organization before which every member
/// was looked at.
struct Reassignment {
    from: i64,
    to: i64,
    seen: i64,
}

/// Does the first steps of the migrations that a batch began; tells whether more are to be done.
pub(crate) async fn begin(db: &mut Db, instance: InstanceKey, rows: &Rows) -> Result<bool, Error> {
    let begun = Instant::now();
    let mut has_more = false;
    for (row, change) in rows.role_sets.migrations().changes() {
        let Change::Insert(migration) = change else { continue };
        let sql = format!("{MIGRATIONS} AND migration = $2");
        for steps in 0.. {
            if steps == STEPS_AT_ONCE || begun.elapsed() > TIME_AT_ONCE {
                has_more = true;
                break;
            }
            if !step_of(db, instance, (&sql, *row), migration.created_at).await? {
                break;
            }
        }
    }
    Ok(has_more)
}

const MIGRATIONS: &str = "SELECT migration, source, destination
                          FROM role_set_migrations
                          WHERE instance = $1";

/// Goes on a little with a migration of an instance; false when there is none, or others are at it.
///
/// They take turns by the time, so that one that fails does not keep the others waiting.
pub(crate) async fn step(db: &mut Db, instance: InstanceKey, now: i64) -> Result<bool, Error> {
    let sql = format!("{MIGRATIONS} ORDER BY (migration + $2) % 97 LIMIT 1{LOCK_WHAT_IS_FREE}");
    step_of(db, instance, (&sql, now % 97), now).await
}

async fn step_of(
    db: &mut Db,
    instance: InstanceKey,
    (migrations, bound): (&str, i64),
    now: i64,
) -> Result<bool, Error> {
    let read = |row: &Row<'_>| {
        Ok(Migration {
            row: row.integer(0)?,
            source: row.integer(1)?,
            destination: row.optional_integer(2)?,
        })
    };
    let found = db.rows(migrations, vec![instance.into(), bound.into()], read).await?;
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
        let looked_at = self.organizations(seen).await?;
        let Some(last) = looked_at.last().copied() else {
            let sql = "UPDATE role_reassignments
                       SET is_done = 1
                       WHERE instance = $1 AND migration = $2 AND from_role = $3";
            let call = self.call([self.migration.row.into(), from.into()]);
            return self.db.execute(sql, [call]).await.map(drop);
        };
        let (with_members, is_last) = self.with_members(looked_at, from).await?;
        let next = match with_members.last() {
            Some(organization) if !is_last => organization + 1,
            _ => last + 1,
        };
        let locked = self.lock(&with_members).await?;
        let mut members = self.members(&locked, from).await?;
        let is_cut = members.len() > STEP;
        members.truncate(STEP);
        // The rest of that organization is for the next step.
        let next =
            members.last().filter(|_| is_cut).map_or(next, |(organization, _)| *organization);
        self.give(&members, from, to).await?;
        let sql = "UPDATE role_reassignments
                   SET seen = $4
                   WHERE instance = $1 AND migration = $2 AND from_role = $3";
        let call = self.call([self.migration.row.into(), from.into(), next.into()]);
        self.db.execute(sql, [call]).await?;
        self.count(members.len()).await
    }

    /// The next organizations of the set, from a row on.
    async fn organizations(&mut self, first: i64) -> Result<Vec<i64>, Error> {
        let sql = "SELECT organization
                   FROM organizations
                   WHERE instance = $1 AND role_set = $2 AND organization >= $3
                   ORDER BY organization
                   LIMIT $4";
        let call = self.call([self.migration.source.into(), first.into(), LOOK.into()]);
        self.db.rows(sql, call, |row| row.integer(0)).await
    }

    /// The first of several organizations that have enough members with a role for a step, and
    /// whether those are all that have any.
    async fn with_members(
        &mut self,
        organizations: Vec<i64>,
        role: i64,
    ) -> Result<(Vec<i64>, bool), Error> {
        let sql = "SELECT organization, members
                   FROM member_counts
                   WHERE instance = $1 AND organization = $2 AND role = $3 AND members > 0";
        let calls: Vec<_> =
            organizations.into_iter().map(|it| self.call([it.into(), role.into()])).collect();
        let mut counts = BTreeMap::new();
        self.db
            .each(sql, calls, |row| {
                counts.insert(row.integer(0)?, row.integer(1)?);
                Ok(())
            })
            .await?;
        let all = counts.len();
        let mut found = Vec::new();
        let mut sum = 0;
        for (organization, members) in counts {
            found.push(organization);
            sum += usize::try_from(members).unwrap_or(usize::MAX);
            if sum >= STEP {
                break;
            }
        }
        let is_all = found.len() == all;
        Ok((found, is_all))
    }

    /// Locks organizations; gives those that still have the set.
    async fn lock(&mut self, organizations: &[i64]) -> Result<Vec<i64>, Error> {
        let sql = format!(
            "SELECT organization
             FROM organizations
             WHERE instance = $1 AND organization = $2 AND role_set = $3{LOCK_TO_CHANGE}"
        );
        let source = self.migration.source;
        let calls: Vec<_> =
            organizations.iter().map(|it| self.call([(*it).into(), source.into()])).collect();
        let mut locked = Vec::new();
        self.db
            .each(&sql, calls, |row| {
                locked.push(row.integer(0)?);
                Ok(())
            })
            .await?;
        locked.sort_unstable();
        Ok(locked)
    }

    /// Memberships with a role in organizations that are locked: one more than a step at most from
    /// each, in the order of their rows.
    async fn members(
        &mut self,
        organizations: &[i64],
        role: i64,
    ) -> Result<Vec<(i64, i64)>, Error> {
        let sql = "SELECT organization, membership
                   FROM memberships
                   WHERE instance = $1 AND organization = $2 AND role = $3
                   LIMIT $4";
        let most = i64::try_from(STEP + 1).unwrap_or(i64::MAX);
        let calls: Vec<_> = organizations
            .iter()
            .map(|it| self.call([(*it).into(), role.into(), most.into()]))
            .collect();
        let mut found = Vec::new();
        self.db
            .each(sql, calls, |row| {
                found.push((row.integer(0)?, row.integer(1)?));
                Ok(())
            })
            .await?;
        found.sort_unstable();
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
        let calls = |step: &Self, role: i64, sign: i64| -> Vec<_> {
            let counts = counts.iter();
            counts
                .map(|(organization, members)| {
                    step.call([(*organization).into(), role.into(), (sign * members).into()])
                })
                .collect()
        };
        let (less, more) = (calls(self, from, -1), calls(self, to, 1));
        self.db.execute(CHANGE_COUNT, less).await?;
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
        let mut organizations = self.organizations(i64::MIN).await?;
        if organizations.is_empty() {
            return self.end().await;
        }
        organizations.truncate(STEP);
        // One that was given another set meanwhile keeps that.
        let organizations = self.lock(&organizations).await?;
        let (source, now) = (self.migration.source, self.now);
        let calls: Vec<_> = organizations
            .into_iter()
            .map(|organization| {
                let values = [organization.into(), source.into(), destination.into(), now.into()];
                self.call(values)
            })
            .collect();
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
