//! What people ask for: pauses, the ends of leases, jobs once more. And what follows when the never-list grows or a breaker trips.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::Connection;
use tokio::sync::oneshot;
use tracing::{error, info, warn};

use super::{Dispatcher, breaker, lane::Signal, restore, settled::Settled};
use crate::journal::{
    Ask, Change, EndLeases, Extend, LeaseRow, OpenRef, Pause, PauseRow, Repeat, Repeated, Restore, Resume, Scope,
    WriteError, live_leases, open_undo, pauses,
};

impl Dispatcher {
    /// What is paused.
    pub fn pauses(&self) -> Vec<PauseRow> {
        self.work.guard.pauses()
    }

    /// Takes over what was paused when the last daemon ended.
    ///
    /// # Errors
    /// The journal is closed.
    pub(super) async fn recall_pauses(&self) -> Result<(), WriteError> {
        for pause in self.work.journal.write(Ask(pauses)).await? {
            warn!("{} is still paused since {:.0}: {}", pause.scope, pause.since, pause.why);
            self.work.guard.pause(pause);
        }
        Ok(())
    }

    /// Pauses something: its jobs are refused until it is resumed, those that wait as well. What undoes is never paused.
    /// Answers whether it was not paused before.
    ///
    /// # Errors
    /// The journal is closed.
    pub async fn pause(&self, scope: Scope, why: String) -> Result<bool, WriteError> {
        let pause = PauseRow { scope, since: Timestamp::now(), why };
        // At once; the disk may take its time.
        self.work.guard.pause(pause.clone());
        let new = self.work.journal.write(Pause(pause.clone())).await?;
        if new {
            warn!("{} is paused: {}", pause.scope, pause.why);
        }
        Ok(new)
    }

    /// Resumes it; answers since when it was paused.
    ///
    /// # Errors
    /// The journal is closed.
    pub async fn resume_paused(&self, scope: &Scope) -> Result<Option<Timestamp>, WriteError> {
        let since = self.work.journal.write(Resume { scope: scope.clone(), now: Timestamp::now() }).await?;
        self.work.guard.resume(scope);
        if let Some(since) = since {
            info!("{scope} goes on; it was paused since {since:.0}");
        }
        Ok(since)
    }

    /// Ends leases that are held, or could not be undone before; answers with the jobs that undo them.
    ///
    /// # Errors
    /// The journal is closed.
    pub async fn end_leases(&self, leases: Vec<i64>, why: String) -> Result<Vec<OpenRef>, WriteError> {
        self.follow_ups(EndLeases { leases, why, now: Timestamp::now() }).await
    }

    /// Has a lease that is being undone, and whose undo is to be tried again later, be undone at once; answers with the job that does.
    ///
    /// # Errors
    /// The journal is closed.
    pub async fn hasten_undo(&self, lease: i64) -> Result<Option<i64>, WriteError> {
        let undo = self.work.journal.write(Ask(move |sql: &Connection| open_undo(sql, lease))).await?;
        Ok(undo.map(|(job, action)| {
            self.lanes.tell(&action, Signal::Hasten(job));
            job
        }))
    }

    /// Does again what leases say that stands; answers with the jobs that do.
    ///
    /// # Errors
    /// The journal is closed.
    pub async fn restore_leases(&self, leases: Vec<i64>, why: String) -> Result<Vec<OpenRef>, WriteError> {
        self.follow_ups(Restore { leases, why, now: Timestamp::now() }).await
    }

    /// Gives a lease another end; answers whether there is such a lease, and it stands.
    ///
    /// # Errors
    /// The journal is closed.
    pub async fn extend_lease(&self, lease: i64, until: Timestamp) -> Result<bool, WriteError> {
        let extended = self.work.journal.write(Extend { lease, until, now: Timestamp::now() }).await?;
        self.work.lease_changed.notify_one();
        Ok(extended)
    }

    /// Makes a job once more that failed, was refused or expired. The never-list and what is paused hold for it as for any other.
    ///
    /// # Errors
    /// The journal is closed.
    pub async fn repeat(&self, job: i64) -> Result<Repeated, WriteError> {
        const PATIENCE: Duration = Duration::from_hours(1);
        let now = Timestamp::now();
        let deadline = now.checked_add(PATIENCE).unwrap_or(Timestamp::MAX);
        let (reply, answer) = oneshot::channel();
        let settled = self.work.settled.clone();
        let then = move |repeated: Result<Repeated, WriteError>| {
            if let Ok(Repeated::As(job)) = &repeated {
                settled.send(Settled::Left(vec![job.clone()]));
            }
            drop(reply.send(repeated));
        };
        self.work.journal.submit(Repeat { job, deadline, now }, then).await?;
        let repeated = answer.await.map_err(|_| WriteError::Closed)??;
        self.work.lease_changed.notify_one();
        Ok(repeated)
    }

    /// Leases whose effect stands or is about to; of one action, or of all.
    ///
    /// # Errors
    /// The journal is closed.
    pub async fn live_leases(&self, action: Option<String>) -> Result<Vec<LeaseRow>, WriteError> {
        self.work.journal.write(Ask(move |sql: &Connection| live_leases(sql, action.as_deref()))).await
    }

    async fn follow_ups<C: Change<Answer = Vec<OpenRef>>>(&self, change: C) -> Result<Vec<OpenRef>, WriteError> {
        let (reply, answer) = oneshot::channel();
        let settled = self.work.settled.clone();
        let then = move |jobs: Result<Vec<OpenRef>, WriteError>| {
            if let Ok(jobs) = &jobs
                && !jobs.is_empty()
            {
                settled.send(Settled::Undo(jobs.clone()));
            }
            drop(reply.send(jobs));
        };
        self.work.journal.submit(change, then).await?;
        answer.await.map_err(|_| WriteError::Closed)?
    }

    /// Ends the leases whose targets the never-list protects now, and those of actions that no longer can undo are told of.
    pub(super) async fn hold_leases_to_the_rules(&self) -> Result<(), WriteError> {
        let leases = self.live_leases(None).await?;
        let actions = self.actions();
        for lease in leases {
            match actions.get(lease.action.as_str()) {
                Some(action) if action.can_undo() => {}
                Some(_) => error!(
                    lease = lease.id,
                    "action {} has leases and cannot undo any more: give it its `undo` back", lease.action
                ),
                None => error!(
                    lease = lease.id,
                    "action {} has leases and is not configured any more: configure it again", lease.action
                ),
            }
            let Some(why) = restore::target(&lease.target).and_then(|target| self.work.guard.protects(&target)) else {
                continue;
            };
            warn!(lease = lease.id, action = %lease.action, target = %lease.target, "ending a lease: {why}");
            self.end_leases(vec![lease.id], why).await?;
        }
        Ok(())
    }

    /// Too many jobs: it is paused, and the last of its leases are undone.
    pub(super) async fn trip(&self, scope: Scope, breaker: crate::config::Breaker) -> Result<(), WriteError> {
        let why = breaker::why(breaker);
        error!("{scope}: {why}; `prelude-trigger resume` lets it go on");
        self.pause(scope.clone(), why.clone()).await?;
        let of_it = |lease: &LeaseRow| match &scope {
            Scope::All => true,
            Scope::Action(name) => lease.action == *name,
            Scope::Trigger(name) => lease.trigger == *name,
        };
        let last: Vec<_> = self.live_leases(None).await?.into_iter().filter(of_it).map(|lease| lease.id).collect();
        let last: Vec<_> = last.into_iter().take(usize::try_from(breaker.roll_back).unwrap_or(usize::MAX)).collect();
        if !last.is_empty() {
            warn!("{scope}: undoing its last {} leases", last.len());
            self.end_leases(last, why).await?;
        }
        Ok(())
    }
}
