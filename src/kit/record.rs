//! A job's tape as a document: what was granted, without its places, and what was asked, without its secrets.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    difference,
    trial::Ran,
    world::{self, Files},
};
use crate::{
    actions::{
        Outcome,
        component::tape::{
            Readings,
            document::{Document, JobOf, VERSION},
        },
    },
    config::{self, ParameterType, SecretSource},
};

/// What must be known before a job is run to write its tape afterwards.
#[derive(Debug)]
pub struct Before {
    component: String,
    job: JobOf,
    alert: Value,
    config: Value,
    grant: Value,
    secrets: BTreeMap<String, Vec<u8>>,
    files: Files,
}

impl Before {
    /// Takes note of everything a job will find. The error says what cannot be put onto a tape.
    pub fn new(trial: &super::trial::Trial) -> Result<Self, String> {
        let bytes = std::fs::read(&trial.component)
            .map_err(|error| format!("cannot read {}: {error}", trial.component.display()))?;
        Ok(Self {
            component: hex::encode(<sha2::Sha256 as sha2::Digest>::digest(bytes)),
            job: trial.job.clone(),
            alert: serde_json::from_str(&trial.message.to_json())
                .map_err(|error| format!("cannot write down the alert: {error}"))?,
            config: trial.config.clone(),
            grant: shape(&trial.grant),
            secrets: secrets(&trial.grant),
            files: world::contents(&trial.grant)?,
        })
    }

    /// The tape of the job that was run, from whose events what is secret has been taken.
    pub fn document(self, ran: &Ran) -> Document {
        let clocks: Readings = ran.tape.clocks.clone();
        Document {
            tape: VERSION,
            recorded_by: env!("CARGO_PKG_VERSION").to_owned(),
            component: self.component,
            job: self.job,
            alert: self.alert,
            config: self.config,
            grant: self.grant,
            secrets: self.secrets.into_iter().map(|(name, value)| (name, value.len())).collect(),
            files: self.files,
            clocks,
            seed: ran.tape.seed,
            events: ran.tape.events.clone(),
            outcome: outcome(&ran.outcome),
        }
    }
}

/// An outcome as far as it should be the same each time.
pub fn outcome(outcome: &Outcome) -> Value {
    let outputs: Map<_, _> = outcome.outputs.iter().map(|(name, text)| (name.clone(), json!(text))).collect();
    json!({
        "state": difference::word(outcome.state),
        "summary": outcome.summary,
        "code": outcome.code,
        "outputs": outputs,
    })
}

/// The values of all secrets of a grant, by name.
pub fn secrets(grant: &config::Grant) -> BTreeMap<String, Vec<u8>> {
    grant.secrets.iter().map(|(name, secret)| (name.to_string(), secret_value(&secret.from))).collect()
}

/// The value of a secret, to be looked for in what is written down; nothing when it cannot be read, which loading tells.
fn secret_value(from: &SecretSource) -> Vec<u8> {
    let file = |path: &std::path::Path| {
        let mut bytes = std::fs::read(path).unwrap_or_default();
        if bytes.ends_with(b"\n") {
            bytes.pop();
            if bytes.ends_with(b"\r") {
                bytes.pop();
            }
        }
        bytes
    };
    match from {
        SecretSource::File(path) => file(path),
        SecretSource::Credential(name) => std::env::var_os("CREDENTIALS_DIRECTORY")
            .map(|directory| file(&std::path::Path::new(&directory).join(name)))
            .unwrap_or_default(),
        SecretSource::Environment(name) => {
            std::env::var_os(name).map(std::ffi::OsString::into_encoded_bytes).unwrap_or_default()
        }
    }
}

/// A grant as the operator writes it, with nothing in it that says where things are.
fn shape(grant: &config::Grant) -> Value {
    let mut shape = Map::new();
    let mut put = |key: &str, value: Value| {
        let empty =
            matches!(&value, Value::Object(object) if object.is_empty()) || value == json!([]) || value == json!(false);
        if !empty {
            shape.insert(key.to_owned(), value);
        }
    };
    if let Some(paths) = &grant.idmef {
        // Nothing may be read: that is another thing than no word about it.
        put("idmef", paths.iter().map(ToString::to_string).collect());
    }
    put("environment", json!(grant.environment));
    let directory = |directory: &config::Directory| {
        let mode = if directory.writable { "rw" } else { "ro" };
        (directory.guest.clone(), json!({ "host": "/", "mode": mode }))
    };
    put("directories", Value::Object(grant.directories.iter().map(directory).collect()));
    put("http", grant.http.iter().map(ToString::to_string).collect());
    put("tcp", grant.tcp.iter().map(ToString::to_string).collect());
    put("dns", grant.dns.iter().map(ToString::to_string).collect());
    if let Some(state) = &grant.state {
        put("state", json!({ "keys": state.keys, "size": format!("{}B", state.size) }));
    }
    put("allow_private", json!(grant.allow_private));
    let secret = |name: &std::sync::Arc<str>| (name.to_string(), json!({ "file": "/" }));
    put("secrets", Value::Object(grant.secrets.keys().map(secret).collect()));
    let command = |(name, command): (&std::sync::Arc<str>, &config::Command)| {
        let parameters = &command.parameters;
        let vector =
            std::iter::once("/bin/false".to_owned()).chain(parameters.iter().map(|(name, _)| format!("{{{name}}}")));
        let types: Map<_, _> = parameters.iter().map(|(name, kind)| (name.to_string(), type_of(kind))).collect();
        let on_missing = match command.exec.on_missing {
            config::OnMissing::Refuse => "refuse",
            config::OnMissing::Skip => "skip",
            config::OnMissing::Empty => "empty",
        };
        let shape = json!({
            "command": vector.collect::<Vec<_>>(),
            "parameters": types,
            "on_missing": on_missing,
            "allow_dash": command.exec.allow_dash,
            "max_argument": format!("{}B", command.exec.max_argument),
        });
        (name.to_string(), shape)
    };
    put("commands", Value::Object(grant.commands.iter().map(command).collect()));
    Value::Object(shape)
}

fn type_of(kind: &ParameterType) -> Value {
    match kind {
        ParameterType::Enum(words) => json!({ "enum": words.iter().map(ToString::to_string).collect::<Vec<_>>() }),
        ParameterType::Regex { written, .. } => json!({ "regex": written.to_string() }),
        other => json!(other.to_string()),
    }
}
