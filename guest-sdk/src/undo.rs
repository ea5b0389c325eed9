// SPDX-License-Identifier: MIT OR Apache-2.0

//! What an action needs to undo what it did: a token, of any type that serde knows.

use serde::{Serialize, de::DeserializeOwned};

use crate::{Error, Outcome};

impl Outcome {
    /// Adds what `undo` needs in order to take this back; it is handed to it as it was. Kept as JSON of at most 64 KiB, only for
    /// actions that can undo (`action!(Config, run, undo)`). No place for secrets: the daemon writes it down.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn undo_with<T: Serialize + ?Sized>(mut self, token: &T) -> Result<Self, Error> {
        let json = serde_json::to_vec(token);
        let json =
            json.map_err(|error| Error::permanent(format!("the undo token is no JSON: {error}")).code("token"))?;
        self.undo_token = Some(json);
        Ok(self)
    }

    /// The token in it, as `undo` will be handed it; none when there is none. For tests.
    ///
    /// # Errors
    /// It is not of this type.
    pub fn token<T: DeserializeOwned>(&self) -> Result<Option<T>, Error> {
        token(self.undo_token.as_deref().unwrap_or_default())
    }
}

/// A token as the host hands it over; none when there is none.
pub fn token<T: DeserializeOwned>(bytes: &[u8]) -> Result<Option<T>, Error> {
    if bytes.is_empty() {
        return Ok(None);
    }
    serde_json::from_slice(bytes)
        .map(Some)
        .map_err(|error| Error::permanent(format!("the undo token is not one of this action's: {error}")).code("token"))
}
