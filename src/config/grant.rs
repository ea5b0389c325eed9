//! What a component may have: `grant:` as plain data. Nothing here is looked up on the host; that is done when
//! the action is loaded.

mod command;
mod decode;
mod network;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt, ops::RangeInclusive, path::PathBuf, sync::Arc, time::Duration};

use ipnet::IpNet;

pub(super) use decode::{decode, paths};

use super::{Exec, Location, ParameterType};
use crate::idmef;

/// `grant:` of a component. The default grants nothing but the alert.
#[derive(Debug, Clone, Default)]
pub struct Grant {
    /// Where it stands; none when there is no `grant:`.
    pub at: Option<Location>,
    /// The parts of the alert it may read, each with everything below it; default: the whole alert.
    pub idmef: Option<Vec<idmef::Path>>,
    /// Its environment variables.
    pub environment: BTreeMap<String, String>,
    /// Directories it sees, in order.
    pub directories: Vec<Directory>,
    /// Where it may send HTTP requests.
    pub http: Vec<Origin>,
    /// Where it may open TCP connections; the names among them may be resolved too.
    pub tcp: Vec<Peer>,
    /// Names it may resolve besides those.
    pub dns: Vec<HostPattern>,
    /// Whether a name may lead to a private, local or otherwise special address. Addresses and ranges that are
    /// granted as such need no such permission.
    pub allow_private: bool,
    /// Secrets it may have revealed, by the name it knows them under.
    pub secrets: BTreeMap<Arc<str>, Secret>,
    /// Commands it may run, by name.
    pub commands: BTreeMap<Arc<str>, Command>,
    /// A store of its own, and how much it may keep there.
    pub state: Option<StateQuota>,
}

/// How much a component may keep in its store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateQuota {
    /// Keys, default 1,000.
    pub keys: u32,
    /// Bytes of all keys and values, default 1 MiB.
    pub size: usize,
    /// Where it is granted.
    pub at: Location,
}

/// A directory of the host that a component sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// Where it is on the host: an absolute path.
    pub host: PathBuf,
    /// Where the component sees it: an absolute path.
    pub guest: String,
    /// Whether it may change anything in it.
    pub writable: bool,
    /// Where it is granted.
    pub at: Location,
}

/// `scheme://host[:port]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// `https` rather than `http`.
    pub tls: bool,
    /// Host and port; the scheme's port when none was written.
    pub peer: Peer,
}

/// `host:port`, with `host` a name, an address or a range, and `port` a number or a range such as `6000-6010`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Who.
    pub host: Host,
    /// At which ports.
    pub ports: RangeInclusive<u16>,
    /// Where it is granted.
    pub at: Location,
}

/// A host by name or by address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// By name: what matters is the name that was asked for, not the address it has.
    Name(HostPattern),
    /// By address.
    Range(IpNet),
}

/// Which names; in lower case, without a dot at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostPattern {
    /// This one.
    Exact(String),
    /// Every name that ends in a dot and this: `*.example.com` is `Below("example.com")`.
    Below(String),
    /// `*`.
    Any,
}

/// Where a secret is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// The place.
    pub from: SecretSource,
    /// Where it is granted.
    pub at: Location,
}

/// The places a secret can come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// A file that others must not be able to read.
    File(PathBuf),
    /// A file of this name in `$CREDENTIALS_DIRECTORY` (systemd's `LoadCredential=`).
    Credential(String),
    /// A variable of the daemon's own environment.
    Environment(String),
}

/// A command a component may run.
#[derive(Debug, Clone)]
pub struct Command {
    /// As an `exec` action has it, with nothing on standard input. What would be a capture there is a parameter here, and there is no path.
    pub exec: Exec,
    /// The parameters, in order of declaration; each one that the arguments mention is declared.
    pub parameters: Vec<(Arc<str>, ParameterType)>,
    /// Wall-clock time it may take, default 10 s; never more than is left of the job's.
    pub timeout: Duration,
    /// Where it is granted.
    pub at: Location,
}

impl HostPattern {
    /// Whether a name is one of these; case and a dot at its end do not matter.
    pub fn matches(&self, name: &str) -> bool {
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        match self {
            Self::Exact(exact) => name == *exact,
            Self::Below(domain) => {
                name.strip_suffix(domain.as_str()).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
            }
            Self::Any => true,
        }
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(name) => f.write_str(name),
            Self::Below(domain) => write!(f, "*.{domain}"),
            Self::Any => f.write_str("*"),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(pattern) => pattern.fmt(f),
            Self::Range(range) if range.prefix_len() == range.max_prefix_len() => match range {
                IpNet::V4(range) => range.addr().fmt(f),
                IpNet::V6(range) => write!(f, "[{}]", range.addr()),
            },
            Self::Range(IpNet::V4(range)) => range.fmt(f),
            Self::Range(IpNet::V6(range)) => write!(f, "[{range}]"),
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (*self.ports.start(), *self.ports.end()) {
            (first, last) if first == last => write!(f, "{}:{first}", self.host),
            (0 | 1, u16::MAX) => write!(f, "{}:*", self.host),
            (first, last) => write!(f, "{}:{first}-{last}", self.host),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, default) = if self.tls { ("https", 443) } else { ("http", 80) };
        if self.peer.ports == (default..=default) {
            write!(f, "{scheme}://{}", self.peer.host)
        } else {
            write!(f, "{scheme}://{}", self.peer)
        }
    }
}
