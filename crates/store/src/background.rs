//! What goes on behind the requests, in steps between them: the removal of what is large, and the
//! reassignment of many members.

use crate::InstanceKey;
use crate::db::Db;
use crate::error::Error;
use crate::{removals, role_set_migrations};

/// The instances in which something is left to do.
///
/// The only statement that reads the shards of all instances: once at the start, and every few
/// seconds where others write too. It locks nothing, and there is next to nothing to read.
pub(crate) async fn instances(db: &mut Db) -> Result<Vec<InstanceKey>, Error> {
    let sql = "SELECT instance FROM removals UNION SELECT instance FROM role_set_migrations";
    db.rows(sql, vec![], |row| Ok(InstanceKey(row.integer(0)?))).await
}

/// Does a little of what is left to do in an instance, at `now` (Unix milliseconds); false when
/// nothing is left, or others are at it.
pub(crate) async fn step(db: &mut Db, instance: InstanceKey, now: i64) -> Result<bool, Error> {
    Ok(removals::step(db, instance).await? || role_set_migrations::step(db, instance, now).await?)
}
