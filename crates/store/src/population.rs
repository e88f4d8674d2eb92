//! What an instance has, as far as lists want to know before they choose their way.

use crate::InstanceKey;
use crate::db::Row;
use crate::reading::Question;

/// What an instance has.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Population {
    /// How many users.
    pub(crate) users: i64,
    /// Whether there are memberships of organizations or users that are gone.
    pub(crate) has_leftovers: bool,
}

/// What asks what an instance has.
pub(crate) fn population(instance: InstanceKey) -> Question<Population> {
    let sql = "SELECT c.total, (SELECT count(*) FROM removals r WHERE r.instance = $1)
               FROM instance_counts c
               WHERE c.instance = $1 AND c.kind = 'users'";
    let read = |row: &Row<'_>| {
        Ok(Population { users: row.integer(0)?, has_leftovers: row.integer(1)? > 0 })
    };
    Question { sql: sql.into(), parameters: vec![instance.into()], read }
}
