//! The verifier.

use std::fmt;
use std::sync::Arc;

use http::HeaderMap;

use super::builder::{Source, TokenVerifierBuilder};
use super::claims::Rules;
use super::headers::{Carriers, find_token};
use super::keys::{Clock, Keys};
use super::token::Token;
use super::{VerifiedSession, VerifyError};
use crate::client::variable;
use crate::{Client, Error};

/// Verifies session tokens where they arrive, by the public keys of an instance.
///
/// It asks for the keys when it first needs one, and then every few minutes at most: a token costs
/// no request. Cheap to clone; clones share the keys. One that fetches keys needs a Tokio runtime.
///
/// Tokens of api.clerk.com and of Guildhall are alike, of both versions of their claims.
///
/// # Examples
///
/// ```
#[doc = include_str!("../example/member.txt")]
/// use guildhall_sdk::{CreateSession, TokenVerifier};
///
/// let verifier = TokenVerifier::with_client(&client).build()?;
///
/// // Browsers get a token from the session; here it is made by the secret key.
/// let session = client.sessions().create(&CreateSession::new(user.id.as_str())).await?;
/// let token = client.sessions().create_token(&session.id, None).await?;
/// let session = verifier.verify(&token.jwt).await?;
///
/// assert_eq!(session.user_id, user.id);
/// assert_eq!(session.organization_id(), Some(organization.id.as_str()));
/// assert!(session.has_role("org:member"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct TokenVerifier {
    shared: Arc<Verifier>,
}

struct Verifier {
    keys: Keys,
    rules: Rules,
    carriers: Carriers,
    clock: Clock,
}

impl TokenVerifier {
    /// By the keys of the instance of a client: `GET /jwks`, with its secret key.
    pub fn with_client(client: &Client) -> TokenVerifierBuilder {
        TokenVerifierBuilder::new(Source::Client(client.clone()))
    }

    /// By the keys at a public address, which needs no secret key.
    ///
    /// It is the `iss` of the tokens with `/.well-known/jwks.json` behind it.
    pub fn with_jwks_url(url: impl Into<String>) -> TokenVerifierBuilder {
        TokenVerifierBuilder::new(Source::Url(url.into()))
    }

    /// By one public key as PEM (`-----BEGIN PUBLIC KEY-----`), with no request at all.
    ///
    /// Line breaks may stand as `\n` or be missing, the first and the last line too. The id that a
    /// token names (`kid`) is ignored: the key signed it or not. When the server gets another key to
    /// sign by, the verifier needs it as well.
    pub fn with_pem(pem: impl Into<String>) -> TokenVerifierBuilder {
        TokenVerifierBuilder::new(Source::Pem(pem.into()))
    }

    /// As the environment says: by the PEM in `CLERK_JWT_KEY` if it is set, else as the client of
    /// [`Client::from_env`].
    ///
    /// # Errors
    ///
    /// [`Error::Config`] when there is neither a key nor a secret key, or a variable cannot be
    /// used.
    pub fn with_env() -> Result<TokenVerifierBuilder, Error> {
        match variable("CLERK_JWT_KEY")? {
            Some(pem) => Ok(Self::with_pem(pem)),
            None => Ok(Self::with_client(&Client::from_env()?)),
        }
    }

    pub(super) fn new(keys: Keys, rules: Rules, carriers: Carriers, clock: Clock) -> Self {
        Self { shared: Arc::new(Verifier { keys, rules, carriers, clock }) }
    }

    /// Verifies a token, without `Bearer` before it.
    ///
    /// The checks, in this order: its size, its form and its header, the signature, then the claims
    /// `sub`, `exp`, `nbf`, `iat`, `azp` and `iss` if they are asked for, the status of the session
    /// (`sts`), `sid`, and the form of those that tell of the active organization.
    ///
    /// # Errors
    ///
    /// [`VerifyError::KeysUnavailable`] when nothing can be said of the token, since the keys
    /// cannot be had; all others are the token's fault.
    pub async fn verify(&self, token: &str) -> Result<VerifiedSession, VerifyError> {
        let Verifier { keys, rules, clock, .. } = &*self.shared;
        let token = Token::read(token)?;
        keys.verify(token.key_id.as_deref(), token.signed, &token.signature).await?;
        let claims = token.claims()?;
        rules.check(&claims, clock())?;
        VerifiedSession::read(claims)
    }

    /// Verifies the token of a request; `None` if it has none.
    ///
    /// It is found as [`session_token`](crate::session_token) finds it, without the cookie if the
    /// verifier is [`bearer_only`](TokenVerifierBuilder::bearer_only).
    ///
    /// # Errors
    ///
    /// See [`verify`](Self::verify); [`VerifyError::Malformed`] too where `Bearer` has a token that
    /// is no text.
    pub async fn verify_headers(
        &self,
        headers: &HeaderMap,
    ) -> Result<Option<VerifiedSession>, VerifyError> {
        match find_token(headers, self.shared.carriers)? {
            Some(token) => self.verify(token).await.map(Some),
            None => Ok(None),
        }
    }

    /// Fetches the keys now, for a service that shall not start without.
    ///
    /// Does nothing where the key was given as PEM.
    ///
    /// # Errors
    ///
    /// [`VerifyError::KeysUnavailable`] when they cannot be had.
    pub async fn fetch_keys(&self) -> Result<(), VerifyError> {
        match &self.shared.keys {
            Keys::One(_) => Ok(()),
            Keys::Fetched(keys) => keys.fetch().await,
        }
    }

    /// Whether both are one, or clones of one.
    #[cfg(any(feature = "axum", feature = "tower"))]
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

impl fmt::Debug for TokenVerifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Verifier { keys, rules, carriers, .. } = &*self.shared;
        let mut shown = formatter.debug_struct("TokenVerifier");
        shown.field("keys", keys).field("rules", rules).field("carriers", carriers);
        shown.finish_non_exhaustive()
    }
}
