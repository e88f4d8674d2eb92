//! What is copied.

use std::path::PathBuf;

use super::CopyError;
use super::ends::End;
use super::tables::TABLES;
use super::under_way::refuse;
use crate::db::{Db, Value};
use crate::error::{Error, OpenError};
use crate::migrations::{self, NEWEST};
use crate::reading::{Cost, Snapshot};
use crate::sqlite::Purpose;
use crate::{Database, FolderLock, Migrate};

/// Where rows are copied from.
#[derive(Clone, Debug)]
pub enum CopySource {
    /// A database that a server uses at other times.
    Database(Database),
    /// A file of SQLite that no server uses, such as a backup.
    File(PathBuf),
}

/// What is read: one state, whatever others write meanwhile.
pub(super) struct Origin {
    pub(super) name: String,
    pub(super) snapshot: Snapshot,
    /// How many connections servers and other commands have to it.
    pub(super) connections: u64,
    _lock: Option<FolderLock>,
}

impl Origin {
    pub(super) async fn open(source: &CopySource) -> Result<Self, CopyError> {
        let open = async || match source {
            CopySource::File(file) => Self::read(End::sqlite(file, Purpose::Read)?, None).await,
            CopySource::Database(Database::Sqlite(folder)) => {
                let lock = folder.lock()?;
                let end = End::sqlite(&folder.database(), Purpose::Read)?;
                Self::read(end, Some(lock)).await
            }
            CopySource::Database(Database::Postgres(settings)) => {
                Self::read(End::postgres(settings).await?, None).await
            }
        };
        open().await.map_err(CopyError::Source)
    }

    async fn read(end: End, lock: Option<FolderLock>) -> Result<Self, OpenError> {
        let End { name, mut db, pool } = end;
        refuse(&mut db).await?;
        match migrations::run(&mut db, None, Migrate::No).await {
            Ok(NEWEST) => {}
            // It may have tables that nobody knows here.
            Ok(found) => return Err(OpenError::Newer { found, known: NEWEST }),
            Err(OpenError::Older { found: 0, .. }) => {
                return Err(OpenError::Unfit {
                    reason: "guildhall has not made it, or it is empty".to_owned(),
                });
            }
            Err(error) => return Err(error),
        }
        let connections = connections(&mut db).await?;
        let snapshot = pool.snapshot(Cost::Page).await?;
        Ok(Self { name, snapshot, connections, _lock: lock })
    }

    /// How many rows there are, over all tables.
    pub(super) async fn rows(&mut self) -> Result<u64, CopyError> {
        let mut rows = 0;
        for table in TABLES {
            let sql = format!("SELECT count(*) FROM {table}");
            let count = self.snapshot.row(sql, vec![], |row| row.integer(0)).await;
            rows += count.map_err(CopyError::Read)?.unwrap_or_default().unsigned_abs();
        }
        Ok(rows)
    }
}

/// How many connections others have to a PostgreSQL database, as far as they say who they are.
async fn connections(db: &mut Db) -> Result<u64, Error> {
    let sql = "SELECT count(*)
               FROM pg_stat_activity
               WHERE datname = current_database() AND application_name = 'guildhall'
                 AND pid <> pg_backend_pid()";
    if let Db::Sqlite(_) = db {
        return Ok(0);
    }
    let counts = db.rows(sql, Vec::<Value<'_>>::new(), |row| row.integer(0)).await?;
    Ok(counts.into_iter().next().unwrap_or_default().unsigned_abs())
}
