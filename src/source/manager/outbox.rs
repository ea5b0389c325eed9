//! Messages of our own on their way to a manager.
//!
//! A message that is given up, because the link is lost before it has left, is given back to whoever posted it by dropping its
//! receipt: it is posted again, here or elsewhere. That it has left does not mean that it has arrived: Prelude's protocol
//! has no acknowledgement.

use std::{
    collections::VecDeque,
    os::fd::OwnedFd,
    sync::{Mutex, MutexGuard, PoisonError},
};

use rustix::event::{EventfdFlags, eventfd};
use tokio::sync::oneshot;

/// Messages that may wait.
const MOST: usize = 256;

/// What waits to be taken by the worker that holds the link.
#[derive(Debug)]
pub(super) struct Outbox {
    waiting: Mutex<VecDeque<Letter>>,
    /// Readable when something waits.
    bell: OwnedFd,
}

/// A message, and whom to tell that it has left.
#[derive(Debug)]
pub(super) struct Letter {
    pub(super) wire: Vec<u8>,
    pub(super) receipt: oneshot::Sender<()>,
}

impl Outbox {
    pub(super) fn new() -> std::io::Result<Self> {
        let bell = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self { waiting: Mutex::new(VecDeque::new()), bell })
    }

    /// Puts a message in; none when it is full.
    pub(super) fn post(&self, wire: Vec<u8>) -> Option<oneshot::Receiver<()>> {
        let mut waiting = self.lock();
        if waiting.len() >= MOST {
            return None;
        }
        let (receipt, left) = oneshot::channel();
        waiting.push_back(Letter { wire, receipt });
        drop(waiting);
        // Full, it has been rung already.
        let _ = rustix::io::write(&self.bell, &1_u64.to_ne_bytes());
        Some(left)
    }

    /// Takes everything that waits.
    pub(super) fn take(&self) -> VecDeque<Letter> {
        let _ = rustix::io::read(&self.bell, &mut [0; 8]);
        std::mem::take(&mut *self.lock())
    }

    /// Readable when something waits.
    pub(super) fn bell(&self) -> &OwnedFd {
        &self.bell
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Letter>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
