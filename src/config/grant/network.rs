//! The spelling of hosts, peers and origins.
//!
//! ```text
//! origin  = ("http" | "https") "://" host [":" ports]
//! peer    = host ":" ports
//! host    = pattern | IPv4 ["/" length] | "[" IPv6 ["/" length] "]"
//! pattern = name | "*." name | "*"
//! ports   = port | port "-" port | "*"
//! ```
//!
//! What is read is normalised: names in small letters and without a dot at their end, addresses in their shortest spelling.
//! Displaying it and reading that again leads to the same.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    ops::{Range, RangeInclusive},
};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::{Host, HostPattern};
use crate::config::{
    diagnostic::quote,
    parameter::{is_host, unmapped},
};

/// How an origin is written, for diagnostics.
pub(super) const ORIGIN: &str =
    "`scheme://host` or `scheme://host:port`, such as `https://api.example.com` or `https://*.corp.example:8443`";
/// How a peer is written.
pub(super) const PEER: &str = "`host:port`, such as `mail.example.com:25`, `192.0.2.0/24:6379`, `'[2001:db8::1]:25'` or `irc.example.com:6660-6669`";
/// How a pattern of names is written.
pub(super) const PATTERN: &str =
    "a name such as `api.example.com`, `'*.example.com'` for every name below it, or `'*'`";

/// What is wrong with a text, and where in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) message: String,
    pub(super) at: Range<usize>,
    pub(super) help: Option<String>,
}

/// A stretch of a text that knows where it stands.
#[derive(Clone, Copy)]
struct Part<'t> {
    text: &'t str,
    at: usize,
}

impl Part<'_> {
    fn mistake(self, message: impl Into<String>) -> Mistake {
        Mistake { message: message.into(), at: self.at..self.at + self.text.len(), help: None }
    }

    fn split_at(self, at: usize) -> (Self, Self) {
        let (before, after) = self.text.split_at_checked(at).unwrap_or((self.text, ""));
        (Self { text: before, at: self.at }, Self { text: after, at: self.at + before.len() })
    }

    /// What stands before and after the character at `at`, which is one byte long.
    fn around(self, at: usize) -> (Self, Self) {
        let (before, after) = self.split_at(at);
        (before, after.split_at(1).1)
    }
}

impl Mistake {
    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Reads an origin: whether it is `https`, its host and its ports.
pub(super) fn origin(text: &str) -> Result<(bool, Host, RangeInclusive<u16>), Mistake> {
    let whole = Part { text, at: 0 };
    if text == "*" {
        return Err(whole
            .mistake("`*` alone would be every server by every protocol")
            .help("write `https://*` for every server, `https://*:*` for every port of it as well"));
    }
    let Some(scheme) = text.find("://") else {
        let guess = format!("https://{text}");
        let mistake = whole.mistake(format!("{} has no scheme", quote(text)));
        return Err(if origin(&guess).is_ok() { mistake.help(did_you_mean(&guess)) } else { mistake });
    };
    let (scheme, rest) = whole.split_at(scheme);
    let rest = rest.split_at(3).1;
    let tls = match scheme.text {
        "https" => true,
        "http" => false,
        other => {
            let mistake = scheme.mistake(format!("{} is not a scheme of HTTP", quote(other)));
            let lower = other.to_ascii_lowercase();
            return Err(match lower.as_str() {
                "http" | "https" => mistake.help(format!("in small letters: {}", quote(&lower))),
                "*" => mistake.help("grant `http://…` and `https://…` in two lines"),
                _ => mistake.help("`http` or `https`; other protocols go by `tcp`"),
            });
        }
    };
    no_more_than_a_host(rest, scheme)?;
    let usual = if tls { 443 } else { 80 };
    match port_colon(rest) {
        Some(colon) => {
            let (name, port) = rest.around(colon);
            Ok((tls, host(name)?, ports(port)?))
        }
        None => Ok((tls, host(rest)?, usual..=usual)),
    }
}

/// Complains about user, path, query and fragment.
fn no_more_than_a_host(rest: Part<'_>, scheme: Part<'_>) -> Result<(), Mistake> {
    if let Some(at) = rest.text.find('@') {
        let mistake = rest.split_at(at + 1).0.mistake("an origin has no user and no password");
        return Err(mistake.help("the component authenticates itself; give it what it needs under `secrets`"));
    }
    let path = rest.text.find(['/', '?', '#', '\\']);
    // The slash of a range is followed by digits, and what is before it is an address.
    let range = path.is_some_and(|slash| {
        let (before, after) = rest.around(slash);
        let digits = after.text.bytes().take_while(u8::is_ascii_digit).count();
        let ends = matches!(after.text.as_bytes().get(digits), None | Some(b':' | b']'));
        let address = before.text.parse::<Ipv4Addr>().is_ok()
            || before.text.strip_prefix('[').is_some_and(|address| address.parse::<Ipv6Addr>().is_ok());
        rest.text.as_bytes().get(slash) == Some(&b'/') && digits > 0 && ends && address
    });
    match path {
        Some(at) if !range => {
            let (before, after) = rest.split_at(at);
            let guess = format!("{}://{}", scheme.text, before.text);
            let mistake = after.mistake("an origin has no path and no query: what is granted is all of a server");
            Err(if origin(&guess).is_ok() { mistake.help(did_you_mean(&guess)) } else { mistake })
        }
        _ => Ok(()),
    }
}

/// Reads a peer: its host and its ports.
pub(super) fn peer(text: &str) -> Result<(Host, RangeInclusive<u16>), Mistake> {
    let whole = Part { text, at: 0 };
    if text == "*" {
        return Err(whole
            .mistake("`*` alone would be every port of every host")
            .help("write `'*:*'` for that, or better `'*:25'` or `192.0.2.0/24:*`"));
    }
    if let Some(scheme) = text.find("://") {
        let (scheme, rest) = whole.split_at(scheme + 3);
        let mistake = scheme.mistake("a peer of `tcp` has no scheme");
        return Err(match scheme.text {
            "http://" | "https://" => mistake.help("grant it under `http:`, or leave the scheme out here"),
            _ => mistake.help(did_you_mean(rest.text)),
        });
    }
    let Some(colon) = port_colon(whole) else {
        let name = whole.text.trim_start_matches('[').trim_end_matches(']');
        let mistake = whole.mistake(format!("{} has no port", quote(text)));
        return Err(match (name.parse::<Ipv6Addr>().is_ok() || name.parse::<Ipv6Net>().is_ok(), host(whole)) {
            (true, _) => {
                mistake.help(format!("add the port, or `*` for every port: {}", quote(&format!("[{name}]:*"))))
            }
            (false, Ok(_)) => {
                mistake.help(format!("add the port, or `*` for every port: {}", quote(&format!("{text}:*"))))
            }
            (false, Err(mistake)) => mistake,
        });
    };
    let (name, port) = whole.around(colon);
    Ok((host(name)?, ports(port)?))
}

/// The colon before the port; none when there is no port, or when the colons are those of an IPv6 address without brackets.
fn port_colon(part: Part<'_>) -> Option<usize> {
    if part.text.starts_with('[') {
        let end = part.text.find(']')?;
        return part.text.get(end..)?.find(':').map(|colon| end + colon);
    }
    let first = part.text.find(':')?;
    let bare = part.text.parse::<Ipv6Addr>().is_ok() || part.text.parse::<Ipv6Net>().is_ok();
    // More than one, and not an address: the last is the port's, and the host is going to be complained about.
    if bare { None } else { Some(part.text.rfind(':').unwrap_or(first)) }
}

/// Reads a port, a range of ports or `*`.
fn ports(part: Part<'_>) -> Result<RangeInclusive<u16>, Mistake> {
    if part.text == "*" {
        return Ok(1..=u16::MAX);
    }
    let Some(dash) = part.text.find('-') else {
        let port = port(part)?;
        return Ok(port..=port);
    };
    let (first, last) = part.around(dash);
    let (low, high) = (port(first)?, port(last)?);
    if low > high {
        let mistake = part.mistake("this range of ports begins after its end");
        return Err(mistake.help(did_you_mean(&format!("{high}-{low}"))));
    }
    Ok(low..=high)
}

fn port(part: Part<'_>) -> Result<u16, Mistake> {
    let digits = !part.text.is_empty() && part.text.bytes().all(|byte| byte.is_ascii_digit());
    match part.text.parse::<u16>() {
        Ok(port) if port > 0 && digits && !part.text.starts_with('0') => Ok(port),
        _ => {
            let message = match part.text {
                "" => "there is no port after the `:`".to_owned(),
                text => format!("{} is not a port", quote(text)),
            };
            Err(part
                .mistake(message)
                .help("a port is a number from 1 to 65535, `6660-6669` a range of them, and `*` every port"))
        }
    }
}

/// Reads a host by name or by address.
fn host(part: Part<'_>) -> Result<Host, Mistake> {
    if let Some(inside) = part.text.strip_prefix('[') {
        let Some(inside) = inside.strip_suffix(']') else {
            let mistake = part.mistake("an address in brackets ends with `]`");
            return Err(mistake.help("an IPv6 address is written `[2001:db8::1]`, a range of them `[2001:db8::/32]`"));
        };
        let inside = Part { text: inside, at: part.at + 1 };
        if inside.text.contains('%') {
            let mistake = inside.mistake(format!("{} has a zone", quote(inside.text)));
            return Err(mistake.help("addresses of one link only cannot be granted: name the host by another address"));
        }
        return match (inside.text.parse::<Ipv6Addr>(), inside.text.parse::<Ipv6Net>()) {
            (Ok(address), _) => Ok(Host::Range(unmapped(IpAddr::from(address).into()))),
            (_, Ok(range)) => whole_range(inside, range.into()),
            _ if inside.text.parse::<Ipv4Addr>().is_ok() || inside.text.parse::<Ipv4Net>().is_ok() => {
                Err(part.mistake("only IPv6 addresses stand in brackets").help(did_you_mean(inside.text)))
            }
            _ => Err(inside.mistake(format!("{} is not an IPv6 address or a range of them", quote(inside.text)))),
        };
    }
    if let Ok(address) = part.text.parse::<Ipv4Addr>() {
        return Ok(Host::Range(IpAddr::from(address).into()));
    }
    if let Ok(range) = part.text.parse::<Ipv4Net>() {
        return whole_range(part, range.into());
    }
    if part.text.parse::<Ipv6Addr>().is_ok() || part.text.parse::<Ipv6Net>().is_ok() {
        let mistake = part.mistake("an IPv6 address stands in brackets, so that its end can be told from the port");
        return Err(mistake.help(format!("write {}, in quotes", quote(&format!("[{}]", part.text)))));
    }
    if part.text.contains('/') {
        let message = format!("{} is not a range of addresses", quote(part.text));
        return Err(part.mistake(message).help("a range is written `192.0.2.0/24` or `[2001:db8::/32]`"));
    }
    pattern_part(part).map(Host::Name)
}

/// A range whose address has bits beyond its length was meant to be one or the other.
fn whole_range(part: Part<'_>, range: IpNet) -> Result<Host, Mistake> {
    if range.addr() != range.network() {
        let message = format!("{} is an address and a length, not a range", quote(part.text));
        let (all, one) = (range.trunc().to_string(), range.addr().to_string());
        return Err(part.mistake(message).help(format!(
            "did you mean the range {} or the address {}?",
            quote(&all),
            quote(&one)
        )));
    }
    Ok(Host::Range(unmapped(range)))
}

/// Reads a pattern of names.
pub(super) fn pattern(text: &str) -> Result<HostPattern, Mistake> {
    let part = Part { text, at: 0 };
    if text.contains("://") {
        let rest = text.split("://").nth(1).unwrap_or_default();
        return Err(part.mistake("this is a URL, and a name is wanted").help(did_you_mean(rest)));
    }
    if text.parse::<IpAddr>().is_ok() || text.parse::<IpNet>().is_ok() {
        let mistake = part.mistake(format!("{} is an address, and addresses need not be resolved", quote(text)));
        return Err(mistake.help("grant it under `tcp` or `http`, or leave it out"));
    }
    pattern_part(part)
}

fn pattern_part(part: Part<'_>) -> Result<HostPattern, Mistake> {
    if part.text == "*" {
        return Ok(HostPattern::Any);
    }
    let (name, below) = match part.text.strip_prefix("*.") {
        Some(_) => (part.split_at(2).1, true),
        None => (part, false),
    };
    if !is_host(name.text) {
        let message = match name.text {
            "" => "there is no host".to_owned(),
            text => format!("{} is not a host name", quote(text)),
        };
        let mistake = name.mistake(message);
        return Err(if name.text.contains('*') {
            mistake.help("`*` stands for whole parts at the beginning of a name: `*.example.com`")
        } else if !name.text.is_ascii() {
            mistake.help("names with other letters are written as they are asked for, beginning with `xn--`")
        } else if name.text.contains(':') {
            mistake.help("there is one port at most, at the end")
        } else {
            mistake.help("a name consists of letters, digits, `-` and `_`, in parts of at most 63 with dots between them; an address has four numbers from 0 to 255")
        });
    }
    let name = name.text.strip_suffix('.').unwrap_or(name.text).to_ascii_lowercase();
    Ok(if below { HostPattern::Below(name) } else { HostPattern::Exact(name) })
}

fn did_you_mean(text: &str) -> String {
    format!("did you mean {}?", quote(text))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::{path::Path, sync::Arc};

    use proptest::prelude::*;

    use super::*;
    use crate::config::{Location, Origin, Peer};

    fn shown_peer(text: &str) -> Result<String, Mistake> {
        let at = Location { file: Arc::from(Path::new("x")), line: 1, column: 1 };
        peer(text).map(|(host, ports)| Peer { host, ports, at }.to_string())
    }

    fn shown_origin(text: &str) -> Result<String, Mistake> {
        let at = Location { file: Arc::from(Path::new("x")), line: 1, column: 1 };
        origin(text).map(|(tls, host, ports)| Origin { tls, peer: Peer { host, ports, at } }.to_string())
    }

    #[test]
    fn what_is_granted_has_one_spelling() {
        for (text, shown) in [
            ("Mail.Example.COM.:25", "mail.example.com:25"),
            ("192.0.2.7:25", "192.0.2.7:25"),
            ("192.0.2.7/32:25", "192.0.2.7:25"),
            ("192.0.2.0/24:6379", "192.0.2.0/24:6379"),
            ("[2001:DB8:0:0::/32]:25", "[2001:db8::/32]:25"),
            ("[::ffff:192.0.2.7]:25", "192.0.2.7:25"),
            ("[::ffff:192.0.2.0/120]:25", "192.0.2.0/24:25"),
            ("irc.example.com:6660-6669", "irc.example.com:6660-6669"),
            ("*.example.com:1-65535", "*.example.com:*"),
            ("*:25", "*:25"),
            ("0.0.0.0/0:*", "0.0.0.0/0:*"),
        ] {
            assert_eq!(shown_peer(text).as_deref(), Ok(shown), "{text}");
        }
        for (text, shown) in [
            ("https://api.example.com", "https://api.example.com"),
            ("https://api.example.com:443", "https://api.example.com"),
            ("http://api.example.com:443", "http://api.example.com:443"),
            ("https://*.corp.example:8443", "https://*.corp.example:8443"),
            ("https://*", "https://*"),
            ("http://192.0.2.0/24:8080", "http://192.0.2.0/24:8080"),
            ("http://[2001:db8::/32]", "http://[2001:db8::/32]"),
        ] {
            assert_eq!(shown_origin(text).as_deref(), Ok(shown), "{text}");
        }
    }

    #[test]
    fn what_could_be_misunderstood_is_refused() {
        for text in [
            "",
            ":",
            ":25",
            "*",
            "a:0",
            "a:65536",
            "a:025",
            "a:+25",
            "a:25-20",
            "a:-",
            "a:1-",
            "a b:25",
            "2001:db8::1:25",
            "[2001:db8::1]",
            "[fe80::1%eth0]:25",
            "[192.0.2.1]:25",
            "192.0.2.1/24:25",
            "192.0.2.256:25",
            "127.1:25",
            "0x7f.1:25",
            "0x7f000001:25",
            "a.*:25",
            "*a.b:25",
            "*.*.b:25",
            "-a:25",
            "a..b:25",
            "tcp://a:25",
            "a/b:25",
            "a@b:25",
            "bücher.example:25",
            "[::1:25",
            "a:25:26",
            "2130706433:80",
            "a\u{0}b:1",
        ] {
            assert!(peer(text).is_err(), "{text}");
        }
        for text in [
            "*",
            "example.com",
            "ftp://a",
            "HTTPS://a",
            "*://a",
            "https://",
            "https://a/",
            "https://a/b",
            "https://a?b",
            "https://a#b",
            "https://u@a",
            "https://u:p@a",
            "https://a:",
            "https://a:0",
            "https://2001:db8::1",
            "https://192.0.2.0/24/x",
            "https://a\\b",
            "https://127.1",
            "https://a,b",
            "https://a%2eb",
        ] {
            assert!(origin(text).is_err(), "{text}");
        }
        for text in ["", "192.0.2.1", "::1", "192.0.2.0/24", "https://a", "a:25", "a b", "*.*", "x.*", "*."] {
            assert!(pattern(text).is_err(), "{text}");
        }
    }

    fn name() -> impl Strategy<Value = String> {
        "[a-z_][a-z0-9]{0,5}(\\.[a-z][a-z0-9-]{0,5}[a-z]){0,3}"
    }

    fn any_host() -> impl Strategy<Value = String> {
        prop_oneof![
            name(),
            name().prop_map(|name| format!("*.{name}")),
            Just("*".to_owned()),
            any::<Ipv4Addr>().prop_map(|address| address.to_string()),
            any::<Ipv6Addr>().prop_map(|address| format!("[{address}]")),
            (any::<Ipv4Addr>(), 0..=32_u8)
                .prop_map(|(address, length)| Ipv4Net::new(address, length).unwrap().trunc().to_string()),
            (any::<Ipv6Addr>(), 0..=128_u8)
                .prop_map(|(address, length)| format!("[{}]", Ipv6Net::new(address, length).unwrap().trunc())),
        ]
    }

    proptest! {
        #[test]
        fn no_text_makes_the_readers_panic(text in "\\PC*") {
            let _ = (origin(&text), peer(&text), pattern(&text));
        }

        #[test]
        fn nearly_right_texts_do_not_either(text in "(https?://)?[\\[\\]a*.:/@0-9%xü-]{0,24}") {
            for (ok, at) in [
                (origin(&text).err(), &text), (peer(&text).err(), &text), (pattern(&text).err(), &text),
            ] {
                if let Some(mistake) = ok {
                    prop_assert!(at.get(mistake.at.clone()).is_some(), "{at}: {mistake:?}");
                }
            }
        }

        #[test]
        fn displaying_and_reading_lead_to_the_same(host in any_host(), from in 1..=u16::MAX, to in 1..=u16::MAX, tls: bool) {
            let ports = format!("{}-{}", from.min(to), from.max(to));
            let scheme = if tls { "https" } else { "http" };
            for text in [format!("{host}:{ports}"), format!("{host}:{from}"), format!("{host}:*")] {
                let shown = shown_peer(&text).unwrap();
                prop_assert_eq!(peer(&shown), peer(&text));
                prop_assert_eq!(&shown_peer(&shown).unwrap(), &shown);
                let origin_text = format!("{scheme}://{text}");
                let shown = shown_origin(&origin_text).unwrap();
                prop_assert_eq!(origin(&shown), origin(&origin_text));
            }
            let origin_text = format!("{scheme}://{host}");
            let shown = shown_origin(&origin_text).unwrap();
            prop_assert_eq!(origin(&shown), origin(&origin_text));
            if let Ok(read) = pattern(&host) {
                prop_assert_eq!(pattern(&read.to_string()), Ok(read));
            }
        }
    }
}
