//! A tape as a file: one JSON document.
//!
//! ```json
//! { "tape": 1, "recorded-by": "0.1.0", "component": "5f1c… (SHA-256)",
//!   "job": { "id": "…", "trigger": "…", "action": "…", "attempt": 1, "observe": false, "captures": {}, "parameters": [] },
//!   "alert": { "alert": { … } }, "config": { … }, "grant": { … as the operator writes it, without places … },
//!   "secrets": { "token": 40 }, "files": { "/data": { "counts.csv": "a,1\n" } },
//!   "clocks": { "wall": [ns, …], "monotonic": [ns, …] }, "seed": "64 hexadecimal digits",
//!   "events": [ { "at": µs, "took": µs, "call": { "call": "run", … }, "answer": … } ],
//!   "outcome": { "state": "done", "summary": "…", … } }
//! ```
//!
//! It holds what was in the alert and what other systems answered: to be kept as carefully as those. A secret is replaced by as
//! many `x`, wherever it stands as it is; the values of header fields that authenticate are left out. What a component makes of a
//! secret, a signature for example, is not recognised.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{
    Ended, Order, Particulars, Tape,
    body::Body,
    call::{Call, Note},
    event::Event,
    readings::Readings,
};

/// The version of the format.
pub const VERSION: u32 = 1;
/// The largest tape that is read, in bytes.
pub const LARGEST: u64 = 64 << 20;
/// What stands for each byte of a secret.
const PLACEHOLDER: &str = "x";
/// Secrets that are shorter are not looked for: they may stand anywhere.
const SHORTEST_SECRET: usize = 4;

/// The particulars of the job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobOf {
    /// Its identifier.
    pub id: String,
    /// The trigger.
    pub trigger: String,
    /// The action.
    pub action: String,
    /// Which attempt.
    pub attempt: u32,
    /// Mode `observe`.
    #[serde(default)]
    pub observe: bool,
    /// The captures.
    #[serde(default)]
    pub captures: BTreeMap<String, String>,
    /// The parameters, in order.
    #[serde(default)]
    pub parameters: Vec<(String, String)>,
    /// The token of what it undoes; none for a job that does something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Body>,
}

/// A whole tape.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Document {
    /// [`VERSION`].
    pub tape: u32,
    /// The version of the program that wrote it.
    pub recorded_by: String,
    /// The SHA-256 sum of the component.
    pub component: String,
    /// The job.
    pub job: JobOf,
    /// The alert as IDMEF JSON.
    pub alert: Value,
    /// The action's configuration.
    pub config: Value,
    /// What was granted.
    pub grant: Value,
    /// The secrets that were granted, and how long they were.
    #[serde(default)]
    pub secrets: BTreeMap<String, usize>,
    /// What was in the granted directories before the job, by the guest's path of the directory and the file's below it.
    #[serde(default)]
    pub files: BTreeMap<String, BTreeMap<String, Body>>,
    /// What the clocks told.
    pub clocks: Readings,
    /// The seed of all random numbers.
    #[serde(serialize_with = "to_hex", deserialize_with = "from_hex")]
    pub seed: [u8; 32],
    /// Calls and answers, in order.
    pub events: Vec<Event>,
    /// How the job ended, for the reader and to compare with.
    pub outcome: Value,
}

/// Why a tape cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum TapeError {
    /// It is not a tape.
    #[error("this is not a tape that can be played: {0}")]
    NotATape(String),
    /// Of another version.
    #[error("this tape has version {0}, and {VERSION} is what can be played: record it again")]
    Version(u64),
    /// A connection was opened.
    #[error(
        "on this tape a connection to {0} was opened, and what goes over connections is not recorded: test this action \
         against a real server"
    )]
    Connection(String),
}

impl Document {
    /// Reads a tape that can be played.
    pub fn parse(text: &[u8]) -> Result<Self, TapeError> {
        let not_a_tape = |error: serde_json::Error| TapeError::NotATape(error.to_string());
        let value: Value = serde_json::from_slice(text).map_err(not_a_tape)?;
        match value.get("tape").and_then(Value::as_u64) {
            Some(version) if version == u64::from(VERSION) => {}
            Some(version) => return Err(TapeError::Version(version)),
            None => return Err(TapeError::NotATape("it has no key `tape` with a version".to_owned())),
        }
        let document: Self = serde_json::from_value(value).map_err(not_a_tape)?;
        for event in &document.events {
            if let Call::Connect { address } = &event.call {
                return Err(TapeError::Connection(crate::text::shorten(address, 256)));
            }
        }
        Ok(document)
    }

    /// The tape in it, to be played.
    pub fn play(&self) -> std::sync::Arc<Tape> {
        let job = Particulars { observe: self.job.observe, parameters: self.job.parameters.clone() };
        Tape::playing(job, Order::Strict, self.events.clone(), self.clocks.clone(), self.seed)
    }
}

/// What stands for a secret of this length.
pub fn placeholder(length: usize) -> String {
    PLACEHOLDER.repeat(length)
}

/// Takes out of what was asked and answered what is secret and stands there as it is; fields of requests that let one in
/// somewhere are taken out whole.
pub fn redact(ended: &mut Ended, secrets: &[Vec<u8>]) {
    let known: Vec<_> = secrets
        .iter()
        .filter(|secret| secret.len() >= SHORTEST_SECRET)
        .filter_map(|secret| std::str::from_utf8(secret).ok())
        .map(|secret| (secret.to_owned(), PLACEHOLDER.repeat(secret.len())))
        .collect();
    let hide = |text: &mut String| {
        for (secret, placeholder) in &known {
            if text.contains(secret.as_str()) {
                *text = text.replace(secret.as_str(), placeholder);
            }
        }
    };
    for event in &mut ended.events {
        redact_call(&mut event.call, &hide);
        texts(&mut event.answer, &hide);
    }
    for asked in &mut ended.asked {
        match &mut asked.what {
            Note::Call(call) => redact_call(call, &hide),
            Note::Log { message, fields, .. } => {
                hide(message);
                for (_, text) in fields {
                    hide(text);
                }
            }
            Note::Read { .. } => {}
        }
        if let Some(answer) = &mut asked.answer {
            texts(answer, &hide);
        }
    }
}

fn redact_call(call: &mut Call, hide: &impl Fn(&mut String)) {
    match call {
        Call::Reveal { .. } | Call::Resolve { .. } | Call::Connect { .. } => {}
        Call::State { does } => does.texts(hide),
        Call::Run { arguments, argv, .. } => {
            for text in arguments.iter_mut().map(|(_, text)| text).chain(argv) {
                hide(text);
            }
        }
        Call::Request { url, headers, body, .. } => {
            headers.retain(|(name, _)| !authenticates(name));
            hide(url);
            for (_, value) in headers {
                hide(value);
            }
            match body {
                Body::Text(text) => hide(text),
                Body::Json(value) => texts(value, hide),
                Body::Base64(_) | Body::Any => {}
            }
        }
    }
}

/// Whether a header field's value lets one in somewhere.
fn authenticates(name: &str) -> bool {
    ["auth", "cookie", "token", "secret", "api-key", "apikey", "password", "signature"]
        .iter()
        .any(|word| name.to_ascii_lowercase().contains(word))
}

fn texts(value: &mut Value, change: &impl Fn(&mut String)) {
    match value {
        Value::String(text) => change(text),
        Value::Array(list) => list.iter_mut().for_each(|value| texts(value, change)),
        Value::Object(object) => object.values_mut().for_each(|value| texts(value, change)),
        _ => {}
    }
}

fn to_hex<S: Serializer>(seed: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hex::encode(seed))
}

fn from_hex<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
    let mut seed = [0; 32];
    hex::decode_to_slice(String::deserialize(deserializer)?, &mut seed).map_err(serde::de::Error::custom)?;
    Ok(seed)
}
