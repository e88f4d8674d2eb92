//! Loading: the rows that a batch wants, one statement a table.

use guildhall_rules::{Rows, Wanted};

use crate::db::Db;
use crate::error::Error;
use crate::{InstanceKey, memberships, organizations, roles, users};

/// Loads what is wanted; organizations before users before what depends on them.
pub(crate) async fn load(
    db: &mut Db,
    instance: InstanceKey,
    wanted: &Wanted,
) -> Result<Rows, Error> {
    let mut rows = Rows::default();
    roles::load(db, instance, &mut rows).await?;
    organizations::load(db, instance, wanted, &mut rows).await?;
    users::load(db, instance, wanted, &mut rows).await?;
    memberships::load(db, instance, wanted, &mut rows).await?;
    Ok(rows)
}
