//! Where messages come from: Prelude managers, or a recording.
//!
//! A source hands on whole IDMEF messages as their wire bytes, libprelude's storage format, and looks no further into
//! them than the 16-byte header of each: decoding is for [`crate::idmef`]. From a [`manager`] they come in the order
//! in which that manager sent them; from a [`recording`] in the order of the file.
//!
//! What cannot be promised: Prelude's protocol has no acknowledgement. What a manager has sent and we have not read
//! when we die is gone, and what a manager holds in memory when *it* dies is gone too.

pub mod address;
mod frame;
pub mod manager;
pub mod recording;

use std::{sync::Arc, time::Instant};

use tokio::sync::OwnedSemaphorePermit;

use crate::idmef::{DecodeError, Message};

pub use address::Address;
pub use frame::FrameError;

/// One message as it was received.
#[derive(Debug)]
pub struct Received {
    /// The whole message, its 16-byte header included, as [`crate::idmef::Message::from_wire`] takes it.
    pub wire: Vec<u8>,
    /// The address of the manager that it came from.
    pub from: Arc<str>,
    /// When it was received.
    pub at: Instant,
    /// Its share of the bytes that may wait; given back when this is dropped.
    room: Option<OwnedSemaphorePermit>,
}

impl Received {
    /// A message from somewhere, received now.
    pub fn new(wire: Vec<u8>, from: Arc<str>) -> Self {
        Self { wire, from, at: Instant::now(), room: None }
    }

    /// Decodes the message.
    pub fn decode(&self) -> Result<Message, DecodeError> {
        Message::from_wire(&self.wire)
    }
}
