//! Reads: a pool of connections, and snapshots whose every read sees the same state.
//!
//! A short read runs where it is asked for; one that may scan runs off the workers, a few at a
//! time, under a time limit.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::db::{Row, Value};
use crate::error::Error;
use crate::sqlite::{Purpose, Session, was_interrupted};

/// How long a read that scans may take.
const SCAN_LIMIT: Duration = Duration::from_secs(10);
/// How many reads that scan run at once; others wait.
const SCANS_AT_ONCE: usize = 4;
/// How many may wait.
const SCANS_WAITING: usize = 256;
/// How many idle connections are kept.
const CONNECTIONS_KEPT: usize = 16;

/// What a read costs at worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cost {
    /// What it returns.
    Page,
    /// As much as there are rows.
    Scan,
}

/// Connections to read with.
#[derive(Clone, Debug)]
pub(crate) struct Pool {
    file: Arc<PathBuf>,
    idle: Arc<Mutex<Vec<Session>>>,
    scans: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Pool {
    pub(crate) fn new(file: PathBuf) -> Self {
        Self {
            file: Arc::new(file),
            idle: Arc::default(),
            scans: Arc::new(Semaphore::new(SCANS_AT_ONCE)),
            waiting: Arc::new(Semaphore::new(SCANS_WAITING)),
        }
    }

    /// Begins to read; what is committed at the first read is what every read of the snapshot sees.
    pub(crate) async fn snapshot(&self, cost: Cost) -> Result<Snapshot, Error> {
        let permit = match cost {
            Cost::Page => None,
            Cost::Scan => Some(self.wait_for_scan().await?),
        };
        let mut session = match self.lock().pop() {
            Some(session) => session,
            None => Session::open(&self.file, Purpose::Read)?,
        };
        session.begin_reading()?;
        let deadline = permit.as_ref().map(|_| Instant::now() + SCAN_LIMIT);
        session.stop_at(deadline)?;
        Ok(Snapshot { session: Some(session), pool: self.clone(), permit: permit.map(Arc::new) })
    }

    async fn wait_for_scan(&self) -> Result<OwnedSemaphorePermit, Error> {
        let _place = self.waiting.clone().try_acquire_owned().map_err(|_| Error::Crowded)?;
        self.scans.clone().acquire_owned().await.map_err(Error::failed)
    }

    fn give_back(&self, session: Session) {
        let mut idle = self.lock();
        if session.rollback().is_ok() && idle.len() < CONNECTIONS_KEPT {
            idle.push(session);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Session>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A state of the database that stays the same while it is read.
pub(crate) struct Snapshot {
    session: Option<Session>,
    pool: Pool,
    /// Kept by a read that still runs when nobody waits for it any more.
    permit: Option<Arc<OwnedSemaphorePermit>>,
}

impl Snapshot {
    /// Runs a statement and collects its rows.
    pub(crate) async fn rows<T: Send + 'static>(
        &mut self,
        sql: impl AsRef<str> + Send + 'static,
        parameters: Vec<Value<'static>>,
        read: fn(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let Some(session) = self.session.take() else {
            return Err(Error::failed("an earlier read of this snapshot failed"));
        };
        #[cfg(test)]
        crate::plans::record(sql.as_ref());
        let permit = self.permit.clone();
        let run = move || {
            let _permit = permit;
            let mut rows = Vec::new();
            let outcome = session.each(sql.as_ref(), [parameters], &mut |row| {
                rows.push(read(row)?);
                Ok(())
            });
            (session, outcome.map(|()| rows))
        };
        let (session, outcome) = if self.permit.is_some() {
            tokio::task::spawn_blocking(run).await.map_err(Error::failed)?
        } else {
            run()
        };
        self.session = Some(session);
        outcome.map_err(|error| {
            let too_long = Error::TooLong { seconds: SCAN_LIMIT.as_secs() };
            if was_interrupted(&error) { too_long } else { error }
        })
    }

    /// Runs a statement and takes its first row.
    pub(crate) async fn row<T: Send + 'static>(
        &mut self,
        sql: impl AsRef<str> + Send + 'static,
        parameters: Vec<Value<'static>>,
        read: fn(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        Ok(self.rows(sql, parameters, read).await?.into_iter().next())
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            self.pool.give_back(session);
        }
    }
}
