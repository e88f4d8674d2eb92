//! What became of the token of a request, kept with it so that it is verified once.

use http::{Extensions, HeaderMap};

use super::{SessionRejection, TokenVerifier, VerifiedSession, VerifyError};

/// What a verifier says of a request.
#[derive(Clone)]
pub(super) struct Outcome {
    verifier: TokenVerifier,
    session: Result<Option<VerifiedSession>, VerifyError>,
}

impl Outcome {
    /// What this verifier says of a request, and has said if it was asked before.
    pub(super) async fn of(
        verifier: &TokenVerifier,
        headers: &HeaderMap,
        extensions: &mut Extensions,
    ) -> Self {
        if let Some(said) = extensions.get::<Self>().filter(|said| said.verifier.is(verifier)) {
            return said.clone();
        }
        let session = verifier.verify_headers(headers).await;
        let outcome = Self { verifier: verifier.clone(), session };
        extensions.insert(outcome.clone());
        outcome
    }

    /// The session; it is an error not to have one.
    pub(super) fn session(self) -> Result<VerifiedSession, SessionRejection> {
        match self.session {
            Ok(Some(session)) => Ok(session),
            Ok(None) => Err(SessionRejection::TokenMissing),
            Err(error) => Err(SessionRejection::Token(error)),
        }
    }
}
