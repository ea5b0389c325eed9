//! Sets of texts and addresses for the question `in`.

use std::{collections::HashSet, fmt, net::IpAddr, sync::Arc};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::{diagnostic::quote, filter::quoted};

/// Elements that [`fmt::Display`] shows of a set without a name.
const SHOWN: usize = 5;

/// Texts, addresses and address ranges.
///
/// An element that is an address or a range covers every spelling of the addresses in it; a value is taken for an
/// address when it is one, without an IPv6 zone and with an IPv4 address inside IPv6 taken out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Set {
    name: Option<Arc<str>>,
    texts: HashSet<Box<str>>,
    /// Whether the case of letters does not matter; the texts are in small letters then.
    ignore_case: bool,
    /// In order, none inside another.
    v4: Vec<Ipv4Net>,
    v6: Vec<Ipv6Net>,
    /// The first elements as they were written, and how many there are.
    shown: Vec<Box<str>>,
    length: usize,
}

/// One element, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Element {
    /// An address or a range; several for a range that was written with two ends.
    Addresses(Vec<IpNet>),
    /// Any other text.
    Text,
}

/// Why a text that looks like an address range is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ElementError {
    /// The address has bits that the prefix leaves out.
    #[error("{} has bits set behind its prefix", quote(written))]
    HostBits {
        /// As it was written.
        written: String,
        /// What it would be without them.
        range: IpNet,
    },
    /// The prefix is too long, or no number.
    #[error("{} is no address range", quote(.0))]
    Prefix(String),
    /// The end is before the beginning, or of another family.
    #[error("{} ends before it begins, or mixes IPv4 and IPv6", quote(.0))]
    Ends(String),
}

impl Element {
    /// Reads an element: an address, `address/prefix`, `address-address`, or a text.
    pub fn parse(text: &str) -> Result<Self, ElementError> {
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self::Addresses(vec![address.to_canonical().into()]));
        }
        if let Some((address, _)) = text.split_once('/')
            && address.parse::<IpAddr>().is_ok()
        {
            let range: IpNet = text.parse().map_err(|_| ElementError::Prefix(text.to_owned()))?;
            if range.trunc() != range {
                return Err(ElementError::HostBits { written: text.to_owned(), range: range.trunc() });
            }
            return Ok(Self::Addresses(vec![range]));
        }
        if let Some((first, last)) = text.split_once('-')
            && let (Ok(first), Ok(last)) = (first.trim().parse::<IpAddr>(), last.trim().parse::<IpAddr>())
        {
            let nets = match (first, last) {
                (IpAddr::V4(first), IpAddr::V4(last)) if first <= last => {
                    ipnet::Ipv4Subnets::new(first, last, 0).map(IpNet::from).collect()
                }
                (IpAddr::V6(first), IpAddr::V6(last)) if first <= last => {
                    ipnet::Ipv6Subnets::new(first, last, 0).map(IpNet::from).collect()
                }
                _ => return Err(ElementError::Ends(text.to_owned())),
            };
            return Ok(Self::Addresses(nets));
        }
        Ok(Self::Text)
    }
}

impl Set {
    /// A set of elements that have been read; `name` is that of the list they come from.
    pub fn new<'a>(
        name: Option<Arc<str>>,
        ignore_case: bool,
        elements: impl IntoIterator<Item = (&'a str, Element)>,
    ) -> Self {
        let mut set = Self { name, ignore_case, ..Self::default() };
        for (text, element) in elements {
            set.length += 1;
            if set.shown.len() < SHOWN {
                set.shown.push(text.into());
            }
            match element {
                Element::Text if ignore_case => drop(set.texts.insert(text.to_lowercase().into())),
                Element::Text => drop(set.texts.insert(text.into())),
                Element::Addresses(ranges) => {
                    for range in ranges {
                        match range {
                            IpNet::V4(range) => set.v4.push(range),
                            IpNet::V6(range) => set.v6.push(range),
                        }
                    }
                }
            }
        }
        set.v4 = Ipv4Net::aggregate(&set.v4);
        set.v6 = Ipv6Net::aggregate(&set.v6);
        set.v4.sort_unstable();
        set.v6.sort_unstable();
        set
    }

    /// The same set with the case of letters ignored.
    #[must_use]
    pub fn ignoring_case(&self) -> Self {
        let texts = self.texts.iter().map(|text| text.to_lowercase().into()).collect();
        Self { texts, ignore_case: true, ..self.clone() }
    }

    /// Whether a value of this text is in the set.
    pub fn contains(&self, text: &str) -> bool {
        let named =
            if self.ignore_case { self.texts.contains(&*text.to_lowercase()) } else { self.texts.contains(text) };
        named || (self.has_addresses() && address(text).is_some_and(|address| self.covers(address)))
    }

    /// Whether some text that is this one but for the case of its letters is in the set; `folded` is in small letters.
    pub fn contains_folded(&self, folded: &str) -> bool {
        self.contains(folded) || self.texts.iter().any(|text| text.to_lowercase() == folded)
    }

    /// Whether no text is in both sets. Takes time with the number of texts in both.
    pub fn is_disjoint(&self, other: &Self) -> bool {
        let v4 = self.v4.iter().any(|one| other.v4.iter().any(|two| one.contains(two) || two.contains(one)));
        let v6 = self.v6.iter().any(|one| other.v6.iter().any(|two| one.contains(two) || two.contains(one)));
        // A set that ignores case has its texts in small letters, which the other may have in others.
        let texts = |one: &Self, two: &Self| {
            let both = |text: &str| if one.ignore_case { two.contains_folded(text) } else { two.contains(text) };
            one.texts.iter().any(|text| both(text))
        };
        !(v4 || v6 || texts(self, other) || texts(other, self))
    }

    /// How many elements it was made of.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The name of the list it is.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Whether some elements are addresses.
    pub fn has_addresses(&self) -> bool {
        !self.v4.is_empty() || !self.v6.is_empty()
    }

    /// All texts when it consists of nothing else and their case matters: then a value is in it exactly when it is one of these.
    pub fn exact_texts(&self) -> Option<impl ExactSizeIterator<Item = &str>> {
        (!self.ignore_case && !self.has_addresses()).then(|| self.texts.iter().map(|text| &**text))
    }

    fn covers(&self, address: IpAddr) -> bool {
        // The last range that begins at or before the address is the only one that can hold it.
        match address {
            IpAddr::V4(address) => {
                let end = self.v4.partition_point(|range| range.network() <= address);
                end.checked_sub(1).and_then(|last| self.v4.get(last)).is_some_and(|range| range.contains(&address))
            }
            IpAddr::V6(address) => {
                let end = self.v6.partition_point(|range| range.network() <= address);
                end.checked_sub(1).and_then(|last| self.v6.get(last)).is_some_and(|range| range.contains(&address))
            }
        }
    }
}

/// The address a value is, if it is one.
fn address(text: &str) -> Option<IpAddr> {
    // Values are longer than any address far more often than they are addresses.
    if text.len() > 64 || !text.starts_with(|first: char| first.is_ascii_hexdigit() || first == ':') {
        return None;
    }
    let (address, _zone) = text.split_once('%').unwrap_or((text, ""));
    address.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => f.write_str(name)?,
            None => {
                let shown: Vec<_> = self.shown.iter().map(|text| quoted(text)).collect();
                write!(f, "[{}", shown.join(", "))?;
                match self.length - self.shown.len() {
                    0 => f.write_str("]")?,
                    more => write!(f, " and {more} more]")?,
                }
            }
        }
        f.write_str(if self.ignore_case { " (any case)" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn set(elements: &[&str]) -> Set {
        Set::new(None, false, elements.iter().map(|text| (*text, Element::parse(text).unwrap())))
    }

    #[test]
    fn addresses_are_found_in_any_spelling() {
        let set = set(&["192.0.2.0/24", "2001:db8::/32", "198.51.100.7", "203.0.113.3-203.0.113.9", "root"]);
        for inside in [
            "192.0.2.0",
            "192.0.2.255",
            "::ffff:192.0.2.7",
            "2001:DB8::1",
            "2001:0db8:0:0::1%eth0",
            "198.51.100.7",
            "203.0.113.3",
            "203.0.113.9",
            "root",
        ] {
            assert!(set.contains(inside), "{inside}");
        }
        for outside in [
            "192.0.3.0",
            "2001:db9::1",
            "198.51.100.8",
            "203.0.113.2",
            "203.0.113.10",
            "Root",
            "",
            "192.0.2.0/24",
            "192.0.2.07",
        ] {
            assert!(!set.contains(outside), "{outside}");
        }
    }

    #[test]
    fn ranges_that_are_none_are_told() {
        for (text, expected) in [
            ("192.0.2.1/24", "bits set"),
            ("192.0.2.0/33", "no address range"),
            ("192.0.2.0/", "no address range"),
            ("192.0.2.7/24\u{b}::/40", "`192.0.2.7/24\\x0b::/40` is no address range"),
            ("192.0.2.9-192.0.2.1", "ends before"),
            ("192.0.2.9-2001:db8::1", "ends before"),
        ] {
            let error = Element::parse(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
        assert_eq!(Element::parse("web-server").unwrap(), Element::Text);
    }

    proptest! {
        #[test]
        fn lookup_is_the_same_as_asking_every_range(
            ranges in prop::collection::vec((any::<u32>(), 0_u8..=32), 0..20), asked in any::<u32>(), near in any::<bool>(), pick in any::<prop::sample::Index>()
        ) {
            let ranges: Vec<_> = ranges.into_iter().map(|(bits, prefix)| Ipv4Net::new(bits.into(), prefix).unwrap().trunc()).collect();
            let asked = match ranges.get(pick.index(ranges.len().max(1))) {
                Some(range) if near => u32::from(range.network()) | (asked & 0xff),
                _ => asked,
            };
            let address = std::net::Ipv4Addr::from(asked);
            let set = Set::new(None, false, ranges.iter().map(|range| ("", Element::Addresses(vec![(*range).into()]))));
            prop_assert_eq!(set.contains(&address.to_string()), ranges.iter().any(|range| range.contains(&address)));
        }
    }
}
