//! Why a token is not accepted.

use std::sync::Arc;
use std::time::Duration;

use guildhall_types::ClaimInvalid;

use super::token::MOST_TOKEN_BYTES;
use crate::Error;

/// Why a token is not accepted, or could not be judged.
///
/// No variant holds the token or a part of it, but values of claims whose signature was right.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// It has more than [`MOST_TOKEN_BYTES`].
    #[error("the token is larger than {MOST_TOKEN_BYTES} bytes")]
    TooLarge,
    /// It is no signed token of the compact form (RFC 7515).
    #[error("this is no signed token: {reason}")]
    #[non_exhaustive]
    Malformed {
        /// What is wrong.
        reason: &'static str,
    },
    /// It is another sort of token: `typ` in its header is there and not `JWT`.
    #[error("the token is of another type than `JWT`")]
    TypeUnsupported,
    /// It is not signed by RS256, or not at all.
    #[error("the token is signed by another algorithm than RS256")]
    AlgorithmUnsupported,
    /// None of the keys has the id that the token names: it is of another instance, or its key is
    /// withdrawn.
    #[error("the token is signed by none of the keys of this instance")]
    KeyUnknown,
    /// The key did not sign this token.
    #[error("the signature of the token is wrong")]
    SignatureInvalid,
    /// A claim is missing or not of the form it has to be.
    #[error(transparent)]
    ClaimInvalid(#[from] ClaimInvalid),
    /// Its time is over.
    #[error("the token expired at {expired_at} (Unix seconds)")]
    #[non_exhaustive]
    Expired {
        /// When, in Unix seconds.
        expired_at: i64,
    },
    /// Its time has not come.
    #[error("the token is not valid before {valid_from} (Unix seconds)")]
    #[non_exhaustive]
    NotYetValid {
        /// When it comes, in Unix seconds.
        valid_from: i64,
    },
    /// It was made later than it is now: a clock is wrong.
    #[error("the token was made in the future, at {issued_at} (Unix seconds)")]
    #[non_exhaustive]
    IssuedInFuture {
        /// When, in Unix seconds.
        issued_at: i64,
    },
    /// It was made for another origin than the authorized parties, or names none.
    #[error("the token was made for {}, which is no authorized party", quoted(.authorized_party))]
    #[non_exhaustive]
    AuthorizedPartyNotAllowed {
        /// The origin, if it names one.
        authorized_party: Option<String>,
    },
    /// Another server or instance made it.
    #[error("the token was made by {}, which is not the issuer asked for", quoted(.issuer))]
    #[non_exhaustive]
    IssuerNotAllowed {
        /// Who made it, if it tells.
        issuer: Option<String>,
    },
    /// The session has a status by which nobody is signed in, as one that has ended.
    #[error("the status of the session is `{status}`")]
    #[non_exhaustive]
    SessionNotActive {
        /// The status.
        status: String,
    },
    /// The session is pending: the user has a task left, such as choosing an organization.
    #[error("the session is pending")]
    SessionPending,
    /// The keys cannot be had, so that nothing can be said of the token: answer 503, not 401.
    #[error("the keys that verify tokens cannot be had")]
    #[non_exhaustive]
    KeysUnavailable {
        /// Why they could not be fetched.
        source: Arc<Error>,
        /// How long no further request for them is made, counted from that one.
        refetch_after: Duration,
    },
}

impl VerifyError {
    /// Tells whether the fault is not the token's: the keys that would verify it cannot be had.
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::KeysUnavailable { .. })
    }
}

fn quoted(text: &Option<String>) -> String {
    text.as_ref().map_or_else(|| "nobody".to_owned(), |text| format!("`{text}`"))
}
