//! The verified session in handlers of axum.

use axum_core::body::Body;
use axum_core::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use axum_core::response::{IntoResponse, Response};
use http::request::Parts;

use super::outcome::Outcome;
use super::{SessionRejection, TokenVerifier, VerifiedSession};

/// The session of the request, by the [`TokenVerifier`] in the state; a layer with the same
/// verifier is believed.
///
/// A request that proves no session is answered with 401, and with 503 where the keys cannot be
/// had. The token is found by [`session_token`](crate::session_token).
impl<S> FromRequestParts<S> for VerifiedSession
where
    S: Send + Sync,
    TokenVerifier: FromRef<S>,
{
    type Rejection = SessionRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        outcome(parts, state).await.session()
    }
}

/// The session of the request, by the [`TokenVerifier`] in the state, or `None` if it proves none:
/// it has no token, or one that is not accepted, as an old one of a cookie.
///
/// Where the keys cannot be had it is answered with 503.
impl<S> OptionalFromRequestParts<S> for VerifiedSession
where
    S: Send + Sync,
    TokenVerifier: FromRef<S>,
{
    type Rejection = SessionRejection;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &S,
    ) -> Result<Option<Self>, Self::Rejection> {
        if_signed_in(outcome(parts, state).await.session())
    }
}

/// The session of the request as the [`SessionLayer`](crate::SessionLayer) around the handler has
/// found it, whatever the state is.
///
/// Answers are those of the extractor [`VerifiedSession`]; without such a layer 500.
#[cfg(feature = "tower")]
#[derive(Clone, Debug)]
pub struct LayerSession(pub VerifiedSession);

#[cfg(feature = "tower")]
impl<S: Send + Sync> FromRequestParts<S> for LayerSession {
    type Rejection = SessionRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        of_layer(parts).map(Self)
    }
}

/// Like the `Option` of [`VerifiedSession`].
#[cfg(feature = "tower")]
impl<S: Send + Sync> OptionalFromRequestParts<S> for LayerSession {
    type Rejection = SessionRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Self::Rejection> {
        Ok(if_signed_in(of_layer(parts))?.map(Self))
    }
}

impl IntoResponse for SessionRejection {
    fn into_response(self) -> Response {
        self.response().map(Body::new)
    }
}

async fn outcome<S>(parts: &mut Parts, state: &S) -> Outcome
where
    TokenVerifier: FromRef<S>,
{
    let verifier = TokenVerifier::from_ref(state);
    Outcome::of(&verifier, &parts.headers, &mut parts.extensions).await
}

#[cfg(feature = "tower")]
fn of_layer(parts: &Parts) -> Result<VerifiedSession, SessionRejection> {
    let outcome = parts.extensions.get::<Outcome>().cloned();
    outcome.ok_or(SessionRejection::LayerMissing)?.session()
}

fn if_signed_in(
    session: Result<VerifiedSession, SessionRejection>,
) -> Result<Option<VerifiedSession>, SessionRejection> {
    match session {
        Ok(session) => Ok(Some(session)),
        Err(rejection) if rejection.is_unavailable() => Err(rejection),
        Err(SessionRejection::TokenMissing | SessionRejection::Token(_)) => Ok(None),
        Err(other) => Err(other),
    }
}
