//! Spreads the tables of a database over a Citus cluster, by the instance.

use std::collections::BTreeSet;

use super::{PostgresSettings, check_server};
use crate::copy::{self, TABLES};
use crate::db::{Db, Value};
use crate::error::{Error, OpenError};
use crate::reading::{Cost, Pool};
use crate::writing::Writing;

/// What is known before the instance is, and small: each node has a copy.
const ON_EVERY_NODE: [&str; 3] = ["instances", "keys", "migrations"];

/// Makes every table of a database one of the Citus cluster that it is in: `instances`, `keys` and
/// `migrations` are on every node, all others are spread by the instance, side by side. Gives the
/// tables that were not so before; the schema must be there.
///
/// Each table is one transaction, so that an attempt that failed goes on where it was.
///
/// # Errors
/// [`OpenError::Unfit`] where the extension `citus` is missing; nothing is changed then.
pub async fn distribute(settings: &PostgresSettings) -> Result<Vec<String>, OpenError> {
    let mut db = Writing::migration(settings).await?;
    if let Db::Postgres(session) = &mut db {
        check_server(session).await?;
    }
    copy::refuse_unfinished(&mut db).await?;
    require_citus(&mut db).await?;
    let done = tables_of_the_cluster(&mut db).await?;
    let mut spread = Vec::new();
    for (table, statement) in plan(&done) {
        db.script(&statement).await?;
        spread.push(table.to_owned());
    }
    Ok(spread)
}

/// How many extensions of that name the database has.
const CITUS: &str = "SELECT count(*) FROM pg_extension WHERE extname = 'citus'";

/// Whether the tables of a database may be spread over a cluster.
///
/// # Errors
/// When the database fails.
pub(crate) async fn may_be_spread(pool: &Pool) -> Result<bool, Error> {
    let mut snapshot = pool.snapshot(Cost::Page).await?;
    Ok(snapshot.rows(CITUS, Vec::new(), |row| row.integer(0)).await? != [0])
}

async fn require_citus(db: &mut Db) -> Result<(), OpenError> {
    if db.rows(CITUS, Vec::<Value<'_>>::new(), |row| row.integer(0)).await? == [1] {
        return Ok(());
    }
    let reason = "it has no extension `citus`: install it on every node, name it in \
                  `shared_preload_libraries`, let a superuser run `CREATE EXTENSION citus` and add \
                  the nodes, and try again";
    Err(OpenError::Unfit { reason: reason.to_owned() })
}

/// The tables that are spread or on every node already. One that Citus only keeps an eye on, because
/// it refers to another, is none.
async fn tables_of_the_cluster(db: &mut Db) -> Result<BTreeSet<String>, Error> {
    let sql = "SELECT c.relname
               FROM pg_dist_partition p
               JOIN pg_class c ON c.oid = p.logicalrelid
               WHERE c.relnamespace = to_regnamespace(current_schema())
                 AND (p.partmethod <> 'n' OR p.repmodel = 't')";
    let tables = db.rows(sql, Vec::<Value<'_>>::new(), |row| row.text(0)).await?;
    Ok(tables.into_iter().collect())
}

/// The tables that are to be spread yet, and the statement for each, in an order in which none refers
/// to a later one.
fn plan(done: &BTreeSet<String>) -> Vec<(&'static str, String)> {
    let reference =
        |table: &'static str| (table, format!("SELECT create_reference_table('{table}')"));
    let spread: Vec<&str> =
        TABLES.into_iter().filter(|table| !ON_EVERY_NODE.contains(table)).collect();
    let distributed = spread.iter().map(|table| {
        // The first begins a group of shards, in which the others join it.
        let group = if *table == spread[0] { "none" } else { spread[0] };
        let arguments = format!("'{table}', 'instance', colocate_with => '{group}'");
        (*table, format!("SELECT create_distributed_table({arguments})"))
    });
    let all = ON_EVERY_NODE.into_iter().map(reference).chain(distributed);
    all.filter(|(table, _)| !done.contains(*table)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statements(done: &[&str]) -> Vec<String> {
        let done = done.iter().map(|table| (*table).to_owned()).collect();
        plan(&done).into_iter().map(|(_, statement)| statement).collect()
    }

    #[test]
    fn every_table_is_spread_beside_the_others_or_is_on_every_node() {
        let statements = statements(&[]);

        assert_eq!(
            statements[..6],
            [
                "SELECT create_reference_table('instances')",
                "SELECT create_reference_table('keys')",
                "SELECT create_reference_table('migrations')",
                "SELECT create_distributed_table('permissions', 'instance', colocate_with => 'none')",
                "SELECT create_distributed_table('roles', 'instance', colocate_with => \
                 'permissions')",
                "SELECT create_distributed_table('role_permissions', 'instance', colocate_with => \
                 'permissions')",
            ]
        );
        for table in TABLES.into_iter().chain(["migrations"]) {
            let named = format!("('{table}'");
            assert_eq!(statements.iter().filter(|it| it.contains(&named)).count(), 1, "{table}");
        }
        assert_eq!(statements.len(), TABLES.len() + 1);
    }

    #[test]
    fn what_is_spread_already_is_left_alone() {
        let some = ["instances", "keys", "migrations", "permissions", "roles"];
        let all: Vec<&str> = TABLES.into_iter().chain(["migrations"]).collect();

        assert_eq!(
            statements(&some)[0],
            "SELECT create_distributed_table('role_permissions', 'instance', colocate_with => \
             'permissions')"
        );
        assert_eq!(statements(&all), [""; 0]);
    }
}
