// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the operator writes.

use std::collections::BTreeMap;

use prelude_trigger_guest::{
    http::Url,
    template::{Line, Template},
};

/// What the operator writes below `config:`.
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where to: a URL, or the secret that is one, as some services put the password into it.
    pub url: Target,
    /// The HTTP method.
    #[serde(default)]
    pub method: Method,
    /// Headers beside those of the format.
    #[serde(default)]
    pub headers: BTreeMap<HeaderName, HeaderValue>,
    /// What the body looks like.
    #[serde(default)]
    pub format: Format,
    /// The headline, where the format has one.
    #[serde(default = "title")]
    pub title: Line,
    /// The text, where the format has one. A line of which all values are missing is left out.
    #[serde(default = "text")]
    pub text: Template,
    /// How to say who we are.
    #[serde(default)]
    pub auth: Option<Auth>,
    /// Signs the body, so that the server can tell that it is from us.
    #[serde(default)]
    pub sign: Option<Signature>,
}

/// A URL, or where to find it.
#[derive(Debug, Clone, serde::Deserialize, schemars::JsonSchema)]
#[serde(untagged, expecting = "expected a URL such as https://api.example.com/alerts, or { secret: NAME }")]
pub enum Target {
    /// `https://api.example.com/alerts`
    Url(Url),
    /// The secret of this name is the URL.
    Secret(SecretUrl),
}

/// A URL that is kept as a secret.
#[derive(Debug, Clone, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretUrl {
    /// The secret's name.
    pub secret: String,
}

/// The HTTP method.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// `POST`
    #[default]
    Post,
    /// `PUT`
    Put,
}

impl Method {
    /// As HTTP spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }
}

/// What the body looks like.
#[derive(Debug, Default, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// The text.
    Plain,
    /// The whole alert as IDMEF JSON.
    #[default]
    Alert,
    /// What Slack, Mattermost and Rocket.Chat call an incoming webhook: `{"text": …}`.
    Slack,
    /// JSON of your own; its texts are templates.
    Json(Body),
    /// A notification by ntfy; the URL is the server's, without the topic.
    Ntfy(Ntfy),
    /// An alert with a decision for each of the alert's source addresses, for the local API of CrowdSec. The URL is
    /// the server's, without a path.
    Crowdsec(Crowdsec),
    /// An alert for `TheHive` (`https://thehive.example/api/v1/alert`), with the addresses as observables.
    Thehive(Thehive),
}

/// JSON whose texts are templates.
#[derive(Debug, Clone, PartialEq, serde::Deserialize, schemars::JsonSchema)]
#[serde(try_from = "serde_json::Value")]
#[schemars(with = "serde_json::Value")]
pub enum Body {
    /// A text with gaps.
    Text(Template),
    /// An array.
    List(Vec<Body>),
    /// An object; its keys are no templates.
    Object(Vec<(String, Body)>),
    /// A number, a truth value, null, or an empty text.
    Fixed(serde_json::Value),
}

/// What ntfy needs.
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ntfy {
    /// The topic.
    pub topic: String,
    /// The emoji or words beside the headline.
    #[serde(default)]
    pub tags: Vec<String>,
}

/// What `CrowdSec` needs.
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Crowdsec {
    /// The name under which `cscli machines add` knows us.
    pub machine: String,
    /// The name of the secret that is its password.
    #[serde(default = "password")]
    pub password: String,
    /// How long a decision holds, where the job itself has no time: `4h`.
    #[serde(default = "four_hours")]
    pub duration: Duration,
    /// What is decided: `ban`, `captcha` or a word of your own.
    #[serde(default = "ban")]
    pub decision: String,
}

/// What `TheHive` needs.
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Thehive {
    /// The type of the alert.
    pub r#type: String,
    /// Where it comes from.
    pub source: String,
    /// Traffic light protocol, 0 to 4.
    #[schemars(range(max = 4))]
    pub tlp: u8,
    /// Permissible actions protocol, 0 to 3.
    #[schemars(range(max = 3))]
    pub pap: u8,
    /// Words beside it.
    pub tags: Vec<String>,
}

impl Default for Thehive {
    fn default() -> Self {
        Self { r#type: "idmef".into(), source: "prelude".into(), tlp: 2, pap: 2, tags: Vec::new() }
    }
}

/// How to say who we are. Passwords and tokens are secrets; here stand their names.
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Auth {
    /// `Authorization: Bearer …`
    Bearer(String),
    /// `Authorization: Basic …`
    Basic(Basic),
    /// A header of this name is the secret.
    Header(SecretHeader),
}

/// A user and the name of the secret that is the password.
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Basic {
    /// The user.
    pub user: String,
    /// The secret's name.
    #[serde(default = "password")]
    pub password: String,
}

/// A header that is a secret.
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretHeader {
    /// The header's name.
    pub name: HeaderName,
    /// The secret's name.
    pub secret: String,
}

/// HMAC-SHA256 of the body, as `sha256=` and hexadecimal digits.
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// The name of the secret that is the key.
    pub secret: String,
    /// The header.
    #[serde(default = "signature")]
    pub header: HeaderName,
}

/// The name of a header.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub struct HeaderName(pub String);

/// The value of a header.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub struct HeaderValue(pub String);

/// A time as Go writes it: `90m`, `4h`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub struct Duration(pub String);

impl TryFrom<String> for HeaderName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        const OURS: [&str; 6] =
            ["host", "content-length", "transfer-encoding", "connection", "upgrade", "idempotency-key"];
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty() || !name.bytes().all(token) {
            return Err(format!("`{}` is not the name of a header", name.escape_debug()));
        }
        if OURS.contains(&name.to_ascii_lowercase().as_str()) {
            return Err(format!("header `{name}` is set already"));
        }
        Ok(Self(name))
    }
}

impl TryFrom<String> for HeaderValue {
    type Error = String;

    fn try_from(value: String) -> Result<Self, String> {
        match value.bytes().all(|byte| byte == b' ' || byte == b'\t' || byte.is_ascii_graphic()) {
            true => Ok(Self(value)),
            false => Err(format!("`{}` cannot be the value of a header", value.escape_debug())),
        }
    }
}

impl TryFrom<String> for Duration {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let number = text.strip_suffix(['s', 'm', 'h']);
        match number.and_then(|number| number.parse::<u32>().ok()) {
            Some(1..) => Ok(Self(text)),
            _ => Err(format!("`{}` is not a time such as 90m or 4h", text.escape_debug())),
        }
    }
}

impl TryFrom<serde_json::Value> for Body {
    type Error = String;

    fn try_from(value: serde_json::Value) -> Result<Self, String> {
        use serde_json::Value;
        Ok(match value {
            Value::String(text) if text.trim().is_empty() => Self::Fixed(Value::String(text)),
            Value::String(text) => Self::Text(Template::try_from(text)?),
            Value::Array(items) => Self::List(items.into_iter().map(Self::try_from).collect::<Result<_, _>>()?),
            Value::Object(members) => {
                let member = |(key, value)| Ok::<_, String>((key, Self::try_from(value)?));
                Self::Object(members.into_iter().map(member).collect::<Result<_, _>>()?)
            }
            fixed => Self::Fixed(fixed),
        })
    }
}

fn title() -> Line {
    literal("[{severity}] {alert.classification.text}")
}

fn text() -> Template {
    literal(
        "{alert.classification.text}\n\
         {alert.assessment.impact.description}\n\
         Severity: {severity}\n\
         From: {alert.source(*).node.address(*).address}\n\
         To: {alert.target(*).node.address(*).address}\n\
         User: {alert.target(*).user.user_id(*).name}\n\
         Sensor: {alert.analyzer(-1).name}",
    )
}

/// A template of our own, which a test reads.
fn literal<T: TryFrom<String, Error = String>>(text: &str) -> T {
    T::try_from(text.to_owned()).unwrap_or_else(|error| unreachable!("{error}"))
}

fn password() -> String {
    "password".to_owned()
}

fn four_hours() -> Duration {
    Duration("4h".to_owned())
}

fn ban() -> String {
    "ban".to_owned()
}

fn signature() -> HeaderName {
    HeaderName("X-Signature-256".to_owned())
}
