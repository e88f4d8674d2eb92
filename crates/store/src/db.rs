//! One face for the databases: statements written once, with `$1`, and rows read by position.
//!
//! Everything is async, but on SQLite every future is ready at its first poll.

use std::borrow::Cow;

use crate::error::Error;
use crate::sqlite::Session;

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
}

impl Row<'_> {
    /// The number in a column.
    pub(crate) fn integer(&self, column: usize) -> Result<i64, Error> {
        match self {
            Self::Sqlite(row) => row.get(column).map_err(Error::failed),
        }
    }

    /// The number in a column, if there is one.
    pub(crate) fn optional_integer(&self, column: usize) -> Result<Option<i64>, Error> {
        match self {
            Self::Sqlite(row) => row.get(column).map_err(Error::failed),
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
        }
    }

    /// The text in a column, if there is one.
    pub(crate) fn optional_text(&self, column: usize) -> Result<Option<String>, Error> {
        match self {
            Self::Sqlite(row) => row.get(column).map_err(Error::failed),
        }
    }
}

/// A connection of either database.
pub(crate) enum Db {
    /// The embedded database.
    Sqlite(Session),
}

impl Db {
    /// Runs one statement for each list of parameters and shows every row that comes back.
    pub(crate) async fn each<'a>(
        &mut self,
        sql: &str,
        calls: impl IntoIterator<Item = Vec<Value<'a>>>,
        mut seen: impl FnMut(&Row<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        match self {
            Self::Sqlite(session) => session.each(sql, calls, &mut seen),
        }
    }

    /// Runs one statement for each list of parameters; tells how many rows it changed.
    pub(crate) async fn execute<'a>(
        &mut self,
        sql: &str,
        calls: impl IntoIterator<Item = Vec<Value<'a>>>,
    ) -> Result<usize, Error> {
        match self {
            Self::Sqlite(session) => session.execute(sql, calls),
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

    /// Begins a transaction that will write.
    pub(crate) async fn begin(&mut self) -> Result<(), Error> {
        match self {
            Self::Sqlite(session) => session.begin(),
        }
    }

    /// Makes what was written since `begin` lasting.
    pub(crate) async fn commit(&mut self) -> Result<(), Error> {
        match self {
            Self::Sqlite(session) => session.commit(),
        }
    }

    /// Takes back what was written since `begin`.
    pub(crate) async fn rollback(&mut self) -> Result<(), Error> {
        match self {
            Self::Sqlite(session) => session.rollback(),
        }
    }
}

/// Reads a value of a future that is ready at its first poll, as every future on SQLite is.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    futures_util::FutureExt::now_or_never(future).expect("a SQLite future is ready when polled")
}
