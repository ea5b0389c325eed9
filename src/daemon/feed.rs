//! What fills the daemon's channel: the managers, or a recording.

use std::{
    io::Read,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use tokio::sync::mpsc;
use tracing::error;

use super::{answers::Post, vigil::Links};
use crate::{
    idmef::Message,
    rules::LinkState,
    source::{
        Received, manager,
        recording::{Content, Recording},
    },
};

/// Where messages come from, as the daemon sees it: it fills the channel by itself, and can be told to stop.
pub trait Feed: Send + 'static {
    /// Stops receiving; everything received so far is in the channel, whose last sender is dropped.
    fn stop(self: Box<Self>);
    /// One line for `systemctl status`.
    fn status(&self) -> String;
    /// How answers are sent to where the messages come from; none where nobody would take them.
    fn post(&self) -> Option<Post>;
    /// Tells, whenever it is asked, how the links are doing over which messages come; also after it was told to stop.
    fn links(&self) -> Links;
}

impl Feed for manager::Managers {
    fn stop(self: Box<Self>) {
        manager::Managers::stop(*self);
    }

    fn status(&self) -> String {
        let links = self.status();
        let connected = links.iter().filter(|link| matches!(link.state, manager::State::Connected { .. })).count();
        format!("connected to {connected} of {} managers", links.len())
    }

    fn post(&self) -> Option<Post> {
        Some(Post { analyzer: self.analyzer(), send: Box::new(self.poster()) })
    }

    fn links(&self) -> Links {
        let watcher = self.watcher();
        Box::new(move || {
            let state = |link: manager::Status| LinkState {
                connected: matches!(link.state, manager::State::Connected { .. }),
                name: link.address,
                connections: link.connections,
            };
            watcher().into_iter().map(state).collect()
        })
    }
}

/// A recording that is played back from a thread of its own.
#[derive(Debug)]
pub struct Playback {
    name: Arc<str>,
    /// Taken away to stop: the thread may be waiting for a pipe that says nothing, and cannot be interrupted.
    sender: Arc<Mutex<Option<mpsc::Sender<Received>>>>,
}

impl Playback {
    /// Sends every message of the recording that messages about it call `name`; clears `sound` when one of them cannot be
    /// read.
    pub fn start<R: Read + Send + 'static>(
        name: Arc<str>,
        recording: Recording<R>,
        sender: mpsc::Sender<Received>,
        sound: Arc<AtomicBool>,
    ) -> Self {
        let playback = Self { name: Arc::clone(&name), sender: Arc::new(Mutex::new(Some(sender))) };
        let slot = Arc::clone(&playback.sender);
        thread::spawn(move || {
            for recorded in recording {
                let wire = recorded.map_err(|error| error.to_string()).and_then(|recorded| match recorded.content {
                    Content::Wire(wire) => Ok(wire),
                    Content::Json(json) => Message::from_json(&json)
                        .map(|message| message.to_wire())
                        .map_err(|error| format!("{}: {error}", recorded.position)),
                });
                let Some(sender) = slot.lock().unwrap_or_else(PoisonError::into_inner).clone() else { return };
                match wire {
                    Ok(wire) => {
                        if sender.blocking_send(Received::new(wire, Arc::clone(&name))).is_err() {
                            return;
                        }
                    }
                    Err(reason) => {
                        sound.store(false, Ordering::Relaxed);
                        error!("{name}: {reason}");
                    }
                }
            }
            slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        });
        playback
    }
}

impl Feed for Playback {
    fn stop(self: Box<Self>) {
        self.sender.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn status(&self) -> String {
        format!("reading {}", self.name)
    }

    fn post(&self) -> Option<Post> {
        None
    }

    /// A pipe from which nothing comes is as good as a sensor that says nothing.
    fn links(&self) -> Links {
        let name = Arc::clone(&self.name);
        Box::new(move || vec![LinkState { name: Arc::clone(&name), connected: true, connections: 1 }])
    }
}
