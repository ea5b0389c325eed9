//! Programs that are run for a component's job: the same contract, with parameters instead of an alert, and an end
//! that is handed to the component instead of ending the job.

use std::{
    os::unix::process::ExitStatusExt,
    sync::Arc,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use super::{Exec, Refusal, arguments, run::End};
use crate::{
    actions::{Captures, Job},
    config::Limits,
};

/// The job that a program runs for, as it is told in its environment.
#[derive(Debug, Clone)]
pub(in crate::actions) struct For {
    pub(in crate::actions) job: Arc<str>,
    pub(in crate::actions) trigger: Arc<str>,
    pub(in crate::actions) action: Arc<str>,
    pub(in crate::actions) attempt: u32,
}

/// What is known of a program that was run.
#[derive(Debug)]
pub(in crate::actions) struct Completed {
    pub(in crate::actions) ending: Ending,
    /// The same in words, for the log.
    pub(in crate::actions) summary: String,
    pub(in crate::actions) stdout: String,
    pub(in crate::actions) stderr: String,
    pub(in crate::actions) took: Duration,
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::actions) enum Ending {
    Exited(u32),
    Signalled(u32),
    /// It was stopped at its timeout, or could not even be stopped.
    TimedOut,
}

/// Why a program was not run: nothing has happened.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(in crate::actions) struct NotRun(String);

impl From<&Job> for For {
    fn from(job: &Job) -> Self {
        Self {
            job: Arc::clone(&job.id),
            trigger: Arc::clone(&job.trigger),
            action: Arc::clone(&job.action),
            attempt: job.attempt,
        }
    }
}

impl Exec {
    /// The exact argument vector for these parameters, the program first.
    pub(in crate::actions) fn vector(&self, parameters: &Captures) -> Result<Vec<String>, Refusal> {
        arguments::build(&self.config, &self.config.command, None, parameters)
    }

    /// Runs the program with an argument vector that [`Self::vector`] made, within times of its own. As with [`Exec::run`],
    /// dropping the future kills the program and its process group.
    pub(in crate::actions) async fn run_vector(
        &self,
        vector: Vec<String>,
        told: &For,
        timeout: Duration,
        kill_after: Duration,
    ) -> Result<Completed, NotRun> {
        let started = Instant::now();
        let hurried = Self { limits: Limits { timeout, kill_after, ..self.limits.clone() }, ..self.clone() };
        let running = hurried.start(told, vector).await.map_err(|(_, summary)| NotRun(summary))?;
        let (end, outcome) = hurried.attend(running, None, started).await;
        Ok(Completed {
            ending: ending(&end),
            summary: outcome.summary,
            stdout: outcome.stdout,
            stderr: outcome.stderr,
            took: outcome.took,
        })
    }
}

fn ending(end: &End) -> Ending {
    match &end.status {
        Ok(status) if !end.timed_out => match (status.code(), status.signal()) {
            (Some(code), _) => Ending::Exited(code.cast_unsigned()),
            (None, signal) => Ending::Signalled(signal.unwrap_or_default().cast_unsigned()),
        },
        _ => Ending::TimedOut,
    }
}
