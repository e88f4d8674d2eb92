//! A PostgreSQL database of a test's own.

use std::time::{SystemTime, UNIX_EPOCH};

use guildhall_store::PostgresSettings;
use tokio_postgres::{Client, NoTls};

/// Names the PostgreSQL server that tests use, by the URL of any database on it.
const VARIABLE: &str = "GUILDHALL_TEST_DATABASE_URL";
/// What the names of databases made for tests begin with; the second of their making follows.
const PREFIX: &str = "guildhall_test_";
/// After how many seconds a database counts as left behind by a test that was ended.
const LEFT_BEHIND_SECONDS: u64 = 3600;

/// A PostgreSQL database that is gone when it is dropped.
#[derive(Debug)]
pub struct TestDatabase {
    server_url: String,
    name: String,
    url: String,
}

impl TestDatabase {
    /// Makes a database on the server that `GUILDHALL_TEST_DATABASE_URL` names, if it is set.
    ///
    /// # Panics
    /// If the server cannot be reached, or no database can be made there.
    pub async fn create_if_asked() -> Option<Self> {
        let server_url = std::env::var(VARIABLE).ok().filter(|url| !url.is_empty())?;
        Some(Self::create(server_url).await)
    }

    /// Makes a database on the server of another one.
    ///
    /// # Panics
    /// If the server cannot be reached, or no database can be made there.
    pub async fn create(server_url: String) -> Self {
        let client = connect(&server_url).await.expect("the PostgreSQL server of the tests is up");
        remove_left_behind(&client).await;
        let name = format!("{PREFIX}{}_{:08x}", seconds(), fastrand::u32(..));
        let create = format!("CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0");
        client.batch_execute(&create).await.expect("a database can be made");
        let url = with_database(&server_url, &name);
        Self { server_url, name, url }
    }

    /// The URL of the database.
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
        let (url, name) = (self.server_url.clone(), self.name.clone());
        // A thread of its own, since the one here may be inside a runtime that cannot wait.
        let drop = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let Ok(runtime) = runtime else { return };
            runtime.block_on(async {
                if let Ok(client) = connect(&url).await {
                    // What stays is removed by a later run.
                    let _ = client.batch_execute(&drop_database(&name)).await;
                }
            });
        };
        let _ = std::thread::spawn(drop).join();
    }
}

async fn connect(url: &str) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// Removes what tests have left that were ended.
async fn remove_left_behind(client: &Client) {
    let names = format!("SELECT datname FROM pg_database WHERE datname LIKE '{PREFIX}%'");
    let Ok(rows) = client.query(&names, &[]).await else { return };
    for name in rows.iter().map(|row| row.get::<_, String>(0)) {
        let made = name[PREFIX.len()..].split('_').next().and_then(|made| made.parse().ok());
        if made.is_some_and(|made: u64| made + LEFT_BEHIND_SECONDS < seconds()) {
            // Another test may be quicker.
            let _ = client.batch_execute(&drop_database(&name)).await;
        }
    }
}

fn drop_database(name: &str) -> String {
    format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")
}

fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

/// The URL of another database on the same server.
fn with_database(url: &str, name: &str) -> String {
    let (base, query) = match url.split_once('?') {
        Some((base, query)) => (base, format!("?{query}")),
        None => (url, String::new()),
    };
    let authority = base.find("://").map_or(0, |at| at + 3);
    let end = base[authority..].find('/').map_or(base.len(), |at| authority + at);
    format!("{}/{name}{query}", &base[..end])
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn the_url_of_another_database_keeps_all_else() {
        for (url, expected) in [
            ("postgres://a:b@h:1/x?sslmode=disable", "postgres://a:b@h:1/y?sslmode=disable"),
            ("postgres://h", "postgres://h/y"),
            ("postgres://h/", "postgres://h/y"),
        ] {
            assert_eq!(with_database(url, "y"), expected);
        }
    }
}
