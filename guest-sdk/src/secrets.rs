// SPDX-License-Identifier: MIT OR Apache-2.0

//! Passwords, tokens and keys that the operator has granted (`grant: { secrets: … }`), by name.

use std::fmt;

use crate::Error;

/// What was revealed. Debugging it shows nothing, so that it stays out of logs and outcomes.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

/// Asks the host for a secret. Do so in `run` only, and only for what this job needs: every revelation is noted in the daemon's
/// log.
///
/// ```no_run
/// # fn run() -> Result<(), prelude_trigger_guest::Error> {
/// let token = prelude_trigger_guest::secrets::reveal("token")?;
/// let header = format!("Bearer {}", token.text()?);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// The operator has granted no secret of this name; the error is one of the configuration's.
pub fn reveal(name: &str) -> Result<Secret, Error> {
    #[cfg(target_arch = "wasm32")]
    let revealed = {
        use crate::bindings::prelude::trigger::secrets::{SecretError, reveal};
        reveal(name).map_err(|error| match error {
            SecretError::Denied(reason) => Error::misconfigured(format!("secret `{name}`: {reason}")).code("secret"),
            SecretError::Other(reason) => Error::transient(format!("secret `{name}`: {reason}")).code("secret"),
        })
    };
    #[cfg(not(target_arch = "wasm32"))]
    let revealed = crate::testing::host::secret(name);
    revealed.map(Secret)
}

impl Secret {
    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes as text.
    ///
    /// # Errors
    /// They are not UTF-8.
    pub fn text(&self) -> Result<&str, Error> {
        std::str::from_utf8(&self.0).map_err(|_| Error::misconfigured("a secret is not a text in UTF-8").code("secret"))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_owned())
    }
}
