// SPDX-License-Identifier: MIT OR Apache-2.0

//! How a job ends.

use std::time::Duration;

use crate::bindings::prelude::trigger::types::{ActionError, Failure, NamedText, Outcome, Status};

impl Outcome {
    /// It was done; the summary is one line that tells the operator what.
    pub fn done(summary: impl Into<String>) -> Self {
        Self::new(Status::Done, summary)
    }

    /// There was nothing to do; the summary says why.
    pub fn skipped(summary: impl Into<String>) -> Self {
        Self::new(Status::Skipped, summary)
    }

    /// It would have been done, but [`Context::mode`](crate::Context) is [`Mode::Observe`](crate::Mode).
    pub fn simulated(summary: impl Into<String>) -> Self {
        Self::new(Status::Simulated, summary)
    }

    fn new(status: Status, summary: impl Into<String>) -> Self {
        Self { status, summary: Some(summary.into()), outputs: Vec::new(), undo_token: None }
    }

    /// Adds something that is worth keeping beside the summary, such as an identifier another system gave out.
    #[must_use]
    pub fn output(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.outputs.push(NamedText { name: name.into(), text: text.into() });
        self
    }
}

/// Why an action could not do what it is for, and whether trying again could help.
#[derive(Debug, Clone, PartialEq)]
pub struct Error(ActionError);

impl Error {
    /// It may work later.
    pub fn transient(message: impl Into<String>) -> Self {
        Self(ActionError::Transient(failure(message)))
    }

    /// It will not work for this alert.
    pub fn permanent(message: impl Into<String>) -> Self {
        Self(ActionError::Permanent(failure(message)))
    }

    /// It will not work for any alert until the configuration is changed.
    pub fn misconfigured(message: impl Into<String>) -> Self {
        Self(ActionError::Misconfigured(failure(message)))
    }

    /// Adds a short word for programs, for example `http-503`.
    #[must_use]
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.failure().code = Some(code.into());
        self
    }

    /// Asks not to be tried again before this long; heeded where the error is transient.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.failure().retry_after_ms = Some(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        self
    }

    /// Whether it may work later.
    pub fn is_transient(&self) -> bool {
        matches!(self.0, ActionError::Transient(_))
    }

    /// Whether it will not work for any alert until the configuration is changed.
    pub fn is_misconfigured(&self) -> bool {
        matches!(self.0, ActionError::Misconfigured(_))
    }

    /// Whether it carries this word.
    pub fn has_code(&self, code: &str) -> bool {
        self.told().code.as_deref() == Some(code)
    }

    /// How long it asks to wait.
    pub fn wait(&self) -> Option<Duration> {
        self.told().retry_after_ms.map(Duration::from_millis)
    }

    fn told(&self) -> &Failure {
        match &self.0 {
            ActionError::Transient(failure) | ActionError::Permanent(failure) | ActionError::Misconfigured(failure) => {
                failure
            }
        }
    }

    fn failure(&mut self) -> &mut Failure {
        match &mut self.0 {
            ActionError::Transient(failure) | ActionError::Permanent(failure) | ActionError::Misconfigured(failure) => {
                failure
            }
        }
    }
}

fn failure(message: impl Into<String>) -> Failure {
    Failure { message: message.into(), code: None, retry_after_ms: None }
}

impl From<Error> for ActionError {
    fn from(error: Error) -> Self {
        error.0
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.told().message)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_carries_all_it_was_given() {
        let error = Error::transient("no answer").code("timeout").retry_after(Duration::from_secs(30));
        assert_eq!(error.to_string(), "no answer");
        let ActionError::Transient(failure) = error.into() else { panic!("not transient") };
        assert_eq!((failure.code.as_deref(), failure.retry_after_ms), (Some("timeout"), Some(30_000)));
    }
}
