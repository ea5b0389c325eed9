//! What is wrong with an action's configuration, as its schema or the component itself says.

use std::fmt;

use crate::text::Escaped;

/// One thing that is wrong with a component's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigIssue {
    /// Where: a JSON pointer into the action's `config:` (RFC 6901), empty for all of it.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for ConfigIssue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.pointer.is_empty() {
            write!(f, "{}: ", Escaped(&self.pointer))?;
        }
        Escaped(&self.message).fmt(f)
    }
}
