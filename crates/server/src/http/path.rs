//! Reading ids out of a request's path.

use std::borrow::Cow;

use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::request::Parts;
use percent_encoding::percent_decode;

use super::errors::Error;

/// What stands for an id that cannot exist: the replacement character.
///
/// No id, slug or file that the server makes holds it, and every database takes it as text, so a
/// handler that looks it up finds nothing and answers as for any unknown id.
pub(crate) const IMPOSSIBLE_ID: &str = "\u{fffd}";

/// The `N` parameters of a route's path, in order.
///
/// Each is percent-decoded once and never normalised. One that is then empty, `.`, `..`, or holds a
/// slash, NUL or invalid UTF-8 is [`IMPOSSIBLE_ID`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PathIds<const N: usize>(pub(crate) [String; N]);

/// A handler asks for more or fewer parameters than its route has.
#[derive(Debug, thiserror::Error)]
#[error("the route `{template}` does not have {wanted} parameters")]
struct Miscounted {
    template: String,
    wanted: usize,
}

impl<S: Send + Sync, const N: usize> FromRequestParts<S> for PathIds<N> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Error> {
        let template = parts.extensions.get().map_or("", MatchedPath::as_str);
        let mut ids = ids(template, parts.uri.path());
        let found: [Option<String>; N] = std::array::from_fn(|_| ids.next());
        if ids.next().is_some() || found.iter().any(Option::is_none) {
            let template = template.to_owned();
            return Err(Error::Internal(Box::new(Miscounted { template, wanted: N })));
        }
        Ok(Self(found.map(Option::unwrap_or_default)))
    }
}

/// The segments of `path` where `template` has parameters.
fn ids(template: &str, path: &str) -> impl Iterator<Item = String> {
    segments(template)
        .zip(segments(path))
        .filter(|(name, _)| name.starts_with(b"{") && name.ends_with(b"}"))
        .map(|(_, segment)| id(segment))
}

fn segments(path: &str) -> impl Iterator<Item = &[u8]> {
    path.as_bytes().split(|byte| *byte == b'/')
}

fn id(segment: &[u8]) -> String {
    // Hardly any id is encoded, and to look for that takes less than to decode.
    let decoded = match segment.contains(&b'%') {
        true => percent_decode(segment).decode_utf8(),
        false => std::str::from_utf8(segment).map(Cow::Borrowed),
    };
    match decoded {
        Ok(id) if !id.is_empty() && id != "." && id != ".." && !id.contains(['/', '\0']) => {
            id.into_owned()
        }
        Ok(_) | Err(_) => IMPOSSIBLE_ID.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parameters_are_read_in_order() {
        let template = "/v1/organizations/{a}/memberships/{b}";
        let found: Vec<_> = ids(template, "/v1/organizations/org_1/memberships/user_2").collect();

        assert_eq!(found, ["org_1", "user_2"]);
    }

    #[test]
    fn a_segment_is_decoded_exactly_once() {
        for (segment, expected) in [
            ("org%5F1", "org_1"),
            ("%2541", "%41"),
            ("%zz", "%zz"),
            ("a+b", "a+b"),
            ("%C3%A9", "é"),
        ] {
            assert_eq!(id(segment.as_bytes()), expected);
        }
    }

    #[test]
    fn ids_that_cannot_exist_become_one_that_nothing_has() {
        for segment in ["", ".", "..", "%2E%2e", "a%2Fb", "%00", "a%00", "%ff", "%ed%a0%80"] {
            assert_eq!(id(segment.as_bytes()), IMPOSSIBLE_ID, "{segment}");
        }
    }

    proptest! {
        #[test]
        fn an_id_never_holds_what_no_id_may(segment in "[%0-9a-fA-F./é]{0,20}") {
            let id = id(segment.as_bytes());

            prop_assert!(!id.is_empty() && !id.contains(['/', '\0']) && id != "." && id != "..");
        }
    }
}
