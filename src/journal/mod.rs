//! What must not be forgotten: decisions, jobs, leases, damping, what components keep and the audit trail, in one SQLite file.
//!
//! ```text
//!  pipeline ── Decide ──▶┐                        ┌─▶ answers, once it is on the disk
//!  dispatch ── Begin, ──▶│ queue ──▶ one writer ──┤
//!              End       │          thread: many  └─▶ journal.db (WAL) ◀── Reader: `jobs`, `leases`, `audit`
//!  leases   ── …      ──▶┘          changes, one sync
//! ```
//!
//! Everything that changes the journal is a [`Change`]: it is applied within a transaction, and answered when that
//! transaction is on the disk (`synchronous=FULL`). While one sync runs, the next changes gather: they share the one after
//! it.
//!
//! Invariants:
//! - An answer means: on the disk. A decision is there before any of its actions starts.
//! - A job is one row, found again by its [identity](NewJob::identity) as long as it is kept: until then the same alert, received
//!   twice, makes no second job.
//! - Every job ends in one of the [terminal states](State::is_terminal), and nothing leaves one.
//! - The [audit trail](audit) is only ever added to, in the same transaction as what it speaks of; each entry
//!   holds the sum of the one before it.
//! - One process writes: a lock file says which.
//!
//! Failure modes:
//! - The disk is full, read-only or fails: nothing is lost and nothing answered. Changes wait, the queue fills, and whoever
//!   brings more waits, too; [`Journal::health`] says so. The writer tries again until it can.
//! - The file is damaged: it is set aside under another name, never written to again, and a new one is begun, into which
//!   what can still be read of open jobs and leases is copied.
//! - The file is of a newer version than this program: it is left alone, and opening fails.

mod again;
mod alert;
mod answer;
mod asked;
mod attempt;
pub mod audit;
mod chain;
mod column;
mod configured;
mod damping;
mod decide;
mod held;
pub mod job;
pub mod lease;
mod lease_ends;
#[cfg(test)]
mod model;
mod open;
mod pause;
mod reader;
mod rescue;
mod retention;
mod schema;
mod state;
pub mod store;
mod story;
#[cfg(test)]
mod tests;
mod trail;
mod writer;

use std::{path::Path, sync::Arc};

use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

pub use crate::config::{Delivery, Terms};
pub use again::{Repeat, Repeated};
pub use alert::Alert;
pub use answer::{AnswerOnlySince, Answered, unanswered};
pub use asked::Asked;
pub use attempt::{Attempt, Begin, Begun, End, Next};
pub use chain::Ended;
pub use configured::Configured;
pub use damping::{DampingRow, Forget, Note, Remember};
pub use decide::{Decide, Made, NewJob};
pub use held::{LeaseFilter, Open, count_open, found_leases, open_undo};
pub use job::{JobKind, JobRow, OpenJob, OpenRef};
pub use lease::{LeaseRow, LeaseState};
pub use lease_ends::{EndDue, EndLeases, Extend, Restore};
pub use open::OpenError;
pub use pause::{Notice, Noticed, Pause, PauseRow, Resume, Scope, notices, pauses};
pub use reader::{Ask, JobFilter, ReadError, Reader, damping, jobs, leases, live_leases, open_refs, whole_job};
pub use retention::{Keep, Prune, Pruned};
pub use state::State;
pub use story::{AlertRow, AttemptRow, Story};
pub use trail::{AuditFilter, Exported};

/// Something that is to be written.
///
/// It may be applied more than once, when a transaction has to be tried again: it must do the same each time, and nothing
/// but write to the transaction.
pub trait Change: Send + 'static {
    /// What is known once it is written.
    type Answer: Send + 'static;

    /// Writes it.
    ///
    /// # Errors
    /// What SQLite says.
    fn apply(&self, sql: &Connection) -> rusqlite::Result<Self::Answer>;
}

/// How the journal is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It writes.
    Fine,
    /// It cannot write, for this reason, and tries again.
    Stuck(Arc<str>),
}

/// Why a change was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The writer has ended: the daemon stops.
    #[error("the journal is closed")]
    Closed,
    /// The change contradicts what is in the journal.
    #[error("the journal refuses this change: {0}")]
    Refused(String),
}

/// A handle on the journal; clones share the one writer.
#[derive(Debug, Clone)]
pub struct Journal {
    queue: writer::Queue,
    health: watch::Receiver<Health>,
}

/// Ends the writer: when it is dropped, or waited for with [`Closing::join`], what was queued is written first.
#[derive(Debug)]
pub struct Closing(Option<std::thread::JoinHandle<()>>);

impl Journal {
    /// Opens the journal in a directory, which is made if it is not there, and starts its writer.
    ///
    /// The writer ends when the last handle is gone.
    ///
    /// # Errors
    /// Another process has it, it is newer than this program, or the directory cannot be used. A damaged file is no error.
    pub fn open(directory: &Path) -> Result<(Self, Closing), OpenError> {
        let file = open::Location::Directory(directory.to_owned());
        Self::start(file)
    }

    /// A journal that is forgotten when the process ends.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn in_memory() -> Result<(Self, Closing), OpenError> {
        Self::start(open::Location::Memory)
    }

    fn start(location: open::Location) -> Result<(Self, Closing), OpenError> {
        let opened = open::open(location)?;
        let (say, health) = watch::channel(Health::Fine);
        let (queue, thread) = writer::start(opened, say).map_err(OpenError::Thread)?;
        Ok((Self { queue, health }, Closing(Some(thread))))
    }

    /// Writes a change; returns when it is on the disk.
    ///
    /// # Errors
    /// The journal is closed, or the change contradicts what is in it.
    pub async fn write<C: Change>(&self, change: C) -> Result<C::Answer, WriteError> {
        let (reply, answer) = oneshot::channel();
        // Whoever asked may have gone away.
        self.submit(change, move |answer| drop(reply.send(answer))).await?;
        answer.await.map_err(|_| WriteError::Closed)?
    }

    /// Queues a change, in the order of calls, and waits while the queue is full. When the change is on the disk, or refused,
    /// `then` is called by the writer's thread, for one change after another in their order: it must not wait for anything.
    ///
    /// # Errors
    /// The journal is closed.
    pub async fn submit<C: Change>(
        &self,
        change: C,
        then: impl FnOnce(Result<C::Answer, WriteError>) + Send + 'static,
    ) -> Result<(), WriteError> {
        self.queue.send(writer::entry(change, then)).await.map_err(|_| WriteError::Closed)
    }

    /// As [`Journal::write`], for threads outside of tokio.
    ///
    /// # Errors
    /// As there.
    pub fn write_blocking<C: Change>(&self, change: C) -> Result<C::Answer, WriteError> {
        let (reply, answer) = oneshot::channel();
        let entry = writer::entry(change, move |answer| drop(reply.send(answer)));
        self.queue.blocking_send(entry).map_err(|_| WriteError::Closed)?;
        answer.blocking_recv().map_err(|_| WriteError::Closed)?
    }

    /// Whether it can write, now and from now on.
    pub fn health(&self) -> watch::Receiver<Health> {
        self.health.clone()
    }
}

impl Closing {
    /// Waits until the last handle is gone and everything is written.
    pub fn join(mut self) {
        self.wait();
    }

    fn wait(&mut self) {
        if let Some(thread) = self.0.take() {
            // A panic has been told by the panic hook.
            let _ = thread.join();
        }
    }
}
