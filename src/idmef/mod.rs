//! IDMEF messages as the rest of the house sees them: owned, `Send + Sync`, no C.
//!
//! A [`Message`] is decoded from wire bytes ([`Message::from_wire`]) or IDMEF JSON
//! ([`Message::from_json`]) and read by [`Path`].

use std::{borrow::Cow, fmt, str::FromStr};

/// One IDMEF message: an alert or a heartbeat (RFC 4765, section 4.2.1).
#[derive(Debug, Clone)]
pub struct Message {}

/// Which of the two message classes a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `alert` (RFC 4765, section 4.2.2)
    Alert,
    /// `heartbeat` (RFC 4765, section 4.2.3)
    Heartbeat,
}

/// One value of a message together with the fully indexed path that leads to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry<'a> {
    /// For example `alert.source(0).node.address(1).address`.
    pub path: String,
    /// What stands there.
    pub value: Value<'a>,
}

/// A value as libprelude types it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// Any signed integer.
    Integer(i64),
    /// Any unsigned integer.
    Unsigned(u64),
    /// `confidence`, and additional data of type real.
    Float(f64),
    /// A string: any bytes without NUL, mostly UTF-8.
    Text(&'a [u8]),
    /// Additional data of type byte-string, and `overflow_alert.buffer`.
    Bytes(&'a [u8]),
    /// A point in time.
    Time(Time),
    /// An enumerated value.
    Enumeration {
        /// As IDMEF spells it, e.g. `high`.
        name: &'static str,
        /// As libprelude numbers it, e.g. 4.
        number: i32,
    },
}

/// A point in time with the sender's UTC offset, to the microsecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub seconds: u32,
    /// Microseconds within the second.
    pub microseconds: u32,
    /// Seconds east of Greenwich.
    pub gmt_offset: i32,
}

/// A valid IDMEF path in libprelude's spelling.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Path {}

/// What stands at the end of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// A class such as `alert.source(0)`: it has children, but no value.
    Class,
    /// Signed or unsigned integers.
    Integer,
    /// A float.
    Float,
    /// A string.
    Text,
    /// A time.
    Time,
    /// One of a fixed list of names.
    Enumeration,
    /// Additional data: any type.
    Data,
}

/// Why a text is not an IDMEF path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PathError {
    /// What is wrong, e.g. ``class `alert` has no child `clasification` ``.
    pub message: String,
    /// Byte offset in the path at which it is wrong.
    pub offset: usize,
    /// The nearest valid path, if one is near.
    pub suggestion: Option<String>,
}

/// Why bytes are not an IDMEF message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct DecodeError {
    /// What is wrong and where.
    pub message: String,
}

impl Message {
    /// Decodes one whole wire message (16-byte header included).
    pub fn from_wire(_wire: &[u8]) -> Result<Self, DecodeError> {
        unimplemented!()
    }
    /// Decodes one message of IDMEF JSON as libprelude prints it.
    pub fn from_json(_json: &[u8]) -> Result<Self, DecodeError> {
        unimplemented!()
    }
    /// The message in Prelude's wire and storage format.
    pub fn to_wire(&self) -> Vec<u8> {
        unimplemented!()
    }
    /// The message as IDMEF JSON; always valid JSON.
    pub fn to_json(&self) -> String {
        unimplemented!()
    }
    /// Alert or heartbeat.
    pub fn kind(&self) -> Kind {
        unimplemented!()
    }
    /// The first value at `path`.
    pub fn get(&self, _path: &Path) -> Option<Value<'_>> {
        unimplemented!()
    }
    /// All values at `path`, flattened, holes skipped, in document order.
    pub fn values(&self, _path: &Path) -> Vec<Value<'_>> {
        unimplemented!()
    }
    /// All values at or below `path`, each with its fully indexed path.
    pub fn entries(&self, _path: &Path) -> Vec<Entry<'_>> {
        unimplemented!()
    }
    /// `alert.messageid` or `heartbeat.messageid`.
    pub fn messageid(&self) -> Option<Cow<'_, str>> {
        unimplemented!()
    }
    /// The analyzerid of the last analyzer of the chain that has one: who issued the message.
    pub fn issuer(&self) -> Option<Cow<'_, str>> {
        unimplemented!()
    }
}

impl Value<'_> {
    /// The value as filters compare it, `explain` shows it and actions receive it.
    pub fn text(&self) -> Cow<'_, str> {
        unimplemented!()
    }
}

impl Path {
    /// What stands at the end of this path.
    pub fn value_type(&self) -> ValueType {
        unimplemented!()
    }
    /// Whether the path can lead to more than one value.
    pub fn is_multiple(&self) -> bool {
        unimplemented!()
    }
    /// The message class the path starts in; `None` for the empty path and `version`.
    pub fn root(&self) -> Option<Kind> {
        unimplemented!()
    }
}

impl FromStr for Path {
    type Err = PathError;
    fn from_str(_text: &str) -> Result<Self, PathError> {
        unimplemented!()
    }
}

impl fmt::Display for Path {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        unimplemented!()
    }
}
