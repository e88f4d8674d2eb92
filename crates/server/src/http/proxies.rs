//! The proxies whose word counts for who asks and where.
//!
//! Anybody can send `X-Forwarded-For`; it is believed only from a peer that the operator named, and
//! only as far back as such peers passed it on.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, header::FORWARDED};
use ipnet::{IpNet, Ipv4Net};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// How many addresses are looked at; no chain of proxies is nearly as long.
const MOST_HOPS: usize = 64;
/// The bits before the IPv4 address in an IPv6 address that holds one.
const MAPPED_BITS: u8 = 96;
/// The longest name of a host, in bytes.
const LONGEST_HOST: usize = 253;

/// The proxies whose forwarded headers are believed; none by default. Cheap to clone.
///
/// As text it is a list of addresses and CIDR networks, such as `10.0.0.0/8, 2001:db8::7`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Arc<[IpNet]>);

/// A part of a list of proxies is neither an address nor a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither an IP address nor a network")]
pub struct NoNetwork(String);

/// Where clients say they reach the server, without a slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ForwardedBase(pub(crate) Arc<str>);

impl FromStr for TrustedProxies {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let network = |part: &str| {
            let part = part.trim();
            let single = || part.parse::<IpAddr>().map(IpNet::from).ok();
            let network = part.parse::<IpNet>().ok().or_else(single);
            network.map(canonical).ok_or_else(|| NoNetwork(part.to_owned()))
        };
        text.split(',').map(network).collect::<Result<Vec<_>, _>>().map(|all| Self(all.into()))
    }
}

impl TrustedProxies {
    /// The client of a request from `peer`: `peer` itself, unless it is a trusted proxy.
    ///
    /// Then it is the last address that the proxies wrote down and that is none of theirs. Where
    /// something else than an address comes first, it is the proxy that wrote it.
    pub(super) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.trusts(peer) {
            return peer;
        }
        let mut client = peer;
        for address in forwarded_for(headers).into_iter().rev().take(MOST_HOPS) {
            let Some(address) = address else { break };
            client = address;
            if !self.trusts(address) {
                break;
            }
        }
        client
    }

    /// The base of links that a trusted proxy gives; `None` unless it names one scheme and one
    /// host, both well formed.
    pub(super) fn forwarded_base(
        &self,
        peer: IpAddr,
        headers: &HeaderMap,
    ) -> Option<ForwardedBase> {
        if !self.trusts(peer.to_canonical()) {
            return None;
        }
        let scheme = only(headers, &X_FORWARDED_PROTO)?.to_ascii_lowercase();
        let host = only(headers, &X_FORWARDED_HOST)?.to_ascii_lowercase();
        let fits = matches!(scheme.as_str(), "http" | "https") && is_authority(&host);
        fits.then(|| ForwardedBase(format!("{scheme}://{host}").into()))
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// A network of IPv4 addresses written as IPv6 becomes one of IPv4, as peers' addresses do.
fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(of_six) = network else { return network };
    let four = of_six.addr().to_ipv4_mapped();
    let bits = of_six.prefix_len().checked_sub(MAPPED_BITS);
    let network_of_four = |(four, bits): (Ipv4Addr, u8)| Ipv4Net::new(four, bits).ok();
    four.zip(bits).and_then(network_of_four).map_or(network, IpNet::V4)
}

/// The only value of a header that is there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    value.to_str().ok().map(str::trim)
}

/// The addresses that were written down, from the farthest to the nearest; `None` for what is no
/// address.
fn forwarded_for(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let (list, is_plain) = match joined(headers, &X_FORWARDED_FOR) {
        Some(list) => (list, true),
        None => (joined(headers, &FORWARDED).unwrap_or_default(), false),
    };
    if is_plain {
        return list.split(',').map(|part| address(part.trim())).collect();
    }
    split_unquoted(&list, ',').unwrap_or_default().into_iter().map(address_of_element).collect()
}

/// The lines of a header as one list; `None` where there are none.
fn joined(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    // What is no text becomes an entry that is no address.
    let lines = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or("?"));
    let lines: Vec<&str> = lines.collect();
    (!lines.is_empty()).then(|| lines.join(","))
}

/// An address, with or without a port; IPv6 may stand in brackets, and must where a port follows.
fn address(text: &str) -> Option<IpAddr> {
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok();
    let address = (text.parse::<IpAddr>().ok())
        .or_else(|| bracketed().map(IpAddr::V6))
        .or_else(|| text.parse::<SocketAddr>().ok().map(|it| it.ip()))?;
    Some(address.to_canonical())
}

/// The `for` of an element of `Forwarded` (RFC 7239).
fn address_of_element(element: &str) -> Option<IpAddr> {
    let pairs = split_unquoted(element, ';')?;
    let mut values = pairs.into_iter().filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| value.trim())
    });
    let (value, None) = (values.next()?, values.next()) else { return None };
    let unquoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    address(unquoted.unwrap_or(value))
}

/// Splits at `separator` outside of quotes; `None` where a quotation does not end.
///
/// Taken apart anywhere else, a quotation that the client began could swallow what the proxy added.
fn split_unquoted(text: &str, separator: char) -> Option<Vec<&str>> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (index, character) in text.char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ if character == separator && !is_quoted => {
                parts.push(&text[start..index]);
                start = index + separator.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    (!is_quoted).then_some(parts)
}

/// Whether `text` is a name or address of a host, in lower case, with or without a port.
fn is_authority(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        // A colon inside of brackets is part of the address.
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let is_port = |port: &str| {
        port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|it| it > 0)
    };
    is_host(host) && port.is_none_or(is_port)
}

fn is_host(host: &str) -> bool {
    if let Some(six) = host.strip_prefix('[') {
        return six.strip_suffix(']').is_some_and(|six| six.parse::<Ipv6Addr>().is_ok());
    }
    let is_label = |label: &str| {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !label.is_empty()
            && label.bytes().all(inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.len() <= LONGEST_HOST && host.split('.').all(is_label)
}

#[cfg(test)]
mod tests;
