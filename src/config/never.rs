//! What no job may ever act on, as the operator wrote it.

use std::sync::Arc;

use ipnet::IpNet;

/// `never:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Never {
    /// Addresses and ranges of addresses.
    pub addresses: Vec<IpNet>,
    /// Users, in small letters.
    pub users: Vec<Arc<str>>,
    /// Host names, in small letters and without a dot at the end.
    pub hosts: Vec<Arc<str>>,
    /// Services, in small letters.
    pub services: Vec<Arc<str>>,
    /// This host, its managers, its daemon's own user and root.
    pub own: bool,
}

impl Default for Never {
    /// Nobody shoots at himself by leaving something out.
    fn default() -> Self {
        Self { addresses: Vec::new(), users: Vec::new(), hosts: Vec::new(), services: Vec::new(), own: true }
    }
}

impl Never {
    /// Adds what another file says; that we ourselves are safe, all of them must deny.
    pub(super) fn extend(&mut self, other: Self) {
        self.addresses.extend(other.addresses);
        self.users.extend(other.users);
        self.hosts.extend(other.hosts);
        self.services.extend(other.services);
        self.own |= other.own;
    }
}
