//! The version of the API that a request asks for.
//!
//! [`announce`] goes outside of authentication, so that every answer names the version applied;
//! [`require`] goes inside, so that a wrong version is told only to those who hold a key.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use guildhall_types::{ApiVersion, Code, Fault};

use super::errors::Error;
use super::kinds::shortened;
use super::query::Query;

const CLERK_API_VERSION: HeaderName = HeaderName::from_static("clerk-api-version");
const QUERY_PARAMETER: &str = "__clerk_api_version";

/// What was wrong with the version asked for, until [`require`] tells it.
#[derive(Clone)]
struct Unknown(Fault);

/// Puts the [`ApiVersion`] into the request's extensions and its date into the answer's headers.
///
/// A request without a version, or with a wrong one, gets the default.
pub(crate) async fn announce(mut request: Request, next: Next) -> Response {
    let version = read(&request).unwrap_or_else(|fault| {
        request.extensions_mut().insert(Unknown(fault));
        ApiVersion::default()
    });
    request.extensions_mut().insert(version);
    let mut response = next.run(request).await;
    response.headers_mut().insert(CLERK_API_VERSION, HeaderValue::from_static(version.as_str()));
    response
}

/// Refuses a request whose version [`announce`] found wrong.
///
/// # Errors
///
/// `api_version_invalid` if the version is unknown, repeated, or given both ways at once.
pub(crate) async fn require(request: Request, next: Next) -> Result<Response, Error> {
    match request.extensions().get() {
        Some(Unknown(fault)) => Err(fault.clone().into()),
        None => Ok(next.run(request).await),
    }
}

/// Hides what is gone from a version of the API on: nothing is served there, by any method.
///
/// # Errors
///
/// `resource_not_found` from `version` on.
pub(crate) async fn only_before(
    version: ApiVersion,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    match request.extensions().get::<ApiVersion>() {
        Some(asked) if *asked >= version => Err(Code::RouteNotFound.fault().into()),
        _ => Ok(next.run(request).await),
    }
}

fn read(request: &Request) -> Result<ApiVersion, Fault> {
    let in_headers = request
        .headers()
        .get_all(CLERK_API_VERSION)
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let query = Query::parse(request.uri().query().unwrap_or_default());
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

fn invalid(reason: &str) -> Fault {
    Code::ApiVersionInvalid.about(&[reason])
}
