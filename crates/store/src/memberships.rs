//! Memberships: loading and applying.

use guildhall_rules::{Change, CountDelta, Membership, Rows, Wanted};

use crate::InstanceKey;
use crate::db::{Calls, Db, Row, Statements, Value};
use crate::error::Error;
use crate::removals::{self, IN_LIVE_ORGANIZATION};

/// What [`read`] reads, in its order.
pub(crate) const COLUMNS: &str =
    "m.organization, m.membership, m.\"user\", m.role, m.id, m.updated_at,
                       m.public_metadata, m.private_metadata";

/// How many columns that is.
pub(crate) const COLUMN_COUNT: usize = 8;

/// Removes one membership.
pub(crate) const DELETE: &str = "DELETE FROM memberships
                      WHERE instance = $1 AND organization = $2 AND membership = $3";

/// Adds to how many members of an organization have a role, where nobody may have it yet.
pub(crate) const ADD_TO_COUNT: &str =
    "INSERT INTO member_counts (instance, organization, role, members)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (instance, organization, role)
         DO UPDATE SET members = member_counts.members + excluded.members";

/// Changes how many members of an organization have a role, where that is counted.
pub(crate) const CHANGE_COUNT: &str = "UPDATE member_counts
         SET members = members + $4
         WHERE instance = $1 AND organization = $2 AND role = $3";

pub(crate) fn read(row: &Row<'_>) -> Result<Membership, Error> {
    read_at(row, 0)
}

/// Reads what stands from a column on.
pub(crate) fn read_at(row: &Row<'_>, first: usize) -> Result<Membership, Error> {
    Ok(Membership {
        organization: row.integer(first)?,
        key: row.integer(first + 1)?,
        user: row.integer(first + 2)?,
        role: row.integer(first + 3)?,
        id: row.text(first + 4)?,
        updated_at: row.integer(first + 5)?,
        public_metadata: row.text(first + 6)?,
        private_metadata: row.text(first + 7)?,
    })
}

/// Asks for the memberships that are wanted, and for the number of those of users of whom all are.
pub(crate) fn ask<'a>(
    statements: &mut Statements<'a>,
    instance: InstanceKey,
    wanted: &Wanted,
    rows: &Rows,
    found: &'a mut Vec<Membership>,
    totals: &'a mut Vec<(i64, i64)>,
) {
    let pairs = wanted.memberships.iter().filter_map(|(organization_id, user_id)| {
        Some((rows.organization(organization_id)?.key, rows.user_key(user_id)?))
    });
    let calls: Calls<'_> = pairs
        .map(|(organization, user)| vec![instance.into(), user.into(), organization.into()])
        .collect();
    let sql = format!(
        "SELECT {COLUMNS}
         FROM memberships m
         WHERE m.instance = $1 AND m.\"user\" = $2 AND m.organization = $3"
    );
    statements.ask(sql, calls, |row| {
        found.push(read(row)?);
        Ok(())
    });
    let users = wanted.memberships_of_users.iter().filter_map(|id| rows.user_key(id));
    removals::ask_totals(statements, instance, users, totals);
}

/// Loads every membership of users who have few, and the number of those of others.
pub(crate) async fn load_of_users(
    db: &mut Db,
    instance: InstanceKey,
    totals: Vec<(i64, i64)>,
    rows: &mut Rows,
) -> Result<(), Error> {
    let mut few = Calls::new();
    for (user, total) in totals {
        match total > removals::AT_ONCE {
            true => rows.load_membership_total(user, total),
            false => few.push(vec![instance.into(), user.into()]),
        }
    }
    let sql = format!(
        "SELECT {COLUMNS}
         FROM memberships m
         WHERE m.instance = $1 AND m.\"user\" = $2 AND {IN_LIVE_ORGANIZATION}"
    );
    db.each(&sql, few, |row| {
        rows.load_membership(read(row)?);
        Ok(())
    })
    .await
}

/// Removes the memberships that are gone, and all of emptied organizations.
pub(crate) fn apply_removals<'a>(
    statements: &mut Statements<'a>,
    instance: InstanceKey,
    rows: &'a Rows,
) {
    let gone = rows.memberships().changes().filter_map(|(_, change)| match change {
        Change::Delete(membership) => Some(key(instance, membership)),
        Change::Insert(_) | Change::Update(..) => None,
    });
    statements.change(DELETE, gone.collect());
    removals::apply(statements, instance, rows);
}

/// Writes the memberships that are new or changed, and the counts of members.
pub(crate) fn apply<'a>(statements: &mut Statements<'a>, instance: InstanceKey, rows: &'a Rows) {
    let (mut left, mut moved, mut changed, mut new): (Calls<'_>, Calls<'_>, Calls<'_>, Calls<'_>) =
        Default::default();
    for (_, change) in rows.memberships().changes() {
        match change {
            Change::Delete(_) => {}
            // A member who left and joined again in one batch has another row.
            Change::Update(before, now) if before.key != now.key => {
                left.push(key(instance, before));
                new.push(columns(instance, now));
            }
            Change::Update(before, now) => {
                let mut call = key(instance, now);
                call.push(now.updated_at.into());
                call.push((&now.public_metadata).into());
                call.push((&now.private_metadata).into());
                if before.role == now.role {
                    changed.push(call);
                } else {
                    call.push(now.role.into());
                    moved.push(call);
                }
            }
            Change::Insert(now) => new.push(columns(instance, now)),
        }
    }
    statements.change(DELETE, left);
    // Naming a column makes SQLite write its indexes anew, whether or not it changes.
    statements.change(
        "UPDATE memberships
         SET updated_at = $4, public_metadata = $5, private_metadata = $6, role = $7
         WHERE instance = $1 AND organization = $2 AND membership = $3",
        moved,
    );
    statements.change(
        "UPDATE memberships
         SET updated_at = $4, public_metadata = $5, private_metadata = $6
         WHERE instance = $1 AND organization = $2 AND membership = $3",
        changed,
    );
    statements.change(
        "INSERT INTO memberships
           (instance, organization, membership, \"user\", role, id, updated_at,
            public_metadata, private_metadata)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        new,
    );
    apply_member_counts(statements, instance, rows);
}

fn apply_member_counts<'a>(statements: &mut Statements<'a>, instance: InstanceKey, rows: &'a Rows) {
    let (mut new, mut changed): (Calls<'_>, Calls<'_>) = Default::default();
    for CountDelta { organization, role, by, is_new } in rows.count_deltas() {
        let call = vec![instance.into(), organization.into(), role.into(), by.into()];
        if is_new && by > 0 { new.push(call) } else { changed.push(call) }
    }
    // A count that was not loaded may be there all the same.
    statements.change_any(ADD_TO_COUNT, new);
    statements.change(CHANGE_COUNT, changed);
}

fn key(instance: InstanceKey, membership: &Membership) -> Vec<Value<'static>> {
    vec![instance.into(), membership.organization.into(), membership.key.into()]
}

fn columns(instance: InstanceKey, membership: &Membership) -> Vec<Value<'_>> {
    vec![
        instance.into(),
        membership.organization.into(),
        membership.key.into(),
        membership.user.into(),
        membership.role.into(),
        (&membership.id).into(),
        membership.updated_at.into(),
        (&membership.public_metadata).into(),
        (&membership.private_metadata).into(),
    ]
}
