//! Addresses of managers.

use std::{
    fmt, io,
    net::{Ipv6Addr, SocketAddr, ToSocketAddrs as _},
    path::PathBuf,
    str::FromStr,
};

/// The port that prelude-manager listens on for sensors.
pub const PORT: u16 = 4690;

/// Where libprelude looks for a manager when an address says no more than `unix`.
const UNIX_SOCKET: &str = "/tmp/.prelude-unix";

/// The longest path of a Unix socket, in bytes (unix(7)).
const LONGEST_PATH: usize = 107;

/// Where a manager listens.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Address {
    /// A host name or IP address, and a port. A name is looked up at every attempt to connect.
    Tcp {
        /// Name or address, without brackets.
        host: String,
        /// Port, usually [`PORT`].
        port: u16,
    },
    /// A socket on this host: not encrypted, and less is lost when we die than over TCP.
    Unix(PathBuf),
}

/// Why a text is not a manager's address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not the address of a manager: {reason} (expected, for example, `192.0.2.1`, `manager.example.com:4690`, `[2001:db8::1]:4690` or `unix:/run/prelude-manager/socket`)"
)]
pub struct AddressError {
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl Address {
    /// Reads a list as it stands in `server-addr`: addresses with `&&` or `||` between them.
    ///
    /// libprelude makes a difference between the two for senders. A receiver that must not miss an alert listens to
    /// every manager, so here both mean the same.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, AddressError> {
        let mut list = Vec::new();
        for one in text.split("&&").flat_map(|part| part.split("||")) {
            let address = one.trim().parse()?;
            if !list.contains(&address) {
                list.push(address);
            }
        }
        Ok(list)
    }

    /// The host that `prelude-admin register` must be given, on which another port is used.
    pub fn host(&self) -> &str {
        match self {
            Self::Tcp { host, .. } => host,
            Self::Unix(_) => "127.0.0.1",
        }
    }

    /// All addresses behind this one, in libprelude's spelling. Asks the resolver, and may take its time.
    pub(super) fn resolve(&self) -> io::Result<Vec<String>> {
        match self {
            Self::Tcp { host, port } => {
                let mut found: Vec<SocketAddr> = Vec::new();
                for address in (host.as_str(), *port).to_socket_addrs()? {
                    if !found.contains(&address) {
                        found.push(address);
                    }
                }
                Ok(found.iter().map(ToString::to_string).collect())
            }
            Self::Unix(path) => Ok(vec![format!("unix:{}", path.display())]),
        }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let refuse = |reason| Err(AddressError { text: text.to_owned(), reason });
        if text.is_empty() {
            return refuse("it is empty");
        }
        if text.chars().any(|character| character.is_control() || character.is_whitespace()) {
            return refuse("it contains a space or a control character");
        }
        if text == "unix" {
            return Ok(Self::Unix(UNIX_SOCKET.into()));
        }
        if let Some(path) = text.strip_prefix("unix:") {
            return match path {
                "" => Ok(Self::Unix(UNIX_SOCKET.into())),
                path if path.len() > LONGEST_PATH => refuse("the path of a Unix socket has at most 107 bytes"),
                path if !path.starts_with('/') => refuse("the path of a Unix socket starts with `/`"),
                path => Ok(Self::Unix(path.into())),
            };
        }
        let (host, port) = if let Some(rest) = text.strip_prefix('[') {
            let Some((host, port)) = rest.split_once(']') else { return refuse("`]` is missing") };
            if host.split('%').next().is_none_or(|host| host.parse::<Ipv6Addr>().is_err()) {
                return refuse("what stands between the brackets is no IPv6 address");
            }
            match port.strip_prefix(':') {
                Some(port) => (host, Some(port)),
                None if port.is_empty() => (host, None),
                None => return refuse("after `]` comes `:` and a port, or nothing"),
            }
        } else if text.parse::<Ipv6Addr>().is_ok() {
            (text, None)
        } else {
            match text.split_once(':') {
                Some((_, port)) if port.contains(':') => return refuse("an IPv6 address with a port needs brackets"),
                Some((host, port)) => (host, Some(port)),
                None => (text, None),
            }
        };
        if host.is_empty() {
            return refuse("the host is missing");
        }
        if host.starts_with('-') || host.contains(['/', '&', '|', '@']) {
            return refuse("the host is neither a name nor an address");
        }
        let port = match port.map(str::parse) {
            None => PORT,
            Some(Ok(port)) if port != 0 => port,
            Some(_) => return refuse("the port is not a number from 1 to 65535"),
        };
        Ok(Self::Tcp { host: host.to_owned(), port })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn addresses_in_every_spelling() {
        for (text, shown) in [
            ("192.0.2.1", "192.0.2.1:4690"),
            ("192.0.2.1:1234", "192.0.2.1:1234"),
            ("manager.example.com", "manager.example.com:4690"),
            ("unixhost.example.com:1", "unixhost.example.com:1"),
            ("2001:db8::1", "[2001:db8::1]:4690"),
            ("[2001:db8::1]", "[2001:db8::1]:4690"),
            ("[2001:db8::1]:99", "[2001:db8::1]:99"),
            ("[fe80::1%2]:99", "[fe80::1%2]:99"),
            ("unix", "unix:/tmp/.prelude-unix"),
            ("unix:", "unix:/tmp/.prelude-unix"),
            ("unix:/run/a:b", "unix:/run/a:b"),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.to_string(), shown);
            assert_eq!(shown.parse::<Address>().unwrap(), address);
        }
    }

    #[test]
    fn what_is_wrong_is_told() {
        let long = format!("unix:/{}", "x".repeat(107));
        for (text, reason) in [
            ("", "it is empty"),
            ("a b", "it contains a space or a control character"),
            ("a\nb", "it contains a space or a control character"),
            (":4690", "the host is missing"),
            ("a:", "the port is not a number from 1 to 65535"),
            ("a:0", "the port is not a number from 1 to 65535"),
            ("a:65536", "the port is not a number from 1 to 65535"),
            ("a:b:1", "an IPv6 address with a port needs brackets"),
            ("[::1", "`]` is missing"),
            ("[x]:1", "what stands between the brackets is no IPv6 address"),
            ("[::1]x", "after `]` comes `:` and a port, or nothing"),
            ("unix:relative", "the path of a Unix socket starts with `/`"),
            ("-x", "the host is neither a name nor an address"),
            (&long, "the path of a Unix socket has at most 107 bytes"),
        ] {
            assert_eq!(text.parse::<Address>().unwrap_err().reason, reason, "{text:?}");
        }
        assert_eq!(
            "a:0".parse::<Address>().unwrap_err().to_string(),
            "\"a:0\" is not the address of a manager: the port is not a number from 1 to 65535 (expected, for example, \
             `192.0.2.1`, `manager.example.com:4690`, `[2001:db8::1]:4690` or `unix:/run/prelude-manager/socket`)"
        );
    }

    #[test]
    fn a_list_is_every_manager_once() {
        let list = Address::parse_list("192.0.2.1||192.0.2.2 && unix:/s || 192.0.2.1:4690").unwrap();
        let shown: Vec<_> = list.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["192.0.2.1:4690", "192.0.2.2:4690", "unix:/s"]);
        assert!(Address::parse_list("192.0.2.1 &&").is_err());
        assert!(Address::parse_list("192.0.2.1 192.0.2.2").is_err());
    }

    #[test]
    fn names_have_all_their_addresses() {
        let found = "localhost:7".parse::<Address>().unwrap().resolve().unwrap();
        assert!(found.iter().any(|address| address == "127.0.0.1:7" || address == "[::1]:7"), "{found:?}");
    }
}
