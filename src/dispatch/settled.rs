//! What is on the disk, on its way from the journal's writer to the router.

use std::sync::Arc;

use tokio::{
    sync::{OwnedSemaphorePermit, mpsc},
    time::Instant,
};

use super::outstanding::Outstanding;
use crate::{
    actions::Job,
    journal::{self, Made, OpenRef, WriteError},
};

/// Something that is on the disk.
#[derive(Debug)]
pub(super) enum Settled {
    /// A decision.
    Decided(Vec<Asked>, Result<Vec<Made>, WriteError>),
    /// A job has ended, or was put off.
    Ended(journal::Ended),
    /// Jobs that undo something.
    Undo(Vec<OpenRef>),
    /// Jobs that a former daemon left.
    Left(Vec<OpenRef>),
}

/// Where what is written goes. Jobs are counted as open here, before anybody can ask whether all have ended.
#[derive(Debug, Clone)]
pub(super) struct Sink {
    pub(super) router: mpsc::UnboundedSender<Settled>,
    pub(super) outstanding: Arc<Outstanding>,
}

impl Sink {
    pub(super) fn send(&self, settled: Settled) {
        self.outstanding.opened(match &settled {
            // Not before it is known which of them are new.
            Settled::Decided(..) => 0,
            Settled::Ended(ended) => usize::from(ended.undo.is_some()),
            Settled::Undo(jobs) | Settled::Left(jobs) => jobs.len(),
        });
        // The router ends with the dispatcher; the journal knows.
        let _ = self.router.send(settled);
    }
}

/// A job that was asked for.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) job: Job,
    pub(super) deadline: Instant,
    pub(super) share: Option<OwnedSemaphorePermit>,
}
