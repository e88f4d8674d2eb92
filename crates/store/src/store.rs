//! The store: a queue to the writer, and connections to read with.

use std::num::NonZero;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use guildhall_rules::{Keys, Operation, Role};
use tokio::sync::{Semaphore, TryAcquireError, mpsc};

use crate::clock::{Clock, SystemClock};
use crate::database::{Database, Migrate};
use crate::db::{Db, Value};
use crate::dialect::LOCK_ADMINISTRATION;
use crate::error::{Error, Failure, OpenError};
use crate::gathering::Gathering;
use crate::instances::Instance;
use crate::jobs::{Job, Queue, Queued};
use crate::kept::{Kept, State};
use crate::keys::{KeyHash, KeyLookups};
use crate::observer::{Observer, Unobserved};
use crate::plain_lists::{KeptLists, PlainLists, PlainVersions};
use crate::postgres::Address;
use crate::postgres::may_be_spread;
use crate::random::process_tail;
use crate::reading::{Cost, Pool};
use crate::recent::Recent;
use crate::sqlite::{self, Session};
use crate::writer::Writer;
use crate::writing::Writing;
use crate::{checkpoints, copy, migrations};

/// How many writes wait at most; more are refused.
const QUEUED_WRITES: usize = 8192;
/// Of how many secret keys is kept what they opened last.
const OPENED_KEPT: usize = 1024;
/// Of how many versions of the roles of instances those are kept.
const ROLES_KEPT: usize = 256;
/// How long the database may take to show that it is there.
const READY_WITHIN: Duration = Duration::from_secs(2);

/// The row of an instance; every read and write names one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceKey(pub(crate) i64);

impl From<InstanceKey> for Value<'_> {
    fn from(instance: InstanceKey) -> Self {
        Self::Integer(instance.0)
    }
}

/// How a store is opened.
#[derive(Clone)]
pub struct Options {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// What is done about an older schema.
    pub migrate: Migrate,
    /// Is told of the store's work.
    pub observer: Arc<dyn Observer>,
}

impl Default for Options {
    /// The clock of the machine; an older schema is brought up to date.
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            migrate: Migrate::default(),
            observer: Arc::new(Unobserved),
        }
    }
}

/// What PostgreSQL is asked together, and what is kept of its answers.
pub(crate) struct Gathered {
    pub(crate) keys: Gathering<KeyLookups>,
    pub(crate) lists: Gathering<PlainLists>,
    pub(crate) versions: Gathering<PlainVersions>,
    /// `None` where a row does not tell by which transaction it was written.
    pub(crate) kept_lists: Option<KeptLists>,
    /// What secret keys opened when they were looked up last.
    pub(crate) opened: Kept<KeyHash, Arc<Instance>>,
    /// The roles of an instance as they were at a version of its catalogue.
    pub(crate) roles: Kept<(InstanceKey, i64), Arc<[Arc<Role>]>>,
}

impl Gathered {
    /// No more groups at once than there are connections, nor than this process can make use of:
    /// questions that come while those are under way go together. On one processor what is answered by
    /// a short row is sooner there in one group than in two.
    fn new(pool: &Pool, connections: usize, are_versioned: bool) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let (few, lanes) = (connections.min(cores), connections.min(cores.max(2)));
        let lists = PlainLists { pool: pool.clone(), are_versioned };
        Self {
            keys: Gathering::new(KeyLookups { pool: pool.clone() }, few..=lanes),
            lists: Gathering::new(lists, lanes..=lanes),
            versions: Gathering::new(PlainVersions { pool: pool.clone() }, few..=lanes),
            kept_lists: are_versioned.then(KeptLists::new),
            opened: Kept::new(OPENED_KEPT),
            roles: Kept::new(ROLES_KEPT),
        }
    }
}

/// Everything that is stored. Cheap to clone; clones share the writer and the connections.
#[derive(Clone)]
pub struct Store {
    pub(crate) pool: Pool,
    /// `None` on SQLite, where a question costs less than to wait for others.
    pub(crate) gathered: Option<Arc<Gathered>>,
    pub(crate) clock: Arc<dyn Clock>,
    database: Arc<Database>,
    writing: Writing,
    healthy: Arc<AtomicBool>,
    keys: Arc<Mutex<Keys>>,
    queue: Arc<Mutex<Option<Queue>>>,
    places: Arc<Semaphore>,
    observer: Arc<dyn Observer>,
    threads: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl Store {
    /// Opens a database, makes or updates its schema, and starts the writer.
    ///
    /// # Errors
    /// See [`OpenError`]; nothing is changed where the schema is newer.
    pub async fn open(database: &Database, options: Options) -> Result<Self, OpenError> {
        let store = Self::open_beside(database, options).await?;
        let (queue, receiver) = mpsc::unbounded_channel();
        let mut threads = Vec::new();
        let mut committed = None;
        if let Database::Sqlite(folder) = database {
            let (sender, commits) = std::sync::mpsc::sync_channel(1);
            let checkpoints =
                checkpoints::Checkpoints::open(&folder.database(), store.pool.clone())?;
            threads.push(spawn("guildhall-checkpoint", move || checkpoints.run(&commits))?);
            committed = Some(sender);
        }
        let writer = Writer {
            writing: store.writing.clone(),
            readers: store.pool.clone(),
            clock: Arc::clone(&store.clock),
            healthy: Arc::clone(&store.healthy),
            observer: Arc::clone(&store.observer),
            committed,
            keys: Mutex::new(Keys::new(process_tail())),
            standing: Mutex::default(),
            recent: Recent::default(),
        };
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_time();
        // On SQLite there are no sockets to wait for, and a writer at work is woken without a system call.
        if let Database::Postgres(_) = database {
            runtime.enable_io();
        }
        let runtime = runtime.build().map_err(Error::failed)?;
        let run = move || runtime.block_on(Arc::new(writer).run(receiver));
        threads.push(spawn("guildhall-writer", run)?);
        *lock(&store.queue) = Some(queue);
        *lock(&store.threads) = threads;
        Ok(store)
    }

    /// Opens a database beside a server that may be running: to read, and to write instances and
    /// keys. It has no writer, so that [`Store::write`] is [`Failure::Stopped`].
    ///
    /// # Errors
    /// See [`OpenError`]; nothing is changed where the schema is newer.
    pub async fn open_beside(database: &Database, options: Options) -> Result<Self, OpenError> {
        migrate(database, options.migrate).await?;
        let observer = options.observer;
        let (pool, writing) = match database {
            Database::Sqlite(folder) => {
                let file = folder.database();
                let writing = Writing::sqlite(Session::open(&file, sqlite::Purpose::Write)?)?;
                (Pool::sqlite(file, &observer), writing)
            }
            Database::Postgres(settings) => {
                let address = Arc::new(Address::new(settings)?);
                let pool = Pool::postgres(settings, &address, &observer);
                (pool, Writing::postgres(settings, &address, &observer))
            }
        };
        let gathered = match database {
            Database::Sqlite(_) => None,
            Database::Postgres(settings) => {
                let are_versioned = !Box::pin(may_be_spread(&pool)).await?;
                let gathered = Gathered::new(&pool, settings.page_connections, are_versioned);
                Some(Arc::new(gathered))
            }
        };
        Ok(Self {
            pool,
            gathered,
            clock: options.clock,
            database: Arc::new(database.clone()),
            writing,
            healthy: Arc::new(AtomicBool::new(true)),
            keys: Arc::new(Mutex::new(Keys::new(process_tail()))),
            queue: Arc::default(),
            places: Arc::new(Semaphore::new(QUEUED_WRITES)),
            observer,
            threads: Arc::default(),
        })
    }

    /// Queues an operation and waits until it is decided and, if it made changes, committed.
    ///
    /// Dropping the future does not take the operation back.
    ///
    /// # Errors
    /// See [`Failure`]; but for an unknown commit nothing was changed then.
    pub async fn write<O: Operation>(
        &self,
        instance: InstanceKey,
        operation: O,
    ) -> Result<O::Answer, Failure> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|error| match error {
            TryAcquireError::NoPermits => Failure::Busy,
            TryAcquireError::Closed => Failure::Stopped,
        })?;
        let (job, outcome) = Job::with_outcome(instance, operation);
        let queued = match &*lock(&self.queue) {
            Some(queue) => {
                self.observer.queue_changed(1);
                queue.send(Queued::new(Box::new(job), place))
            }
            None => return Err(Failure::Stopped),
        };
        queued.map_err(|_| {
            self.observer.queue_changed(-1);
            Failure::Stopped
        })?;
        outcome.await.map_err(|_| Failure::Stopped)?
    }

    /// The state of the database now, for answers that are kept as long as it lasts; `None` where
    /// that cannot be told at once, which is so on PostgreSQL.
    ///
    /// # Errors
    /// When the database fails.
    pub fn state(&self) -> Result<Option<State>, Error> {
        self.pool.state()
    }

    /// Tells whether there is a writer and the last commit went well.
    pub fn is_healthy(&self) -> bool {
        let writes = lock(&self.queue).as_ref().is_some_and(|queue| !queue.is_closed());
        writes && self.healthy.load(Ordering::Relaxed)
    }

    /// Tells whether [`Store::is_healthy`], and the database answers now, within two seconds.
    pub async fn is_ready(&self) -> bool {
        // On a connection of its own: a server that is busy is ready all the same.
        let read = async {
            let mut snapshot = self.pool.snapshot(Cost::Everything).await?;
            snapshot.row("SELECT 1", vec![], |row| row.integer(0)).await
        };
        let answers = tokio::time::timeout(READY_WITHIN, read).await;
        self.is_healthy() && matches!(answers, Ok(Ok(Some(1))))
    }

    /// Where the data is.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Ends the writer after what is queued; on SQLite moves the log into the database.
    ///
    /// # Errors
    /// When the log cannot be emptied; nothing is lost then.
    pub async fn close(&self) -> Result<(), Error> {
        lock(&self.queue).take();
        let threads = std::mem::take(&mut *lock(&self.threads));
        if threads.is_empty() {
            return Ok(());
        }
        // Nobody may look at an old state when the log is to go.
        self.pool.clear();
        let database = Arc::clone(&self.database);
        let end = move || {
            for thread in threads {
                // A thread that panicked has said so.
                let _ = thread.join();
            }
            match &*database {
                Database::Sqlite(folder) => {
                    Session::open(&folder.database(), sqlite::Purpose::Write)?
                        .checkpoint("TRUNCATE")
                        .map(drop)
                }
                Database::Postgres(_) => Ok(()),
            }
        };
        let ended = tokio::task::spawn_blocking(end).await.map_err(Error::failed)?;
        self.pool.clear();
        self.writing.clear();
        ended
    }

    /// Begins to write something about instances and keys, outside the queue; only `commit` makes
    /// it lasting.
    pub(crate) async fn administer(&self) -> Result<Db, Error> {
        let mut db = match &*self.database {
            Database::Sqlite(folder) => {
                Db::Sqlite(Session::open(&folder.database(), sqlite::Purpose::Write)?)
            }
            Database::Postgres(_) => self.writing.take_postgres().await?,
        };
        db.begin()?;
        db.execute_dialect(LOCK_ADMINISTRATION, [vec![]]).await?;
        Ok(db)
    }

    /// The present instant, in Unix milliseconds.
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// A row key that is larger than every one before.
    pub(crate) fn next_key(&self, now: i64) -> i64 {
        lock(&self.keys).next_at(now)
    }
}

/// Makes or updates the schema of a database; tells the version that it has then.
///
/// # Errors
/// See [`OpenError`].
pub async fn migrate(database: &Database, migrate: Migrate) -> Result<i64, OpenError> {
    let (mut db, file) = match database {
        Database::Sqlite(folder) => {
            let file = folder.database();
            (Db::Sqlite(Session::open(&file, sqlite::Purpose::Write)?), Some(file))
        }
        Database::Postgres(settings) => (Writing::migration(settings).await?, None),
    };
    copy::refuse_unfinished(&mut db).await?;
    migrations::run(&mut db, file.as_deref(), migrate).await
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, Error> {
    std::thread::Builder::new().name(name.to_owned()).spawn(run).map_err(Error::failed)
}
