//! A snapshot: one state of the database, and the statements that read it.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use super::{SCAN_LIMIT, Scanning};
use crate::db::{Calls, Row, Value};
use crate::error::Error;
use crate::files::{Files, Reading};
use crate::kept::State;
use crate::kept_reads::KeptReads;
use crate::observer::InUse;
use crate::{dialect, postgres, sqlite};

/// A state of the database that stays the same while it is read.
pub(crate) struct Snapshot {
    pub(super) reader: Reader,
    pub(super) kept: Arc<KeptReads>,
    pub(super) _in_use: InUse,
    /// Kept by a read that still runs when nobody waits for it any more.
    pub(super) permit: Option<Arc<Scanning>>,
}

/// What a snapshot is read by.
pub(super) enum Reader {
    Sqlite { reading: Option<Reading>, files: Files },
    Postgres { session: postgres::Pooled, limit: Duration },
}

impl Snapshot {
    /// Runs a statement and collects its rows.
    pub(crate) async fn rows<T: Send + 'static>(
        &mut self,
        sql: impl AsRef<str> + Send + Sync + 'static,
        parameters: Vec<Value<'static>>,
        read: fn(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        #[cfg(test)]
        crate::plans::record(sql.as_ref());
        match &mut self.reader {
            Reader::Sqlite { reading, .. } => {
                let permit = self.permit.as_ref();
                let push = pushing(read);
                fold_file(reading, permit, sql, vec![parameters], Vec::new(), push).await
            }
            Reader::Postgres { session, limit } => {
                let calls = [parameters];
                let outcome = Box::pin(session.each(sql.as_ref(), &calls)).await;
                let answer = outcome.map_err(|error| in_time(error, *limit))?;
                #[cfg(test)]
                crate::plans::explain(session, sql.as_ref(), &calls).await;
                read_all(&answer, read)
            }
        }
    }

    /// Runs a statement on SQLite and adds each of its rows to `all` where they are read.
    ///
    /// # Errors
    /// Where the read takes too long, or the database is PostgreSQL.
    pub(crate) async fn fold<C: Send + 'static>(
        &mut self,
        sql: &'static str,
        parameters: Vec<Value<'static>>,
        all: C,
        add: fn(&mut C, &Row<'_>) -> Result<(), Error>,
    ) -> Result<C, Error> {
        #[cfg(test)]
        crate::plans::record(sql);
        let Reader::Sqlite { reading, .. } = &mut self.reader else {
            return Err(Error::failed("this database is no SQLite"));
        };
        fold_file(reading, self.permit.as_ref(), sql, vec![parameters], all, add).await
    }

    /// Runs a statement and takes its first row.
    pub(crate) async fn row<T: Send + 'static>(
        &mut self,
        sql: impl AsRef<str> + Send + Sync + 'static,
        parameters: Vec<Value<'static>>,
        read: fn(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        Ok(self.rows(sql, parameters, read).await?.into_iter().next())
    }

    /// Runs statements, each once for each of its lists of parameters, of which there may be none;
    /// PostgreSQL is sent all at once, each as one. Which rows are of which call, they say themselves.
    pub(crate) async fn each<T: Send + 'static>(
        &mut self,
        statements: impl IntoIterator<Item = (&'static str, Calls<'static>)>,
        read: fn(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let statements: Vec<_> =
            statements.into_iter().filter(|(_, calls)| !calls.is_empty()).collect();
        let mut rows = Vec::new();
        match &mut self.reader {
            Reader::Sqlite { reading, .. } => {
                for (sql, calls) in statements {
                    #[cfg(test)]
                    crate::plans::record(sql);
                    let permit = self.permit.as_ref();
                    let push = pushing(read);
                    rows = fold_file(reading, permit, sql, calls, rows, push).await?;
                }
            }
            Reader::Postgres { session, limit } => {
                let sent: Vec<_> =
                    statements.iter().map(|(sql, calls)| (*sql, calls.as_slice())).collect();
                let answers = Box::pin(session.together(&sent)).await;
                for answer in answers.map_err(|error| in_time(error, *limit))? {
                    rows.reserve(answer.rows.len());
                    for row in &answer.rows {
                        rows.push(read(&Row::Postgres(row))?);
                    }
                }
                #[cfg(test)]
                for (sql, calls) in sent {
                    crate::plans::explain(session, sql, calls).await;
                }
            }
        }
        Ok(rows)
    }

    /// Runs two statements, neither of which needs the other's answer; PostgreSQL is sent both at
    /// once.
    pub(crate) async fn both<A: Send + 'static, B: Send + 'static>(
        &mut self,
        (a, b): (Question<A>, Question<B>),
    ) -> Result<(Vec<A>, Vec<B>), Error> {
        match self.sent([a.as_sent(), b.as_sent()]).await? {
            Some([of_a, of_b]) => Ok((read_all(&of_a, a.read)?, read_all(&of_b, b.read)?)),
            None => Ok((self.answers(a).await?, self.answers(b).await?)),
        }
    }

    /// Runs three statements as [`Snapshot::both`] runs two.
    pub(crate) async fn all_three<A: Send + 'static, B: Send + 'static, C: Send + 'static>(
        &mut self,
        (a, b, c): (Question<A>, Question<B>, Question<C>),
    ) -> Result<(Vec<A>, Vec<B>, Vec<C>), Error> {
        match self.sent([a.as_sent(), b.as_sent(), c.as_sent()]).await? {
            Some([of_a, of_b, of_c]) => {
                Ok((read_all(&of_a, a.read)?, read_all(&of_b, b.read)?, read_all(&of_c, c.read)?))
            }
            None => Ok((self.answers(a).await?, self.answers(b).await?, self.answers(c).await?)),
        }
    }

    /// The answers of PostgreSQL to statements that were sent together; `None` on SQLite.
    async fn sent<const N: usize>(
        &mut self,
        statements: [(&str, &[Vec<Value<'static>>]); N],
    ) -> Result<Option<[postgres::Answer; N]>, Error> {
        let Reader::Postgres { session, limit } = &mut self.reader else { return Ok(None) };
        let answers = Box::pin(session.together(&statements)).await;
        let answers = answers.map_err(|error| in_time(error, *limit))?;
        #[cfg(test)]
        for (sql, calls) in statements {
            crate::plans::explain(session, sql, calls).await;
        }
        answers.try_into().map(Some).map_err(|_| Error::failed("an answer is missing"))
    }

    async fn answers<T: Send + 'static>(&mut self, asked: Question<T>) -> Result<Vec<T>, Error> {
        self.rows(asked.sql, asked.parameters, asked.read).await
    }

    /// What looks up the rows of a second table for each row of the first, never the other way
    /// round: a join, and its condition after `WHERE`.
    pub(crate) fn for_each(&self, table: &str, condition: &str) -> String {
        match self.is_postgres() {
            true => dialect::for_each_on_postgres(table, condition),
            false => dialect::for_each_on_sqlite(table, condition),
        }
    }

    /// What was kept of what is read, and the state that this is; `None` where that is unknown.
    pub(crate) fn kept(&self) -> Option<(Arc<KeptReads>, State)> {
        match &self.reader {
            Reader::Sqlite { reading, .. } => {
                Some((Arc::clone(&self.kept), reading.as_ref()?.state?))
            }
            Reader::Postgres { .. } => None,
        }
    }

    /// Whether it may go through many rows, which it does off the workers.
    pub(crate) fn may_scan(&self) -> bool {
        self.permit.is_some()
    }

    /// Which database is read.
    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self.reader, Reader::Postgres { .. })
    }
}

/// A statement to read with, and how its rows are read.
pub(crate) struct Question<T> {
    pub(crate) sql: Cow<'static, str>,
    pub(crate) parameters: Vec<Value<'static>>,
    pub(crate) read: fn(&Row<'_>) -> Result<T, Error>,
}

impl<T> Question<T> {
    fn as_sent(&self) -> (&str, &[Vec<Value<'static>>]) {
        (&self.sql, std::slice::from_ref(&self.parameters))
    }
}

fn read_all<T>(
    answer: &postgres::Answer,
    read: fn(&Row<'_>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    answer.rows.iter().map(|row| read(&Row::Postgres(row))).collect()
}

/// What adds a row to others, as `read` reads it.
fn pushing<T>(
    read: fn(&Row<'_>) -> Result<T, Error>,
) -> impl Fn(&mut Vec<T>, &Row<'_>) -> Result<(), Error> {
    move |rows, row| {
        rows.push(read(row)?);
        Ok(())
    }
}

/// Reads a file where the read is asked for, or off the workers if it has a permit to scan; each row
/// is added to what was there.
async fn fold_file<C: Send + 'static>(
    place: &mut Option<Reading>,
    permit: Option<&Arc<Scanning>>,
    sql: impl AsRef<str> + Send + 'static,
    calls: Calls<'static>,
    mut all: C,
    add: impl Fn(&mut C, &Row<'_>) -> Result<(), Error> + Send + 'static,
) -> Result<C, Error> {
    let Some(reading) = place.take() else {
        return Err(Error::failed("an earlier read of this snapshot failed"));
    };
    let kept = permit.cloned();
    let run = move || {
        let _permit = kept;
        let outcome = reading.session.each(sql.as_ref(), calls, &mut |row| add(&mut all, row));
        (reading, outcome.map(|()| all))
    };
    let (mut reading, outcome) = if permit.is_some() {
        tokio::task::spawn_blocking(run).await.map_err(Error::failed)?
    } else {
        run()
    };
    if outcome.is_err() {
        // Its transaction may be over, and nobody goes on in it.
        reading.state = None;
    }
    *place = Some(reading);
    outcome.map_err(|error| in_time(error, SCAN_LIMIT))
}

/// Tells a read that took too long from one that failed.
fn in_time(error: Error, limit: Duration) -> Error {
    let too_long = sqlite::was_interrupted(&error) || postgres::was_interrupted(&error);
    if too_long { Error::TooLong { seconds: limit.as_secs() } } else { error }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let Self::Sqlite { reading, files } = self
            && let Some(reading) = reading.take()
        {
            files.give_back(reading);
        }
    }
}
