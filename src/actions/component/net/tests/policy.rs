//! What is allowed and what is not, for all addresses and not only for those one thinks of.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use ipnet::IpNet;
use proptest::prelude::*;

use super::super::{
    address::{Host, Name, plain, special},
    policy::{Policy, Target},
};
use crate::config::{self, Grant, HostPattern, Location, Origin, Peer};

fn at() -> Location {
    Location { file: std::path::Path::new("test").into(), line: 1, column: 1 }
}

fn pattern(text: &str) -> HostPattern {
    match text.strip_prefix("*.") {
        Some(domain) => HostPattern::Below(domain.to_owned()),
        None if text == "*" => HostPattern::Any,
        None => HostPattern::Exact(text.to_owned()),
    }
}

/// A peer: a range where the host is one, else a name.
fn peer(host: &str, ports: std::ops::RangeInclusive<u16>) -> Peer {
    let range = host.parse::<IpNet>().ok().or_else(|| host.parse::<IpAddr>().ok().map(IpNet::from));
    let host = range.map_or_else(|| config::Host::Name(pattern(host)), config::Host::Range);
    Peer { host, ports, at: at() }
}

fn tcp(peers: &[(&str, std::ops::RangeInclusive<u16>)]) -> Grant {
    Grant { tcp: peers.iter().map(|(host, ports)| peer(host, ports.clone())).collect(), ..Grant::default() }
}

fn http(origins: &[(bool, &str, u16)]) -> Grant {
    let origins = origins.iter().map(|&(tls, host, port)| Origin { tls, peer: peer(host, port..=port) });
    Grant { http: origins.collect(), ..Grant::default() }
}

fn name(text: &str) -> Name {
    match Host::parse(text) {
        Ok(Host::Name(name)) => name,
        other => panic!("{text}: {other:?}"),
    }
}

fn to(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn target(tls: bool, host: &str, port: u16) -> Target {
    Target { tls, host: Host::parse(host).unwrap(), port }
}

#[test]
fn special_addresses_are_known() {
    for address in [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.7",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::2",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:2::1",
        "2001:10::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "2002:c0a8:101::",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fe80::1:2",
        "fec0::1",
        "ff02::1",
        "4000::1",
        "1::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2", // Teredo whose client is 192.0.2.45
        "2600::5efe:10.0.0.1",
        "2600::200:5efe:127.0.0.1",
    ] {
        let parsed: IpAddr = address.parse().unwrap();
        assert!(special(parsed).is_some(), "{address} passes for a public address");
    }
    for address in [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2606:4700:4700::1111",
        "2a00:1450:4001::1",
        "2620:fe::fe",
        "::ffff:1.1.1.1",
        "64:ff9b::101:101",
        "2002:101:101::1",
        "2001:200::1",
    ] {
        let parsed: IpAddr = address.parse().unwrap();
        assert_eq!(special(parsed), None, "{address}");
    }
}

#[test]
fn only_the_one_usual_spelling_is_an_address() {
    for (text, address) in [
        ("192.0.2.1", "192.0.2.1"),
        ("[::1]", "::1"),
        ("::1", "::1"),
        ("[::ffff:127.0.0.1]", "::ffff:127.0.0.1"),
        ("[0:0:0:0:0:FFFF:7F00:1]", "::ffff:127.0.0.1"),
    ] {
        assert_eq!(Host::parse(text), Ok(Host::Address(address.parse().unwrap())), "{text}");
    }
    for text in [
        "",
        ".",
        "..",
        "a..b",
        ".a",
        "a b",
        "a\0b",
        "a\nb",
        "-a.example",
        "a-.example",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f.0.0.1",
        "0x7f000001",
        "0177.0.0.1",
        "127.0.0.01",
        "127.0.0.1.",
        "127.0.0.0x1",
        "1.2.3.4.5",
        "0x",
        "a.0x1",
        "a.1",
        "256.256.256.256",
        "[127.0.0.1]",
        "[::1",
        "::1]",
        "[fe80::1%1]",
        "fe80::1%eth0",
        "[v1.a]",
        "ex\u{e4}mple.com",
        "①②⑦.⓪.⓪.①",
        "127。0。0。1",
        "a/b",
        "a@b",
        "a:80",
        "a%2e",
    ] {
        assert!(Host::parse(text).is_err(), "{text:?} is {:?}", Host::parse(text));
    }
    assert_eq!(name("Mail.EXAMPLE.com."), name("mail.example.com"));
    assert!(Host::parse(&"a".repeat(64)).is_err() && Host::parse(&["a"; 128].join(".")).is_err());
    assert!(matches!(Host::parse(&["a"; 127].join(".")), Ok(Host::Name(_))));
}

#[test]
fn a_granted_range_is_allowed_whatever_it_is_at_its_ports_only() {
    let policy = Policy::new(&tcp(&[("127.0.0.1", 25..=25), ("10.0.0.0/8", 6000..=6010), ("fe80::/10", 1..=65535)]));
    for allowed in ["127.0.0.1:25", "[::ffff:127.0.0.1]:25", "10.255.0.1:6000", "10.0.0.0:6010", "[fe80::1]:9"] {
        assert_eq!(policy.may_connect(to(allowed), &[]), Ok(()), "{allowed}");
    }
    for refused in ["127.0.0.1:26", "127.0.0.2:25", "11.0.0.0:6000", "10.0.0.1:5999", "10.0.0.1:6011", "[fe80::1]:0"] {
        assert!(policy.may_connect(to(refused), &[]).is_err(), "{refused}");
    }
    assert_eq!(
        policy.may_connect(to("192.0.2.9:26"), &[]).unwrap_err(),
        "connecting to 192.0.2.9:26: the address is not granted (tcp: ['192.0.2.9:26'] would)"
    );
    let mapped = Policy::new(&tcp(&[("::ffff:10.0.0.0/104", 25..=25)]));
    assert_eq!(mapped.may_connect(to("10.1.2.3:25"), &[]), Ok(()));
    let everything = Policy::new(&tcp(&[("::/0", 25..=25)]));
    assert!(everything.may_connect(to("10.1.2.3:25"), &[]).is_err(), "all of IPv6 is nothing of IPv4");
}

#[test]
fn a_name_leads_to_public_addresses_at_its_ports() {
    let grant = tcp(&[("mail.example.com", 25..=25), ("*.example.org", 80..=81)]);
    let policy = Policy::new(&grant);
    let mail = [name("mail.example.com")];
    assert_eq!(policy.may_connect(to("9.9.9.9:25"), &mail), Ok(()));
    assert_eq!(policy.may_connect(to("9.9.9.9:80"), &[name("a.b.example.org")]), Ok(()));
    assert_eq!(
        policy.may_connect(to("9.9.9.9:26"), &mail).unwrap_err(),
        "connecting to 9.9.9.9:26 (mail.example.com): the port is not granted (tcp: ['mail.example.com:26'] would)"
    );
    assert_eq!(
        policy.may_connect(to("127.0.0.1:25"), &mail).unwrap_err(),
        "connecting to 127.0.0.1:25 (mail.example.com): 127.0.0.1 is a loopback address, and names lead to public ones only \
         (tcp: ['127.0.0.1:25'] or allow_private: true would)"
    );
    let private = Policy::new(&Grant { allow_private: true, ..grant });
    assert_eq!(private.may_connect(to("127.0.0.1:25"), &mail), Ok(()));
    assert!(private.may_connect(to("127.0.0.1:25"), &[]).is_err(), "no name led there");
}

#[test]
fn only_granted_names_are_looked_up_and_only_public_answers_are_told() {
    let grant =
        Grant { dns: vec![pattern("*.example.net")], ..tcp(&[("mail.example.com", 25..=25), ("10.0.0.0/8", 1..=1)]) };
    let policy = Policy::new(&grant);
    for allowed in ["mail.example.com", "MAIL.example.com.", "a.example.net", "a.b.example.net"] {
        assert_eq!(policy.may_resolve(&name(allowed)), Ok(()), "{allowed}");
    }
    for refused in ["example.com", "a.mail.example.com", "example.net", "xexample.net", "mail.example.com.evil.test"] {
        assert!(policy.may_resolve(&name(refused)).is_err(), "{refused}");
    }
    let addresses = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<IpAddr>>();
    let answers = |all: &[&str]| policy.answers(&name("mail.example.com"), &addresses(all));
    assert_eq!(answers(&["9.9.9.9", "127.0.0.1", "10.1.1.1"]), Ok(addresses(&["9.9.9.9", "10.1.1.1"])));
    assert_eq!(answers(&["::ffff:9.9.9.9"]), Ok(addresses(&["9.9.9.9"])));
    assert_eq!(
        answers(&["::ffff:169.254.169.254"]).unwrap_err(),
        "looking up mail.example.com: 169.254.169.254 is a link-local address, and names lead to public ones only \
         (tcp: ['169.254.169.254:PORT'] or allow_private: true would)"
    );
}

#[test]
fn a_request_needs_its_scheme_its_host_and_its_port() {
    let policy =
        Policy::new(&http(&[(true, "api.example.com", 443), (false, "*.corp.example", 8080), (false, "10.0.0.1", 80)]));
    for (tls, host, port) in [
        (true, "api.example.com", 443),
        (true, "API.example.com.", 443),
        (false, "a.corp.example", 8080),
        (false, "10.0.0.1", 80),
    ] {
        assert_eq!(policy.may_request(&target(tls, host, port)), Ok(()), "{host}");
    }
    for (tls, host, port) in [
        (false, "api.example.com", 443),
        (false, "api.example.com", 80),
        (true, "api.example.com", 8443),
        (true, "api.example.com", 0),
        (true, "api.example.com.evil.test", 443),
        (true, "evil-api.example.com", 443),
        (false, "corp.example", 8080),
        (false, "xcorp.example", 8080),
        (false, "127.0.0.1", 8080),
        (true, "[::1]", 443),
        (false, "10.0.0.2", 80),
    ] {
        assert!(policy.may_request(&target(tls, host, port)).is_err(), "{host}");
    }
    assert_eq!(policy.may_request(&target(false, "[::ffff:10.0.0.1]", 80)), Ok(()), "the same address");
    assert_eq!(
        policy.may_request(&target(false, "evil.test", 8080)).unwrap_err(),
        "requesting http://evil.test:8080: it is not granted (http: ['http://evil.test:8080'] would)"
    );
    let loopback: Vec<IpAddr> = vec!["::1".parse().unwrap()];
    assert_eq!(
        policy.destinations(&target(true, "api.example.com", 443), &loopback).unwrap_err(),
        "requesting https://api.example.com: [::1] is a loopback address, and names lead to public ones only \
         (http: ['https://[::1]'] or allow_private: true would)"
    );
    let granted: Vec<IpAddr> = vec!["10.0.0.1".parse().unwrap()];
    assert!(
        policy.destinations(&target(true, "api.example.com", 443), &granted).is_err(),
        "granted for another origin"
    );
    let any = Policy::new(&http(&[(false, "*", 80)]));
    assert!(any.may_request(&target(false, "1.1.1.1", 80)).is_err(), "every name is no address");
}

fn any_address() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<u32>().prop_map(|bits| IpAddr::from(Ipv4Addr::from(bits))),
        any::<u128>().prop_map(|bits| IpAddr::from(Ipv6Addr::from(bits))),
        any::<u32>().prop_map(|bits| IpAddr::from(Ipv4Addr::from(bits).to_ipv6_mapped())),
        any::<u32>().prop_map(|bits| IpAddr::from(Ipv6Addr::from(u128::from(bits)))),
        (0_u32..1 << 24).prop_map(|bits| IpAddr::from(Ipv4Addr::from(bits | 127 << 24))),
    ]
}

proptest! {
    #[test]
    fn what_is_not_granted_is_refused(address in any_address(), port: u16) {
        let policy = Policy::new(&tcp(&[("192.0.2.0/24", 25..=25), ("mail.example.com", 25..=25)]));
        let granted = port == 25 && matches!(plain(address), IpAddr::V4(v4) if v4.octets()[..3] == [192, 0, 2]);
        prop_assert_eq!(policy.may_connect(SocketAddr::new(address, port), &[]).is_ok(), granted);
    }

    #[test]
    fn no_name_leads_to_a_special_address(address in any_address(), port in 1..=u16::MAX) {
        let grant = Grant { http: http(&[(true, "*", 443)]).http, ..tcp(&[("*", 1..=65535)]) };
        let policy = Policy::new(&grant);
        let names = [name("a.example")];
        let public = special(address).is_none();
        prop_assert_eq!(policy.may_connect(SocketAddr::new(address, port), &names).is_ok(), public);
        prop_assert_eq!(policy.answers(&names[0], &[address]).is_ok(), public);
        prop_assert_eq!(policy.destinations(&target(true, "a.example", 443), &[address]).is_ok(), public);
    }

    #[test]
    fn an_address_in_another_is_as_special_as_it_is(bits: u32, server: u32) {
        let v4 = Ipv4Addr::from(bits);
        let is = special(v4.into()).is_some();
        let wide = u128::from(bits);
        prop_assert_eq!(special(v4.to_ipv6_mapped().into()).is_some(), is);
        prop_assert_eq!(special(Ipv6Addr::from(0x64_ff9b_u128 << 96 | wide).into()).is_some(), is, "NAT64");
        prop_assert_eq!(special(Ipv6Addr::from(0x2002_u128 << 112 | wide << 80).into()).is_some(), is, "6to4");
        let teredo = 0x2001_0000_u128 << 96 | u128::from(server) << 64 | u128::from(!bits);
        let server = special(Ipv4Addr::from(server).into()).is_some();
        prop_assert_eq!(special(Ipv6Addr::from(teredo).into()).is_some(), is || server, "Teredo");
        if bits > 1 {
            prop_assert_eq!(special(Ipv6Addr::from(wide).into()).is_some(), is, "compatible");
        }
    }

    #[test]
    fn port_0_is_never_allowed(address in any_address()) {
        let policy = Policy::new(&Grant { allow_private: true, ..tcp(&[("0.0.0.0/0", 0..=65535), ("::/0", 0..=65535)]) });
        prop_assert!(policy.may_connect(SocketAddr::new(address, 0), &[]).is_err());
    }

    #[test]
    fn no_spelling_of_a_number_is_a_name(parts in proptest::collection::vec((any::<u32>(), 0..3_u8), 1..6), dot: bool) {
        let parts: Vec<_> = parts.iter().map(|(number, base)| match base {
            0 => format!("{number}"),
            1 => format!("0{number:o}"),
            _ => format!("0x{number:x}"),
        }).collect();
        let text = format!("{}{}", parts.join("."), if dot { "." } else { "" });
        prop_assert!(!matches!(Host::parse(&text), Ok(Host::Name(_))), "{}", text);
    }

    #[test]
    fn whatever_is_written_parsing_it_ends(text in any::<String>()) {
        if let Ok(Host::Name(name)) = Host::parse(&text) {
            prop_assert!(name.as_str().bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte)));
        }
    }
}
