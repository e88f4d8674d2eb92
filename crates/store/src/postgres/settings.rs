//! What an operator can set about PostgreSQL.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use super::Address;
use crate::error::OpenError;

/// Where a PostgreSQL database is, and how much of it is used at once.
#[derive(Clone)]
pub struct PostgresSettings {
    /// The URL: `postgres://user:password@host:port/database?sslmode=verify-full`.
    ///
    /// Understood are the parameters of libpq `application_name`, `channel_binding`,
    /// `connect_timeout`, `hostaddr`, `keepalives` and its likes, `load_balance_hosts`, `options`,
    /// `sslcert`, `sslkey`, `sslmode`, `sslnegotiation`, `sslrootcert`, `target_session_attrs` and
    /// `tcp_user_timeout`, several hosts with commas between, and `pgbouncer=true`, which leaves
    /// nothing behind in a session that is shared by transactions.
    pub url: SecretString,
    /// A file that holds the password and nothing else; read at each connection, so that it may
    /// change.
    pub password_file: Option<PathBuf>,
    /// How many connections read pages; at least 1.
    pub page_connections: usize,
    /// How many connections read what may scan; at least 1.
    pub scan_connections: usize,
    /// How many connections write, each for one instance at a time; at least 1.
    pub write_connections: usize,
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
    /// How long one statement may run, and a request waits for a connection that is free.
    pub statement_timeout: Duration,
    /// How long a statement waits for a lock that another server holds.
    pub lock_timeout: Duration,
    /// After how long PostgreSQL ends a transaction that a server has forgotten.
    pub idle_transaction_timeout: Duration,
}

impl PostgresSettings {
    /// The defaults for the database at `url`.
    ///
    /// # Errors
    /// [`OpenError::Url`] where the URL cannot be understood; its password is not shown.
    pub fn new(url: &str) -> Result<Self, OpenError> {
        let settings = Self {
            url: url.into(),
            password_file: None,
            page_connections: 8,
            scan_connections: 4,
            write_connections: 4,
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(10),
            lock_timeout: Duration::from_secs(5),
            idle_transaction_timeout: Duration::from_secs(30),
        };
        Address::new(&settings)?;
        Ok(settings)
    }
}

impl fmt::Debug for PostgresSettings {
    /// Leaves the URL out, which may hold a password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PostgresSettings")
            .field("page_connections", &self.page_connections)
            .field("scan_connections", &self.scan_connections)
            .field("write_connections", &self.write_connections)
            .finish_non_exhaustive()
    }
}
