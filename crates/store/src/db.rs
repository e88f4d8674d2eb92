//! One face for the databases: statements written once, with `$1`, and rows read by position.
//!
//! Everything is async, but on SQLite every future is ready at its first poll.

use std::borrow::Cow;

use crate::dialect::Dialect;
use crate::error::Error;
use crate::{postgres, sqlite};

/// A value to bind.
#[derive(Clone, Debug)]
pub(crate) enum Value<'a> {
    /// No value.
    Null,
    /// A number, an instant or a truth value.
    Integer(i64),
    /// Text, without NUL.
    Text(Cow<'a, str>),
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Integer(i64::from(value))
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(Cow::Borrowed(value))
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(value: &'a String) -> Self {
        Self::Text(Cow::Borrowed(value))
    }
}

impl From<String> for Value<'_> {
    fn from(value: String) -> Self {
        Self::Text(Cow::Owned(value))
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A row as the database gives it.
pub(crate) enum Row<'a> {
    /// A row of SQLite.
    Sqlite(&'a rusqlite::Row<'a>),
    /// A row of PostgreSQL.
    Postgres(&'a tokio_postgres::Row),
}

impl Row<'_> {
    /// The number in a column.
    pub(crate) fn integer(&self, column: usize) -> Result<i64, Error> {
        self.optional_integer(column)?.ok_or_else(|| Error::failed("a number is missing"))
    }

    /// The number in a column, if there is one.
    pub(crate) fn optional_integer(&self, column: usize) -> Result<Option<i64>, Error> {
        match self {
            Self::Sqlite(row) => row.get(column).map_err(Error::failed),
            Self::Postgres(row) => match row.try_get::<_, Option<i64>>(column) {
                Ok(number) => Ok(number),
                // A literal number is a narrower one.
                Err(_) => {
                    let narrow: Option<i32> = row.try_get(column).map_err(Error::failed)?;
                    Ok(narrow.map(i64::from))
                }
            },
        }
    }

    /// The truth value in a column.
    pub(crate) fn boolean(&self, column: usize) -> Result<bool, Error> {
        Ok(self.integer(column)? != 0)
    }

    /// The text in a column.
    pub(crate) fn text(&self, column: usize) -> Result<String, Error> {
        match self {
            Self::Sqlite(row) => row.get(column).map_err(Error::failed),
            Self::Postgres(row) => row.try_get(column).map_err(Error::failed),
        }
    }

    /// The text in a column, if there is one.
    pub(crate) fn optional_text(&self, column: usize) -> Result<Option<String>, Error> {
        match self {
            Self::Sqlite(row) => row.get(column).map_err(Error::failed),
            Self::Postgres(row) => row.try_get(column).map_err(Error::failed),
        }
    }
}

/// A connection of either database.
pub(crate) enum Db {
    /// The embedded database.
    Sqlite(sqlite::Session),
    /// A connection to PostgreSQL, which goes back to its pool.
    Postgres(postgres::Pooled),
}

impl Db {
    /// Runs one statement for each list of parameters and shows every row that comes back, in the
    /// order of the lists.
    ///
    /// The first parameter must be the same in all of them.
    pub(crate) async fn each<'a>(
        &mut self,
        sql: &str,
        calls: impl IntoIterator<Item = Vec<Value<'a>>>,
        mut seen: impl FnMut(&Row<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        match self {
            Self::Sqlite(session) => session.each(sql, calls, &mut seen),
            Self::Postgres(session) => {
                let calls: Vec<_> = calls.into_iter().collect();
                let (rows, _) = session.each(sql, &calls).await?;
                rows.iter().try_for_each(|row| seen(&Row::Postgres(row)))
            }
        }
    }

    /// Runs one statement for each list of parameters; tells how many rows it changed.
    ///
    /// The first parameter must be the same in all of them, and no two may name the same row.
    pub(crate) async fn execute<'a>(
        &mut self,
        sql: &str,
        calls: impl IntoIterator<Item = Vec<Value<'a>>>,
    ) -> Result<usize, Error> {
        match self {
            Self::Sqlite(session) => session.execute(sql, calls),
            Self::Postgres(session) => {
                let calls: Vec<_> = calls.into_iter().collect();
                let (_, changed) = session.each(sql, &calls).await?;
                Ok(usize::try_from(changed).unwrap_or(usize::MAX))
            }
        }
    }

    /// Runs one statement once and collects its rows.
    pub(crate) async fn rows<'a, T>(
        &mut self,
        sql: &str,
        parameters: Vec<Value<'a>>,
        read: impl Fn(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let mut rows = Vec::new();
        self.each(sql, [parameters], |row| {
            rows.push(read(row)?);
            Ok(())
        })
        .await?;
        Ok(rows)
    }

    /// Runs one statement that only one of the databases needs, or has.
    pub(crate) async fn execute_dialect<'a>(
        &mut self,
        sql: Dialect,
        calls: impl IntoIterator<Item = Vec<Value<'a>>>,
    ) -> Result<usize, Error> {
        match self.choose(sql) {
            Some(sql) => self.execute(sql, calls).await,
            None => Ok(0),
        }
    }

    /// Runs a script that only one of the databases needs, or has.
    pub(crate) async fn script_dialect(&mut self, sql: Dialect) -> Result<(), Error> {
        match self.choose(sql) {
            Some(sql) => self.script(sql).await,
            None => Ok(()),
        }
    }

    fn choose(&self, sql: Dialect) -> Option<&'static str> {
        match self {
            Self::Sqlite(_) => sql.sqlite,
            Self::Postgres(_) => sql.postgres,
        }
    }

    /// Runs a script of several statements without parameters.
    pub(crate) async fn script(&mut self, sql: &str) -> Result<(), Error> {
        match self {
            Self::Sqlite(session) => session.script(sql),
            Self::Postgres(session) => session.script(sql).await,
        }
    }

    /// Begins a transaction that will write.
    pub(crate) fn begin(&mut self) -> Result<(), Error> {
        match self {
            Self::Sqlite(session) => session.begin(),
            Self::Postgres(session) => {
                session.begin(postgres::Begin::Write);
                Ok(())
            }
        }
    }

    /// Makes what was written since `begin` lasting.
    pub(crate) async fn commit(&mut self) -> Result<(), Error> {
        match self {
            Self::Sqlite(session) => session.commit(),
            Self::Postgres(session) => session.commit().await,
        }
    }

    /// Takes back what was written since `begin`.
    pub(crate) async fn rollback(&mut self) -> Result<(), Error> {
        match self {
            Self::Sqlite(session) => session.rollback(),
            Self::Postgres(session) => session.rollback().await,
        }
    }
}
