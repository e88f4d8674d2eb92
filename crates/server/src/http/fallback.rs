//! What axum answers by itself, unknown routes and methods, in the shape of our errors.

use axum::http::header::{ALLOW, CONTENT_TYPE};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use guildhall_types::Code;

use super::errors::Error;

/// The answer for a path that is no route.
///
/// A router with layers that hold for unknown paths as well (authentication, the version) sets this
/// as its fallback before them: merged with another router, axum's own fallback would lose them.
pub(crate) async fn not_found() -> Error {
    Code::RouteNotFound.fault().into()
}

/// The error that an answer without a body stands for; `None` if a handler made the answer.
///
/// The methods come from the `Allow` that axum adds to its 405.
pub(super) fn missing(method: &Method, response: &Response) -> Option<Error> {
    let headers = response.headers();
    if headers.contains_key(CONTENT_TYPE) {
        return None;
    }
    match response.status() {
        StatusCode::NOT_FOUND => Some(Code::RouteNotFound.fault().into()),
        StatusCode::METHOD_NOT_ALLOWED => {
            let allow = headers.get(ALLOW).and_then(|allow| allow.to_str().ok()).unwrap_or("");
            let allow = allow.split(',').map(str::trim).collect::<Vec<_>>().join(", ");
            Some(Error::MethodNotAllowed { method: method.clone(), allow })
        }
        _ => None,
    }
}
