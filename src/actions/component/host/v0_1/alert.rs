//! `idmef`: the alert, answered by our own [`idmef::Path`] over the owned message, as far as its parts are granted.

use std::sync::Arc;

use wasmtime::component::Resource;

use super::{
    super::super::{sandbox::Sandbox, tape::Note},
    bindings::{Alert, types, wit},
};
use crate::{
    idmef::{self, Kind, ValueType},
    text::shorten,
};

/// Longest path a guest may ask for, in bytes.
const LONGEST_PATH: usize = 1024;

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
        // Of a path that is too long for the line nobody needs the rest.
        self.trouble.refused(&format!("{denial} (idmef: ['{}'] would)", shorten(&path.to_string(), 72)));
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
