//! The link to one manager: what its workers share, and every change of its state.

use std::{
    os::fd::OwnedFd,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use rustix::event::{EventfdFlags, eventfd};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc::Sender};

use super::{
    HANGING, Registration, WORKERS,
    heartbeat::{Condition, Heartbeats},
    outbox::Outbox,
    status::{State, Status},
};
use crate::{
    idmef::DecodeError,
    libprelude::{self, ErrorKind, ProfileError},
    source::{Address, Received},
    text::Escaped,
};

/// How often it is said that a manager is still away.
const REMIND: Duration = Duration::from_mins(1);

/// How many KiB of messages of one manager may wait to be examined; a larger message waits until it is alone.
const WAITING: u32 = 64 << 10;

/// A link to one manager.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) address: Address,
    name: Arc<str>,
    profile: String,
    heartbeats: Arc<Heartbeats>,
    outbox: Outbox,
    /// Readable from the moment the link is stopped.
    wake: OwnedFd,
    /// Counts what may wait, in KiB.
    room: Arc<Semaphore>,
    messages: AtomicU64,
    bytes: AtomicU64,
    shared: Mutex<Shared>,
    changed: Condvar,
}

#[derive(Debug)]
struct Shared {
    /// For the worker that holds the link; gone when the link is stopped, so that a worker that hangs keeps no channel
    /// open.
    sender: Option<Sender<Received>>,
    stopping: bool,
    /// How many workers there have been: each has a number.
    spawned: u64,
    /// The worker that goes on trying, or zero; older ones end when they return from libprelude.
    lead: u64,
    /// Workers that have not ended.
    workers: usize,
    /// Since when the lead has been trying to connect.
    trying: Option<Instant>,
    /// Which worker holds the link, connected.
    holder: Option<u64>,
    /// The manager that is connected.
    peer: u64,
    connections: u64,
    /// Since when the link is as it is, in both clocks.
    since: (Instant, SystemTime),
    /// Why it is down.
    reason: Option<Failure>,
    /// How the very first attempt ended.
    answer: Option<Answer>,
    /// When it was last said that the link is down, and whether because we are refused.
    told: Option<(Instant, bool)>,
}

/// How the very first attempt ended.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    Connected,
    Unreachable,
    Refused(libprelude::Error),
}

/// Why there is no connection.
#[derive(Debug, Clone)]
pub(super) enum Failure {
    /// The manager does not want us, or we must not trust it: waiting does not help.
    Refused(libprelude::Error),
    /// The profile cannot be used any more, or not yet again.
    Profile(ProfileError),
    /// Anything else; one line.
    Other(String),
}

/// How a session ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// The link was stopped.
    Stopped,
    /// The channel was closed by its reader.
    Abandoned,
    /// The connection is gone; why, in one line.
    Lost(String),
}

/// Whether a link needs another worker.
pub(super) enum Need {
    None,
    Worker,
    WorkerBesideOneThatHangs,
}

/// What a worker that has connected is to do.
pub(super) enum Role {
    /// Read, from now on.
    Hold(Sender<Received>),
    /// Another worker holds the link: hand on what the manager has sent to this connection, and end.
    Surplus(Sender<Received>),
    /// End.
    Stopped,
}

impl Link {
    pub(super) fn new(
        address: Address,
        profile: &str,
        sender: Sender<Received>,
        heartbeats: Arc<Heartbeats>,
    ) -> std::io::Result<Self> {
        Ok(Self {
            name: address.to_string().into(),
            address,
            profile: profile.to_owned(),
            heartbeats,
            outbox: Outbox::new()?,
            wake: eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?,
            room: Arc::new(Semaphore::new(WAITING as usize)),
            messages: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            shared: Mutex::new(Shared {
                sender: Some(sender),
                stopping: false,
                spawned: 0,
                lead: 0,
                workers: 0,
                trying: None,
                holder: None,
                peer: 0,
                connections: 0,
                since: (Instant::now(), SystemTime::now()),
                reason: None,
                answer: None,
                told: None,
            }),
            changed: Condvar::new(),
        })
    }

    /// Nothing that holds the lock can panic half-way through a change, so a poisoned lock guards sound data.
    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The manager's address as text.
    pub(super) fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Readable from the moment the link is stopped.
    pub(super) fn wake(&self) -> &OwnedFd {
        &self.wake
    }

    pub(super) fn stopping(&self) -> bool {
        self.lock().stopping
    }

    /// Who we are, in libprelude's JSON.
    pub(super) fn analyzer(&self) -> &serde_json::Value {
        self.heartbeats.analyzer()
    }

    /// What waits to be sent.
    pub(super) fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Whether a manager is connected.
    pub(super) fn is_connected(&self) -> bool {
        let shared = self.lock();
        shared.holder.is_some() && !shared.stopping
    }

    /// Makes a heartbeat.
    pub(super) fn heartbeat(&self, condition: Condition) -> Result<Vec<u8>, DecodeError> {
        self.heartbeats.make(condition)
    }

    /// The time between heartbeats.
    pub(super) fn heartbeat_interval(&self) -> Duration {
        self.heartbeats.interval()
    }

    /// Room for a message of so many bytes to wait in, if there is as much.
    pub(super) fn room(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let share = u32::try_from(bytes / 1024 + 1).unwrap_or(WAITING).min(WAITING);
        Arc::clone(&self.room).try_acquire_many_owned(share).ok()
    }

    /// Counts a message that was received.
    pub(super) fn count(&self, bytes: usize) {
        self.messages.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn status(&self) -> Status {
        let shared = self.lock();
        let state = if shared.stopping {
            State::Stopped
        } else if shared.holder.is_some() {
            State::Connected { since: shared.since.1, analyzerid: shared.peer }
        } else {
            State::Down { since: shared.since.1, reason: shared.reason.as_ref().map(Failure::to_string) }
        };
        Status {
            address: Arc::clone(&self.name),
            state,
            messages: self.messages.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            connections: shared.connections,
        }
    }

    /// Tells all workers to end.
    pub(super) fn stop(&self) {
        let mut shared = self.lock();
        shared.stopping = true;
        shared.sender = None;
        drop(shared);
        // Only fails when the counter is full, and then it is readable.
        let _ = rustix::io::write(&self.wake, &1_u64.to_ne_bytes());
        self.changed.notify_all();
    }

    /// Waits until no worker holds the link.
    pub(super) fn wait_until_released(&self, deadline: Instant) {
        let released = self.wait(deadline, |shared| shared.holder.is_none().then_some(()));
        if released.is_none() {
            tracing::warn!(manager = %self.name, "the connection to the manager could not be ended in time");
        }
    }

    /// How the first attempt ended, if it does before the deadline.
    pub(super) fn first_answer(&self, deadline: Instant) -> Option<Answer> {
        self.wait(deadline, |shared| shared.answer.clone())
    }

    /// Waits until there is an answer, or the deadline has passed.
    fn wait<T>(&self, deadline: Instant, mut answer: impl FnMut(&Shared) -> Option<T>) -> Option<T> {
        let mut shared = self.lock();
        loop {
            if let Some(answer) = answer(&shared) {
                return Some(answer);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            shared = self.changed.wait_timeout(shared, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Enlists another worker, which takes the lead; returns its number.
    pub(super) fn enlist(&self) -> u64 {
        let mut shared = self.lock();
        shared.spawned += 1;
        shared.lead = shared.spawned;
        shared.workers += 1;
        shared.trying = None;
        shared.spawned
    }

    /// Whether another worker is needed, because none tries or the one that does hangs; `None` when the link is being stopped.
    pub(super) fn need(&self) -> Option<Need> {
        let shared = self.lock();
        if shared.stopping {
            return None;
        }
        let hangs = shared.trying.is_some_and(|since| since.elapsed() > HANGING);
        let needed = shared.holder.is_none() && (hangs || shared.lead == 0) && shared.workers < WORKERS;
        Some(match (needed, hangs) {
            (false, _) => Need::None,
            (true, false) => Need::Worker,
            (true, true) => Need::WorkerBesideOneThatHangs,
        })
    }

    /// Waits, but not when the link is stopped or another worker has taken the lead.
    pub(super) fn pause(&self, number: u64, time: Duration) {
        self.wait(Instant::now() + time, |shared| (shared.stopping || shared.lead != number).then_some(()));
    }

    /// The name of the profile.
    pub(super) fn profile(&self) -> &str {
        &self.profile
    }

    /// Whether this is the first connection.
    pub(super) fn is_first_connection(&self) -> bool {
        self.lock().connections == 1
    }

    /// Whether this worker is to try (again).
    pub(super) fn begin_attempt(&self, number: u64) -> bool {
        let mut shared = self.lock();
        let go = !shared.stopping && shared.lead == number;
        if go {
            shared.trying = Some(Instant::now());
        }
        go
    }

    /// This worker has connected.
    pub(super) fn take(&self, number: u64, peer: u64) -> Role {
        let mut shared = self.lock();
        let Some(sender) = shared.sender.clone() else { return Role::Stopped };
        if shared.holder.is_some() {
            return Role::Surplus(sender);
        }
        let away = shared.since.0.elapsed();
        let first = shared.connections == 0;
        shared.lead = number;
        shared.trying = None;
        shared.holder = Some(number);
        shared.peer = peer;
        shared.connections += 1;
        shared.since = (Instant::now(), SystemTime::now());
        shared.reason = None;
        shared.told = None;
        shared.answer.get_or_insert(Answer::Connected);
        drop(shared);
        self.changed.notify_all();
        if first {
            tracing::info!(manager = %self.name, analyzerid = peer, "connected to the manager");
        } else {
            tracing::info!(manager = %self.name, analyzerid = peer, "connected to the manager again after {away:.1?}");
        }
        Role::Hold(sender)
    }

    /// The worker that held the link has let go of it.
    pub(super) fn release(&self, ended: Ended) {
        let mut shared = self.lock();
        let held = shared.since.0.elapsed();
        shared.holder = None;
        shared.since = (Instant::now(), SystemTime::now());
        match ended {
            Ended::Stopped => tracing::info!(manager = %self.name, "left the manager"),
            Ended::Abandoned => {
                shared.stopping = true;
                shared.sender = None;
                tracing::warn!(manager = %self.name, "left the manager: nobody takes its messages any more");
            }
            Ended::Lost(reason) => {
                tracing::warn!(
                    manager = %self.name, reason = %Escaped(&reason),
                    "lost the connection to the manager after {held:.1?}; connecting again"
                );
                shared.reason = Some(Failure::Other(reason));
                // That it is down has just been said.
                shared.told = Some((Instant::now(), false));
            }
        }
        drop(shared);
        self.changed.notify_all();
    }

    /// An attempt of this worker has failed.
    pub(super) fn failed(&self, number: u64, failure: Failure) {
        let mut shared = self.lock();
        if shared.lead == number {
            shared.trying = None;
        }
        if shared.holder.is_some() || shared.stopping {
            return;
        }
        let refused = matches!(failure, Failure::Refused(_));
        shared.answer.get_or_insert(match &failure {
            Failure::Refused(error) => Answer::Refused(error.clone()),
            Failure::Profile(_) | Failure::Other(_) => Answer::Unreachable,
        });
        let due = shared.told.is_none_or(|(when, why)| when.elapsed() >= REMIND || (refused && !why));
        if due {
            let (reason, away) = (Escaped(&failure), shared.since.0.elapsed());
            if refused {
                let register = Registration::new(&self.profile, Some(&self.address)).register();
                tracing::error!(manager = %self.name, %reason, %register, "the manager refuses us; trying on");
            } else {
                tracing::warn!(manager = %self.name, %reason, "not connected to the manager for {away:.0?}; trying on");
            }
            shared.told = Some((Instant::now(), refused));
        }
        shared.reason = Some(failure);
        drop(shared);
        self.changed.notify_all();
    }

    /// A worker has ended.
    pub(super) fn ended(&self, number: u64) {
        let mut shared = self.lock();
        shared.workers -= 1;
        if shared.holder == Some(number) {
            shared.holder = None;
            shared.since = (Instant::now(), SystemTime::now());
        }
        if shared.lead == number {
            // Nobody is trying now. Unless we are being stopped, the watch starts another.
            shared.trying = None;
            shared.lead = 0;
        }
        drop(shared);
        self.changed.notify_all();
    }
}

impl From<libprelude::Error> for Failure {
    fn from(error: libprelude::Error) -> Self {
        let text = error.to_string();
        match error.kind() {
            // A handshake also fails when the manager dies half-way.
            ErrorKind::Profile if !text.starts_with("TLS handshake failed") => Self::Refused(error),
            ErrorKind::Rejected => Self::Refused(error),
            _ => Self::Other(text),
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(error) => error.fmt(f),
            Self::Profile(error) => error.fmt(f),
            Self::Other(text) => f.write_str(text),
        }
    }
}
