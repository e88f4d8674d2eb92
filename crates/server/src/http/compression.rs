//! gzip for clients that ask for it, where it saves something.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, Version};
use axum::response::Response;
use tower::{Layer, Service};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};

/// Answers of this size and less fit into one packet as they are.
const WORTH_IT_BYTES: u64 = 1024;

/// What a service answers, JSON and drawings compressed for who takes that; the content type stays as
/// it is. `Accept-Encoding` is as [`simplify`] leaves it.
///
/// # Errors
/// Those of the service.
pub(super) async fn compressed<S>(mut service: S, request: Request) -> Result<Response, Infallible>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    let is_worth_it = SizeAbove::new(WORTH_IT_BYTES + 1).and(is_text);
    if !request.headers().contains_key(ACCEPT_ENCODING) {
        // The layer would come to the same, at some expense.
        let mut response = service.call(request).await?;
        if is_worth_it.should_compress(&response) {
            response.headers_mut().append(VARY, HeaderValue::from_static("accept-encoding"));
        }
        return Ok(response);
    }
    let layer = CompressionLayer::new()
        // Higher levels take several times as long for a few per cent.
        .quality(CompressionLevel::Fastest)
        .compress_when(is_worth_it);
    Ok(layer.layer(service).call(request).await?.map(Body::new))
}

/// Reduces `Accept-Encoding` to `gzip` or nothing.
///
/// The layer would answer 406 to `identity;q=0`; to answer as if nothing had been said is allowed
/// as well, and is what clients can read.
pub(super) fn simplify(headers: &mut HeaderMap) {
    if headers.contains_key(ACCEPT_ENCODING) {
        let accepts = accepts_gzip(headers);
        headers.remove(ACCEPT_ENCODING);
        if accepts {
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        }
    }
}

fn is_text(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    headers
        .get(CONTENT_TYPE)
        .is_some_and(|value| value == "application/json" || value == "image/svg+xml")
}

/// Tells whether gzip is named with a weight above zero, or left to `*`.
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let mut by_star = false;
    for value in headers.get_all(ACCEPT_ENCODING) {
        for item in value.to_str().unwrap_or_default().split(',') {
            let mut parts = item.split(';').map(str::trim);
            let coding = parts.next().unwrap_or_default();
            let weight = parts.find_map(|part| part.strip_prefix("q="));
            let wanted = weight.is_none_or(|weight| weight.parse().is_ok_and(|q: f32| q > 0.0));
            if coding.eq_ignore_ascii_case("gzip") {
                return wanted;
            }
            by_star |= coding == "*" && wanted;
        }
    }
    by_star
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_used_when_the_client_takes_it() {
        for (value, expected) in [
            ("gzip", true),
            ("deflate, GZIP;q=0.5", true),
            ("*", true),
            ("gzip;q=0, *", false),
            ("*;q=0", false),
            ("identity;q=0", false),
            ("br", false),
            ("gzip;q=nonsense", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(value));

            assert_eq!(accepts_gzip(&headers), expected, "{value}");
        }
    }
}
