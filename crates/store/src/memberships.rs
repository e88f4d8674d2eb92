//! Memberships: loading and applying.

use guildhall_rules::{Change, CountDelta, Membership, Rows, Wanted};

use crate::InstanceKey;
use crate::apply::{Calls, expect};
use crate::db::{Db, Row, Value};
use crate::error::Error;
use crate::removals::{self, IN_LIVE_ORGANIZATION};

/// What [`read`] reads, in its order.
const COLUMNS: &str = "m.organization, m.membership, m.\"user\", m.role, m.id, m.updated_at,
                       m.public_metadata, m.private_metadata";

pub(crate) fn read(row: &Row<'_>) -> Result<Membership, Error> {
    Ok(Membership {
        organization: row.integer(0)?,
        key: row.integer(1)?,
        user: row.integer(2)?,
        role: row.integer(3)?,
        id: row.text(4)?,
        updated_at: row.integer(5)?,
        public_metadata: row.text(6)?,
        private_metadata: row.text(7)?,
    })
}

/// Loads the memberships that are wanted, after their organizations and users.
pub(crate) async fn load(
    db: &mut Db,
    instance: InstanceKey,
    wanted: &Wanted,
    rows: &mut Rows,
) -> Result<(), Error> {
    let pairs = wanted.memberships.iter().filter_map(|(organization_id, user_id)| {
        Some((rows.organization(organization_id)?.key, rows.user(user_id)?.key))
    });
    let calls: Calls<'_> = pairs
        .map(|(organization, user)| vec![instance.into(), user.into(), organization.into()])
        .collect();
    let sql = format!(
        "SELECT {COLUMNS}
         FROM memberships m
         WHERE m.instance = $1 AND m.\"user\" = $2 AND m.organization = $3"
    );
    let mut found = Vec::new();
    db.each(&sql, calls, |row| {
        found.push(read(row)?);
        Ok(())
    })
    .await?;
    let users = wanted.memberships_of_users.iter().filter_map(|id| Some(rows.user(id)?.key));
    let totals = removals::memberships_of_users(db, instance, users.collect()).await?;
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
        found.push(read(row)?);
        Ok(())
    })
    .await?;
    found.into_iter().for_each(|membership| rows.load_membership(membership));
    Ok(())
}

/// Removes the memberships that are gone, and all of emptied organizations.
pub(crate) async fn apply_removals(
    db: &mut Db,
    instance: InstanceKey,
    rows: &Rows,
) -> Result<(), Error> {
    let gone: Calls<'_> = rows
        .memberships()
        .changes()
        .filter_map(|(_, change)| match change {
            Change::Delete(membership) => Some(key(instance, membership)),
            Change::Insert(_) | Change::Update(..) => None,
        })
        .collect();
    let expected = gone.len();
    let removed = db
        .execute(
            "DELETE FROM memberships
             WHERE instance = $1 AND organization = $2 AND membership = $3",
            gone,
        )
        .await?;
    expect(removed, expected)?;
    removals::apply(db, instance, rows).await
}

/// Writes the memberships that are new or changed, and the counts of members.
pub(crate) async fn apply(db: &mut Db, instance: InstanceKey, rows: &Rows) -> Result<(), Error> {
    let (mut changed, mut new): (Calls<'_>, Calls<'_>) = Default::default();
    for (_, change) in rows.memberships().changes() {
        match change {
            Change::Delete(_) => {}
            // A member who left and joined again in one batch has another row.
            Change::Update(before, now) if before.key != now.key => {
                let call = key(instance, before);
                let sql = "DELETE FROM memberships
                           WHERE instance = $1 AND organization = $2 AND membership = $3";
                expect(db.execute(sql, [call]).await?, 1)?;
                new.push(columns(instance, now));
            }
            Change::Update(_, now) => changed.push(columns(instance, now)),
            Change::Insert(now) => new.push(columns(instance, now)),
        }
    }
    let expected = changed.len() + new.len();
    let mut done = db
        .execute(
            "UPDATE memberships
             SET \"user\" = $4, role = $5, id = $6, updated_at = $7, public_metadata = $8,
                 private_metadata = $9
             WHERE instance = $1 AND organization = $2 AND membership = $3",
            changed,
        )
        .await?;
    done += db
        .execute(
            "INSERT INTO memberships
               (instance, organization, membership, \"user\", role, id, updated_at,
                public_metadata, private_metadata)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            new,
        )
        .await?;
    expect(done, expected)?;
    apply_member_counts(db, instance, rows).await
}

async fn apply_member_counts(db: &mut Db, instance: InstanceKey, rows: &Rows) -> Result<(), Error> {
    let (mut new, mut changed): (Calls<'_>, Calls<'_>) = Default::default();
    for CountDelta { organization, role, by, is_new } in rows.count_deltas() {
        let call = vec![instance.into(), organization.into(), role.into(), by.into()];
        if is_new && by > 0 { new.push(call) } else { changed.push(call) }
    }
    // A count that was not loaded may be there all the same.
    db.execute(
        "INSERT INTO member_counts (instance, organization, role, members)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (instance, organization, role)
         DO UPDATE SET members = member_counts.members + excluded.members",
        new,
    )
    .await?;
    let expected = changed.len();
    let done = db
        .execute(
            "UPDATE member_counts
             SET members = members + $4
             WHERE instance = $1 AND organization = $2 AND role = $3",
            changed,
        )
        .await?;
    expect(done, expected)
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
