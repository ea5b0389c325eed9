//! What of the network a component may use, decided from the grant alone: no question here looks anything up.
//!
//! - An address that is granted as an address or a range may be connected to at its ports, whatever it is.
//! - An address that a granted name led to *in this job* may be connected to at that name's ports if it is public, or
//!   whatever it is where `allow_private` says so. Where the name leads the next time does not matter.
//! - Nothing else may be connected to, and no other name may be looked up.
//!
//! Each refusal is a sentence: what was asked for, why it is refused, and what in the grant would allow it.

use std::net::{IpAddr, SocketAddr};

use super::address::{Host, Name, plain, special};
use crate::{
    config::{self, HostPattern, Origin, Peer},
    text::shorten,
};

/// Characters of a host in a sentence, so that there is room for the rest of it.
const LONGEST_HOST: usize = 72;

/// The network's part of a grant.
#[derive(Debug, Clone)]
pub(super) struct Policy {
    http: Vec<Origin>,
    tcp: Vec<Peer>,
    dns: Vec<HostPattern>,
    allow_private: bool,
}

/// Where a request goes, or a connection by a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) tls: bool,
    pub(super) host: Host,
    pub(super) port: u16,
}

impl Policy {
    pub(super) fn new(grant: &config::Grant) -> Self {
        Self {
            http: grant.http.clone(),
            tcp: grant.tcp.clone(),
            dns: grant.dns.clone(),
            allow_private: grant.allow_private,
        }
    }

    pub(super) fn grants_http(&self) -> bool {
        !self.http.is_empty()
    }

    pub(super) fn grants_tcp(&self) -> bool {
        !self.tcp.is_empty()
    }

    pub(super) fn grants_dns(&self) -> bool {
        !self.dns.is_empty()
    }

    /// Whether the component may look a name up.
    pub(super) fn may_resolve(&self, name: &Name) -> Result<(), String> {
        if self.names(name) {
            return Ok(());
        }
        let name = shorten(name.as_str(), LONGEST_HOST);
        Err(format!("looking up {name}: the name is not granted (dns: ['{name}'] would)"))
    }

    /// Which of the addresses of a name the component is told.
    pub(super) fn answers(&self, name: &Name, addresses: &[IpAddr]) -> Result<Vec<IpAddr>, String> {
        let granted = |address: IpAddr| self.tcp.iter().any(|peer| has_address(peer, address));
        let told: Vec<_> = addresses
            .iter()
            .map(|&address| plain(address))
            .filter(|&address| self.allow_private || special(address).is_none() || granted(address))
            .collect();
        match addresses.first() {
            Some(&address) if told.is_empty() => Err(Self::private(
                &format!("looking up {}", shorten(name.as_str(), LONGEST_HOST)),
                address,
                &format!("tcp: ['{}:PORT']", Host::Address(plain(address))),
            )),
            _ => Ok(told),
        }
    }

    /// Whether the component may connect to an address, to which these names have led in this job.
    pub(super) fn may_connect(&self, to: SocketAddr, names: &[Name]) -> Result<(), String> {
        let (address, port) = (plain(to.ip()), to.port());
        let asked = |name: &Name| {
            format!("connecting to {}:{port} ({})", Host::Address(address), shorten(name.as_str(), LONGEST_HOST))
        };
        let as_address = format!("tcp: ['{}:{port}']", Host::Address(address));
        let shown = format!("connecting to {}:{port}", Host::Address(address));
        if port == 0 {
            return Err(format!("{shown}: there is no port 0"));
        }
        if self.tcp.iter().any(|peer| has_address(peer, address) && peer.ports.contains(&port)) {
            return Ok(());
        }
        let by_name = |name: &&Name| self.tcp.iter().any(|peer| has_name(peer, name) && peer.ports.contains(&port));
        match (names.iter().find(by_name), names.first()) {
            (Some(_), _) if self.allow_private || special(address).is_none() => Ok(()),
            (Some(name), _) => Err(Self::private(&asked(name), address, &as_address)),
            (None, Some(name)) => {
                let name = shorten(name.as_str(), LONGEST_HOST);
                Err(format!("{shown} ({name}): the port is not granted (tcp: ['{name}:{port}'] would)"))
            }
            (None, None) => Err(format!("{shown}: the address is not granted ({as_address} would)")),
        }
    }

    /// Whether TLS may be spoken to a server of this name or address.
    pub(super) fn may_speak_tls(&self, host: &Host) -> Result<(), String> {
        let granted = match host {
            Host::Name(name) => self.names(name),
            Host::Address(address) => self.tcp.iter().any(|peer| has_address(peer, *address)),
        };
        if granted {
            return Ok(());
        }
        let host = shorten(&host.to_string(), LONGEST_HOST);
        Err(format!("TLS with {host}: the server is not granted (tcp: ['{host}:PORT'] would)"))
    }

    /// Whether a request may be sent there at all. Where its host is a name, what that leads to is asked for afterwards
    /// ([`Self::destinations`]).
    pub(super) fn may_request(&self, target: &Target) -> Result<(), String> {
        let granted = |origin: &&Origin| {
            let peer = &origin.peer;
            let host = match &target.host {
                Host::Name(name) => has_name(peer, name),
                Host::Address(address) => has_address(peer, *address),
            };
            host && origin.tls == target.tls && peer.ports.contains(&target.port)
        };
        if target.port != 0 && self.http.iter().any(|origin| granted(&origin)) {
            return Ok(());
        }
        let origin = target.origin();
        Err(format!("requesting {origin}: it is not granted (http: ['{origin}'] would)"))
    }

    /// Which of the addresses its host's name led to a request may be sent to.
    pub(super) fn destinations(&self, target: &Target, addresses: &[IpAddr]) -> Result<Vec<IpAddr>, String> {
        let granted = |address: IpAddr| {
            let same = |origin: &&Origin| origin.tls == target.tls && origin.peer.ports.contains(&target.port);
            self.http.iter().filter(same).any(|origin| has_address(&origin.peer, address))
        };
        let allowed: Vec<_> = addresses
            .iter()
            .map(|&address| plain(address))
            .filter(|&address| self.allow_private || special(address).is_none() || granted(address))
            .collect();
        match addresses.first() {
            Some(&address) if allowed.is_empty() => {
                let at = Target { host: Host::Address(plain(address)), ..target.clone() };
                Err(Self::private(
                    &format!("requesting {}", target.origin()),
                    address,
                    &format!("http: ['{}']", at.origin()),
                ))
            }
            _ => Ok(allowed),
        }
    }

    /// Whether a name is among those that may be looked up.
    fn names(&self, name: &Name) -> bool {
        self.dns.iter().any(|pattern| pattern.matches(name.as_str()))
            || self.tcp.iter().any(|peer| has_name(peer, name))
    }

    /// The refusal of a special address that a name led to.
    fn private(asked: &str, address: IpAddr, line: &str) -> String {
        let kind = special(address).unwrap_or("a special address");
        let address = Host::Address(plain(address));
        format!(
            "{asked}: {address} is {kind}, and names lead to public ones only ({line} or allow_private: true would)"
        )
    }
}

impl Target {
    /// Scheme, host and port for a person to read.
    pub(super) fn origin(&self) -> String {
        shorten(&self.url(), LONGEST_HOST)
    }

    /// `scheme://host`, with the port where it is not the scheme's own.
    pub(super) fn url(&self) -> String {
        format!("{}://{}", if self.tls { "https" } else { "http" }, self.authority())
    }

    /// Host, with the port where it is not the scheme's own.
    pub(super) fn authority(&self) -> String {
        match (self.tls, self.port) {
            (true, 443) | (false, 80) => self.host.to_string(),
            (_, port) => format!("{}:{port}", self.host),
        }
    }

    /// What the server's certificate has to be for.
    pub(super) fn server(&self) -> String {
        match &self.host {
            Host::Name(name) => name.as_str().to_owned(),
            Host::Address(address) => address.to_string(),
        }
    }
}

fn has_name(peer: &Peer, name: &Name) -> bool {
    matches!(&peer.host, config::Host::Name(pattern) if pattern.matches(name.as_str()))
}

/// Whether a peer is granted by an address or range that this address is in. A range that was written with mapped addresses
/// means the IPv4 addresses.
fn has_address(peer: &Peer, address: IpAddr) -> bool {
    let config::Host::Range(range) = &peer.host else { return false };
    let address = plain(address);
    if range.contains(&address) {
        return true;
    }
    match (range, address) {
        (ipnet::IpNet::V6(range), IpAddr::V4(address)) if range.prefix_len() >= 96 => {
            range.contains(&address.to_ipv6_mapped())
        }
        _ => false,
    }
}
