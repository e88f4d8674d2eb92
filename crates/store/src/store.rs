//! The store: a queue to the writer, and connections to read with.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use guildhall_rules::{Keys, Operation};
use tokio::sync::mpsc;

use crate::clock::Clock;
use crate::db::{Db, Value, ready};
use crate::error::{Error, Failure, OpenError};
use crate::folder::DataFolder;
use crate::migrations;
use crate::reading::Pool;
use crate::sqlite::{Purpose, Session};
use crate::writer::{Cleaner, Job, Queue, Writer, fill};

/// How many writes wait at most; more are refused.
const QUEUED_WRITES: usize = 8192;
/// From which size on the log is moved into the database.
const LOG_BYTES: u64 = 4 << 20;
/// From which size on the log is emptied even though that holds up readers and the writer.
const LOG_BYTES_AT_MOST: u64 = 256 << 20;
/// Emptying the log waits for readers and has the writer wait: a long read, such as a backup, must
/// not become a long write. What is not emptied now is tried again soon.
const CHECKPOINT_TIMEOUT: &str = "PRAGMA busy_timeout = 20";

/// The row of an instance; every read and write names one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceKey(pub(crate) i64);

impl From<InstanceKey> for Value<'_> {
    fn from(instance: InstanceKey) -> Self {
        Self::Integer(instance.0)
    }
}

/// How far a commit has gone when it is acknowledged, as the writer's own connection tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Durability {
    /// How changes reach the database: `wal`.
    pub journal_mode: String,
    /// How often the system is asked to write through: `2`, at each commit.
    pub synchronous: String,
}

/// Everything that is stored. Cheap to clone; clones share the writer and the connections.
#[derive(Clone)]
pub struct Store {
    pub(crate) pool: Pool,
    pub(crate) clock: Arc<dyn Clock>,
    folder: DataFolder,
    healthy: Arc<AtomicBool>,
    keys: Arc<Mutex<Keys>>,
    durability: Arc<Durability>,
    queue: Arc<Mutex<Option<Queue>>>,
    threads: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl Store {
    /// Opens the database in a folder, makes or updates its schema, and starts the writer.
    ///
    /// # Errors
    /// See [`OpenError`]; nothing is changed where the schema is newer.
    pub fn open(folder: &DataFolder, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let file = folder.database();
        let session = Session::open(&file, Purpose::Write)?;
        migrations::run(&session, &file)?;
        let durability = durability(&session)?;
        let (queue, receiver) = mpsc::channel(QUEUED_WRITES);
        let (committed, commits) = std::sync::mpsc::sync_channel(1);
        let healthy = Arc::new(AtomicBool::new(true));
        let writer = Writer {
            db: Db::Sqlite(session),
            queue: receiver,
            clock: Arc::clone(&clock),
            healthy: Arc::clone(&healthy),
            committed,
            keys: Keys::new(process_tail()),
            cleaner: Cleaner::default(),
            last_probe: Instant::now(),
        };
        let checkpointer = Session::open(&file, Purpose::Write)?;
        checkpointer.script(CHECKPOINT_TIMEOUT)?;
        let log = file.with_extension("db-wal");
        let threads = vec![
            spawn("guildhall-writer", move || writer.run())?,
            spawn("guildhall-checkpoint", move || checkpoint(&checkpointer, &log, &commits))?,
        ];
        Ok(Self {
            pool: Pool::new(file),
            clock,
            folder: folder.clone(),
            healthy,
            durability: Arc::new(durability),
            keys: Arc::new(Mutex::new(Keys::new(process_tail()))),
            queue: Arc::new(Mutex::new(Some(queue))),
            threads: Arc::new(Mutex::new(threads)),
        })
    }

    /// Opens the database in a folder beside a server that may be running: to read, and to write
    /// instances and keys. It has no writer, so that [`Store::write`] is [`Failure::Stopped`].
    ///
    /// # Errors
    /// See [`OpenError`]; nothing is changed where the schema is newer.
    pub fn open_beside(folder: &DataFolder, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let file = folder.database();
        let session = Session::open(&file, Purpose::Write)?;
        migrations::run(&session, &file)?;
        Ok(Self {
            pool: Pool::new(file),
            clock,
            folder: folder.clone(),
            healthy: Arc::new(AtomicBool::new(true)),
            durability: Arc::new(durability(&session)?),
            keys: Arc::new(Mutex::new(Keys::new(process_tail()))),
            queue: Arc::default(),
            threads: Arc::default(),
        })
    }

    /// Queues an operation and waits until it is decided and, if it made changes, committed.
    ///
    /// Dropping the future does not take the operation back.
    ///
    /// # Errors
    /// See [`Failure`]; after each of them nothing was changed.
    pub async fn write<O: Operation>(
        &self,
        instance: InstanceKey,
        operation: O,
    ) -> Result<O::Answer, Failure> {
        let (job, outcome) = Job::with_outcome(instance, operation);
        let queued = match &*lock(&self.queue) {
            Some(queue) => queue.try_send(Box::new(job)),
            None => return Err(Failure::Stopped),
        };
        queued.map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Failure::Busy,
            mpsc::error::TrySendError::Closed(_) => Failure::Stopped,
        })?;
        outcome.await.map_err(|_| Failure::Stopped)?
    }

    /// Tells whether there is a writer and its last commit reached the disk.
    pub fn is_healthy(&self) -> bool {
        let writes = lock(&self.queue).as_ref().is_some_and(|queue| !queue.is_closed());
        writes && self.healthy.load(Ordering::Relaxed)
    }

    /// How far a commit has gone when it is acknowledged.
    pub fn durability(&self) -> &Durability {
        &self.durability
    }

    /// Ends the writer after what is queued, and moves the log into the database.
    ///
    /// # Errors
    /// When the log cannot be emptied; nothing is lost then.
    pub async fn close(&self) -> Result<(), Error> {
        lock(&self.queue).take();
        let threads = std::mem::take(&mut *lock(&self.threads));
        if threads.is_empty() {
            return Ok(());
        }
        let file = self.folder.database();
        let end = move || {
            for thread in threads {
                // A thread that panicked has said so.
                let _ = thread.join();
            }
            Session::open(&file, Purpose::Write)?.checkpoint("TRUNCATE")
        };
        tokio::task::spawn_blocking(end).await.map_err(Error::failed)?
    }

    /// Writes something about instances and keys, outside the queue.
    pub(crate) fn administer<T>(
        &self,
        write: impl FnOnce(&mut Db, &mut Keys) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut db = Db::Sqlite(Session::open(&self.folder.database(), Purpose::Write)?);
        ready(db.begin())?;
        let outcome = write(&mut db, &mut lock(&self.keys));
        match &outcome {
            Ok(_) => ready(db.commit())?,
            Err(_) => ready(db.rollback())?,
        }
        outcome
    }
}

/// Reads how durable commits are; anything less than the most is a failure.
fn durability(session: &Session) -> Result<Durability, Error> {
    let durability = Durability {
        journal_mode: session.pragma("journal_mode")?,
        synchronous: session.pragma("synchronous")?,
    };
    if durability.journal_mode != "wal" || durability.synchronous != "2" {
        return Err(Error::failed(format!("commits would not be durable: {durability:?}")));
    }
    Ok(durability)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A tail that makes this process's row keys differ from those of another one.
fn process_tail() -> u16 {
    let mut bytes = [0; 2];
    fill(&mut bytes);
    u16::from_be_bytes(bytes)
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, Error> {
    std::thread::Builder::new().name(name.to_owned()).spawn(run).map_err(Error::failed)
}

/// Moves the log into the database beside the writer, so that no commit waits for it.
fn checkpoint(session: &Session, log: &std::path::Path, commits: &std::sync::mpsc::Receiver<()>) {
    while commits.recv().is_ok() {
        let bytes = std::fs::metadata(log).map_or(0, |metadata| metadata.len());
        let mode = match bytes {
            ..LOG_BYTES => continue,
            LOG_BYTES..LOG_BYTES_AT_MOST => "PASSIVE",
            _ => "TRUNCATE",
        };
        if let Err(error) = session.checkpoint(mode) {
            tracing::warn!(error = &error as &dyn std::error::Error, "a checkpoint failed");
        }
        // The log keeps its size; looking at it once in a while is enough.
        std::thread::sleep(Duration::from_millis(200));
    }
}
