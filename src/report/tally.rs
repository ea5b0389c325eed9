//! Every event the daemon tells of, each logged and counted in one place.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use tracing::{debug, error, info, warn};

use crate::{
    actions::{Job, Outcome, State},
    idmef::Message,
    text::{Escaped, shorten},
};

/// Tells what happens, and counts it.
#[derive(Debug, Default)]
pub struct Report {
    received: AtomicU64,
    own: AtomicU64,
    unreadable: AtomicU64,
    matched: AtomicU64,
    jobs: AtomicU64,
    done: AtomicU64,
    failed: AtomicU64,
    refused: AtomicU64,
    observed: AtomicU64,
    abandoned: AtomicU64,
}

/// The counts at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Totals {
    /// Messages received, heartbeats included.
    pub received: u64,
    /// Of these, messages that this daemon sent itself.
    pub own: u64,
    /// Of these, messages that cannot be read as IDMEF.
    pub unreadable: u64,
    /// Pairs of a message and a trigger that it set off.
    pub matched: u64,
    /// Jobs made.
    pub jobs: u64,
    /// Jobs that ended as done.
    pub done: u64,
    /// Jobs that ended as failed.
    pub failed: u64,
    /// Jobs that ended as refused.
    pub refused: u64,
    /// Jobs that were only observed.
    pub observed: u64,
    /// Jobs that had not ended when the daemon had to stop.
    pub abandoned: u64,
}

impl Report {
    /// A message came in; nothing is known of it yet.
    pub fn received(&self) {
        self.received.fetch_add(1, Relaxed);
    }

    /// A message came back that this daemon sent.
    pub fn own_message(&self, message: &Message) {
        self.own.fetch_add(1, Relaxed);
        debug!(alert = %Name(message), "passing over a message of our own");
    }

    /// What came in cannot be read as an IDMEF message.
    pub fn unreadable(&self, from: &str, error: &dyn std::error::Error) {
        self.unreadable.fetch_add(1, Relaxed);
        warn!(from = %Escaped(from), "passing over a message that cannot be read: {}", Escaped(error));
    }

    /// A message was read; `matches` triggers will run.
    pub fn examined(&self, message: &Message, matches: usize) {
        debug!(alert = %Name(message), matches, "received");
    }

    /// A trigger matched.
    pub fn matched(&self, message: &Message, trigger: &str) {
        self.matched.fetch_add(1, Relaxed);
        info!(trigger = %Escaped(trigger), alert = %Name(message), "trigger matched");
    }

    /// A job was made.
    pub fn job_made(&self, job: &Job) {
        self.jobs.fetch_add(1, Relaxed);
        debug!(job = %job.id, trigger = %Escaped(&job.trigger), action = %Escaped(&job.action), "job made");
    }

    /// A job has ended.
    pub fn job_ended(&self, job: &Job, outcome: &Outcome) {
        macro_rules! tell {
            ($level:ident) => {
                $level!(
                    job = %job.id,
                    trigger = %Escaped(&job.trigger),
                    action = %Escaped(&job.action),
                    alert = %Name(&job.message),
                    took = %format_args!("{:.1}ms", outcome.took.as_secs_f64() * 1e3),
                    "{}: {}",
                    outcome.state,
                    Escaped(&outcome.summary),
                )
            };
        }
        let counter = match outcome.state {
            State::Done => &self.done,
            State::Observed => &self.observed,
            State::Refused => &self.refused,
            State::Failed(_) => &self.failed,
        };
        counter.fetch_add(1, Relaxed);
        match outcome.state {
            State::Done | State::Observed => tell!(info),
            State::Refused | State::Failed(_) => tell!(warn),
        }
    }

    /// The daemon had to stop before this job ended.
    pub fn job_abandoned(&self, job: &Job) {
        self.abandoned.fetch_add(1, Relaxed);
        error!(
            job = %job.id,
            trigger = %Escaped(&job.trigger),
            action = %Escaped(&job.action),
            alert = %Name(&job.message),
            "stopped before this job ended; look whether its effect happened",
        );
    }

    /// The counts so far.
    pub fn totals(&self) -> Totals {
        Totals {
            received: self.received.load(Relaxed),
            own: self.own.load(Relaxed),
            unreadable: self.unreadable.load(Relaxed),
            matched: self.matched.load(Relaxed),
            jobs: self.jobs.load(Relaxed),
            done: self.done.load(Relaxed),
            failed: self.failed.load(Relaxed),
            refused: self.refused.load(Relaxed),
            observed: self.observed.load(Relaxed),
            abandoned: self.abandoned.load(Relaxed),
        }
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} messages, {} matches, {} jobs: {} done, {} failed, {} refused, {} observed",
            self.received, self.matched, self.jobs, self.done, self.failed, self.refused, self.observed
        )?;
        for (count, what) in [
            (self.abandoned, "jobs cut off"),
            (self.unreadable, "unreadable messages"),
            (self.own, "messages of our own"),
        ] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        Ok(())
    }
}

/// By what an operator finds a message again: its messageid.
struct Name<'m>(&'m Message);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.messageid() {
            Some(id) => f.write_str(&shorten(&id, 64)),
            None => f.write_str("without-messageid"),
        }
    }
}
