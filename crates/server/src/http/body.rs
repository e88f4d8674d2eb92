//! Reading a request's body: at most so many bytes, in time, JSON, an object.

use std::pin::pin;

use axum::body::Body as Incoming;
use axum::body::HttpBody;
use axum::extract::{FromRequest, Request};
use axum::http::header::{CONTENT_TYPE, EXPECT};
use axum::http::{HeaderMap, HeaderValue};
use futures_util::FutureExt;
use guildhall_types::{Code, Fault};
use http_body_util::BodyExt;
use serde_json::{Map, Value};
use tokio::time::{Duration, timeout};

use super::errors::Error;
use super::fields::Fields;
use super::kinds::shortened;
use super::limits::Limits;

/// The deepest nesting of a body, its outermost brace included.
const DEEPEST: usize = 120;
/// How much of a body that is refused for its size is still read, and for how long.
const DISCARDED_BYTES: usize = 4 * 1024 * 1024;
const DISCARDED_TIME: Duration = Duration::from_secs(2);

/// The JSON object of a request's body.
///
/// No body at all and a literal `null` read as the empty object: SDKs send both. Refusals are 413
/// and 408, then 415, then 400.
#[derive(Debug)]
pub(crate) struct Body(Map<String, Value>);

impl Body {
    /// The fields, to be asked for one by one.
    pub(crate) fn fields(self) -> Fields {
        Fields::new(self.0)
    }

    /// Reads JSON text.
    ///
    /// # Errors
    ///
    /// `request_body_invalid` if it is no JSON, too deep, or no object.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, Fault> {
        if is_too_deep(text) {
            return Err(Code::RequestBodyInvalid.fault());
        }
        match serde_json::from_slice(text) {
            Ok(Value::Object(object)) => Ok(Self(object)),
            Ok(Value::Null) => Ok(Self(Map::new())),
            Ok(_) | Err(_) => Err(Code::RequestBodyInvalid.fault()),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Error;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Error> {
        let limits = request.extensions().get::<Limits>().copied().unwrap_or_default();
        let (parts, body) = request.into_parts();
        let content_type = check_content_type(&parts.headers);
        // A chunked body announces nothing; whether it has one byte is known at its end only.
        if body.size_hint().lower() > 0 {
            content_type.clone()?;
        }
        let text = receive(body, &parts.headers, &limits).await?;
        if text.is_empty() {
            return Ok(Self(Map::new()));
        }
        content_type?;
        Ok(Self::parse(&text)?)
    }
}

fn check_content_type(headers: &HeaderMap) -> Result<(), Fault> {
    let is_json = |value: &HeaderValue| {
        let essence = value.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
        essence.trim_ascii().eq_ignore_ascii_case(b"application/json")
    };
    match headers.get_all(CONTENT_TYPE).iter().find(|value| !is_json(value)) {
        None => Ok(()),
        Some(value) => {
            let received = shortened(&String::from_utf8_lossy(value.as_bytes()));
            Err(Code::UnsupportedContentType.about(&[received.as_str(), "application/json"]))
        }
    }
}

async fn receive(body: Incoming, headers: &HeaderMap, limits: &Limits) -> Result<Vec<u8>, Error> {
    let mut collecting = pin!(collect(body, headers, limits.body_bytes));
    // Most bodies come with their head, and need no timer.
    if let Some(collected) = collecting.as_mut().now_or_never() {
        return collected;
    }
    match timeout(limits.body_timeout, collecting).await {
        Ok(collected) => collected,
        Err(_) => {
            let seconds = limits.body_timeout.as_secs().to_string();
            Err(Code::RequestTimeout.about(&[seconds]).into())
        }
    }
}

async fn collect(mut body: Incoming, headers: &HeaderMap, limit: usize) -> Result<Vec<u8>, Error> {
    let too_large = || Error::from(Code::RequestBodyTooLarge.about(&[limit.to_string()]));
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limit {
        // Who waits for `100 Continue` sends nothing yet, and is not to be told to.
        if !headers.contains_key(EXPECT) {
            discard(body).await;
        }
        return Err(too_large());
    }
    let mut text = Vec::with_capacity(announced);
    while let Some(frame) = body.frame().await {
        // Broken chunks, or the client went away.
        let frame = frame.map_err(|_| Code::RequestBodyInvalid.fault())?;
        let Ok(data) = frame.into_data() else { continue };
        if text.len() + data.len() > limit {
            discard(body).await;
            return Err(too_large());
        }
        text.extend_from_slice(&data);
    }
    Ok(text)
}

/// Reads on for a while, so that a client in the midst of sending can read its refusal.
///
/// A connection closed over unread bytes is reset, and the refusal on its way is lost.
async fn discard(mut body: Incoming) {
    let reading = async {
        let mut left = DISCARDED_BYTES;
        while let Some(Ok(frame)) = body.frame().await {
            let read = frame.into_data().map_or(0, |data| data.len());
            left = left.saturating_sub(read);
            if left == 0 {
                break;
            }
        }
    };
    // Whatever came of it, the refusal is next.
    let _ = timeout(DISCARDED_TIME, reading).await;
}

/// Looks for nesting that must not reach the parser, without nesting itself.
fn is_too_deep(text: &[u8]) -> bool {
    // Nearly every body opens fewer than that in all, which takes far less to see.
    if text.iter().filter(|byte| matches!(byte, b'{' | b'[')).count() <= DEEPEST {
        return false;
    }
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refused(text: &[u8]) -> bool {
        Body::parse(text).is_err()
    }

    fn nested(levels: usize) -> String {
        format!("{{\"a\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1))
    }

    #[test]
    fn null_reads_as_an_empty_object() {
        let body = Body::parse(b" null ").unwrap();

        assert!(body.0.is_empty());
    }

    #[test]
    fn broken_json_is_refused() {
        for text in ["{", "{\"a\":1,}", "{\"a\":01}", "{'a':1}", "{} {}", " ", "\u{feff}{}"] {
            assert!(refused(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for text in ["[]", "1", "\"a\"", "true"] {
            assert!(refused(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn invalid_utf8_is_refused() {
        assert!(refused(b"{\"a\":\"\xff\"}"));
    }

    #[test]
    fn a_lone_surrogate_is_refused() {
        assert!(refused(br#"{"a":"\ud800"}"#));
    }

    #[test]
    fn a_number_beyond_every_double_is_refused() {
        assert!(refused(br#"{"a":1e400}"#));
    }

    #[test]
    fn nesting_is_allowed_to_120_levels_and_no_further() {
        assert!(!refused(nested(120).as_bytes()));
        assert!(refused(nested(121).as_bytes()));
    }

    #[test]
    fn ten_thousand_levels_overflow_nothing() {
        assert!(refused(nested(10_000).as_bytes()));
        assert!(refused("[".repeat(1_000_000).as_bytes()));
    }

    #[test]
    fn brackets_inside_strings_are_no_nesting() {
        let text = format!("{{\"a\":\"\\\"{}\"}}", "[".repeat(500));

        assert!(!refused(text.as_bytes()));
    }

    proptest! {
        #[test]
        fn the_body_reader_never_panics(text in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Body::parse(&text);
        }

        #[test]
        fn the_body_reader_never_panics_on_nearly_json(text in r#"[{}\[\]",:\\u0-9eE+\-. a]{0,80}"#) {
            let _ = Body::parse(text.as_bytes());
        }
    }
}
