//! The keys that verify tokens: fetched when needed, kept, and never asked for without bound.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};

use super::VerifyError;
use super::public_key::{KeySet, PublicKey};
use crate::request::Transport;
use crate::{Delivery, Error};

/// Tells the time.
pub(super) type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// Where the keys come from.
pub(super) enum Keys {
    /// One key, which signs whatever is signed.
    One(Box<PublicKey>),
    /// Keys of an address.
    Fetched(Arc<FetchedKeys>),
}

/// How long keys serve, and how often they are fetched.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) cache_for: Duration,
    pub(super) keep_for: Duration,
    pub(super) refetch_after: Duration,
}

/// Keys of an address, by their ids.
pub(super) struct FetchedKeys {
    pub(super) transport: Transport,
    pub(super) url: String,
    pub(super) times: Times,
    pub(super) clock: Clock,
    pub(super) state: RwLock<State>,
}

/// What was fetched, and how it went.
#[derive(Default)]
pub(super) struct State {
    keys: HashMap<String, Arc<PublicKey>>,
    /// When these keys came.
    fetched_at: Option<SystemTime>,
    /// When the last request ended, well or not.
    tried_at: Option<SystemTime>,
    /// Why the last request failed, if it did.
    failure: Option<Arc<Error>>,
    /// The request that is under way, if one is.
    fetching: Option<Fetching>,
}

/// A request that all who wait for it share; it goes on when they leave.
type Fetching = Shared<BoxFuture<'static, ()>>;

/// What the state says of a key.
enum Look {
    Known(Arc<PublicKey>),
    Refused(VerifyError),
    Fetch,
}

#[derive(Debug, thiserror::Error)]
#[error("the set has no key that verifies session tokens")]
struct NoKeys;

impl Keys {
    /// Verifies what the key of that id is said to have signed.
    pub(super) async fn verify(
        &self,
        key_id: Option<&str>,
        signed: &str,
        signature: &[u8],
    ) -> Result<(), VerifyError> {
        match self {
            Self::One(key) => key.verify(signed, signature),
            Self::Fetched(keys) => {
                let missing = VerifyError::Malformed { reason: "its header names no key" };
                keys.find(key_id.ok_or(missing)?).await?.verify(signed, signature)
            }
        }
    }
}

impl FetchedKeys {
    async fn find(self: &Arc<Self>, key_id: &str) -> Result<Arc<PublicKey>, VerifyError> {
        let look = self.read(|state, now| state.look(key_id, now, self.times));
        match look {
            Look::Known(key) => Ok(key),
            Look::Refused(error) => Err(error),
            Look::Fetch => {
                if let Some(fetching) = self.fetch_unless(|state, now| {
                    // Another may have fetched since.
                    !matches!(state.look(key_id, now, self.times), Look::Fetch)
                }) {
                    fetching.await;
                }
                self.read(|state, now| state.found(key_id, now, self.times))
            }
        }
    }

    /// Fetches the keys now, or waits for the request that is under way.
    pub(super) async fn fetch(self: &Arc<Self>) -> Result<(), VerifyError> {
        if let Some(fetching) = self.fetch_unless(|_, _| false) {
            fetching.await;
        }
        self.read(|state, _| state.failure(self.times).map_or(Ok(()), Err))
    }

    /// The request that is under way; else begins one, unless there is no need to.
    fn fetch_unless(
        self: &Arc<Self>,
        needless: impl FnOnce(&State, SystemTime) -> bool,
    ) -> Option<Fetching> {
        let now = (self.clock)();
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(fetching) = &state.fetching {
            return Some(fetching.clone());
        }
        if needless(&state, now) {
            return None;
        }
        let this = Arc::clone(self);
        // A task of its own: what began the request may be dropped, and others wait for it.
        let task = tokio::spawn(async move {
            let answer = this.request().await;
            this.take(answer);
        });
        let this = Arc::clone(self);
        let fetching = task.map(move |ended| {
            if let Err(error) = ended {
                let delivery = Delivery::Unknown;
                this.take(Err(Error::Transport { delivery, source: Box::new(error) }));
            }
        });
        let fetching = fetching.boxed().shared();
        state.fetching = Some(fetching.clone());
        Some(fetching)
    }

    async fn request(&self) -> Result<HashMap<String, Arc<PublicKey>>, Error> {
        let keys = self.transport.get::<KeySet>(&self.url).await?.by_id();
        match keys.is_empty() {
            true => Err(Error::Decode {
                status: 200,
                trace_id: None,
                excerpt: String::new(),
                source: Box::new(NoKeys),
            }),
            false => Ok(keys),
        }
    }

    /// Notes how a request went; one that failed leaves the keys that were known.
    fn take(&self, answer: Result<HashMap<String, Arc<PublicKey>>, Error>) {
        let now = (self.clock)();
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.fetching = None;
        state.tried_at = Some(now);
        match answer {
            Ok(keys) => {
                state.keys = keys;
                state.fetched_at = Some(now);
                state.failure = None;
            }
            Err(error) => state.failure = Some(Arc::new(error)),
        }
    }

    fn read<T>(&self, read: impl FnOnce(&State, SystemTime) -> T) -> T {
        let now = (self.clock)();
        read(&self.state.read().unwrap_or_else(PoisonError::into_inner), now)
    }
}

impl State {
    /// The key, if it can be told without a request.
    fn look(&self, key_id: &str, now: SystemTime, times: Times) -> Look {
        let is_fresh = is_within(self.fetched_at, now, times.cache_for);
        let has_just_tried = is_within(self.tried_at, now, times.refetch_after);
        let has_just_failed = has_just_tried && self.failure.is_some();
        match self.kept(key_id, now, times) {
            Some(key) if is_fresh || has_just_failed || self.fetching.is_some() => Look::Known(key),
            None if has_just_failed || (has_just_tried && is_fresh) => {
                Look::Refused(self.refusal(times))
            }
            _ => Look::Fetch,
        }
    }

    /// The key, after all was tried.
    fn found(
        &self,
        key_id: &str,
        now: SystemTime,
        times: Times,
    ) -> Result<Arc<PublicKey>, VerifyError> {
        let key = match self.failure {
            // Just fetched, whatever is said of keeping.
            None => self.keys.get(key_id).cloned(),
            Some(_) => self.kept(key_id, now, times),
        };
        key.ok_or_else(|| self.refusal(times))
    }

    /// The key, if it is not too old to serve.
    fn kept(&self, key_id: &str, now: SystemTime, times: Times) -> Option<Arc<PublicKey>> {
        // Keys from a time that is still to come are no older than any other: the clock went back.
        let is_kept =
            |at| at > now || is_within(Some(at), now, times.keep_for.max(times.cache_for));
        self.keys.get(key_id).filter(|_| self.fetched_at.is_some_and(is_kept)).cloned()
    }

    fn refusal(&self, times: Times) -> VerifyError {
        self.failure(times).unwrap_or(VerifyError::KeyUnknown)
    }

    fn failure(&self, times: Times) -> Option<VerifyError> {
        let source = Arc::clone(self.failure.as_ref()?);
        Some(VerifyError::KeysUnavailable { source, refetch_after: times.refetch_after })
    }
}

/// Whether less than `time` has passed; never since an instant that is still to come.
fn is_within(since: Option<SystemTime>, now: SystemTime, time: Duration) -> bool {
    since.is_some_and(|since| now.duration_since(since).is_ok_and(|passed| passed < time))
}

impl fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(_) => formatter.write_str("One"),
            Self::Fetched(keys) => formatter
                .debug_struct("Fetched")
                .field("url", &keys.url)
                .field("times", &keys.times)
                .finish_non_exhaustive(),
        }
    }
}
