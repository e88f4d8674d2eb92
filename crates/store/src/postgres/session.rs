//! One connection to PostgreSQL.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::{FutureExt, join, join_all};
use futures_util::{StreamExt, pin_mut};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Row};

use super::batch::{self, Bound};
use super::pool::Server;
use crate::db::Value;
use crate::error::Error;
use crate::observer::{Cache, Lookup};

/// How many prepared statements a connection keeps.
const STATEMENTS_KEPT: usize = 256;

/// How a transaction begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begin {
    /// It writes, and every statement sees what was committed before it.
    Write,
    /// It reads, and every statement sees the same state.
    Read,
}

impl Begin {
    fn as_sql(self) -> &'static str {
        match self {
            Self::Write => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
            Self::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        }
    }
}

/// What comes back from a statement.
#[derive(Default)]
pub(crate) struct Answer {
    /// Its rows.
    pub(crate) rows: Vec<Row>,
    /// How many rows it changed.
    pub(crate) changed: u64,
}

/// One connection to PostgreSQL.
pub(crate) struct Session {
    client: Client,
    server: Arc<Server>,
    statements: HashMap<String, (tokio_postgres::Statement, Instant)>,
    /// Sent with the first statement of a transaction.
    begin: Option<Begin>,
    in_transaction: bool,
    /// Whether an answer is still due that nobody waits for.
    is_waiting: bool,
    is_broken: bool,
}

impl Session {
    pub(super) fn new(client: Client, server: Arc<Server>) -> Self {
        Self {
            client,
            server,
            statements: HashMap::new(),
            begin: None,
            in_transaction: false,
            is_waiting: false,
            is_broken: false,
        }
    }

    /// Begins a transaction with the next statement.
    pub(crate) fn begin(&mut self, begin: Begin) {
        self.begin = Some(begin);
    }

    /// Lets the next statement be a transaction of its own, where what is set on the session does
    /// not have to be set for a transaction.
    pub(crate) fn begin_one(&mut self) {
        self.begin = self.server.is_shared.then_some(Begin::Read);
    }

    /// Runs a statement once for each of several lists of parameters.
    pub(crate) async fn each(
        &mut self,
        sql: &str,
        calls: &[Vec<Value<'_>>],
    ) -> Result<Answer, Error> {
        if calls.is_empty() {
            return Ok(Answer::default());
        }
        let answers = self.together(&[(sql, calls)]).await?;
        Ok(answers.into_iter().next().unwrap_or_default())
    }

    /// Runs several statements in their order, each once for each of its lists of parameters, of
    /// which there is one at least. All are sent before the first answer is awaited, so that
    /// together they take the time of one way there and back.
    ///
    /// # Errors
    /// The first one; those behind it only say that the transaction has failed.
    pub(crate) async fn together(
        &mut self,
        statements: &[(&str, &[Vec<Value<'_>>])],
    ) -> Result<Vec<Answer>, Error> {
        #[cfg(test)]
        for (sql, _) in statements {
            crate::shards::record(self.server.place(), sql);
        }
        let statements: Vec<_> =
            statements.iter().map(|(sql, calls)| batch::form(sql, calls)).collect();
        self.is_waiting = true;
        let patience = self.server.patience;
        let outcome = tokio::time::timeout(patience, self.send(&statements)).await;
        let outcome = outcome.unwrap_or_else(|_| {
            self.is_broken = true;
            Err(Error::Gone(format!("no answer within {} s", patience.as_secs()).into()))
        });
        // Where the future is dropped meanwhile, it stays so.
        self.is_waiting = false;
        if let Err(Error::Gone(_)) = &outcome {
            self.is_broken = true;
        }
        outcome
    }

    async fn send(&mut self, statements: &[batch::Statement<'_>]) -> Result<Vec<Answer>, Error> {
        let mut prepared = Vec::with_capacity(statements.len());
        for statement in statements {
            prepared.push(match self.server.is_shared {
                true => None,
                false => Some(self.prepare(&statement.sql, &statement.bound).await?),
            });
        }
        let client = &self.client;
        // A statement is sent when its future is polled first, which is in this order.
        let runs = statements.iter().zip(&prepared);
        let runs =
            join_all(runs.map(|(statement, prepared)| ask(client, statement, prepared.as_ref())));
        let outcomes = match self.begin.take() {
            None => runs.await,
            Some(begin) => {
                self.in_transaction = true;
                let begin = self.server.begin(begin.as_sql());
                let (begun, outcomes) = join(client.batch_execute(&begin), runs).await;
                begun.map_err(error)?;
                outcomes
            }
        };
        outcomes.into_iter().map(|outcome| outcome.map_err(error)).collect()
    }

    /// The prepared form of a statement.
    async fn prepare(
        &mut self,
        sql: &str,
        bound: &[Bound<'_>],
    ) -> Result<tokio_postgres::Statement, Error> {
        let now = Instant::now();
        if let Some((statement, used)) = self.statements.get_mut(sql) {
            *used = now;
            self.server.observer.cache_asked(Cache::Statements, Lookup::Hit);
            return Ok(statement.clone());
        }
        self.server.observer.cache_asked(Cache::Statements, Lookup::Miss);
        let types: Vec<_> = bound.iter().map(Bound::type_).collect();
        let statement = self.client.prepare_typed(sql, &types).await.map_err(error)?;
        if self.statements.len() >= STATEMENTS_KEPT
            && let Some(oldest) = self.statements.iter().min_by_key(|(_, (_, used))| *used)
        {
            let oldest = oldest.0.clone();
            self.statements.remove(&oldest);
        }
        self.statements.insert(sql.to_owned(), (statement.clone(), now));
        Ok(statement)
    }

    /// Runs statements without parameters, one after the other, in the transaction that is open.
    pub(crate) async fn script(&mut self, sql: &str) -> Result<(), Error> {
        if self.begin.is_some() {
            self.each("SELECT 1", &[Vec::new()]).await?;
        }
        let outcome = self.client.batch_execute(sql).await.map_err(error);
        if let Err(Error::Gone(_)) = &outcome {
            self.is_broken = true;
        }
        outcome
    }

    /// Makes what was written lasting.
    ///
    /// # Errors
    /// [`Error::Unknown`] where nobody can tell whether it is; [`Error::Lost`] where it is not.
    pub(crate) async fn commit(&mut self) -> Result<(), Error> {
        if self.begin.take().is_some() || !self.in_transaction {
            return Ok(());
        }
        self.is_waiting = true;
        let commit = self.client.batch_execute("COMMIT");
        let outcome = match tokio::time::timeout(self.server.patience, commit).await {
            Ok(outcome) => outcome.map_err(|source| match error(source) {
                Error::Lost(source) => Error::Lost(source),
                Error::Gone(source) | Error::Failed(source) | Error::Refused(source) => {
                    Error::Unknown(source)
                }
                other => other,
            }),
            Err(_) => Err(Error::Unknown("no answer to COMMIT".into())),
        };
        self.is_waiting = false;
        self.in_transaction = false;
        self.is_broken |= matches!(outcome, Err(Error::Unknown(_)));
        outcome
    }

    /// Takes back what was written, or ends a transaction that only read.
    pub(crate) async fn rollback(&mut self) -> Result<(), Error> {
        if self.begin.take().is_some() || !self.in_transaction {
            return Ok(());
        }
        self.is_waiting = true;
        let rollback = self.client.batch_execute("ROLLBACK");
        let outcome = tokio::time::timeout(self.server.patience, rollback).await;
        self.is_waiting = false;
        self.in_transaction = false;
        self.is_broken |= !matches!(outcome, Ok(Ok(())));
        Ok(())
    }

    /// Takes back what was written, without waiting for the answer.
    pub(super) fn let_go(&mut self) {
        if self.begin.take().is_none() && std::mem::take(&mut self.in_transaction) {
            // The first poll sends it; whatever comes next on this connection comes after it.
            let _ = self.client.batch_execute("ROLLBACK").now_or_never();
        }
    }

    /// Whether a question was given up before it was answered.
    pub(super) fn is_waiting(&self) -> bool {
        self.is_waiting
    }

    /// Whether the connection can be used again.
    pub(super) fn is_usable(&self) -> bool {
        !self.is_broken && !self.client.is_closed()
    }

    /// Marks the connection as one that must not be used again.
    pub(super) fn discard(&mut self) {
        self.is_broken = true;
    }

    /// Runs statements as they stand in the transaction that is open; gives the first column.
    #[cfg(test)]
    pub(crate) async fn lines(&self, sql: &str) -> Vec<String> {
        let messages = self.client.simple_query(sql).await.expect("a test's statement is sound");
        let line = |message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        };
        messages.into_iter().filter_map(line).collect()
    }

    /// Ends a question that was given up, and the transaction it was asked in.
    pub(super) async fn recover(&mut self) {
        let recovery = async {
            self.server.cancel(&self.client).await;
            self.client.batch_execute("ROLLBACK").await
        };
        let outcome = tokio::time::timeout(Duration::from_secs(5), recovery).await;
        self.is_broken |= !matches!(outcome, Ok(Ok(())));
        self.is_waiting = false;
        self.in_transaction = false;
        self.begin = None;
    }
}

async fn ask(
    client: &Client,
    statement: &batch::Statement<'_>,
    prepared: Option<&tokio_postgres::Statement>,
) -> Result<Answer, tokio_postgres::Error> {
    let bound = &statement.bound;
    let stream = match prepared {
        Some(prepared) => client.query_raw(prepared, bound.iter()).await,
        None => {
            let typed = bound.iter().map(|bound| (bound, bound.type_()));
            client.query_typed_raw(&statement.sql, typed).await
        }
    }?;
    pin_mut!(stream);
    let mut rows = Vec::new();
    while let Some(row) = stream.next().await {
        rows.push(row?);
    }
    Ok(Answer { rows, changed: stream.rows_affected().unwrap_or(0) })
}

/// Sorts what the driver says by what can be done about it.
pub(super) fn error(source: tokio_postgres::Error) -> Error {
    let Some(state) = source.code() else {
        let cause = std::error::Error::source(&source);
        let is_cut = cause.is_some_and(|cause| cause.is::<std::io::Error>());
        return match source.is_closed() || is_cut {
            true => Error::Gone(source.into()),
            false => Error::Failed(source.into()),
        };
    };
    let lost = [
        SqlState::UNIQUE_VIOLATION,
        SqlState::FOREIGN_KEY_VIOLATION,
        SqlState::CHECK_VIOLATION,
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
    ];
    if lost.contains(state) {
        return Error::Lost(source.into());
    }
    // A standby that writes are sent to was the primary once; the connection leads to the wrong
    // place. The rest say that the server does not know our statements, or, with `FEATURE_NOT_SUPPORTED`,
    // that one prepared before a change of the schema would give other columns now: for good.
    let gone = [
        SqlState::READ_ONLY_SQL_TRANSACTION,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
        SqlState::INVALID_SQL_STATEMENT_NAME,
        SqlState::DUPLICATE_PSTATEMENT,
        SqlState::FEATURE_NOT_SUPPORTED,
    ];
    match &state.code()[..2] {
        _ if gone.contains(state) => Error::Gone(source.into()),
        "08" => Error::Gone(source.into()),
        // The server goes away, or does not let anybody in.
        "57" if state.code().starts_with("57P") => Error::Gone(source.into()),
        // What the database refuses to take, whatever its state.
        "22" | "23" | "42" | "54" => Error::Refused(source.into()),
        _ => Error::Failed(source.into()),
    }
}

/// Tells whether a statement ended because its time was up.
pub(crate) fn was_interrupted(error: &Error) -> bool {
    state_of_failure(error) == Some(&SqlState::QUERY_CANCELED)
}

/// Tells whether a statement ended because somebody else was in its way for too long.
pub(crate) fn was_locked_out(error: &Error) -> bool {
    state_of_failure(error) == Some(&SqlState::LOCK_NOT_AVAILABLE)
}

fn state_of_failure(error: &Error) -> Option<&SqlState> {
    let Error::Failed(source) = error else { return None };
    source.downcast_ref::<tokio_postgres::Error>()?.code()
}
