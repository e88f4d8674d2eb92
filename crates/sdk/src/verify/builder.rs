//! Building a verifier.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use url::Url;

use super::claims::{Pending, Rules};
use super::headers::Carriers;
use super::keys::{Clock, FetchedKeys, Keys, State, Times};
use super::public_key::PublicKey;
use super::verifier::TokenVerifier;
use crate::request::Transport;
use crate::{Client, ConfigError};

/// A verifier to be; made by [`TokenVerifier::with_client`], [`TokenVerifier::with_jwks_url`],
/// [`TokenVerifier::with_pem`] or [`TokenVerifier::with_env`].
#[derive(Clone)]
#[must_use]
pub struct TokenVerifierBuilder {
    source: Source,
    rules: Rules,
    carriers: Carriers,
    times: Times,
    fetch_timeout: Duration,
    clock: Clock,
}

/// Where keys come from.
#[derive(Clone)]
pub(super) enum Source {
    Client(Client),
    Url(String),
    Pem(String),
}

impl TokenVerifierBuilder {
    pub(super) fn new(source: Source) -> Self {
        Self {
            source,
            rules: Rules {
                leeway: Duration::from_secs(5),
                authorized_parties: None,
                issuer: None,
                pending: Pending::Refused,
            },
            carriers: Carriers::HeaderOrCookie,
            times: Times {
                cache_for: Duration::from_secs(5 * 60),
                keep_for: Duration::from_secs(60 * 60),
                refetch_after: Duration::from_secs(10),
            },
            fetch_timeout: Duration::from_secs(5),
            clock: Arc::new(now),
        }
    }

    /// Accepts tokens only that were made for pages of one of these origins
    /// (`https://app.example.com`, to the letter), as the claim `azp` tells; a token without it is
    /// refused. By default any is accepted.
    ///
    /// To be set wherever browsers send the cookie `__session`: pages of other hosts below the same
    /// domain can make them send one of theirs. Where none needs to, see
    /// [`bearer_only`](Self::bearer_only).
    pub fn authorized_parties<S: Into<String>>(
        mut self,
        origins: impl IntoIterator<Item = S>,
    ) -> Self {
        self.rules.authorized_parties = Some(origins.into_iter().map(Into::into).collect());
        self
    }

    /// Ignores the cookie `__session`: tokens come by `Authorization: Bearer …` only. By default the
    /// cookie is read where there is no such header.
    ///
    /// To be set where no browser is to sign in by its cookie alone. Browsers send cookies along
    /// whichever page makes them send a request (cross-site request forgery), but that header only
    /// where a page of yours sets it. It bears on requests, not on [`TokenVerifier::verify`].
    pub fn bearer_only(mut self) -> Self {
        self.carriers = Carriers::Header;
        self
    }

    /// Accepts tokens only that `issuer` made, as the claim `iss` tells, to the letter; by default
    /// any whose signature is right.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.rules.issuer = Some(issuer.into());
        self
    }

    /// By how much the clocks of this machine and of the server may differ; 5 s by default.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.rules.leeway = leeway;
        self
    }

    /// Accepts sessions that are `pending` too, whose user has a task left, such as choosing an
    /// organization. By default they count as signed out.
    pub fn accept_pending(mut self) -> Self {
        self.rules.pending = Pending::Accepted;
        self
    }

    /// How long keys are used before they are fetched again; 5 minutes by default.
    pub fn cache_for(mut self, time: Duration) -> Self {
        self.times.cache_for = time;
        self
    }

    /// How long keys are used, counted from when they came, while they cannot be fetched again; an
    /// hour by default, and never shorter than [`cache_for`](Self::cache_for).
    ///
    /// For as long a key that was withdrawn may serve while the server is away.
    pub fn keep_for(mut self, time: Duration) -> Self {
        self.times.keep_for = time;
        self
    }

    /// How long no request is made after one that failed, or that did not bring the key which a
    /// token names; 10 s by default.
    ///
    /// It bounds what tokens with invented keys can make the verifier ask. A server that begins to
    /// sign by a new key right after keys were fetched has its tokens refused for as long.
    pub fn refetch_after(mut self, time: Duration) -> Self {
        self.times.refetch_after = time;
        self
    }

    /// How long fetching keys may take, with all attempts; 5 s by default.
    pub fn fetch_timeout(mut self, timeout: Duration) -> Self {
        self.fetch_timeout = timeout;
        self
    }

    /// Asks `clock` for the time, for tests; by default the clock of the machine.
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Makes the verifier; fetches nothing, see [`TokenVerifier::fetch_keys`].
    ///
    /// # Errors
    ///
    /// When the address or the PEM of the keys cannot be used, the authorized parties are none, or
    /// the HTTP client cannot be set up.
    pub fn build(self) -> Result<TokenVerifier, ConfigError> {
        if self.rules.authorized_parties.as_ref().is_some_and(Vec::is_empty) {
            return Err(ConfigError::AuthorizedPartiesMissing);
        }
        let (mut transport, url) = match self.source {
            Source::Pem(pem) => {
                let key = PublicKey::from_pem(&pem).ok_or(ConfigError::PublicKeyInvalid)?;
                let key = Keys::One(Box::new(key));
                return Ok(TokenVerifier::new(key, self.rules, self.carriers, self.clock));
            }
            Source::Client(client) => {
                (client.shared.transport.clone(), format!("{}/jwks", client.base_url()))
            }
            Source::Url(url) => (Transport::without_key()?, read_url(&url)?),
        };
        transport.timeout = self.fetch_timeout;
        let keys = FetchedKeys {
            transport,
            url,
            times: self.times,
            clock: Arc::clone(&self.clock),
            state: State::default().into(),
        };
        let keys = Keys::Fetched(Arc::new(keys));
        Ok(TokenVerifier::new(keys, self.rules, self.carriers, self.clock))
    }
}

impl std::fmt::Debug for TokenVerifierBuilder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("TokenVerifierBuilder")
            .field("rules", &self.rules)
            .field("carriers", &self.carriers)
            .field("times", &self.times)
            .finish_non_exhaustive()
    }
}

#[expect(clippy::disallowed_methods, reason = "this is where time comes in, unless it is given")]
fn now() -> SystemTime {
    SystemTime::now()
}

fn read_url(text: &str) -> Result<String, ConfigError> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let url = url.filter(|url| url.username().is_empty() && url.password().is_none());
    url.map(String::from).ok_or(ConfigError::JwksUrlInvalid)
}
