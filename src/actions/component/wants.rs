//! What a component wants beside what every component has, compared with what the operator grants it.
//!
//! A component wants what it imports. Each interface belongs to one kind of grant, a [`Capability`], or to none: then no line of
//! configuration can give it.

use std::fmt;

use serde::Serialize;

use crate::{
    config::{Grant, Location},
    text::Escaped,
};

/// A kind of grant that links interfaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// `directories:`
    Directories,
    /// `http:`
    Http,
    /// `tcp:`, which comes with TLS and with names.
    Tcp,
    /// `dns:`
    Dns,
    /// `secrets:`
    Secrets,
    /// `commands:`
    Commands,
    /// `state:`
    State,
}

/// One capability of a component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Want {
    /// Which.
    pub capability: Capability,
    /// The interfaces by which the component wants it; none when it does not want it.
    pub imports: Vec<String>,
    /// Whether the operator grants something of it.
    pub granted: bool,
    /// Where.
    #[serde(skip)]
    pub at: Option<Location>,
}

/// What a component wants and what it is granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// Each capability that is wanted or granted.
    pub wants: Vec<Want>,
    /// Interfaces that nothing can grant.
    pub ungrantable: Vec<String>,
}

impl Capability {
    const ALL: [Self; 7] =
        [Self::Directories, Self::Http, Self::Tcp, Self::Dns, Self::Secrets, Self::Commands, Self::State];

    /// The key under `grant:`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Directories => "directories",
            Self::Http => "http",
            Self::Tcp => "tcp",
            Self::Dns => "dns",
            Self::Secrets => "secrets",
            Self::Commands => "commands",
            Self::State => "state",
        }
    }

    /// The line of configuration that would give it.
    pub fn line(self) -> &'static str {
        match self {
            Self::Directories => "grant: { directories: { /data: /path/on/this/host } }",
            Self::Http => "grant: { http: ['https://host'] }",
            Self::Tcp => "grant: { tcp: ['host:port'] }",
            Self::Dns => "grant: { dns: [name] }",
            Self::Secrets => "grant: { secrets: { name: { file: /path } } }",
            Self::Commands => "grant: { commands: { name: { command: [/path/to/program] } } }",
            Self::State => "grant: { state: { keys: 1000, size: 1MiB } }",
        }
    }

    /// The capability that an interface (without its version) belongs to.
    fn of(interface: &str) -> Option<Self> {
        Some(match interface {
            "wasi:filesystem/types" | "wasi:filesystem/preopens" => Self::Directories,
            "wasi:http/types" | "wasi:http/outgoing-handler" => Self::Http,
            // Where TCP is granted UDP is linked, and answers that it is not permitted: some runtimes import both.
            "wasi:sockets/tcp"
            | "wasi:sockets/tcp-create-socket"
            | "wasi:sockets/udp"
            | "wasi:sockets/udp-create-socket" => Self::Tcp,
            "wasi:sockets/network" | "wasi:sockets/instance-network" | "wasi:sockets/ip-name-lookup" => Self::Dns,
            "prelude:trigger/secrets" => Self::Secrets,
            "prelude:trigger/commands" => Self::Commands,
            "prelude:trigger/state" => Self::State,
            other if other.starts_with("wasi:tls/") => Self::Tcp,
            _ => return None,
        })
    }

    /// Whether something of it is granted, and where.
    fn granted(self, grant: &Grant) -> (bool, Option<&Location>) {
        let first = match self {
            Self::Directories => grant.directories.first().map(|one| &one.at),
            Self::Http => grant.http.first().map(|one| &one.peer.at),
            Self::Tcp => grant.tcp.first().map(|one| &one.at),
            Self::Dns => return (!grant.dns.is_empty(), grant.at.as_ref()),
            Self::Secrets => grant.secrets.values().next().map(|one| &one.at),
            Self::Commands => grant.commands.values().next().map(|one| &one.at),
            Self::State => grant.state.as_ref().map(|state| &state.at),
        };
        (first.is_some(), first)
    }
}

impl Want {
    /// Whether it is wanted and not granted.
    pub fn is_missing(&self) -> bool {
        !self.imports.is_empty() && !self.granted
    }

    /// Whether it is granted and not wanted.
    pub fn is_unused(&self) -> bool {
        self.imports.is_empty() && self.granted
    }
}

impl Comparison {
    /// Compares `wants`, the interfaces and functions that a component wants beside what every component has, with a grant.
    pub fn new(wants: &[String], grant: &Grant) -> Self {
        let mut list = Vec::new();
        for capability in Capability::ALL {
            let (granted, at) = capability.granted(grant);
            let imports = by_capability(wants, Some(capability));
            // Who may connect may look up names.
            let granted = granted || (capability == Capability::Dns && !imports.is_empty() && !grant.tcp.is_empty());
            if granted || !imports.is_empty() {
                list.push(Want { capability, imports, granted, at: at.cloned() });
            }
        }
        Self { wants: list, ungrantable: by_capability(wants, None) }
    }

    /// The capabilities that are granted and not wanted.
    pub fn unused(&self) -> impl Iterator<Item = &Want> {
        self.wants.iter().filter(|want| want.is_unused())
    }
}

/// The interfaces of a capability, or of none, each once and without its functions.
fn by_capability(imports: &[String], capability: Option<Capability>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for import in imports {
        let shown = import.split(" (").next().unwrap_or(import);
        let interface = shown.split('@').next().unwrap_or(shown);
        // Drafts and other series are not what is granted, but for TLS, which has no other.
        let series = shown == interface || interface.starts_with("wasi:tls/");
        let belongs = Capability::of(interface).filter(|_| series);
        if belongs == capability && !found.iter().any(|known| known == shown) {
            found.push(shown.to_owned());
        }
    }
    found
}

/// What is missing, and what would give it.
pub(super) struct Missing<'a>(pub(super) &'a [String]);

impl fmt::Display for Missing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Names that are shown of one kind.
        const MOST: usize = 20;
        let list = |names: &[String]| {
            let shown: Vec<_> = names.iter().take(MOST).map(|name| Escaped(name).to_string()).collect();
            let more = names.len().saturating_sub(MOST);
            shown.join(", ") + &if more > 0 { format!(" and {more} more") } else { String::new() }
        };
        let mut separator = "";
        let all = Capability::ALL.map(|capability| (Some(capability), by_capability(self.0, Some(capability))));
        let has_tcp = all.iter().any(|(kind, names)| *kind == Some(Capability::Tcp) && !names.is_empty());
        for (capability, names) in &all {
            let Some(capability) = capability.filter(|_| !names.is_empty()) else { continue };
            // One line of configuration grants both.
            let line =
                if capability == Capability::Dns && has_tcp { Capability::Tcp.line() } else { capability.line() };
            write!(f, "{separator}{} (`{line}` would grant it)", list(names))?;
            separator = "; ";
        }
        let never = by_capability(self.0, None);
        if !never.is_empty() {
            write!(f, "{separator}{} (cannot be granted)", list(&never))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::Path;

    use super::*;
    use crate::config::{Host, HostPattern, Peer};

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn what_is_missing_comes_with_the_line_that_gives_it() {
        let missing = names(&[
            "wasi:sockets/tcp",
            "wasi:sockets/ip-name-lookup",
            "wasi:filesystem/types ([method]descriptor.open-at)",
            "wasi:filesystem/types ([method]descriptor.stat-at)",
            "prelude:trigger/state",
            "wasi:http/incoming-handler",
            "wasi:http/types@0.3.0",
        ]);
        assert_eq!(
            Missing(&missing).to_string(),
            "wasi:filesystem/types (`grant: { directories: { /data: /path/on/this/host } }` would grant it); \
             wasi:sockets/tcp (`grant: { tcp: ['host:port'] }` would grant it); \
             wasi:sockets/ip-name-lookup (`grant: { tcp: ['host:port'] }` would grant it); \
             prelude:trigger/state (`grant: { state: { keys: 1000, size: 1MiB } }` would grant it); \
             wasi:http/incoming-handler, wasi:http/types@0.3.0 (cannot be granted)"
        );
    }

    #[test]
    fn wanted_and_granted_are_compared() {
        let at = Location { file: Path::new("x").into(), line: 3, column: 1 };
        let peer = Peer { host: Host::Name(HostPattern::Any), ports: 25..=25, at };
        let grant = Grant { tcp: vec![peer], dns: vec![HostPattern::Any], ..Grant::default() };
        let wants = names(&["wasi:sockets/ip-name-lookup", "prelude:trigger/secrets", "wasi:nn/tensor"]);
        let comparison = Comparison::new(&wants, &grant);
        let told: Vec<_> = comparison
            .wants
            .iter()
            .map(|want| (want.capability.key(), want.granted, want.is_missing(), want.is_unused()))
            .collect();
        assert_eq!(told, [("tcp", true, false, true), ("dns", true, false, false), ("secrets", false, true, false)]);
        assert_eq!(comparison.unused().next().unwrap().at.as_ref().unwrap().line, 3);
        assert_eq!(comparison.ungrantable, ["wasi:nn/tensor"]);
    }
}
