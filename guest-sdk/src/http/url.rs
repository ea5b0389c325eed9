// SPDX-License-Identifier: MIT OR Apache-2.0

//! Addresses of HTTP servers and what is on them.

use std::{fmt, str::FromStr};

/// An `http` or `https` URL without user and fragment. It is read when a configuration is, so that a mistake is told at load.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct Url {
    https: bool,
    authority: String,
    path: String,
}

/// What is wrong with a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlError(String);

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UrlError {}

impl Url {
    /// Whether it is `https`.
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// The host, and the port if one is given: `api.example.com:8443`.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The path with the query: `/v1/blocks?now`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The same server, another path with or without a query.
    ///
    /// # Errors
    /// The path does not begin with `/`, or has characters that do not belong into a URL.
    pub fn with_path(&self, path: &str) -> Result<Self, UrlError> {
        if !path.starts_with('/') || !clean(path) {
            return Err(UrlError(format!("`{}` is not a path of a URL", path.escape_debug())));
        }
        Ok(Self { path: path.to_owned(), ..self.clone() })
    }
}

/// Only what may stand in a URL: no blanks, no control characters, nothing that is not ASCII.
fn clean(text: &str) -> bool {
    text.bytes().all(|byte| {
        byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'}' | b'|')
    })
}

impl FromStr for Url {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let error = |reason: &str| UrlError(format!("{reason}; expected a URL such as https://api.example.com/path"));
        let (https, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => return Err(error("it begins with neither `https://` nor `http://`")),
        };
        let rest = rest.split('#').next().unwrap_or_default();
        if !clean(rest) {
            return Err(error("it has characters that do not belong into a URL (write them as %20 and so on)"));
        }
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if authority.contains('@') {
            return Err(error("it has a user or password in it, which belong elsewhere"));
        }
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (authority, None),
        };
        let bracketed = host.starts_with('[') && host.ends_with(']');
        if host.is_empty() || (host.contains(['[', ']', ':']) && !bracketed) {
            return Err(error("it has no host"));
        }
        if port.is_some_and(|port| {
            !port.bytes().all(|byte| byte.is_ascii_digit()) || !matches!(port.parse(), Ok(1..=u16::MAX))
        }) {
            return Err(error("its port is not a number from 1 to 65535"));
        }
        let path = match path {
            "" => "/".to_owned(),
            query if query.starts_with('?') => format!("/{query}"),
            path => path.to_owned(),
        };
        Ok(Self { https, authority: authority.to_owned(), path })
    }
}

impl TryFrom<String> for Url {
    type Error = UrlError;

    fn try_from(text: String) -> Result<Self, UrlError> {
        text.parse()
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", if self.https { "https" } else { "http" }, self.authority, self.path)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Url {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Url".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "uri", "pattern": "^https?://" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        for (text, https, authority, path) in [
            ("https://api.example.com", true, "api.example.com", "/"),
            ("http://192.0.2.1:8080/a/b?c=d#e", false, "192.0.2.1:8080", "/a/b?c=d"),
            ("https://[2001:db8::1]:8443?now", true, "[2001:db8::1]:8443", "/?now"),
            ("https://[::1]/", true, "[::1]", "/"),
        ] {
            let url: Url = text.parse().unwrap();
            assert_eq!((url.is_https(), url.authority(), url.path()), (https, authority, path), "{text}");
        }
    }

    #[test]
    fn what_is_no_url_is_refused() {
        for (text, reason) in [
            ("ftp://example.com", "neither"),
            ("example.com", "neither"),
            ("https://", "no host"),
            ("https://:80/", "no host"),
            ("https://user:secret@example.com/", "user or password"),
            ("https://example.com:0/", "port"),
            ("https://example.com:+80/", "port"),
            ("https://example.com:99999/", "port"),
            ("https://example.com/a b", "do not belong"),
            ("https://example.com/\r\nHost: x", "do not belong"),
            ("https://exämple.com/", "do not belong"),
            ("https://a:b:80/", "no host"),
        ] {
            let error = text.parse::<Url>().expect_err(text).to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
        let url: Url = "https://example.com".parse().unwrap();
        assert!(url.with_path("/a\r\nb").is_err() && url.with_path("a").is_err());
        assert_eq!(url.with_path("/x?y").unwrap().to_string(), "https://example.com/x?y");
    }
}
