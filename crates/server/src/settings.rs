//! What an operator can set.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use guildhall_store::{Clock, Migrate, PostgresSettings, SystemClock};
use secrecy::SecretString;
use url::Url;

use crate::http::{Limits, TrustedProxies};

/// The port that Guildhall listens on where nothing else is set.
const DEFAULT_PORT: u16 = 4600;
/// The file in the data folder with the server key, where none is named.
pub const SERVER_KEY_FILE: &str = "server-key";
/// The port that metrics are read at where nothing else is set.
const DEFAULT_METRICS_PORT: u16 = 4601;

/// Where metrics are read, apart from the API and without a key; port 0 takes any free one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricsBind {
    /// Nowhere.
    Off,
    /// At this address; the server warns and starts without them where it cannot be had.
    IfFree(SocketAddr),
    /// At this address; the server does not start where it cannot be had.
    At(SocketAddr),
}

/// What an operator can set.
#[derive(Clone)]
pub struct Settings {
    /// Where to listen; port 0 takes any free one.
    pub bind: SocketAddr,
    /// Where metrics are read.
    pub metrics_bind: MetricsBind,
    /// The folder that holds the data; it is made if need be. With PostgreSQL it holds only the
    /// development key and, unless named elsewhere, the server key.
    pub data: PathBuf,
    /// The PostgreSQL database that holds the data, if not SQLite in the folder.
    pub postgres: Option<PostgresSettings>,
    /// What is done about a database of an older version.
    pub migrate: Migrate,
    /// Where clients reach the server, if not at the address it listens on.
    pub public_url: Option<Url>,
    /// The proxies whose word counts for who asks and, where `public_url` is not set, for where
    /// clients reach the server.
    pub trusted_proxies: TrustedProxies,
    /// A secret key to accept for the first instance, in place of the one pinned before.
    pub secret_key: Option<SecretString>,
    /// The file with the key that encrypts signing keys in the database; `server-key` in the data
    /// folder when `None`. It is made if need be. Servers that share a database need the same one.
    pub server_key_file: Option<PathBuf>,
    /// Whether `POST /v1/sessions` signs users of production instances in as well.
    pub allow_production_sessions: bool,
    /// How much the server takes on.
    pub limits: Limits,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

impl Settings {
    /// The defaults, with the data in `data`: it listens on `127.0.0.1:4600`, and shows metrics on
    /// `127.0.0.1:4601` if that is free.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self {
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT)),
            metrics_bind: MetricsBind::IfFree(SocketAddr::from((
                Ipv4Addr::LOCALHOST,
                DEFAULT_METRICS_PORT,
            ))),
            data: data.into(),
            postgres: None,
            migrate: Migrate::default(),
            public_url: None,
            trusted_proxies: TrustedProxies::default(),
            secret_key: None,
            server_key_file: None,
            allow_production_sessions: false,
            limits: Limits::default(),
            clock: Arc::new(SystemClock),
        }
    }
}
