//! The schema is the same on both databases: tables, columns, keys, constraints and indexes.

use std::collections::BTreeMap;

use guildhall_store::{DataFolder, Options, Store};
use guildhall_testing::TestDatabase;
use tokio_postgres::Client;

/// What a table is, one line a part.
type Tables = BTreeMap<String, Vec<String>>;

/// Indexes that only one of the databases has: SQLite keeps trigrams in a table of its own.
const ONLY_ON_POSTGRES: [&str; 1] = ["index users_by_trigrams"];

#[tokio::test]
async fn both_databases_have_the_same_schema() {
    let Some(database) = TestDatabase::create_or_skip().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::open(folder.path()).unwrap();
    let sqlite = Store::open(&data.into(), Options::default()).await.unwrap();
    let postgres = Store::open(&database.settings().into(), Options::default()).await.unwrap();

    let of_sqlite = sqlite_tables(&folder.path().join("guildhall.db"));
    let mut of_postgres = postgres_tables(&database.connect().await).await;

    for parts in of_postgres.values_mut() {
        parts.retain(|part| !ONLY_ON_POSTGRES.iter().any(|only| part.starts_with(only)));
    }
    assert!(of_sqlite.len() > 10, "{of_sqlite:#?}");
    assert_eq!(of_sqlite, of_postgres);
    sqlite.close().await.unwrap();
    postgres.close().await.unwrap();
}

#[tokio::test]
async fn every_key_begins_with_the_instance() {
    let Some(database) = TestDatabase::create_or_skip().await else { return };
    let store = Store::open(&database.settings().into(), Options::default()).await.unwrap();

    let tables = postgres_tables(&database.connect().await).await;

    // What is known before the instance is: small tables, which every shard has a copy of.
    let reference = ["instances", "keys", "migrations"];
    let mut keys = 0;
    for (table, parts) in tables.iter().filter(|(table, _)| !reference.contains(&table.as_str())) {
        for part in parts.iter().filter(|part| part.contains('(')) {
            let is_search = part.starts_with("index users_by_trigrams");
            assert!(part.contains("(instance, ") || is_search, "{table}: {part}");
            keys += 1;
        }
    }
    assert!(keys > 20, "{tables:#?}");
    store.close().await.unwrap();
}

fn sqlite_tables(file: &std::path::Path) -> Tables {
    let database = rusqlite::Connection::open(file).expect("the schema can be read");
    let text = |sql: &str, table: &str| -> Vec<String> {
        let mut statement = database.prepare(sql).expect("the schema can be read");
        let parameters: &[&dyn rusqlite::ToSql] = if table.is_empty() { &[] } else { &[&table] };
        let rows = statement
            .query_map(parameters, |row| row.get::<_, String>(0))
            .expect("the schema can be read");
        rows.map(|row| row.expect("the schema can be read")).collect()
    };
    let names = text(
        "SELECT name FROM sqlite_schema
         WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'user_search%'",
        "",
    );
    let parts = |table: &String| {
        let mut parts = text(
            "SELECT 'column ' || name || ' ' || CASE type WHEN 'INTEGER' THEN 'BIGINT' ELSE type END
                    || CASE WHEN \"notnull\" OR pk THEN ' NOT NULL' ELSE '' END
             FROM pragma_table_info(?1)",
            table,
        );
        parts.extend(text(
            "SELECT 'primary key (' || (SELECT group_concat(name, ', ') FROM
                      (SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk)) || ')'",
            table,
        ));
        parts.extend(text(
            "SELECT CASE WHEN l.origin = 'u' THEN 'unique' ELSE 'index ' || l.name END || ' ('
                    || (SELECT group_concat(name, ', ')
                        FROM (SELECT name FROM pragma_index_info(l.name) ORDER BY seqno)) || ')'
             FROM pragma_index_list(?1) l WHERE l.origin IN ('u', 'c')",
            table,
        ));
        parts.extend(text(
            "SELECT 'foreign key (' || group_concat(\"from\", ', ') || ') of ' || \"table\"
             FROM (SELECT * FROM pragma_foreign_key_list(?1) ORDER BY id, seq) GROUP BY id",
            table,
        ));
        let sql = text("SELECT sql FROM sqlite_schema WHERE name = ?1", table).concat();
        parts.extend((0..sql.matches("CHECK (").count()).map(|_| "check".to_owned()));
        parts.sort();
        (table.clone(), parts)
    };
    names.iter().map(parts).collect()
}

async fn postgres_tables(client: &Client) -> Tables {
    let sql = "SELECT c.table_name::text, 'column ' || c.column_name || ' ' || upper(c.data_type)
                      || CASE c.is_nullable WHEN 'NO' THEN ' NOT NULL' ELSE '' END
               FROM information_schema.columns c
               JOIN information_schema.tables t
                 ON t.table_schema = c.table_schema AND t.table_name = c.table_name
               WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'
               UNION ALL
               SELECT r.relname, CASE k.contype
                        WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique'
                        WHEN 'f' THEN 'foreign key' ELSE 'check' END
                      || CASE WHEN k.contype = 'c' THEN '' ELSE ' (' ||
                           (SELECT string_agg(a.attname, ', ' ORDER BY n.place)
                            FROM unnest(k.conkey) WITH ORDINALITY AS n (number, place)
                            JOIN pg_attribute a
                              ON a.attrelid = k.conrelid AND a.attnum = n.number) || ')' END
                      || CASE k.contype WHEN 'f' THEN ' of ' || f.relname ELSE '' END
               FROM pg_constraint k
               JOIN pg_class r ON r.oid = k.conrelid
               LEFT JOIN pg_class f ON f.oid = k.confrelid
               WHERE k.connamespace = to_regnamespace(current_schema())
               UNION ALL
               SELECT tablename::text,
                      'index ' || indexname || ' ' || replace(substring(indexdef from '\\(.*'), '\"', '')
               FROM pg_indexes
               WHERE schemaname = current_schema()
                 AND indexname NOT IN (SELECT conname FROM pg_constraint)";
    let mut tables = Tables::new();
    for row in client.query(sql, &[]).await.expect("the schema can be read") {
        tables.entry(row.get(0)).or_default().push(row.get(1));
    }
    tables.values_mut().for_each(|parts| parts.sort());
    tables
}
