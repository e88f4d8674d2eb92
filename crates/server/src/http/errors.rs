//! Why a request is not answered as asked, and how that is told.
//!
//! Handlers return [`Error`]. The answer made of it carries the error inside, and the trace, which
//! alone knows the trace id, renders it: that is the one place where errors become answers.

use std::error::Error as StdError;
use std::sync::Arc;

use axum::body::Body;
use axum::http::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use guildhall_types::{Code, Errors, Fault};

use super::trace::TraceId;

/// The one content type of the API's answers; some clients compare it to the letter.
pub(crate) const APPLICATION_JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Why a request is not answered as asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The request itself is at fault; the status is that of the first fault.
    #[error("the request was refused")]
    Refused(Vec<Fault>),
    /// The path exists, but not with this method.
    #[error("the method is not allowed")]
    MethodNotAllowed {
        /// The method that was asked for.
        method: Method,
        /// The methods of this path, as `Allow` lists them.
        allow: String,
    },
    /// The server cannot answer now, but may after a while.
    #[error("the service is unavailable")]
    Unavailable {
        /// When to try again, in seconds.
        retry_after_seconds: u64,
        /// What is behind it, for the log.
        #[source]
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
    /// The server is at fault.
    #[error("the server failed")]
    Internal(#[source] Box<dyn StdError + Send + Sync>),
}

impl Error {
    /// The status of the answer.
    pub(crate) fn status(&self) -> StatusCode {
        let code = self.faults().first().map_or(Code::Internal, Fault::code);
        StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// What the answer lists; at least one, and nothing internal.
    fn faults(&self) -> Vec<Fault> {
        match self {
            Self::Refused(faults) if !faults.is_empty() => faults.clone(),
            Self::MethodNotAllowed { method, allow } => {
                vec![Code::MethodNotAllowed.about(&[method.as_str(), allow])]
            }
            Self::Unavailable { .. } => vec![Code::ServiceUnavailable.fault()],
            Self::Refused(_) | Self::Internal(_) => vec![Code::Internal.fault()],
        }
    }

    /// Makes `response` tell this error; headers that are not about the body stay.
    pub(super) fn render(&self, response: &mut Response, trace_id: &TraceId) {
        let body = Errors::new(&self.faults(), trace_id.as_str().to_owned());
        let body = serde_json::to_vec(&body).expect("text and maps of text become JSON");
        *response.status_mut() = self.status();
        *response.body_mut() = Body::from(body);
        let headers = response.headers_mut();
        // The placeholder's length; the length of the real body is set on the way out.
        headers.remove(CONTENT_LENGTH);
        headers.remove(ALLOW);
        headers.insert(CONTENT_TYPE, APPLICATION_JSON);
        match self {
            Self::Unavailable { retry_after_seconds, .. } => {
                headers.insert(RETRY_AFTER, HeaderValue::from(*retry_after_seconds));
            }
            Self::MethodNotAllowed { allow, .. } => {
                let allow = HeaderValue::from_str(allow).expect("method names are header text");
                headers.insert(ALLOW, allow);
            }
            Self::Refused(_) | Self::Internal(_) => {}
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Refused(vec![fault])
    }
}

impl From<Vec<Fault>> for Error {
    fn from(faults: Vec<Fault>) -> Self {
        Self::Refused(faults)
    }
}

/// An error on its way out, inside the extensions of an answer.
#[derive(Clone)]
pub(super) struct Carried(pub(super) Arc<Error>);

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        Carried(Arc::new(self)).into_response()
    }
}

impl IntoResponse for Carried {
    fn into_response(self) -> Response {
        let mut response = self.0.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// A handler panicked; what it said may quote the request and is not repeated.
#[derive(Debug, thiserror::Error)]
#[error("a handler panicked")]
struct Panicked;

/// The answer where a handler panicked.
pub(super) fn panicked() -> Response {
    Error::Internal(Box::new(Panicked)).into_response()
}
