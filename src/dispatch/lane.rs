//! The queue and the running jobs of one action.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    task::{JoinHandle, JoinSet},
};

use super::{guard::Guard, starts::Starts};
use crate::{
    actions::{Action, Cause, Job, Outcome, State},
    report::Report,
};

/// How many KiB of messages the jobs of one lane may hold; a job with a larger one waits until it is alone.
const ROOM: u32 = 64 << 10;

/// Jobs that were taken and have not ended, in the order in which they were made, each with its share of [`ROOM`].
type Pending = Arc<Mutex<BTreeMap<u64, (Arc<Job>, OwnedSemaphorePermit)>>>;

/// One action's queue.
#[derive(Debug)]
pub(super) struct Lane {
    queue: mpsc::Sender<(u64, Arc<Job>)>,
    room: Arc<Semaphore>,
    jobs: Jobs,
    next: AtomicU64,
    starts: Arc<Starts>,
}

/// The jobs of a lane that takes no more. When this is dropped, what runs is stopped, what waits is thrown away, and
/// both are reported as abandoned.
#[derive(Debug)]
pub(super) struct Jobs {
    pending: Pending,
    runner: JoinHandle<()>,
    report: Arc<Report>,
}

impl Lane {
    /// Opens the lane of an action, whose jobs may have started in a lane that this one replaces.
    pub(super) fn open(
        action: Arc<Action>,
        queued: usize,
        starts: Arc<Starts>,
        places: &Arc<Semaphore>,
        guard: &Guard,
        report: &Arc<Report>,
    ) -> Self {
        let (queue, jobs) = mpsc::channel(queued);
        let pending = Pending::default();
        let runner = Runner {
            own_places: Arc::new(Semaphore::new(action.limits.concurrency.max(1))),
            places: Arc::clone(places),
            starts: Arc::clone(&starts),
            pending: Arc::clone(&pending),
            report: Arc::clone(report),
            guard: guard.clone(),
            action,
        };
        let jobs = Jobs { pending, runner: tokio::spawn(runner.run(jobs)), report: Arc::clone(report) };
        Self { queue, room: Arc::new(Semaphore::new(ROOM as usize)), jobs, next: 0.into(), starts }
    }

    /// When its jobs started.
    pub(super) fn starts(&self) -> Arc<Starts> {
        Arc::clone(&self.starts)
    }

    /// Waits while the lane is full, by number or by bytes.
    pub(super) async fn push(&self, job: Job) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let share = u32::try_from(job.message.size() / 1024 + 1).unwrap_or(ROOM).min(ROOM);
        // The semaphore is never closed.
        let Ok(room) = Arc::clone(&self.room).acquire_many_owned(share).await else { return };
        let job = Arc::new(job);
        lock(&self.jobs.pending).insert(number, (Arc::clone(&job), room));
        // The runner takes jobs until the queue is closed; if it were gone, dropping would report what is pending.
        let _ = self.queue.send((number, job)).await;
    }

    pub(super) fn close(self) -> Jobs {
        self.jobs
    }
}

impl Jobs {
    /// Returns when every job has ended.
    pub(super) async fn ended(&mut self) {
        let _ = (&mut self.runner).await;
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        self.runner.abort();
        for (job, _) in std::mem::take(&mut *lock(&self.pending)).values() {
            self.report.job_abandoned(job);
        }
    }
}

/// Takes jobs from the queue, one after another, and runs each in a task of its own.
struct Runner {
    action: Arc<Action>,
    own_places: Arc<Semaphore>,
    places: Arc<Semaphore>,
    starts: Arc<Starts>,
    pending: Pending,
    guard: Guard,
    report: Arc<Report>,
}

impl Runner {
    async fn run(self, mut jobs: mpsc::Receiver<(u64, Arc<Job>)>) {
        let this = Arc::new(self);
        // Dropped with this future when the lane is abandoned, which stops every running job.
        let mut running = JoinSet::new();
        while let Some((number, job)) = jobs.recv().await {
            // Its own place and its turn first: a lane that is at its limit must not hold a place that another could use.
            let Ok(own) = Arc::clone(&this.own_places).acquire_owned().await else { return };
            this.starts.next(this.action.limits.rate).await;
            let Ok(place) = Arc::clone(&this.places).acquire_owned().await else { return };
            let runner = Arc::clone(&this);
            running.spawn(async move {
                runner.one(number, &job).await;
                drop((own, place));
            });
            while running.try_join_next().is_some() {}
        }
        while running.join_next().await.is_some() {}
    }

    async fn one(&self, number: u64, job: &Arc<Job>) {
        if let Some(why) = self.guard.forbids(job) {
            return self.ended(number, job, &Outcome::unstarted(State::Refused, why));
        }
        let started = Instant::now();
        // A task of its own, so that a panic ends this job and nothing else; it is stopped when the set is dropped.
        let mut task = JoinSet::new();
        let (action, the_job) = (Arc::clone(&self.action), Arc::clone(job));
        task.spawn(async move { action.run(&the_job).await });
        let outcome = match task.join_next().await {
            Some(Ok(outcome)) => outcome,
            Some(Err(_)) | None => Outcome {
                took: started.elapsed(),
                ..Outcome::unstarted(
                    State::Failed(Cause::Crash),
                    "the daemon's own code failed while running this action; please report it",
                )
            },
        };
        self.ended(number, job, &outcome);
    }

    fn ended(&self, number: u64, job: &Job, outcome: &Outcome) {
        if lock(&self.pending).remove(&number).is_some() {
            self.report.job_ended(job, outcome);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A poisoned map is still a map: no operation on it can leave it half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
