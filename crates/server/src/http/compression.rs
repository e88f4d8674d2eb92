//! gzip for clients that ask for it, where it saves something.

use axum::http::header::{ACCEPT_ENCODING, CONTENT_TYPE};
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, Version};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{And, Predicate, SizeAbove};

/// Answers of this size and less fit into one packet as they are.
const WORTH_IT_BYTES: u64 = 1024;

/// Compresses JSON and drawings; the content type stays as it is.
pub(super) fn layer() -> CompressionLayer<IsText> {
    CompressionLayer::new()
        // Higher levels take several times as long for a few per cent.
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(WORTH_IT_BYTES + 1).and(is_text as IsTextByHead))
}

/// What is compressed.
pub(super) type IsText = And<SizeAbove, IsTextByHead>;
type IsTextByHead = fn(StatusCode, Version, &HeaderMap, &Extensions) -> bool;

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
