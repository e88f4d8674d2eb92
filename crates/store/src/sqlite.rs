//! SQLite: how its files are opened, and one connection.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, OpenFlags, ToSql};

use crate::db::{Row, Value};
use crate::dialect;
use crate::error::Error;

/// How many prepared statements a connection keeps.
const STATEMENTS_KEPT: usize = 256;
/// How long a statement waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// After how many steps of its machine SQLite looks whether a read has taken too long.
const STEPS_BETWEEN_LOOKS: i32 = 10_000;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// It writes.
    Write,
    /// It reads only.
    Read,
}

/// One connection to a SQLite database.
#[derive(Debug)]
pub(crate) struct Session {
    connection: Connection,
    #[cfg(test)]
    place: String,
}

impl Session {
    /// Opens the database in `file`, which a connection that writes makes if need be.
    pub(crate) fn open(file: &Path, purpose: Purpose) -> Result<Self, Error> {
        let access = match purpose {
            Purpose::Write => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
            Purpose::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
        };
        let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(file, flags).map_err(error)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        connection.busy_timeout(BUSY_TIMEOUT).map_err(error)?;
        // Else a statement whose limit is bound is planned anew whenever another one is.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(error)?;
        let session = Self {
            connection,
            #[cfg(test)]
            place: file.display().to_string(),
        };
        if purpose == Purpose::Write {
            session.prepare_to_write()?;
        }
        Ok(session)
    }

    /// Every commit reaches the disk before it is answered; the log is emptied elsewhere, and keeps its
    /// size up to 64 MiB, because to write over what is there is quicker than to make a file longer.
    fn prepare_to_write(&self) -> Result<(), Error> {
        let pragmas = "PRAGMA journal_mode = WAL;
                       PRAGMA synchronous = FULL;
                       PRAGMA foreign_keys = ON;
                       PRAGMA wal_autocheckpoint = 0;
                       PRAGMA journal_size_limit = 67108864;";
        self.connection.execute_batch(pragmas).map_err(error)
    }

    /// Runs a script of several statements.
    pub(crate) fn script(&self, sql: &str) -> Result<(), Error> {
        self.connection.execute_batch(sql).map_err(error)
    }

    /// What a pragma says.
    pub(crate) fn pragma(&self, name: &str) -> Result<String, Error> {
        let read = |row: &rusqlite::Row<'_>| {
            Ok(match row.get_ref(0)? {
                ValueRef::Integer(number) => number.to_string(),
                other => other.as_str().unwrap_or_default().to_owned(),
            })
        };
        self.connection.query_row(&format!("PRAGMA {name}"), [], read).map_err(error)
    }

    pub(crate) fn each<'a>(
        &self,
        sql: &str,
        calls: impl IntoIterator<Item = Vec<Value<'a>>>,
        seen: &mut impl FnMut(&Row<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut calls = calls.into_iter().peekable();
        if calls.peek().is_none() {
            return Ok(());
        }
        #[cfg(test)]
        crate::shards::record(&self.place, sql);
        let mut statement = self.prepare(sql).map_err(error)?;
        for parameters in calls {
            statement.bind(&parameters).map_err(error)?;
            let mut rows = statement.prepared.raw_query();
            while let Some(row) = rows.next().map_err(error)? {
                seen(&Row::Sqlite(row))?;
            }
        }
        Ok(())
    }

    pub(crate) fn execute<'a>(
        &self,
        sql: &str,
        calls: impl IntoIterator<Item = Vec<Value<'a>>>,
    ) -> Result<usize, Error> {
        let mut calls = calls.into_iter().peekable();
        if calls.peek().is_none() {
            return Ok(0);
        }
        #[cfg(test)]
        crate::shards::record(&self.place, sql);
        let mut statement = self.prepare(sql).map_err(error)?;
        let mut changed = 0;
        for parameters in calls {
            statement.bind(&parameters).map_err(error)?;
            changed += statement.prepared.raw_execute().map_err(error)?;
        }
        Ok(changed)
    }

    fn prepare(&self, sql: &str) -> rusqlite::Result<Statement<'_>> {
        let prepared = self.connection.prepare_cached(dialect::without_lock(sql))?;
        let number = |index| {
            let name: &str = prepared.parameter_name(index).unwrap_or_default();
            name.strip_prefix('$').and_then(|digits| digits.parse().ok())
        };
        let numbers: Option<Vec<usize>> = (1..=prepared.parameter_count()).map(number).collect();
        let numbers =
            numbers.ok_or_else(|| rusqlite::Error::InvalidParameterName(sql.to_owned()))?;
        Ok(Statement { prepared, numbers })
    }

    /// A number that changes whenever another connection commits.
    pub(crate) fn data_version(&self) -> Result<i64, Error> {
        let mut pragma = self.connection.prepare_cached("PRAGMA data_version").map_err(error)?;
        pragma.query_row([], |row| row.get(0)).map_err(error)
    }

    pub(crate) fn begin(&self) -> Result<(), Error> {
        self.run("BEGIN IMMEDIATE").map_err(error)
    }

    /// Begins a transaction whose every read sees the same state.
    pub(crate) fn begin_reading(&self) -> Result<(), Error> {
        self.run("BEGIN").map_err(error)
    }

    /// Makes what was written lasting.
    ///
    /// # Errors
    /// [`Error::Unknown`] where the disk failed: what is in the log may come back with it.
    pub(crate) fn commit(&self) -> Result<(), Error> {
        self.run("COMMIT").map_err(|source| match source.sqlite_error_code() {
            Some(rusqlite::ErrorCode::SystemIoFailure) => Error::Unknown(source.into()),
            _ => error(source),
        })
    }

    pub(crate) fn rollback(&self) -> Result<(), Error> {
        if self.connection.is_autocommit() { Ok(()) } else { self.run("ROLLBACK").map_err(error) }
    }

    /// Runs a statement without parameters and rows that comes with each transaction.
    fn run(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(drop)
    }

    /// Stops a statement that still runs at `deadline`; `None` lets statements run.
    pub(crate) fn stop_at(&mut self, deadline: Option<Instant>) -> Result<(), Error> {
        let look = deadline.map(|deadline| move || Instant::now() >= deadline);
        self.connection.progress_handler(STEPS_BETWEEN_LOOKS, look).map_err(error)
    }

    /// Moves what the log holds into the database as far as readers allow; tells whether that was all.
    pub(crate) fn checkpoint(&self, mode: &str) -> Result<bool, Error> {
        let read = |row: &rusqlite::Row<'_>| {
            let [was_held_up, frames, moved]: [i64; 3] = [row.get(0)?, row.get(1)?, row.get(2)?];
            Ok(was_held_up == 0 && moved == frames)
        };
        let sql = format!("PRAGMA wal_checkpoint({mode})");
        self.connection.query_row(&sql, [], read).map_err(error)
    }
}

/// A prepared statement, and the numbers of its parameters in the order in which SQLite met them:
/// it takes `$2` for a name, and not for the second value.
struct Statement<'a> {
    prepared: CachedStatement<'a>,
    numbers: Vec<usize>,
}

impl Statement<'_> {
    fn bind(&mut self, parameters: &[Value<'_>]) -> rusqlite::Result<()> {
        let asked = self.numbers.iter().max().copied().unwrap_or(0);
        if asked != parameters.len() {
            return Err(rusqlite::Error::InvalidParameterCount(parameters.len(), asked));
        }
        for (index, number) in self.numbers.iter().enumerate() {
            self.prepared.raw_bind_parameter(index + 1, &parameters[number - 1])?;
        }
        Ok(())
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

/// A broken constraint means that somebody else was first; rules look before they write.
fn error(source: rusqlite::Error) -> Error {
    match source.sqlite_error_code() {
        Some(rusqlite::ErrorCode::ConstraintViolation) => Error::Lost(source.into()),
        _ => Error::Failed(source.into()),
    }
}

/// Tells whether a read ended because its time was up.
pub(crate) fn was_interrupted(error: &Error) -> bool {
    let Error::Failed(source) = error else { return false };
    source
        .downcast_ref::<rusqlite::Error>()
        .and_then(rusqlite::Error::sqlite_error_code)
        .is_some_and(|code| code == rusqlite::ErrorCode::OperationInterrupted)
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    #[test]
    fn a_statement_is_planned_once_whatever_is_bound() {
        let folder = tempfile::tempdir().unwrap();
        let session = Session::open(&folder.path().join("test.db"), Purpose::Write).unwrap();
        session.script("CREATE TABLE words (word TEXT PRIMARY KEY)").unwrap();
        let sql = "SELECT word FROM words WHERE word > $1 AND word LIKE $2 LIMIT $3 OFFSET $4";

        for number in 1..5 {
            let call = vec!["a".into(), "b%".into(), number.into(), number.into()];
            session.each(sql, [call], &mut |_| Ok(())).unwrap();
        }

        let statement = session.connection.prepare_cached(sql).unwrap();
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    }
}
