//! On a cluster each statement goes to the shard of one instance: every statement that a store
//! sends while its operations run is looked at.

mod statement;
mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use crate::copy::TABLES;
use crate::{Clock, DataFolder, Database, PostgresSettings, SystemClock};

/// Statements by where they were sent to.
static RECORDED: Mutex<BTreeMap<String, BTreeSet<String>>> = Mutex::new(BTreeMap::new());

/// Statements that name no instance, each with its reason.
const EXCEPTIONS: [(&str, &str); 1] = [(
    "SELECT instance FROM removals UNION SELECT instance FROM role_set_migrations",
    "the look of the cleaner, in no request: it locks nothing and reads next to nothing",
)];

/// Keeps the text of a statement that is sent to the database at `place`.
pub(crate) fn record(place: &str, sql: &str) {
    let mut recorded = RECORDED.lock().unwrap_or_else(PoisonError::into_inner);
    recorded.entry(place.to_owned()).or_default().insert(sql.to_owned());
}

fn taken(place: &str) -> BTreeSet<String> {
    let mut recorded = RECORDED.lock().unwrap_or_else(PoisonError::into_inner);
    recorded.remove(place).unwrap_or_default()
}

/// Does all there is to do with a database, and looks at what was sent to it.
async fn assert_each_statement_names_the_instance(database: Database, place: &str) {
    work::everything(&database).await;

    let sent = taken(place);
    let mut tables = BTreeSet::new();
    for sql in &sent {
        if EXCEPTIONS.iter().any(|(exception, _)| sql == exception) {
            continue;
        }
        if let Err(table) = statement::names_the_instance(sql) {
            panic!("the instance of `{table}` is not named: {sql}");
        }
        tables.extend(statement::distributed(sql));
    }
    for (exception, _) in EXCEPTIONS {
        assert!(sent.contains(exception), "nobody sends `{exception}` any more");
    }
    assert!(sent.len() > 80, "{} statements are not all there are", sent.len());
    assert_eq!(tables, statement::DISTRIBUTED.into_iter().collect());
}

#[test]
fn every_table_but_the_small_ones_is_spread() {
    let small = ["instances", "keys"];
    let spread = TABLES.into_iter().filter(|table| !small.contains(table));
    let spread = spread.chain(["member_totals"]).collect::<BTreeSet<_>>();

    assert_eq!(spread, statement::DISTRIBUTED.into_iter().collect());
}

#[tokio::test]
async fn each_statement_to_sqlite_names_the_instance() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::open(folder.path()).unwrap();
    let place = data.database().display().to_string();

    assert_each_statement_names_the_instance(data.into(), &place).await;
}

#[tokio::test]
async fn each_statement_to_postgresql_names_the_instance() {
    let url = std::env::var("GUILDHALL_TEST_DATABASE_URL").unwrap_or_default();
    if url.is_empty() {
        let reason = "GUILDHALL_TEST_DATABASE_URL names no PostgreSQL database";
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{reason}");
        eprintln!("skipped: {reason}");
        return;
    }
    // What is left behind by a test that was ended is removed by a later one of that name.
    let seconds = SystemClock.now() / 1000;
    let schema = format!("guildhall_test_{seconds}_{:08x}", std::process::id());
    let options = format!("-csearch_path={schema},public");
    let joint = if url.contains('?') { '&' } else { '?' };
    let in_schema = format!("{url}{joint}options={}", options.replace('=', "%3D"));
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let make = "BEGIN; SELECT pg_advisory_xact_lock(4600460046003);
                CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public; COMMIT";
    client.batch_execute(make).await.unwrap();
    client.batch_execute(&format!("CREATE SCHEMA {schema}")).await.unwrap();
    let settings = PostgresSettings::new(&in_schema).unwrap();

    let looked = tokio::spawn(async move {
        assert_each_statement_names_the_instance(settings.into(), &options).await;
    });
    let outcome = looked.await;

    let quietly = "SET client_min_messages = error";
    client.batch_execute(&format!("{quietly}; DROP SCHEMA {schema} CASCADE")).await.unwrap();
    outcome.unwrap();
}
