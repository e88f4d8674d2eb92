//! Applying: what a batch changed, one statement a table.
//!
//! Removals come before insertions, so that what one operation frees another may take, and
//! children before parents. Events and idempotency records will be written here too, in the same
//! transaction. All statements are sent together; what they change is looked at before the commit.

use guildhall_rules::{Change, Rows};

use crate::db::{Db, Statements};
use crate::error::Error;
use crate::{
    InstanceKey, catalogue, instance_settings, memberships, organizations, role_sets, sessions,
    users,
};

/// Writes every change of `rows`, at `now` (Unix milliseconds).
pub(crate) async fn apply(
    db: &mut Db,
    instance: InstanceKey,
    rows: &Rows,
    now: i64,
) -> Result<(), Error> {
    let mut statements = Statements::default();
    role_sets::apply_removals(&mut statements, instance, rows);
    catalogue::apply(&mut statements, instance, rows);
    role_sets::apply(&mut statements, instance, rows);
    instance_settings::apply(&mut statements, instance, rows);
    memberships::apply_removals(&mut statements, instance, rows);
    organizations::apply(&mut statements, instance, rows);
    users::apply(&mut statements, instance, rows, db.dialect());
    memberships::apply(&mut statements, instance, rows);
    sessions::apply(&mut statements, instance, rows, now);
    apply_counts(&mut statements, instance, rows);
    db.together(statements).await
}

fn apply_counts(statements: &mut Statements<'_>, instance: InstanceKey, rows: &Rows) {
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
    statements.change(
        "UPDATE instance_counts
         SET total = total + $3
         WHERE instance = $1 AND kind = $2",
        calls.collect(),
    );
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
