//! What an operator can set.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use guildhall_store::{Clock, Migrate, PostgresSettings, SystemClock};
use secrecy::SecretString;
use url::Url;

use crate::http::Limits;

/// The port that Guildhall listens on where nothing else is set.
const DEFAULT_PORT: u16 = 4600;

/// What an operator can set.
#[derive(Clone)]
pub struct Settings {
    /// Where to listen; port 0 takes any free one.
    pub bind: SocketAddr,
    /// The folder that holds the data; it is made if need be. With PostgreSQL it holds only the
    /// development key.
    pub data: PathBuf,
    /// The PostgreSQL database that holds the data, if not SQLite in the folder.
    pub postgres: Option<PostgresSettings>,
    /// What is done about a database of an older version.
    pub migrate: Migrate,
    /// Where clients reach the server, if not at the address it listens on.
    pub public_url: Option<Url>,
    /// A secret key to accept for the first instance, in place of the one pinned before.
    pub secret_key: Option<SecretString>,
    /// How much the server takes on.
    pub limits: Limits,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

impl Settings {
    /// The defaults, with the data in `data`: it listens on `127.0.0.1:4600`.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self {
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT)),
            data: data.into(),
            postgres: None,
            migrate: Migrate::default(),
            public_url: None,
            secret_key: None,
            limits: Limits::default(),
            clock: Arc::new(SystemClock),
        }
    }
}
