//! Reads: a pool of connections that gives snapshots (`snapshot`), whose every read sees the same state.
//!
//! A short read runs where it is asked for; one that may scan runs off the workers or on other
//! connections, a few at a time, under a time limit.

mod snapshot;

use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use self::snapshot::Reader;
pub(crate) use self::snapshot::{Question, Snapshot};
use crate::error::Error;
use crate::files::Files;
use crate::kept::State;
use crate::kept_reads::KeptReads;
use crate::observer::{InUse, Observer, Purpose};
use crate::{PostgresSettings, postgres};

/// How long a read that scans may take.
const SCAN_LIMIT: Duration = Duration::from_secs(10);
/// How many reads that scan run at once; others wait.
const SCANS_AT_ONCE: usize = 4;
/// How many may wait.
const SCANS_WAITING: usize = 256;
/// How long a read that scans waits for those that keep as many processors busy as scans should; then
/// it no longer holds back.
const LONGEST_TURN: Duration = Duration::from_millis(500);

/// What a read costs at worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cost {
    /// What it returns.
    Page,
    /// As much as there are rows.
    Scan,
    /// Whatever it is, on a connection of its own and without a limit: an operator's look at the
    /// whole database, and the question whether there is one.
    Everything,
}

/// Connections to read with. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Pool {
    /// What was read of the present state.
    pub(crate) kept: Arc<KeptReads>,
    connections: Connections,
    observer: Arc<dyn Observer>,
    scans: Arc<Semaphore>,
    turns: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

/// Lets a read scan.
struct Scanning {
    _permit: OwnedSemaphorePermit,
    _turn: Option<OwnedSemaphorePermit>,
}

#[derive(Clone)]
enum Connections {
    Sqlite(Files),
    Postgres(Arc<Servers>),
}

/// Connections to PostgreSQL, by what a read costs.
struct Servers {
    pages: postgres::Pool,
    scans: postgres::Pool,
    everything: postgres::Pool,
    limit: Duration,
}

impl Pool {
    /// Connections to the SQLite database in `file`.
    pub(crate) fn sqlite(file: PathBuf, observer: &Arc<dyn Observer>) -> Self {
        Self::new(Connections::Sqlite(Files::new(file)), observer, SCANS_AT_ONCE)
    }

    /// Connections to a PostgreSQL database.
    pub(crate) fn postgres(
        settings: &PostgresSettings,
        address: &Arc<postgres::Address>,
        observer: &Arc<dyn Observer>,
    ) -> Self {
        use postgres::Purpose::{Inspect, Page, Scan};
        let pool = |purpose, size| postgres::Pool::new(settings, address, purpose, size, observer);
        let servers = Servers {
            pages: pool(Page, settings.page_connections),
            scans: pool(Scan, settings.scan_connections),
            everything: pool(Inspect, 1),
            limit: settings.statement_timeout,
        };
        let connections = Connections::Postgres(Arc::new(servers));
        Self::new(connections, observer, settings.scan_connections)
    }

    fn new(connections: Connections, observer: &Arc<dyn Observer>, scans_at_once: usize) -> Self {
        // Half of the processors are for the others; of PostgreSQL's machine it is taken to have as many.
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self {
            kept: Arc::default(),
            connections,
            observer: Arc::clone(observer),
            scans: Arc::new(Semaphore::new(scans_at_once.max(1))),
            turns: Arc::new(Semaphore::new((processors / 2).max(1))),
            waiting: Arc::new(Semaphore::new(SCANS_WAITING)),
        }
    }

    /// Begins to read; what is committed at the first read is what every read of the snapshot sees.
    pub(crate) async fn snapshot(&self, cost: Cost) -> Result<Snapshot, Error> {
        self.snapshot_at(cost, None).await
    }

    /// As [`Pool::snapshot`]; where a state is given, that is the present one.
    pub(crate) async fn snapshot_at(
        &self,
        cost: Cost,
        at: Option<State>,
    ) -> Result<Snapshot, Error> {
        let permit = match cost {
            Cost::Page | Cost::Everything => None,
            Cost::Scan => Some(Box::pin(self.wait_for_scan()).await?),
        };
        let reader = match &self.connections {
            Connections::Sqlite(files) => {
                let reading = match cost {
                    Cost::Page | Cost::Everything => files.take(at)?,
                    Cost::Scan => files.take_until(Instant::now() + SCAN_LIMIT)?,
                };
                Reader::Sqlite { reading: Some(reading), files: files.clone() }
            }
            Connections::Postgres(servers) => {
                let pool = match cost {
                    Cost::Page => &servers.pages,
                    Cost::Scan => &servers.scans,
                    Cost::Everything => &servers.everything,
                };
                // What only PostgreSQL needs lies apart, so that requests on SQLite are not moved with it.
                let mut session = Box::pin(pool.take()).await?;
                session.begin(postgres::Begin::Read);
                Reader::Postgres { session, limit: servers.limit }
            }
        };
        let purpose = if permit.is_some() { Purpose::Scan } else { Purpose::Page };
        let in_use = InUse::new(&self.observer, purpose);
        let (kept, permit) = (Arc::clone(&self.kept), permit.map(Arc::new));
        Ok(Snapshot { reader, kept, _in_use: in_use, permit })
    }

    /// Begins to read by one statement on PostgreSQL, which needs no transaction around it to see
    /// one state; a second one would see another.
    ///
    /// # Errors
    /// Where there is no connection, or the database is SQLite.
    pub(crate) async fn glance(&self) -> Result<Snapshot, Error> {
        let Connections::Postgres(servers) = &self.connections else {
            return Err(Error::failed("this database is no PostgreSQL"));
        };
        let mut session = Box::pin(servers.pages.take()).await?;
        session.begin_one();
        let reader = Reader::Postgres { session, limit: servers.limit };
        let in_use = InUse::new(&self.observer, Purpose::Page);
        Ok(Snapshot { reader, kept: Arc::clone(&self.kept), _in_use: in_use, permit: None })
    }

    /// The state of the database now; `None` on PostgreSQL.
    pub(crate) fn state(&self) -> Result<Option<State>, Error> {
        match &self.connections {
            Connections::Sqlite(files) => files.state().map(Some),
            Connections::Postgres(_) => Ok(None),
        }
    }

    async fn wait_for_scan(&self) -> Result<Scanning, Error> {
        let _place = self.waiting.clone().try_acquire_owned().map_err(|_| Error::Crowded)?;
        let turn = timeout(LONGEST_TURN, Arc::clone(&self.turns).acquire_owned()).await;
        let permit = self.scans.clone().acquire_owned().await.map_err(Error::failed)?;
        Ok(Scanning { _permit: permit, _turn: turn.ok().and_then(Result::ok) })
    }

    /// Lets nobody who is idle look at an old state, so that SQLite's log can be emptied.
    pub(crate) fn end_transactions(&self) {
        if let Connections::Sqlite(files) = &self.connections {
            files.end_transactions();
        }
    }

    /// Ends every idle connection.
    pub(crate) fn clear(&self) {
        match &self.connections {
            Connections::Sqlite(files) => files.clear(),
            Connections::Postgres(servers) => {
                servers.pages.clear();
                servers.scans.clear();
                servers.everything.clear();
            }
        }
    }
}
