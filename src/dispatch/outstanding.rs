//! How much is under way: decisions that are not on the disk yet, and jobs that have not ended.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use tokio::sync::Notify;

/// Two counts, and a bell that is rung when one of them reaches zero.
#[derive(Debug, Default)]
pub(super) struct Outstanding {
    undecided: AtomicUsize,
    open: AtomicUsize,
    zero: Notify,
}

impl Outstanding {
    /// A decision is on its way to the journal.
    pub(super) fn deciding(&self) {
        self.undecided.fetch_add(1, SeqCst);
    }

    /// A decision is on the disk; its jobs have been counted.
    pub(super) fn decided(&self) {
        if self.undecided.fetch_sub(1, SeqCst) == 1 {
            self.zero.notify_waiters();
        }
    }

    /// So many more jobs are open.
    pub(super) fn opened(&self, jobs: usize) {
        self.open.fetch_add(jobs, SeqCst);
    }

    /// So many jobs have ended.
    pub(super) fn ended(&self, jobs: usize) {
        if self.open.fetch_sub(jobs, SeqCst) == jobs {
            self.zero.notify_waiters();
        }
    }

    /// How many jobs are open.
    pub(super) fn open_now(&self) -> usize {
        self.open.load(SeqCst)
    }

    /// Returns when every decision is on the disk.
    pub(super) async fn all_decided(&self) {
        self.until(|| self.undecided.load(SeqCst) == 0).await;
    }

    /// Returns when every decision is on the disk and every job has ended.
    pub(super) async fn all_ended(&self) {
        self.until(|| self.undecided.load(SeqCst) == 0 && self.open.load(SeqCst) == 0).await;
    }

    async fn until(&self, is_so: impl Fn() -> bool) {
        loop {
            let rung = self.zero.notified();
            tokio::pin!(rung);
            // From here on no bell is missed.
            rung.as_mut().enable();
            if is_so() {
                return;
            }
            rung.await;
        }
    }
}
