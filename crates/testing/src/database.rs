//! A part of a PostgreSQL database, of a test's own.

use guildhall_store::{Clock, PostgresSettings, SystemClock};
use tokio_postgres::{Client, NoTls};

/// Names the PostgreSQL database in which tests may make schemas.
const URL: &str = "GUILDHALL_TEST_DATABASE_URL";
/// Which database servers of tests use: `sqlite`, which is the default, or `postgres`.
const CHOICE: &str = "GUILDHALL_TEST_DATABASE";
/// What the names of schemas made for tests begin with; the second of their making follows.
const PREFIX: &str = "guildhall_test_";
/// After how many seconds a schema counts as left behind by a test that was ended.
const LEFT_BEHIND_SECONDS: u64 = 3600;
/// Lets one test at a time make the extension, which all share.
const EXTENSION: &str = "BEGIN;
    SELECT pg_advisory_xact_lock(4600460046003);
    CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;
    COMMIT";

/// A schema in a PostgreSQL database that is gone when it is dropped: a database of its own, as far
/// as a server can tell.
#[derive(Debug)]
pub struct TestDatabase {
    shared_url: String,
    schema: String,
    url: String,
}

impl TestDatabase {
    /// Makes a schema if `GUILDHALL_TEST_DATABASE` is `postgres`, in the database that
    /// `GUILDHALL_TEST_DATABASE_URL` names.
    ///
    /// # Panics
    /// If the database cannot be reached, or no schema can be made there; or if the choice is another
    /// one than `sqlite` and `postgres`.
    pub async fn create_if_chosen() -> Option<Self> {
        match std::env::var(CHOICE).unwrap_or_default().as_str() {
            "" | "sqlite" => None,
            "postgres" => {
                let url = named().unwrap_or_else(|| panic!("{URL} must name a database"));
                Some(Self::create(url).await)
            }
            other => panic!("{CHOICE} is `{other}`, and neither `sqlite` nor `postgres`"),
        }
    }

    /// Makes a schema for a test that needs one; where no database is named, says in one line that
    /// the test is skipped.
    ///
    /// # Panics
    /// If the database cannot be reached, or no schema can be made there; where none is named, if
    /// the variable `CI` is `true`.
    pub async fn create_or_skip() -> Option<Self> {
        if let Some(url) = named() {
            return Some(Self::create(url).await);
        }
        let reason = format!("{URL} names no PostgreSQL database");
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{reason}");
        eprintln!("skipped: {reason}");
        None
    }

    /// Makes a schema in a database.
    ///
    /// # Panics
    /// If the database cannot be reached, or no schema can be made there.
    pub async fn create(shared_url: String) -> Self {
        let client = connect(&shared_url).await.expect("the PostgreSQL of the tests is up");
        client.batch_execute(EXTENSION).await.expect("the extension can be made");
        remove_left_behind(&client).await;
        let schema = format!("{PREFIX}{}_{:08x}", seconds(), fastrand::u32(..));
        let create = format!("CREATE SCHEMA {schema}");
        client.batch_execute(&create).await.expect("a schema can be made");
        let url = with_schema(&shared_url, &schema);
        Self { shared_url, schema, url }
    }

    /// The URL, which leads to the schema.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How a server uses it.
    ///
    /// # Panics
    /// If the URL cannot be understood.
    pub fn settings(&self) -> PostgresSettings {
        PostgresSettings::new(&self.url).expect("the URL of the tests is a good one")
    }

    /// Every row of every table, as text.
    pub(crate) async fn rows(&self) -> String {
        let client = self.connect().await;
        let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()";
        let mut text = String::new();
        for table in client.query(tables, &[]).await.expect("tables can be listed") {
            let rows = format!("SELECT t::text FROM {} t", table.get::<_, String>(0));
            for row in client.query(&rows, &[]).await.expect("tables can be read") {
                text.push_str(row.get(0));
                text.push('\n');
            }
        }
        text
    }

    /// A plain connection to it.
    ///
    /// # Panics
    /// If there is none to be had.
    pub async fn connect(&self) -> Client {
        connect(&self.url).await.expect("the database can be reached")
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (url, schema) = (self.shared_url.clone(), self.schema.clone());
        // A thread of its own, since the one here may be inside a runtime that cannot wait.
        let drop = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let Ok(runtime) = runtime else { return };
            runtime.block_on(async {
                if let Ok(client) = connect(&url).await {
                    // What stays is removed by a later run.
                    let _ = client.batch_execute(&drop_schema(&schema)).await;
                }
            });
        };
        let _ = std::thread::spawn(drop).join();
    }
}

/// The URL of the database that tests may use.
fn named() -> Option<String> {
    std::env::var(URL).ok().filter(|url| !url.is_empty())
}

async fn connect(url: &str) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// Removes what tests have left that were ended.
async fn remove_left_behind(client: &Client) {
    let names = format!("SELECT nspname FROM pg_namespace WHERE nspname LIKE '{PREFIX}%'");
    let Ok(rows) = client.query(&names, &[]).await else { return };
    for name in rows.iter().map(|row| row.get::<_, String>(0)) {
        let made = name[PREFIX.len()..].split('_').next().and_then(|made| made.parse().ok());
        if made.is_some_and(|made: u64| made + LEFT_BEHIND_SECONDS < seconds()) {
            // Another test may be quicker.
            let _ = client.batch_execute(&drop_schema(&name)).await;
        }
    }
}

/// The server that was there may still have connections; what they hold must not be waited for.
fn drop_schema(schema: &str) -> String {
    format!(
        "SET lock_timeout = '5s'; SET client_min_messages = error; DROP SCHEMA {schema} CASCADE"
    )
}

fn seconds() -> u64 {
    u64::try_from(SystemClock.now() / 1000).unwrap_or(0)
}

/// The URL of a schema; what all share is found too.
fn with_schema(url: &str, schema: &str) -> String {
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}options=-csearch_path%3D{schema},public")
}
