//! Request paths and queries: every value arrives as it was given.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;

use crate::Error;

/// All but the characters that RFC 3986 calls unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Joins `segments` to a path, each percent-encoded.
///
/// An empty segment would name another route, and `.` and `..` are resolved by every URL parser
/// on the way even when encoded: neither can be sent, so both are refused.
pub(crate) fn path(segments: &[&str]) -> Result<String, Error> {
    let mut path = String::new();
    for segment in segments {
        if matches!(*segment, "" | "." | "..") {
            return Err(Error::Id { id: (*segment).to_owned() });
        }
        path.push('/');
        path.extend(utf8_percent_encode(segment, RESERVED));
    }
    Ok(path)
}

/// Writes what is set in `request` as a query: lists as repeated keys, in no promised order.
pub(crate) fn query<Q: Serialize>(request: &Q) -> String {
    let fields = serde_json::to_value(request).expect("query structs hold text, numbers and flags");
    let mut pairs = Vec::new();
    for (name, value) in fields.as_object().into_iter().flatten() {
        match value {
            Value::Array(values) => pairs.extend(values.iter().filter_map(|one| pair(name, one))),
            single => pairs.extend(pair(name, single)),
        }
    }
    pairs.join("&")
}

fn pair(name: &str, value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Some(format!("{name}={}", utf8_percent_encode(&text, RESERVED)))
}

#[cfg(test)]
mod tests {
    use guildhall_types::{GetOrganization, ListOrganizationMemberships, ListUsers};

    use super::*;

    #[test]
    fn a_segment_keeps_slashes_percent_signs_and_quotes() {
        let path = path(&["users", "a/b%2F\"'é ..?#"]).unwrap();

        assert_eq!(path, "/users/a%2Fb%252F%22%27%C3%A9%20..%3F%23");
    }

    #[test]
    fn a_segment_that_a_url_parser_would_resolve_is_refused() {
        for id in ["", ".", ".."] {
            assert!(matches!(path(&["users", id]), Err(Error::Id { .. })), "{id:?}");
        }
    }

    #[test]
    fn a_request_with_nothing_set_has_an_empty_query() {
        assert_eq!(query(&ListOrganizationMemberships::default()), "");
        assert_eq!(query(&ListUsers::default()), "");
        assert_eq!(query(&GetOrganization::default()), "");
    }

    #[test]
    fn a_flag_is_sent_when_true_and_a_choice_when_made() {
        let include = GetOrganization { include_members_count: true, ..Default::default() };
        let others = ListUsers { banned: Some(false), ..Default::default() };

        assert_eq!(query(&include), "include_members_count=true");
        assert_eq!(query(&others), "banned=false");
    }
}
