//! Who asks: the secret key names the instance.

use axum::extract::{FromRequestParts, Request, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use guildhall_store::Instance;
use guildhall_types::{ApiVersion, Code};

use crate::app::App;
use crate::http::Error;

/// The instance that asks, and the version of the API it asks for.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) instance: Instance,
    pub(crate) version: ApiVersion,
}

/// Lets only requests with a valid secret key pass, whatever their path.
pub(crate) async fn require_key(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Result<Response, Error> {
    let secret_key =
        bearer(request.headers()).ok_or_else(|| Code::AuthorizationHeaderFormatInvalid.fault())?;
    let instance = app.store.instance_of_key(secret_key).await?;
    let instance = instance.ok_or_else(|| Code::SecretKeyInvalid.fault())?;
    request.extensions_mut().insert(instance);
    Ok(next.run(request).await)
}

/// Refuses what is about organizations where the instance has none.
pub(crate) fn require_organizations(caller: &Caller) -> Result<(), Error> {
    match caller.instance.organizations_enabled {
        true => Ok(()),
        false => Err(Code::OrganizationsDisabled.fault().into()),
    }
}

/// Lets only requests of instances that have organizations pass.
pub(crate) async fn guard_organizations(
    caller: Caller,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    require_organizations(&caller)?;
    Ok(next.run(request).await)
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
        let instance = parts.extensions.get::<Instance>().cloned();
        Ok(Self {
            instance: instance.ok_or_else(|| Error::Internal(Box::new(Unguarded)))?,
            version: parts.extensions.get::<ApiVersion>().copied().unwrap_or_default(),
        })
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
