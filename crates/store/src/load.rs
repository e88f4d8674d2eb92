//! Loading: the rows that a batch wants, one statement a table.

use guildhall_rules::{Rows, Wanted};

use crate::db::Db;
use crate::dialect::LOCK_TO_CHANGE;
use crate::error::Error;
use crate::{InstanceKey, memberships, organizations, roles, users};

/// Loads what is wanted; organizations before users before what depends on them.
///
/// Where others write to the database too, the locks are taken here, in this order, and each kind
/// in the order of the ids: what depends on a row is read only once the row is locked, so that it
/// holds still until the commit. Memberships and counts are guarded by their organization.
pub(crate) async fn load(
    db: &mut Db,
    instance: InstanceKey,
    wanted: &Wanted,
) -> Result<Rows, Error> {
    let mut rows = Rows::default();
    if wanted.removals {
        lock_removals(db, instance).await?;
    }
    roles::load(db, instance, &mut rows).await?;
    organizations::load(db, instance, wanted, &mut rows).await?;
    users::load(db, instance, wanted, &mut rows).await?;
    memberships::load(db, instance, wanted, &mut rows).await?;
    Ok(rows)
}

/// Lets one transaction at a time remove organizations and users of an instance: what goes with an
/// organization must not be counted a second time with a user.
async fn lock_removals(db: &mut Db, instance: InstanceKey) -> Result<(), Error> {
    let sql = format!("SELECT 1 FROM instances WHERE instance = $1{LOCK_TO_CHANGE}");
    db.rows(&sql, vec![instance.into()], |_| Ok(())).await.map(drop)
}
