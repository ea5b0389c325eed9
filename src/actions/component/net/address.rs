//! Hosts as a component writes them, and what kind of address an address is.
//!
//! - A host is an address only when it is spelt the one usual way. Every other spelling that some resolver would take for
//!   an address (`2130706433`, `0x7f.1`, `0177.0.0.1`) is refused and never reaches a resolver.
//! - An IPv4 address inside an IPv6 address is that IPv4 address, before anything else is asked.
//! - An address is public only if nothing is known that makes it special; of IPv6 only `2000::/3` can be.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// Longest host name, in bytes (RFC 1035).
const LONGEST_NAME: usize = 253;
/// Longest label of one.
const LONGEST_LABEL: usize = 63;

/// A host name: in lower case, without a dot at its end.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Name(String);

/// A host as a component names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Host {
    Name(Name),
    Address(IpAddr),
}

impl Name {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Host {
    /// A name, an IPv4 address, an IPv6 address with or without brackets; the error is why it is none of these.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        if let Some(inner) = text.strip_prefix('[') {
            let inner = inner.strip_suffix(']').and_then(|inner| inner.parse::<Ipv6Addr>().ok());
            return inner.map(|address| Self::Address(address.into())).ok_or("this is no IPv6 address");
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self::Address(address));
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        if !name.is_ascii() {
            return Err("a name is written in its ASCII form (xn--…)");
        }
        if name.is_empty() || name.len() > LONGEST_NAME {
            return Err("a name has 1 to 253 characters");
        }
        let sound = |label: &str| {
            (1..=LONGEST_LABEL).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        if !name.split('.').all(sound) {
            return Err("this is no host name");
        }
        let last = name.rsplit('.').next().unwrap_or_default();
        let number = last.bytes().all(|byte| byte.is_ascii_digit())
            || last.strip_prefix("0x").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if number {
            return Err("an address is written as four decimal numbers");
        }
        Ok(Self::Name(Name(name)))
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => name.fmt(f),
            Self::Address(IpAddr::V4(address)) => address.fmt(f),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

/// The address itself: the IPv4 address of one that is mapped into IPv6 (`::ffff:192.0.2.1`) or compatible with it
/// (`::192.0.2.1`).
pub(super) fn plain(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) if v6.is_unspecified() || v6.is_loopback() => address,
        IpAddr::V6(v6) => match v6.segments() {
            [0, 0, 0, 0, 0, 0 | 0xffff, high, low] => embedded(high, low).into(),
            _ => address,
        },
    }
}

/// Why an address is not a public one, as "… is {why}"; none when it is.
pub(super) fn special(address: IpAddr) -> Option<&'static str> {
    match plain(address) {
        IpAddr::V4(v4) => special_v4(v4),
        IpAddr::V6(v6) => special_v6(v6),
    }
}

fn special_v4(address: Ipv4Addr) -> Option<&'static str> {
    match address.octets() {
        [0, ..] => Some("an unspecified address"),
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Some("a private address"),
        [100, 64..=127, ..] => Some("an address of a carrier's private network"),
        [127, ..] => Some("a loopback address"),
        [169, 254, ..] => Some("a link-local address"),
        [192, 0, 0, _] | [192, 88, 99, _] => Some("an address of a special protocol"),
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Some("an address for documentation"),
        [198, 18 | 19, ..] => Some("an address for benchmarks"),
        [224..=239, ..] => Some("a multicast address"),
        [255, 255, 255, 255] => Some("the broadcast address"),
        [240..=255, ..] => Some("a reserved address"),
        _ => None,
    }
}

#[allow(clippy::match_same_arms, reason = "their order matters")]
fn special_v6(address: Ipv6Addr) -> Option<&'static str> {
    let within = |v4: Ipv4Addr| special_v4(v4).map(|_| "an address that leads to a special IPv4 address");
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => Some("an unspecified address"),
        [0, 0, 0, 0, 0, 0, 0, 1] => Some("a loopback address"),
        // NAT64, and 6to4
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => within(embedded(high, low)),
        [0xfe80..=0xfebf, ..] => Some("a link-local address"),
        [0xfec0..=0xfeff | 0xfc00..=0xfdff, ..] => Some("a private address"),
        [0xff00..=0xffff, ..] => Some("a multicast address"),
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0x0fff, ..] => Some("an address for documentation"),
        // Teredo: the server, and the client with all its bits turned
        [0x2001, 0, high, low, _, _, client_high, client_low] => {
            within(embedded(high, low)).or_else(|| within(embedded(!client_high, !client_low)))
        }
        [0x2001, 0..=0x01ff, ..] => Some("an address of a special protocol"),
        // ISATAP, under any prefix
        [0x2000..=0x3fff, _, _, _, 0 | 0x200, 0x5efe, high, low] => within(embedded(high, low)),
        [0x2000..=0x3fff, ..] => None,
        _ => Some("a reserved address"),
    }
}

/// The IPv4 address in two groups of an IPv6 address.
fn embedded(high: u16, low: u16) -> Ipv4Addr {
    let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
    Ipv4Addr::new(a, b, c, d)
}
