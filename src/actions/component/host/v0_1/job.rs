//! A job in the words of the interface: what the guest is told of it, what it says when it ends, and its lines for the log.

use std::time::Duration;

use super::{
    super::super::{
        issue::ConfigIssue,
        sandbox::Sandbox,
        tape::{Note, Particulars, Said},
    },
    bindings::{ActionError, Context, NamedText, Outcome, Status, log, types},
};
use crate::actions::Job;

/// The particulars of a job as the guest is told them.
pub(in super::super::super) fn context(job: &Job, timeout: Duration, more: Option<&Particulars>) -> Context {
    // A tape tells them as they were.
    let parameters = match more {
        Some(more) => more.parameters.clone(),
        None => job.parameters.iter().map(|(name, text)| (name.to_string(), text.clone())).collect(),
    };
    Context {
        job_id: job.id.to_string(),
        trigger: job.trigger.to_string(),
        action: job.action.to_string(),
        attempt: job.attempt,
        max_attempts: job.attempts,
        deadline_ms: u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX),
        mode: if more.is_some_and(|more| more.observe) { types::Mode::Observe } else { types::Mode::Enforce },
        captures: job
            .captures
            .iter()
            .map(|(name, text)| NamedText { name: name.to_string(), text: text.clone() })
            .collect(),
        parameters: parameters.into_iter().map(|(name, text)| NamedText { name, text }).collect(),
        lease_ms: None,
    }
}

/// What a guest said at the end of its job.
pub(in super::super::super) fn said(ended: &Result<Outcome, ActionError>) -> Said {
    match ended {
        Ok(outcome) => Said {
            status: Some(match outcome.status {
                Status::Done => "done",
                Status::Skipped => "skipped",
                Status::Simulated => "simulated",
            }),
            summary: outcome.summary.clone(),
        },
        Err(
            ActionError::Transient(failure) | ActionError::Permanent(failure) | ActionError::Misconfigured(failure),
        ) => Said { status: None, summary: Some(failure.message.clone()) },
    }
}

impl From<types::ConfigIssue> for ConfigIssue {
    fn from(issue: types::ConfigIssue) -> Self {
        Self { pointer: issue.pointer, message: issue.message }
    }
}

impl From<log::Level> for tracing::Level {
    fn from(level: log::Level) -> Self {
        match level {
            log::Level::Trace => Self::TRACE,
            log::Level::Debug => Self::DEBUG,
            log::Level::Info => Self::INFO,
            log::Level::Warn => Self::WARN,
            log::Level::Error => Self::ERROR,
        }
    }
}

impl log::Host for Sandbox {
    fn enabled(&mut self, level: log::Level) -> wasmtime::Result<bool> {
        // A tape keeps every line.
        Ok(self.tape.is_some() || self.output.enabled(level.into()))
    }

    fn log(&mut self, level: log::Level, message: String, fields: Vec<NamedText>) -> wasmtime::Result<()> {
        if let Some(tape) = &self.tape {
            let log = match level {
                log::Level::Trace => "trace",
                log::Level::Debug => "debug",
                log::Level::Info => "info",
                log::Level::Warn => "warn",
                log::Level::Error => "error",
            };
            let fields = fields.iter().map(|field| (field.name.clone(), field.text.clone())).collect();
            tape.note(Note::Log { log, message: message.clone(), fields });
        }
        let fields = fields.iter().map(|field| (field.name.as_str(), field.text.as_str()));
        self.output.log(level.into(), &message, fields);
        Ok(())
    }
}
