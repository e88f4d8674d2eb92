//! Removing what is large: gone from every answer at once, from the disk little by little.
//!
//! An organization of a million members, or a user in ten thousand organizations, is deleted at
//! the cost of one row, which names it in `removals`. From then on reads leave its memberships
//! out, and the writer removes them in steps between other writes, also after a restart.

use std::collections::{BTreeMap, BTreeSet};

use guildhall_rules::Rows;

use crate::db::{Db, Row, Statements, Value};
use crate::dialect::{LOCK_TO_CHANGE, LOCK_WHAT_IS_FREE};
use crate::error::Error;
use crate::reading::Question;
use crate::{InstanceKey, memberships};

/// Up to how many memberships go at once with their organization or user.
pub(crate) const AT_ONCE: i64 = 500;
/// How many memberships one step removes.
const STEP: i64 = 200;

/// Requires the membership `m` not to belong to an organization that is gone.
pub(crate) const IN_LIVE_ORGANIZATION: &str = "m.organization NOT IN (
    SELECT r.removed FROM removals r WHERE r.instance = $1 AND r.kind = 'organization')";
/// Requires the membership `m` not to belong to a user who is gone.
pub(crate) const OF_LIVE_USER: &str = "m.\"user\" NOT IN (
    SELECT r.removed FROM removals r WHERE r.instance = $1 AND r.kind = 'user')";

/// Asks how many memberships each of several users has: the user and the number.
pub(crate) fn ask_totals<'a>(
    statements: &mut Statements<'a>,
    instance: InstanceKey,
    users: impl Iterator<Item = i64>,
    totals: &'a mut Vec<(i64, i64)>,
) {
    let sql = format!(
        "SELECT m.\"user\", count(*)
         FROM memberships m
         WHERE m.instance = $1 AND m.\"user\" = $2 AND {IN_LIVE_ORGANIZATION}
         GROUP BY m.\"user\""
    );
    statements.ask(sql, users.map(|user| vec![instance.into(), user.into()]).collect(), |row| {
        totals.push((row.integer(0)?, row.integer(1)?));
        Ok(())
    });
}

/// What asks whether memberships of an instance are still to be removed: a row if so.
pub(crate) fn pending(instance: InstanceKey) -> Question<i64> {
    let sql = "SELECT 1 FROM removals WHERE instance = $1 LIMIT 1";
    Question { sql: sql.into(), parameters: vec![instance.into()], read: |row| row.integer(0) }
}

/// Removes what is small enough, and notes what is not.
pub(crate) fn apply<'a>(statements: &mut Statements<'a>, instance: InstanceKey, rows: &'a Rows) {
    let small = || rows.emptied().filter(|(_, members)| *members <= AT_ONCE);
    let sql = format!(
        "DELETE FROM memberships AS m
         WHERE m.instance = $1 AND m.organization = $2 AND {OF_LIVE_USER}"
    );
    let calls = small().map(|(organization, _)| vec![instance.into(), organization.into()]);
    let expected: i64 = small().map(|(_, members)| members).sum();
    let expected = usize::try_from(expected).unwrap_or(usize::MAX);
    statements.change_rows(sql, calls.collect(), expected);
    let organizations = rows
        .emptied()
        .filter(|(_, members)| *members > AT_ONCE)
        .map(|(organization, _)| ("organization", organization));
    let users = rows.abandoned().map(|(user, _)| ("user", user));
    let noted = organizations.chain(users);
    statements.change(
        "INSERT INTO removals (instance, kind, removed) VALUES ($1, $2, $3)",
        noted.map(|(kind, removed)| vec![instance.into(), kind.into(), removed.into()]).collect(),
    );
}

/// What is gone and may still have memberships.
struct Removal {
    instance: InstanceKey,
    kind: String,
    removed: i64,
}

/// A membership to remove: its organization and its row.
type Doomed = (i64, i64);

/// Removes a few memberships of whatever is gone from an instance; false when nothing is left to
/// remove, or others are at it.
pub(crate) async fn step(db: &mut Db, instance: InstanceKey) -> Result<bool, Error> {
    // What another server is at is left to it.
    let next = format!(
        "SELECT kind, removed FROM removals WHERE instance = $1 LIMIT 1{LOCK_WHAT_IS_FREE}"
    );
    let read =
        |row: &Row<'_>| Ok(Removal { instance, kind: row.text(0)?, removed: row.integer(1)? });
    let Some(removal) = db.rows(&next, vec![instance.into()], read).await?.into_iter().next()
    else {
        return Ok(false);
    };
    let doomed = doomed(db, &removal).await?;
    if doomed.is_empty() {
        let done = "DELETE FROM removals WHERE instance = $1 AND kind = $2 AND removed = $3";
        let call = vec![removal.instance.into(), (&removal.kind).into(), removal.removed.into()];
        db.execute(done, [call]).await?;
        return Ok(true);
    }
    let instance = || Value::from(instance);
    let lock = format!(
        "SELECT 1 FROM organizations WHERE instance = $1 AND organization = $2{LOCK_TO_CHANGE}"
    );
    let organizations: BTreeSet<i64> =
        doomed.iter().map(|(organization, _)| *organization).collect();
    let calls = organizations.into_iter().map(|it| vec![instance(), it.into()]);
    db.each(&lock, calls, |_| Ok(())).await?;
    // Their roles hold still now. The last column is in no index: PostgreSQL would take one that has
    // all the others, by role, and go through all of the organization in it for each row.
    let held = "SELECT organization, membership, role, updated_at
                FROM memberships
                WHERE instance = $1 AND organization = $2 AND membership = $3";
    let calls = doomed.iter().map(|(organization, membership)| {
        vec![instance(), (*organization).into(), (*membership).into()]
    });
    let mut doomed = Vec::new();
    db.each(held, calls, |row| {
        doomed.push((row.integer(0)?, row.integer(1)?, row.integer(2)?));
        Ok(())
    })
    .await?;
    let mut counts: BTreeMap<(i64, i64), i64> = BTreeMap::new();
    for (organization, _, role) in &doomed {
        *counts.entry((*organization, *role)).or_default() += 1;
    }
    db.execute(
        memberships::DELETE,
        doomed.iter().map(|(organization, membership, _)| {
            vec![instance(), (*organization).into(), (*membership).into()]
        }),
    )
    .await?;
    // Organizations that are gone have no counts any more.
    db.execute(
        memberships::CHANGE_COUNT,
        counts.iter().map(|((organization, role), members)| {
            vec![instance(), (*organization).into(), (*role).into(), (-members).into()]
        }),
    )
    .await?;
    Ok(true)
}

async fn doomed(db: &mut Db, removal: &Removal) -> Result<Vec<Doomed>, Error> {
    let column = if removal.kind == "user" { "\"user\"" } else { "organization" };
    let sql = format!(
        "SELECT organization, membership
         FROM memberships
         WHERE instance = $1 AND {column} = $2
         LIMIT $3"
    );
    let parameters = vec![removal.instance.into(), removal.removed.into(), STEP.into()];
    db.rows(&sql, parameters, |row| Ok((row.integer(0)?, row.integer(1)?))).await
}
