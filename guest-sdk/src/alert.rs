// SPDX-License-Identifier: MIT OR Apache-2.0

//! Reading the alert.

use std::fmt;

use crate::{
    Entry, Error, MessageKind, PathInfo, Value,
    bindings::prelude::trigger::idmef::{self, Message},
};

/// What answers: the host, or in native tests a message in memory.
#[cfg(target_arch = "wasm32")]
type Inner = Message;
#[cfg(not(target_arch = "wasm32"))]
type Inner = crate::testing::Memory;

/// The alert the action was called for. Paths are spelt as libprelude spells them, e.g.
/// `alert.source(0).node.address(0).address`.
#[derive(Debug)]
pub struct Alert(Inner);

impl Alert {
    /// Alert or heartbeat.
    pub fn kind(&self) -> MessageKind {
        self.0.kind()
    }

    /// The first value at a path, if there is one.
    pub fn get(&self, path: impl AsRef<str>) -> Result<Option<Value>, PathError> {
        self.0.get(path.as_ref()).map_err(|error| PathError::new(path.as_ref(), error))
    }

    /// All values at a path.
    pub fn all(&self, path: impl AsRef<str>) -> Result<Vec<Value>, PathError> {
        self.0.get_all(path.as_ref()).map_err(|error| PathError::new(path.as_ref(), error))
    }

    /// The first value at a path as text, exactly as filters compare it.
    pub fn text(&self, path: impl AsRef<str>) -> Result<Option<String>, PathError> {
        self.0.get_text(path.as_ref()).map_err(|error| PathError::new(path.as_ref(), error))
    }

    /// All values at a path as text.
    pub fn texts(&self, path: impl AsRef<str>) -> Result<Vec<String>, PathError> {
        self.0.get_all_text(path.as_ref()).map_err(|error| PathError::new(path.as_ref(), error))
    }

    /// All values at or below a path, each with its fully indexed path.
    pub fn entries(&self, prefix: impl AsRef<str>) -> Result<Vec<Entry>, PathError> {
        self.0.entries(prefix.as_ref()).map_err(|error| PathError::new(prefix.as_ref(), error))
    }

    /// The whole message as IDMEF JSON, on one line.
    pub fn json(&self) -> String {
        self.0.to_json()
    }
}

impl From<Message> for Alert {
    fn from(message: Message) -> Self {
        #[cfg(target_arch = "wasm32")]
        return Self(message);
        #[cfg(not(target_arch = "wasm32"))]
        unreachable!("{message:?} cannot be outside a component");
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl From<crate::testing::Memory> for Alert {
    fn from(memory: crate::testing::Memory) -> Self {
        Self(memory)
    }
}

/// An IDMEF path to a value that has been checked: for fields of a configuration, so that a misspelt path is
/// reported when the action is loaded.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct Path(String);

impl Path {
    /// Checks a path; one that leads to a class such as `alert.source(0)`, which has no value, is an error.
    pub fn new(path: impl Into<String>) -> Result<Self, PathError> {
        let path = path.into();
        let info = Self::describe(&path)?;
        if info.value_type == crate::ValueType::Class {
            let message = "it leads to a class, which has no value".to_owned();
            return Err(PathError { path, message, suggestion: None });
        }
        Ok(Self(path))
    }

    /// What can be known of a path without an alert.
    pub fn describe(path: &str) -> Result<PathInfo, PathError> {
        #[cfg(target_arch = "wasm32")]
        let described = idmef::describe(path);
        #[cfg(not(target_arch = "wasm32"))]
        let described = crate::idmef::path::describe(path);
        described.map_err(|error| PathError::new(path, error))
    }
}

impl AsRef<str> for Path {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Path {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Path".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "format": "idmef-path",
            "description": "An IDMEF path to a value, for example alert.classification.text",
        })
    }
}

impl TryFrom<String> for Path {
    type Error = PathError;

    fn try_from(path: String) -> Result<Self, PathError> {
        Self::new(path)
    }
}

/// Why a text is not an IDMEF path, or not one that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathError {
    path: String,
    message: String,
    suggestion: Option<String>,
}

impl PathError {
    fn new(path: &str, error: idmef::PathError) -> Self {
        let (message, suggestion) = match error {
            idmef::PathError::Invalid(invalid) => (invalid.message, invalid.suggestion),
            idmef::PathError::Other(message) => (message, None),
        };
        Self { path: path.to_owned(), message, suggestion }
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.char_indices().nth(200) {
            Some((end, _)) => write!(f, "path `{}…`: {}", &self.path[..end], self.message)?,
            None => write!(f, "path `{}`: {}", self.path, self.message)?,
        }
        match &self.suggestion {
            Some(suggestion) => write!(f, "; did you mean `{suggestion}`?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for PathError {}

/// A path comes from the action's configuration or from its source: no other alert would make it right.
impl From<PathError> for Error {
    fn from(error: PathError) -> Self {
        Self::misconfigured(error.to_string())
    }
}
