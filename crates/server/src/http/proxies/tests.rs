use axum::http::HeaderValue;
use proptest::prelude::*;

use super::*;

const PROXIES: &str = "10.0.0.0/8, 2001:db8:1::/48, 192.0.2.7";

fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    let line = |(name, value): &(&'static str, &str)| {
        (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
    };
    // Not collected: equal names would take each other's place.
    let mut headers = HeaderMap::new();
    for (name, value) in lines.iter().map(line) {
        headers.append(name, value);
    }
    headers
}

/// The client of a request from `peer` with these headers.
#[track_caller]
fn client(peer: &str, lines: &[(&'static str, &str)]) -> String {
    let proxies: TrustedProxies = PROXIES.parse().unwrap();
    proxies.client(peer.parse().unwrap(), &headers(lines)).to_string()
}

fn base(peer: &str, lines: &[(&'static str, &str)]) -> Option<String> {
    let proxies: TrustedProxies = PROXIES.parse().unwrap();
    let base = proxies.forwarded_base(peer.parse().unwrap(), &headers(lines));
    base.map(|ForwardedBase(base)| base.to_string())
}

#[test]
fn from_an_untrusted_peer_the_headers_change_nothing() {
    let lines = [("x-forwarded-for", "203.0.113.9"), ("forwarded", "for=203.0.113.9")];

    assert_eq!(client("198.51.100.1", &lines), "198.51.100.1");
    assert_eq!(client("2001:db8:2::1", &lines), "2001:db8:2::1");
    let nobody = TrustedProxies::default();
    assert_eq!(
        nobody.client("10.0.0.1".parse().unwrap(), &headers(&lines)).to_string(),
        "10.0.0.1"
    );
}

#[test]
fn the_last_address_that_is_no_proxy_is_the_client() {
    for (list, expected) in [
        ("203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, 10.1.1.1,192.0.2.7", "203.0.113.9"),
        ("1.1.1.1, 203.0.113.9", "203.0.113.9"),
        ("203.0.113.9:4711", "203.0.113.9"),
        ("2001:db8:2::9", "2001:db8:2::9"),
        ("[2001:db8:2::9]", "2001:db8:2::9"),
        ("[2001:db8:2::9]:4711, 2001:db8:1::5", "2001:db8:2::9"),
        ("::ffff:203.0.113.9, ::ffff:10.2.3.4", "203.0.113.9"),
        ("10.9.9.9, 10.1.1.1", "10.9.9.9"),
    ] {
        assert_eq!(client("10.0.0.1", &[("x-forwarded-for", list)]), expected, "{list}");
    }
}

#[test]
fn entries_that_the_client_wrote_are_not_believed() {
    for list in [
        "127.0.0.1, 203.0.113.9",
        "10.0.0.2, 203.0.113.9, 10.0.0.3",
        "\"a, 203.0.113.9",
        ", , 203.0.113.9",
    ] {
        assert_eq!(client("10.0.0.1", &[("x-forwarded-for", list)]), "203.0.113.9", "{list}");
    }
}

#[test]
fn several_lines_are_one_list() {
    let lines = [("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "203.0.113.9, 10.0.0.4")];

    assert_eq!(client("10.0.0.1", &lines), "203.0.113.9");
}

#[test]
fn what_is_no_address_ends_the_walk() {
    for (list, expected) in [
        ("203.0.113.9, unknown", "10.0.0.1"),
        ("203.0.113.9, unknown, 10.0.0.5", "10.0.0.5"),
        ("203.0.113.9,", "10.0.0.1"),
        ("203.0.113.9, 300.1.1.1", "10.0.0.1"),
        ("203.0.113.9, 1.1.1.1 2.2.2.2", "10.0.0.1"),
        ("203.0.113.9, fe80::1%eth0", "10.0.0.1"),
        ("203.0.113.9, 1.1.1.1:99999", "10.0.0.1"),
        ("", "10.0.0.1"),
    ] {
        assert_eq!(client("10.0.0.1", &[("x-forwarded-for", list)]), expected, "{list}");
    }
}

#[test]
fn a_peer_of_ipv4_written_as_ipv6_is_the_same_peer() {
    let lines = [("x-forwarded-for", "203.0.113.9")];

    assert_eq!(client("::ffff:10.0.0.1", &lines), "203.0.113.9");
    assert_eq!(client("::ffff:198.51.100.1", &lines), "198.51.100.1");
    let mapped: TrustedProxies = "::ffff:10.0.0.0/104".parse().unwrap();
    let address = mapped.client("10.0.0.1".parse().unwrap(), &headers(&lines));
    assert_eq!(address.to_string(), "203.0.113.9");
}

#[test]
fn forwarded_counts_where_the_other_header_is_not_there() {
    for (list, expected) in [
        ("for=203.0.113.9", "203.0.113.9"),
        ("For=\"203.0.113.9:4711\";proto=http;by=10.0.0.1", "203.0.113.9"),
        ("for=\"[2001:db8:2::9]:4711\"", "2001:db8:2::9"),
        ("proto=https; for=203.0.113.9, for=10.0.0.7", "203.0.113.9"),
        ("for=1.1.1.1, for=203.0.113.9", "203.0.113.9"),
        ("for=203.0.113.9, for=unknown", "10.0.0.1"),
        ("for=203.0.113.9, for=_hidden, for=10.0.0.7", "10.0.0.7"),
        ("for=203.0.113.9, proto=https", "10.0.0.1"),
        ("for=1.1.1.1;for=203.0.113.9", "10.0.0.1"),
    ] {
        assert_eq!(client("10.0.0.1", &[("forwarded", list)]), expected, "{list}");
    }
    let both = [("forwarded", "for=1.1.1.1"), ("x-forwarded-for", "203.0.113.9")];
    assert_eq!(client("10.0.0.1", &both), "203.0.113.9");
}

#[test]
fn a_quotation_that_the_client_began_does_not_hide_what_the_proxy_wrote() {
    for sent in ["for=1.1.1.1;a=\"", "for=1.1.1.1;a=\"\\", "for=1.1.1.1, for=\"", "a=\"\"\""] {
        let lines = [("forwarded", sent), ("forwarded", "for=\"[2001:db8:2::9]\"")];
        assert_eq!(client("10.0.0.1", &lines), "10.0.0.1", "{sent}");
    }
}

#[test]
fn a_trusted_proxy_gives_the_base_of_links() {
    for (scheme, host, expected) in [
        ("https", "auth.example.com", "https://auth.example.com"),
        ("HTTP", "Auth.Example.com:8443", "http://auth.example.com:8443"),
        ("https", "localhost", "https://localhost"),
        ("https", "203.0.113.9:1", "https://203.0.113.9:1"),
        ("https", "[2001:DB8::1]:443", "https://[2001:db8::1]:443"),
        ("https", "[::1]", "https://[::1]"),
    ] {
        let lines = [("x-forwarded-proto", scheme), ("x-forwarded-host", host)];

        assert_eq!(base("10.0.0.1", &lines).as_deref(), Some(expected));
        assert_eq!(base("198.51.100.1", &lines), None);
    }
}

#[test]
fn a_base_that_is_not_well_formed_is_ignored() {
    for host in [
        "", ".", "a..b", "a b", "a/b", "a@b", "a?b", "a#b", "a\\b", "<a>", "a,b", "-a", "a-",
        "a_b", "a:", "a:0", "a:65536", "a:+1", "a:b", ":1", "::1", "[::1", "::1]", "[a]", "[::1]a",
        "[::1]:", "a\"", "%61",
    ] {
        let lines = [("x-forwarded-proto", "https"), ("x-forwarded-host", host)];
        assert_eq!(base("10.0.0.1", &lines), None, "{host}");
    }
    let long = format!("{}.com", "a".repeat(250));
    for lines in [
        vec![("x-forwarded-host", "a.com")],
        vec![("x-forwarded-proto", "https")],
        vec![("x-forwarded-proto", "ftp"), ("x-forwarded-host", "a.com")],
        vec![("x-forwarded-proto", "https,http"), ("x-forwarded-host", "a.com")],
        vec![("x-forwarded-proto", "https"), ("x-forwarded-host", &long)],
        vec![
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "a.com"),
            ("x-forwarded-host", "b.com"),
        ],
    ] {
        assert_eq!(base("10.0.0.1", &lines), None, "{lines:?}");
    }
}

#[test]
fn a_list_with_anything_else_is_refused_by_name() {
    for (list, part) in [
        ("", ""),
        ("10.0.0.1,", ""),
        ("10.0.0.1, proxy.example.com", "proxy.example.com"),
        ("10.0.0.0/33", "10.0.0.0/33"),
        ("10.0.0.1:80", "10.0.0.1:80"),
    ] {
        let refused = list.parse::<TrustedProxies>().unwrap_err();
        assert_eq!(refused, NoNetwork(part.to_owned()), "{list}");
    }
}

proptest! {
    #[test]
    fn whatever_is_sent_the_address_before_the_proxies_is_the_client(sent in "[ -~]{0,40}") {
        let line = format!("{sent}, 203.0.113.9, 10.0.0.8");

        prop_assert_eq!(client("10.0.0.1", &[("x-forwarded-for", &line)]), "203.0.113.9");
    }

    #[test]
    fn no_line_of_forwarded_makes_a_client_of_what_it_says_itself(sent in "[ -~]{0,40}") {
        let lines = [("forwarded", sent.as_str()), ("forwarded", "for=203.0.113.9")];
        let client = client("10.0.0.1", &lines);

        prop_assert!(["203.0.113.9", "10.0.0.1"].contains(&client.as_str()), "{}", client);
    }
}
