//! What is this host's own, for the never-list: its addresses and name, its daemon's user, and its managers.

use std::net::IpAddr;

use nix::{
    ifaddrs::getifaddrs,
    unistd::{Uid, User},
};

use crate::{config::Daemon, rules::Own, source::address::Address};

/// Looks what there is now. What cannot be found is left out: nothing of it is worth not to start for.
///
/// Managers that are named are protected by their names; they are not looked up.
pub(super) fn find(daemon: &Daemon) -> Own {
    let mut own = Own::default();
    for interface in getifaddrs().into_iter().flatten() {
        let Some(address) = interface.address else { continue };
        let v4 = address.as_sockaddr_in().map(|address| IpAddr::V4(address.ip()));
        own.addresses.extend(v4.or_else(|| address.as_sockaddr_in6().map(|address| IpAddr::V6(address.ip()))));
    }
    own.hosts.push(rustix::system::uname().nodename().to_string_lossy().into_owned());
    own.users.extend(User::from_uid(Uid::effective()).ok().flatten().map(|user| user.name));
    for manager in daemon.prelude.server_addr.iter().filter_map(|text| text.parse().ok()) {
        let Address::Tcp { host, .. } = manager else { continue };
        match host.parse::<IpAddr>() {
            Ok(address) => own.addresses.push(address),
            Err(_) => own.hosts.push(host),
        }
    }
    own
}
