// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the operator writes.

use prelude_trigger_guest::template::{Line, Template};

/// What the operator writes below `config:`.
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The SMTP server: `name:port` or `address:port`; without a port it is 587, or 465 for `security: tls`.
    pub server: Server,
    /// How the connection is protected.
    #[serde(default)]
    pub security: Security,
    /// The name that the server's certificate must have, where it is not that of `server`.
    #[serde(default)]
    pub certificate_name: Option<String>,
    /// Whom to log in as. The password is the secret `password`. Without it there is no login.
    #[serde(default)]
    pub user: Option<String>,
    /// Who sends: `trigger@example.com` or `Prelude Trigger <trigger@example.com>`.
    pub from: Mailbox,
    /// To whom.
    pub to: Mailboxes,
    /// To whom else.
    #[serde(default)]
    pub cc: Mailboxes,
    /// The subject.
    #[serde(default = "subject")]
    pub subject: Line,
    /// The text. A line of which all values are missing is left out.
    #[serde(default = "text")]
    pub text: Template,
    /// Whether the whole alert goes along as a file, in IDMEF JSON.
    #[serde(default)]
    pub attach_alert: bool,
    /// What to call ourselves when the connection is made.
    #[serde(default = "hello")]
    pub hello: String,
}

/// Where an SMTP server is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub struct Server {
    /// Its name or address; one of IPv6 is in brackets.
    pub host: String,
    /// The port, if it is not the usual one.
    pub port: Option<u16>,
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
            return Err(format!("`{}` is not of the form mail.example.com:587", text.escape_debug()));
        }
        Ok(Self { host: host.to_owned(), port: port.flatten() })
    }
}

/// How the connection is protected.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// It begins in plain text and goes on under TLS before anything is told; a server without it gets no mail.
    #[default]
    Starttls,
    /// It is under TLS from the first byte.
    Tls,
    /// It is not protected; a password is not sent over it.
    None,
}

/// A mail address, with or without a name.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub struct Mailbox {
    /// `Prelude Trigger`
    pub name: Option<String>,
    /// `trigger@example.com`
    pub address: String,
}

/// One mail address or several.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(from = "OneOrMore")]
#[schemars(with = "OneOrMore")]
pub struct Mailboxes(pub Vec<Mailbox>);

/// How they are written.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(untagged, expecting = "expected a mail address or a list of mail addresses such as soc@example.com")]
pub enum OneOrMore {
    /// One.
    One(Mailbox),
    /// Several.
    More(Vec<Mailbox>),
}

impl From<OneOrMore> for Mailboxes {
    fn from(addresses: OneOrMore) -> Self {
        Self(match addresses {
            OneOrMore::One(address) => vec![address],
            OneOrMore::More(addresses) => addresses,
        })
    }
}

impl TryFrom<String> for Mailbox {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (name, address) = match text.strip_suffix('>').and_then(|text| text.split_once('<')) {
            Some((name, address)) => {
                (Some(name.trim().trim_matches('"')).filter(|name| !name.is_empty()), address.trim())
            }
            None => (None, text.trim()),
        };
        let good = |part: &str| {
            let odd = |byte: u8| !byte.is_ascii_graphic() || b"<>()[],;:\\\"@".contains(&byte);
            !part.is_empty() && part.len() <= 255 && !part.bytes().any(odd)
        };
        match address.rsplit_once('@') {
            Some((local, domain))
                if good(local) && good(domain) && !name.is_some_and(|name| name.contains(char::is_control)) =>
            {
                Ok(Self { name: name.map(str::to_owned), address: address.to_owned() })
            }
            _ => Err(format!("`{}` is not a mail address such as soc@example.com", text.escape_debug())),
        }
    }
}

fn subject() -> Line {
    literal("[{severity}] {alert.classification.text}")
}

fn text() -> Template {
    literal(
        "{alert.classification.text}\n\
         {alert.assessment.impact.description}\n\
         \n\
         Severity: {severity}\n\
         Time:     {alert.create_time}\n\
         From:     {alert.source(*).node.address(*).address}\n\
         To:       {alert.target(*).node.address(*).address}\n\
         User:     {alert.target(*).user.user_id(*).name}\n\
         Sensor:   {alert.analyzer(-1).name}\n\
         \n\
         Trigger {trigger}, job {job}",
    )
}

/// A template of our own, which a test reads.
fn literal<T: TryFrom<String, Error = String>>(text: &str) -> T {
    T::try_from(text.to_owned()).unwrap_or_else(|error| unreachable!("{error}"))
}

fn hello() -> String {
    "localhost".to_owned()
}
