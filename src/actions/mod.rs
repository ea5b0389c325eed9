//! What can be done about an alert: the kinds of action behind one face.
//!
//! An action is loaded once ([`config::Action`](crate::config::Action) in, everything checked that can be
//! checked) and then run for each [`Job`]. A job ends in exactly one [`Outcome`]; running never panics and
//! never returns later than the action's timeout plus its grace period.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use crate::idmef::Message;

/// What the named groups of a trigger's filters captured, by name.
pub type Captures = BTreeMap<Arc<str>, String>;

/// One execution of one action for one alert.
#[derive(Debug, Clone)]
pub struct Job {
    /// Unique within the daemon's life; appears in the log and in the child's environment.
    pub id: Arc<str>,
    /// The trigger that matched.
    pub trigger: Arc<str>,
    /// The action's name.
    pub action: Arc<str>,
    /// Counts from one.
    pub attempt: u32,
    /// The alert.
    pub message: Arc<Message>,
    /// What the trigger's filters captured.
    pub captures: Captures,
}

/// How a job ended, with what it said.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The terminal state.
    pub state: State,
    /// One line for the log: what was done, or why it was not.
    pub summary: String,
    /// The end of what it wrote to standard output.
    pub stdout: String,
    /// The end of what it wrote to standard error.
    pub stderr: String,
    /// Wall-clock time it took.
    pub took: Duration,
}

/// The terminal states of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The action says it did it.
    Done,
    /// It was tried and did not work.
    Failed(Cause),
    /// It was not tried: a guard or a rule of the house forbids it.
    Refused,
    /// Only observed: the mode says so.
    Observed,
}

/// Why a job failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// May work when tried again.
    Transient,
    /// Will not work for this alert.
    Permanent,
    /// Will not work until the configuration is changed.
    Misconfigured,
    /// Took longer than its limit of wall or CPU time.
    Timeout,
    /// The component trapped, or the program died of a signal.
    Crash,
    /// The component wanted more memory than its limit.
    OutOfMemory,
}
