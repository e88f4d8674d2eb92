//! Connections that read a SQLite file, kept with the state of the database that they see.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::error::Error;
use crate::kept::State;
use crate::sqlite::{Purpose, Session};

/// How many idle connections are kept.
const CONNECTIONS_KEPT: usize = 16;

/// Connections to a file. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Files {
    file: Arc<PathBuf>,
    idle: Arc<Mutex<Vec<Reading>>>,
    watch: Arc<Mutex<Watch>>,
}

/// What looks for commits, and the how manyth it is: another one counts them anew.
#[derive(Default)]
struct Watch {
    session: Option<Session>,
    number: i64,
}

/// A connection in a transaction that reads.
pub(crate) struct Reading {
    pub(crate) session: Session,
    /// The state that every read of it sees; `None` where that is not known.
    pub(crate) state: Option<State>,
    /// Whether its statements stop at some time.
    has_deadline: bool,
}

impl Files {
    /// Connections to the database in `file`.
    pub(crate) fn new(file: PathBuf) -> Self {
        Self { file: Arc::new(file), idle: Arc::default(), watch: Arc::default() }
    }

    /// The state of the database now, which another process may have changed too.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(crate) fn state(&self) -> Result<State, Error> {
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        let Watch { session, number } = &mut *watch;
        let session = match session {
            Some(session) => session,
            empty => {
                *number += 1;
                empty.insert(self.open()?)
            }
        };
        Ok(State { watch: *number, version: session.data_version()? })
    }

    /// A connection that sees what is committed now: one that was left in its transaction, if
    /// nothing was committed since. Where a state is given, whoever asks has just seen it, and goes by
    /// it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(crate) fn take(&self, at: Option<State>) -> Result<Reading, Error> {
        let mut taken = self.lock().pop();
        if at.is_some()
            && let Some(reading) = taken.take_if(|reading| reading.state == at)
        {
            return Ok(reading);
        }
        let state = self.state()?;
        let session = match taken {
            Some(reading) if reading.state == Some(state) => return Ok(reading),
            Some(Reading { session, .. }) => {
                session.rollback()?;
                session
            }
            None => self.open()?,
        };
        self.begin(session, state)
    }

    /// As [`Files::take`], and every statement stops at `deadline`.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(crate) fn take_until(&self, deadline: Instant) -> Result<Reading, Error> {
        let mut reading = self.take(None)?;
        reading.session.stop_at(Some(deadline))?;
        Ok(Reading { has_deadline: true, ..reading })
    }

    /// Takes a connection back; one that sees a known state stays in its transaction.
    pub(crate) fn give_back(&self, mut reading: Reading) {
        let is_sound = (reading.state.is_some() || reading.session.rollback().is_ok())
            && (!reading.has_deadline || reading.session.stop_at(None).is_ok());
        reading.has_deadline = false;
        let mut idle = self.lock();
        if is_sound && idle.len() < CONNECTIONS_KEPT {
            idle.push(reading);
        }
    }

    /// Ends the transactions of idle connections, so that the log can be moved and begun anew.
    pub(crate) fn end_transactions(&self) {
        self.lock().retain_mut(|reading| {
            reading.state = None;
            reading.session.rollback().is_ok()
        });
    }

    /// Ends every idle connection.
    pub(crate) fn clear(&self) {
        self.lock().clear();
        self.watch.lock().unwrap_or_else(PoisonError::into_inner).session = None;
    }

    /// Begins a transaction. What it sees is the state from before only if that is still the state
    /// when it sees something.
    fn begin(&self, session: Session, before: State) -> Result<Reading, Error> {
        session.begin_reading()?;
        session.data_version()?;
        let state = Some(self.state()?).filter(|now| *now == before);
        Ok(Reading { session, state, has_deadline: false })
    }

    fn open(&self) -> Result<Session, Error> {
        Session::open(&self.file, Purpose::Read)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Reading>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
