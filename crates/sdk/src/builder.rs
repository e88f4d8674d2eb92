//! Building a client.

use std::sync::Arc;
use std::time::Duration;

use guildhall_types::ApiVersion;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use crate::base_url::BaseUrl;
use crate::client::{Client, Shared};
use crate::request::Transport;
use crate::retry::Policy;
use crate::{ConfigError, Error};

/// Where calls go when no base URL is given.
pub const DEFAULT_BASE_URL: &str = "https://api.clerk.com/v1";

const TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const ATTEMPTS: u32 = 3;
const USER_AGENT: &str = concat!("guildhall-sdk/", env!("CARGO_PKG_VERSION"));
const JSON: &str = "application/json";
const API_VERSION: HeaderName = HeaderName::from_static("clerk-api-version");

/// A client to be; made by [`Client::builder`].
///
/// Its `Debug` output does not show the secret key.
#[derive(Clone, Debug)]
#[must_use]
pub struct ClientBuilder {
    secret_key: SecretString,
    base_url: String,
    timeout: Duration,
    connect_timeout: Duration,
    attempts: u32,
    user_agent: String,
    api_version: ApiVersion,
}

impl ClientBuilder {
    pub(crate) fn new(secret_key: SecretString) -> Self {
        Self {
            secret_key,
            base_url: DEFAULT_BASE_URL.to_owned(),
            timeout: TIMEOUT,
            connect_timeout: CONNECT_TIMEOUT,
            attempts: ATTEMPTS,
            user_agent: USER_AGENT.to_owned(),
            api_version: ApiVersion::LATEST,
        }
    }

    /// Sends calls to `base_url` instead of [`DEFAULT_BASE_URL`].
    ///
    /// Slashes at the end are dropped; then, if the last path segment is not `v1`, `/v1` is
    /// appended. So `http://host`, `http://host/`, `http://host/v1` and `http://host/v1/` all mean
    /// `http://host/v1`, and `http://host/auth` means `http://host/auth/v1`. Another scheme than
    /// `http` and `https`, a user name or password, a query, a fragment and `//` in the path are
    /// refused by [`build`](Self::build).
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = base_url.into();
        self
    }

    /// How long one call may take, with all its attempts and the waits between; 30 s by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long one attempt may take to connect; 5 s by default.
    pub fn connect_timeout(mut self, connect_timeout: Duration) -> Self {
        self.connect_timeout = connect_timeout;
        self
    }

    /// How often a call is sent at most, 3 times by default; 0 and 1 both mean once.
    ///
    /// | What happened | Sent again |
    /// |---|---|
    /// | nothing was sent (no connection) | any method |
    /// | 429 | any method |
    /// | 503 with `Retry-After` | any method but `POST` and `DELETE` |
    /// | 502, 503 without `Retry-After`, 504, or the answer was lost | `GET` only |
    /// | any other status | never |
    ///
    /// [`Client::check`], a `POST` that only reads, is sent again as a `GET` would be.
    ///
    /// The wait is what `Retry-After` asks for, else 250 ms doubled with each attempt up to 8 s
    /// and shortened by up to half at random. When the server asks for more than a minute, or for
    /// more than is left of the [`timeout`](Self::timeout), its error is returned at once.
    pub fn retries(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// How the client names itself; `guildhall-sdk/…` by default.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// The version of the API to ask for; [`ApiVersion::V2026_05_12`] by default.
    pub fn api_version(mut self, api_version: ApiVersion) -> Self {
        self.api_version = api_version;
        self
    }

    /// Makes the client; sends nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] when the key, the base URL or the user agent cannot be used, or the
    /// HTTP client cannot be set up.
    pub fn build(self) -> Result<Client, Error> {
        let base_url = BaseUrl::parse(&self.base_url)?;
        let user_agent = HeaderValue::from_str(&self.user_agent)
            .map_err(|_invalid| ConfigError::UserAgentInvalid)?;
        let headers = headers(&self.secret_key, self.api_version)?;
        let transport = Transport {
            http: http(headers, user_agent, self.connect_timeout)?,
            timeout: self.timeout,
            policy: Policy { attempts: self.attempts },
        };
        let shared = Shared { transport, base_url, api_version: self.api_version };
        Ok(Client { shared: Arc::new(shared) })
    }
}

impl Transport {
    /// Sends requests without a key, with all else as [`ClientBuilder::new`] sets it.
    pub(crate) fn without_key() -> Result<Self, ConfigError> {
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(JSON))]);
        Ok(Self {
            http: http(headers, HeaderValue::from_static(USER_AGENT), CONNECT_TIMEOUT)?,
            timeout: TIMEOUT,
            policy: Policy { attempts: ATTEMPTS },
        })
    }
}

/// Follows no redirect: one would show the key to another server.
fn http(
    headers: HeaderMap,
    user_agent: HeaderValue,
    connect_timeout: Duration,
) -> Result<reqwest::Client, ConfigError> {
    reqwest::Client::builder()
        .default_headers(headers)
        .user_agent(user_agent)
        .connect_timeout(connect_timeout)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .build()
        .map_err(|source| ConfigError::Http { source: Box::new(source) })
}

/// The headers of every request.
fn headers(secret_key: &SecretString, api_version: ApiVersion) -> Result<HeaderMap, ConfigError> {
    let secret_key = secret_key.expose_secret();
    if secret_key.is_empty() {
        return Err(ConfigError::SecretKeyMissing);
    }
    let mut authorization = HeaderValue::from_str(&format!("Bearer {secret_key}"))
        .map_err(|_invalid| ConfigError::SecretKeyInvalid)?;
    authorization.set_sensitive(true);
    Ok(HeaderMap::from_iter([
        (AUTHORIZATION, authorization),
        (API_VERSION, HeaderValue::from_static(api_version.as_str())),
        (ACCEPT, HeaderValue::from_static(JSON)),
    ]))
}
