//! The types a text out of an alert or out of a component must have before it becomes part of a command.

use std::{fmt, net::IpAddr, sync::Arc};

use ipnet::{IpNet, Ipv4Net};

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
    /// A whole number from 0 to 2⁶³ - 1. (A number below 0 would begin with `-`; who needs one writes a `regex`.)
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
    /// IPv4 address inside IPv6, a number without a `+`, a name in small letters and without a dot at its end. The error says
    /// what was expected.
    ///
    /// What passes holds no NUL and, but for `text`, `regex` and `enum`, no space and no `-` at its beginning.
    pub fn check(&self, text: &str) -> Result<String, String> {
        let wrong = || Err(format!("expected {}", self.expected()));
        if text.contains('\0') {
            return Err(format!("expected {}, and no NUL in it", self.expected()));
        }
        match self {
            Self::Ip => match text.parse::<IpAddr>() {
                Ok(address) => Ok(address.to_canonical().to_string()),
                Err(_) => wrong(),
            },
            Self::Cidr => match text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)) {
                Ok(range) => Ok(unmapped(range.trunc()).to_string()),
                Err(_) => wrong(),
            },
            Self::Port => match text.parse::<u16>() {
                Ok(port) if port > 0 => Ok(port.to_string()),
                _ => wrong(),
            },
            Self::Integer => match text.parse::<i64>() {
                Ok(number) if !text.starts_with('-') => Ok(number.to_string()),
                _ => wrong(),
            },
            Self::User if is_user(text) => Ok(text.to_owned()),
            Self::Host => match text.parse::<IpAddr>() {
                Ok(address) => Ok(address.to_canonical().to_string()),
                Err(_) if is_host(text) => Ok(text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase()),
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
            Self::Integer => "a whole number that is not below 0".to_owned(),
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
pub(super) fn is_host(text: &str) -> bool {
    let name = text.strip_suffix('.').unwrap_or(text);
    name.len() <= 253 && name.split('.').all(is_label) && !ends_in_a_number(name)
}

/// One part of a host name.
fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= 63
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// A name whose last part is a number is an address that was misspelt, such as 192.0.2.256, or one that only some programs
/// understand, such as 127.1 or 0x7f000001.
fn ends_in_a_number(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    let hexadecimal = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    match hexadecimal {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => last.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

/// An IPv4 range that was written as a range of IPv6 is the IPv4 range.
pub(super) fn unmapped(range: IpNet) -> IpNet {
    let IpNet::V6(v6) = range else { return range };
    let Some(address) = v6.network().to_ipv4_mapped() else { return range };
    let length = v6.prefix_len().checked_sub(96);
    length.and_then(|length| Ipv4Net::new(address, length).ok()).map_or(range, IpNet::V4)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use proptest::prelude::*;

    use super::*;

    const NARROW: [ParameterType; 6] = [
        ParameterType::Ip,
        ParameterType::Cidr,
        ParameterType::Port,
        ParameterType::User,
        ParameterType::Host,
        ParameterType::Integer,
    ];

    #[test]
    fn one_spelling_is_passed_on() {
        for (kind, text, passed) in [
            (ParameterType::Ip, "192.0.2.1", "192.0.2.1"),
            (ParameterType::Ip, "::FFFF:192.0.2.1", "192.0.2.1"),
            (ParameterType::Ip, "2001:DB8:0:0::1", "2001:db8::1"),
            (ParameterType::Cidr, "192.0.2.7/24", "192.0.2.0/24"),
            (ParameterType::Cidr, "192.0.2.7", "192.0.2.7/32"),
            (ParameterType::Cidr, "::ffff:192.0.2.7", "192.0.2.7/32"),
            (ParameterType::Cidr, "::ffff:192.0.2.7/120", "192.0.2.0/24"),
            (ParameterType::Cidr, "::/0", "::/0"),
            (ParameterType::Port, "+022", "22"),
            (ParameterType::Integer, "+007", "7"),
            (ParameterType::Integer, "9223372036854775807", "9223372036854775807"),
            (ParameterType::User, "host$", "host$"),
            (ParameterType::User, "a.b-c_1", "a.b-c_1"),
            (ParameterType::Host, "WWW.Example.com.", "www.example.com"),
            (ParameterType::Host, "::ffff:127.0.0.1", "127.0.0.1"),
        ] {
            assert_eq!(kind.check(text).as_deref(), Ok(passed), "{kind} {text}");
        }
    }

    #[test]
    fn what_a_program_could_take_for_something_else_is_refused() {
        for (kind, texts) in [
            (
                ParameterType::Ip,
                &["", "192.0.2.01", "127.1", "0x7f.0.0.1", "192.0.2.1/32", "fe80::1%eth0", " ::1", "[::1]"][..],
            ),
            (ParameterType::Cidr, &["192.0.2.0/33", "/24", "192.0.2.0/", "192.0.2.0/-1", "any"]),
            (ParameterType::Port, &["0", "65536", "-1", "22 ", "ssh", "1e3", "22,23"]),
            (ParameterType::Integer, &["-1", "-0", "1.0", "", "9223372036854775808", "0x10", "1 "]),
            (
                ParameterType::User,
                &["", "-r", "root ", "a/b", "0", "1.0", "..", ".", "$", "a:b", "ro\not", "root\n", "é", "+0"],
            ),
            (
                ParameterType::Host,
                &[
                    "",
                    "-h",
                    "a b",
                    "127.1",
                    "0x7f.1",
                    "0x7f000001",
                    "2130706433",
                    "a..b",
                    ".",
                    "a-",
                    "é",
                    "a/b",
                    "192.0.2.256",
                ],
            ),
        ] {
            for text in texts {
                assert!(kind.check(text).is_err(), "{kind} {text:?}");
            }
        }
        let long = "a".repeat(33);
        assert!(ParameterType::User.check(&long).is_err());
        for kind in [
            ParameterType::Text,
            ParameterType::Regex { written: "(?s).*".into(), whole: r"(?s)\A.*\z".parse().unwrap() },
        ] {
            assert!(kind.check("a\0b").is_err(), "{kind}");
            assert!(kind.check("a\nb").is_ok(), "{kind}");
        }
    }

    proptest! {
        #[test]
        fn what_passes_is_one_safe_word(text in prop_oneof![
            any::<String>(), "[-+0-9a-fA-F:./x$_ \\n]{0,24}", "[0-9]{1,3}(\\.[0-9]{1,3}){3}(/[0-9]{1,2})?", "[a-z0-9.$_-]{1,40}",
        ]) {
            for kind in &NARROW {
                let Ok(passed) = kind.check(&text) else { continue };
                prop_assert!(!passed.is_empty() && !passed.starts_with('-'), "{kind} {passed:?}");
                prop_assert!(passed.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:/-_$".contains(&byte)), "{kind} {passed:?}");
                // What was passed on once is passed on unchanged.
                prop_assert_eq!(kind.check(&passed), Ok(passed.clone()), "{}", kind);
            }
        }
    }
}
