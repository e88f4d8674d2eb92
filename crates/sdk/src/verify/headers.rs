//! Where requests carry their token.

use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderMap, HeaderValue};

use super::VerifyError;

/// The cookie in which browsers carry the token.
const COOKIE_NAME: &[u8] = b"__session";

/// Where a verifier looks for the token of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carriers {
    HeaderOrCookie,
    Header,
}

/// The token of a request: of `Authorization: Bearer …`, else of the cookie `__session`.
///
/// Another scheme than `Bearer` and an empty token count as none. Where `Bearer` has a token that is
/// no text the cookie is not asked, and there is none. Cookies with a suffix behind that name, for
/// pages that serve several applications, are not read.
pub fn session_token(headers: &HeaderMap) -> Option<&str> {
    find_token(headers, Carriers::HeaderOrCookie).ok().flatten()
}

/// The token of a request, if it has one; it is an error where it has one that is no text.
pub(super) fn find_token(
    headers: &HeaderMap,
    carriers: Carriers,
) -> Result<Option<&str>, VerifyError> {
    let token = match (bearer(headers), carriers) {
        (None, Carriers::HeaderOrCookie) => cookie(headers),
        (token, _) => token,
    };
    let unreadable = VerifyError::Malformed { reason: "it is no text" };
    token.map(|token| std::str::from_utf8(token).map_err(|_| unreadable)).transpose()
}

fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(AUTHORIZATION)?.as_bytes().trim_ascii();
    let end = value.iter().position(u8::is_ascii_whitespace)?;
    let (scheme, token) = value.split_at(end);
    scheme.eq_ignore_ascii_case(b"bearer").then(|| token.trim_ascii())
}

/// HTTP/2 may carry each cookie in a header of its own. Other cookies may hold any bytes.
fn cookie(headers: &HeaderMap) -> Option<&[u8]> {
    let lines = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes);
    let pairs = lines.flat_map(|line| line.split(|byte| *byte == b';'));
    let mut tokens = pairs.filter_map(|pair| {
        let end = pair.iter().position(|byte| *byte == b'=')?;
        let (name, value) = (pair[..end].trim_ascii(), pair[end + 1..].trim_ascii());
        (name == COOKIE_NAME).then(|| without_quotes(value))
    });
    tokens.find(|token| !token.is_empty())
}

fn without_quotes(mut value: &[u8]) -> &[u8] {
    while let [b'"', rest @ ..] | [rest @ .., b'"'] = value {
        value = rest;
    }
    value
}

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;

    fn map_of<V: AsRef<[u8]>>(headers: &[(HeaderName, V)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name.clone(), HeaderValue::from_bytes(value.as_ref()).unwrap());
        }
        map
    }

    fn token_of<V: AsRef<[u8]>>(headers: &[(HeaderName, V)]) -> Option<String> {
        session_token(&map_of(headers)).map(str::to_owned)
    }

    #[test]
    fn the_header_comes_before_the_cookie() {
        let cookie = (COOKIE, "theme=dark; __session=of.the.cookie; __client=1");

        for header in ["Bearer of.the.header", "bearer of.the.header", "BEARER  of.the.header "] {
            let both = [(AUTHORIZATION, header), cookie.clone()];
            assert_eq!(token_of(&both).as_deref(), Some("of.the.header"), "{header}");
        }
        for other in ["Basic YTpi", "Bearer", "Bearer ", "of.the.header", ""] {
            let both = [(AUTHORIZATION, other), cookie.clone()];
            assert_eq!(token_of(&both).as_deref(), Some("of.the.cookie"), "{other}");
            assert_eq!(token_of(&[(AUTHORIZATION, other)]), None, "{other}");
        }
    }

    #[test]
    fn a_cookie_is_found_in_any_header_by_its_whole_name() {
        let split = [(COOKIE, "a=1"), (COOKIE, "__session=\"a.b.c\"")];

        assert_eq!(token_of(&split).as_deref(), Some("a.b.c"));
        assert_eq!(token_of(&[(COOKIE, "__session=; __session=a.b.c")]).as_deref(), Some("a.b.c"));
        for other in ["", "__session", "__session=", "__session_1=a.b.c", "x__session=a.b.c", ";;="]
        {
            assert_eq!(token_of(&[(COOKIE, other)]), None, "{other}");
        }
    }

    #[test]
    fn other_cookies_may_hold_any_bytes() {
        for line in [
            b"name=\xe9; __session=a.b.c".as_slice(),
            b"\xff=1; __session=a.b.c; x",
            "name=é; __session=a.b.c; more=é".as_bytes(),
        ] {
            assert_eq!(token_of(&[(COOKIE, line)]).as_deref(), Some("a.b.c"), "{line:?}");
        }
        assert_eq!(token_of(&[(COOKIE, b"__session=a.\xe9.c")]), None);
    }

    #[test]
    fn a_bearer_token_that_is_no_text_is_not_replaced_by_the_cookie() {
        let cookie = (COOKIE, b"__session=a.b.c".as_slice());
        for header in [b"Bearer a.\xe9.c".as_slice(), b"bearer \xff", b"Bearer\ta.\xe9.c"] {
            let headers = map_of(&[(AUTHORIZATION, header), cookie.clone()]);

            assert_eq!(session_token(&headers), None, "{header:?}");
            let found = find_token(&headers, Carriers::HeaderOrCookie);
            assert!(matches!(found, Err(VerifyError::Malformed { .. })), "{found:?}");
        }
        // It is not the scheme that tokens come by.
        let other = token_of(&[(AUTHORIZATION, b"Basic \xff".as_slice()), cookie]);
        assert_eq!(other.as_deref(), Some("a.b.c"));
    }

    #[test]
    fn the_cookie_counts_only_where_it_may() {
        let headers = map_of(&[(COOKIE, "__session=a.b.c")]);
        assert_eq!(find_token(&headers, Carriers::Header).unwrap(), None);
        assert_eq!(find_token(&headers, Carriers::HeaderOrCookie).unwrap(), Some("a.b.c"));
    }
}
