//! One attempt of one job, from its turn to what the journal says of it.
//!
//! ```text
//!   its turn ─▶ read it again, if need be ─▶ may it? ─▶ Begin, on the disk ─▶ run ─▶ End, on the disk ─▶ told
//!                                              └─ no: it ends as refused or expired
//! ```
//!
//! Between Begin and End the journal says `running`: should the daemon die there, the next one knows that the job may have had
//! its effect, and its `delivery` says what then becomes of it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use rusqlite::Connection;
use serde_json::json;
use tokio::{
    sync::{Notify, oneshot},
    task::JoinSet,
    time::Instant,
};
use tracing::error;

use super::{
    guard::Guard,
    outstanding::Outstanding,
    restore,
    retry::{self, Policy},
    settled::{Settled, Sink},
};
use crate::{
    actions::{Action, Cause, Job, Outcome, State as Ended},
    journal::{self, Ask, Begin, Begun, End, JobKind, Journal, Next, State, WriteError},
    report::Report,
    text::shorten,
};

/// How long an undo waits for an action that is not configured to come back.
const UNCONFIGURED: Duration = Duration::from_mins(1);
/// How many characters the journal keeps of each thing a job has said.
const KEPT: usize = 4096;

/// How many bytes the journal keeps of the arguments of a program.
const KEPT_ARGUMENTS: usize = 16 << 10;

/// What all attempts share.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) journal: Journal,
    pub(super) guard: Guard,
    pub(super) report: Arc<Report>,
    pub(super) settled: Sink,
    pub(super) outstanding: Arc<Outstanding>,
    /// Rung when a job has ended, for who tells of it.
    pub(super) job_ended: Arc<Notify>,
    /// Rung when a lease may have another end.
    pub(super) lease_changed: Arc<Notify>,
    /// What runs at this moment.
    pub(super) under_way: Mutex<BTreeMap<i64, Arc<Job>>>,
}

/// An attempt whose turn has come.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) number: i64,
    pub(super) kind: JobKind,
    pub(super) deadline: Option<Instant>,
    /// Which attempt, counted from one.
    pub(super) count: u32,
    /// The job, if it is in memory.
    pub(super) job: Option<Arc<Job>>,
    pub(super) action_name: Arc<str>,
    pub(super) action: Option<Arc<Action>>,
}

/// What becomes of the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// It has ended.
    Over,
    /// It is to be tried again, with this many attempts behind it.
    Again {
        /// When.
        due: Instant,
        /// Attempts that have begun.
        attempt: u32,
    },
    /// The daemon ends; the journal knows.
    Unknown,
}

impl Work {
    /// Runs an attempt to its end; `place` is dropped when its action has run.
    pub(super) async fn attempt(&self, attempt: Attempt, place: impl Send) -> After {
        let Ok(Some((job, token))) = self.job(&attempt).await else { return self.unreadable(&attempt).await };
        let Some(action) = &attempt.action else {
            return self.without_action(&attempt, &job).await;
        };
        if attempt.kind != JobKind::Undo
            && let Some(why) = self.guard.forbids(&job)
        {
            return self.unstarted(&attempt, &job, Ended::Refused, why).await;
        }
        let begin = Begin { job: attempt.number, attempt: attempt.count, now: Timestamp::now() };
        match self.journal.write(begin).await {
            Ok(Begun::Go) => {}
            Ok(Begun::Stands(lease)) => {
                self.report.job_stands(&job, lease);
                return After::Over;
            }
            Ok(Begun::Late(lease)) => {
                let why = format!("lease {lease}, for which it would do it, is over");
                self.report.job_ended(&job, &Outcome::unstarted(Ended::Expired, why));
                return After::Over;
            }
            Ok(Begun::Over) => return After::Over,
            Err(error) => return give_up(&attempt, &error),
        }
        lock(&self.under_way).insert(attempt.number, Arc::clone(&job));
        let outcome = run(Arc::clone(action), attempt.kind, &job, token).await;
        lock(&self.under_way).remove(&attempt.number);
        // Others may run while this one's end is written.
        drop(place);
        self.finish(&attempt, &job, outcome, action).await
    }

    /// Ends a job whose deadline has passed before its turn came.
    pub(super) async fn expire(&self, attempt: Attempt) -> After {
        let Ok(Some((job, _))) = self.job(&attempt).await else { return self.unreadable(&attempt).await };
        let why = match attempt.count {
            1 => "its deadline passed before its turn came".to_owned(),
            more => format!("its deadline passed before attempt {more}"),
        };
        self.unstarted(&attempt, &job, Ended::Expired, why).await
    }

    /// The job, and what a component needs to undo it.
    async fn job(&self, attempt: &Attempt) -> Result<Option<(Arc<Job>, Option<Vec<u8>>)>, WriteError> {
        let attempts =
            attempt.action.as_ref().map_or(attempt.count, |action| Self::policy(attempt.kind, action).attempts);
        if let Some(job) = &attempt.job {
            let job = Job { attempt: attempt.count, attempts, ..Job::clone(job) };
            return Ok(Some((Arc::new(job), None)));
        }
        let number = attempt.number;
        let Some(open) =
            self.journal.write(Ask(move |sql: &Connection| journal::whole_job(sql, number, false))).await?
        else {
            return Ok(None);
        };
        let Ok(job) = restore::job(&open) else { return Ok(None) };
        Ok(Some((Arc::new(Job { attempt: attempt.count, attempts, ..job }), open.token)))
    }

    fn policy(kind: JobKind, action: &Action) -> Policy {
        match kind {
            JobKind::Undo => retry::UNDO,
            JobKind::Do | JobKind::Restore => {
                Policy { attempts: action.retry.attempts, first: action.retry.first, up_to: action.retry.up_to }
            }
        }
    }

    async fn unreadable(&self, attempt: &Attempt) -> After {
        error!(job = attempt.number, "this job cannot be read from the journal, and ends as failed");
        self.end(attempt, None, Next::Ends(State::Failed, "it cannot be read from the journal".to_owned()), false, None)
            .await
    }

    /// What was decided when there was such an action.
    async fn without_action(&self, attempt: &Attempt, job: &Job) -> After {
        let name = &attempt.action_name;
        if attempt.kind == JobKind::Undo {
            error!(
                job = attempt.number,
                "action {name} is not configured, and what it did is to be undone: configure it again; it is waited for"
            );
            return After::Again { due: Instant::now() + UNCONFIGURED, attempt: attempt.count.saturating_sub(1) };
        }
        self.unstarted(attempt, job, Ended::Refused, format!("no action {name} is configured any more")).await
    }

    async fn unstarted(&self, attempt: &Attempt, job: &Job, state: Ended, why: String) -> After {
        let next = Next::Ends(written(state), why.clone());
        let after = self.end(attempt, None, next, false, None).await;
        self.report.job_ended(job, &Outcome::unstarted(state, why));
        after
    }

    async fn finish(&self, attempt: &Attempt, job: &Job, mut outcome: Outcome, action: &Action) -> After {
        let policy = Self::policy(attempt.kind, action);
        let undo = attempt.kind == JobKind::Undo;
        let again = match outcome.state {
            Ended::Failed(Cause::Transient) => policy.wait(attempt.count, outcome.retry_after),
            Ended::Failed(_) | Ended::Refused if undo => policy.wait(attempt.count, outcome.retry_after),
            _ => None,
        };
        let due = again.map(|wait| Instant::now() + wait);
        let in_time = due.filter(|due| attempt.deadline.is_none_or(|deadline| *due < deadline));
        if let (Some(wait), Some(due)) = (again, in_time) {
            let at = Timestamp::now().checked_add(wait).unwrap_or(Timestamp::MAX);
            self.report.job_put_off(job, &outcome, wait);
            let token = outcome.undo_token.take();
            let tried = tried(attempt, &outcome);
            let after = self.end(attempt, Some(tried), Next::Again(at, outcome.summary), false, token).await;
            return match after {
                After::Over => After::Again { due, attempt: attempt.count },
                other => other,
            };
        }
        if again.is_some() {
            outcome.summary.push_str("; its deadline comes before another attempt");
        }
        let uncertain = matches!(outcome.state, Ended::Failed(Cause::Timeout | Cause::Crash | Cause::OutOfMemory));
        let token = outcome.undo_token.take();
        let next = Next::Ends(written(outcome.state), outcome.summary.clone());
        let after = self.end(attempt, Some(tried(attempt, &outcome)), next, uncertain, token).await;
        self.report.job_ended(job, &outcome);
        after
    }

    /// Writes down what became of the job; returns when it is on the disk.
    async fn end(
        &self,
        attempt: &Attempt,
        tried: Option<journal::Attempt>,
        next: Next,
        uncertain: bool,
        token: Option<Vec<u8>>,
    ) -> After {
        let end = End { job: attempt.number, attempt: tried, next, uncertain, token, now: Timestamp::now() };
        let (reply, written) = oneshot::channel();
        let settled = self.settled.clone();
        let submitted = self.journal.submit(end, move |answer| {
            let answer = answer.map(|ended| settled.send(Settled::Ended(ended)));
            drop(reply.send(answer));
        });
        if let Err(error) = submitted.await {
            return give_up(attempt, &error);
        }
        match written.await {
            Ok(Ok(())) => After::Over,
            Ok(Err(error)) => give_up(attempt, &error),
            Err(_) => After::Unknown,
        }
    }
}

/// Runs the action in a task of its own, so that a panic ends this job and nothing else; it is stopped when this is dropped.
async fn run(action: Arc<Action>, kind: JobKind, job: &Arc<Job>, token: Option<Vec<u8>>) -> Outcome {
    let started = Instant::now();
    let mut task = JoinSet::new();
    let the_job = Arc::clone(job);
    task.spawn(async move {
        match kind {
            JobKind::Do | JobKind::Restore => action.run(&the_job).await,
            JobKind::Undo => action.undo(&the_job, token.as_deref()).await,
        }
    });
    match task.join_next().await {
        Some(Ok(outcome)) => outcome,
        Some(Err(_)) | None => Outcome {
            took: started.elapsed(),
            ..Outcome::unstarted(
                Ended::Failed(Cause::Crash),
                "the daemon's own code failed while running this action; please report it",
            )
        },
    }
}

fn give_up(attempt: &Attempt, error: &WriteError) -> After {
    if let WriteError::Refused(why) = error {
        error!(job = attempt.number, "the journal does not take what became of this job: {why}; please report it");
        return After::Over;
    }
    After::Unknown
}

/// What is written of an attempt.
pub(super) fn tried(attempt: &Attempt, outcome: &Outcome) -> journal::Attempt {
    let mut said = serde_json::Map::new();
    let mut add = |name: &str, value: serde_json::Value| drop(said.insert(name.to_owned(), value));
    add("state", json!(outcome.state.to_string()));
    add("summary", json!(shorten(&outcome.summary, KEPT)));
    if !outcome.command.is_empty() {
        add("command", json!(kept_arguments(&outcome.command)));
    }
    if let Some(code) = &outcome.code {
        add("code", json!(code));
    }
    for (name, text) in [("stdout", &outcome.stdout), ("stderr", &outcome.stderr), ("trace", &outcome.trace)] {
        if !text.is_empty() {
            add(name, json!(end_of(text)));
        }
    }
    if !outcome.outputs.is_empty() {
        add("outputs", outcome.outputs.iter().map(|(name, text)| (name.clone(), json!(text))).collect());
    }
    for (name, lines) in [("log", &outcome.log), ("denied", &outcome.denied)] {
        if !lines.is_empty() {
            add(name, json!(lines));
        }
    }
    if let Some(used) = &outcome.used {
        add("cpu_ms", json!(used.cpu.as_secs_f64() * 1e3));
        add("memory", json!(used.memory));
    }
    journal::Attempt { number: attempt.count, took: outcome.took, outcome: serde_json::Value::Object(said).to_string() }
}

/// A state as the journal names it.
pub(super) fn written(state: Ended) -> State {
    match state {
        Ended::Done => State::Done,
        Ended::Failed(_) => State::Failed,
        Ended::Refused => State::Refused,
        Ended::Observed => State::Observed,
        Ended::Expired => State::Expired,
    }
}

/// An argument vector, exactly, as long as it is not very long.
fn kept_arguments(arguments: &[String]) -> Vec<&str> {
    let mut room = KEPT_ARGUMENTS;
    let fit = arguments.iter().take_while(|argument| {
        // An empty one is kept, too, and costs something.
        let left = room.checked_sub(argument.len() + 1);
        room = left.unwrap_or_default();
        left.is_some()
    });
    let mut kept: Vec<&str> = fit.map(String::as_str).collect();
    if kept.len() < arguments.len() {
        kept.push("[more was passed than is kept here]");
    }
    kept
}

/// The last characters of a text.
fn end_of(text: &str) -> &str {
    let from = text.char_indices().rev().nth(KEPT - 1).map_or(0, |(at, _)| at);
    text.get(from..).unwrap_or(text)
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A poisoned map is still a map: no operation on it can leave it half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
