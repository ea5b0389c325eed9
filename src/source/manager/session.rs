//! One connection to a manager, from its first heartbeat to its end.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::sync::{
    mpsc::{Sender, error::TrySendError},
    oneshot,
};

use super::{
    heartbeat::Condition,
    link::{Ended, Link},
    outbox::Letter,
};
use crate::{
    libprelude::{Connection, Error, ErrorKind},
    source::{
        Received,
        frame::{Frames, TAG_IDMEF},
    },
};

/// How long reading goes on after the manager was told that we leave.
pub(super) const DRAIN: Duration = Duration::from_secs(1);

/// How long what has been read waits for room in the channel after that.
pub(super) const DELIVER: Duration = Duration::from_secs(10);

/// How long to wait before trying again when the channel is full.
const FULL: Duration = Duration::from_millis(2);

/// How long the last heartbeat may take to leave.
const FAREWELL: Duration = Duration::from_millis(300);

/// How much is read at once; TLS gives at most 16 KiB.
const CHUNK: usize = 64 << 10;

/// Bytes of our own that a manager may leave unread before further heartbeats are left out.
const UNSENT: usize = 64 << 10;

/// A session.
struct Session<'a> {
    link: &'a Link,
    connection: &'a mut Connection,
    sender: &'a Sender<Received>,
    frames: Frames,
    /// Heartbeats and other messages of our own on their way out, each written by itself: of two messages in one TLS record a manager
    /// sees the second when another one comes, and the next may be a heartbeat minutes later.
    outgoing: VecDeque<Outgoing>,
    next_heartbeat: Instant,
    /// When to stop waiting for room in the channel, once we are being stopped.
    give_up: Option<Instant>,
}

/// A message of our own on its way out.
struct Outgoing {
    wire: Vec<u8>,
    /// Bytes of it that have left.
    sent: usize,
    /// Whom to tell when all of it has left.
    receipt: Option<oneshot::Sender<()>>,
}

/// Reads messages and sends heartbeats until the connection is lost or the link is stopped.
pub(super) fn run(link: &Link, connection: &mut Connection, sender: &Sender<Received>, first: Condition) -> Ended {
    let mut session = Session::new(link, connection, sender);
    session.heartbeat(first);
    match session.receive() {
        Err(Ended::Stopped) => {
            session.empty_outbox();
            session.heartbeat(Condition::Exiting);
            session.say_farewell();
            session.drain().err().unwrap_or(Ended::Stopped)
        }
        Err(ended) => ended,
        Ok(never) => match never {},
    }
}

/// Hands on what the manager has sent to a connection that is not needed.
pub(super) fn finish(link: &Link, connection: &mut Connection, sender: &Sender<Received>) {
    // However it ends: this connection was not needed.
    drop(Session::new(link, connection, sender).drain());
}

impl<'a> Session<'a> {
    fn new(link: &'a Link, connection: &'a mut Connection, sender: &'a Sender<Received>) -> Self {
        let (frames, outgoing) = (Frames::default(), VecDeque::new());
        Self { link, connection, sender, frames, outgoing, next_heartbeat: Instant::now(), give_up: None }
    }

    /// Receives until something ends it.
    fn receive(&mut self) -> Result<std::convert::Infallible, Ended> {
        let mut chunk = vec![0; CHUNK];
        loop {
            self.tend()?;
            if self.link.stopping() {
                return Err(Ended::Stopped);
            }
            match self.connection.read(&mut chunk) {
                Ok(Some(count)) => {
                    self.frames.push(chunk.get(..count).unwrap_or_default());
                    self.hand_on()?;
                }
                Ok(None) => self.wait(self.next_heartbeat),
                Err(error) => return Err(Ended::Lost(lost(&error))),
            }
        }
    }

    /// Hands on every whole message that has arrived.
    fn hand_on(&mut self) -> Result<(), Ended> {
        loop {
            match self.frames.next() {
                Ok(Some(frame)) if frame.tag == TAG_IDMEF => {
                    self.link.count(frame.wire.len());
                    self.deliver(Received::new(frame.wire, Arc::clone(self.link.name())))?;
                }
                Ok(Some(frame)) => {
                    tracing::debug!(manager = %self.link.name(), tag = frame.tag, "ignored a message that is not IDMEF");
                }
                Ok(None) => return Ok(()),
                Err(error) => return Err(Ended::Lost(format!("the manager sends what is no message: {error}"))),
            }
        }
    }

    /// Puts a message into the channel, waiting for as long as that is full, by number or by bytes: while we run without
    /// end, and for [`DELIVER`] from when we are stopped.
    fn deliver(&mut self, message: Received) -> Result<(), Ended> {
        let mut message = message;
        loop {
            if message.room.is_none() {
                message.room = self.link.room(message.wire.len());
            }
            if message.room.is_some() {
                match self.sender.try_send(message) {
                    Ok(()) => return Ok(()),
                    Err(TrySendError::Closed(_)) => return Err(Ended::Abandoned),
                    Err(TrySendError::Full(back)) => message = back,
                }
            } else if self.sender.is_closed() {
                return Err(Ended::Abandoned);
            }
            if !self.link.stopping() {
                self.tend()?;
            } else if Instant::now() >= *self.give_up.get_or_insert_with(|| Instant::now() + DELIVER) {
                tracing::error!(
                    manager = %self.link.name(),
                    "stopped with messages that were received and that nobody took for {DELIVER:?}: they are lost"
                );
                return Err(Ended::Abandoned);
            }
            std::thread::sleep(FULL);
        }
    }

    /// Sends a heartbeat when it is time, and what is left of earlier ones.
    fn tend(&mut self) -> Result<(), Ended> {
        if Instant::now() >= self.next_heartbeat {
            self.heartbeat(Condition::Running);
        }
        self.empty_outbox();
        self.send()
    }

    /// Takes what others want to send, unless the manager has not yet taken what it was sent before.
    fn empty_outbox(&mut self) {
        if self.unsent() > UNSENT {
            return;
        }
        for Letter { wire, receipt } in self.link.outbox().take() {
            self.outgoing.push_back(Outgoing { wire, sent: 0, receipt: Some(receipt) });
        }
    }

    /// Bytes of our own that have not left.
    fn unsent(&self) -> usize {
        self.outgoing.iter().map(|one| one.wire.len() - one.sent).sum()
    }

    /// Makes a heartbeat and puts it on its way.
    fn heartbeat(&mut self, condition: Condition) {
        self.next_heartbeat = Instant::now() + self.link.heartbeat_interval();
        if self.unsent() > UNSENT {
            return;
        }
        match self.link.heartbeat(condition) {
            Ok(wire) => self.outgoing.push_back(Outgoing { wire, sent: 0, receipt: None }),
            Err(error) => tracing::error!(%error, "cannot make a heartbeat"),
        }
    }

    /// Sends as much as the manager takes now.
    fn send(&mut self) -> Result<(), Ended> {
        while let Some(first) = self.outgoing.front_mut() {
            let rest = first.wire.get(first.sent..).unwrap_or_default();
            if rest.is_empty() {
                if let Some(receipt) = self.outgoing.pop_front().and_then(|first| first.receipt) {
                    // Nobody may wait for it any more.
                    let _ = receipt.send(());
                }
                continue;
            }
            match self.connection.write(rest) {
                Ok(Some(count)) => first.sent += count,
                Ok(None) => break,
                Err(error) => return Err(Ended::Lost(lost(&error))),
            }
        }
        Ok(())
    }

    /// Waits until something can be done, or the link is stopped, or it is late.
    fn wait(&self, until: Instant) {
        let left = until.saturating_duration_since(Instant::now());
        let sending = if self.outgoing.is_empty() { PollFlags::empty() } else { PollFlags::OUT };
        let mut ready = [
            PollFd::new(&*self.connection, PollFlags::IN | sending),
            PollFd::new(self.link.wake(), if self.link.stopping() { PollFlags::empty() } else { PollFlags::IN }),
            PollFd::new(
                self.link.outbox().bell(),
                if self.unsent() > UNSENT { PollFlags::empty() } else { PollFlags::IN },
            ),
        ];
        // A signal, the only error there can be, is as good a reason to look around as any.
        let _ = poll(&mut ready, Timespec::try_from(left).ok().as_ref());
    }

    /// Waits for the last heartbeat to leave.
    fn say_farewell(&mut self) {
        let deadline = Instant::now() + FAREWELL;
        while self.send().is_ok() && !self.outgoing.is_empty() && Instant::now() < deadline {
            self.wait(deadline);
        }
        self.outgoing.clear();
    }

    /// Lets the manager know that nothing more comes from us, and hands on everything that it has sent until it closes
    /// its side.
    fn drain(&mut self) -> Result<(), Ended> {
        self.connection.finish_sending();
        // What was received before and is still here.
        self.hand_on()?;
        let deadline = Instant::now() + DRAIN;
        let mut chunk = vec![0; CHUNK];
        while Instant::now() < deadline {
            match self.connection.read(&mut chunk) {
                Ok(Some(count)) => {
                    self.frames.push(chunk.get(..count).unwrap_or_default());
                    self.hand_on()?;
                }
                Ok(None) => self.wait(deadline),
                Err(_) => return Ok(()),
            }
        }
        Ok(())
    }
}

/// Why a connection is gone.
fn lost(error: &Error) -> String {
    match error.kind() {
        ErrorKind::Closed => "the manager closed it".to_owned(),
        _ => error.to_string(),
    }
}
