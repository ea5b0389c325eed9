//! What jobs act on.

use std::{fmt, net::IpAddr};

use ipnet::IpNet;

/// What an action acts on; the never-list has names of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TargetKind {
    /// An address or a range of addresses.
    Address,
    /// A user.
    User,
    /// A host by its name, or by its address.
    Host,
    /// A service, or whatever else has a name.
    Service,
}

/// What a job acts on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// An address, as a range of one, or a range.
    Address(IpNet),
    /// A user.
    User(String),
    /// A host by its name.
    Host(String),
    /// A service, or whatever else has a name.
    Service(String),
}

impl Target {
    /// The target that a parameter's text names.
    pub fn of(kind: TargetKind, text: &str) -> Option<Self> {
        let address = || text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).ok();
        Some(match kind {
            TargetKind::Address => Self::Address(address()?),
            TargetKind::User => Self::User(text.to_owned()),
            // The type `host` takes addresses too.
            TargetKind::Host => address().map_or_else(|| Self::Host(text.to_owned()), Self::Address),
            TargetKind::Service => Self::Service(text.to_owned()),
        })
    }

    /// What kind of thing it is, in a word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Address(_) => "address",
            Self::User(_) => "user",
            Self::Host(_) => "host",
            Self::Service(_) => "service",
        }
    }

    /// Its name alone.
    pub fn name(&self) -> String {
        match self {
            Self::Address(range) if range.prefix_len() == range.max_prefix_len() => range.addr().to_string(),
            Self::Address(range) => range.to_string(),
            Self::User(name) | Self::Host(name) | Self::Service(name) => name.clone(),
        }
    }
}

impl fmt::Display for Target {
    /// `kind:name`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind(), self.name())
    }
}
