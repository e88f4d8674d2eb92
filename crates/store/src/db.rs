//! One face for the databases: statements written once, with `$1`, and rows read by position.
//!
//! Everything is async, but on SQLite every future is ready at its first poll.

use std::borrow::Cow;

use rusqlite::types::ValueRef;
use tokio_postgres::types::Type;

use crate::dialect::Dialect;
use crate::error::Error;
use crate::{postgres, sqlite};

/// A value to bind.
#[derive(Clone, Debug, PartialEq, Eq)]
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
            Self::Sqlite(row) => match row.get_ref(column).map_err(Error::failed)? {
                ValueRef::Integer(number) => Ok(Some(number)),
                ValueRef::Null => Ok(None),
                other => Err(Error::failed(format!("{} is no number", other.data_type()))),
            },
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

    /// What is in each column.
    pub(crate) fn values(&self) -> Result<Vec<Value<'static>>, Error> {
        (0..self.columns()).map(|column| self.value(column)).collect()
    }

    fn columns(&self) -> usize {
        match self {
            Self::Sqlite(row) => row.as_ref().column_count(),
            Self::Postgres(row) => row.len(),
        }
    }

    fn value(&self, column: usize) -> Result<Value<'static>, Error> {
        let is_text = match self {
            Self::Sqlite(row) => matches!(row.get_ref(column), Ok(ValueRef::Text(_))),
            Self::Postgres(row) => *row.columns()[column].type_() == Type::TEXT,
        };
        Ok(match is_text {
            true => self.optional_text(column)?.into(),
            false => self.optional_integer(column)?.into(),
        })
    }

    /// The truth value in a column.
    pub(crate) fn boolean(&self, column: usize) -> Result<bool, Error> {
        Ok(self.integer(column)? != 0)
    }

    /// The text in a column.
    pub(crate) fn text(&self, column: usize) -> Result<String, Error> {
        self.optional_text(column)?.ok_or_else(|| Error::failed("a text is missing"))
    }

    /// The text in a column, if there is one.
    pub(crate) fn optional_text(&self, column: usize) -> Result<Option<String>, Error> {
        match self {
            Self::Sqlite(row) => match row.get_ref(column).map_err(Error::failed)? {
                ValueRef::Text(text) => {
                    String::from_utf8(text.to_vec()).map(Some).map_err(Error::failed)
                }
                ValueRef::Null => Ok(None),
                other => Err(Error::failed(format!("{} is no text", other.data_type()))),
            },
            Self::Postgres(row) => row.try_get(column).map_err(Error::failed),
        }
    }
}

/// Statements that do not need one another's answers, in the order in which they run.
#[derive(Default)]
pub(crate) struct Statements<'a> {
    list: Vec<Statement<'a>>,
}

struct Statement<'a> {
    sql: Cow<'a, str>,
    calls: Calls<'a>,
    seen: Option<Seen<'a>>,
    /// How many rows it has to change, if that is known.
    expected: Option<usize>,
}

/// The parameters of one statement, once for each of several rows.
pub(crate) type Calls<'a> = Vec<Vec<Value<'a>>>;

/// Is shown every row that comes back.
type Seen<'a> = Box<dyn FnMut(&Row<'_>) -> Result<(), Error> + Send + 'a>;

impl<'a> Statements<'a> {
    /// Adds a statement that asks, as in [`Db::each`].
    pub(crate) fn ask(
        &mut self,
        sql: impl Into<Cow<'a, str>>,
        calls: Calls<'a>,
        seen: impl FnMut(&Row<'_>) -> Result<(), Error> + Send + 'a,
    ) {
        self.add(Statement { sql: sql.into(), calls, seen: Some(Box::new(seen)), expected: None });
    }

    /// Adds a statement that changes one row for each list of parameters, as in [`Db::execute`].
    pub(crate) fn change(&mut self, sql: impl Into<Cow<'a, str>>, calls: Calls<'a>) {
        let expected = Some(calls.len());
        self.add(Statement { sql: sql.into(), calls, seen: None, expected });
    }

    /// Adds a statement that changes as many rows as are `expected` over all.
    pub(crate) fn change_rows(
        &mut self,
        sql: impl Into<Cow<'a, str>>,
        calls: Calls<'a>,
        expected: usize,
    ) {
        self.add(Statement { sql: sql.into(), calls, seen: None, expected: Some(expected) });
    }

    /// Adds a statement that changes any number of rows.
    pub(crate) fn change_any(&mut self, sql: impl Into<Cow<'a, str>>, calls: Calls<'a>) {
        self.add(Statement { sql: sql.into(), calls, seen: None, expected: None });
    }

    fn add(&mut self, statement: Statement<'a>) {
        if !statement.calls.is_empty() {
            self.list.push(statement);
        }
    }
}

impl Statement<'_> {
    /// Tells the race as lost where another number of rows changed than was decided.
    fn check(&self, changed: usize) -> Result<(), Error> {
        match self.expected {
            Some(expected) if expected != changed => {
                let reason = format!("{expected} rows were to change, and {changed} did");
                Err(Error::Lost(reason.into()))
            }
            _ => Ok(()),
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
                let answer = Box::pin(session.each(sql, &calls)).await?;
                answer.rows.iter().try_for_each(|row| seen(&Row::Postgres(row)))
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
                let answer = Box::pin(session.each(sql, &calls)).await?;
                Ok(usize::try_from(answer.changed).unwrap_or(usize::MAX))
            }
        }
    }

    /// Runs statements in their order; on PostgreSQL none waits for the answer to another.
    ///
    /// # Errors
    /// [`Error::Lost`] too where a statement changed another number of rows than it had to.
    pub(crate) async fn together(&mut self, statements: Statements<'_>) -> Result<(), Error> {
        let list = statements.list;
        if list.is_empty() {
            return Ok(());
        }
        match self {
            Self::Sqlite(session) => {
                for mut statement in list {
                    let calls = std::mem::take(&mut statement.calls);
                    match &mut statement.seen {
                        Some(seen) => session.each(&statement.sql, calls, seen)?,
                        None => statement.check(session.execute(&statement.sql, calls)?)?,
                    }
                }
            }
            Self::Postgres(session) => {
                let sent: Vec<_> =
                    list.iter().map(|it| (it.sql.as_ref(), it.calls.as_slice())).collect();
                let answers = Box::pin(session.together(&sent)).await?;
                for (mut statement, answer) in list.into_iter().zip(answers) {
                    match &mut statement.seen {
                        Some(seen) => {
                            answer.rows.iter().try_for_each(|row| seen(&Row::Postgres(row)))?;
                        }
                        None => {
                            let changed = usize::try_from(answer.changed).unwrap_or(usize::MAX);
                            statement.check(changed)?;
                        }
                    }
                }
            }
        }
        Ok(())
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
        match self.dialect()(sql) {
            Some(sql) => self.execute(sql, calls).await,
            None => Ok(0),
        }
    }

    /// Runs a script that only one of the databases needs, or has.
    pub(crate) async fn script_dialect(&mut self, sql: Dialect) -> Result<(), Error> {
        match self.dialect()(sql) {
            Some(sql) => self.script(sql).await,
            None => Ok(()),
        }
    }

    /// What chooses the statement of this database, if it has one.
    pub(crate) fn dialect(&self) -> fn(Dialect) -> Option<&'static str> {
        match self {
            Self::Sqlite(_) => |sql| sql.sqlite,
            Self::Postgres(_) => |sql| sql.postgres,
        }
    }

    /// Runs a script of several statements without parameters.
    pub(crate) async fn script(&mut self, sql: &str) -> Result<(), Error> {
        match self {
            Self::Sqlite(session) => session.script(sql),
            Self::Postgres(session) => Box::pin(session.script(sql)).await,
        }
    }

    /// A number that changes whenever another connection commits; `None` on PostgreSQL.
    pub(crate) fn data_version(&self) -> Result<Option<i64>, Error> {
        match self {
            Self::Sqlite(session) => session.data_version().map(Some),
            Self::Postgres(_) => Ok(None),
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
            Self::Postgres(session) => Box::pin(session.commit()).await,
        }
    }

    /// Takes back what was written since `begin`.
    pub(crate) async fn rollback(&mut self) -> Result<(), Error> {
        match self {
            Self::Sqlite(session) => session.rollback(),
            Self::Postgres(session) => Box::pin(session.rollback()).await,
        }
    }
}
