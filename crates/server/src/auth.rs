//! Who asks: the secret key names the instance.

use std::sync::Arc;

use axum::body::{Body, HttpBody};
use axum::extract::{FromRequestParts, Request};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use guildhall_store::{Instance, KeyHash};
use guildhall_types::{ApiVersion, Code, Fault};

use crate::app::App;
use crate::http::{Error, Seen, refuse, version};

/// The instance that asks, and the version of the API it asks for.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) instance: Arc<Instance>,
    pub(crate) version: ApiVersion,
    /// The state of the database that was seen since the request came, if one was.
    pub(crate) state: Option<guildhall_store::State>,
}

/// What stands at the door of the API: only who has a valid secret key is let in.
pub(crate) struct Door {
    app: App,
}

impl Door {
    /// A door to what `app` answers.
    pub(crate) fn new(app: &App) -> Self {
        Self { app: app.clone() }
    }

    /// Whether a request is about the API, where a key is needed, whether or not its path exists.
    pub(crate) fn guards(request: &Request) -> bool {
        let rest = request.uri().path().strip_prefix("/v1");
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The answer that `next` gives to the request with its [`Caller`], or refused if the door does
    /// not let it in; every answer names the version. What was `seen` of it is not looked for again.
    pub(crate) async fn pass<F: Future<Output = Response>>(
        &self,
        mut request: Request,
        seen: Option<Seen>,
        next: impl Fn(Request) -> F,
    ) -> Response {
        let asked = version::asked(&request);
        let seen = match seen {
            Some(Seen { key, state }) => (Some(key), Some(state)),
            None => (bearer(request.headers()).map(KeyHash::of), None),
        };
        let applied = asked.clone().unwrap_or_default();
        let admitted = match self.ahead(seen, asked.clone(), &request) {
            Some((key, opened, read)) => {
                match Box::pin(self.read(key, &opened, next(read))).await {
                    Ok(Some(mut response)) => {
                        version::announce(&mut response, applied);
                        return response;
                    }
                    Ok(None) => self.admit(seen, asked).await,
                    Err(error) => Err(error),
                }
            }
            None => self.admit(seen, asked).await,
        };
        match admitted {
            Ok(caller) => {
                request.extensions_mut().insert(caller);
            }
            Err(error) => refuse(&mut request, error),
        }
        let mut response = next(request).await;
        version::announce(&mut response, applied);
        response
    }

    /// Who asks, if a valid secret key says so and the version is known; in this order.
    async fn admit(
        &self,
        (key, state): (Option<KeyHash>, Option<guildhall_store::State>),
        version: Result<ApiVersion, Fault>,
    ) -> Result<Caller, Error> {
        let key = key.ok_or_else(|| Code::AuthorizationHeaderFormatInvalid.fault())?;
        let instance = self.app.store.instance_of_hash(key, state).await?;
        let instance = instance.ok_or_else(|| Code::SecretKeyInvalid.fault())?;
        Ok(Caller { instance, version: version?, state })
    }

    /// A read as it would be passed on if its key still opened what it opened last, and that; `None`
    /// where that is not known, or takes no time to look up.
    fn ahead(
        &self,
        seen: (Option<KeyHash>, Option<guildhall_store::State>),
        version: Result<ApiVersion, Fault>,
        request: &Request,
    ) -> Option<(KeyHash, Arc<Instance>, Request)> {
        let (Some(key), None) = seen else { return None };
        let opened = self.app.store.opened_last(key)?;
        if request.method() != Method::GET || !request.body().is_end_stream() {
            return None;
        }
        let instance = Arc::clone(&opened);
        let caller = Caller { instance, version: version.ok()?, state: None };
        let mut read = Request::new(Body::empty());
        *read.method_mut() = request.method().clone();
        *read.uri_mut() = request.uri().clone();
        *read.headers_mut() = request.headers().clone();
        *read.extensions_mut() = request.extensions().clone();
        read.extensions_mut().insert(caller);
        Some((key, opened, read))
    }

    /// The answer to a read, made while its key is looked up; `None` where that does not open the same
    /// any more.
    async fn read(
        &self,
        key: KeyHash,
        opened: &Instance,
        answering: impl Future<Output = Response>,
    ) -> Result<Option<Response>, Error> {
        let looking = self.app.store.instance_of_hash(key, None);
        let (found, response) = tokio::join!(looking, answering);
        Ok((found?.as_deref() == Some(opened)).then_some(response))
    }
}

/// Refuses what is about organizations where the instance has none.
pub(crate) fn require_organizations(caller: &Caller) -> Result<(), Error> {
    match caller.instance.organizations_enabled {
        true => Ok(()),
        false => Err(Code::OrganizationsDisabled.fault().into()),
    }
}

/// The token of the only `Authorization` header, if its scheme is `Bearer` in any case.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// A handler that takes a [`Caller`] stands on a path that needs no key.
#[derive(Debug, thiserror::Error)]
#[error("the path is not guarded by a key")]
struct Unguarded;

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let caller = parts.extensions.get::<Self>().cloned();
        caller.ok_or_else(|| Error::Internal(Box::new(Unguarded)))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn token(value: &[u8]) -> Option<String> {
        let value = HeaderValue::from_bytes(value).ok()?;
        let headers = HeaderMap::from_iter([(AUTHORIZATION, value)]);
        bearer(&headers).map(str::to_owned)
    }

    #[test]
    fn the_scheme_is_bearer_in_any_case() {
        assert_eq!(token(b"bEaReR  sk_test_x "), Some("sk_test_x".to_owned()));
        for value in ["", "Bearer", "Bearer ", "Basic x", "sk_test_x", "Bearersk_test_x"] {
            assert_eq!(token(value.as_bytes()), None, "{value}");
        }
    }

    proptest! {
        #[test]
        fn a_token_is_never_empty_and_has_no_blanks_at_its_ends(
            value in proptest::collection::vec(any::<u8>(), 0..64),
            scheme in prop::bool::ANY,
        ) {
            let value = if scheme { [b"Bearer ", value.as_slice()].concat() } else { value };
            if let Some(token) = token(&value) {
                prop_assert!(!token.is_empty() && token.trim() == token);
            }
        }
    }
}
