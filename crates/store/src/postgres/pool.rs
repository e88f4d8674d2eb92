//! Connections that are shared: a few for each purpose.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_postgres::Client;

use super::session::{Session, error};
use super::{Address, PostgresSettings};
use crate::error::Error;
use crate::observer::Observer;

/// How much longer than a statement may run its answer is waited for.
const GRACE: Duration = Duration::from_secs(2);

/// Rows that were estimated to be few are not kept and looked through for each of many others.
const NO_MATERIAL: (&str, &str) = ("enable_material", "off");

/// Whatever the cluster's default is, what is acknowledged is on the disk.
const DURABLE: (&str, &str) = ("synchronous_commit", "on");

/// A page costs what it returns, whatever the database knows of the data: it begins at its place in
/// an index and follows indexes from there. Without statistics, as in a database that was just
/// filled, the planner would rather collect and sort what it takes to be a few rows. So there is one
/// plan for any values; left to itself, PostgreSQL takes a limit that it does not know for a large
/// one and plans each page anew, which costs more than to read it.
const PAGE: [(&str, &str); 6] = [
    NO_MATERIAL,
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_bitmapscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
];

/// How common the value is that is looked for makes all the difference to a scan, and planning costs
/// little beside it. What a search found in a million users fits into the memory.
const SCAN: [(&str, &str); 3] =
    [NO_MATERIAL, ("plan_cache_mode", "force_custom_plan"), ("work_mem", "32MB")];

/// Rows are written by their keys, whatever the database knows of the data.
const WRITE: [(&str, &str); 5] = [
    DURABLE,
    NO_MATERIAL,
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
];

/// What connections are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Short reads.
    Page,
    /// Reads that may scan.
    Scan,
    /// Writes.
    Write,
    /// Reads of everything, which take the time they take.
    Inspect,
    /// Changes of the schema, which take the time they take.
    Migrate,
}

/// Where connections of one purpose lead to, and what is set on them.
pub(crate) struct Server {
    address: Arc<Address>,
    connect_timeout: Duration,
    parameters: Vec<(&'static str, String)>,
    /// How long an answer is waited for.
    pub(super) patience: Duration,
    /// Whether a pooler gives each transaction another session.
    pub(super) is_shared: bool,
    pub(super) observer: Arc<dyn Observer>,
}

impl Server {
    fn new(
        settings: &PostgresSettings,
        address: &Arc<Address>,
        purpose: Purpose,
        observer: &Arc<dyn Observer>,
    ) -> Self {
        let is_unlimited = matches!(purpose, Purpose::Inspect | Purpose::Migrate);
        let statement = if is_unlimited { Duration::ZERO } else { settings.statement_timeout };
        let milliseconds = |time: Duration| time.as_millis().to_string();
        let mut parameters = vec![
            ("statement_timeout", milliseconds(statement)),
            ("lock_timeout", milliseconds(settings.lock_timeout)),
            (
                "idle_in_transaction_session_timeout",
                milliseconds(settings.idle_transaction_timeout),
            ),
            // Compiling costs more than any statement here takes.
            ("jit", "off".to_owned()),
        ];
        let set: &[(&str, &str)] = match purpose {
            Purpose::Page => &PAGE,
            Purpose::Scan => &SCAN,
            Purpose::Write => &WRITE,
            Purpose::Migrate => &[DURABLE],
            Purpose::Inspect => &[],
        };
        parameters.extend(set.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let patience = match is_unlimited {
            true => Duration::from_secs(24 * 60 * 60),
            false => settings.statement_timeout + GRACE,
        };
        Self {
            address: Arc::clone(address),
            connect_timeout: settings.connect_timeout,
            parameters,
            patience,
            is_shared: address.is_shared,
            observer: Arc::clone(observer),
        }
    }

    /// How a transaction begins here: in a shared session, what is set holds for it only.
    pub(super) fn begin(&self, begin: &str) -> String {
        let mut sql = begin.to_owned();
        if self.is_shared {
            for (name, value) in &self.parameters {
                sql.push_str(&format!("; SET LOCAL {name} = '{value}'"));
            }
        }
        sql
    }

    /// What tells this database from those of other tests.
    #[cfg(test)]
    pub(super) fn place(&self) -> &str {
        self.address.options()
    }

    async fn connect(&self) -> Result<Client, Error> {
        let mut config = self.address.config().map_err(Error::failed)?;
        if !self.is_shared {
            let mut options = config.get_options().unwrap_or_default().to_owned();
            for (name, value) in &self.parameters {
                options.push_str(&format!(" -c {name}={value}"));
            }
            config.options(options.trim_start());
        }
        // Each host has its time, so that one that is silent does not use up that of the next.
        let hosts = config.get_hosts().len().max(config.get_hostaddrs().len()).max(1);
        let each = config.get_connect_timeout().copied().unwrap_or(self.connect_timeout);
        let patience = each.saturating_mul(u32::try_from(hosts).unwrap_or(u32::MAX));
        let connecting = config.connect(self.address.tls());
        let connected = tokio::time::timeout(patience, connecting).await;
        let (client, connection) = connected
            .map_err(|_| Error::Gone("no connection within the time allowed".into()))?
            .map_err(|source| match error(source) {
                Error::Failed(source) | Error::Refused(source) => Error::Gone(source),
                other => other,
            })?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                let error = &error as &dyn std::error::Error;
                tracing::debug!(error, "a connection to the database ended");
            }
        });
        Ok(client)
    }

    /// Asks the database to end what a connection is at.
    pub(super) async fn cancel(&self, client: &Client) {
        // That it failed shows when the connection is used next.
        let _ = client.cancel_token().cancel_query(self.address.tls()).await;
    }
}

/// Connections of one purpose. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Pool {
    inner: Arc<Inner>,
}

struct Inner {
    server: Arc<Server>,
    idle: Mutex<Vec<Session>>,
    places: Arc<Semaphore>,
    /// Rises when the connections made so far lead to the wrong place.
    generation: AtomicU64,
}

impl Pool {
    /// A pool of at most `size` connections to `address`, none of which is made yet.
    pub(crate) fn new(
        settings: &PostgresSettings,
        address: &Arc<Address>,
        purpose: Purpose,
        size: usize,
        observer: &Arc<dyn Observer>,
    ) -> Self {
        let inner = Inner {
            server: Arc::new(Server::new(settings, address, purpose, observer)),
            idle: Mutex::default(),
            places: Arc::new(Semaphore::new(size.max(1))),
            generation: AtomicU64::new(0),
        };
        Self { inner: Arc::new(inner) }
    }

    /// A connection that nobody else uses; it goes back when it is dropped.
    ///
    /// # Errors
    /// [`Error::Crowded`] where none becomes free in time, [`Error::Gone`] where none can be made.
    pub(crate) async fn take(&self) -> Result<Pooled, Error> {
        let inner = &self.inner;
        let place = Arc::clone(&inner.places).acquire_owned();
        let place = tokio::time::timeout(inner.server.patience, place)
            .await
            .map_err(|_| Error::Crowded)?
            .map_err(Error::failed)?;
        let generation = inner.generation.load(Ordering::Relaxed);
        let idle = || inner.lock().pop();
        while let Some(session) = idle() {
            if session.is_usable() {
                return Ok(Pooled::new(session, place, generation, self));
            }
        }
        let client = inner.server.connect().await?;
        let session = Session::new(client, Arc::clone(&inner.server));
        Ok(Pooled::new(session, place, generation, self))
    }

    /// Ends every idle connection.
    pub(crate) fn clear(&self) {
        self.inner.clear();
    }
}

impl Inner {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Session>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give_back(&self, session: Session, generation: u64) {
        if !session.is_usable() {
            // What broke this connection may have broken the idle ones, and a network that swallows
            // everything does not say so: a request each would find out, at the end of its patience.
            self.clear();
        } else if generation == self.generation.load(Ordering::Relaxed) {
            self.lock().push(session);
        }
    }

    fn clear(&self) {
        self.generation.fetch_add(1, Ordering::Relaxed);
        self.lock().clear();
    }
}

/// A connection that is lent.
pub(crate) struct Pooled {
    session: Option<Session>,
    place: Option<OwnedSemaphorePermit>,
    generation: u64,
    pool: Pool,
}

impl Pooled {
    fn new(session: Session, place: OwnedSemaphorePermit, generation: u64, pool: &Pool) -> Self {
        Self { session: Some(session), place: Some(place), generation, pool: pool.clone() }
    }

    /// Gives this connection up, and every idle one of its pool: they lead to the wrong place.
    pub(crate) fn abandon(&mut self) {
        self.discard();
        self.pool.clear();
    }
}

impl Deref for Pooled {
    type Target = Session;

    fn deref(&self) -> &Session {
        self.session.as_ref().expect("a session is lent until it is dropped")
    }
}

impl DerefMut for Pooled {
    fn deref_mut(&mut self) -> &mut Session {
        self.session.as_mut().expect("a session is lent until it is dropped")
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        let (Some(mut session), place) = (self.session.take(), self.place.take()) else { return };
        let (inner, generation) = (Arc::clone(&self.pool.inner), self.generation);
        if !session.is_waiting() {
            session.let_go();
            return inner.give_back(session, generation);
        }
        // Whoever asked has gone: the question is ended, and only then is the place free.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                session.recover().await;
                inner.give_back(session, generation);
                drop(place);
            });
        }
    }
}
