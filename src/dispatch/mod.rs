//! From job to outcome.
//!
//! Each action has a lane: a queue, and at most `limits.concurrency` of its jobs running at once. All lanes together
//! run at most [`Settings::jobs_at_once`]. Jobs of one action start in the order in which they were made, and no more
//! within a time than `limits.rate` allows: the others wait in its queue.
//!
//! Invariants:
//! - A job that [`Dispatcher::submit`] took ends in exactly one outcome, of which the [`Report`] is told, or is
//!   reported as abandoned when [`Dispatcher::finish`] runs out of patience.
//! - A slow or hanging action delays no other action: it fills its own lane only. When that is full, by number or by
//!   the size of its messages, `submit` waits, nothing more is received, and the manager keeps the alerts.
//! - A job in mode `observe` runs nothing.
//! - No job acts on a target that the never-list protects: it is asked when a job is taken, and again before it runs.
//!
//! Failure modes: a panic in the host's code for an action ends that job as failed (crash), and nothing else.

mod guard;
mod lane;
mod starts;

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{
    sync::Semaphore,
    time::{Instant, timeout_at},
};

use crate::{
    actions::{Actions, Job, Outcome, Plan, State},
    config::Mode,
    report::Report,
    rules::NeverList,
};

use guard::Guard;
use lane::Lane;

/// How much may be under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Jobs that run at the same time, of all actions together.
    pub jobs_at_once: usize,
    /// Jobs that wait, for each action.
    pub queued_jobs: usize,
}

/// Runs jobs until each has an outcome.
#[derive(Debug)]
pub struct Dispatcher {
    actions: Arc<Actions>,
    lanes: HashMap<Arc<str>, Lane>,
    guard: Guard,
    report: Arc<Report>,
}

impl Dispatcher {
    /// Opens a lane for every action. Must be called within a tokio runtime.
    pub fn start(actions: Arc<Actions>, never: Arc<NeverList>, settings: Settings, report: Arc<Report>) -> Self {
        let guard = Guard::default();
        guard.replace(never);
        Self::open(actions, guard, settings, report, &HashMap::new())
    }

    /// Opens lanes for the actions of a configuration that replaces this one's; what has been started counts.
    #[must_use]
    pub fn succeed(&self, actions: Arc<Actions>, never: Arc<NeverList>, settings: Settings) -> Self {
        self.guard.replace(never);
        Self::open(actions, self.guard.clone(), settings, Arc::clone(&self.report), &self.lanes)
    }

    fn open(
        actions: Arc<Actions>,
        guard: Guard,
        settings: Settings,
        report: Arc<Report>,
        before: &HashMap<Arc<str>, Lane>,
    ) -> Self {
        let places = Arc::new(Semaphore::new(settings.jobs_at_once.max(1)));
        let lanes = actions
            .values()
            .map(|action| {
                let starts = before.get(&action.name).map(Lane::starts).unwrap_or_default();
                let lane =
                    Lane::open(Arc::clone(action), settings.queued_jobs.max(1), starts, &places, &guard, &report);
                (Arc::clone(&action.name), lane)
            })
            .collect();
        Self { actions, lanes, guard, report }
    }

    /// Ends a job that must not be run, for this reason.
    pub fn refuse(&self, job: &Job, why: String) {
        self.report.job_made(job);
        self.report.job_ended(job, &Outcome::unstarted(State::Refused, why));
    }

    /// Takes a job; waits while its action's queue is full.
    pub async fn submit(&self, job: Job, mode: Mode) {
        self.report.job_made(&job);
        let (Some(action), Some(lane)) = (self.actions.get(&job.action), self.lanes.get(&job.action)) else {
            let outcome = Outcome::unstarted(State::Refused, "no such action is configured");
            return self.report.job_ended(&job, &outcome);
        };
        if let Some(why) = self.guard.forbids(&job) {
            return self.report.job_ended(&job, &Outcome::unstarted(State::Refused, why));
        }
        if mode == Mode::Observe {
            let outcome = match action.plan(&job.message, &job.captures, &job.parameters) {
                Plan::Refused(reason) => Outcome::unstarted(State::Refused, reason),
                plan => Outcome::unstarted(State::Observed, format!("would {plan}")),
            };
            return self.report.job_ended(&job, &outcome);
        }
        lane.push(job).await;
    }

    /// Takes no more jobs, and waits until those taken have ended, but not longer than `patience`. Jobs that have
    /// not ended by then, or when the dispatcher is dropped, are stopped and reported as abandoned.
    pub async fn finish(self, patience: Duration) {
        let deadline = Instant::now() + patience;
        let mut lanes: Vec<_> = self.lanes.into_values().map(Lane::close).collect();
        for jobs in &mut lanes {
            let _ = timeout_at(deadline, jobs.ended()).await;
        }
    }
}

#[cfg(test)]
mod tests;
