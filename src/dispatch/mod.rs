//! From decision to outcome.
//!
//! ```text
//!  pipeline ── decide ──▶ journal ──▶ router ──▶ a lane for each action ──▶ attempt ──▶ actions
//!  the clock ─ leases ──▶   (disk)       ▲        queue, order, limits          │
//!                              ▲         └──────────── what follows ◀───────────┤
//!                              └──────────────── Begin, End ◀───────────────────┘
//! ```
//!
//! Each action has a lane: its open jobs, of which at most `limits.concurrency` run at once, and no more start within a time
//! than `limits.rate` allows. All lanes together run at most [`Settings::jobs_at_once`]. What fails for now is tried again, as
//! the action's `retry` says; what has not begun by its deadline is given up.
//!
//! Invariants:
//! - A job runs only after its decision is on the disk, and ends in exactly one state, which is on the disk before anybody is
//!   told. What has not ended when the daemon does is taken up by the next one ([`Dispatcher::resume`]).
//! - Jobs of one action on one target run one at a time, in the order in which they were decided.
//! - A slow or hanging action delays no other action. When [`Settings::open_jobs`] have not ended, `decide` waits, nothing
//!   more is received, and the manager keeps the alerts. The same happens when the journal cannot be written.
//! - A job in mode `observe` runs nothing.
//! - No job acts on a target that the never-list protects: it is asked when a job is decided, and again before it runs.
//!
//! Failure modes: a panic in the host's code for an action ends that job as failed (crash), and nothing else.

mod attempt;
mod breaker;
mod decide;
mod guard;
mod hand;
mod lane;
mod leases;
mod orphans;
mod outstanding;
mod restore;
mod retry;
mod router;
mod schedule;
mod settled;
mod standing;
mod starts;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};

use jiff::Timestamp;
use rusqlite::Connection;
use tokio::{
    sync::{Notify, Semaphore, mpsc},
    task::JoinHandle,
    time::{Instant, timeout_at},
};

use crate::{
    actions::Actions,
    journal::{Ask, Delivery, End, Journal, Next, OpenRef, State, WriteError, open_refs},
    report::Report,
    rules::NeverList,
};

use attempt::{Work, lock};
use breaker::Breakers;
pub use decide::Wish;
use guard::Guard;
use lane::{Lane, Signal};
pub use orphans::Hold;
use outstanding::Outstanding;
use settled::{Settled, Sink};
pub use standing::watch;

/// How many open jobs are read at once.
const PAGE: u32 = 1000;

/// How much may be under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Jobs that run at the same time, of all actions together.
    pub jobs_at_once: usize,
    /// Jobs of each action whose alerts are kept in memory.
    pub queued_jobs: usize,
    /// Jobs that have not ended, of all actions together.
    pub open_jobs: usize,
}

/// Runs jobs until each has an outcome.
#[derive(Debug)]
pub struct Dispatcher {
    actions: RwLock<Arc<Actions>>,
    lanes: Lanes,
    work: Arc<Work>,
    shares: Arc<Semaphore>,
    open_jobs: u32,
    router: JoinHandle<()>,
    /// Begun when what was left has been taken up: a job must not come to its lane twice.
    leases: Mutex<Option<JoinHandle<()>>>,
    breakers: Breakers,
}

/// The lanes, by the names of their actions.
#[derive(Debug, Clone)]
struct Lanes(Arc<AllLanes>);

#[derive(Debug)]
struct AllLanes {
    lanes: Mutex<HashMap<Arc<str>, Lane>>,
    places: Arc<Semaphore>,
    in_memory: usize,
    work: Arc<Work>,
}

impl Lanes {
    /// Tells a lane something; one that is not there yet is opened without an action.
    fn tell(&self, action: &str, signal: Signal) {
        let mut lanes = lock(&self.0.lanes);
        let lane = match lanes.get(action) {
            Some(lane) => lane,
            None => {
                let name: Arc<str> = action.into();
                let lane = Lane::open(Arc::clone(&name), None, &self.0.work, &self.0.places, self.0.in_memory);
                lanes.entry(name).or_insert(lane)
            }
        };
        // A lane that has ended takes no more: the journal has the job.
        let _ = lane.inbox.send(signal);
    }

    fn adopt(&self, actions: &Actions) {
        let gone: Vec<_> = lock(&self.0.lanes).keys().filter(|name| !actions.contains_key(*name)).cloned().collect();
        for name in gone {
            self.tell(&name, Signal::Adopt(None));
        }
        for (name, action) in actions {
            self.tell(name, Signal::Adopt(Some(Arc::clone(action))));
        }
    }
}

impl Dispatcher {
    /// Opens a lane for every action. Must be called within a tokio runtime.
    pub fn start(
        actions: Arc<Actions>,
        never: Arc<NeverList>,
        settings: Settings,
        journal: Journal,
        report: Arc<Report>,
    ) -> Self {
        let (settled, arrivals) = mpsc::unbounded_channel();
        let outstanding = Arc::new(Outstanding::default());
        let guard = Guard::default();
        guard.replace(never);
        let work = Arc::new(Work {
            journal,
            guard,
            report,
            settled: Sink { router: settled, outstanding: Arc::clone(&outstanding) },
            outstanding,
            job_ended: Arc::new(Notify::new()),
            lease_changed: Arc::new(Notify::new()),
            under_way: Mutex::new(BTreeMap::new()),
        });
        let lanes = Lanes(Arc::new(AllLanes {
            lanes: Mutex::new(HashMap::new()),
            places: Arc::new(Semaphore::new(settings.jobs_at_once.max(1))),
            in_memory: settings.queued_jobs.max(1),
            work: Arc::clone(&work),
        }));
        lanes.adopt(&actions);
        let open_jobs = u32::try_from(settings.open_jobs.max(1)).unwrap_or(u32::MAX);
        Self {
            actions: RwLock::new(actions),
            router: tokio::spawn(router::run(arrivals, lanes.clone(), Arc::clone(&work))),
            leases: Mutex::new(None),
            breakers: Breakers::default(),
            shares: Arc::new(Semaphore::new(open_jobs as usize)),
            open_jobs,
            lanes,
            work,
        }
    }

    /// Goes on with another configuration. Jobs that run end as they began; those that wait run under the new one. Leases on what
    /// the never-list protects now are ended.
    pub async fn adopt(&self, actions: Arc<Actions>, never: Arc<NeverList>) {
        self.work.guard.replace(never);
        self.lanes.adopt(&actions);
        *self.actions.write().unwrap_or_else(PoisonError::into_inner) = actions;
        if let Err(error) = self.hold_leases_to_the_rules().await {
            tracing::error!("leases could not be held to the new configuration: {error}");
        }
    }

    fn actions(&self) -> Arc<Actions> {
        Arc::clone(&self.actions.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes up the jobs that a former daemon left; returns how many there are.
    ///
    /// One that was running may have had its effect: it is run again, or, when its action says `delivery: at-most-once`, has
    /// failed.
    ///
    /// # Errors
    /// The journal is closed.
    pub async fn resume(&self) -> Result<usize, WriteError> {
        self.recall_pauses().await?;
        let (mut from, mut left, mut lost) = (0, 0, Vec::new());
        loop {
            let (reply, page) = tokio::sync::oneshot::channel();
            let question = Ask(move |sql: &Connection| open_refs(sql, from, PAGE));
            self.work.journal.submit(question, move |answer| drop(reply.send(answer))).await?;
            let page = page.await.map_err(|_| WriteError::Closed)??;
            let Some(last) = page.last() else { break };
            from = last.id + 1;
            let mut open: Vec<OpenRef> = Vec::with_capacity(page.len());
            for job in page {
                if job.state == State::Running && job.delivery == Delivery::AtMostOnce {
                    lost.push(job);
                } else {
                    open.push(job);
                }
            }
            left += open.len();
            self.work.settled.send(Settled::Left(open));
        }
        // When all pages have been read: what follows from these must not be read as well.
        for job in lost {
            self.lost(&job).await?;
        }
        self.hold_leases_to_the_rules().await?;
        self.begin_to_end_leases();
        Ok(left)
    }

    /// From now on leases end when their time is over.
    fn begin_to_end_leases(&self) {
        lock(&self.leases).get_or_insert_with(|| tokio::spawn(leases::run(Arc::clone(&self.work))));
    }

    /// A job that may have had its effect, and must not have it twice.
    async fn lost(&self, job: &OpenRef) -> Result<(), WriteError> {
        let why = "the daemon died while it ran, and it is to be done at most once";
        tracing::warn!(job = job.id, action = %job.action, "failed: {why}; look whether its effect happened");
        let next = Next::Ends(State::Failed, why.to_owned());
        let end = End { job: job.id, attempt: None, next, uncertain: true, token: None, now: Timestamp::now() };
        let settled = self.work.settled.clone();
        let then = move |answer| {
            if let Ok(ended) = answer {
                settled.send(Settled::Ended(ended));
            }
        };
        self.work.journal.submit(end, then).await
    }

    /// Rung when a job has ended.
    pub fn job_ended(&self) -> Arc<Notify> {
        Arc::clone(&self.work.job_ended)
    }

    /// Returns when every job that was decided upon has ended. Leases are not waited for.
    pub async fn all_ended(&self) {
        self.work.outstanding.all_ended().await;
    }

    /// Begins no more jobs, and waits for those that run, but not longer than `patience`: what runs then is stopped and reported as
    /// abandoned. Returns how many jobs have not begun, or are to be tried again: the next daemon takes them up, if the journal
    /// lasts.
    pub async fn finish(&self, patience: Duration) -> usize {
        let deadline = Instant::now() + patience;
        let _ = timeout_at(deadline, self.work.outstanding.all_decided()).await;
        if let Some(leases) = lock(&self.leases).take() {
            leases.abort();
        }
        let lanes = std::mem::take(&mut *lock(&self.lanes.0.lanes));
        for lane in lanes.values() {
            let _ = lane.inbox.send(Signal::Stop);
        }
        for mut lane in lanes.into_values() {
            if timeout_at(deadline, &mut lane.task).await.is_err() {
                lane.task.abort();
                let _ = lane.task.await;
            }
        }
        self.router.abort();
        let cut_off = std::mem::take(&mut *lock(&self.work.under_way));
        for job in cut_off.values() {
            self.work.report.job_abandoned(job);
        }
        self.work.outstanding.open_now().saturating_sub(cut_off.len())
    }
}
