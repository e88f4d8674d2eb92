//! What can go wrong with a call.

use std::error::Error as StdError;
use std::time::Duration;

use guildhall_types::ErrorBody;

use crate::api_error::ApiError;
use crate::retry::Failure;

pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server refused, or failed; boxed because it is large and rare.
    #[error(transparent)]
    Api(Box<ApiError>),
    /// No whole answer came.
    #[error("{delivery}")]
    #[non_exhaustive]
    Transport {
        /// Whether the server can have acted.
        delivery: Delivery,
        /// What failed underneath.
        source: BoxError,
    },
    /// The server reports success in a form this crate does not read.
    #[error("the answer with status {status} could not be read")]
    #[non_exhaustive]
    Decode {
        /// The status of the answer, from 200 to 299.
        status: u16,
        /// Names the request in the server's log.
        trace_id: Option<String>,
        /// How the body begins: at most 200 characters, without control characters.
        excerpt: String,
        /// What is wrong with the body.
        source: BoxError,
    },
    /// The client cannot be built from what it was given.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An id that no URL can carry: the empty one, `.` or `..`. Nothing was sent.
    #[error("`{id}` cannot be an id")]
    #[non_exhaustive]
    Id {
        /// The id as given.
        id: String,
    },
    /// A list cannot be walked by cursor.
    #[error(transparent)]
    Cursor(#[from] CursorError),
}

/// Whether a request can have reached the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// No connection came about: nothing was sent.
    NotSent,
    /// The connection failed or time ran out later: the server may have carried out the request.
    Unknown,
}

impl std::fmt::Display for Delivery {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::NotSent => "the server could not be reached; nothing was sent",
            Self::Unknown => "no whole answer came; the request may have been carried out",
        })
    }
}

/// Why a list cannot be walked by cursor, or not any further; see [`Items`](crate::Items).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum CursorError {
    /// The request has an `ending_before`, which names no place to begin at. Nothing was sent.
    #[error("a stream cannot begin by `ending_before`; use `starting_after`, or read single pages")]
    EndingBefore,
    /// The server answered a `starting_after` with rows that it does not say come after it: it
    /// links them to no neighbour. A server without cursors does so.
    #[error("the server did not heed `starting_after`; the rest of the list was not read")]
    Ignored,
    /// The server led to a place where the walk was before.
    #[error("the server's cursors lead in a circle; the rest of the list was not read")]
    Repeated,
}

/// Why a client cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// There is no secret key.
    #[error("no secret key; set `CLERK_SECRET_KEY` or pass one")]
    SecretKeyMissing,
    /// The secret key has characters that no header can carry, a line break for example.
    #[error("the secret key has characters that cannot be sent in a header")]
    SecretKeyInvalid,
    /// The user agent has characters that no header can carry.
    #[error("the user agent has characters that cannot be sent in a header")]
    UserAgentInvalid,
    /// An environment variable is not valid Unicode.
    #[error("the environment variable `{name}` is not valid Unicode")]
    #[non_exhaustive]
    VariableInvalid {
        /// The name of the variable.
        name: &'static str,
    },
    /// The base URL is no URL.
    #[error("the base URL cannot be parsed")]
    #[non_exhaustive]
    BaseUrlInvalid {
        /// What the parser says.
        source: BoxError,
    },
    /// The base URL is of another scheme than HTTP.
    #[error("the base URL must begin with `http://` or `https://`")]
    BaseUrlScheme,
    /// The base URL carries a user name or password.
    #[error("the base URL must not carry a user name or password")]
    BaseUrlUserInfo,
    /// The base URL has a query or a fragment.
    #[error("the base URL must not have a query (`?`) or a fragment (`#`)")]
    BaseUrlQuery,
    /// The path of the base URL has an empty segment.
    #[error("the path of the base URL must not contain `//`")]
    BaseUrlEmptySegment,
    /// The address of the keys that verify tokens is no URL of HTTP, or carries a user name or
    /// password.
    #[error("the address of the keys must be a URL that begins with `http://` or `https://`")]
    JwksUrlInvalid,
    /// The key that verifies tokens is no public RSA key of 2,048 to 8,192 bits as PEM.
    #[error("the key must be a public RSA key of at least 2,048 bits as PEM (`CLERK_JWT_KEY`)")]
    PublicKeyInvalid,
    /// The list of authorized parties is empty, which would refuse every token.
    #[error("the list of authorized parties is empty; leave it out to accept any")]
    AuthorizedPartiesMissing,
    /// The HTTP client could not be set up, for example because there are no root certificates.
    #[error("the HTTP client could not be set up")]
    #[non_exhaustive]
    Http {
        /// What failed underneath.
        source: BoxError,
    },
}

/// What sort of failure an [`Error`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// 400: the request was understood and refused, an existing membership for example.
    BadRequest,
    /// 401: the secret key is missing or unknown.
    Unauthorized,
    /// 403: not allowed, a reached limit for example.
    Forbidden,
    /// 404: something named by the request does not exist.
    NotFound,
    /// 409: what the request names is in another state than needed.
    Conflict,
    /// 422: a parameter is missing or wrong.
    Invalid,
    /// 429: too many requests; see [`Error::retry_after`].
    RateLimited,
    /// 500 to 599: the server failed.
    Server,
    /// Any other status that is not a success, redirects included.
    Other,
    /// No whole answer came.
    Transport,
    /// The answer could not be read, or leads no further in a list.
    Decode,
    /// The client, an id or a cursor cannot be used as given; nothing was sent.
    Config,
}

impl Error {
    /// The sort of failure.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Api(error) => status_kind(error.status),
            Self::Transport { .. } => ErrorKind::Transport,
            Self::Decode { .. } => ErrorKind::Decode,
            Self::Cursor(CursorError::Ignored | CursorError::Repeated) => ErrorKind::Decode,
            Self::Config(_) | Self::Id { .. } | Self::Cursor(CursorError::EndingBefore) => {
                ErrorKind::Config
            }
        }
    }

    /// Tells whether the server answered 404.
    pub fn is_not_found(&self) -> bool {
        self.kind() == ErrorKind::NotFound
    }

    /// The code of the first error listed, for example `already_a_member_in_organization`.
    pub fn code(&self) -> Option<&str> {
        self.errors().first().map(|error| error.code.as_str()).filter(|code| !code.is_empty())
    }

    /// Every error that the server listed; empty when it listed none or did not answer.
    pub fn errors(&self) -> &[ErrorBody] {
        match self {
            Self::Api(error) => &error.errors,
            _ => &[],
        }
    }

    /// The status of the answer, if one came.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Api(error) => Some(error.status),
            Self::Decode { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// The name of this request in the server's log, to quote when asking for help.
    pub fn trace_id(&self) -> Option<&str> {
        match self {
            Self::Api(error) => error.trace_id.as_deref(),
            Self::Decode { trace_id, .. } => trace_id.as_deref(),
            _ => None,
        }
    }

    /// How long the server asks to wait before the next attempt.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Api(error) => error.retry_after,
            _ => None,
        }
    }

    /// The failure in the words of the retry rule; `None` where trying again is no use.
    pub(crate) fn failure(&self) -> Option<Failure> {
        match self {
            Self::Api(error) => {
                Some(Failure::Status { status: error.status, retry_after: error.retry_after })
            }
            Self::Transport { delivery: Delivery::NotSent, .. } => Some(Failure::NotSent),
            Self::Transport { delivery: Delivery::Unknown, .. } => Some(Failure::AnswerLost),
            Self::Decode { .. } | Self::Config(_) | Self::Id { .. } | Self::Cursor(_) => None,
        }
    }
}

impl From<reqwest::Error> for Error {
    fn from(error: reqwest::Error) -> Self {
        let unsent = error.is_connect() || error.is_builder();
        let delivery = if unsent { Delivery::NotSent } else { Delivery::Unknown };
        // Queries hold addresses of people, which do not belong into logs.
        Self::Transport { delivery, source: Box::new(error.without_url()) }
    }
}

fn status_kind(status: u16) -> ErrorKind {
    match status {
        400 => ErrorKind::BadRequest,
        401 => ErrorKind::Unauthorized,
        403 => ErrorKind::Forbidden,
        404 => ErrorKind::NotFound,
        409 => ErrorKind::Conflict,
        422 => ErrorKind::Invalid,
        429 => ErrorKind::RateLimited,
        500..=599 => ErrorKind::Server,
        _ => ErrorKind::Other,
    }
}
