//! What is asked of an action's store, and what it answers, as plain data.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::body::Body;
use crate::text::{quote, shorten};

/// Characters of a value that are shown.
const SHOWN: usize = 512;

/// A call to the action's own store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub enum Keep {
    /// A value is asked for.
    Get {
        /// Its key.
        key: String,
    },
    /// A value is written.
    Set {
        /// Its key.
        key: String,
        /// The value.
        value: Body,
        /// The version that the key must have, 0 for none; whatever it has when nothing is said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expected: Option<u64>,
        /// When it is forgotten.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_after_ms: Option<u64>,
    },
    /// A number is added to.
    Increment {
        /// Its key.
        key: String,
        /// What is added.
        by: i64,
        /// When it is forgotten, if it is new.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_after_ms: Option<u64>,
    },
    /// A key is forgotten.
    Delete {
        /// Which.
        key: String,
    },
    /// Keys are asked for.
    Keys {
        /// What they begin with.
        prefix: String,
        /// What they follow.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<String>,
    },
}

/// A value of a store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The value.
    pub value: Body,
    /// Its version.
    pub version: u64,
}

/// Why a store did not do as it was asked; each text is for the guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotKept {
    /// A key or a value does not fit.
    TooLarge(String),
    /// There is no room.
    Quota(String),
    /// There is no number, or none that fits.
    NotANumber(String),
    /// Any other reason.
    Other(String),
}

impl Keep {
    /// Whether it changes anything.
    pub fn writes(&self) -> bool {
        !matches!(self, Self::Get { .. } | Self::Keys { .. })
    }

    /// Changes the texts in it.
    pub(super) fn texts(&mut self, change: &impl Fn(&mut String)) {
        match self {
            Self::Set { key, value, .. } => {
                change(key);
                if let Body::Text(text) = value {
                    change(text);
                }
            }
            Self::Get { key } | Self::Increment { key, .. } | Self::Delete { key } => change(key),
            Self::Keys { prefix, after } => {
                change(prefix);
                after.iter_mut().for_each(change);
            }
        }
    }
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let expiry = match self {
            Self::Set { expires_after_ms: Some(after), .. } | Self::Increment { expires_after_ms: Some(after), .. } => {
                format!(" for {after} ms")
            }
            _ => String::new(),
        };
        match self {
            Self::Get { key } => write!(f, "state: get {}", quote(key)),
            Self::Set { key, value, expected, .. } => {
                write!(f, "state: set {} to ", quote(key))?;
                match value {
                    Body::Text(text) => f.write_str(&quote(&shorten(text, SHOWN)))?,
                    Body::Base64(text) => write!(f, "base64 {}", shorten(text, SHOWN))?,
                    Body::Json(value) => f.write_str(&shorten(&value.to_string(), SHOWN))?,
                    Body::Any => f.write_str("something")?,
                }
                if let Some(version) = expected {
                    write!(f, " if its version is {version}")?;
                }
                f.write_str(&expiry)
            }
            Self::Increment { key, by, .. } => write!(f, "state: add {by} to {}{expiry}", quote(key)),
            Self::Delete { key } => write!(f, "state: delete {}", quote(key)),
            Self::Keys { prefix, after } => {
                write!(f, "state: keys that begin with {}", quote(prefix))?;
                after.iter().try_for_each(|after| write!(f, ", after {}", quote(after)))
            }
        }
    }
}
