//! Why something that is granted cannot be had, and why something is not granted.

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

/// A denial of something by its name, with the line that would grant it where the name is one that can be granted: it is the
/// guest's.
pub(super) fn denial_and_line(denial: &str, key: &str, name: &str, what: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if (1..=64).contains(&name.len()) && name.bytes().all(plain) {
        format!("{denial} ({key}: {{ {name}: {{ {what} }} }} would)")
    } else {
        denial.to_owned()
    }
}
