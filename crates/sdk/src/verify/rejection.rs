//! Why a request is not served, and the answer that says so.

use std::time::Duration;

use bytes::Bytes;
use guildhall_types::{Code, ErrorBody, Errors};
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{Response, StatusCode};
use http_body_util::Full;
use serde_json::{Map, json};

use super::VerifyError;

/// Why a request is not served: it proves no session, or the session does not do.
///
/// Its answer has the body of the errors of the Backend API, and tells nothing of the token. The
/// rejection itself goes along in the extensions of the answer, where middleware finds it for a log:
/// `response.extensions().get::<SessionRejection>()`.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionRejection {
    /// There is no token: 401.
    #[error("the request has no session token")]
    TokenMissing,
    /// The token was not accepted: 401; or the keys cannot be had: 503.
    #[error(transparent)]
    Token(#[from] VerifyError),
    /// The user has another role in the active organization, or none is active: 403.
    #[error("the session has not the role `{role}`")]
    #[non_exhaustive]
    RoleMissing {
        /// The role asked for.
        role: String,
    },
    /// The role in the active organization does not grant it, or none is active: 403.
    #[error("the session has not the permission `{permission}`")]
    #[non_exhaustive]
    PermissionMissing {
        /// The permission asked for.
        permission: String,
    },
    /// There is no [`SessionLayer`](crate::SessionLayer) around the handler, which is a fault of
    /// the service: 500.
    #[cfg(all(feature = "axum", feature = "tower"))]
    #[error("no layer has verified the session of the request")]
    LayerMissing,
}

impl SessionRejection {
    /// Tells whether the keys cannot be had, so that nothing can be said of the session.
    pub(super) fn is_unavailable(&self) -> bool {
        matches!(self, Self::Token(error) if error.is_unavailable())
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Token(error) if error.is_unavailable() => StatusCode::SERVICE_UNAVAILABLE,
            Self::TokenMissing | Self::Token(_) => StatusCode::UNAUTHORIZED,
            Self::RoleMissing { .. } | Self::PermissionMissing { .. } => StatusCode::FORBIDDEN,
            #[cfg(all(feature = "axum", feature = "tower"))]
            Self::LayerMissing => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The answer, with the rejection in its extensions.
    pub fn response(&self) -> Response<Full<Bytes>> {
        let mut errors = Errors::default();
        errors.errors.push(self.body());
        // What has a JSON form is all there is in it.
        let body = serde_json::to_vec(&errors).unwrap_or_default();
        let mut response = Response::new(Full::new(Bytes::from(body)));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        match self {
            Self::TokenMissing => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::Token(VerifyError::KeysUnavailable { refetch_after, .. }) => {
                headers.insert(RETRY_AFTER, whole_seconds(*refetch_after).into());
            }
            Self::Token(_) => {
                let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
                headers.insert(WWW_AUTHENTICATE, challenge);
            }
            _ => {}
        }
        response.extensions_mut().insert(self.clone());
        response
    }

    /// The error by the published catalogue. The server refuses nobody for a role or a permission,
    /// which is why its table of errors does not list those two.
    fn body(&self) -> ErrorBody {
        let mut body = ErrorBody::default();
        let (code, message, long_message) = match self {
            Self::TokenMissing => return Code::AuthenticationInvalid.fault().body(),
            Self::Token(error) if error.is_unavailable() => {
                return Code::ServiceUnavailable.fault().body();
            }
            Self::Token(_) => return Code::AuthenticationInvalid.fault().body(),
            #[cfg(all(feature = "axum", feature = "tower"))]
            Self::LayerMissing => return Code::Internal.fault().body(),
            Self::PermissionMissing { permission } => {
                let meta = ("permissions".to_owned(), json!([permission]));
                body.meta = Some(Map::from_iter([meta]));
                (
                    "missing_organization_permission",
                    "missing permission",
                    "Current user is missing an organization permission.",
                )
            }
            Self::RoleMissing { .. } => (
                "authorization_invalid",
                "Unauthorized request",
                "You are not authorized to perform this request",
            ),
        };
        body.code = code.to_owned();
        body.message = message.to_owned();
        body.long_message = long_message.to_owned();
        body
    }
}

/// Seconds to wait so that a time is over: rounded up, and never none.
fn whole_seconds(time: Duration) -> u64 {
    time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0)).max(1)
}
