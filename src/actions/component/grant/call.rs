//! What one call into a component is about, and what it has made of its grants so far.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::super::tape::Tape;
use crate::actions::{Job, exec::For};

/// Commands that one job may run.
pub(in super::super) const MOST_COMMANDS: u32 = 64;

/// How often one job may use its state, and how often of these to write.
pub(in super::super) const MOST_STATE_CALLS: u32 = 10_000;
pub(in super::super) const MOST_STATE_WRITES: u32 = 1_000;

/// One call.
#[derive(Debug)]
pub(in super::super) struct Call {
    /// The job; none while a configuration is checked.
    pub(in super::super) job: Option<For>,
    /// Whether nothing may have an effect (mode `observe`).
    pub(in super::super) observe: bool,
    /// Where what it asks for is written down, if anywhere.
    pub(in super::super) tape: Option<Arc<Tape>>,
    /// When the job's wall-clock time ends.
    until: Instant,
    /// Commands it has run.
    commands: u32,
    /// How often it has used its state, and written to it.
    state: (u32, u32),
    /// Secrets it was told.
    revealed: Vec<Arc<str>>,
}

impl Call {
    /// A call that checks a configuration, and must not have effects.
    pub(in super::super) fn validate() -> Self {
        Self {
            job: None,
            observe: false,
            tape: None,
            until: Instant::now(),
            commands: 0,
            state: (0, 0),
            revealed: Vec::new(),
        }
    }

    /// A call for a job that may take so long from now. A job does not say yet, except by its tape, that it must have no
    /// effects: this is where it will.
    pub(in super::super) fn job(job: &Job, timeout: Duration, tape: Option<&Arc<Tape>>) -> Self {
        let observe = tape.is_some_and(|tape| tape.job().observe);
        let until = Instant::now() + timeout;
        Self { job: Some(For::from(job)), observe, tape: tape.cloned(), until, ..Self::validate() }
    }

    /// Whether it may change anything.
    pub(in super::super) fn may_act(&self) -> bool {
        self.job.is_some() && !self.observe
    }

    /// Wall-clock time that is left.
    pub(in super::super) fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// Counts a command; false when there have been too many.
    pub(in super::super) fn count_command(&mut self) -> bool {
        self.commands = self.commands.saturating_add(1);
        self.commands <= MOST_COMMANDS
    }

    /// Counts a use of the state; false when there have been too many.
    pub(in super::super) fn count_state(&mut self, writes: bool) -> bool {
        let (calls, written) = &mut self.state;
        *calls = calls.saturating_add(1);
        *written = written.saturating_add(u32::from(writes));
        *calls <= MOST_STATE_CALLS && (!writes || *written <= MOST_STATE_WRITES)
    }

    /// Notes that a secret was told; false when it had been told before.
    pub(in super::super) fn note_secret(&mut self, name: &Arc<str>) -> bool {
        let new = !self.revealed.contains(name);
        if new {
            self.revealed.push(Arc::clone(name));
        }
        new
    }
}
