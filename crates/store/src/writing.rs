//! Connections to write with: one on SQLite, several on PostgreSQL.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::PostgresSettings;
use crate::db::Db;
use crate::error::{Error, OpenError};
use crate::observer::{Observer, Unobserved};
use crate::postgres::{self, Address, Purpose};
use crate::sqlite::Session;

/// Connections to write with. Cheap to clone.
#[derive(Clone)]
pub(crate) enum Writing {
    Sqlite(Arc<Mutex<Db>>),
    Postgres { pool: postgres::Pool, lanes: usize },
}

impl Writing {
    /// One connection to SQLite, whose commits reach the disk.
    pub(crate) fn sqlite(session: Session) -> Result<Self, Error> {
        check_durability(&session)?;
        Ok(Self::Sqlite(Arc::new(Mutex::new(Db::Sqlite(session)))))
    }

    /// Connections to PostgreSQL, made when they are needed.
    pub(crate) fn postgres(
        settings: &PostgresSettings,
        address: &Arc<Address>,
        observer: &Arc<dyn Observer>,
    ) -> Self {
        let lanes = settings.write_connections.max(1);
        let pool = postgres::Pool::new(settings, address, Purpose::Write, lanes, observer);
        Self::Postgres { pool, lanes }
    }

    /// A connection that may change the schema, and has the time for it.
    pub(crate) async fn migration(settings: &PostgresSettings) -> Result<Db, OpenError> {
        let observer: Arc<dyn Observer> = Arc::new(Unobserved);
        let address = Arc::new(Address::new(settings)?);
        let pool = postgres::Pool::new(settings, &address, Purpose::Migrate, 1, &observer);
        Ok(Db::Postgres(pool.take().await?))
    }

    /// How many batches can be written at once.
    pub(crate) fn lanes(&self) -> usize {
        match self {
            Self::Sqlite(_) => 1,
            Self::Postgres { lanes, .. } => *lanes,
        }
    }

    /// Whether other processes write to the database too.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self, Self::Postgres { .. })
    }

    /// A connection that nobody else uses meanwhile.
    pub(crate) async fn take(&self) -> Result<Lent, Error> {
        match self {
            Self::Sqlite(db) => Ok(Lent::Kept(Arc::clone(db).lock_owned().await)),
            Self::Postgres { .. } => Ok(Lent::Pooled(Box::new(self.take_postgres().await?))),
        }
    }

    /// A connection to PostgreSQL.
    pub(crate) async fn take_postgres(&self) -> Result<Db, Error> {
        match self {
            Self::Sqlite(_) => Err(Error::failed("this database is no PostgreSQL")),
            Self::Postgres { pool, .. } => Ok(Db::Postgres(pool.take().await?)),
        }
    }

    /// Ends every idle connection to PostgreSQL.
    pub(crate) fn clear(&self) {
        if let Self::Postgres { pool, .. } = self {
            pool.clear();
        }
    }
}

/// A connection that is lent.
pub(crate) enum Lent {
    Kept(OwnedMutexGuard<Db>),
    Pooled(Box<Db>),
}

impl Lent {
    /// Gives a connection to PostgreSQL up, with the idle ones of its pool: they lead nowhere, or to
    /// the wrong place.
    pub(crate) fn abandon(&mut self) {
        if let Self::Pooled(db) = self
            && let Db::Postgres(session) = &mut **db
        {
            session.abandon();
        }
    }
}

impl Deref for Lent {
    type Target = Db;

    fn deref(&self) -> &Db {
        match self {
            Self::Kept(db) => db,
            Self::Pooled(db) => db,
        }
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut Db {
        match self {
            Self::Kept(db) => db,
            Self::Pooled(db) => db,
        }
    }
}

/// Reads how durable commits to SQLite are; anything less than the most is a failure.
fn check_durability(session: &Session) -> Result<(), Error> {
    let (journal, synchronous) = (session.pragma("journal_mode")?, session.pragma("synchronous")?);
    if journal != "wal" || synchronous != "2" {
        let found = format!("journal_mode {journal}, synchronous {synchronous}");
        return Err(Error::failed(format!("commits would not be durable: {found}")));
    }
    Ok(())
}
