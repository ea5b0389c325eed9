//! The types a text out of an alert or out of a component must have before it becomes part of a command.

use std::{fmt, net::IpAddr, sync::Arc};

use ipnet::IpNet;

use super::Expression;

/// The type of a parameter.
#[derive(Debug, Clone)]
pub enum ParameterType {
    /// An IPv4 or IPv6 address.
    Ip,
    /// An address range such as `192.0.2.0/24`; a single address is one too.
    Cidr,
    /// A port, 1 to 65535.
    Port,
    /// The name of a user: letters, digits, `_`, `.`, `-`, not beginning with `-`, at most 32 bytes, perhaps a `$` at the end.
    User,
    /// A host name (RFC 1123) or an address.
    Host,
    /// A decimal number that fits 64 bits.
    Integer,
    /// One of these words.
    Enum(Vec<Arc<str>>),
    /// What an expression matches as a whole.
    Regex {
        /// As the operator wrote it.
        written: Arc<str>,
        /// The same, anchored at both ends.
        whole: Expression,
    },
    /// Anything: nothing is checked but the guards of every argument.
    Text,
}

impl ParameterType {
    /// Checks a text against the type, and gives it the one spelling that is passed on: an address without leading zeros or an
    /// IPv4 address inside IPv6, a number without a `+`. The error says what was expected.
    pub fn check(&self, text: &str) -> Result<String, String> {
        let wrong = || Err(format!("expected {}", self.expected()));
        match self {
            Self::Ip => match text.parse::<IpAddr>() {
                Ok(address) => Ok(address.to_canonical().to_string()),
                Err(_) => wrong(),
            },
            Self::Cidr => match text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)) {
                Ok(range) => Ok(range.trunc().to_string()),
                Err(_) => wrong(),
            },
            Self::Port => match text.parse::<u16>() {
                Ok(port) if port > 0 => Ok(port.to_string()),
                _ => wrong(),
            },
            Self::Integer => text.parse::<i64>().map_or_else(|_| wrong(), |number| Ok(number.to_string())),
            Self::User if is_user(text) => Ok(text.to_owned()),
            Self::Host => match text.parse::<IpAddr>() {
                Ok(address) => Ok(address.to_canonical().to_string()),
                Err(_) if is_host(text) => Ok(text.to_ascii_lowercase()),
                Err(_) => wrong(),
            },
            Self::Enum(words) if words.iter().any(|word| **word == *text) => Ok(text.to_owned()),
            Self::Regex { whole, .. } if whole.is_match(text) => Ok(text.to_owned()),
            Self::Text => Ok(text.to_owned()),
            Self::User | Self::Enum(_) | Self::Regex { .. } => wrong(),
        }
    }

    /// What a text of this type is, for messages: "an IP address".
    pub fn expected(&self) -> String {
        match self {
            Self::Ip => "an IP address".to_owned(),
            Self::Cidr => "an address range such as 192.0.2.0/24".to_owned(),
            Self::Port => "a port from 1 to 65535".to_owned(),
            Self::User => "the name of a user: letters, digits, `_`, `.` and `-`".to_owned(),
            Self::Host => "a host name or an address".to_owned(),
            Self::Integer => "an integer".to_owned(),
            Self::Enum(words) => format!("one of {}", words.join(", ")),
            Self::Regex { written, .. } => format!("a text that the whole of `{written}` matches"),
            Self::Text => "a text".to_owned(),
        }
    }
}

impl fmt::Display for ParameterType {
    /// As it is written in the configuration.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip => f.write_str("ip"),
            Self::Cidr => f.write_str("cidr"),
            Self::Port => f.write_str("port"),
            Self::User => f.write_str("user"),
            Self::Host => f.write_str("host"),
            Self::Integer => f.write_str("integer"),
            Self::Enum(words) => write!(f, "enum [{}]", words.join(", ")),
            Self::Regex { written, .. } => write!(f, "regex '{written}'"),
            Self::Text => f.write_str("text"),
        }
    }
}

/// What useradd(8) of Debian accepts, and a `$` at the end for machines' accounts.
fn is_user(text: &str) -> bool {
    let name = text.strip_suffix('$').unwrap_or(text);
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    !name.is_empty()
        && text.len() <= 32
        && name.bytes().all(letter)
        && !name.starts_with('-')
        // What only looks like a user is a number or a way up to programs that take either.
        && !name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// A host name (RFC 1123, section 2.1): labels of letters, digits and `-`; `_` as in the wild.
fn is_host(text: &str) -> bool {
    let name = text.strip_suffix('.').unwrap_or(text);
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // A name whose last label is a number is an address that was misspelt, such as 192.0.2.256 or 127.1.
    let numeric = name.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    name.len() <= 253 && name.split('.').all(label) && !numeric
}
