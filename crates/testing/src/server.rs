//! A server of a test's own.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use guildhall_sdk::Client;
use guildhall_server::{MetricsBind, SERVER_KEY_FILE, Server, Settings, SigningKeys};
use guildhall_store::{
    Clock, Environment, Instance, Key, KeyOrigin, PostgresSettings, Store, SystemClock, Verdict,
};
use secrecy::ExposeSecret;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::database::TestDatabase;
use crate::http::Http;

/// A clock that tests can move; it starts at the present and goes on with the machine's.
#[derive(Debug, Default)]
pub struct TestClock {
    ahead: AtomicI64,
}

impl TestClock {
    /// Moves the clock, forth or back.
    pub fn advance(&self, milliseconds: i64) {
        self.ahead.fetch_add(milliseconds, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> i64 {
        SystemClock.now() + self.ahead.load(Ordering::Relaxed)
    }
}

/// A running server with a data folder and, on PostgreSQL, a database of its own, all gone when it is
/// dropped.
///
/// It uses SQLite, or PostgreSQL if the variable `GUILDHALL_TEST_DATABASE` is `postgres` and
/// `GUILDHALL_TEST_DATABASE_URL` names a database where schemas may be made.
pub struct TestServer {
    base_url: String,
    metrics_url: Option<String>,
    secret_key: String,
    store: Store,
    signing_keys: SigningKeys,
    clock: Arc<TestClock>,
    shutdown: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<()>>,
    folder: TempDir,
    postgres: Option<PostgresSettings>,
    database: Option<Arc<TestDatabase>>,
}

impl TestServer {
    /// Starts a server on a free port, with an empty development instance.
    ///
    /// # Panics
    /// If the server cannot start.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Starts a server whose settings `change` has changed.
    ///
    /// # Panics
    /// If the server cannot start.
    pub async fn start_with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::start_on(TestDatabase::create_if_chosen().await, change).await
    }

    /// Starts a server on PostgreSQL, or on SQLite where no database is given, whatever is chosen
    /// for tests; `change` changes its settings.
    ///
    /// # Panics
    /// If the server cannot start.
    pub async fn start_on(
        database: Option<TestDatabase>,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        Self::open(folder, database.map(Arc::new), Arc::default(), change).await
    }

    /// Starts a further server on the same PostgreSQL database, which goes by the same clock, takes
    /// the same secret key and links to the first one; its data folder is its own.
    ///
    /// # Panics
    /// If this server is not on PostgreSQL, or the other cannot start.
    pub async fn another(&self) -> Self {
        let postgres = self.postgres.clone().expect("only PostgreSQL is for several servers");
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let secret_key = self.secret_key.clone();
        let server_key_file = self.data().join("server-key");
        let public_url = self.base_url.parse().expect("a server's own URL is one");
        Self::open(folder, self.database.clone(), Arc::clone(&self.clock), |settings| {
            settings.postgres = Some(postgres);
            settings.secret_key = Some(secret_key.into());
            settings.public_url = Some(public_url);
            settings.server_key_file = Some(server_key_file);
        })
        .await
    }

    async fn open(
        folder: TempDir,
        database: Option<Arc<TestDatabase>>,
        clock: Arc<TestClock>,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let mut settings = Settings::new(folder.path().join("data"));
        settings.bind.set_port(0);
        settings.metrics_bind = MetricsBind::At(settings.bind);
        settings.limits.notice = Duration::ZERO;
        // A test that opens hundreds of connections on one thread may take its time to use them.
        settings.limits.header_timeout = Duration::from_secs(60);
        settings.clock = Arc::clone(&clock) as Arc<dyn Clock>;
        settings.postgres = database.as_deref().map(TestDatabase::settings);
        change(&mut settings);
        let postgres = settings.postgres.clone();
        let server_key = settings.server_key_file.clone();
        let server_key = server_key.unwrap_or_else(|| settings.data.join(SERVER_KEY_FILE));
        let server = Server::start(settings).await.expect("the server starts");
        let base_url = server.local_url();
        let metrics_url = server.metrics_url();
        let secret_key = server.secret_key().expect("there is a key to begin with");
        let secret_key = secret_key.expose_secret().to_owned();
        let store = server.store().clone();
        let (shutdown, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            let stop = async move {
                // A server that is dropped stops as well.
                let _ = stopped.await;
            };
            server.run(stop).await.expect("the server stops well");
        });
        Self {
            base_url,
            metrics_url,
            secret_key,
            store,
            signing_keys: SigningKeys::new(server_key),
            clock,
            shutdown: Some(shutdown),
            task: Some(task),
            folder,
            postgres,
            database,
        }
    }

    /// Stops the server and starts it again on the same data, at another port.
    pub async fn restart(mut self) -> Self {
        self.stop().await;
        let replacement = tempfile::tempdir().expect("a temporary folder can be made");
        let folder = std::mem::replace(&mut self.folder, replacement);
        let (clock, postgres) = (Arc::default(), self.postgres.take());
        let change = |settings: &mut Settings| settings.postgres = postgres;
        Self::open(folder, self.database.take(), clock, change).await
    }

    /// Stops the server as SIGTERM would, and waits until its database is closed.
    pub async fn stop(&mut self) {
        if let Some(shutdown) = self.shutdown.take() {
            let _ = shutdown.send(());
        }
        if let Some(task) = self.task.take() {
            task.await.expect("the server stops well");
        }
    }

    /// Where the server is reached, without `/v1`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Where its metrics are read, whole.
    ///
    /// # Panics
    /// If the test turned them off.
    pub fn metrics_url(&self) -> &str {
        self.metrics_url.as_deref().expect("metrics are on")
    }

    /// A secret key of the development instance.
    pub fn secret_key(&self) -> &str {
        &self.secret_key
    }

    /// The folder that holds the data.
    pub fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    /// The URL of the PostgreSQL database, if the server is on one.
    pub fn database_url(&self) -> Option<&str> {
        self.database.as_deref().map(TestDatabase::url)
    }

    /// The SQLite database file, to look into with other tools.
    pub fn database(&self) -> std::path::PathBuf {
        Path::join(&self.data(), "guildhall.db")
    }

    /// Everything that is stored: the bytes of each file, or each row of each table of PostgreSQL.
    ///
    /// # Panics
    /// If it cannot be read.
    pub async fn stored(&self) -> Vec<u8> {
        let mut bytes = bytes_below(&self.data());
        if let Some(database) = &self.database {
            bytes.extend(database.rows().await.into_bytes());
        }
        bytes
    }

    /// Looks whether all that is stored holds together: references, counters, times.
    ///
    /// # Panics
    /// If it does not, or cannot be read.
    pub async fn check(&self) {
        for finding in self.store.check().await.expect("the database can be read") {
            assert!(matches!(finding.verdict, Verdict::Sound(_)), "{finding:?}");
        }
    }

    /// The clock of the server.
    pub fn clock(&self) -> &TestClock {
        &self.clock
    }

    /// The store behind the server.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// A typed client of the development instance.
    ///
    /// # Panics
    /// Never: the address and the key are the server's own.
    pub fn client(&self) -> Client {
        Client::builder(self.secret_key.as_str())
            .base_url(self.base_url.as_str())
            .build()
            .expect("the server's own address and key are good")
    }

    /// Plain HTTP with the key of the development instance; every answer is checked against the
    /// published contract.
    pub fn http(&self) -> Http {
        Http::new(&self.base_url, &self.secret_key)
    }

    /// Makes another instance; gives plain HTTP with a key of it.
    ///
    /// # Panics
    /// If the database fails.
    pub async fn another_instance(&self) -> Http {
        let instance = self.store.create_instance("another", Environment::Development).await;
        let instance = instance.expect("an instance can be made");
        let key = self.store.create_key(&instance, KeyOrigin::Created).await;
        let key = key.expect("a key can be made");
        Http::new(&self.base_url, &key.secret_key)
    }

    /// Signs the session tokens of the development instance by a new key from now on; the one
    /// before is still told for `overlap` milliseconds. Gives the id of the new key.
    ///
    /// # Panics
    /// If the database fails.
    pub async fn rotate_signing_key(&self, overlap: i64) -> String {
        let instance = self.development_instance().await;
        let rotated = self.signing_keys.rotate(&self.store, &instance, overlap).await;
        rotated.expect("a key can be made")
    }

    /// The public key that verifies the session tokens of the development instance, as PEM: what
    /// programs take as `CLERK_JWT_KEY`.
    ///
    /// # Panics
    /// If the database fails.
    pub async fn public_key(&self) -> String {
        let instance = self.development_instance().await;
        let key = self.signing_keys.public_key(&self.store, &instance).await;
        key.expect("there is a key, or one can be made")
    }

    async fn development_instance(&self) -> Instance {
        let instance = self.store.oldest_instance().await.expect("instances can be read");
        instance.expect("there is an instance to begin with")
    }

    /// Every key of the server.
    ///
    /// # Panics
    /// If the database fails.
    pub async fn keys(&self) -> Vec<Key> {
        self.store.keys(None).await.expect("keys can be listed")
    }
}

/// The bytes of every file in a folder; those that go meanwhile are left out.
fn bytes_below(folder: &Path) -> Vec<u8> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let files = entries.filter_map(|entry| std::fs::read(entry.ok()?.path()).ok());
    files.flatten().collect()
}
