//! Every table, and what the statements that read and write its rows are.

use crate::db::{Db, Row, Value};
use crate::error::Error;

/// Every table but `migrations`, which the migrations fill; none refers to a later one.
pub(crate) const TABLES: [&str; 19] = [
    "instances",
    "keys",
    "permissions",
    "roles",
    "role_permissions",
    "role_sets",
    "role_set_roles",
    "role_set_migrations",
    "role_reassignments",
    "users",
    "identifiers",
    "organizations",
    "memberships",
    "member_counts",
    "signing_keys",
    "sessions",
    "active_organizations",
    "removals",
    "instance_counts",
];

/// How many rows are read and written at once.
pub(super) const BATCH: usize = 500;

/// The values of a row, in the order of [`Shape::columns`].
pub(super) type Values = Vec<Value<'static>>;

/// A table: its columns, those of the primary key first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) table: &'static str,
    columns: Vec<String>,
    /// How many columns make the primary key.
    key: usize,
}

impl Shape {
    /// Looks at a table of a database.
    pub(super) async fn of(db: &mut Db, table: &'static str) -> Result<Self, Error> {
        let sql = match db {
            Db::Sqlite(_) => "SELECT name, pk FROM pragma_table_info($1)",
            Db::Postgres(_) => {
                "SELECT a.attname, CAST(coalesce(array_position(k.conkey, a.attnum), 0) AS BIGINT)
                 FROM pg_attribute a
                 LEFT JOIN pg_constraint k ON k.conrelid = a.attrelid AND k.contype = 'p'
                 WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped"
            }
        };
        let read = |row: &Row<'_>| Ok((row.integer(1)?, row.text(0)?));
        let mut columns = db.rows(sql, vec![table.into()], read).await?;
        // Behind the key by name, so that both databases have one order.
        columns.sort_by_key(|(place, name)| (*place == 0, *place, name.clone()));
        let key = columns.iter().filter(|(place, _)| *place > 0).count();
        if key == 0 {
            return Err(Error::failed(format!("the table `{table}` is missing, or has no key")));
        }
        Ok(Self { table, columns: columns.into_iter().map(|(_, name)| name).collect(), key })
    }

    /// The columns, those of the primary key first.
    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Reads the next rows in the order of their keys: the first ones, or those behind the key that
    /// is bound.
    pub(super) fn select(&self, is_first: bool) -> String {
        let (columns, key) = (quoted(&self.columns), quoted(&self.columns[..self.key]));
        let bound = parameters(self.key);
        let behind = if is_first { String::new() } else { format!("WHERE ({key}) > ({bound})") };
        format!("SELECT {columns} FROM {} {behind} ORDER BY {key} LIMIT {BATCH}", self.table)
    }

    /// Writes a row.
    pub(super) fn insert(&self) -> String {
        let columns = quoted(&self.columns);
        let bound = parameters(self.columns.len());
        format!("INSERT INTO {} ({columns}) VALUES ({bound})", self.table)
    }

    /// Reads the last key.
    pub(super) fn last(&self) -> String {
        let key = quoted(&self.columns[..self.key]);
        let descending = key.replace(',', " DESC,");
        format!("SELECT {key} FROM {} ORDER BY {descending} DESC LIMIT 1", self.table)
    }

    /// The key of a row.
    pub(super) fn key_of(&self, row: &Values) -> Values {
        row[..self.key].to_vec()
    }
}

fn quoted(columns: &[String]) -> String {
    columns.iter().map(|column| format!("\"{column}\"")).collect::<Vec<_>>().join(", ")
}

fn parameters(count: usize) -> String {
    (1..=count).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rusqlite::Connection;

    use super::*;
    use crate::{DataFolder, Migrate, migrate};

    /// What is made by others: by the migrations, and by writing users.
    const NOT_COPIED: [&str; 2] = ["migrations", "user_search"];

    async fn schema() -> (tempfile::TempDir, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::open(folder.path()).unwrap();
        migrate(&data.into(), Migrate::Yes).await.unwrap();
        let connection = Connection::open(folder.path().join("guildhall.db")).unwrap();
        (folder, connection)
    }

    fn texts(connection: &Connection, sql: &str) -> Vec<String> {
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    #[tokio::test]
    async fn every_table_of_the_schema_is_copied() {
        let (_folder, connection) = schema().await;

        let found = texts(
            &connection,
            "SELECT name FROM pragma_table_list
             WHERE schema = 'main' AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite_%'",
        );

        let copied = TABLES.into_iter().chain(NOT_COPIED).map(str::to_owned);
        assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), copied.collect());
    }

    #[tokio::test]
    async fn no_table_refers_to_a_later_one() {
        let (_folder, connection) = schema().await;

        for (place, table) in TABLES.iter().enumerate() {
            let sql = format!("SELECT \"table\" FROM pragma_foreign_key_list('{table}')");
            for referred in texts(&connection, &sql) {
                assert!(TABLES[..place].contains(&referred.as_str()), "{table} to {referred}");
            }
        }
    }

    #[test]
    fn rows_are_read_behind_a_key_and_written_with_every_column() {
        let columns = ["instance", "role", "name"].map(str::to_owned).to_vec();
        let shape = Shape { table: "roles", columns, key: 2 };

        assert_eq!(
            shape.select(false),
            "SELECT \"instance\", \"role\", \"name\" FROM roles WHERE (\"instance\", \"role\") > \
             ($1, $2) ORDER BY \"instance\", \"role\" LIMIT 500"
        );
        assert_eq!(
            shape.last(),
            "SELECT \"instance\", \"role\" FROM roles ORDER BY \"instance\" DESC, \"role\" DESC \
             LIMIT 1"
        );
        assert_eq!(
            shape.insert(),
            "INSERT INTO roles (\"instance\", \"role\", \"name\") VALUES ($1, $2, $3)"
        );
    }
}
