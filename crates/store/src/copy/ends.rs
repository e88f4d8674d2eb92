//! The two ends of a copy: what is read, and what is filled.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::CopyError;
use super::tables::{Shape, TABLES, Values};
use super::under_way::{UnderWay, refuse};
use crate::db::{Db, Row, Statements, Value};
use crate::dialect::{COPY_SEARCHED_USER, FORGET_SEARCHED_USERS, LOCK_ADMINISTRATION};
use crate::error::{Error, OpenError};
use crate::migrations::{self, NEWEST};
use crate::observer::{Observer, Unobserved};
use crate::postgres::{self, Address};
use crate::reading::{Cost, Pool, Snapshot};
use crate::sqlite::{Purpose, Session};
use crate::{Database, FolderLock, Migrate, PostgresSettings};

/// After how many batches SQLite's log is emptied.
const BATCHES_IN_THE_LOG: usize = 64;

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
    _lock: Option<FolderLock>,
}

impl Origin {
    pub(super) async fn open(source: &CopySource) -> Result<Self, CopyError> {
        Self::opened(source).await.map_err(CopyError::Source)
    }

    async fn opened(source: &CopySource) -> Result<Self, OpenError> {
        let (file, lock) = match source {
            CopySource::File(file) => (file.clone(), None),
            CopySource::Database(Database::Sqlite(folder)) => {
                (folder.database(), Some(folder.lock()?))
            }
            CopySource::Database(Database::Postgres(settings)) => {
                let settings = patient(settings);
                let address = Arc::new(Address::new(&settings)?);
                let mut db = connect(&settings, &address).await?;
                let pool = Pool::postgres(&settings, &address, &observer());
                let name = name_of_postgres(&mut db, &address).await?;
                return Self::read(name, db, &pool, None).await;
            }
        };
        let db = Db::Sqlite(Session::open(&file, Purpose::Read)?);
        Self::read(name_of_file(&file), db, &Pool::sqlite(file, &observer()), lock).await
    }

    async fn read(
        name: String,
        mut db: Db,
        pool: &Pool,
        lock: Option<FolderLock>,
    ) -> Result<Self, OpenError> {
        refuse(&mut db).await?;
        let found = migrations::run(&mut db, None, Migrate::No).await?;
        if found != NEWEST {
            // It may have tables that nobody knows here.
            return Err(OpenError::Newer { found, known: NEWEST });
        }
        let snapshot = pool.snapshot(Cost::Everything).await?;
        Ok(Self { name, snapshot, _lock: lock })
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

/// What is filled; others cannot open it before its end.
pub(super) struct Target {
    pub(super) under_way: UnderWay,
    db: Db,
    pool: Pool,
    batches: usize,
    _lock: Option<FolderLock>,
}

impl Target {
    /// Opens the database, whose schema is made if need be, to be filled from the source of that
    /// name.
    pub(super) async fn open(
        database: &Database,
        source: &str,
        is_anew: bool,
    ) -> Result<Self, CopyError> {
        let failed = CopyError::Target;
        let (name, mut db, pool, lock) = match database {
            Database::Sqlite(folder) => {
                let (file, lock) = (folder.database(), folder.lock().map_err(failed)?);
                let name = name_of_file(&file);
                let session = Session::open(&file, Purpose::Write).map_err(opening)?;
                (name, Db::Sqlite(session), Pool::sqlite(file, &observer()), Some(lock))
            }
            Database::Postgres(settings) => {
                let settings = patient(settings);
                let address = Arc::new(Address::new(&settings).map_err(failed)?);
                let mut db = connect(&settings, &address).await.map_err(opening)?;
                let name = name_of_postgres(&mut db, &address).await.map_err(opening)?;
                (name, db, Pool::postgres(&settings, &address, &observer()), None)
            }
        };
        if name == source {
            return Err(CopyError::Same);
        }
        let found = UnderWay::find(&mut db).await.map_err(opening)?;
        let found = match (found, is_anew) {
            (None, true) => return Err(CopyError::NothingToRestart),
            (Some(_), true) => {
                empty(&mut db).await.map_err(CopyError::Write)?;
                None
            }
            (found, false) => found,
        };
        let under_way = match found {
            Some(found) if found.source != source => {
                return Err(CopyError::OtherSource { source_name: found.source });
            }
            Some(found) => found,
            None => begin(&mut db, source).await?,
        };
        Ok(Self { under_way, db, pool, batches: 0, _lock: lock })
    }

    /// The columns of each table, in the order of [`TABLES`].
    pub(super) async fn shapes(&mut self) -> Result<Vec<Shape>, CopyError> {
        let mut shapes = Vec::new();
        for table in TABLES {
            shapes.push(Shape::of(&mut self.db, table).await.map_err(CopyError::Write)?);
        }
        Ok(shapes)
    }

    /// The key of the last row that is there.
    pub(super) async fn last(&mut self, shape: &Shape) -> Result<Option<Values>, CopyError> {
        let last = self.db.rows(&shape.last(), vec![], |row| row.values()).await;
        Ok(last.map_err(CopyError::Write)?.into_iter().next())
    }

    /// Writes rows and commits them.
    pub(super) async fn write(
        &mut self,
        shape: &Shape,
        rows: Vec<Values>,
    ) -> Result<(), CopyError> {
        let outcome = self.transaction(shape, rows).await;
        if !matches!(outcome, Ok(true)) {
            // The first error tells more.
            let _ = self.db.rollback().await;
        }
        match outcome {
            Ok(true) => {}
            Ok(false) => return Err(CopyError::NotAlone),
            Err(error) => return Err(CopyError::Write(error)),
        }
        self.batches += 1;
        if self.batches.is_multiple_of(BATCHES_IN_THE_LOG) {
            self.empty_log().map_err(CopyError::Write)?;
        }
        Ok(())
    }

    async fn transaction(&mut self, shape: &Shape, rows: Vec<Values>) -> Result<bool, Error> {
        self.db.begin()?;
        // First, so that two commands wait for each other here.
        if !self.under_way.advance(&mut self.db, rows.len()).await? {
            return Ok(false);
        }
        let searched: Vec<Values> = match shape.table {
            "users" => rows.iter().map(|row| shape.key_of(row)).collect(),
            _ => Vec::new(),
        };
        let insert = shape.insert();
        let mut statements = Statements::default();
        for rows in by_first_value(rows) {
            statements.change(insert.as_str(), rows);
        }
        self.db.together(statements).await?;
        self.db.execute_dialect(COPY_SEARCHED_USER, searched).await?;
        self.db.commit().await?;
        Ok(true)
    }

    /// One state of what is there, to compare it.
    pub(super) async fn snapshot(&self) -> Result<Snapshot, CopyError> {
        self.pool.snapshot(Cost::Everything).await.map_err(CopyError::Write)
    }

    /// Lets everybody open the database.
    pub(super) async fn publish(mut self) -> Result<(), CopyError> {
        let publish = async {
            self.db.begin()?;
            UnderWay::end(&mut self.db).await?;
            self.db.commit().await?;
            self.empty_log()
        };
        publish.await.map_err(CopyError::Write)
    }

    fn empty_log(&self) -> Result<(), Error> {
        match &self.db {
            Db::Sqlite(session) => session.checkpoint("TRUNCATE"),
            Db::Postgres(_) => Ok(()),
        }
    }
}

/// Makes the schema of an empty database and marks it.
async fn begin(db: &mut Db, source: &str) -> Result<UnderWay, CopyError> {
    let found = migrations::run(db, None, Migrate::Yes).await.map_err(CopyError::Target)?;
    if found != NEWEST {
        return Err(CopyError::Target(OpenError::Newer { found, known: NEWEST }));
    }
    db.begin().map_err(CopyError::Write)?;
    let outcome = mark(db, source).await;
    match &outcome {
        Ok(_) => db.commit().await.map_err(CopyError::Write)?,
        Err(_) => db.rollback().await.map_err(CopyError::Write)?,
    }
    outcome
}

async fn mark(db: &mut Db, source: &str) -> Result<UnderWay, CopyError> {
    // A server that starts would make an instance.
    db.execute_dialect(LOCK_ADMINISTRATION, [vec![]]).await.map_err(CopyError::Write)?;
    if UnderWay::find(db).await.map_err(CopyError::Write)?.is_some() {
        return Err(CopyError::NotAlone);
    }
    for table in TABLES {
        let sql = format!("SELECT 1 FROM {table} LIMIT 1");
        let rows = db.rows(&sql, vec![], |row| row.integer(0)).await.map_err(CopyError::Write)?;
        if !rows.is_empty() {
            return Err(CopyError::Occupied { table });
        }
    }
    UnderWay::begin(db, source).await.map_err(CopyError::Write)
}

/// Throws away what an unfinished copy has written.
async fn empty(db: &mut Db) -> Result<(), Error> {
    db.begin()?;
    match db {
        Db::Sqlite(session) => {
            for table in TABLES.iter().rev() {
                session.script(&format!("DELETE FROM {table}"))?;
            }
            session.script(FORGET_SEARCHED_USERS)?;
        }
        Db::Postgres(session) => {
            session.script(&format!("TRUNCATE {}", TABLES.join(", "))).await?;
        }
    }
    UnderWay::end(db).await?;
    db.commit().await
}

/// Rows whose first value, the instance as a rule, is the same go in one statement.
fn by_first_value(rows: Vec<Values>) -> Vec<Vec<Values>> {
    let mut groups: Vec<Vec<Values>> = Vec::new();
    for row in rows {
        match groups.last_mut() {
            Some(group) if group[0].first() == row.first() => group.push(row),
            _ => groups.push(vec![row]),
        }
    }
    groups
}

fn opening(error: Error) -> CopyError {
    CopyError::Target(error.into())
}

fn observer() -> Arc<dyn Observer> {
    Arc::new(Unobserved)
}

/// Nobody waits for a copy: one end is idle as long as the other is busy.
fn patient(settings: &PostgresSettings) -> PostgresSettings {
    PostgresSettings { idle_transaction_timeout: Duration::ZERO, ..settings.clone() }
}

async fn connect(settings: &PostgresSettings, address: &Arc<Address>) -> Result<Db, Error> {
    let purpose = postgres::Purpose::Copy;
    let pool = postgres::Pool::new(settings, address, purpose, 1, &observer());
    Ok(Db::Postgres(pool.take().await?))
}

/// What tells a file from every other one of this machine.
fn name_of_file(file: &Path) -> String {
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
