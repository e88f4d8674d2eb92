//! What every handler shares: the store, and where the server is reached.

use std::convert::Infallible;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use guildhall_rules::{Operation, Refusal};
use guildhall_store::{Failure, Store};
use guildhall_types::{Code, Fault};

use crate::api::no_such_position;
use crate::auth::Caller;
use crate::http::{Error, ForwardedBase};
use crate::passwords::Passwords;
use crate::tokens::SigningKeys;

/// When to try again after the server was too busy, or its disk failed.
const RETRY_AFTER_SECONDS: u64 = 1;

/// What every handler shares. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App {
    shared: Arc<Shared>,
    public_url: PublicUrl,
}

/// What all apps of a server have in common.
pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) passwords: Passwords,
    pub(crate) tokens: SigningKeys,
    allows_sessions: bool,
    draining: AtomicBool,
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

/// Where clients reach the server, without a slash at the end.
#[derive(Clone, Debug)]
pub(crate) enum PublicUrl {
    /// The operator says so, whatever a proxy says.
    Set(Arc<str>),
    /// At the address it listens on, as far as it knows itself; a trusted proxy may know better.
    Guessed(Arc<str>),
}

impl App {
    /// An app over `store` that clients reach at `public_url`; sessions of production instances are
    /// made only if it allows them.
    pub(crate) fn new(
        store: Store,
        public_url: PublicUrl,
        tokens: SigningKeys,
        allows_sessions: bool,
    ) -> Self {
        let (passwords, draining) = (Passwords::default(), AtomicBool::default());
        let shared = Shared { store, passwords, tokens, allows_sessions, draining };
        Self { shared: Arc::new(shared), public_url }
    }

    /// Whether sessions of production instances may be made without signing in.
    pub(crate) fn allows_sessions(&self) -> bool {
        self.allows_sessions
    }

    /// Where clients reach the server, without a slash at the end.
    pub(crate) fn public_url(&self) -> &str {
        match &self.public_url {
            PublicUrl::Set(url) | PublicUrl::Guessed(url) => url,
        }
    }

    /// Says that no more requests are welcome.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Tells whether requests are welcome, the database answers and writes reach the disk.
    pub(crate) async fn is_ready(&self) -> bool {
        !self.draining.load(Ordering::Relaxed) && self.store.is_ready().await
    }

    /// Carries out an operation for the caller.
    pub(crate) async fn write<O: Operation>(
        &self,
        caller: &Caller,
        operation: O,
    ) -> Result<O::Answer, Error> {
        Ok(self.store.write(caller.instance.key, operation).await?)
    }

    /// What was read of a request, or its faults; that the organization is unknown comes first.
    pub(crate) async fn checked<T>(
        &self,
        caller: &Caller,
        organization_id: &str,
        read: Result<T, Vec<Fault>>,
    ) -> Result<T, Error> {
        let known =
            async || self.store.organization_exists(caller.instance.key, organization_id).await;
        self.known_first(read, known, Code::OrganizationNotFound).await
    }

    /// What was read of a request, or its faults; that what it is about is not `known` comes first.
    pub(crate) async fn known_first<T>(
        &self,
        read: Result<T, Vec<Fault>>,
        known: impl AsyncFnOnce() -> Result<bool, guildhall_store::Error>,
        unknown: Code,
    ) -> Result<T, Error> {
        match read {
            Ok(value) => Ok(value),
            Err(faults) if Box::pin(known()).await? => Err(faults.into()),
            Err(_) => Err(unknown.fault().into()),
        }
    }
}

/// The app as a request sees it, whose client may reach it by way of a proxy. A handler whose answer
/// holds links takes this instead of the state.
impl FromRequestParts<App> for App {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &App) -> Result<Self, Infallible> {
        let mut app = state.clone();
        if let PublicUrl::Guessed(url) = &mut app.public_url
            && let Some(ForwardedBase(base)) = parts.extensions.get()
        {
            *url = Arc::clone(base);
        }
        Ok(app)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(Refusal(faults)) => Self::Refused(faults),
            Failure::Panicked => Self::Internal(Box::new(failure)),
            Failure::Busy | Failure::Stopped | Failure::Unavailable(_) => Self::Unavailable {
                retry_after_seconds: RETRY_AFTER_SECONDS,
                source: Some(Box::new(failure)),
            },
        }
    }
}

impl From<guildhall_store::Error> for Error {
    fn from(error: guildhall_store::Error) -> Self {
        if let guildhall_store::Error::NoSuchPosition { parameter } = error {
            return no_such_position(parameter);
        }
        Self::Unavailable {
            retry_after_seconds: RETRY_AFTER_SECONDS,
            source: Some(Box::new(error)),
        }
    }
}
