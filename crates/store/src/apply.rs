//! Applying: what a batch changed, one statement a table.
//!
//! Removals come before insertions, so that what one operation frees another may take, and
//! children before parents. Events and idempotency records will be written here too, in the same
//! transaction.

use guildhall_rules::{Change, Rows};

use crate::db::{Db, Value};
use crate::error::Error;
use crate::{InstanceKey, memberships, organizations, users};

/// Writes every change of `rows`.
pub(crate) async fn apply(db: &mut Db, instance: InstanceKey, rows: &Rows) -> Result<(), Error> {
    memberships::apply_removals(db, instance, rows).await?;
    organizations::apply(db, instance, rows).await?;
    users::apply(db, instance, rows).await?;
    memberships::apply(db, instance, rows).await?;
    apply_counts(db, instance, rows).await
}

async fn apply_counts(db: &mut Db, instance: InstanceKey, rows: &Rows) -> Result<(), Error> {
    let not_loaded: i64 = rows.emptied().chain(rows.abandoned()).map(|(_, rows)| rows).sum();
    let totals = [
        ("memberships", net(rows.memberships().changes()) - not_loaded),
        ("organizations", net(rows.organizations().changes())),
        ("users", net(rows.users().changes())),
    ];
    let calls = totals
        .into_iter()
        .filter(|(_, by)| *by != 0)
        .map(|(kind, by)| vec![instance.into(), kind.into(), by.into()]);
    db.execute(
        "UPDATE instance_counts
         SET total = total + $3
         WHERE instance = $1 AND kind = $2",
        calls,
    )
    .await
    .map(drop)
}

/// By how many the rows of a table became more.
fn net<'a, K: 'a, V: 'a>(changes: impl Iterator<Item = (&'a K, Change<'a, V>)>) -> i64 {
    changes
        .map(|(_, change)| match change {
            Change::Insert(_) => 1,
            Change::Update(..) => 0,
            Change::Delete(_) => -1,
        })
        .sum()
}

/// Tells the race as lost where a statement changed another number of rows than was decided.
pub(crate) fn expect(changed: usize, expected: usize) -> Result<(), Error> {
    if changed == expected {
        return Ok(());
    }
    Err(Error::Lost(format!("{expected} rows were to change, and {changed} did").into()))
}

/// The parameters of one statement for each of several rows.
pub(crate) type Calls<'a> = Vec<Vec<Value<'a>>>;
