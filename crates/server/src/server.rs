//! The server as a whole: opened, bound, run, closed.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;

use guildhall_store::{
    DataFolder, Database, Environment, FolderLock, Instance, KeyOrigin, OpenError, Options, Store,
    with_causes,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::oneshot;

use crate::api;
use crate::app::{App, PublicUrl};
use crate::auth::Door;
use crate::http::{Answers, Front, Guarded, Terms, serve};
use crate::metrics::{Metrics, MetricsListener};
use crate::settings::{MetricsBind, SERVER_KEY_FILE, Settings};
use crate::tokens::SigningKeys;

/// The name of the instance that the first start makes.
const FIRST_INSTANCE: &str = "default";
/// The least characters of a pinned key after its prefix.
const LEAST_KEY_CHARACTERS: usize = 8;

/// Why a server cannot start; told in one line.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder or the database in it cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database does not work.
    #[error("the database cannot be used: {}", with_causes(.0))]
    Database(#[from] guildhall_store::Error),
    /// The address is taken or is none of this machine.
    #[error("cannot listen on `{bind}`: {source}")]
    Bind {
        /// The address.
        bind: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The address for metrics is taken or is none of this machine.
    #[error("cannot show metrics on `{bind}`: {source}")]
    MetricsBind {
        /// The address.
        bind: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The pinned secret key has no form that a key can have.
    #[error(
        "the secret key must begin with `sk_test_` or `sk_live_`, followed by at least \
             {LEAST_KEY_CHARACTERS} letters, digits, `_` or `-`"
    )]
    SecretKey,
    /// The public URL cannot be what clients reach the server at.
    #[error("the public URL `{0}` must be `http` or `https`, without user, query or fragment")]
    PublicUrl(String),
}

/// Why a server stopped badly.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The socket failed.
    #[error("the listener failed: {0}")]
    Listener(#[from] std::io::Error),
    /// The database could not be closed; what was acknowledged is in its log.
    #[error("the database could not be closed: {}", with_causes(.0))]
    Close(#[from] guildhall_store::Error),
}

/// A server that is bound and not yet answering.
pub struct Server {
    app: App,
    address: SocketAddr,
    listener: TcpListener,
    metrics: Metrics,
    metrics_listener: Option<MetricsListener>,
    terms: Terms,
    secret_key: Option<SecretString>,
    warnings: Vec<String>,
    _lock: Option<FolderLock>,
}

impl Server {
    /// Opens the data folder, makes the first instance if there is none, and binds the sockets.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn start(settings: Settings) -> Result<Self, StartError> {
        check_settings(&settings)?;
        let metrics = Metrics::default();
        let (store, lock) = open_store(&settings, &metrics).await?;
        let secret_key = prepare(&store, &settings.data, settings.secret_key).await?;
        let bind = settings.bind;
        let bound = TcpListener::bind(bind).and_then(|listener| {
            listener.set_nonblocking(true)?;
            Ok((listener.local_addr()?, listener))
        });
        let (address, listener) = bound.map_err(|source| StartError::Bind { bind, source })?;
        let (metrics_listener, metrics_warning) = bind_metrics(settings.metrics_bind)?;
        let public_url = match settings.public_url {
            Some(url) => PublicUrl::Set(url.as_str().trim_end_matches('/').into()),
            None => PublicUrl::Guessed(local_url(address).into()),
        };
        let folder = match store.database() {
            Database::Sqlite(folder) => folder.warning(),
            Database::Postgres(_) => None,
        };
        let server_key = settings.server_key_file;
        let tokens =
            SigningKeys::new(server_key.unwrap_or_else(|| settings.data.join(SERVER_KEY_FILE)));
        let warnings = [folder, exposed(address), metrics_warning];
        Ok(Self {
            app: App::new(store, public_url, tokens, settings.allow_production_sessions),
            address,
            listener,
            metrics_listener,
            terms: Terms {
                limits: settings.limits,
                proxies: settings.trusted_proxies,
                metrics: Arc::clone(&metrics.requests),
            },
            metrics,
            secret_key,
            warnings: warnings.into_iter().flatten().collect(),
            _lock: lock,
        })
    }

    /// Where clients reach the server, without `/v1` and without a slash at the end.
    pub fn base_url(&self) -> &str {
        self.app.public_url()
    }

    /// Where it listens, as this machine reaches it, whatever `public_url` says.
    pub fn local_url(&self) -> String {
        local_url(self.address)
    }

    /// Where metrics are read, on this machine; `None` where they are not.
    pub fn metrics_url(&self) -> Option<String> {
        let address = self.metrics_listener.as_ref()?.address();
        Some(format!("{}/metrics", local_url(address)))
    }

    /// The secret key to begin with: the pinned one, else the development key.
    pub fn secret_key(&self) -> Option<&SecretString> {
        self.secret_key.as_ref()
    }

    /// What the operator should know, one line each.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The store behind the server, for tests and tools in the same process.
    pub fn store(&self) -> &Store {
        &self.app.store
    }

    /// Answers until `shutdown` is ready, finishes what was accepted, and closes the database.
    ///
    /// # Errors
    /// See [`RunError`].
    pub async fn run(
        self,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), RunError> {
        let (app, notice) = (self.app.clone(), self.terms.limits.notice);
        let stop = async move {
            shutdown.await;
            app.drain();
            tokio::time::sleep(notice).await;
        };
        let Terms { limits, metrics, .. } = self.terms.clone();
        let guarded =
            Guarded { door: Door::new(&self.app), answers: Answers::new(self.app.store.clone()) };
        let service = Front::new(api::router(self.app.clone()), &self.terms, Some(guarded));
        let (ended, at_the_end) = oneshot::channel::<()>();
        let serving = async move {
            let service = move |peer| service.of(peer);
            let served = serve(self.listener, service, limits, Some(metrics), stop).await;
            drop(ended);
            served
        };
        let counting = async {
            if let Some(listener) = self.metrics_listener {
                // It comes by dropping the other end.
                let stop = async { drop(at_the_end.await) };
                listener.serve(self.app.clone(), self.metrics, stop).await;
            }
        };
        // Metrics can be read as long as requests are at work.
        let (served, ()) = tokio::join!(serving, counting);
        self.app.store.close().await?;
        Ok(served?)
    }
}

/// Opens the store, which tells `metrics` of its work; a folder is locked for this server.
async fn open_store(
    settings: &Settings,
    metrics: &Metrics,
) -> Result<(Store, Option<FolderLock>), OpenError> {
    let options = Options {
        clock: Arc::clone(&settings.clock),
        migrate: settings.migrate,
        observer: metrics.observer(),
    };
    if let Some(postgres) = settings.postgres.clone() {
        return Ok((Store::open(&postgres.into(), options).await?, None));
    }
    let folder = DataFolder::open(&settings.data)?;
    let lock = folder.lock()?;
    Ok((Store::open(&folder.into(), options).await?, Some(lock)))
}

/// The socket for metrics, or why there is none where there could be one.
fn bind_metrics(
    bind: MetricsBind,
) -> Result<(Option<MetricsListener>, Option<String>), StartError> {
    let (address, is_required) = match bind {
        MetricsBind::Off => return Ok((None, None)),
        MetricsBind::IfFree(address) => (address, false),
        MetricsBind::At(address) => (address, true),
    };
    match MetricsListener::bind(address) {
        Ok(listener) => {
            let warning = exposed_metrics(listener.address());
            Ok((Some(listener), warning))
        }
        Err(source) if is_required => Err(StartError::MetricsBind { bind: address, source }),
        Err(error) => {
            let warning = format!(
                "metrics are not shown: cannot listen on `{address}`: {error}; set `metrics_bind` \
                 to another address, or to `off`"
            );
            Ok((None, Some(warning)))
        }
    }
}

fn check_settings(settings: &Settings) -> Result<(), StartError> {
    if let Some(secret_key) = &settings.secret_key {
        check_key(secret_key.expose_secret())?;
    }
    if let Some(url) = &settings.public_url {
        let fits = matches!(url.scheme(), "http" | "https")
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !fits {
            return Err(StartError::PublicUrl(url.to_string()));
        }
    }
    Ok(())
}

fn check_key(secret_key: &str) -> Result<(), StartError> {
    let rest = secret_key.strip_prefix("sk_test_").or_else(|| secret_key.strip_prefix("sk_live_"));
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    let fits =
        rest.is_some_and(|rest| rest.len() >= LEAST_KEY_CHARACTERS && rest.bytes().all(allowed));
    if fits { Ok(()) } else { Err(StartError::SecretKey) }
}

/// Sees to it that there is an instance and a key to begin with.
async fn prepare(
    store: &Store,
    data: &Path,
    pinned: Option<SecretString>,
) -> Result<Option<SecretString>, StartError> {
    let live = pinned.as_ref().is_some_and(|key| key.expose_secret().starts_with("sk_live_"));
    let environment = if live { Environment::Production } else { Environment::Development };
    let first = store.first_instance(FIRST_INSTANCE, environment).await?;
    if let Some(pinned) = pinned {
        store.pin_key(&first, pinned.expose_secret()).await?;
        return Ok(Some(pinned));
    }
    match first.environment {
        Environment::Development => {
            let folder = DataFolder::open_for_key(data)?;
            Ok(Some(development_key(store, &folder, &first).await?.into()))
        }
        Environment::Production => Ok(None),
    }
}

/// The development key of the data folder; a lost or revoked one is made anew.
async fn development_key(
    store: &Store,
    folder: &DataFolder,
    instance: &Instance,
) -> Result<String, StartError> {
    if let Some(secret_key) = folder.development_key()
        && store.instance_of_key(&secret_key).await?.is_some()
    {
        return Ok(secret_key);
    }
    let secret_key = store.create_key(instance, KeyOrigin::Development).await?.secret_key;
    folder.write_development_key(&secret_key)?;
    Ok(secret_key)
}

fn local_url(address: SocketAddr) -> String {
    let mut reachable = address;
    if address.ip().is_unspecified() {
        reachable.set_ip(match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    format!("http://{reachable}")
}

/// That others on the network can read the metrics.
fn exposed_metrics(address: SocketAddr) -> Option<String> {
    let warning =
        || format!("metrics are shown on {address}, beyond this machine, to everybody who asks");
    (!address.ip().is_loopback()).then(warning)
}

/// That others on the network can read along.
fn exposed(address: SocketAddr) -> Option<String> {
    let warning = || {
        format!(
            "listening on {address}, beyond this machine, in clear text: put a proxy with TLS in \
             front"
        )
    };
    (!address.ip().is_loopback()).then(warning)
}
