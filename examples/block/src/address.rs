// SPDX-License-Identifier: MIT OR Apache-2.0

//! Which of the texts that an alert calls addresses may be blocked, and in which form.

use std::net::{IpAddr, Ipv4Addr};

use crate::config::Range;

/// Characters of a text that are repeated in a message.
const SHOWN: usize = 64;

/// The address that a text stands for, in the one form that everybody writes it, or why it is not blocked.
///
/// An IPv4 address that is written as IPv6 (`::ffff:192.0.2.1`) is blocked as the IPv4 address it is: packets from it
/// never match the other form, and neither do the ranges of `never`.
pub fn blockable(text: &str, never: &[Range]) -> Result<IpAddr, String> {
    let shown: String = text.chars().take(SHOWN).collect();
    let no = |why: &str| Err(format!("{shown:?} {why}"));
    if text.contains('%') {
        return no("has a zone: it means something on one link only");
    }
    let Ok(address) = text.parse::<IpAddr>() else {
        return no("is not an address");
    };
    let address = address.to_canonical();
    if address.is_unspecified() {
        return no("stands for every address");
    }
    if address.is_loopback() {
        return no("is this host");
    }
    if address.is_multicast() || address == Ipv4Addr::BROADCAST {
        return no("is a group of hosts");
    }
    let link_local = match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    };
    if link_local {
        return no("is of the local link, routers' addresses among them");
    }
    // 0.0.0.0/8 is "this network" (RFC 1122): nothing comes from there.
    if matches!(address, IpAddr::V4(address) if address.octets()[0] == 0) {
        return no("is no host's address");
    }
    if never.iter().any(|range| range.contains(address)) {
        return no("is in a range that is never blocked");
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn never(ranges: &[&str]) -> Vec<Range> {
        ranges.iter().map(|range| Range::try_from((*range).to_owned()).unwrap()).collect()
    }

    #[test]
    fn addresses_take_their_canonical_form() {
        let canonical = |text: &str| blockable(text, &[]).unwrap().to_string();
        assert_eq!(canonical("192.0.2.7"), "192.0.2.7");
        assert_eq!(canonical("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(canonical("::FFFF:c000:0207"), "192.0.2.7");
        assert_eq!(canonical("2001:0DB8:0:0::0007"), "2001:db8::7");
    }

    #[test]
    fn what_is_no_hosts_address_is_refused() {
        for text in [
            "",
            "-x",
            "gateway.example",
            "192.0.2.7/24",
            "192.0.2.07",
            "0x7f.1",
            "3221225991",
            " 192.0.2.7",
            "192.0.2.7 }",
            "192.0.2.7;rm",
            "[2001:db8::1]",
            "fe80::1%eth0",
            "2001:db8::1%0",
            "0.0.0.0",
            "::",
            "::ffff:0.0.0.0",
            "127.0.0.1",
            "::ffff:127.0.0.1",
            "::1",
            "224.0.0.1",
            "ff02::1",
            "255.255.255.255",
            "169.254.1.1",
            "fe80::1",
            "0.1.2.3",
        ] {
            assert!(blockable(text, &[]).is_err(), "{text} would be blocked");
        }
        let long = "1".repeat(1 << 20);
        assert!(blockable(&long, &[]).unwrap_err().len() < 200);
    }

    #[test]
    fn ranges_hold_at_their_edges_and_for_their_family_only() {
        let ranges = never(&["192.0.2.0/25", "2001:db8::/33", "198.51.100.7", "10.0.0.0/8"]);
        for kept in
            ["192.0.2.0", "192.0.2.127", "::ffff:192.0.2.5", "2001:db8:7fff::1", "198.51.100.7", "10.255.255.255"]
        {
            assert!(blockable(kept, &ranges).is_err(), "{kept} would be blocked");
        }
        for blocked in ["192.0.2.128", "2001:db8:8000::", "198.51.100.8", "11.0.0.0", "c000:200::1"] {
            assert!(blockable(blocked, &ranges).is_ok(), "{blocked} would be kept");
        }
        let all = never(&["0.0.0.0/0"]);
        assert!(blockable("8.8.8.8", &all).is_err());
        assert!(blockable("2001:db8::1", &all).is_ok());
    }

    #[test]
    fn ranges_that_say_something_else_are_refused() {
        for text in [
            "192.0.2.1/24",
            "192.0.2.0/33",
            "192.0.2.0/",
            "192.0.2.0/-1",
            "192.0.2.0/+8",
            "::ffff:192.0.2.1",
            "x",
            "::/129",
        ] {
            assert!(Range::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
