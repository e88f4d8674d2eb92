//! The version of the API that a request asks for.
//!
//! Every answer names the version applied; a wrong one is told only to those who hold a key.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use guildhall_types::{ApiVersion, Code, Fault};

use super::errors::Error;
use super::kinds::shortened;
use super::query::Query;

/// The header that asks for a version, and names the one that was applied.
pub(super) const CLERK_API_VERSION: HeaderName = HeaderName::from_static("clerk-api-version");
const QUERY_PARAMETER: &str = "__clerk_api_version";

/// The version that a request asks for; the default where it asks for none.
///
/// # Errors
///
/// `api_version_invalid` if the version is unknown, repeated, or given both ways at once.
pub(crate) fn asked(request: &Request) -> Result<ApiVersion, Fault> {
    let query = request.uri().query().unwrap_or_default();
    let may_name_it = query.contains("clerk") || query.contains('%');
    // Most requests name none.
    if !may_name_it && !request.headers().contains_key(CLERK_API_VERSION) {
        return Ok(ApiVersion::default());
    }
    let in_headers = request
        .headers()
        .get_all(CLERK_API_VERSION)
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let query = Query::parse(query);
    let in_query = query.all(QUERY_PARAMETER).map(str::to_owned);
    let (in_headers, in_query): (Vec<_>, Vec<_>) = (in_headers.collect(), in_query.collect());
    let given = match (in_headers.as_slice(), in_query.as_slice()) {
        ([], []) => return Ok(ApiVersion::default()),
        ([given], []) | ([], [given]) => given,
        (_, []) | ([], _) => return Err(invalid("it is given more than once")),
        (_, _) => return Err(invalid("it is given both as a header and in the query")),
    };
    ApiVersion::parse(given)
        .ok_or_else(|| invalid(&format!("`{}` is not a known version", shortened(given))))
}

/// Names the version that was applied, on every answer.
pub(crate) fn announce(response: &mut Response, version: ApiVersion) {
    response.headers_mut().insert(CLERK_API_VERSION, HeaderValue::from_static(version.as_str()));
}

/// Hides what is gone from a version of the API on: nothing is served there, by any method.
///
/// # Errors
///
/// `resource_not_found` from `version` on.
pub(crate) async fn only_before(
    version: ApiVersion,
    asked: ApiVersion,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    if asked >= version {
        return Err(Code::RouteNotFound.fault().into());
    }
    Ok(next.run(request).await)
}

fn invalid(reason: &str) -> Fault {
    Code::ApiVersionInvalid.about(&[reason])
}
