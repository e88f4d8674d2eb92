//! Where requests carry their token.

use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE};

/// The cookie in which browsers carry the token.
const COOKIE_NAME: &str = "__session";

/// The token of a request: of `Authorization: Bearer …`, else of the cookie `__session`.
///
/// Another scheme than `Bearer` and an empty token count as none. Cookies with a suffix behind
/// that name, for pages that serve several applications, are not read.
pub fn session_token(headers: &HeaderMap) -> Option<&str> {
    bearer(headers).or_else(|| cookie(headers))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.trim().split_once(' ')?;
    let token = Some(token.trim()).filter(|token| !token.is_empty());
    token.filter(|_| scheme.eq_ignore_ascii_case("bearer"))
}

/// HTTP/2 may carry each cookie in a header of its own.
fn cookie(headers: &HeaderMap) -> Option<&str> {
    let texts = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.split_once('='));
    let mut tokens = pairs
        .filter(|(name, _)| name.trim() == COOKIE_NAME)
        .map(|(_, value)| value.trim().trim_matches('"'));
    tokens.find(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;

    fn token_of(headers: &[(HeaderName, &'static str)]) -> Option<String> {
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap()));
        let mut map = HeaderMap::new();
        headers.for_each(|(name, value): (HeaderName, _)| {
            map.append(name, value);
        });
        session_token(&map).map(str::to_owned)
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
}
