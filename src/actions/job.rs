//! One execution of one action, and how it ended.

use std::{fmt, sync::Arc, time::Duration};

use crate::{
    config::{Captures, Target},
    idmef::Message,
};

/// One execution of one action for one alert.
#[derive(Debug, Clone)]
pub struct Job {
    /// The number by which the journal knows it; appears in the log and in the child's environment.
    pub id: Arc<str>,
    /// The trigger that matched.
    pub trigger: Arc<str>,
    /// The action's name.
    pub action: Arc<str>,
    /// Counts from one.
    pub attempt: u32,
    /// How many attempts there are at most.
    pub attempts: u32,
    /// The alert.
    pub message: Arc<Message>,
    /// What the trigger's filters captured.
    pub captures: Captures,
    /// What fills the action's parameters, each of its type.
    pub parameters: Vec<(Arc<str>, String)>,
    /// What it acts on.
    pub target: Option<Target>,
}

/// How a job ended, with what it said: bounded, whoever said it, and escaped but for the streams of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The terminal state.
    pub state: State,
    /// One line for the log: what was done, or why it was not.
    pub summary: String,
    /// The program that was started, or was to be, with its arguments; empty for components.
    pub command: Vec<String>,
    /// A component's short word for programs about its failure, such as `http-503`.
    pub code: Option<String>,
    /// How long a component that failed for now asks to be left alone, at most [`Outcome::LONGEST_RETRY`].
    pub retry_after: Option<Duration>,
    /// What a component found worth keeping: names and texts, at most 32.
    pub outputs: Vec<(String, String)>,
    /// What a component needs in order to undo what it did, at most 64 KiB. Kept as it came.
    pub undo_token: Option<Vec<u8>>,
    /// What a component asked for and was refused, however its job ended: at most 17 lines, each with the grant that would
    /// allow it where one would.
    pub denied: Vec<String>,
    /// Why the last HTTP exchange of a component that failed had no answer.
    pub last_exchange: Option<String>,
    /// The end of what it wrote to standard output.
    pub stdout: String,
    /// The end of what it wrote to standard error.
    pub stderr: String,
    /// The last lines a component logged or wrote to standard error, in their order; a logged one begins with its level.
    pub log: Vec<String>,
    /// Where a component stood when it was stopped: one line for each function, the innermost first.
    pub trace: String,
    /// Wall-clock time it took.
    pub took: Duration,
    /// What a component used; none for programs and for jobs that were never started.
    pub used: Option<Usage>,
}

/// What one job of a component used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// CPU time, in the sandbox and in the host on its behalf.
    pub cpu: Duration,
    /// Bytes of linear memory at the most.
    pub memory: usize,
    /// WebAssembly instructions, where they are counted.
    pub instructions: Option<u64>,
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
    /// Its deadline passed before it was tried, or tried again.
    Expired,
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
    /// The component asked for something that it is not granted.
    Denied,
}

impl Outcome {
    /// The longest time a component may ask to be left alone.
    pub const LONGEST_RETRY: Duration = Duration::from_hours(30 * 24);

    /// An outcome of a job that was never started.
    pub fn unstarted(state: State, summary: impl Into<String>) -> Self {
        Self {
            state,
            summary: summary.into(),
            command: Vec::new(),
            code: None,
            retry_after: None,
            outputs: Vec::new(),
            undo_token: None,
            denied: Vec::new(),
            last_exchange: None,
            stdout: String::new(),
            stderr: String::new(),
            log: Vec::new(),
            trace: String::new(),
            took: Duration::ZERO,
            used: None,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Observed => "observed",
            Self::Expired => "expired",
            Self::Failed(Cause::Transient) => "failed (transient)",
            Self::Failed(Cause::Permanent) => "failed (permanent)",
            Self::Failed(Cause::Misconfigured) => "failed (misconfigured)",
            Self::Failed(Cause::Timeout) => "failed (timeout)",
            Self::Failed(Cause::Crash) => "failed (crash)",
            Self::Failed(Cause::OutOfMemory) => "failed (out of memory)",
            Self::Failed(Cause::Denied) => "failed (denied)",
        })
    }
}
