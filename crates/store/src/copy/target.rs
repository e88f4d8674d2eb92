//! What is copied to.

use super::CopyError;
use super::ends::{End, name_of_file};
use super::tables::{Shape, TABLES, Values};
use super::under_way::UnderWay;
use crate::db::{Db, Statements};
use crate::dialect::{COPY_SEARCHED_USER, FORGET_SEARCHED_USERS, LOCK_ADMINISTRATION};
use crate::error::{Error, OpenError};
use crate::migrations::{self, NEWEST};
use crate::reading::{Cost, Pool, Snapshot};
use crate::sqlite::Purpose;
use crate::{Database, FolderLock, Migrate};

/// How many rows a transaction has at least: with a few hundred, SQLite's index of trigrams would be
/// in many small parts that have to be merged.
const ROWS_A_COMMIT: usize = 5000;
/// Keeps the pages that rows go to at hand, up to 256 MiB: the indexes of users are written all over.
const CACHE: &str = "PRAGMA cache_size = -262144";
/// After how many commits SQLite's log is emptied.
const COMMITS_IN_THE_LOG: usize = 8;

/// What is filled; others cannot open it before its end.
pub(super) struct Target {
    pub(super) under_way: UnderWay,
    db: Db,
    pool: Pool,
    /// Rows that are not committed yet.
    pending: usize,
    commits: usize,
    _lock: Option<FolderLock>,
}

impl Target {
    /// Opens the database, whose schema is made if need be, to be filled from the source of that
    /// name; anew where that is asked for, and an unfinished copy is there.
    pub(super) async fn open(
        database: &Database,
        source: &str,
        is_anew: bool,
    ) -> Result<Self, CopyError> {
        let (end, lock) = reach(database, source).await?;
        let End { mut db, pool, .. } = end;
        if let Db::Sqlite(session) = &db {
            session.script(CACHE).map_err(CopyError::Write)?;
        }
        let under_way = match (UnderWay::find(&mut db).await.map_err(opening)?, is_anew) {
            (None, true) => return Err(CopyError::NothingToRestart),
            (Some(found), false) if found.source != source => {
                return Err(CopyError::OtherSource { source_name: found.source });
            }
            (found, _) => found,
        };
        make_schema(&mut db).await?;
        let under_way = match under_way {
            Some(found) if !is_anew => found,
            Some(_) => {
                empty(&mut db).await.map_err(CopyError::Write)?;
                begin(&mut db, source).await?
            }
            None => begin(&mut db, source).await?,
        };
        Ok(Self { under_way, db, pool, pending: 0, commits: 0, _lock: lock })
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

    /// Writes rows, and commits them with others.
    pub(super) async fn write(
        &mut self,
        shape: &Shape,
        rows: Vec<Values>,
    ) -> Result<(), CopyError> {
        let outcome = self.insert(shape, rows).await;
        if !matches!(outcome, Ok(true)) {
            // The first error tells more.
            let _ = self.db.rollback().await;
        }
        match outcome {
            Ok(true) if self.pending >= ROWS_A_COMMIT => self.commit().await,
            Ok(true) => Ok(()),
            Ok(false) => Err(CopyError::NotAlone),
            Err(error) => Err(CopyError::Write(error)),
        }
    }

    /// Commits what was written.
    pub(super) async fn commit(&mut self) -> Result<(), CopyError> {
        if std::mem::take(&mut self.pending) == 0 {
            return Ok(());
        }
        self.db.commit().await.map_err(CopyError::Write)?;
        self.commits += 1;
        match self.commits.is_multiple_of(COMMITS_IN_THE_LOG) {
            true => self.empty_log().map_err(CopyError::Write),
            false => Ok(()),
        }
    }

    async fn insert(&mut self, shape: &Shape, rows: Vec<Values>) -> Result<bool, Error> {
        if self.pending == 0 {
            self.db.begin()?;
        }
        self.pending += rows.len();
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
        Ok(true)
    }

    /// One state of what is there, to compare it.
    pub(super) async fn snapshot(&self) -> Result<Snapshot, CopyError> {
        self.pool.snapshot(Cost::Page).await.map_err(CopyError::Write)
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
            Db::Sqlite(session) => session.checkpoint("TRUNCATE").map(drop),
            Db::Postgres(_) => Ok(()),
        }
    }
}

async fn reach(database: &Database, source: &str) -> Result<(End, Option<FolderLock>), CopyError> {
    let reached = match database {
        Database::Sqlite(folder) => {
            let file = folder.database();
            // Before its lock, which the source has.
            if name_of_file(&file) == source {
                return Err(CopyError::Same);
            }
            let lock = folder.lock().map_err(CopyError::Target)?;
            End::sqlite(&file, Purpose::Write).map(|end| (end, Some(lock)))
        }
        Database::Postgres(settings) => End::postgres(settings).await.map(|end| (end, None)),
    };
    let (end, lock) = reached.map_err(CopyError::Target)?;
    if end.name == source { Err(CopyError::Same) } else { Ok((end, lock)) }
}

/// Makes or updates the schema; not that of a database which others have filled.
async fn make_schema(db: &mut Db) -> Result<(), CopyError> {
    if let Err(OpenError::Older { found: 1.., .. }) = migrations::run(db, None, Migrate::No).await
        && UnderWay::find(db).await.map_err(opening)?.is_none()
    {
        refuse_rows(db, "instances").await?;
    }
    match migrations::run(db, None, Migrate::Yes).await.map_err(CopyError::Target)? {
        NEWEST => Ok(()),
        found => Err(CopyError::Target(OpenError::Newer { found, known: NEWEST })),
    }
}

async fn refuse_rows(db: &mut Db, table: &'static str) -> Result<(), CopyError> {
    let sql = format!("SELECT 1 FROM {table} LIMIT 1");
    let rows = db.rows(&sql, vec![], |row| row.integer(0)).await.map_err(CopyError::Write)?;
    if rows.is_empty() { Ok(()) } else { Err(CopyError::Occupied { table }) }
}

/// Marks an empty database.
async fn begin(db: &mut Db, source: &str) -> Result<UnderWay, CopyError> {
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
        refuse_rows(db, table).await?;
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
