//! The jobs of one action: which waits, which runs, which is given up.
//!
//! A lane lives as long as the daemon, whatever becomes of its action's configuration: jobs that wait run under the
//! configuration that is in force when their turn comes. It knows every open job by a few words; the alerts themselves are kept
//! in memory for the first of them only, and read again from the journal for the others when their turn comes.

use std::{
    collections::HashMap,
    future::{Future, pending},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    sync::{AcquireError, Notify, OwnedSemaphorePermit, Semaphore, mpsc},
    task::{JoinHandle, JoinSet},
    time::{Instant, sleep_until},
};

use super::{
    attempt::{After, Attempt, Work},
    schedule::{Entry, Schedule},
    starts::Starts,
};
use crate::{
    actions::{Action, Job},
    journal::JobKind,
};

/// How many bytes of messages the jobs of one lane may keep in memory.
const ROOM: usize = 64 << 20;

/// A job that has been decided, on its way to its lane.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) number: i64,
    pub(super) kind: JobKind,
    pub(super) target: Option<Arc<str>>,
    pub(super) due: Instant,
    pub(super) deadline: Option<Instant>,
    /// It waits for another job.
    pub(super) blocked: bool,
    /// Attempts that have begun.
    pub(super) attempt: u32,
    /// The job itself, when it has just been made.
    pub(super) job: Option<Arc<Job>>,
    /// Its share of the jobs that may be open.
    pub(super) share: Option<OwnedSemaphorePermit>,
}

/// What a lane is told.
#[derive(Debug)]
pub(super) enum Signal {
    /// One more job.
    Add(Box<Arrival>),
    /// What a job waited for has ended well.
    Release(i64),
    /// A job that is to be tried again later is to be tried at once.
    Hasten(i64),
    /// A job has ended without having been run.
    Gone(i64),
    /// The action is another one from now on, or none any more.
    Adopt(Option<Arc<Action>>),
    /// Nothing more begins; the lane ends when nothing runs.
    Stop,
}

/// A lane, seen from outside.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) inbox: mpsc::UnboundedSender<Signal>,
    pub(super) task: JoinHandle<()>,
}

/// What is kept of a job beside its place in the schedule.
#[derive(Debug)]
struct Kept {
    kind: JobKind,
    deadline: Option<Instant>,
    attempt: u32,
    job: Option<Arc<Job>>,
    /// Given back when the job has ended.
    _share: Option<OwnedSemaphorePermit>,
}

/// What an attempt holds from its beginning until its action has run: a share of what may run at once, here and in all lanes. While
/// its end is written others run.
#[derive(Debug)]
pub(super) struct Place {
    _among_all: OwnedSemaphorePermit,
    turns: Arc<Turns>,
}

/// How many places a lane has given away.
#[derive(Debug, Default)]
struct Turns {
    taken: AtomicUsize,
    given_back: Notify,
}

impl Place {
    fn new(among_all: OwnedSemaphorePermit, turns: &Arc<Turns>) -> Self {
        turns.taken.fetch_add(1, Ordering::Relaxed);
        Self { _among_all: among_all, turns: Arc::clone(turns) }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.turns.taken.fetch_sub(1, Ordering::Relaxed);
        self.turns.given_back.notify_one();
    }
}

type Asked = Pin<Box<dyn Future<Output = Result<OwnedSemaphorePermit, AcquireError>> + Send>>;

struct Runner {
    name: Arc<str>,
    action: Option<Arc<Action>>,
    work: Arc<Work>,
    places: Arc<Semaphore>,
    /// Jobs that may be kept in memory.
    most: usize,
    in_memory: (usize, usize),
    schedule: Schedule,
    jobs: HashMap<i64, Kept>,
    starts: Starts,
    turns: Arc<Turns>,
    running: JoinSet<(i64, After)>,
    stopping: bool,
}

impl Lane {
    /// Opens the lane of an action; without one, its jobs end as refused, and those that undo something wait for it to come back.
    pub(super) fn open(
        name: Arc<str>,
        action: Option<Arc<Action>>,
        work: &Arc<Work>,
        places: &Arc<Semaphore>,
        most: usize,
    ) -> Self {
        let (inbox, signals) = mpsc::unbounded_channel();
        let runner = Runner {
            name,
            action,
            work: Arc::clone(work),
            places: Arc::clone(places),
            most,
            in_memory: (0, 0),
            schedule: Schedule::default(),
            jobs: HashMap::new(),
            starts: Starts::default(),
            turns: Arc::default(),
            running: JoinSet::new(),
            stopping: false,
        };
        Self { inbox, task: tokio::spawn(runner.run(signals)) }
    }
}

impl Runner {
    /// Runs until it is told to stop, and nothing runs any more.
    async fn run(mut self, mut signals: mpsc::UnboundedReceiver<Signal>) {
        // Kept until it is answered: whoever asks anew stands at the end of the queue again.
        let mut place: Option<Asked> = None;
        let turns = Arc::clone(&self.turns);
        loop {
            if self.stopping && self.running.is_empty() {
                return;
            }
            let now = Instant::now();
            while !self.stopping
                && let Some(number) = self.schedule.give_up(now)
            {
                self.start(number, None);
            }
            let limits = self.action.as_ref().map(|action| &action.limits);
            let rate = limits.and_then(|limits| limits.rate);
            let at_once = limits.map_or(1, |limits| limits.concurrency.max(1));
            // Asked in any case: what is due now must not hide what is due, or over, later.
            let ready = self.schedule.is_ready(now);
            let wants = !self.stopping && turns.taken.load(Ordering::Relaxed) < at_once && ready;
            let turn = if wants { self.starts.wait(rate, now) } else { None };
            // Its own place and its turn first: a lane at its limit must not hold a place that another could use.
            if !wants || turn.is_some() {
                place = None;
            } else if place.is_none() {
                place = Some(Box::pin(Arc::clone(&self.places).acquire_owned()));
            }
            let wake = [turn, self.schedule.next()].into_iter().flatten().min();
            tokio::select! {
                signal = signals.recv() => match signal {
                    Some(signal) => self.take(signal),
                    None => self.stopping = true,
                },
                Some(ended) = self.running.join_next(), if !self.running.is_empty() => {
                    if let Ok((number, after)) = ended {
                        self.after(number, after);
                    }
                }
                got = answered(&mut place) => {
                    place = None;
                    if let Ok(got) = got
                        && self.starts.take(rate, Instant::now()).is_ok()
                        && let Some(number) = self.schedule.start(Instant::now())
                    {
                        self.start(number, Some(Place::new(got, &turns)));
                    }
                }
                () = turns.given_back.notified() => {}
                () = at(wake) => {}
            }
        }
    }

    fn take(&mut self, signal: Signal) {
        match signal {
            Signal::Add(arrival) => self.add(*arrival),
            Signal::Release(number) => self.schedule.release(number),
            Signal::Hasten(number) => self.schedule.hasten(number, Instant::now()),
            Signal::Gone(number) => self.end(number),
            Signal::Adopt(action) => {
                if self.action.is_none() {
                    // What waited for it to come back.
                    self.schedule.hasten_all(Instant::now());
                }
                self.action = action;
            }
            Signal::Stop => self.stopping = true,
        }
    }

    fn add(&mut self, arrival: Arrival) {
        if self.jobs.contains_key(&arrival.number) {
            // Counted once is enough.
            return self.work.outstanding.ended(1);
        }
        let Arrival { number, kind, target, due, deadline, blocked, attempt, job, share } = arrival;
        let fits = |job: &Arc<Job>| self.in_memory.0 < self.most && self.in_memory.1 + job.message.size() <= ROOM;
        let job = job.filter(fits);
        if let Some(job) = &job {
            self.in_memory.0 += 1;
            self.in_memory.1 += job.message.size();
        }
        self.jobs.insert(number, Kept { kind, deadline, attempt, job, _share: share });
        self.schedule.add(number, Entry { target, due, deadline, blocked, started: false });
    }

    /// Starts an attempt, or, without a place, ends a job whose time has run out.
    fn start(&mut self, number: i64, place: Option<Place>) {
        let Some(kept) = self.jobs.get_mut(&number) else { return self.end(number) };
        let job = kept.job.take();
        if let Some(job) = &job {
            self.in_memory.0 -= 1;
            self.in_memory.1 -= job.message.size();
        }
        let attempt = Attempt {
            number,
            kind: kept.kind,
            deadline: kept.deadline,
            count: kept.attempt + 1,
            job,
            action_name: Arc::clone(&self.name),
            action: self.action.clone(),
        };
        let work = Arc::clone(&self.work);
        self.running.spawn(async move {
            let after = match place {
                Some(place) => work.attempt(attempt, place).await,
                None => work.expire(attempt).await,
            };
            (number, after)
        });
    }

    fn after(&mut self, number: i64, after: After) {
        match after {
            After::Over => self.end(number),
            After::Again { due, attempt } => {
                if let Some(kept) = self.jobs.get_mut(&number) {
                    kept.attempt = attempt;
                }
                self.schedule.put_off(number, due);
            }
            After::Unknown => {}
        }
    }

    fn end(&mut self, number: i64) {
        self.schedule.end(number);
        if let Some(kept) = self.jobs.remove(&number) {
            if let Some(job) = kept.job {
                self.in_memory.0 -= 1;
                self.in_memory.1 -= job.message.size();
            }
            self.work.outstanding.ended(1);
        }
    }
}

async fn answered(place: &mut Option<Asked>) -> Result<OwnedSemaphorePermit, AcquireError> {
    match place {
        Some(place) => place.await,
        None => pending().await,
    }
}

async fn at(wake: Option<Instant>) {
    match wake {
        Some(wake) => sleep_until(wake).await,
        None => pending().await,
    }
}
