//! Why something that is granted cannot be had.

use crate::config;

/// Why something that is granted cannot be had; the text goes on from the place of the grant.
#[derive(Debug, thiserror::Error)]
#[error("{problem}")]
pub struct GrantError {
    /// Where it is granted.
    pub at: config::Location,
    /// What is wrong, and what to do.
    pub problem: String,
}
