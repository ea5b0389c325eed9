//! `prelude:trigger@0.1`: the alert, answered by our own [`idmef::Path`] over the owned message, and the log.

mod granted;

use std::{sync::Arc, time::Duration};

use wasmtime::component::{HasSelf, Linker, Resource};

use super::super::{
    error::ConfigIssue,
    limits::Sandbox,
    tape::{Note, Particulars, Said},
};
use crate::{
    actions::Job,
    idmef::{self, Kind, ValueType},
    text::shorten,
};

/// Made from `wit/`.
#[allow(missing_docs, clippy::all, clippy::pedantic, unused_qualifications)]
mod bindings {
    wasmtime::component::bindgen!({
        path: "wit",
        world: "prelude:trigger/action",
        imports: {
            "prelude:trigger/commands.run": async | trappable,
            "prelude:trigger/secrets.reveal": async | trappable,
            default: trappable,
        },
        exports: { default: async },
        with: { "prelude:trigger/idmef.message": super::Alert },
        require_store_data_send: true,
    });
}

pub(in super::super) use bindings::{
    ActionPre,
    prelude::trigger::types::{ActionError, Context, Failure, NamedText, Outcome, Status},
};
pub(in super::super) use granted::{link_commands, link_secrets};

use bindings::prelude::trigger::{idmef as wit, log, types};

/// Longest path a guest may ask for, in bytes.
const LONGEST_PATH: usize = 1024;

/// What a guest's handle to a message stands for.
#[derive(Debug)]
pub struct Alert(pub(in super::super) Arc<idmef::Message>);

pub(super) fn link(linker: &mut Linker<Sandbox>) -> wasmtime::Result<()> {
    types::add_to_linker::<_, HasSelf<_>>(linker, |sandbox| sandbox)?;
    wit::add_to_linker::<_, HasSelf<_>>(linker, |sandbox| sandbox)?;
    log::add_to_linker::<_, HasSelf<_>>(linker, |sandbox| sandbox)
}

/// The particulars of a job as the guest is told them.
pub(in super::super) fn context(job: &Job, timeout: Duration, more: Option<&Particulars>) -> Context {
    let parameters = more.map(|more| more.parameters.as_slice()).unwrap_or_default();
    Context {
        job_id: job.id.to_string(),
        trigger: job.trigger.to_string(),
        action: job.action.to_string(),
        attempt: job.attempt,
        max_attempts: job.attempt,
        deadline_ms: u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX),
        mode: if more.is_some_and(|more| more.observe) { types::Mode::Observe } else { types::Mode::Enforce },
        captures: job
            .captures
            .iter()
            .map(|(name, text)| NamedText { name: name.to_string(), text: text.clone() })
            .collect(),
        parameters: parameters
            .iter()
            .map(|(name, text)| NamedText { name: name.clone(), text: text.clone() })
            .collect(),
        lease_ms: None,
    }
}

/// What a guest said at the end of its job.
pub(in super::super) fn said(ended: &Result<Outcome, ActionError>) -> Said {
    match ended {
        Ok(outcome) => Said {
            status: Some(match outcome.status {
                Status::Done => "done",
                Status::Skipped => "skipped",
                Status::Simulated => "simulated",
            }),
            summary: outcome.summary.clone(),
        },
        Err(
            ActionError::Transient(failure) | ActionError::Permanent(failure) | ActionError::Misconfigured(failure),
        ) => Said { status: None, summary: Some(failure.message.clone()) },
    }
}

impl From<types::ConfigIssue> for ConfigIssue {
    fn from(issue: types::ConfigIssue) -> Self {
        Self { pointer: issue.pointer, message: issue.message }
    }
}

/// A guest's path, or why it is not one.
fn path(text: &str) -> Result<idmef::Path, wit::PathError> {
    if text.len() > LONGEST_PATH {
        return Err(invalid(format!("a path of {} bytes, of at most {LONGEST_PATH}", text.len()), LONGEST_PATH, None));
    }
    text.parse().map_err(|error: idmef::PathError| invalid(error.message, error.offset, error.suggestion))
}

/// A guest's path, which must lead to a value.
fn value_path(text: &str) -> Result<idmef::Path, wit::PathError> {
    let path = path(text)?;
    if path.value_type() == ValueType::Class {
        return Err(invalid(format!("`{path}` is a class and has no value of its own: ask for its entries"), 0, None));
    }
    Ok(path)
}

fn invalid(message: String, offset: usize, suggestion: Option<String>) -> wit::PathError {
    let offset = u32::try_from(offset).unwrap_or(u32::MAX);
    wit::PathError::Invalid(wit::InvalidPath { message, offset, suggestion })
}

fn value(value: &idmef::Value<'_>) -> types::Value {
    match *value {
        idmef::Value::Integer(number) => types::Value::Integer(number),
        idmef::Value::Unsigned(number) => types::Value::Unsigned(number),
        idmef::Value::Float(number) => types::Value::Float(number),
        idmef::Value::Text(bytes) => types::Value::Text(String::from_utf8_lossy(bytes).into_owned()),
        idmef::Value::Bytes(bytes) => types::Value::Bytes(bytes.to_vec()),
        idmef::Value::Time(time) => types::Value::Time(types::Timestamp {
            seconds: i64::from(time.seconds),
            microseconds: time.microseconds,
            gmt_offset_seconds: time.gmt_offset,
        }),
        idmef::Value::Enumeration { name, number } => {
            types::Value::Enumeration(types::Enumeration { name: name.to_owned(), number })
        }
    }
}

impl Sandbox {
    /// The message behind a guest's handle.
    fn message(&mut self, handle: &Resource<Alert>) -> wasmtime::Result<Arc<idmef::Message>> {
        Ok(Arc::clone(&self.table().get(handle)?.0))
    }

    /// Notes on the tape, if there is one, that the guest reads at this path.
    fn note_read(&self, path: &str) {
        if let Some(tape) = &self.tape {
            tape.note(Note::Read { read: shorten(path, LONGEST_PATH) });
        }
    }

    /// The error of a question about what is not granted.
    fn ungranted(&self, path: &idmef::Path, scope: &idmef::Scope) -> wit::PathError {
        let denial = format!("`{path}` is not granted to this action");
        self.denials.note(&denial);
        wit::PathError::Other(format!("{denial}; granted: {scope}"))
    }

    /// Answers a question about the values at a path.
    fn ask<T>(
        &mut self,
        handle: &Resource<Alert>,
        text: &str,
        answer: impl FnOnce(&idmef::Message, &idmef::Path) -> T,
    ) -> wasmtime::Result<Result<T, wit::PathError>> {
        self.note_read(text);
        let message = self.message(handle)?;
        Ok(value_path(text).and_then(|path| match &self.grants.scope {
            Some(scope) if !scope.covers(&path) => Err(self.ungranted(&path, scope)),
            _ => Ok(answer(&message, &path)),
        }))
    }
}

impl types::Host for Sandbox {}

impl wit::Host for Sandbox {
    fn describe(&mut self, text: String) -> wasmtime::Result<Result<wit::PathInfo, wit::PathError>> {
        Ok(path(&text).map(|path| wit::PathInfo {
            value_type: match path.value_type() {
                ValueType::Class => wit::ValueType::Class,
                ValueType::Integer => wit::ValueType::Integer,
                ValueType::Float => wit::ValueType::Float,
                ValueType::Text => wit::ValueType::Text,
                ValueType::Time => wit::ValueType::Time,
                ValueType::Enumeration => wit::ValueType::Enumeration,
                ValueType::Data => wit::ValueType::Data,
            },
            multiple: path.is_multiple(),
        }))
    }
}

impl wit::HostMessage for Sandbox {
    fn kind(&mut self, handle: Resource<Alert>) -> wasmtime::Result<types::MessageKind> {
        Ok(match self.message(&handle)?.kind() {
            Kind::Alert => types::MessageKind::Alert,
            Kind::Heartbeat => types::MessageKind::Heartbeat,
        })
    }

    fn get(
        &mut self,
        handle: Resource<Alert>,
        path: String,
    ) -> wasmtime::Result<Result<Option<types::Value>, wit::PathError>> {
        self.ask(&handle, &path, |message, path| message.get(path).as_ref().map(value))
    }

    fn get_all(
        &mut self,
        handle: Resource<Alert>,
        path: String,
    ) -> wasmtime::Result<Result<Vec<types::Value>, wit::PathError>> {
        self.ask(&handle, &path, |message, path| message.values(path).iter().map(value).collect())
    }

    fn get_text(
        &mut self,
        handle: Resource<Alert>,
        path: String,
    ) -> wasmtime::Result<Result<Option<String>, wit::PathError>> {
        self.ask(&handle, &path, |message, path| message.get(path).map(|value| value.text().into_owned()))
    }

    fn get_all_text(
        &mut self,
        handle: Resource<Alert>,
        path: String,
    ) -> wasmtime::Result<Result<Vec<String>, wit::PathError>> {
        self.ask(&handle, &path, |message, path| {
            message.values(path).iter().map(|value| value.text().into_owned()).collect()
        })
    }

    fn entries(
        &mut self,
        handle: Resource<Alert>,
        prefix: String,
    ) -> wasmtime::Result<Result<Vec<types::Entry>, wit::PathError>> {
        self.note_read(&prefix);
        let message = self.message(&handle)?;
        Ok(path(&prefix).and_then(|path| {
            let entries = match &self.grants.scope {
                Some(scope) if !scope.touches(&path) => return Err(self.ungranted(&path, scope)),
                Some(scope) => message.entries_within(&path, scope),
                None => message.entries(&path),
            };
            let entry = |entry: idmef::Entry<'_>| types::Entry { value: value(&entry.value), path: entry.path };
            Ok(entries.into_iter().map(entry).collect())
        }))
    }

    fn to_json(&mut self, handle: Resource<Alert>) -> wasmtime::Result<String> {
        self.note_read("");
        let message = self.message(&handle)?;
        Ok(match &self.grants.scope {
            Some(scope) => message.to_json_within(scope),
            None => message.to_json(),
        })
    }

    fn drop(&mut self, handle: Resource<Alert>) -> wasmtime::Result<()> {
        self.table().delete(handle)?;
        Ok(())
    }
}

impl From<log::Level> for tracing::Level {
    fn from(level: log::Level) -> Self {
        match level {
            log::Level::Trace => Self::TRACE,
            log::Level::Debug => Self::DEBUG,
            log::Level::Info => Self::INFO,
            log::Level::Warn => Self::WARN,
            log::Level::Error => Self::ERROR,
        }
    }
}

impl log::Host for Sandbox {
    fn enabled(&mut self, level: log::Level) -> wasmtime::Result<bool> {
        // A tape keeps every line.
        Ok(self.tape.is_some() || self.output.enabled(level.into()))
    }

    fn log(&mut self, level: log::Level, message: String, fields: Vec<NamedText>) -> wasmtime::Result<()> {
        if let Some(tape) = &self.tape {
            let log = match level {
                log::Level::Trace => "trace",
                log::Level::Debug => "debug",
                log::Level::Info => "info",
                log::Level::Warn => "warn",
                log::Level::Error => "error",
            };
            let fields = fields.iter().map(|field| (field.name.clone(), field.text.clone())).collect();
            tape.note(Note::Log { log, message: message.clone(), fields });
        }
        let fields = fields.iter().map(|field| (field.name.as_str(), field.text.as_str()));
        self.output.log(level.into(), &message, fields);
        Ok(())
    }
}
