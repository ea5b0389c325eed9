// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the operator writes.

use prelude_trigger_guest::template::Template;

/// What the operator writes below `config:`.
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Who we are: `trigger@example.com`. The password is the secret `password`.
    pub jid: Jid,
    /// Whom to tell: `soc@example.com`, or several.
    #[serde(default)]
    pub to: Jids,
    /// A room to tell: `soc@rooms.example.com`. We come in, say it and leave.
    #[serde(default)]
    pub room: Option<Jid>,
    /// What we are called in the room.
    #[serde(default = "nick")]
    pub nick: String,
    /// The name of the secret that is the room's password, where it has one.
    #[serde(default)]
    pub room_password: Option<String>,
    /// The server, `name:port` or `name`, where it is not the part of `jid` after the `@`.
    #[serde(default)]
    pub server: Option<Server>,
    /// How the connection is protected.
    #[serde(default)]
    pub security: Security,
    /// The text. A line of which all values are missing is left out.
    #[serde(default = "text")]
    pub text: Template,
}

/// How the connection is protected. There is no other way: a password does not go over a plain connection.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// It begins in plain text, port 5222, and goes on under TLS before anything is told.
    #[default]
    Starttls,
    /// It is under TLS from the first byte, port 5223.
    Tls,
}

/// A Jabber address without a resource.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub struct Jid {
    /// Before the `@`.
    pub local: String,
    /// After it.
    pub domain: String,
}

/// One address or several.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(from = "OneOrMore")]
#[schemars(with = "OneOrMore")]
pub struct Jids(pub Vec<Jid>);

/// How they are written.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(untagged, expecting = "expected a Jabber address or a list of them, such as soc@example.com")]
pub enum OneOrMore {
    /// One.
    One(Jid),
    /// Several.
    More(Vec<Jid>),
}

/// Where the server is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub struct Server {
    /// Its name or address; one of IPv6 is in brackets.
    pub host: String,
    /// The port, if it is not the usual one.
    pub port: Option<u16>,
}

impl From<OneOrMore> for Jids {
    fn from(jids: OneOrMore) -> Self {
        Self(match jids {
            OneOrMore::One(jid) => vec![jid],
            OneOrMore::More(jids) => jids,
        })
    }
}

impl TryFrom<String> for Jid {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let odd =
            |character: char| character.is_control() || character.is_whitespace() || "\"&'/:<>@".contains(character);
        let good = |part: &str| !part.is_empty() && part.len() <= 1023 && !part.contains(odd);
        match text.split_once('@') {
            Some((local, domain)) if good(local) && good(domain) => {
                Ok(Self { local: local.to_owned(), domain: domain.to_owned() })
            }
            _ => Err(format!("`{}` is not a Jabber address such as soc@example.com", text.escape_debug())),
        }
    }
}

impl std::fmt::Display for Jid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}

impl TryFrom<String> for Server {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port.parse().ok().filter(|port| *port > 0))),
            _ => (text.as_str(), None),
        };
        let bracketed = host.starts_with('[') && host.ends_with(']');
        let odd = |byte: u8| !byte.is_ascii_graphic() || matches!(byte, b'/' | b'@');
        if host.is_empty() || host.bytes().any(odd) || (host.contains(':') && !bracketed) || port == Some(None) {
            return Err(format!("`{}` is not of the form xmpp.example.com:5222", text.escape_debug()));
        }
        Ok(Self { host: host.to_owned(), port: port.flatten() })
    }
}

fn nick() -> String {
    "prelude-trigger".to_owned()
}

fn text() -> Template {
    let text = "[{severity}] {alert.classification.text}\n\
                {alert.assessment.impact.description}\n\
                From: {alert.source(*).node.address(*).address}\n\
                To: {alert.target(*).node.address(*).address}\n\
                User: {alert.target(*).user.user_id(*).name}\n\
                Sensor: {alert.analyzer(-1).name}";
    // A template of our own, which a test reads.
    Template::try_from(text.to_owned()).unwrap_or_else(|error| unreachable!("{error}"))
}
