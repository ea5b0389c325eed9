//! IDMEF messages as the rest of the house sees them: owned, `Send + Sync`, no C.
//!
//! A [`Message`] is decoded from wire bytes ([`Message::from_wire`]) or IDMEF JSON ([`Message::from_json`]) and read by
//! [`Path`]. A [`Path`] is checked when it is parsed; a question that makes no sense, such as a heartbeat's path asked
//! of an alert, has no values. Everything is driven by the class tree in [`schema`].
//!
//! Whatever comes in may have been written by an attacker. Decoding is our own, in safe code: it never panics, never
//! recurses without end, and needs no more memory than a small multiple of what came in. What a value holds is not
//! made safe here: any byte may be in it.
//!
//! # Where the answers differ from libprelude's
//!
//! On every message that libprelude writes, every path has the values that `idmef_path_get` and
//! `idmef_value_to_string` give, except:
//!
//! - A required string that nobody set has no value. libprelude says `<empty>`, a text that an attacker can send as
//!   well as anybody. An empty string is no value either, as on libprelude's own wire, where it is not written (empty
//!   additional data are written, though; libprelude cannot read them, we can). Additional data that nobody set are no
//!   value; libprelude has an empty text.
//! - A missing `create_time` is missing. libprelude takes the time of decoding.
//! - A string is never cut at a NUL byte within it.
//! - An enumerated value whose number has no name is no value. libprelude has a value that it cannot print.
//! - `-05:30` is printed so; libprelude prints `-05:-30`, and `+00:-30` for `-00:30`. Times whose local time lies
//!   before 1970 or after 2106 are printed right; libprelude's wrap around.
//! - Objects have no text. libprelude prints `<IDMEFSource …>`.
//!
//! Paths are libprelude's, except:
//!
//! - A key may hold dots and parentheses, and a path 1,024 bytes (libprelude: 126) and 31 elements (15).
//! - An index must be whole and may not start with 0: libprelude reads `(1x)` as 1, `(010)` as 8, and forgets what
//!   follows `)`.
//!
//! The wire format is libprelude's, except that these are errors: items after the end of a message, bytes in the tag
//! that opens or closes an object, a second value or object where only one may stand, two alternatives (an alert and
//! a heartbeat, a tool alert and an overflow alert) at once, a message without alert and heartbeat, objects nested
//! deeper than 32, more than a million objects and values.

mod json;
mod message;
mod path;
pub mod schema;
mod scope;
mod suggest;
mod tree;
mod value;
pub mod wire;

use std::fmt;

pub use message::Message;
pub use path::{Path, ValueType};
pub use scope::Scope;
pub use value::{Time, TimeError, Value};

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
pub struct DecodeError {
    /// What is wrong, and where in the message.
    pub message: String,
    /// Where in a JSON text: line and column, from one.
    pub place: Option<(usize, usize)>,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((line, column)) = self.place {
            write!(f, "line {line}, column {column}")?;
            f.write_str(if self.message.starts_with("at `") { ", " } else { ": " })?;
        }
        f.write_str(&self.message)
    }
}

impl DecodeError {
    fn new(message: String) -> Self {
        Self { message, place: None }
    }

    fn at(offset: usize, reason: &str) -> Self {
        Self::new(format!("byte {offset} of the message: {reason}"))
    }
}

#[cfg(test)]
mod tests;
