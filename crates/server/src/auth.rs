//! Who asks: the secret key names the instance.

use std::collections::HashSet;
use std::sync::Arc;

use axum::body::{Body, HttpBody};
use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use guildhall_store::{Instance, KeyHash};
use guildhall_types::{ApiVersion, Code, Fault};

use crate::api::route_of;
use crate::app::App;
use crate::http::{Error, Seen, trace, version};

/// The instance that asks, and the version of the API it asks for.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) instance: Arc<Instance>,
    pub(crate) version: ApiVersion,
    /// The state of the database that was seen since the request came, if one was.
    pub(crate) state: Option<guildhall_store::State>,
}

/// What stands at the door of the API. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Door {
    app: App,
    /// The paths of routes that an instance without organizations refuses.
    about_organizations: Arc<HashSet<&'static str>>,
}

impl Door {
    /// A door that refuses some paths to instances without organizations.
    pub(crate) fn new(app: &App, about_organizations: HashSet<&'static str>) -> Self {
        Self { app: app.clone(), about_organizations: Arc::new(about_organizations) }
    }

    /// Who asks, if a valid secret key says so, the version is known and organizations are not asked
    /// for in vain; in this order, whatever the path.
    async fn admit(
        &self,
        (key, state): (Option<KeyHash>, Option<guildhall_store::State>),
        version: Result<ApiVersion, Fault>,
        route: Option<&MatchedPath>,
    ) -> Result<Caller, Error> {
        let key = key.ok_or_else(|| Code::AuthorizationHeaderFormatInvalid.fault())?;
        let instance = self.app.store.instance_of_hash(key, state).await?;
        let instance = instance.ok_or_else(|| Code::SecretKeyInvalid.fault())?;
        self.caller((instance, state), version, route)
    }

    fn caller(
        &self,
        (instance, state): (Arc<Instance>, Option<guildhall_store::State>),
        version: Result<ApiVersion, Fault>,
        route: Option<&MatchedPath>,
    ) -> Result<Caller, Error> {
        let caller = Caller { instance, version: version?, state };
        if route.is_some_and(|path| self.about_organizations.contains(path.as_str())) {
            require_organizations(&caller)?;
        }
        Ok(caller)
    }

    /// A read as it would be passed on if its key still opened what it opened last, and that; `None`
    /// where that is not known, or takes no time to look up.
    fn ahead(
        &self,
        key: KeyHash,
        version: Result<ApiVersion, Fault>,
        request: &Request,
    ) -> Option<(Arc<Instance>, Request)> {
        let opened = self.app.store.opened_last(key)?;
        if request.method() != Method::GET || !request.body().is_end_stream() {
            return None;
        }
        let route = route_of(request);
        let caller = self.caller((Arc::clone(&opened), None), version, route.as_ref()).ok()?;
        let mut read = Request::new(Body::empty());
        *read.method_mut() = request.method().clone();
        *read.uri_mut() = request.uri().clone();
        *read.headers_mut() = request.headers().clone();
        *read.extensions_mut() = request.extensions().clone();
        read.extensions_mut().insert(caller);
        Some((opened, read))
    }

    /// The answer to a read, made while its key is looked up; `None` where that does not open the same
    /// any more.
    async fn read(
        &self,
        key: KeyHash,
        opened: &Instance,
        read: Request,
        next: Next,
    ) -> Result<Option<Response>, Error> {
        let looking = self.app.store.instance_of_hash(key, None);
        let (found, response) = tokio::join!(looking, next.run(read));
        Ok((found?.as_deref() == Some(opened)).then_some(response))
    }
}

/// Lets only requests pass that the door admits, and names the version of every answer.
pub(crate) async fn enter(State(door): State<Door>, mut request: Request, next: Next) -> Response {
    let route = route_of(&request);
    let asked = version::asked(&request);
    let seen = match request.extensions().get::<Seen>() {
        Some(Seen { key, state }) => (Some(*key), Some(*state)),
        None => (bearer(request.headers()).map(KeyHash::of), None),
    };
    let applied = asked.clone().unwrap_or_default();
    let mut answered = None;
    if let (Some(key), None) = seen
        && let Some((opened, read)) = door.ahead(key, asked.clone(), &request)
    {
        let read = Box::pin(door.read(key, &opened, read, next.clone())).await;
        answered = read.unwrap_or_else(|error| Some(error.into_response()));
    }
    let mut response = match answered {
        Some(response) => response,
        None => match door.admit(seen, asked, route.as_ref()).await {
            Ok(caller) => {
                request.extensions_mut().insert(caller);
                next.run(request).await
            }
            Err(error) => error.into_response(),
        },
    };
    version::announce(&mut response, applied);
    trace::remember_route(&mut response, route);
    response
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
