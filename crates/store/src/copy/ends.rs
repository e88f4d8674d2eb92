//! What both ends of a copy have in common: how they are reached, and what they are called.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::PostgresSettings;
use crate::db::{Db, Row, Value};
use crate::error::{Error, OpenError};
use crate::observer::{Observer, Unobserved};
use crate::postgres::{Address, Pool as Connections, Purpose};
use crate::reading::Pool;
use crate::sqlite::{self, Session};

/// How long a statement may take that counts all rows, or a database wait for the other one.
const LONG: Duration = Duration::from_secs(24 * 60 * 60);

/// A database that was reached.
pub(super) struct End {
    /// What tells it from every other one; without user and password.
    pub(super) name: String,
    /// A connection to it.
    pub(super) db: Db,
    /// Connections to read with, which follow indexes whatever the database knows of the data.
    pub(super) pool: Pool,
}

impl End {
    pub(super) fn sqlite(file: &Path, purpose: sqlite::Purpose) -> Result<Self, OpenError> {
        let db = Db::Sqlite(Session::open(file, purpose)?);
        let pool = Pool::sqlite(file.to_owned(), &observer());
        Ok(Self { name: name_of_file(file), db, pool })
    }

    pub(super) async fn postgres(settings: &PostgresSettings) -> Result<Self, OpenError> {
        let settings = &PostgresSettings {
            statement_timeout: LONG,
            // One end is idle for as long as the other is busy.
            idle_transaction_timeout: LONG,
            ..settings.clone()
        };
        let address = Arc::new(Address::new(settings)?);
        let connections = Connections::new(settings, &address, Purpose::Write, 1, &observer());
        let mut db = Db::Postgres(connections.take().await?);
        let name = name_of_postgres(&mut db, &address).await?;
        Ok(Self { name, db, pool: Pool::postgres(settings, &address, &observer()) })
    }
}

fn observer() -> Arc<dyn Observer> {
    Arc::new(Unobserved)
}

/// What tells a file from every other one of this machine.
pub(super) fn name_of_file(file: &Path) -> String {
    let path = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    format!("sqlite:{}", path.display())
}

/// What tells a schema of a PostgreSQL database from every other one; without user and password.
async fn name_of_postgres(db: &mut Db, address: &Address) -> Result<String, Error> {
    let sql = "SELECT CAST(current_database() AS TEXT), CAST(current_schema() AS TEXT)";
    let read = |row: &Row<'_>| Ok((row.text(0)?, row.optional_text(1)?));
    let found = db.rows(sql, Vec::<Value<'_>>::new(), read).await?.into_iter().next();
    let (database, schema) = found.unwrap_or_default();
    let schema = schema.unwrap_or_default();
    Ok(format!("postgres://{}/{database}?schema={schema}", address.hosts()))
}
