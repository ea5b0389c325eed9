// SPDX-License-Identifier: MIT OR Apache-2.0

//! Why there was no answer.

use std::fmt;

/// Why there was no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The operator has not granted this server.
    Denied,
    /// The request itself is wrong, for example a header that may not be set.
    Invalid,
    /// The name is unknown, or nobody answers there.
    Unreachable,
    /// The server's certificate is not good.
    Certificate,
    /// It took too long.
    Timeout,
    /// The connection broke, or what came was not HTTP.
    Broken,
}

/// A request without an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// Why.
    pub cause: Cause,
    message: String,
}

impl Error {
    /// An error with a text for the operator.
    pub fn new(cause: Cause, message: impl Into<String>) -> Self {
        Self { cause, message: message.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// What is not granted, what is wrong with the request and a bad certificate are for the operator to mend; the rest may pass.
impl From<Error> for crate::Error {
    fn from(error: Error) -> Self {
        let message = error.message;
        match error.cause {
            Cause::Denied => Self::misconfigured(message).code("not-granted"),
            Cause::Invalid => Self::misconfigured(message).code("request"),
            Cause::Certificate => Self::misconfigured(message).code("certificate"),
            Cause::Unreachable => Self::transient(message).code("unreachable"),
            Cause::Timeout => Self::transient(message).code("timeout"),
            Cause::Broken => Self::transient(message).code("connection"),
        }
    }
}
