//! Bytes, as a tape has them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Body {
    /// As text.
    Text(String),
    /// In Base64, as it is no text.
    Base64(String),
    /// Text that means the same as JSON.
    Json(Value),
    /// Whatever it may be.
    Any,
}

impl Body {
    /// Of bytes.
    pub fn new(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Base64(base64::Engine::encode(&base64::prelude::BASE64_STANDARD, bytes)),
        }
    }

    /// The bytes; none for what is not known.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        match self {
            Self::Text(text) => Some(text.clone().into_bytes()),
            Self::Base64(text) => base64::Engine::decode(&base64::prelude::BASE64_STANDARD, text).ok(),
            Self::Json(value) => Some(value.to_string().into_bytes()),
            Self::Any => None,
        }
    }

    pub(super) fn fits(&self, got: &Self) -> bool {
        match self {
            Self::Any => true,
            Self::Json(expected) => match got {
                Self::Text(text) => serde_json::from_str::<Value>(text).is_ok_and(|value| value == *expected),
                _ => false,
            },
            Self::Text(_) | Self::Base64(_) => self == got,
        }
    }
}
